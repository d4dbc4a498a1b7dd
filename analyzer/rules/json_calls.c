/* json_calls.c - see json_calls.h. Used by crate_parts.c and rule_json_value.c. */
#include "analyzer/rules/json_calls.h"
#include "analyzer/rules/frame_facts.h"

#include <stdbool.h>
#include <string.h>

#define BASE_BYTES 128

static const struct profile_frame *frame_at(const struct profile *profile,
                                            const struct profile_point *point, uint32_t place)
{
    return &profile->frames[point->stack[place]];
}

static bool is_of_serde(const struct profile_frame *frame)
{
    return strcmp(frame->crate, "serde_json") == 0 || strcmp(frame->crate, "serde") == 0 ||
           strcmp(frame->crate, "serde_core") == 0;
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), tail = strlen(end);
    return n >= tail && strcmp(text + n - tail, end) == 0;
}

/* Of another type's Deserialize in between, a struct with a Value in it, the user's frame is next,
 * so that it is where the Value is made. */
static bool is_outside(const struct profile_frame *frame)
{
    return frame->kind == OWNER_USER || (frame->kind == OWNER_DEP && !is_of_serde(frame));
}

uint32_t json_called(const struct profile *profile, const struct profile_point *point,
                     uint32_t leaf_end)
{
    uint32_t called = PROFILE_NONE;
    for (uint32_t i = leaf_end; i < point->depth && !is_outside(frame_at(profile, point, i)); i++)
        if (frame_at(profile, point, i)->kind == OWNER_DEP)
            called = i;
    return called;
}

enum crate_part json_part(const struct profile *profile, const struct profile_point *point,
                          uint32_t leaf_end)
{
    for (uint32_t i = leaf_end; i < point->depth && !is_outside(frame_at(profile, point, i)); i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (strcmp(frame->crate, "serde_json") == 0 && ends_in(frame->file, "/value/de.rs"))
            return CRATE_PART_VALUE;
    }
    return CRATE_PART_NONE;
}

enum json_block json_block(const struct profile *profile, const struct profile_point *point,
                           uint32_t leaf_end)
{
    char base[BASE_BYTES];
    if (ends_in(frame_at(profile, point, leaf_end)->file, "/map.rs"))
        return JSON_TABLE;
    for (uint32_t i = leaf_end; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        frame_base(frame, base, sizeof(base));
        if (strcmp(base, "next_key_seed") == 0)
            return JSON_KEY;
        if (strcmp(base, "visit_map") == 0 || strcmp(base, "visit_seq") == 0 ||
            strcmp(base, "next_value_seed") == 0 || is_outside(frame))
            break;
    }
    return JSON_OTHER;
}
