/* github.c - the findings as workflow commands: GitHub shows them at the lines of a pull
 * request. One of the formats of `heapcoach report`; to be printed in a step of a workflow.
 */
#include "analyzer/render/formats.h"
#include "analyzer/render/workflow_out.h"

#include <stdio.h>

#define TEXT_ROOM 4096

/* ---- findings ---- */

static void put_paragraph(FILE *stream, const char *lead, const char *text)
{
    if (!text[0])
        return;
    fputs(lead, stream);
    workflow_words(stream, text);
    workflow_line_end(stream);
}

static void put_body(const struct report *report, const struct finding *finding, FILE *stream)
{
    char place[TEXT_ROOM], text[TEXT_ROOM];
    if (finding->scope == FINDING_DEPENDENCY) {
        report_finding_place(report->profile, &finding->location, place, sizeof(place));
        put_paragraph(stream, "In a dependency, at ", place);
    }
    put_paragraph(stream, "", finding->what);
    put_paragraph(stream, "", finding->advice);
    workflow_message(stream, finding->code);
    report_saving_sentence(&finding->saving, text, sizeof(text));
    put_paragraph(stream, "", text);
    report_confidence_sentence(finding, text, sizeof(text));
    put_paragraph(stream, "", text);
    const struct finding *list[REPORT_FEW];
    size_t count = report_others_in_crate(report, finding, list);
    for (size_t i = 0; i < count && i < REPORT_FEW; i++) {
        report_in_a_line(report, list[i], text, sizeof(text));
        put_paragraph(stream, "Also: ", text);
    }
    for (size_t i = 0; !count && i < finding->also_count; i++)
        if (report_shows_also(report, finding->also[i])) {
            put_paragraph(stream, "Also: ", finding->also[i]->title);
            put_body(report, finding->also[i], stream);
        }
}

static void write_finding(const struct report *report, const struct finding *finding, FILE *stream)
{
    const struct finding_place *place = report_line(finding);
    workflow_begin(stream, finding->severity >= FINDING_MEDIUM ? "warning" : "notice",
                   report_source_path(report->profile, place->file), place->line);
    workflow_property(stream, finding->rule);
    workflow_property(stream, ": ");
    workflow_property(stream, finding->title);
    fputs("::", stream);
    put_body(report, finding, stream);
    fputc('\n', stream);
}

/* ---- the whole ---- */

static int write_github(const struct report *report, FILE *stream)
{
    struct report_counts counts = report_count(report);
    const struct finding *finding;
    for (size_t at = 0; (finding = report_next(report, &at));)
        write_finding(report, finding, stream);
    workflow_begin(stream, "notice", "", 0);
    fputs("heapcoach::", stream);
    if (!counts.shown)
        fputs("nothing worth changing in ", stream);
    else
        fprintf(stream, "%zu %s to change in ", counts.shown,
                counts.shown == 1 ? "thing" : "things");
    workflow_words(stream, report->profile->program.command);
    fputc('\n', stream);
    return 0;
}

const struct report_format report_format_github = {
    .name = "github",
    .summary = "workflow commands: GitHub annotates the lines",
    .write = write_github,
};
