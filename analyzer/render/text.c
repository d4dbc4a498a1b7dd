/* text.c - the report for a person at a terminal, and the brief one at the end of a run.
 * Called by the commands; see report.h. What to know about the recording is in
 * text_honesty.c, one site in text_site.c.
 */
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

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

static void print_total(const struct screen *screen, const char *label, int columns, uint64_t n,
                        const char *unit)
{
    char exact[UNITS_ROOM];
    screen_print(screen, SCREEN_PLAIN, "  %-*s", LABEL_COLUMNS, label);
    screen_print(screen, SCREEN_STRONG, "%*s", columns, units_exact(exact, n));
    screen_print(screen, SCREEN_PLAIN, " %-6s", unit);
}

static void print_blocks(const struct screen *screen, int columns, uint64_t blocks)
{
    char exact[UNITS_ROOM];
    screen_print(screen, SCREEN_PLAIN, " in ");
    screen_print(screen, SCREEN_STRONG, "%*s", columns, units_exact(exact, blocks));
    screen_print(screen, SCREEN_PLAIN, " %s", blocks == 1 ? "block" : "blocks");
}

static void print_rates(const struct profile *profile, const struct screen *screen)
{
    char bytes[UNITS_ROOM], blocks[UNITS_ROOM];
    if (!profile->end_time)
        return;
    double units = (double)profile->end_time / 1e6;
    screen_print(screen, SCREEN_FAINT, "  %sB and ",
                 units_rate(bytes, (double)profile->totals.bytes / units));
    screen_print(screen, SCREEN_FAINT, "%s blocks per ",
                 units_rate(blocks, (double)profile->totals.blocks / units));
    screen_data(screen, SCREEN_FAINT, profile->time_unit_mega, 12);
}

static void print_peak_time(const struct profile *profile, const struct screen *screen)
{
    char at[UNITS_ROOM];
    if (!profile->lifetimes || !profile->end_time)
        return;
    if (seconds(profile, profile->end_time) > 0)
        screen_print(screen, SCREEN_FAINT, "  %s after the start",
                     units_seconds(at, seconds(profile, profile->peak_time)));
    else
        screen_print(screen, SCREEN_FAINT, "  at %s of the run",
                     units_percent(at, profile->peak_time, profile->end_time));
}

static void print_short_lived(const struct profile *profile, int columns,
                              const struct screen *screen)
{
    char share[UNITS_ROOM], bound[UNITS_ROOM];
    const struct profile_totals *totals = &profile->totals;
    if (!profile->lifetimes)
        return;
    print_total(screen, "short-lived", columns, totals->short_lived_blocks, "blocks");
    screen_print(screen, SCREEN_FAINT, " %s of all, freed within %s ",
                 units_percent(share, totals->short_lived_blocks, totals->blocks),
                 units_exact(bound, profile->short_time));
    screen_data(screen, SCREEN_FAINT, profile->time_unit, 12);
    fputc('\n', screen->stream);
}

static void print_reallocs(const struct profile *profile, int columns, const struct screen *screen)
{
    char moved[UNITS_ROOM], copied[UNITS_ROOM];
    const struct profile_totals *totals = &profile->totals;
    if (!profile->has_own)
        return;
    print_total(screen, "reallocs", columns, totals->reallocs, "");
    if (totals->reallocs)
        screen_print(screen, SCREEN_FAINT, " %s moved, %s copied",
                     units_exact(moved, totals->reallocs_moved),
                     units_bytes(copied, totals->bytes_copied));
    fputc('\n', screen->stream);
}

static int digits_of(uint64_t n)
{
    char exact[UNITS_ROOM];
    return (int)strlen(units_exact(exact, n));
}

static void print_totals(const struct profile *profile, const struct screen *screen)
{
    const struct profile_totals *totals = &profile->totals;
    int columns = digits_of(totals->bytes > totals->reallocs ? totals->bytes : totals->reallocs);
    int blocks = digits_of(totals->blocks);
    print_total(screen, "allocated", columns, totals->bytes, "bytes");
    print_blocks(screen, blocks, totals->blocks);
    print_rates(profile, screen);
    fputc('\n', screen->stream);
    if (profile->lifetimes) {
        print_total(screen, "at the peak", columns, totals->peak_bytes, "bytes");
        print_blocks(screen, blocks, totals->peak_blocks);
        print_peak_time(profile, screen);
        fputc('\n', screen->stream);
        print_total(screen, "at the end", columns, totals->end_bytes, "bytes");
        print_blocks(screen, blocks, totals->end_blocks);
        fputc('\n', screen->stream);
    }
    print_short_lived(profile, columns, screen);
    print_reallocs(profile, columns, screen);
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
    screen_print(screen, SCREEN_FAINT,
                 shown < sites->count ? "  the %s lines that lead in some column, of %s\n"
                                      : "  all %s lines\n",
                 units_exact(a, shown), units_exact(b, sites->count));
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
    screen_print(screen, SCREEN_PLAIN, " allocated %s in %s blocks, peak %s, at the end %s",
                 units_bytes(a, totals->bytes), units_exact(b, totals->blocks),
                 units_bytes(c, totals->peak_bytes), units_bytes(d, totals->end_bytes));
    if (totals->reallocs)
        screen_print(screen, SCREEN_PLAIN, "\n           %s reallocs copied %s",
                     units_exact(a, totals->reallocs), units_bytes(b, totals->bytes_copied));
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
    screen_print(screen, SCREEN_PLAIN, "  %9s blocks  ", units_count(b, site->metric[SITE_BLOCKS]));
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
