/* diff_text.c - a diff for a person at a terminal: totals, the lines that changed, what became of
 * the findings. See diff_report.h.
 */
#include "analyzer/render/diff_report.h"
#include "analyzer/render/units.h"

#include <string.h>

#define TEXT_ROOM 4096
#define TITLE_COLUMNS 18 /* "bytes at the peak " */
#define FIGURES 4        /* old, new, change, relative */
#define INDENT 4
#define GAP 2

static const char *const side_names[DIFF_SIDES] = {[DIFF_OLD] = "old", [DIFF_NEW] = "new"};

/* ---- head ---- */

static void print_head(const struct diff_report *report, const struct screen *screen)
{
    const struct diff *diff = report->diff;
    char text[TEXT_ROOM];
    for (int s = 0; s < DIFF_SIDES; s++) {
        const struct diff_side *side = &diff->side[s];
        screen_print(screen, SCREEN_STRONG, "%s  ", side_names[s]);
        diff_side_text(side, text, sizeof(text));
        int used = screen_data(screen, SCREEN_STRONG, text, screen->width / 2);
        screen_print(screen, SCREEN_PLAIN, "  ");
        screen_data(screen, SCREEN_FAINT, side->runs[0].profile->program.command,
                    screen->width - used - 7 > 10 ? screen->width - used - 7 : 10);
        fputc('\n', screen->stream);
        if (side->count > 1)
            screen_print(screen, SCREEN_FAINT,
                         "     %u runs: medians, and from the least to the "
                         "most\n",
                         side->count);
        if (side->per > 1)
            screen_print(screen, SCREEN_FAINT, "     per unit of work, of which it did %s\n",
                         units_exact(text, side->per));
    }
    for (uint32_t i = 0; i < report->warnings->count; i++)
        screen_hanging(screen, SCREEN_WARNING, 0, "warning: ", report->warnings->text[i]);
}

/* ---- tables ---- */

/* The figures of one metric as they are printed. */
struct figures {
    enum diff_metric metric;
    char text[FIGURES][DIFF_FIGURE_BYTES];
    char spread[DIFF_SIDES][DIFF_FIGURE_BYTES];
    struct diff_cell cell;
};

static void fill_figures(struct figures *f, const struct diff *diff, const struct diff_row *row)
{
    f->cell = diff_cell(diff, row, f->metric);
    diff_value_text(f->text[0], diff, &f->cell, f->metric, DIFF_OLD, false);
    diff_value_text(f->text[1], diff, &f->cell, f->metric, DIFF_NEW, false);
    diff_change_text(f->text[2], diff, &f->cell, f->metric, false);
    diff_relative_text(f->text[3], &f->cell);
    for (int s = 0; s < DIFF_SIDES; s++)
        diff_spread_text(f->spread[s], diff, &f->cell, f->metric, s);
}

static void widen(const struct diff_report *report, const struct diff_row *row, int width[FIGURES])
{
    bool is_total = row == &report->diff->total;
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        struct figures f = {.metric = m};
        if (is_total ? !report->diff->has[m] : !diff_speaks_of(report, row, m))
            continue;
        fill_figures(&f, report->diff, row);
        for (int c = 0; c < FIGURES; c++)
            if ((int)strlen(f.text[c]) > width[c])
                width[c] = (int)strlen(f.text[c]);
    }
}

/* Columns are as wide as the widest figure that is printed. The totals need not have it: one line's
 * change is larger than theirs where another line made up for it. */
static void find_widths(const struct diff_report *report, const struct diff_shown *shown,
                        int width[FIGURES])
{
    const struct diff *diff = report->diff;
    for (int c = 0; c < FIGURES; c++)
        width[c] = c == 3 ? 6 : (int)strlen("change");
    widen(report, &diff->total, width);
    for (uint32_t i = 0; i < shown->rows; i++)
        widen(report, &diff->rows[i], width);
    if (shown->rest)
        widen(report, &diff->rows[diff->row_count - 1], width);
}

