/* workflow_out.c - see workflow_out.h. Used by the formats for GitHub. */
#include "analyzer/render/workflow_out.h"
#include "analyzer/render/glyph.h"

#include <stdbool.h>
#include <string.h>

static void put(FILE *stream, const char *text, size_t n, bool of_property)
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

void workflow_property(FILE *stream, const char *text)
{
    put(stream, text, strlen(text), true);
}

void workflow_begin(FILE *stream, const char *level, const char *path, uint32_t line)
{
    fprintf(stream, "::%s ", level);
    if (path[0]) {
        fputs("file=", stream);
        workflow_property(stream, path);
        if (line)
            fprintf(stream, ",line=%u", line);
        fputc(',', stream);
    }
    fputs("title=", stream);
}

/* Each line end of the text becomes `line_end`. */
static void put_lines(FILE *stream, const char *text, const char *line_end)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        put(stream, text, n, false);
        text += n;
        if (*text == '\n') {
            fputs(line_end, stream);
            text++;
        }
    }
}

#define LINE_END "%0A"

void workflow_message(FILE *stream, const char *text)
{
    put_lines(stream, text, LINE_END);
}

void workflow_words(FILE *stream, const char *text)
{
    put_lines(stream, text, " ");
}

void workflow_line_end(FILE *stream)
{
    fputs(LINE_END, stream);
}
