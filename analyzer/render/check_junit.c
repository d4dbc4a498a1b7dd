/* check_junit.c - limits as test cases, in the XML of JUnit that build servers show. */
#include "analyzer/render/check_report.h"
#include "analyzer/render/glyph.h"

#include <string.h>

static void put_xml(FILE *stream, const char *text)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {
        {'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&apos;"}};
    while (*text) {
        struct glyph glyph = glyph_next(text);
        const char *entity = *text == '\n' ? "\n" : NULL;
        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
            if (glyph.n == 1 && glyph.bytes[0] == entities[i].c)
                entity = entities[i].entity;
        if (entity)
            fputs(entity, stream);
        else
            fwrite(glyph.bytes, 1, glyph.n, stream);
        text += glyph.step;
    }
}

struct writer {
    FILE *stream;
    const struct limits_result *result; /* whose marks are wanted */
};

static void write_mark(void *context, const struct check_mark *mark)
{
    struct writer *w = context;
    if (mark->result != w->result)
        return;
    put_xml(w->stream, mark->path);
    if (mark->line)
        fprintf(w->stream, ":%u", mark->line);
    fputs(mark->path[0] ? ": " : "", w->stream);
    put_xml(w->stream, mark->message);
    fputc('\n', w->stream);
}

static void write_case(const struct check_report *report, const struct limits_result *result,
                       FILE *stream)
{
    struct writer writer = {stream, result};
    char limit[CHECK_TEXT_BYTES], text[2 * CHECK_TEXT_BYTES];
    check_limit_text(report, result, limit, sizeof(limit));
    check_result_text(report, result, text, sizeof(text));
    fputs("    <testcase classname=\"heapcoach\" name=\"", stream);
    put_xml(stream, limit);
    if (result->passed) {
        fputs("\"/>\n", stream);
        return;
    }
    fputs("\">\n      <failure message=\"", stream);
    put_xml(stream, text);
    fputs("\">", stream);
    check_marks(report, write_mark, &writer);
    fputs("</failure>\n    </testcase>\n", stream);
}

int check_report_junit(const struct check_report *report, FILE *stream)
{
    const struct limits_results *results = report->results;
    fprintf(stream,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites tests=\"%u\" failures=\"%u\">\n"
            "  <testsuite name=\"heapcoach check\" tests=\"%u\" failures=\"%u\">\n",
            results->count, results->exceeded, results->count, results->exceeded);
    for (uint32_t i = 0; i < results->count; i++)
        write_case(report, &results->list[i], stream);
    fputs("  </testsuite>\n</testsuites>\n", stream);
    return 0;
}
