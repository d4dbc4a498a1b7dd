/* check_text.c - limits kept and exceeded, for a person. See check_report.h. */
#include "analyzer/render/check_report.h"
#include "analyzer/render/report.h"

#include <string.h>

#define INDENT 4

/* "TEXT  PLACE" in one line; of a place that is long the end. */
static void print_line(const struct screen *screen, enum screen_style style, const char *text,
                       const char *place)
{
    int columns = screen_width_of(place), most = screen->width / 2;
    columns = columns < most ? columns : most;
    screen_spaces(screen, INDENT);
    screen_data(screen, style, text, screen->width - INDENT - 2 - columns);
    screen_print(screen, SCREEN_PLAIN, "  ");
    screen_data_end(screen, SCREEN_PLACE, place, columns);
    fputc('\n', screen->stream);
}

static void print_blame(const struct check_report *report, const struct limits_result *result,
                        const struct screen *screen)
{
    char text[CHECK_TEXT_BYTES], place[CHECK_TEXT_BYTES];
    for (uint32_t i = 0; i < result->blamed; i++) {
        check_blame_text(report, result, &result->blame[i], text, sizeof(text));
        report_place(report->profile, result->blame[i].site->frame, place, sizeof(place));
        print_line(screen, SCREEN_PLAIN, text, place);
    }
}

static void print_findings(const struct check_report *report, const struct limits_result *result,
                           const struct screen *screen)
{
    char place[CHECK_TEXT_BYTES];
    for (uint32_t i = 0; i < result->finding_count; i++) {
        const struct finding *finding = result->findings[i];
        report_finding_place(report->profile, report_line(finding), place, sizeof(place));
        print_line(screen, SCREEN_STRONG, report_line(finding)->function, place);
        screen_spaces(screen, INDENT + 2);
        screen_print(screen, SCREEN_FAINT, "[%s] ", finding->rule);
        screen_data(screen, SCREEN_PLAIN, finding->title, screen->width - INDENT - 20);
        fputc('\n', screen->stream);
        screen_paragraph(screen, SCREEN_FAINT, INDENT + 2, finding->what);
        screen_paragraph(screen, SCREEN_PLAIN, INDENT + 2, finding->advice);
    }
}

static void print_result(const struct check_report *report, const struct limits_result *result,
                         const struct screen *screen)
{
    char limit[CHECK_TEXT_BYTES], text[2 * CHECK_TEXT_BYTES];
    check_limit_text(report, result, limit, sizeof(limit));
    screen_print(screen, result->passed ? SCREEN_STRONG : SCREEN_HOT, "%-9s",
                 result->passed ? "ok" : "EXCEEDED");
    screen_data(screen, SCREEN_STRONG, limit, screen->width);
    screen_print(screen, SCREEN_FAINT, "  (");
    screen_data(screen, SCREEN_FAINT, result->limit->where, screen->width);
    screen_print(screen, SCREEN_FAINT, ")\n");
    check_result_text(report, result, text, sizeof(text));
    screen_paragraph(screen, SCREEN_PLAIN, INDENT, text);
    if (result->passed)
        return;
    print_blame(report, result, screen);
    print_findings(report, result, screen);
}

/* What is exceeded first. */
void check_report_text(const struct check_report *report, const struct screen *screen)
{
    const struct limits_results *results = report->results;
    if (results->exceeded)
        screen_print(screen, SCREEN_HOT, "%u of %u %s exceeded", results->exceeded, results->count,
                     results->count == 1 ? "limit is" : "limits are");
    else if (results->count == 1)
        screen_print(screen, SCREEN_STRONG, "The limit is kept");
    else
        screen_print(screen, SCREEN_STRONG, "All %u limits are kept", results->count);
    screen_print(screen, SCREEN_FAINT, " by ");
    screen_data(screen, SCREEN_FAINT, report->profile->path, screen->width / 2);
    fputs("\n", screen->stream);
    for (int passed = 0; passed < 2; passed++)
        for (uint32_t i = 0; i < results->count; i++)
            if (results->list[i].passed == (passed != 0))
                print_result(report, &results->list[i], screen);
}