static void print_spread(const struct figures *f, const struct screen *screen)
{
    const char *before = f->spread[DIFF_OLD], *after = f->spread[DIFF_NEW];
    if (!before[0] && !after[0])
        return;
    screen_print(screen, SCREEN_FAINT, "%*s(%s%s%s)\n", INDENT + TITLE_COLUMNS + GAP, "",
                 before[0] ? before : f->text[0], " -> ", after[0] ? after : f->text[1]);
}

static void print_figures(const struct figures *f, const int width[FIGURES],
                          const struct screen *screen)
{
    enum screen_style style = !f->cell.changed || f->cell.within ? SCREEN_FAINT
                              : f->cell.change > 0               ? SCREEN_HOT
                                                                 : SCREEN_STRONG;
    screen_print(screen, SCREEN_PLAIN, "%*s%-*s", INDENT, "", TITLE_COLUMNS,
                 diff_metrics[f->metric].title);
    for (int c = 0; c < FIGURES && f->text[c][0]; c++)
        screen_print(screen, c == 2 ? style : SCREEN_PLAIN, "%*s", width[c] + GAP, f->text[c]);
    const char *noise = diff_noise_text(&f->cell, f->metric);
    screen_print(screen, SCREEN_FAINT, "%s%s", noise[0] ? "  " : "", noise);
    fputc('\n', screen->stream);
    print_spread(f, screen);
}

static void print_totals(const struct diff_report *report, const int width[FIGURES],
                         const struct screen *screen)
{
    static const char *const headings[FIGURES] = {"old", "new", "change", ""};
    screen_print(screen, SCREEN_FAINT, "\n%*s%-*s", INDENT, "", TITLE_COLUMNS, "");
    for (int c = 0; c + 1 < FIGURES; c++)
        screen_print(screen, SCREEN_FAINT, "%*s", width[c] + GAP, headings[c]);
    fputc('\n', screen->stream);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        struct figures f = {.metric = m};
        if (!report->diff->has[m])
            continue;
        fill_figures(&f, report->diff, &report->diff->total);
        print_figures(&f, width, screen);
    }
}

/* ---- rows ---- */

static void print_title(const struct diff_row *row, uint32_t number, const struct screen *screen)
{
    static const char *const notes[] = {
        [MATCH_NONE] = "",
        [MATCH_SAME] = "",
        [MATCH_FUNCTION] = "  (rewritten)",
        [MATCH_STACK] = "  (by its callers)",
    };
    char name[2 * TEXT_ROOM], place[2 * TEXT_ROOM];
    diff_name_text(row, name, sizeof(name));
    diff_place_text(row, place, sizeof(place));
    const char *note = row->rest                      ? ""
                       : row->kind != MATCH_NONE      ? notes[row->kind]
                       : row->place[DIFF_OLD].profile ? "  (gone)"
                                                      : "  (new)";
    int room = screen->width - INDENT - 2 - (int)strlen(note), columns = screen_width_of(place);
    if (columns > room / 2)
        columns = room / 2;
    if (number)
        screen_print(screen, SCREEN_FAINT, "%2u. ", number);
    else
        screen_spaces(screen, INDENT);
    int used = screen_data(screen, SCREEN_STRONG, name, room - columns);
    screen_print(screen, SCREEN_PLAIN, "%s", note);
    screen_spaces(screen, place[0] ? room - columns - used + 2 : 0);
    screen_data_end(screen, SCREEN_PLACE, place, columns);
    fputc('\n', screen->stream);
}

static void print_row(const struct diff_report *report, const struct diff_row *row, uint32_t number,
                      const int width[FIGURES], const struct screen *screen)
{
    print_title(row, number, screen);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        struct figures f = {.metric = m};
        if (!diff_speaks_of(report, row, m))
            continue;
        fill_figures(&f, report->diff, row);
        print_figures(&f, width, screen);
    }
    fputc('\n', screen->stream);
}

