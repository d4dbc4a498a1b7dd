// sources: analyzer/cli/view.c
// libs: analyzer
/* target_profile.c - a profile, as `report` and `diff` have it: loaded, grouped, judged, written in
 * every format, compared with itself.
 *
 * Whatever the file says, what is written is well-formed, and a profile is no different from
 * itself. Limits have their own target.
 */
#include "analyzer/cli/view.h"
#include "analyzer/render/diff_report.h"
#include "analyzer/render/formats.h"
#include "tests/fuzz/target.h"

#include <string.h>

static void must_be_well_formed(const char *format)
{
    size_t n;
    const char *text = target_written(&n);
    if (strcmp(format, "json") == 0 || strcmp(format, "sarif") == 0)
        target_must_be_json(text, n);
    else
        target_must_be_printable(text, n);
}

static void report_in_all_formats(const struct view *view)
{
    struct report report = view_report(view);
    report.all = report.how = report.stacks = true;
    for (const struct report_format *const *format = report_formats; *format; format++) {
        FILE *stream = target_begin_text();
        report.top = (*format)->top;
        MUST((*format)->write(&report, stream) == 0);
        must_be_well_formed((*format)->name);
    }
    struct screen screen = {target_begin_text(), 80, false};
    report_brief(&report, &screen);
    must_be_well_formed("text");
}

static void write_diff(const struct diff_report *report)
{
    struct screen screen = {target_begin_text(), 100, false};
    diff_report_text(report, &screen);
    must_be_well_formed("text");
    diff_report_markdown(report, target_begin_text());
    must_be_well_formed("markdown");
    MUST(diff_report_json(report, target_begin_text()) == 0);
    must_be_well_formed("json");
}

static void compare_with_itself(const struct view *view)
{
    struct diff_run run = {&view->profile, &view->sites};
    struct diff_side side = {&run, 1, 1};
    struct diff diff;
    struct diff_findings findings;
    struct diff_warnings warnings;
    struct error error;
    if (diff_build(&diff, &side, &side, DIFF_METRIC_COUNT, &error) != 0)
        return;
    for (uint32_t i = 0; i < diff.row_count; i++)
        MUST(!diff_row_changed(&diff, &diff.rows[i]));
    if (diff_findings_build(&findings, &view->findings, 1, &view->findings, 1, &error) == 0) {
        diff_warnings_find(&warnings, &diff);
        struct diff_report report = {&diff, &findings, &warnings, DIFF_METRIC_COUNT, 0, 0};
        write_diff(&report);
        diff_findings_free(&findings);
    }
    diff_free(&diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct target_file file = target_open_file(data, size);
    struct view view;
    struct error error;
    if (view_open(&view, file.path, NULL, &error) == 0) {
        report_in_all_formats(&view);
        compare_with_itself(&view);
        view_close(&view);
    } else {
        MUST(error.text[0]);
    }
    target_close_file(&file);
    return 0;
}
