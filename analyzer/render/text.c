/* text.c - the report for a person at a terminal. Called by the commands; see report.h.
 *
 * What to change comes first (text_findings.c), then what it rests on: crates and allocator
 * (text_program.c), the figures of the run, the lines that allocate most (text_site.c), and what
 * to know about the recording (text_honesty.c).
 */
#include "analyzer/render/formats.h"
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <stdbool.h>
#include <string.h>

#define LABEL_COLUMNS 13
#define TOP_DEFAULT 3    /* leaders of each column */
#define MICROSECOND "µs" /* the time unit of heapcoach and dhat-rs */

/* ---- head ---- */

/* Seconds of a time in the profile's unit; 0 when its unit is no time. */
static double seconds(const struct profile *profile, uint64_t time)
{
    return strcmp(profile->time_unit, MICROSECOND) == 0 ? (double)time / 1e6 : 0;
}

/* The run in one line; print_totals has it in full. */
static void print_sums(const struct profile *profile, const struct screen *screen)
{
    const struct profile_totals *t = &profile->totals;
    char text[400], bytes[UNITS_ROOM], blocks[UNITS_ROOM], peak[UNITS_ROOM], copied[UNITS_ROOM];
    int used = snprintf(text, sizeof(text), "allocated %s in %s %s", units_bytes(bytes, t->bytes),
                        units_exact(blocks, t->blocks), t->blocks == 1 ? "block" : "blocks");
    if (profile->lifetimes)
        used += snprintf(text + used, sizeof(text) - (size_t)used, ", at most %s at once",
                         units_bytes(peak, t->peak_bytes));
    if (t->bytes_copied)
        snprintf(text + used, sizeof(text) - (size_t)used, "; growth copied %s",
                 units_bytes(copied, t->bytes_copied));
    screen_paragraph(screen, SCREEN_FAINT, 10, text);
}

static void print_head(const struct profile *profile, const struct screen *screen)
{
    const struct profile_program *program = &profile->program;
    char text[UNITS_ROOM];
    screen_print(screen, SCREEN_STRONG, "heapcoach ");
    screen_data(screen, SCREEN_STRONG, program->command, screen->width - 10);
    screen_print(screen, SCREEN_FAINT, "\n          process %llu",
                 (unsigned long long)program->pid);
    if (seconds(profile, profile->end_time) > 0)
        screen_print(screen, SCREEN_FAINT, ", ran %s",
                     units_seconds(text, seconds(profile, profile->end_time)));
    if (program->rustc[0]) {
        screen_print(screen, SCREEN_FAINT, ", rustc ");
        screen_data(screen, SCREEN_FAINT, program->rustc, 40);
    }
    fputc('\n', screen->stream);
    print_sums(profile, screen);
    fputc('\n', screen->stream);
}

/* ---- totals ---- */

/* One line of totals; columns of figures are as wide as the widest. */
struct total {
    const char *label;
    uint64_t n;
    const char *unit;
    bool has_blocks;
    uint64_t blocks;
    char note[200];
};

static void print_total(const struct screen *screen, const struct total *total, int columns,
                        int block_columns)
{
    char exact[UNITS_ROOM];
    int used = 2 + LABEL_COLUMNS + columns;
    screen_print(screen, SCREEN_PLAIN, "  %-*s", LABEL_COLUMNS, total->label);
    screen_print(screen, SCREEN_STRONG, "%*s", columns, units_exact(exact, total->n));
    if (total->unit[0])
        screen_print(screen, SCREEN_PLAIN, " %s", total->unit);
    used += total->unit[0] ? 1 + (int)strlen(total->unit) : 0;
    if (total->has_blocks) {
        screen_print(screen, SCREEN_PLAIN, " in ");
        screen_print(screen, SCREEN_STRONG, "%*s", block_columns,
                     units_exact(exact, total->blocks));
        screen_print(screen, SCREEN_PLAIN, total->blocks == 1 ? " block" : " blocks");
        used += 4 + block_columns + (total->blocks == 1 ? 6 : 7);
    }
    int note = screen_width_of(total->note);
    if (note && used + 2 + note > screen->width) {
        fputc('\n', screen->stream);
        screen_paragraph(screen, SCREEN_FAINT, 2 + LABEL_COLUMNS, total->note);
        return;
    }
    if (note) {
        screen_spaces(screen, 2);
        screen_data(screen, SCREEN_FAINT, total->note, note);
    }
    fputc('\n', screen->stream);
}

static void note_rates(const struct profile *profile, struct total *total)
{
    char bytes[UNITS_ROOM], blocks[UNITS_ROOM];
    if (!profile->end_time)
        return;
    double units = (double)profile->end_time / 1e6;
    snprintf(total->note, sizeof(total->note), "%sB and %s blocks per %.20s",
             units_rate(bytes, (double)profile->totals.bytes / units),
             units_rate(blocks, (double)profile->totals.blocks / units), profile->time_unit_mega);
}

