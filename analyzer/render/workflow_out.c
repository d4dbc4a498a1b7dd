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

void workflow_message(FILE *stream, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        put(stream, text, n, false);
        text += n;
        if (*text == '\n') {
            fputs("%0A", stream);
            text++;
        }
    }
}
