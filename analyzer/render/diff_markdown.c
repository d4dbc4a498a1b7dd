/* diff_markdown.c - a diff to be pasted into a pull request: a table of totals, a table of the
 * lines that changed, the findings. See diff_report.h.
 */
#include "analyzer/render/diff_report.h"
#include "analyzer/render/markdown_out.h"

#include <string.h>

#define TEXT_ROOM 4096

/* ---- totals ---- */

static void write_totals(const struct diff_report *report, FILE *stream)
{
    const struct diff *diff = report->diff;
    fputs("| | old | new | change | |\n|---|--:|--:|--:|--:|\n", stream);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        char before[DIFF_FIGURE_BYTES], after[DIFF_FIGURE_BYTES], change[DIFF_FIGURE_BYTES];
        char relative[DIFF_FIGURE_BYTES];
        struct diff_cell cell = diff_cell(diff, &diff->total, m);
        if (!diff->has[m])
            continue;
        diff_value_text(before, diff, &cell, m, DIFF_OLD, false);
        diff_value_text(after, diff, &cell, m, DIFF_NEW, false);
        diff_change_text(change, diff, &cell, m, false);
        diff_relative_text(relative, &cell);
        const char *noise = diff_noise_text(&cell, m);
        const char *strong = cell.changed && !noise[0] ? "**" : "";
        fprintf(stream, "| %s | %s | %s | %s%s%s | %s%s%s |\n", diff_metrics[m].title, before,
                after, strong, change, strong, relative, relative[0] && noise[0] ? ", " : "",
                noise);
    }
    fputc('\n', stream);
}

/* ---- lines ---- */

/* The metrics that a shown row speaks of: columns of the table. It should fit on a page, so of two
 * that go together one must do. */
static void find_columns(const struct diff_report *report, const struct diff_shown *shown,
                         bool columns[DIFF_METRIC_COUNT])
{
    const struct diff *diff = report->diff;
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        columns[m] = shown->rest && diff_speaks_of(report, &diff->rows[diff->row_count - 1], m);
        for (uint32_t i = 0; i < shown->rows; i++)
            columns[m] |= diff_speaks_of(report, &diff->rows[i], m);
    }
    static const enum diff_metric pairs[][2] = {{DIFF_PEAK_BYTES, DIFF_PEAK_BLOCKS},
                                                {DIFF_END_BYTES, DIFF_END_BLOCKS},
                                                {DIFF_BLOCKS, DIFF_SHORT_LIVED}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (columns[pairs[i][0]] && report->metric != pairs[i][1])
            columns[pairs[i][1]] = false;
}

/* "9.0 MB → 1.0 MB (-89 %)" */
static void write_cell(const struct diff_report *report, const struct diff_row *row,
                       enum diff_metric metric, FILE *stream)
{
    char before[DIFF_FIGURE_BYTES], after[DIFF_FIGURE_BYTES], relative[DIFF_FIGURE_BYTES];
    struct diff_cell cell = diff_cell(report->diff, row, metric);
    if (!cell.changed) {
        fputs(" |", stream);
        return;
    }
    diff_value_text(before, report->diff, &cell, metric, DIFF_OLD, true);
    diff_value_text(after, report->diff, &cell, metric, DIFF_NEW, true);
    diff_relative_text(relative, &cell);
    const char *noise = diff_noise_text(&cell, metric);
    fprintf(stream, " %s → %s (%s%s%s) |", before, after, relative, noise[0] ? ", " : "", noise);
}

/* A code span within a table: there a bar ends the cell, even in code. */
static void write_code_in_table(const char *text, FILE *stream)
{
    char safe[2 * TEXT_ROOM];
    size_t n = 0;
    for (; *text && n + 2 < sizeof(safe); text++) {
        if (*text == '|')
            safe[n++] = '\\';
        safe[n++] = *text;
    }
    safe[n] = 0;
    markdown_code(stream, safe);
}

static void write_row(const struct diff_report *report, const struct diff_row *row,
                      const bool columns[DIFF_METRIC_COUNT], FILE *stream)
{
    char text[2 * TEXT_ROOM];
    fputs("| ", stream);
    if (row->rest) {
        fputs("what no line accounts for", stream);
    } else {
        diff_name_text(row, text, sizeof(text));
        write_code_in_table(text, stream);
        diff_place_text(row, text, sizeof(text));
        if (text[0])
            fputs("<br>", stream);
        write_code_in_table(text, stream);
    }
    if (row->kind == MATCH_NONE && !row->rest)
        fprintf(stream, " (%s)", diff_row_kind(row));
    fputs(" |", stream);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++)
        if (columns[m])
            write_cell(report, row, m, stream);
    fputc('\n', stream);
}

