/* json_fields.c - see json_fields.h. Used by the profile reader for every object in it.
 *
 * A million program points have twenty keys each, so finding the field matters: writers
 * keep one order, and the search starts where the last key was found.
 */
#include "analyzer/core/json_fields.h"

#include <stdlib.h>
#include <string.h>

static size_t find_field(const struct json_fields *fields, struct json_text key, size_t start)
{
    for (size_t i = 0; i < fields->count; i++) {
        size_t at = start + i < fields->count ? start + i : start + i - fields->count;
        if (json_text_is(key, fields->field[at].key))
            return at;
    }
    return fields->count;
}

int json_fields_text(struct json_in *in, const char **text, struct arena *arena)
{
    struct json_text piece;
    if (json_in_string(in, &piece) != 0)
        return -1;
    *text = arena_text(arena, piece.text, piece.n);
    if (!*text)
        return error_set(in->error, "%s: not enough memory to read it", in->name);
    return 0;
}

static int read_field(struct json_in *in, const struct json_field *field, char *base,
                      struct arena *arena, void *context)
{
    void *to = base + field->offset;
    switch (field->type) {
    case JSON_U64:
        return json_in_u64(in, to);
    case JSON_U32:
        return json_in_u32(in, to);
    case JSON_REAL:
        return json_in_real(in, to);
    case JSON_BOOL:
        return json_in_bool(in, to);
    case JSON_TEXT:
        return json_fields_text(in, to, arena);
    case JSON_TAKE:
        return field->take(in, to, context);
    }
    return -1;
}

int json_fields_read(struct json_in *in, const struct json_fields *fields, void *base,
                     struct arena *arena, void *context, uint64_t *seen)
{
    struct json_text key;
    uint64_t found = 0;
    size_t next = 0;
    int more;
    if (json_in_object(in) != 0)
        return -1;
    while ((more = json_in_key(in, &key)) == 1) {
        size_t at = find_field(fields, key, next);
        if (at == fields->count) {
            if (json_in_skip(in) != 0)
                return -1;
            continue;
        }
        if (read_field(in, &fields->field[at], base, arena, context) != 0)
            return -1;
        found |= (uint64_t)1 << at;
        next = at + 1;
    }
    if (seen)
        *seen = found;
    return more;
}

void *json_list_add(struct json_list *list, size_t n, struct json_in *in)
{
    if (list->count == UINT32_MAX - 1) { /* indexes are 32 bits wide, and the last means none */
        error_set(in->error, "%s: too many values in one array", in->name);
        return NULL;
    }
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 16;
        void *bigger = reallocarray(list->items, room, n);
        if (!bigger) {
            error_set(in->error, "%s: not enough memory to read it", in->name);
            return NULL;
        }
        list->items = bigger;
        list->room = room;
    }
    return memset((char *)list->items + n * list->count++, 0, n);
}
