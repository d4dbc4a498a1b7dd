/* diff.c - see diff.h. Used by the commands that compare profiles.
 *
 * The lines of a side are those of its first run, then what further runs have beside; each run is
 * matched with what there is so far. Then the sides are matched with each other.
 */
#include "analyzer/core/diff.h"
#include "analyzer/core/diff_lines.h"

#include <stdlib.h>
#include <string.h>

#define FACTS(name, key, title, bytes, scale, needs) {key, title, bytes, DIFF_##scale, needs},
const struct diff_metric_facts diff_metrics[DIFF_METRIC_COUNT] = {DIFF_METRICS(FACTS)};

#define WITHIN_COUNTS 1e-9 /* of a change that the spread may explain */

enum diff_metric diff_metric_find(const char *key)
{
    int metric = 0;
    while (metric < DIFF_METRIC_COUNT && strcmp(diff_metrics[metric].key, key) != 0)
        metric++;
    return metric;
}

static bool run_has(const struct profile *profile, enum diff_needs needs)
{
    switch (needs) {
    case DIFF_NEEDS_NOTHING:
        return true;
    case DIFF_NEEDS_OWN:
        return profile_is_exact(profile);
    default:
        return profile->lifetimes;
    }
}

static void find_what_is_known(struct diff *diff)
{
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        diff->has[m] = true;
        for (int s = 0; s < DIFF_SIDES; s++)
            for (uint32_t r = 0; r < diff->side[s].count; r++)
                diff->has[m] &= run_has(diff->side[s].runs[r].profile, diff_metrics[m].needs);
    }
}

/* ---- rows ---- */

static void set_place(struct diff_row *row, const struct diff_lines *lines, int side, uint32_t line)
{
    row->place[side] = lines->line[line].place;
    row->of[side] = lines->line[line].numbers;
}

static int make_rows(struct diff *diff, const struct match *old_match,
                     const struct match *new_match)
{
    struct diff_lines *lines = diff->lines;
    uint32_t old_count = lines[DIFF_OLD].count, new_count = lines[DIFF_NEW].count;
    diff->rows = calloc((size_t)old_count + new_count + 1, sizeof(struct diff_row));
    if (!diff->rows)
        return -1;
    for (uint32_t i = 0; i < old_count; i++) {
        struct diff_row *row = &diff->rows[diff->row_count++];
        set_place(row, &lines[DIFF_OLD], DIFF_OLD, i);
        row->kind = old_match[i].kind;
        row->of[DIFF_NEW] = lines[DIFF_NEW].zeros;
        if (old_match[i].partner != MATCH_NOBODY)
            set_place(row, &lines[DIFF_NEW], DIFF_NEW, old_match[i].partner);
    }
    for (uint32_t i = 0; i < new_count; i++) {
        if (new_match[i].partner != MATCH_NOBODY)
            continue;
        struct diff_row *row = &diff->rows[diff->row_count++];
        set_place(row, &lines[DIFF_NEW], DIFF_NEW, i);
        row->of[DIFF_OLD] = lines[DIFF_OLD].zeros;
    }
    return 0;
}

/* Totals as the profiles state them, and what the lines leave of them. */
static int make_rest(struct diff *diff)
{
    struct diff_row *rest = &diff->rows[diff->row_count++];
    rest->rest = diff->total.rest = true;
    for (int s = 0; s < DIFF_SIDES; s++) {
        uint32_t runs = diff->side[s].count;
        size_t n = (size_t)runs * DIFF_METRIC_COUNT;
        diff->numbers[s] = calloc(2 * n, sizeof(diff_number));
        if (!diff->numbers[s])
            return -1;
        for (size_t i = 0; i < n; i++) {
            diff_number total = diff_total(diff->side[s].runs[i % runs].profile, (int)(i / runs));
            diff->numbers[s][i] = total;
            diff->numbers[s][n + i] = total - diff->lines[s].sums[i];
        }
        diff->total.of[s] = diff->numbers[s];
        rest->of[s] = diff->numbers[s] + n;
    }
    return 0;
}

static int match_lines(struct diff *diff)
{
    struct diff_lines *lines = diff->lines;
    size_t n = (size_t)lines[DIFF_OLD].count + lines[DIFF_NEW].count + 1;
    struct match *match = calloc(n, sizeof(*match));
    struct match *new_match = match + lines[DIFF_OLD].count;
    int result =
        match && diff_lines_match(&lines[DIFF_OLD], &lines[DIFF_NEW], match, new_match) == 0
            ? make_rows(diff, match, new_match)
            : -1;
    free(match);
    return result;
}

/* ---- cells ---- */

static int compare_numbers(const void *left, const void *right)
{
    diff_number a = *(const diff_number *)left, b = *(const diff_number *)right;
    return (a > b) - (a < b);
}

static void find_spread(struct diff_cell *cell, int side, const diff_number *numbers,
                        uint32_t count)
{
    diff_number sorted[DIFF_MOST_RUNS];
    memcpy(sorted, numbers, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_numbers);
    cell->min[side] = sorted[0];
    cell->median[side] = sorted[(count - 1) / 2];
    cell->max[side] = sorted[count - 1];
}

/* a / a_per < b / b_per, exactly: units of work have 32 bits, and even what is left of lying totals
 * has far less than the other 95. */
static bool is_less(diff_number a, uint32_t a_per, diff_number b, uint32_t b_per)
{
    return a * b_per < b * a_per;
}