static void write_rows(const struct diff_report *report, FILE *stream)
{
    const struct diff *diff = report->diff;
    struct diff_shown shown = diff_shown(report);
    bool columns[DIFF_METRIC_COUNT];
    if (!shown.rows && !shown.hidden && !shown.rest) {
        fputs("No line differs.\n\n", stream);
        return;
    }
    find_columns(report, &shown, columns);
    fputs("| line |", stream);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++)
        if (columns[m])
            fprintf(stream, " %s |", diff_metrics[m].title);
    fputs("\n|---|", stream);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++)
        fputs(columns[m] ? "---|" : "", stream);
    fputc('\n', stream);
    for (uint32_t i = 0; i < shown.rows; i++)
        write_row(report, &diff->rows[i], columns, stream);
    if (shown.rest)
        write_row(report, &diff->rows[diff->row_count - 1], columns, stream);
    if (shown.hidden)
        fprintf(stream, "\n%u more %s changed by less.\n", shown.hidden,
                shown.hidden == 1 ? "line" : "lines");
    fputc('\n', stream);
}

/* ---- findings ---- */

static void write_finding(const struct diff_report *report, const struct diff_finding *one,
                          FILE *stream)
{
    const struct finding *finding = one->new_finding ? one->new_finding : one->old_finding;
    char place[TEXT_ROOM];
    diff_finding_place(report, one->new_finding ? DIFF_NEW : DIFF_OLD, finding, place,
                       sizeof(place));
    fprintf(stream, "- **%s**: ", diff_fate_names[one->fate]);
    markdown_text(stream, finding->title);
    fputs(place[0] || finding->location.function[0] ? ", in " : "", stream);
    markdown_code(stream, finding->location.function);
    fputs(place[0] ? " at " : "", stream);
    markdown_code(stream, place);
    if (one->old_finding && one->old_finding->what[0]) {
        fputs("  \n  Old: ", stream);
        markdown_text(stream, one->old_finding->what);
    }
    if (one->new_finding && one->new_finding->what[0]) {
        fputs("  \n  New: ", stream);
        markdown_text(stream, one->new_finding->what);
    }
    if (finding->advice[0]) {
        fputs(one->new_finding ? "  \n  " : "  \n  The advice was: ", stream);
        markdown_text(stream, finding->advice);
    }
    fputc('\n', stream);
}

static void write_findings(const struct diff_report *report, FILE *stream)
{
    const struct diff_findings *findings = report->findings;
    if (findings->count == findings->of_fate[DIFF_UNCHANGED])
        return;
    fputs("**Findings**\n\n", stream);
    for (uint32_t i = 0; i < findings->count; i++)
        if (findings->list[i].fate != DIFF_UNCHANGED)
            write_finding(report, &findings->list[i], stream);
    if (findings->of_fate[DIFF_UNCHANGED])
        fprintf(stream, "\n%u unchanged.\n", findings->of_fate[DIFF_UNCHANGED]);
    fputc('\n', stream);
}

/* ---- the whole ---- */

static void write_head(const struct diff_report *report, FILE *stream)
{
    char text[TEXT_ROOM];
    fputs("### Heap: ", stream);
    for (int s = 0; s < DIFF_SIDES; s++) {
        const struct diff_side *side = &report->diff->side[s];
        diff_side_text(side, text, sizeof(text));
        markdown_code(stream, text);
        if (side->per > 1)
            fprintf(stream, " / %u", side->per);
        fputs(s == DIFF_OLD ? " → " : "\n\n", stream);
    }
    for (uint32_t i = 0; i < report->warnings->count; i++) {
        fputs("> Warning: ", stream);
        markdown_text(stream, report->warnings->text[i]);
        fputs("\n\n", stream);
    }
}

void diff_report_markdown(const struct diff_report *report, FILE *stream)
{
    write_head(report, stream);
    write_totals(report, stream);
    write_rows(report, stream);
    write_findings(report, stream);
}
