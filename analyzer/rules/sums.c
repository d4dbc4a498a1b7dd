/* sums.c - see sums.h. Called by rules_judge between the rules and merging.
 *
 * Where several findings at one line are told of the same blocks the one that saves most counts.
 * What a rule has lowered on purpose, though its saving passes the gate, is not counted.
 */
#include "analyzer/rules/sums.h"
#include "analyzer/rules/evidence.h"

#include <stdlib.h>
#include <string.h>

static int compare_places(const struct finding_place *a, const struct finding_place *b)
{
    int order = strcmp(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : strcmp(a->function, b->function);
}

bool sums_same_call(const struct finding *a, const struct finding *b)
{
    return a->scope == FINDING_DEPENDENCY && b->scope == FINDING_DEPENDENCY &&
           a->caller.function[0] && strcmp(a->location.crate, b->location.crate) == 0 &&
           compare_places(&a->caller, &b->caller) == 0;
}

static bool counts(const struct finding *finding)
{
    bool lowered = finding->severity == FINDING_LOW && finding->closeness >= 1;
    return finding->scope == FINDING_DEPENDENCY && finding->caller.function[0] &&
           finding->severity != FINDING_INFO && !lowered && finding->saving.ns;
}

static bool has_point(const struct finding *finding, uint32_t point)
{
    for (uint32_t i = 0; i < finding->point_count; i++)
        if (finding->points[i] == point)
            return true;
    return !finding->point_count;
}

/* Are both told of the same blocks, as far as the stack that each shows is the other's, too? Of a
 * line, by different edits. */
static bool overlap(const struct finding *a, const struct finding *b)
{
    return compare_places(&a->location, &b->location) == 0 &&
           (has_point(a, b->stack) || has_point(b, a->stack));
}

/* Of a list in which what saves most at a line comes first: is list[at] told of blocks that one
 * before it is told of? */
static bool is_told_before(struct finding *const *list, size_t at)
{
    for (size_t i = at; i-- > 0;) {
        if (compare_places(&list[i]->location, &list[at]->location) != 0)
            return false;
        if (overlap(list[i], list[at]))
            return true;
    }
    return false;
}

/* By call, then by line of the crate, there what saves most first. */
static int compare(const void *left, const void *right)
{
    const struct finding *a = *(struct finding *const *)left, *b = *(struct finding *const *)right;
    int order = compare_places(&a->caller, &b->caller);
    if (order == 0)
        order = strcmp(a->location.crate, b->location.crate);
    if (order == 0)
        order = compare_places(&a->location, &b->location);
    if (order == 0)
        order = (a->saving.ns < b->saving.ns) - (a->saving.ns > b->saving.ns);
    return order ? order : strcmp(a->rule, b->rule);
}

/* Those of one call. */
static void raise(const struct evidence *e, struct finding **list, size_t count)
{
    struct finding sum = *list[0];
    size_t lines = 1;
    sum.events = sum.events ? sum.events : sum.saving.calls;
    for (size_t i = 1; i < count; i++) {
        if (is_told_before(list, i))
            continue;
        lines++;
        sum.saving.ns += list[i]->saving.ns;
        sum.events += list[i]->events ? list[i]->events : list[i]->saving.calls;
    }
    if (lines == 1)
        return;
    gate_severity(e, &sum);
    for (size_t i = 0; sum.severity >= FINDING_MEDIUM && i < count; i++) {
        if (is_told_before(list, i))
            continue;
        if (list[i]->severity < sum.severity)
            list[i]->severity = sum.severity;
    }
}

/* Nothing else in `also` before `at`, nor the leader, is told of its blocks and saves as much. */
static bool is_first_of_blocks(const struct finding *leader, size_t at)
{
    const struct finding *one = leader->also[at];
    for (size_t i = 0; i < leader->also_count; i++) {
        const struct finding *other = leader->also[i];
        bool more =
            other->saving.ns > one->saving.ns || (other->saving.ns == one->saving.ns && i < at);
        if (i != at && more && overlap(other, one))
            return false;
    }
    return !overlap(leader, one);
}

void sums_tell(struct findings *findings, struct finding *leader)
{
    struct finding_saving sum = {.ns = leader->saving.ns, .share = leader->saving.share};
    uint64_t largest = sum.ns;
    bool others = false;
    for (size_t i = 0; i < leader->also_count; i++) {
        const struct finding *also = leader->also[i];
        if (!counts(also) || !is_first_of_blocks(leader, i))
            continue;
        others = true;
        sum.ns += also->saving.ns;
        sum.share += also->saving.share;
        if (largest < also->saving.ns)
            largest = also->saving.ns;
    }
    if (!others)
        return;
    finding_saving_bound(&sum, largest);
    leader->together = sum;
    finding_more(findings, &leader->what,
                 " With the other lines of crate %s that this call comes to, it is %s.",
                 leader->location.crate, figure_ns((double)sum.ns));
}

static bool is_own_edit(const struct finding *finding)
{
    return finding->scope == FINDING_OWN && finding->severity >= FINDING_MEDIUM &&
           finding->saving.ns;
}

uint64_t sums_of_own_edits(struct findings *findings)
{
    struct finding **list = malloc((findings->count + 1) * sizeof(struct finding *));
    size_t count = 0;
    uint64_t sum = 0;
    if (!list) {
        findings->failed = true;
        return 0;
    }
    for (size_t i = 0; i < findings->count; i++)
        if (is_own_edit(findings->list[i]))
            list[count++] = findings->list[i];
    qsort(list, count, sizeof(struct finding *), compare);
    for (size_t i = 0; i < count; i++)
        if (!is_told_before(list, i))
            sum += list[i]->saving.ns;
    free(list);
    return sum;
}

void sums_raise(const struct evidence *e, struct findings *findings)
{
    struct finding **list = malloc((findings->count + 1) * sizeof(struct finding *));
    size_t count = 0;
    if (!list) {
        findings->failed = true;
        return;
    }
    for (size_t i = 0; i < findings->count; i++)
        if (counts(findings->list[i]))
            list[count++] = findings->list[i];
    qsort(list, count, sizeof(struct finding *), compare);
    for (size_t first = 0, end; first < count; first = end) {
        end = first + 1;
        while (end < count && sums_same_call(list[first], list[end]))
            end++;
        raise(e, list + first, end - first);
    }
    free(list);
}
