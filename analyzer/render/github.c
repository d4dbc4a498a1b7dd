/* github.c - the findings as workflow commands: GitHub shows them at the lines of a pull
 * request. One of the formats of `heapcoach report`; to be printed in a step of a workflow.
 *
 *     ::warning file=src/main.rs,line=9,title=growth%3A Vec grows::It grew ...%0A...
 *
 * GitHub reads one command per line; values are escaped as its toolkit does it: %, CR and LF in
 * the message, also : and , in properties. So a name can neither end its command nor begin another.
 */
#include "analyzer/render/formats.h"
#include "analyzer/render/glyph.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TEXT_ROOM 4096

/* ---- escaping ---- */

static void put_escaped(FILE *stream, const char *text, size_t n, bool of_property)
{
    for (size_t i = 0; i < n;) {
        struct glyph glyph = glyph_next(text + i);
        char first = glyph.bytes[0];
        if (first == '%' || (of_property && (first == ':' || first == ',')))
            fprintf(stream, "%%%02X", first);
        else
            fwrite(glyph.bytes, 1, glyph.n, stream);
        i += glyph.step;
    }
}

static void put_property(FILE *stream, const char *text)
{
    put_escaped(stream, text, strlen(text), true);
}

/* Each line end of the text becomes `line_end`. */
static void put_lines(FILE *stream, const char *text, const char *line_end)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        put_escaped(stream, text, n, false);
        text += n;
        if (*text++ == 0)
            break;
        fputs(line_end, stream);
    }
}

#define LINE_END "%0A"

/* ---- findings ---- */

static void put_paragraph(FILE *stream, const char *lead, const char *text)
{
    if (!text[0])
        return;
    fputs(lead, stream);
    put_lines(stream, text, " ");
    fputs(LINE_END, stream);
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
    put_lines(stream, finding->code, LINE_END);
    report_saving_sentence(&finding->saving, text, sizeof(text));
    put_paragraph(stream, "", text);
    report_confidence_sentence(finding, text, sizeof(text));
    put_paragraph(stream, "", text);
    for (size_t i = 0; i < finding->also_count; i++)
        if (report_shows_also(report, finding->also[i])) {
            put_paragraph(stream, "Also: ", finding->also[i]->title);
            put_body(report, finding->also[i], stream);
        }
}

static void write_finding(const struct report *report, const struct finding *finding, FILE *stream)
{
    const struct finding_place *place = report_line(finding);
    fputs(finding->severity >= FINDING_MEDIUM ? "::warning " : "::notice ", stream);
    if (place->file[0]) {
        fputs("file=", stream);
        put_property(stream, report_source_path(report->profile, place->file));
        if (place->line)
            fprintf(stream, ",line=%u", place->line);
        fputc(',', stream);
    }
    fputs("title=", stream);
    put_property(stream, finding->rule);
    fputs("%3A ", stream);
    put_property(stream, finding->title);
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
    fputs("::notice title=heapcoach::", stream);
    if (!counts.shown)
        fputs("nothing worth changing in ", stream);
    else
        fprintf(stream, "%zu %s to change in ", counts.shown,
                counts.shown == 1 ? "thing" : "things");
    put_lines(stream, report->profile->program.command, " ");
    fputc('\n', stream);
    return 0;
}

const struct report_format report_format_github = {
    .name = "github",
    .summary = "workflow commands: GitHub annotates the lines",
    .write = write_github,
};
