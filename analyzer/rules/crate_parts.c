/* crate_parts.c - see crate_parts.h. Used by facts.c. */
#include "analyzer/rules/crate_parts.h"
#include "analyzer/rules/parallel.h"
#include "analyzer/rules/regex_calls.h"

enum crate_part crate_part(const struct profile *profile, const struct profile_point *point,
                           uint32_t leaf_end)
{
    if (leaf_end >= point->depth || profile->frames[point->stack[leaf_end]].kind != OWNER_DEP)
        return CRATE_PART_NONE;
    enum crate_part part = parallel_part(profile, point, leaf_end);
    return part == CRATE_PART_NONE ? regex_part(profile, point, leaf_end) : part;
}
