/* match_align.c - see match_align.h.
 *
 * The order of a list is total (line, function, file, callee, numbers), and of two lists the
 * lesser is always the one that the table's rows stand for: so that ties are decided by what the
 * sites are, never by which side they came from.
 */
/* for qsort_r */
#define _GNU_SOURCE
#include "analyzer/core/match_align.h"

#include <stdlib.h>
#include <string.h>

#define PAIR_SCORE 8.0 /* of two sites that have all in common; more than all costs together, */
#define COST_OTHER_TYPE 2.5  /* so that a pair is always better than none */
#define COST_OTHER_CALLEE 1. /* another method of the same type: push became with_capacity */
#define COST_OF_LINES 0.001  /* at most, for lines that moved: it decides between equals only */
#define LINES_FAR 1000

/* ---- order ---- */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_sites(const struct match_site *a, const struct match_site *b)
{
    int order = compare_numbers(a->line, b->line);
    if (order == 0)
        order = strcmp(a->function, b->function);
    if (order == 0)
        order = strcmp(a->callee, b->callee);
    if (order == 0)
        order = compare_numbers(a->bytes, b->bytes);
    if (order == 0)
        order = compare_numbers(a->blocks, b->blocks);
    return order ? order : strcmp(a->file, b->file);
}

static int compare_places(const void *left, const void *right, void *sites)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order =
        compare_sites((const struct match_site *)sites + a, (const struct match_site *)sites + b);
    return order ? order : compare_numbers(a, b);
}

static int compare_callees(const void *left, const void *right, void *sites)
{
    const struct match_site *all = sites;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = strcmp(all[a].callee, all[b].callee);
    return order ? order : compare_places(left, right, sites);
}

static void sort(struct match_align_list list, int (*compare)(const void *, const void *, void *))
{
    qsort_r(list.index, list.count, sizeof(uint32_t), compare, (void *)list.sites);
}

static const struct match_site *site_of(struct match_align_list list, uint32_t i)
{
    return &list.sites[list.index[i]];
}

static int compare_lists(struct match_align_list a, struct match_align_list b)
{
    int order = compare_numbers(a.count, b.count);
    for (uint32_t i = 0; order == 0 && i < a.count; i++)
        order = compare_sites(site_of(a, i), site_of(b, i));
    return order;
}

/* ---- score ---- */

/* How far apart two numbers are: 0 for equal ones, towards 1. */
static double distance(uint64_t a, uint64_t b)
{
    uint64_t more = a > b ? a : b, less = a > b ? b : a;
    return more ? (double)(more - less) / (double)more : 0;
}

static double cost_of_callees(const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return 0;
    const char *colons = strstr(a, "::");
    size_t type = colons ? (size_t)(colons - a) + 2 : 0;
    return type && strncmp(a, b, type) == 0 ? COST_OTHER_CALLEE : COST_OTHER_TYPE;
}

/* 0: must not be paired. */
static double score(const struct match_site *a, const struct match_site *b,
                    struct match_align_rule rule)
{
    uint32_t longer = a->caller_count > b->caller_count ? a->caller_count : b->caller_count;
    double callees = cost_of_callees(a->callee, b->callee);
    if ((rule.same_callee && callees > 0) || (rule.in_common && rule.in_common * 2 < longer))
        return 0;
    uint32_t moved = a->line > b->line ? a->line - b->line : b->line - a->line;
    return PAIR_SCORE - callees - distance(a->bytes, b->bytes) - distance(a->blocks, b->blocks) -
           COST_OF_LINES * (moved < LINES_FAR ? moved : LINES_FAR) / LINES_FAR;
}

/* ---- alignment ---- */

enum { STEP_PAIR, STEP_SKIP_ROW, STEP_SKIP_COLUMN };

/* best[j]: the best sum for the rows so far and the first j columns. */
static void fill(struct match_align_list rows, struct match_align_list columns,
                 struct match_align_rule rule, unsigned char *step, double *best)
{
    for (uint32_t i = 0; i < rows.count; i++) {
        double diagonal = 0; /* best[j - 1] of the row before */
        for (uint32_t j = 1; j <= columns.count; j++) {
            double above = best[j], pair = score(site_of(rows, i), site_of(columns, j - 1), rule);
            unsigned char *way = &step[(size_t)i * columns.count + j - 1];
            *way = STEP_SKIP_ROW;
            if (best[j - 1] > best[j]) {
                best[j] = best[j - 1];
                *way = STEP_SKIP_COLUMN;
            }
            if (pair > 0 && diagonal + pair >= best[j]) {
                best[j] = diagonal + pair;
                *way = STEP_PAIR;
            }
            diagonal = above;
        }
    }
}

static void follow(struct match_align_list rows, struct match_align_list columns,
                   const unsigned char *step, bool swapped, match_align_pair *pair, void *context)
{
    for (uint32_t i = rows.count, j = columns.count; i && j;) {
        switch (step[(size_t)(i - 1) * columns.count + j - 1]) {
        case STEP_PAIR:
            i--;
            j--;
            if (swapped)
                pair(context, columns.index[j], rows.index[i]);
            else
                pair(context, rows.index[i], columns.index[j]);
            break;
        case STEP_SKIP_ROW:
            i--;
            break;
        default:
            j--;
        }
    }
}

/* Of lists too long for a table: the first with the first, among those of one callee where that
 * is wanted. */
static void in_plain_order(struct match_align_list left, struct match_align_list right,
                           struct match_align_rule rule, match_align_pair *pair, void *context)
{
    if (rule.same_callee) {
        sort(left, compare_callees);
        sort(right, compare_callees);
    }
    for (uint32_t i = 0, j = 0; i < left.count && j < right.count;) {
        const struct match_site *a = site_of(left, i), *b = site_of(right, j);
        int order = rule.same_callee ? strcmp(a->callee, b->callee) : 0;
        if (order == 0 && score(a, b, rule) > 0)
            pair(context, left.index[i], right.index[j]);
        i += order <= 0;
        j += order >= 0;
    }
}

int match_align(struct match_align_list left, struct match_align_list right,
                struct match_align_rule rule, match_align_pair *pair, void *context)
{
    sort(left, compare_places);
    sort(right, compare_places);
    if ((uint64_t)left.count * right.count > MATCH_ALIGN_MOST_CELLS) {
        in_plain_order(left, right, rule, pair, context);
        return 0;
    }
    bool swapped = compare_lists(left, right) > 0;
    struct match_align_list rows = swapped ? right : left, columns = swapped ? left : right;
    unsigned char *step = malloc((size_t)rows.count * columns.count + 1);
    double *best = calloc((size_t)columns.count + 1, sizeof(double));
    if (step && best) {
        fill(rows, columns, rule, step, best);
        follow(rows, columns, step, swapped, pair, context);
    }
    int result = step && best ? 0 : -1;
    free(step);
    free(best);
    return result;
}
