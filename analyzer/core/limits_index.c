/* limits_index.c - see limits_index.h. Used by limits_check.c.
 *
 * A limit's function stands at the beginning of the names that it means, or is the last part of its
 * path (limits_names.h): of frames sorted by name both are a run, found by halving.
 */
/* for qsort_r */
#define _GNU_SOURCE
#include "analyzer/core/limits_index.h"

#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 4096

static int compare_names(const void *a, const void *b, void *names)
{
    const char **of = names;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = strcmp(of[x], of[y]);
    return order ? order : (x > y) - (x < y);
}

static int sort_frames(struct limits_index *index)
{
    const struct profile *profile = index->profile;
    char name[NAME_ROOM];
    for (uint32_t f = 0; f < profile->frame_count; f++) {
        limits_name_shorten(&profile->frames[f], name, sizeof(name));
        index->names[f] = arena_text(&index->arena, name, strlen(name));
        if (!index->names[f])
            return -1;
        index->by_name[f] = f;
    }
    qsort_r(index->by_name, profile->frame_count, sizeof(*index->by_name), compare_names,
            index->names);
    return 0;
}

/* A point that has a frame twice is listed twice there. */
static void list_points(struct limits_index *index)
{
    const struct profile *profile = index->profile;
    uint32_t *first = index->first;
    for (uint32_t p = 0; p < profile->point_count; p++)
        for (uint32_t i = 0; i < profile->points[p].depth; i++)
            first[profile->points[p].stack[i] + 1]++;
    for (uint32_t f = 0; f < profile->frame_count; f++)
        first[f + 1] += first[f];
    /* from the last to the first: what was a list's end becomes its beginning */
    for (uint32_t p = profile->point_count; p-- > 0;)
        for (uint32_t i = 0; i < profile->points[p].depth; i++)
            index->points[--first[profile->points[p].stack[i] + 1]] = p;
    memmove(first, first + 1, profile->frame_count * sizeof(*first));
}

static uint64_t stack_entries(const struct profile *profile)
{
    uint64_t n = 0;
    for (uint32_t p = 0; p < profile->point_count; p++)
        n += profile->points[p].depth;
    return n;
}

int limits_index_build(struct limits_index *index, const struct profile *profile)
{
    *index = (struct limits_index){.profile = profile};
    size_t frames = (size_t)profile->frame_count + 2, points = (size_t)profile->point_count + 1;
    uint64_t entries = stack_entries(profile);
    struct arena *arena = &index->arena;
    index->names = arena_alloc(arena, frames * sizeof(*index->names));
    index->by_name = arena_alloc(arena, frames * sizeof(*index->by_name));
    index->first = arena_alloc(arena, frames * sizeof(*index->first));
    index->points = arena_alloc(arena, (entries + 1) * sizeof(*index->points));
    index->asked = arena_alloc(arena, points * sizeof(*index->asked));
    index->found = arena_alloc(arena, points * sizeof(*index->found));
    if (entries > UINT32_MAX || !index->names || !index->by_name || !index->first ||
        !index->points || !index->asked || !index->found || sort_frames(index) != 0) {
        limits_index_free(index);
        return -1;
    }
    list_points(index);
    index->first[profile->frame_count] = (uint32_t)entries;
    return 0;
}

/* The first of the sorted frames whose name is not below the n bytes at text. */
static uint32_t first_at(const struct limits_index *index, const char *text, size_t n)
{
    uint32_t low = 0, high = index->profile->frame_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strncmp(index->names[index->by_name[middle]], text, n) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t add_points(struct limits_index *index, uint32_t frame, uint32_t count)
{
    for (uint32_t i = index->first[frame]; i < index->first[frame + 1]; i++) {
        uint32_t point = index->points[i];
        if (index->asked[point] == index->questions)
            continue;
        index->asked[point] = index->questions;
        index->found[count++] = point;
    }
    return count;
}

uint32_t limits_index_find(struct limits_index *index, const struct limits_name *name, bool *known)
{
    const struct profile *profile = index->profile;
    const char *starts[] = {name->path, name->last};
    size_t lengths[] = {name->n, name->n - (size_t)(name->last - name->path)};
    uint32_t count = 0;
    index->questions++;
    *known = false;
    for (int way = 0; way < (name->last == name->path ? 1 : 2); way++)
        for (uint32_t at = first_at(index, starts[way], lengths[way]); at < profile->frame_count;
             at++) {
            uint32_t frame = index->by_name[at];
            if (strncmp(index->names[frame], starts[way], lengths[way]) != 0)
                break;
            if (!limits_name_matches(name, index->names[frame], profile->frames[frame].crate))
                continue;
            *known = true;
            count = add_points(index, frame, count);
        }
    return count;
}

void limits_index_free(struct limits_index *index)
{
    arena_free(&index->arena);
    *index = (struct limits_index){0};
}
