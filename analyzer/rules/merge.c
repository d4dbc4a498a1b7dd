/* merge.c - see merge.h. Called by rules_judge when all rules have been asked.
 *
 * Findings belong together when they are at one place: the same line, asked for by the same
 * caller; and all that one crate does below the same line of the user's, whose edit it is. Of these
 * the one that saves most tells the story; where two save about the same, the rule of higher
 * precedence, whose edit makes the other's needless. The others are kept in `also`. The order is
 * total, so the same profile gives the same bytes.
 */
#include "analyzer/rules/merge.h"
#include "analyzer/rules/sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ABOUT_THE_SAME 0.5 /* a saving of at least this part of another's */

/* ---- order ---- */

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a, b);
}

static int compare_places(const struct finding_place *a, const struct finding_place *b)
{
    int order = compare_texts(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = compare_texts(a->function, b->function);
    return order;
}

static int compare_names(const struct finding *a, const struct finding *b)
{
    int order = compare_texts(a->rule, b->rule);
    if (order == 0)
        order = compare_texts(a->variant, b->variant);
    if (order == 0)
        order = compare_places(&a->location, &b->location);
    if (order == 0)
        order = compare_places(&a->caller, &b->caller);
    if (order == 0)
        order = (a->stack > b->stack) - (a->stack < b->stack);
    return order;
}

/* By severity, then by what is saved. */
static int compare_findings(const void *left, const void *right)
{
    const struct finding *a = *(struct finding *const *)left, *b = *(struct finding *const *)right;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    uint64_t x = finding_saving_in_all(a)->ns, y = finding_saving_in_all(b)->ns;
    if (x != y)
        return x > y ? -1 : 1;
    if (a->precedence != b->precedence)
        return a->precedence > b->precedence ? -1 : 1;
    return compare_names(a, b);
}

/* ---- merging ---- */

static bool same_line(const struct finding *a, const struct finding *b)
{
    if (a->scope == FINDING_PROGRAM || b->scope == FINDING_PROGRAM)
        return false;
    if (sums_same_call(a, b))
        return true;
    return a->scope == b->scope && compare_places(&a->location, &b->location) == 0 &&
           compare_places(&a->caller, &b->caller) == 0;
}

/* Advice, a fact below its gate, a remark. */
static int rank_of(const struct finding *finding)
{
    return finding->severity >= FINDING_MEDIUM ? 2 : finding->severity == FINDING_LOW ? 1 : 0;
}

/* Does a tell the story rather than b? What is not worth advice by itself never leads advice,
 * though it may save more where the rule is not sure enough of it. */
static bool leads(const struct finding *a, const struct finding *b)
{
    double x = (double)a->saving.ns, y = (double)b->saving.ns;
    bool alike = x >= ABOUT_THE_SAME * y && y >= ABOUT_THE_SAME * x;
    int rank = rank_of(a) - rank_of(b);
    if (rank)
        return rank > 0;
    if (alike && a->precedence != b->precedence)
        return a->precedence > b->precedence;
    if (x != y)
        return x > y;
    return compare_names(a, b) < 0;
}

static void add_also(struct findings *findings, struct finding *leader, const struct finding *other)
{
    size_t n = leader->also_count;
    if ((n & (n - 1)) == 0) {
        const struct finding **more =
            arena_alloc(&findings->arena, (n ? n * 2 : 1) * sizeof(struct finding *));
        if (!more) {
            findings->failed = true;
            return;
        }
        if (n)
            memcpy(more, leader->also, n * sizeof(*more));
        leader->also = more;
    }
    leader->also[leader->also_count++] = other;
}

/* The leader of the place that begins at list[first]; places stand together. */
static size_t find_leader(struct finding *const *list, size_t first, size_t end)
{
    size_t leader = first;
    for (size_t i = first + 1; i < end; i++)
        if (leads(list[i], list[leader]))
            leader = i;
    return leader;
}

static int compare_lines(const void *left, const void *right)
{
    const struct finding *a = *(struct finding *const *)left, *b = *(struct finding *const *)right;
    if (a->scope != b->scope)
        return a->scope < b->scope ? -1 : 1;
    int order = 0;
    if (a->scope == FINDING_DEPENDENCY) { /* what one call comes to stands together */
        order = compare_places(&a->caller, &b->caller);
        if (order == 0)
            order = compare_texts(a->location.crate, b->location.crate);
    }
    if (order == 0)
        order = compare_places(&a->location, &b->location);
    if (order == 0)
        order = compare_places(&a->caller, &b->caller);
    return order ? order : compare_findings(left, right);
}

/* The story is at least as important as each of its parts. */
static void raise_severity(struct finding *leader, const struct finding *other)
{
    if (other->severity > leader->severity)
        leader->severity = other->severity;
}

static void merge(struct findings *findings)
{
    struct finding **list = findings->list;
    size_t kept = 0, end;
    qsort(list, findings->count, sizeof(struct finding *), compare_lines);
    for (size_t first = 0; first < findings->count; first = end) {
        end = first + 1;
        while (end < findings->count && same_line(list[first], list[end]))
            end++;
        size_t leader = find_leader(list, first, end);
        struct finding *told = list[leader];
        for (size_t i = first; i < end; i++) {
            if (i == leader)
                continue;
            add_also(findings, told, list[i]);
            raise_severity(told, list[i]);
        }
        if (told->also_count)
            qsort(told->also, told->also_count, sizeof(*told->also), compare_findings);
        sums_tell(findings, told);
        list[kept++] = told;
    }
    findings->count = kept;
    qsort(list, findings->count, sizeof(struct finding *), compare_findings);
}

/* ---- names ---- */

static uint32_t hash_text(uint32_t hash, const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s; s++)
        hash = (hash ^ *s) * 16777619u; /* FNV-1a */
    return (hash ^ 0xff) * 16777619u;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Lines move when code is edited and folders differ between machines, so neither is in it. */
static uint32_t hash_of(const struct finding *finding)
{
    uint32_t hash = hash_text(2166136261u, finding->rule);
    hash = hash_text(hash, finding->location.function);
    hash = hash_text(hash, base_name(finding->location.file));
    return hash_text(hash, finding->caller.function);
}

struct named {
    struct finding *finding;
    uint32_t hash;
};

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return compare_names(a->finding, b->finding);
}