/* What the rows that are not shown come to, so that all that is printed adds up to the totals. */
static void print_hidden(const struct diff_report *report, const struct diff_shown *shown,
                         const struct screen *screen)
{
    const struct diff *diff = report->diff;
    bool first = true;
    if (!shown->hidden)
        return;
    screen_print(screen, SCREEN_FAINT, "    %u more changed by less, together", shown->hidden);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        if (!diff->has[m] ||
            (diff_metrics[m].needs == DIFF_NEEDS_CLOCK && report->metric != (enum diff_metric)m))
            continue;
        struct diff_cell sum = diff_others(report, shown, m);
        char text[DIFF_FIGURE_BYTES];
        if (!sum.changed)
            continue;
        screen_print(screen, SCREEN_FAINT, "%s %s %s", first ? "" : ",",
                     diff_change_text(text, diff, &sum, m, false), diff_metrics[m].title);
        first = false;
    }
    fputs(first ? " nothing\n\n" : "\n\n", screen->stream);
}

static void print_rows(const struct diff_report *report, const struct diff_shown *shown,
                       const int width[FIGURES], const struct screen *screen)
{
    if (!shown->rows && !shown->hidden && !shown->rest) {
        screen_print(screen, SCREEN_STRONG, "\nNo line differs.\n");
        return;
    }
    screen_print(screen, SCREEN_STRONG, "\nWhere it changed");
    if (shown->hidden)
        screen_print(screen, SCREEN_FAINT, "  the leading %u of %u lines", shown->rows,
                     shown->rows + shown->hidden);
    if (report->metric != DIFF_METRIC_COUNT)
        screen_print(screen, SCREEN_FAINT, "  by %s", diff_metrics[report->metric].title);
    fputc('\n', screen->stream);
    for (uint32_t i = 0; i < shown->rows; i++)
        print_row(report, &report->diff->rows[i], i + 1, width, screen);
    print_hidden(report, shown, screen);
    if (shown->rest)
        print_row(report, &report->diff->rows[report->diff->row_count - 1], 0, width, screen);
}

/* ---- findings ---- */

static void print_finding(const struct diff_report *report, const struct diff_finding *one,
                          const struct screen *screen)
{
    const struct finding *finding = one->new_finding ? one->new_finding : one->old_finding;
    int side = one->new_finding ? DIFF_NEW : DIFF_OLD;
    char place[TEXT_ROOM];
    diff_finding_place(report, side, finding, place, sizeof(place));
    screen_print(screen,
                 one->fate == DIFF_NEWLY || one->fate == DIFF_WORSE ? SCREEN_HOT : SCREEN_STRONG,
                 "  %-7s", diff_fate_names[one->fate]);
    screen_data(screen, SCREEN_STRONG, finding->title, screen->width - 9);
    fputs("\n         ", screen->stream);
    screen_data(screen, SCREEN_PLAIN, finding->location.function, screen->width / 2);
    screen_print(screen, SCREEN_PLAIN, "  ");
    screen_data_end(screen, SCREEN_PLACE, place, screen->width / 3);
    screen_print(screen, SCREEN_FAINT, "  [%s]\n", finding->rule);
    if (one->old_finding)
        screen_hanging(screen, SCREEN_FAINT, 9, "old: ", one->old_finding->what);
    if (one->new_finding)
        screen_hanging(screen, SCREEN_PLAIN, 9, "new: ", one->new_finding->what);
    if (one->new_finding)
        screen_paragraph(screen, SCREEN_PLAIN, 9, finding->advice);
    else if (finding->advice[0])
        screen_hanging(screen, SCREEN_FAINT, 9, "the advice was: ", finding->advice);
}

static void print_findings(const struct diff_report *report, const struct screen *screen)
{
    const struct diff_findings *findings = report->findings;
    if (!findings->count)
        return;
    screen_print(screen, SCREEN_STRONG, "\nFindings");
    for (int f = 0; f < DIFF_FATES; f++)
        if (findings->of_fate[f])
            screen_print(screen, SCREEN_FAINT, "  %u %s", findings->of_fate[f], diff_fate_names[f]);
    fputc('\n', screen->stream);
    for (uint32_t i = 0; i < findings->count; i++)
        if (findings->list[i].fate != DIFF_UNCHANGED)
            print_finding(report, &findings->list[i], screen);
}

void diff_report_text(const struct diff_report *report, const struct screen *screen)
{
    struct diff_shown shown = diff_shown(report); /* looks at all lines: once */
    int width[FIGURES];
    find_widths(report, &shown, width);
    print_head(report, screen);
    print_totals(report, width, screen);
    print_rows(report, &shown, width, screen);
    print_findings(report, screen);
}
