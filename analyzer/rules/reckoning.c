/* reckoning.c - see reckoning.h. Used by the rules that say what their edit saves.
 */
#include "analyzer/rules/evidence.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of the first touches of pages in reallocs: a quarter for what lies beyond the length in a
 * capacity that was doubled, and some for the room of smaller blocks that was not used again. By
 * the kernel's count of page faults in a pair of programs. */
#define SLACK 0.38
/* From before/after pairs of loops that do little and much per item: the steps to 8, 16 and 32
 * elements cost 13 ns each in all of them, later ones 2 to 11. */
#define MANY_ELEMENTS 64

struct reckoning reckoning_start(const struct evidence *evidence, struct findings *findings)
{
    return (struct reckoning){evidence, findings, 0, ""};
}

void reckoning_term(struct reckoning *r, double ns, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    r->ns += ns;
    finding_more(r->findings, &r->how, "%s%s%s = %s", *r->how ? "; " : "", ns < 0 ? "less " : "",
                 text, figure_ns(fabs(ns)));
}

static const char *basis(struct cost cost)
{
    return cost.here       ? "timed at this line"
           : cost.measured ? "timed in this run"
                           : "the usual cost";
}

static uint64_t part_of(uint64_t n, double share)
{
    return share >= 1 ? n : (uint64_t)((double)n * share + 0.5);
}

void reckoning_pairs(struct reckoning *r, const struct tally *t, double share)
{
    struct cost pair = cost_pair_of(r->evidence, t);
    uint64_t n = part_of(t->births, share);
    reckoning_term(r, pair.ns * (double)n, "%s pairs of malloc and free at %s (%s)",
                   figure_count(n), figure_ns(pair.ns), basis(pair));
}

void reckoning_pairs_of(struct reckoning *r, uint64_t n, uint64_t bytes)
{
    struct cost pair = cost_pair(r->evidence, bytes);
    reckoning_term(r, pair.ns * (double)n, "%s pairs of malloc and free of %s at %s (%s)",
                   figure_count(n), figure_bytes(bytes), figure_ns(pair.ns), basis(pair));
}

/* `code`: what std does around one, in ns. */
static void reckon_reallocs(struct reckoning *r, const struct tally *t, double share, double code)
{
    uint64_t steps = t->steps ? t->steps : t->reallocs, n = part_of(steps, share);
    if (!n)
        return;
    struct cost one = cost_growth_of(r->evidence, t, COST_FAST_CALLS);
    one.ns += code;
    reckoning_term(r, one.ns * (double)n, "%s, %s of them moved, at %s (%s)",
                   figure_of(n, "realloc"), figure_percent(tally_share(t->moved, t->reallocs)),
                   figure_ns(one.ns), basis(one));
}

void reckoning_growth(struct reckoning *r, const struct tally *t, double share)
{
    reckon_reallocs(r, t, share, cost_constant(COST_GROW_CODE));
}

/* Of the steps, the share to capacities below MANY_ELEMENTS. */
static double early_share(const struct tally *t, uint64_t element_bytes)
{
    uint64_t early = 0;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++)
        if (cost_middle_of(b) / element_bytes < MANY_ELEMENTS)
            early += t->grew_to.count[b];
    return tally_share(early, t->grew_to.sum);
}

void reckoning_pushes(struct reckoning *r, const struct tally *t, double share,
                      uint64_t element_bytes)
{
    double early = early_share(t, element_bytes);
    double moved = tally_share(t->moved, t->reallocs), late = 1 - early;
    reckon_reallocs(r, t, share,
                    (early + late * moved) * cost_constant(COST_GROW_CODE_EARLY) -
                        late * (1 - moved) * cost_constant(COST_GROW_BESIDE));
}

void reckoning_slack(struct reckoning *r, const struct tally *t, double share)
{
    uint64_t n = part_of(t->steps ? t->steps : t->reallocs, share);
    struct cost all = cost_growth_of(r->evidence, t, COST_ALL_CALLS);
    double pages = (all.ns - cost_growth_of(r->evidence, t, COST_FAST_CALLS).ns) * (double)n;
    if (all.measured && pages > 0)
        reckoning_term(r, pages * SLACK,
                       "%s of the %s that these took for pages not touched before, which "
                       "capacities beyond the length need",
                       figure_percent(SLACK), figure_ns(pages));
}

void reckoning_constant(struct reckoning *r, double n, enum cost_constant constant,
                        const char *what)
{
    double ns = cost_constant(constant);
    reckoning_term(r, n * ns, "%s times %s at %s", figure_count(n < 0 ? 0 : (uint64_t)(n + 0.5)),
                   what ? what : cost_what(constant), figure_ns(ns));
}

/* With the usual costs no time was asked for, and the saving is a share of nothing. Else nothing
 * saves more than was recorded: where constants say so, they are too high for this machine. The
 * program's own part of that is an estimate, to which a timed saving is not cut, its share is. */
void reckoning_finish(const struct reckoning *r, struct finding *finding)
{
    const struct evidence *e = r->evidence;
    double ns = r->ns > 0 ? r->ns : 0;
    bool sums = strstr(r->how, "; ") != NULL, bounded = e->costs != COSTS_USUAL && ns > e->most_ns;
    const char *all = sums ? finding_text(r->findings, "; in all %s", figure_ns(ns)) : "";
    if (bounded)
        ns = e->most_ns;
    finding->saving.ns = ns < 0x1p63 ? (uint64_t)(ns + 0.5) : INT64_MAX;
    if (e->costs == COSTS_USUAL) {
        finding->how = finding_text(r->findings, "%s%s", r->how, all);
        return;
    }
    finding->saving.share = fmin(1, ns / e->cpu_ns);
    if (bounded)
        finding->how = finding_text(r->findings, "%s%s; cut to %s, the time of the whole run",
                                    r->how, all, figure_ns(ns));
    else
        finding->how =
            finding_text(r->findings, "%s%s%s of %s, %s", r->how, sums ? "; in all " : "; ",
                         figure_percent(finding->saving.share), figure_ns(e->cpu_ns), e->cpu_basis);
}
