/* gates.c - see gates.h: the limits, and the questions. Used by the rules. */
#include "analyzer/rules/gates.h"
#include "analyzer/rules/evidence.h"

#define SHORT_LIFE_ALLOCS 16 /* a block that dies within so many allocations died near */

const struct gate_limit_text gate_limits[GATE_LIMIT_COUNT] = {
#define GATES_ENTRY(name, key, value, why) {key, value, why},
    GATE_LIMITS(GATES_ENTRY)
#undef GATES_ENTRY
};

static double limit(enum gate_limit which)
{
    return gate_limits[which].value;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

double gate_worth_ratio(const struct evidence *e, double ns, uint64_t events)
{
    double ratio = least(ns / limit(GATE_WORTH_NS), ns / (e->cpu_ns * limit(GATE_WORTH_SHARE)));
    return least(ratio, (double)events / limit(GATE_WORTH_EVENTS));
}

bool gate_worth(const struct evidence *e, double ns, uint64_t events)
{
    return gate_worth_ratio(e, ns, events) >= 1;
}

/* Half of the blocks die in the function that made them or its caller. */
static bool dies_near(const struct tally *t)
{
    const struct fact_ends *ends = &t->ends;
    if (ends->samples)
        return tally_share(ends->same_function + ends->caller, ends->samples) >=
               limit(GATE_LOCAL_NEAR);
    if (t->life_allocs_hist.sum)
        return tally_short_lived_share(t, SHORT_LIFE_ALLOCS) >= limit(GATE_LOCAL_NEAR);
    return tally_share(t->short_lived, t->births) >= limit(GATE_LOCAL_NEAR);
}

double gate_passing_share(const struct tally *t)
{
    const struct fact_ends *ends = &t->ends;
    bool with_container = ends->samples && ends->in_container * 2 >= ends->samples;
    return with_container ? 1 : gate_one_by_one_share(t);
}

/* Of the blocks, those gone within `few` allocations of their thread. Reallocs of the block itself
 * count as allocations, too. */
static double gone_within(const struct tally *t, uint64_t few)
{
    double own_steps = tally_share(t->steps, t->births);
    return tally_short_lived_share(t, tally_count((double)few * (1 + own_steps)));
}

double gate_one_by_one_share(const struct tally *t)
{
    uint64_t most = tally_most_per_thread(t);
    if ((double)most <= limit(GATE_LOCAL_LIVE) || !t->life_allocs_hist.sum)
        return 1;
    uint64_t few = most / 4 < SHORT_LIFE_ALLOCS ? SHORT_LIFE_ALLOCS : most / 4;
    return gone_within(t, few);
}

/* How many live at once is known as a sum over call paths, which need not meet: of a recursion that
 * comes to a line by thousands of paths each may have one. Then lifetimes tell: of blocks that are
 * gone within so many allocations no more are live at once. */
static bool are_few_at_once(const struct tally *t)
{
    double most = (double)tally_most_per_thread(t);
    if (most <= limit(GATE_LOCAL_LIVE) || most <= limit(GATE_LOCAL_LIVE_SHARE) * (double)t->births)
        return true;
    return (double)t->most_of_path <= limit(GATE_LOCAL_LIVE) && t->life_allocs_hist.sum &&
           gone_within(t, SHORT_LIFE_ALLOCS) >= limit(GATE_LOCAL_SHORT);
}

/* Nearly all are freed, and not by other threads. */
static bool are_freed_at_home(const struct tally *t)
{
    return t->births && tally_share(t->freed, t->births) >= limit(GATE_LOCAL_FREED) &&
           tally_share(t->elsewhere, t->births) < limit(GATE_LOCAL_ELSEWHERE);
}

bool gate_again_here(const struct tally *t)
{
    return are_freed_at_home(t) && t->births >= 2 * t->most_of_path && t->ends.samples &&
           tally_share(t->ends.same_function, t->ends.samples) >= limit(GATE_LOCAL_NEAR);
}

bool gate_local(const struct tally *t)
{
    if (!are_freed_at_home(t))
        return false;
    return are_few_at_once(t) && gate_passing_share(t) >= limit(GATE_LOCAL_PASSING) && dies_near(t);
}

static void set_severity(const struct evidence *e, struct finding *finding, double closeness)
{
    finding->closeness = closeness;
    if (closeness < 1 || finding->scope == FINDING_RUNTIME)
        finding->severity = FINDING_LOW;
    else if ((double)finding->saving.ns >= e->cpu_ns * limit(GATE_HIGH_SHARE))
        finding->severity = FINDING_HIGH;
    else
        finding->severity = FINDING_MEDIUM;
}

static uint64_t events_of(const struct finding *finding)
{
    return finding->events ? finding->events : finding->saving.calls;
}

void gate_severity(const struct evidence *e, struct finding *finding)
{
    set_severity(e, finding, gate_worth_ratio(e, (double)finding->saving.ns, events_of(finding)));
}

void gate_severity_of_fault(const struct evidence *e, struct finding *finding)
{
    double ns = (double)finding->saving.ns;
    double worth = gate_worth_ratio(e, ns, events_of(finding));
    double of_short = least(ns / limit(GATE_SHORT_NS), ns / (e->cpu_ns * limit(GATE_SHORT_SHARE)));
    of_short = least(of_short, (double)events_of(finding) / limit(GATE_WORTH_EVENTS));
    set_severity(e, finding, worth > of_short ? worth : of_short);
}
