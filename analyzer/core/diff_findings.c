/* diff_findings.c - see diff_findings.h. Used by `heapcoach diff`. It knows findings, no rules.
 *
 * The matching is that of lines (match.h): what stands for the function there is the function,
 * its caller and the rule here.
 */
#include "analyzer/core/diff_findings.h"
#include "analyzer/core/diff_lines.h"

#include <stdlib.h>
#include <string.h>

const char *const diff_fate_names[DIFF_FATES] = {
    [DIFF_FIXED] = "fixed", [DIFF_NEWLY] = "new",           [DIFF_BETTER] = "better",
    [DIFF_WORSE] = "worse", [DIFF_UNCHANGED] = "unchanged",
};

/* All findings of one side in one list, those merged into others too. */
struct flat {
    const struct finding **finding;
    struct match_site *what;
    struct match *match;
    uint32_t count;
    uint32_t per;
};

static int describe(const struct finding *finding, struct match_site *what, struct arena *arena)
{
    const struct finding_place *at = &finding->location, *caller = &finding->caller;
    size_t room = strlen(at->function) + strlen(caller->function) + strlen(finding->rule) + 3;
    char *name = arena_alloc(arena, room), *inner = arena_alloc(arena, room);
    if (!name || !inner)
        return -1;
    strcpy(inner, at->function);
    diff_cut_closures(inner);
    strcpy(name, caller->function);
    diff_cut_closures(name);
    strcat(name, " ");
    strcat(name, inner);
    strcat(name, " ");
    strcat(name, finding->rule);
    const char *slash = strrchr(at->file, '/');
    *what = (struct match_site){
        .function = name,
        .file = slash ? slash + 1 : at->file,
        .callee = finding->variant,
        .line = at->line,
        .bytes = finding->saving.bytes,
        .blocks = finding->saving.calls,
    };
    return 0;
}

static int flatten(struct flat *flat, const struct findings *findings, struct arena *arena)
{
    size_t n = findings->count;
    for (size_t i = 0; i < findings->count; i++)
        n += findings->list[i]->also_count;
    flat->finding = arena_alloc(arena, (n + 1) * sizeof(*flat->finding));
    flat->what = arena_alloc(arena, (n + 1) * sizeof(*flat->what));
    flat->match = arena_alloc(arena, (n + 1) * sizeof(*flat->match));
    if (!flat->finding || !flat->what || !flat->match)
        return -1;
    for (size_t i = 0; i < findings->count; i++) {
        flat->finding[flat->count++] = findings->list[i];
        for (size_t a = 0; a < findings->list[i]->also_count; a++)
            flat->finding[flat->count++] = findings->list[i]->also[a];
    }
    for (uint32_t i = 0; i < flat->count; i++)
        if (describe(flat->finding[i], &flat->what[i], arena) != 0)
            return -1;
    return 0;
}

/* ---- fates ---- */

static int compare_per(uint64_t a, uint32_t a_per, uint64_t b, uint32_t b_per)
{
    diff_number left = (diff_number)a * b_per, right = (diff_number)b * a_per;
    return (left > right) - (left < right);
}

static enum diff_fate fate_of(const struct finding *a, uint32_t a_per, const struct finding *b,
                              uint32_t b_per)
{
    const uint64_t figures[][2] = {
        {a->saving.calls, b->saving.calls},
        {a->saving.bytes_copied, b->saving.bytes_copied},
        {a->saving.bytes, b->saving.bytes},
        {a->saving.peak_bytes, b->saving.peak_bytes},
        {a->events, b->events},
    };
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        int order = compare_per(figures[i][0], a_per, figures[i][1], b_per);
        if (order)
            return order > 0 ? DIFF_BETTER : DIFF_WORSE;
    }
    return DIFF_UNCHANGED;
}

static bool is_advice(const struct finding *finding)
{
    return finding && finding->severity >= FINDING_MEDIUM;
}

static void add(struct diff_findings *diff, enum diff_fate fate, const struct finding *old_finding,
                const struct finding *new_finding)
{
    if (!is_advice(old_finding) && !is_advice(new_finding))
        return;
    diff->list[diff->count++] = (struct diff_finding){fate, old_finding, new_finding};
    diff->of_fate[fate]++;
}

static const struct finding *latest(const struct diff_finding *one)
{
    return one->new_finding ? one->new_finding : one->old_finding;
}

static int compare(const void *left, const void *right)
{
    const struct diff_finding *one = left, *other = right;
    const struct finding *a = latest(one), *b = latest(other);
    if (one->fate != other->fate)
        return one->fate < other->fate ? -1 : 1;
    if (a->severity != b->severity)
        return a->severity < b->severity ? 1 : -1;
    if (a->saving.calls != b->saving.calls)
        return a->saving.calls < b->saving.calls ? 1 : -1;
    int order = strcmp(a->location.function, b->location.function);
    if (order == 0)
        order = strcmp(a->rule, b->rule);
    return order ? order
                 : (a->location.line > b->location.line) - (a->location.line < b->location.line);
}

static int fill(struct diff_findings *diff, struct flat *before, struct flat *after)
{
    if (match_sites(before->what, before->count, after->what, after->count, before->match,
                    after->match) != 0)
        return -1;
    diff->list = calloc((size_t)before->count + after->count + 1, sizeof(*diff->list));
    if (!diff->list)
        return -1;
    for (uint32_t i = 0; i < before->count; i++) {
        uint32_t partner = before->match[i].partner;
        if (partner == MATCH_NOBODY)
            add(diff, DIFF_FIXED, before->finding[i], NULL);
        else
            add(diff, fate_of(before->finding[i], before->per, after->finding[partner], after->per),
                before->finding[i], after->finding[partner]);
    }
    for (uint32_t i = 0; i < after->count; i++)
        if (after->match[i].partner == MATCH_NOBODY)
            add(diff, DIFF_NEWLY, NULL, after->finding[i]);
    qsort(diff->list, diff->count, sizeof(*diff->list), compare);
    return 0;
}

int diff_findings_build(struct diff_findings *diff, const struct findings *old_findings,
                        uint32_t old_per, const struct findings *new_findings, uint32_t new_per,
                        struct error *error)
{
    struct arena arena = {0};
    struct flat before = {.per = old_per}, after = {.per = new_per};
    memset(diff, 0, sizeof(*diff));
    int result = flatten(&before, old_findings, &arena) == 0 &&
                         flatten(&after, new_findings, &arena) == 0 &&
                         fill(diff, &before, &after) == 0
                     ? 0
                     : error_set(error, "not enough memory to compare the findings");
    arena_free(&arena);
    return result;
}

void diff_findings_free(struct diff_findings *diff)
{
    free(diff->list);
    memset(diff, 0, sizeof(*diff));
}
