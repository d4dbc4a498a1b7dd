/* text.c - the report for a person at a terminal, and the brief one at the end of a run.
 * Called by the commands; see report.h. What to know about the recording is in
 * text_honesty.c, one site in text_site.c.
 */
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <stdbool.h>
#include <string.h>

#define LABEL_COLUMNS 13
#define TEXT_ROOM 4096
#define BRIEF_SITES 3
#define MICROSECOND "µs" /* the time unit of heapcoach and dhat-rs */

/* ---- head ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Seconds of a time in the profile's unit; 0 when its unit is no time. */
static double seconds(const struct profile *profile, uint64_t time)
{
    return strcmp(profile->time_unit, MICROSECOND) == 0 ? (double)time / 1e6 : 0;
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
    fputs("\n\n", screen->stream);
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
    if (profile->has_own)
        print_total(screen, &grown, columns, blocks);
}

/* ---- the whole ---- */

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
    if (shown < sites->count)
        screen_print(screen, SCREEN_FAINT, "  the leading %s of %s lines\n", units_exact(a, shown),
                     units_exact(b, sites->count));
    else
        screen_print(screen, SCREEN_FAINT, "  all %s %s\n", units_exact(a, shown),
                     shown == 1 ? "line" : "lines");
    report_site_heading(report, screen);
    for (uint32_t i = 0; i < shown; i++) {
        report_site(report, &sites->site[i], i + 1, screen);
        fputc('\n', screen->stream);
    }
}

void report_text(const struct report *report, const struct screen *screen)
{
    print_head(report->profile, screen);
    print_totals(report->profile, screen);
    print_sites(report, screen);
    report_honesty(report, screen);
}

/* ---- in brief ---- */

static void print_brief_totals(const struct profile *profile, const struct screen *screen)
{
    const struct profile_totals *totals = &profile->totals;
    char a[UNITS_ROOM], b[UNITS_ROOM], c[UNITS_ROOM], d[UNITS_ROOM];
    screen_print(screen, SCREEN_STRONG, "heapcoach: ");
    screen_data(screen, SCREEN_STRONG, base_name(profile->program.exe), 40);
    screen_print(screen, SCREEN_PLAIN, " allocated %s in %s blocks, peak %s, %s at the end",
                 units_bytes(a, totals->bytes), units_exact(b, totals->blocks),
                 units_bytes(c, totals->peak_bytes), units_bytes(d, totals->end_bytes));
    if (totals->reallocs)
        screen_print(
            screen, SCREEN_PLAIN, "\n           %s %s copied %s", units_exact(a, totals->reallocs),
            totals->reallocs == 1 ? "realloc" : "reallocs", units_bytes(b, totals->bytes_copied));
    fputc('\n', screen->stream);
}

static void print_brief_site(const struct report *report, const struct site *site,
                             const struct screen *screen)
{
    char a[UNITS_ROOM], b[UNITS_ROOM];
    char place[TEXT_ROOM], name[TEXT_ROOM];
    report_place(report->profile, site->frame, place, sizeof(place));
    report_function(report, site, name, sizeof(name));
    screen_print(screen, SCREEN_PLAIN, "%*s%*s", 2, "", 9,
                 units_bytes(a, site->metric[SITE_BYTES]));
    screen_print(screen, SCREEN_FAINT, "%6s",
                 units_percent(a, site->metric[SITE_BYTES], report->sites->sum[SITE_BYTES]));
    screen_print(screen, SCREEN_PLAIN, "  %9s %-6s  ", units_count(b, site->metric[SITE_BLOCKS]),
                 site->metric[SITE_BLOCKS] == 1 ? "block" : "blocks");
    int room = screen->width - 2 - 9 - 6 - 2 - 9 - 9;
    room -= screen_data_end(screen, SCREEN_PLACE, place, room / 2) + 2;
    screen_spaces(screen, 2);
    screen_data(screen, SCREEN_PLAIN, name, room);
    fputc('\n', screen->stream);
}

void report_brief(const struct report *report, const struct screen *screen)
{
    const struct sites *sites = report->sites;
    print_brief_totals(report->profile, screen);
    for (uint32_t want = 1; want <= BRIEF_SITES; want++)
        for (uint32_t i = 0; i < sites->count; i++)
            if (sites->site[i].rank[SITE_BYTES] == want)
                print_brief_site(report, &sites->site[i], screen);
}