struct diff_cell diff_cell(const struct diff *diff, const struct diff_row *row,
                           enum diff_metric metric)
{
    struct diff_cell cell;
    uint32_t old_per = diff->side[DIFF_OLD].per, new_per = diff->side[DIFF_NEW].per;
    memset(&cell, 0, sizeof(cell));
    for (int s = 0; s < DIFF_SIDES; s++) {
        uint32_t runs = diff->side[s].count;
        find_spread(&cell, s, row->of[s] + (size_t)metric * runs, runs);
        cell.value[s] = (double)cell.median[s] / (double)diff->side[s].per;
    }
    cell.changed = is_less(cell.median[DIFF_OLD], old_per, cell.median[DIFF_NEW], new_per) ||
                   is_less(cell.median[DIFF_NEW], new_per, cell.median[DIFF_OLD], old_per);
    if (!cell.changed)
        return cell;
    cell.change = cell.value[DIFF_NEW] - cell.value[DIFF_OLD];
    if (old_per == new_per) /* without the rounding of the quotients */
        cell.change = (double)(cell.median[DIFF_NEW] - cell.median[DIFF_OLD]) / (double)old_per;
    cell.within = (diff->side[DIFF_OLD].count > 1 || diff->side[DIFF_NEW].count > 1) &&
                  !is_less(cell.max[DIFF_OLD], old_per, cell.min[DIFF_NEW], new_per) &&
                  !is_less(cell.max[DIFF_NEW], new_per, cell.min[DIFF_OLD], old_per);
    return cell;
}

bool diff_row_changed(const struct diff *diff, const struct diff_row *row)
{
    for (int m = 0; m < DIFF_METRIC_COUNT; m++)
        if (diff->has[m] && diff_metrics[m].needs != DIFF_NEEDS_CLOCK &&
            diff_cell(diff, row, m).changed)
            return true;
    return false;
}

/* ---- order ---- */

static double size_of_change(const struct diff *diff, const struct diff_row *row,
                             enum diff_metric metric)
{
    if (!diff->has[metric])
        return 0;
    struct diff_cell cell = diff_cell(diff, row, metric);
    double size = cell.change < 0 ? -cell.change : cell.change;
    return cell.within ? size * WITHIN_COUNTS : size;
}

double diff_weight(const struct diff *diff, const struct diff_row *row, enum diff_metric metric)
{
    double most = 0;
    if (metric != DIFF_METRIC_COUNT)
        return size_of_change(diff, row, metric);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        if (diff_metrics[m].needs == DIFF_NEEDS_CLOCK)
            continue;
        struct diff_cell whole = diff_cell(diff, &diff->total, diff_metrics[m].scale);
        double scale = whole.value[DIFF_OLD] > whole.value[DIFF_NEW] ? whole.value[DIFF_OLD]
                                                                     : whole.value[DIFF_NEW];
        double size = size_of_change(diff, row, m);
        double share = scale > 0 ? size / scale : size;
        if (share > most)
            most = share;
    }
    return most;
}

struct weighed {
    double weight;
    struct diff_row row;
};

static int compare_what(const struct match_site *a, const struct match_site *b)
{
    int order = strcmp(a->function, b->function);
    if (order == 0)
        order = strcmp(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : strcmp(a->callee, b->callee);
}

/* Of a row's two names the one that comes first: which side it is on must not matter. */
static const struct match_site *name_of(const struct diff_row *row)
{
    const struct diff_place *old_place = &row->place[DIFF_OLD], *new_place = &row->place[DIFF_NEW];
    if (!old_place->profile || !new_place->profile)
        return old_place->profile ? &old_place->what : &new_place->what;
    return compare_what(&old_place->what, &new_place->what) <= 0 ? &old_place->what
                                                                 : &new_place->what;
}

static int compare_rows(const void *left, const void *right)
{
    const struct weighed *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight < b->weight ? 1 : -1;
    return compare_what(name_of(&a->row), name_of(&b->row));
}

static int sort(struct diff *diff, enum diff_metric metric)
{
    uint32_t n = diff->row_count - 1;
    struct weighed *weighed = calloc((size_t)n + 1, sizeof(*weighed));
    if (!weighed)
        return -1;
    for (uint32_t i = 0; i < n; i++)
        weighed[i] = (struct weighed){diff_weight(diff, &diff->rows[i], metric), diff->rows[i]};
    qsort(weighed, n, sizeof(*weighed), compare_rows);
    for (uint32_t i = 0; i < n; i++)
        diff->rows[i] = weighed[i].row;
    free(weighed);
    return 0;
}

/* ---- all ---- */

int diff_build(struct diff *diff, const struct diff_side *old_side,
               const struct diff_side *new_side, enum diff_metric order, struct error *error)
{
    memset(diff, 0, sizeof(*diff));
    diff->side[DIFF_OLD] = *old_side;
    diff->side[DIFF_NEW] = *new_side;
    find_what_is_known(diff);
    diff->lines = calloc(DIFF_SIDES, sizeof(struct diff_lines));
    if (diff->lines && diff_lines_build(&diff->lines[DIFF_OLD], old_side, &diff->names) == 0 &&
        diff_lines_build(&diff->lines[DIFF_NEW], new_side, &diff->names) == 0 &&
        match_lines(diff) == 0 && make_rest(diff) == 0 && sort(diff, order) == 0)
        return 0;
    diff_free(diff);
    return error_set(error, "not enough memory to compare %s with %s",
                     old_side->runs[0].profile->path, new_side->runs[0].profile->path);
}

void diff_free(struct diff *diff)
{
    for (int s = 0; diff->lines && s < DIFF_SIDES; s++)
        diff_lines_free(&diff->lines[s]);
    for (int s = 0; s < DIFF_SIDES; s++)
        free(diff->numbers[s]);
    free(diff->lines);
    free(diff->rows);
    intern_free(&diff->names);
    memset(diff, 0, sizeof(*diff));
}
