/* text_findings.c - all findings of a report as text: how many and what they are worth, each of
 * them, what the runtime does apart from the user's code; or that nothing is worth changing,
 * and what came nearest. Used by text.c.
 */
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <stdio.h>
#include <string.h>

#define TEXT_ROOM 4096
#define INDENT 4

/* "12 smaller ones: --all; 3 are not in crate app" */
static void print_left_out(const struct report_counts *counts, const struct screen *screen)
{
    char text[600] = "", a[UNITS_ROOM];
    size_t used = 0, small = counts->low + counts->info;
    if (small)
        used = (size_t)snprintf(text, sizeof(text), "%s of less weight: --all shows %s. ",
                                units_exact(a, small), small == 1 ? "it" : "them");
    if (counts->elsewhere)
        snprintf(text + used, sizeof(text) - used, "%s %s in other crates.",
                 units_exact(a, counts->elsewhere), counts->elsewhere == 1 ? "is" : "are");
    if (used || counts->elsewhere)
        fputc('\n', screen->stream);
    screen_paragraph(screen, SCREEN_FAINT, 2, text);
}

/* ---- nothing ---- */

static void print_miss(const struct report *report, const struct finding_miss *miss,
                       const struct screen *screen)
{
    char place[TEXT_ROOM], what[TEXT_ROOM], text[3 * TEXT_ROOM];
    report_finding_place(report->profile, &miss->location, place, sizeof(place));
    report_miss(miss, what, sizeof(what));
    const char *function = miss->location.function;
    if (strncmp(what, function, strlen(function)) == 0)
        function = ""; /* it comes at once */
    snprintf(text, sizeof(text), "%s%s%s%s%s: %s", miss->rule, place[0] ? ", " : "", place,
             function[0] ? ", " : "", function, what);
    screen_hanging(screen, SCREEN_PLAIN, INDENT, "- ", text);
}

static void print_nothing(const struct report *report, const struct screen *screen)
{
    const struct findings *findings = report->findings;
    bool all = !report->crate && !report->mine;
    screen_print(screen, SCREEN_STRONG, "Nothing worth changing%s.\n",
                 all ? "" : " in what was asked for");
    if (!findings->miss_count || !all)
        return;
    screen_print(screen, SCREEN_FAINT, "  What came nearest:\n");
    for (size_t i = 0; i < findings->miss_count; i++)
        print_miss(report, &findings->miss[i], screen);
}

/* ---- findings ---- */

static void print_heading(const struct report_counts *counts, const struct screen *screen)
{
    char n[UNITS_ROOM], text[200] = "";
    if (counts->ns && counts->share > 0)
        snprintf(text, sizeof(text), "about %s in all, %s of the run",
                 figure_ns((double)counts->ns), figure_percent(counts->share));
    else if (counts->ns)
        snprintf(text, sizeof(text), "about %s in all", figure_ns((double)counts->ns));
    screen_print(screen, SCREEN_STRONG, "%s %s to change", units_exact(n, counts->shown),
                 counts->shown == 1 ? "thing" : "things");
    if (text[0])
        screen_print(screen, SCREEN_FAINT, "  %s", text);
    fputc('\n', screen->stream);
}

/* Those of the runtime come last and apart: nobody can edit them. */
static uint32_t print_those(const struct report *report, bool of_runtime, uint32_t number,
                            const struct screen *screen)
{
    const struct finding *finding;
    for (size_t at = 0; (finding = report_next(report, &at));)
        if ((finding->scope == FINDING_RUNTIME) == of_runtime) {
            if (of_runtime && !number++)
                screen_print(screen, SCREEN_STRONG, "\nIn the runtime, not yours to change\n");
            report_finding(report, finding, of_runtime ? number : ++number, screen);
        }
    return number;
}

static void print_not_judged(const struct report *report, const struct screen *screen)
{
    char text[TEXT_ROOM];
    const char *const *id = report->findings->not_judged;
    if (!id || !id[0])
        return;
    int used = snprintf(text, sizeof(text), "This file does not hold what these rules need:");
    for (size_t i = 0; id[i] && (size_t)used < sizeof(text); i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, "%s %s", i ? "," : "", id[i]);
    screen_paragraph(screen, SCREEN_FAINT, 2, text);
}

void report_findings(const struct report *report, const struct screen *screen)
{
    struct report_counts counts = report_count(report);
    if (counts.shown) {
        print_heading(&counts, screen);
        print_those(report, false, 0, screen);
        print_those(report, true, 0, screen);
    } else {
        print_nothing(report, screen);
    }
    print_left_out(&counts, screen);
    print_not_judged(report, screen);
}
