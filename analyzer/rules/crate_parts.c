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

static bool is_function(const struct profile_frame *frame, const char *name)
{
    char base[BASE_BYTES];
    if (!strstr(frame->name[0] ? frame->name : frame->function, name))
        return false; /* nearly all */
    frame_base(frame, base, sizeof(base));
    return strcmp(base, name) == 0;
}

/* Arc::make_mut and Rc::make_mut make the new Arc first and then clone the value into it. */
static enum crate_part copy_part(const struct profile *profile, const struct profile_point *point,
                                 uint32_t end)
{
    for (uint32_t i = 0; i < end && i < point->depth; i++) {
        const struct profile_frame *frame = &profile->frames[point->stack[i]];
        if (frame->kind != OWNER_STD || !frame->line || !is_function(frame, "make_mut"))
            continue;
        while (i-- > 0)
            if (is_function(&profile->frames[point->stack[i]], "clone"))
                return CRATE_PART_COPY;
        return CRATE_PART_COPY_WHOLE;
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
