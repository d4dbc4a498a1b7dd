/* diff_shared.c - what the three renderers of a diff share: which rows are shown, and figures. */
#include "analyzer/render/diff_report.h"
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <stdio.h>
#include <string.h>

#define TEXT_ROOM 4096

/* ---- which rows ---- */

bool diff_speaks_of(const struct diff_report *report, const struct diff_row *row,
                    enum diff_metric metric)
{
    const struct diff *diff = report->diff;
    return diff->has[metric] && diff_cell(diff, row, metric).changed &&
           (diff_metrics[metric].needs != DIFF_NEEDS_CLOCK || report->metric == metric ||
            diff_row_changed(diff, row));
}

static bool is_shown(const struct diff_report *report, const struct diff_row *row, double least)
{
    if (report->metric != DIFF_METRIC_COUNT)
        return diff_cell(report->diff, row, report->metric).changed &&
               diff_weight(report->diff, row, report->metric) >= least;
    return diff_row_changed(report->diff, row) &&
           diff_weight(report->diff, row, DIFF_METRIC_COUNT) >= least;
}

/* What diff_weight must be at least; it is a share already unless one metric was asked for. */
static double least_weight(const struct diff_report *report)
{
    if (report->metric == DIFF_METRIC_COUNT)
        return report->threshold;
    struct diff_cell whole = diff_cell(report->diff, &report->diff->total, report->metric);
    double old_value = whole.value[DIFF_OLD], new_value = whole.value[DIFF_NEW];
    return report->threshold * (old_value > new_value ? old_value : new_value);
}

struct diff_shown diff_shown(const struct diff_report *report)
{
    const struct diff *diff = report->diff;
    struct diff_shown shown = {0};
    double least = least_weight(report);
    for (uint32_t i = 0; i + 1 < diff->row_count; i++) {
        if (is_shown(report, &diff->rows[i], least) && shown.hidden == 0 &&
            (!report->top || shown.rows < report->top))
            shown.rows++;
        else if (is_shown(report, &diff->rows[i], 0))
            shown.hidden++;
    }
    shown.rest = is_shown(report, &diff->rows[diff->row_count - 1], 0);
    return shown;
}

static void add_change(struct diff_cell *sum, const struct diff_cell *cell)
{
    sum->median[DIFF_NEW] += cell->median[DIFF_NEW] - cell->median[DIFF_OLD];
    sum->change += cell->change;
}

struct diff_cell diff_others(const struct diff_report *report, const struct diff_shown *shown,
                             enum diff_metric metric)
{
    const struct diff *diff = report->diff;
    struct diff_cell sum = {0};
    for (uint32_t i = shown->rows; i + (shown->rest ? 1 : 0) < diff->row_count; i++) {
        struct diff_cell cell = diff_cell(diff, &diff->rows[i], metric);
        add_change(&sum, &cell);
    }
    sum.changed = sum.change != 0;
    return sum;
}

const char *diff_row_kind(const struct diff_row *row)
{
    static const char *const kinds[] = {
        [MATCH_SAME] = "same", [MATCH_FUNCTION] = "function", [MATCH_STACK] = "stack"};
    if (row->rest)
        return "rest";
    if (row->kind != MATCH_NONE)
        return kinds[row->kind];
    return row->place[DIFF_OLD].profile ? "gone" : "new";
}

/* ---- figures ---- */

const char *diff_noise_text(const struct diff_cell *cell, enum diff_metric metric)
{
    if (cell->within)
        return "within the spread";
    return cell->changed && diff_metrics[metric].needs == DIFF_NEEDS_CLOCK ? "by the clock" : "";
}

static uint64_t magnitude(diff_number n)
{
    unsigned __int128 size = n < 0 ? -(unsigned __int128)n : (unsigned __int128)n;
    return size > UINT64_MAX ? UINT64_MAX : (uint64_t)size;
}

static const char *sign_of(double n)
{
    return n < 0 ? "-" : "";
}

static bool is_per_unit(const struct diff *diff)
{
    return diff->side[DIFF_OLD].per != 1 || diff->side[DIFF_NEW].per != 1;
}

/* 1,234 or 12.34 or 0.0123 */
static char *per_unit(char *to, double value)
{
    char whole[UNITS_ROOM];
    if (value < 0)
        value = -value;
    if (value >= 1000)
        snprintf(to, DIFF_FIGURE_BYTES, "%s", units_exact(whole, (uint64_t)(value + 0.5)));
    else
        snprintf(to, DIFF_FIGURE_BYTES, "%.*f",
                 value == 0     ? 0
                 : value >= 10  ? 1
                 : value >= 0.1 ? 2
                                : 4,
                 value);
    return to;
}

static char *figure(char *to, const struct diff *diff, uint64_t size, double value,
                    enum diff_metric metric, bool brief)
{
    if (is_per_unit(diff))
        return per_unit(to, value);
    if (!brief)
        return units_exact(to, size);
    return diff_metrics[metric].bytes ? units_bytes(to, size) : units_count(to, size);
}

char *diff_value_text(char *to, const struct diff *diff, const struct diff_cell *cell,
                      enum diff_metric metric, int side, bool brief)
{
    char text[DIFF_FIGURE_BYTES];
    figure(text, diff, magnitude(cell->median[side]), cell->value[side], metric, brief);
    snprintf(to, DIFF_FIGURE_BYTES, "%s%.60s", sign_of(cell->value[side]), text);
    return to;
}

