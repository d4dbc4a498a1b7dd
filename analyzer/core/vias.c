/* vias.c - see vias.h. Used by the reports, for the sites that they show. */
#include "analyzer/core/vias.h"
#include "analyzer/core/short_name.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
    const struct via *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    return strcmp(a->name, b->name);
}

/* The entry of that name, a new one, or the last when there is no room. */
static struct via *entry(struct via *vias, size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(vias[i].name, name) == 0)
            return &vias[i];
    if (*count == VIAS_MAX)
        return &vias[VIAS_MAX - 1];
    struct via *fresh = &vias[(*count)++];
    memset(fresh, 0, sizeof(*fresh));
    strcpy(fresh->name, name);
    return fresh;
}

size_t vias_of(const struct sites *sites, const struct site *site, struct via vias[VIAS_MAX])
{
    const struct profile *profile = sites->profile;
    size_t count = 0;
    for (uint32_t i = 0; i < site->points; i++) {
        const struct profile_point *point = &profile->points[sites->point[site->first + i]];
        struct user_frame user = user_frame_find(profile, point);
        char name[VIAS_NAME_BYTES] = "";
        if (user.via != PROFILE_NONE)
            short_name_of_callee(&profile->frames[point->stack[user.via]], name, sizeof(name));
        struct via *via = entry(vias, &count, name);
        via->bytes += point->total_bytes;
        via->blocks += point->total_blocks;
    }
    qsort(vias, count, sizeof(*vias), compare);
    return count;
}
