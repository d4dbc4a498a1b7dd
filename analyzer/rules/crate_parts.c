/* crate_parts.c - see crate_parts.h. Used by facts.c. */
#include "analyzer/rules/crate_parts.h"
#include "analyzer/rules/costly_makes.h"
#include "analyzer/rules/frame_facts.h"
#include "analyzer/rules/json_calls.h"
#include "analyzer/rules/parallel.h"
#include "analyzer/rules/regex_calls.h"

#include <stdbool.h>
#include <string.h>

#define BASE_BYTES 128

/* Arc::make_mut and Rc::make_mut make the new Arc first and then clone the value into it. */
static enum crate_part copy_part(const struct profile *profile, const struct profile_point *point,
                                 uint32_t end)
{
    char base[BASE_BYTES];
    bool cloned = false;
    for (uint32_t i = 0; i < end && i < point->depth; i++) {
        const struct profile_frame *frame = &profile->frames[point->stack[i]];
        frame_base(frame, base, sizeof(base));
        if (frame->kind == OWNER_STD && frame->line && strcmp(base, "make_mut") == 0)
            return cloned ? CRATE_PART_COPY : CRATE_PART_COPY_WHOLE;
        cloned = cloned || strcmp(base, "clone") == 0;
    }
    return CRATE_PART_NONE;
}

enum crate_part crate_part(const struct profile *profile, const struct profile_point *point,
                           uint32_t leaf_end, uint32_t end)
{
    enum crate_part part = copy_part(profile, point, end);
    if (part != CRATE_PART_NONE || leaf_end >= point->depth ||
        profile->frames[point->stack[leaf_end]].kind != OWNER_DEP)
        return part;
    part = costly_part(profile, point, leaf_end);
    if (part == CRATE_PART_NONE)
        part = parallel_part(profile, point, leaf_end);
    if (part == CRATE_PART_NONE)
        part = regex_part(profile, point, leaf_end);
    return part == CRATE_PART_NONE ? json_part(profile, point, leaf_end) : part;
}