char *diff_change_text(char *to, const struct diff *diff, const struct diff_cell *cell,
                       enum diff_metric metric, bool brief)
{
    char text[DIFF_FIGURE_BYTES];
    if (!cell->changed)
        return strcpy(to, "0");
    figure(text, diff, magnitude(cell->median[DIFF_NEW] - cell->median[DIFF_OLD]), cell->change,
           metric, brief);
    snprintf(to, DIFF_FIGURE_BYTES, "%s%.60s", cell->change < 0 ? "-" : "+", text);
    return to;
}

char *diff_relative_text(char *to, const struct diff_cell *cell)
{
    double before = cell->value[DIFF_OLD], percent = 100 * cell->change / before;
    double size = percent < 0 ? -percent : percent;
    if (!cell->changed)
        return strcpy(to, "");
    if (cell->median[DIFF_OLD] == 0)
        return strcpy(to, "new");
    if (cell->median[DIFF_NEW] == 0)
        return strcpy(to, "gone");
    if (size >= 1000)
        snprintf(to, DIFF_FIGURE_BYTES, "x%.3g", cell->value[DIFF_NEW] / before);
    else if (size < 0.05)
        snprintf(to, DIFF_FIGURE_BYTES, "%s~0 %%", percent < 0 ? "-" : "+");
    else if (percent < -99.4) /* not all of it */
        snprintf(to, DIFF_FIGURE_BYTES, "%.2f %%", percent < -99.99 ? -99.99 : percent);
    else
        snprintf(to, DIFF_FIGURE_BYTES, size < 9.95 ? "%+.1f %%" : "%+.0f %%", percent);
    return to;
}

char *diff_spread_text(char *to, const struct diff *diff, const struct diff_cell *cell,
                       enum diff_metric metric, int side)
{
    char low[DIFF_FIGURE_BYTES], high[DIFF_FIGURE_BYTES];
    double per = diff->side[side].per;
    if (diff->side[side].count < 2)
        return strcpy(to, "");
    figure(low, diff, magnitude(cell->min[side]), (double)cell->min[side] / per, metric, false);
    figure(high, diff, magnitude(cell->max[side]), (double)cell->max[side] / per, metric, false);
    snprintf(to, DIFF_FIGURE_BYTES, "%.28s to %.28s", low, high);
    return to;
}

/* ---- names ---- */

static void put_both(const char *before, const char *after, char *to, size_t n)
{
    if (!before[0] || !after[0] || strcmp(before, after) == 0)
        snprintf(to, n, "%s", before[0] ? before : after);
    else
        snprintf(to, n, "%s -> %s", before, after);
}

void diff_name_text(const struct diff_row *row, char *to, size_t n)
{
    char name[DIFF_SIDES][TEXT_ROOM] = {"", ""};
    struct report report = {0};
    if (row->rest) {
        snprintf(to, n, "(what no line accounts for)");
        return;
    }
    for (int s = 0; s < DIFF_SIDES; s++) {
        if (!row->place[s].profile)
            continue;
        report.profile = row->place[s].profile;
        report_function(&report, row->place[s].site, name[s], sizeof(name[s]));
    }
    /* a closure has another number when one was put before it: that is no other name */
    if (row->kind != MATCH_NONE &&
        strcmp(row->place[DIFF_OLD].what.function, row->place[DIFF_NEW].what.function) == 0)
        name[DIFF_OLD][0] = 0;
    put_both(name[DIFF_OLD], name[DIFF_NEW], to, n);
}

/* Line numbers alone where the file has the same name. */
static bool is_same_file(const struct diff_row *row)
{
    const char *files[DIFF_SIDES];
    for (int s = 0; s < DIFF_SIDES; s++) {
        const char *file = row->place[s].what.file, *slash = strrchr(file, '/');
        files[s] = slash ? slash + 1 : file;
    }
    return strcmp(files[DIFF_OLD], files[DIFF_NEW]) == 0;
}

void diff_place_text(const struct diff_row *row, char *to, size_t n)
{
    const struct diff_place *before = &row->place[DIFF_OLD], *after = &row->place[DIFF_NEW];
    const struct diff_place *shown = after->profile ? after : before;
    to[0] = 0;
    if (!shown->profile)
        return;
    report_place(shown->profile, shown->site->frame, to, n);
    size_t used = strlen(to);
    if (row->kind == MATCH_NONE || (is_same_file(row) && before->what.line == after->what.line))
        return;
    if (is_same_file(row) && before->what.line) {
        snprintf(to + used, n - used, " (was :%u)", before->what.line);
        return;
    }
    used += (size_t)snprintf(to + used, n - used, " (was ");
    if (used + 1 >= n)
        return;
    report_place(before->profile, before->site->frame, to + used, n - used - 1);
    strcat(to, ")");
}

void diff_finding_place(const struct diff_report *report, int side, const struct finding *finding,
                        char *to, size_t n)
{
    const struct finding_place *at = &finding->location;
    struct profile_frame frame = {.file = at->file, .line = at->line, .function = "", .object = ""};
    report_place(report->diff->side[side].runs[0].profile, &frame, to, n);
}

void diff_side_text(const struct diff_side *side, char *to, size_t n)
{
    to[0] = 0;
    for (uint32_t r = 0; r < side->count; r++) {
        size_t used = strlen(to);
        snprintf(to + used, n - used, "%s%s", r ? ", " : "", side->runs[r].profile->path);
    }
}
