/* text_brief.c - the report at the end of a run: the run in one line, and the first findings in two
 * lines each; where there are none, the lines that allocate most. Called by `heapcoach run`.
 */
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <stdio.h>
#include <string.h>

#define TEXT_ROOM 4096
#define SHOWN 3

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_totals(const struct profile *profile, const struct screen *screen)
{
    const struct profile_totals *totals = &profile->totals;
    char a[UNITS_ROOM], b[UNITS_ROOM], c[UNITS_ROOM], d[UNITS_ROOM];
    screen_print(screen, SCREEN_STRONG, "heapcoach: ");
    screen_data(screen, SCREEN_STRONG, base_name(profile->program.exe), 40);
    screen_print(screen, SCREEN_PLAIN,
                 profile->sampling.bytes ? " allocated about %s in about %s blocks, peak about %s, "
                                           "about %s at the end (sampled)"
                                         : " allocated %s in %s blocks, peak %s, %s at the end",
                 units_bytes(a, totals->bytes), units_exact(b, totals->blocks),
                 units_bytes(c, totals->peak_bytes), units_bytes(d, totals->end_bytes));
    if (totals->reallocs)
        screen_print(
            screen, SCREEN_PLAIN, "\n           %s %s copied %s", units_exact(a, totals->reallocs),
            totals->reallocs == 1 ? "realloc" : "reallocs", units_bytes(b, totals->bytes_copied));
    fputc('\n', screen->stream);
    if (profile->program.allocator_in_part) {
        screen_print(screen, SCREEN_WARNING, "  Not all is counted: ");
        screen_print(screen, SCREEN_PLAIN,
                     "it has %s as its allocator; `heapcoach doctor` says more\n",
                     profile->program.allocator);
    }
}

/* ---- findings ---- */

static void print_finding(const struct report *report, const struct finding *finding,
                          const struct screen *screen)
{
    char place[TEXT_ROOM], saved[64] = "", time[48];
    const struct finding_place *line = report_line(finding);
    report_finding_place(report->profile, line, place, sizeof(place));
    report_saved_time(finding_saving_in_all(finding), time, sizeof(time));
    if (time[0])
        snprintf(saved, sizeof(saved), "  saves %s", time);
    int room = screen->width - 2 - screen_width_of(saved);
    screen_spaces(screen, 2);
    int used = screen_data_end(screen, SCREEN_PLACE, place, room / 2);
    screen_spaces(screen, used ? 2 : 0);
    used += used ? 2 : 0;
    used += screen_data(screen, SCREEN_PLAIN,
                        line->function[0] ? line->function
                        : place[0]        ? ""
                                          : "the whole program",
                        room - used);
    screen_spaces(screen, saved[0] ? room - used : 0);
    screen_print(screen, SCREEN_HOT, "%s", saved);
    fputs("\n    ", screen->stream);
    screen_print(screen, finding->severity == FINDING_HIGH ? SCREEN_GRAVE : SCREEN_HOT, "%s ",
                 finding_severity_names[finding->severity]);
    screen_data(screen, SCREEN_STRONG, finding->title,
                screen->width - 5 - (int)strlen(finding_severity_names[finding->severity]));
    fputc('\n', screen->stream);
}

static size_t print_findings(const struct report *report, const struct screen *screen)
{
    const struct finding *finding;
    size_t shown = 0;
    for (size_t at = 0; shown < SHOWN && (finding = report_next(report, &at)); shown++)
        print_finding(report, finding, screen);
    return shown;
}

/* ---- sites ---- */

static void print_site(const struct report *report, const struct site *site,
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

static void print_sites(const struct report *report, const struct screen *screen)
{
    const struct sites *sites = report->sites;
    if (sites->count)
        screen_print(screen, SCREEN_PLAIN, "  Nothing worth changing; what allocates most:\n");
    for (uint32_t want = 1; want <= SHOWN; want++)
        for (uint32_t i = 0; i < sites->count; i++)
            if (sites->site[i].rank[SITE_BYTES] == want)
                print_site(report, &sites->site[i], screen);
}

void report_brief(const struct report *report, const struct screen *screen)
{
    print_totals(report->profile, screen);
    if (!print_findings(report, screen))
        print_sites(report, screen);
}
