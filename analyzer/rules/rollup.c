/* rollup.c - see rollup.h. */
#include "analyzer/rules/rollup.h"
#include "analyzer/rules/evidence.h"

#include <stdlib.h>

int rollup_crates(const struct evidence *evidence, struct findings *findings, struct error *error)
{
    const struct profile *profile = evidence->profile;
    double *ns = calloc((size_t)profile->point_count + 1, sizeof(*ns));
    if (!ns)
        return error_set(error, "%s: not enough memory for the costs of its %u program points",
                         profile->path, profile->point_count);
    for (uint32_t i = 0; i < profile->point_count; i++)
        ns[i] = cost_of_point(evidence, i);
    int result = crates_build(&findings->crates, profile, ns, error);
    free(ns);
    return result;
}