static void note_peak_time(const struct profile *profile, struct total *total)
{
    char at[UNITS_ROOM];
    if (!profile->end_time)
        return;
    if (seconds(profile, profile->end_time) > 0)
        snprintf(total->note, sizeof(total->note), "%s after the start",
                 units_seconds(at, seconds(profile, profile->peak_time)));
    else
        snprintf(total->note, sizeof(total->note), "at %s of the run",
                 units_percent(at, profile->peak_time, profile->end_time));
}

static void note_short_life(const struct profile *profile, struct total *total)
{
    char share[UNITS_ROOM], bound[UNITS_ROOM];
    snprintf(total->note, sizeof(total->note), "%s of all, freed within %s %.20s",
             units_percent(share, profile->totals.short_lived_blocks, profile->totals.blocks),
             units_exact(bound, profile->short_time), profile->time_unit);
}

static void note_moves(const struct profile *profile, struct total *total)
{
    char moved[UNITS_ROOM], copied[UNITS_ROOM];
    if (profile->totals.reallocs)
        snprintf(total->note, sizeof(total->note), "%s moved, %s copied",
                 units_exact(moved, profile->totals.reallocs_moved),
                 units_bytes(copied, profile->totals.bytes_copied));
}

static int digits_of(uint64_t n)
{
    char exact[UNITS_ROOM];
    return (int)strlen(units_exact(exact, n));
}

static void print_totals(const struct profile *profile, const struct screen *screen)
{
    const struct profile_totals *t = &profile->totals;
    struct total all = {"allocated", t->bytes, "bytes", true, t->blocks, ""};
    struct total peak = {"at the peak", t->peak_bytes, "bytes", true, t->peak_blocks, ""};
    struct total end = {"at the end", t->end_bytes, "bytes", true, t->end_blocks, ""};
    struct total brief = {"short-lived", t->short_lived_blocks, "blocks", false, 0, ""};
    struct total grown = {"reallocs", t->reallocs, "", false, 0, ""};
    int columns = digits_of(t->bytes > t->reallocs ? t->bytes : t->reallocs);
    int blocks = digits_of(t->blocks);
    note_rates(profile, &all);
    note_peak_time(profile, &peak);
    note_short_life(profile, &brief);
    note_moves(profile, &grown);
    print_total(screen, &all, columns, blocks);
    if (profile->lifetimes) {
        print_total(screen, &peak, columns, blocks);
        print_total(screen, &end, columns, blocks);
        print_total(screen, &brief, columns, blocks);
    }
    if (profile_is_exact(profile))
        print_total(screen, &grown, columns, blocks);
}

/* ---- the whole ---- */

static uint32_t print_those_that_matter(const struct report *report, const struct screen *screen)
{
    const struct sites *sites = report->sites;
    uint32_t leading = sites_that_matter(sites, report->top), shown = 0;
    for (uint32_t i = 0; i < leading; i++) {
        if (!report_shows_site(report, &sites->site[i]))
            continue;
        report_site(report, &sites->site[i], ++shown, screen);
        fputc('\n', screen->stream);
    }
    return shown;
}

static void print_sites(const struct report *report, const struct screen *screen)
{
    const struct sites *sites = report->sites;
    uint32_t shown = sites_that_matter(sites, report->top);
    char a[UNITS_ROOM], b[UNITS_ROOM];
    if (!sites->count) {
        screen_print(screen, SCREEN_STRONG, "\nNo allocation was recorded.\n");
        return;
    }
    screen_print(screen, SCREEN_STRONG, "\nWhere it comes from");
    if (report->mine || report->crate)
        screen_print(screen, SCREEN_FAINT, "  of the leading %s lines those asked for\n",
                     units_exact(a, shown));
    else if (shown < sites->count)
        screen_print(screen, SCREEN_FAINT, "  the leading %s of %s lines\n", units_exact(a, shown),
                     units_exact(b, sites->count));
    else
        screen_print(screen, SCREEN_FAINT, "  all %s %s\n", units_exact(a, shown),
                     shown == 1 ? "line" : "lines");
    report_site_heading(report, screen);
    if (!print_those_that_matter(report, screen))
        screen_print(screen, SCREEN_FAINT, "    none\n\n");
}

static int write_text(const struct report *report, FILE *stream)
{
    struct screen screen = screen_of(stream);
    print_head(report->profile, &screen);
    report_findings(report, &screen);
    report_crates(report, &screen);
    report_allocator(report, &screen);
    screen_print(&screen, SCREEN_STRONG, "\nThe run in figures\n");
    print_totals(report->profile, &screen);
    print_sites(report, &screen);
    report_honesty(report, &screen);
    return 0;
}

const struct report_format report_format_text = {
    .name = "text",
    .summary = "for a person at a terminal",
    .top = TOP_DEFAULT,
    .write = write_text,
};
