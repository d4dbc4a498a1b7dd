/* glyph.c - see glyph.h. */
#define _GNU_SOURCE /* wcwidth */
#include "analyzer/render/glyph.h"
#include "analyzer/core/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

static uint32_t decode(const char *text, size_t n)
{
    const unsigned char *b = (const unsigned char *)text;
    switch (n) {
    case 2:
        return (uint32_t)(b[0] & 31) << 6 | (b[1] & 63);
    case 3:
        return (uint32_t)(b[0] & 15) << 12 | (uint32_t)(b[1] & 63) << 6 | (b[2] & 63);
    case 4:
        return (uint32_t)(b[0] & 7) << 18 | (uint32_t)(b[1] & 63) << 12 |
               (uint32_t)(b[2] & 63) << 6 | (b[3] & 63);
    default:
        return b[0];
    }
}

/* Control characters of both sets, line and paragraph ends, marks and overrides of
 * direction, and other invisible things that make a text look like another. */
static bool is_unshowable(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0x61c || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe007f);
}

struct glyph glyph_next(const char *text)
{
    size_t n = utf8_sequence(text, strnlen(text, 4));
    struct glyph glyph = {text, n, n, 1};
    if (n == 0 || is_unshowable(decode(text, n))) {
        glyph.bytes = n == 1 && *text == '\t' ? " " : UTF8_REPLACEMENT;
        glyph.n = strlen(glyph.bytes);
        glyph.step = n ? n : 1;
        return glyph;
    }
    int columns = wcwidth((wchar_t)decode(text, n));
    if (columns >= 0) /* unknown to the locale: taken as one */
        glyph.columns = columns;
    return glyph;
}

int glyph_columns(const char *text, size_t n)
{
    int columns = 0;
    for (size_t i = 0; i < n;) {
        struct glyph glyph = glyph_next(text + i);
        columns += glyph.columns;
        i += glyph.step;
    }
    return columns;
}
