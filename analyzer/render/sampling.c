/* sampling.c - see sampling.h. Called by the renderers; reads the profile and no more. */
#include "analyzer/render/sampling.h"
#include "analyzer/render/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

void sampling_text(const struct profile *profile, char *to, size_t n)
{
    char sampled[UNITS_ROOM], mean[UNITS_ROOM], bytes[UNITS_ROOM], blocks[UNITS_ROOM],
        peak[UNITS_ROOM], end[UNITS_ROOM], reallocs[UNITS_ROOM], of_reallocs[UNITS_ROOM];
    const struct profile_sampling *s = &profile->sampling;
    snprintf(to, n,
             "All figures are estimates, from %s sampled blocks: one in %s allocated, on average. "
             "Standard errors: bytes allocated %s, blocks %s, bytes at the peak %s, at the end %s. "
             "Of the blocks about %s (%s) are reallocs.",
             units_exact(sampled, s->sampled), units_bytes(mean, s->bytes),
             units_bytes(bytes, s->bytes_error), units_exact(blocks, s->blocks_error),
             units_bytes(peak, s->peak_bytes_error), units_bytes(end, s->end_bytes_error),
             units_exact(reallocs, s->reallocs), units_exact(of_reallocs, s->reallocs_error));
}

/* Of a sum over any of the run's blocks: of bytes, a sum of sampled sizes varies by no more than
 * sampling.bytes times itself; of blocks, by no more than all together. */
static uint64_t error_at_most(const struct profile_sampling *s, const struct limits_result *result)
{
    if (result->limit->metric == LIMIT_BLOCKS)
        return s->blocks_error;
    return (uint64_t)ceil(sqrt((double)s->bytes * (double)result->found));
}

void sampling_check_text(const struct profile *profile, const struct limits_result *result,
                         char *to, size_t n)
{
    char text[UNITS_ROOM];
    to[0] = '\0';
    if (!profile->sampling.bytes || result->limit->kind == LIMIT_FINDINGS)
        return;
    uint64_t error = error_at_most(&profile->sampling, result);
    uint64_t between = result->found > result->allowed ? result->found - result->allowed
                                                       : result->allowed - result->found;
    bool near = between < 2 * error;
    snprintf(to, n, " (an estimate, standard error at most %s%s)", units_exact(text, error),
             near ? ": too near to the limit to be sure" : "");
}