/* Several of one rule in one function are numbered by line: "growth-1a2b3c4d", "...-2". */
static void name_all(struct findings *findings, struct named *all, size_t count)
{
    qsort(all, count, sizeof(*all), compare_named);
    for (size_t i = 0, nth = 1; i < count; i++) {
        nth = i && all[i].hash == all[i - 1].hash ? nth + 1 : 1;
        if (nth == 1)
            all[i].finding->id =
                finding_text(findings, "%s-%08x", all[i].finding->rule, all[i].hash);
        else
            all[i].finding->id =
                finding_text(findings, "%s-%08x-%zu", all[i].finding->rule, all[i].hash, nth);
    }
}

/* Before merging, so that those in `also` have names as well. */
static void name(struct findings *findings)
{
    struct named *all = calloc(findings->count + 1, sizeof(*all));
    if (!all) {
        findings->failed = true;
        return;
    }
    for (size_t i = 0; i < findings->count; i++)
        all[i] = (struct named){findings->list[i], hash_of(findings->list[i])};
    name_all(findings, all, findings->count);
    free(all);
}

/* ---- near misses ---- */

/* Findings below the gate are what came nearest to advice. */
static void fill_misses(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = findings->list[i];
        if (finding->severity != FINDING_LOW || finding->scope == FINDING_RUNTIME ||
            !finding->saving.ns)
            continue;
        struct finding_miss miss = {
            .rule = finding->rule,
            .location = finding->location,
            .what = finding->what,
            .lacks = finding_text(findings, "would save about %s",
                                  figure_ns((double)finding->saving.ns)),
            .closeness = finding->closeness,
        };
        findings_miss(findings, &miss);
    }
}

void merge_findings(struct findings *findings)
{
    if (!findings->count)
        return;
    name(findings);
    merge(findings);
    fill_misses(findings);
}
