/* screen.c - see screen.h. Used by the text reports. */
#define _GNU_SOURCE
#include "analyzer/render/screen.h"
#include "analyzer/core/utf8.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define WIDTH_DEFAULT 100
#define WIDTH_MIN 60
#define WIDTH_MAX 120 /* longer lines are hard to follow */
#define ELLIPSIS "\xe2\x80\xa6"

static const char *const codes[] = {
    [SCREEN_PLAIN] = "",           [SCREEN_STRONG] = "\033[1m",  [SCREEN_FAINT] = "\033[2m",
    [SCREEN_PLACE] = "\033[36m",   [SCREEN_SOURCE] = "\033[32m", [SCREEN_HOT] = "\033[1;33m",
    [SCREEN_WARNING] = "\033[35m",
};

struct screen screen_of(FILE *stream)
{
    struct screen screen = {stream, WIDTH_DEFAULT, false};
    struct winsize size;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (!isatty(fileno(stream)))
        return screen;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col)
        screen.width = size.ws_col;
    if (screen.width < WIDTH_MIN)
        screen.width = WIDTH_MIN;
    if (screen.width > WIDTH_MAX)
        screen.width = WIDTH_MAX;
    screen.colour = !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
    return screen;
}

static void begin(const struct screen *screen, enum screen_style style)
{
    if (screen->colour)
        fputs(codes[style], screen->stream);
}

static void end(const struct screen *screen, enum screen_style style)
{
    if (screen->colour && codes[style][0])
        fputs("\033[0m", screen->stream);
}

void screen_print(const struct screen *screen, enum screen_style style, const char *format, ...)
{
    va_list args;
    begin(screen, style);
    va_start(args, format);
    vfprintf(screen->stream, format, args);
    va_end(args);
    end(screen, style);
}

void screen_spaces(const struct screen *screen, int n)
{
    for (; n > 0; n--)
        fputc(' ', screen->stream);
}

/* ---- data ---- */

/* One character of data as it is shown. */
struct glyph {
    const char *bytes;
    size_t n;    /* bytes to write */
    size_t step; /* bytes of the data that it stands for */
    int columns;
};

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

static struct glyph next_glyph(const char *text)
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

int screen_width_of(const char *text)
{
    int columns = 0;
    for (size_t i = 0; text[i];) {
        struct glyph glyph = next_glyph(text + i);
        columns += glyph.columns;
        i += glyph.step;
    }
    return columns;
}

static void put_glyph(const struct screen *screen, struct glyph glyph)
{
    fwrite(glyph.bytes, 1, glyph.n, screen->stream);
}

static void put_bytes(const struct screen *screen, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        struct glyph glyph = next_glyph(text + i);
        put_glyph(screen, glyph);
        i += glyph.step;
    }
}

/* Writes glyphs while they fit; returns the columns. */
static int put(const struct screen *screen, const char *text, int columns)
{
    int used = 0;
    while (*text) {
        struct glyph glyph = next_glyph(text);
        if (used + glyph.columns > columns)
            break;
        put_glyph(screen, glyph);
        used += glyph.columns;
        text += glyph.step;
    }
    return used;
}

int screen_data(const struct screen *screen, enum screen_style style, const char *text, int columns)
{
    int used;
    begin(screen, style);
    if (screen_width_of(text) <= columns) {
        used = put(screen, text, columns);
    } else {
        used = put(screen, text, columns - 1) + 1;
        fputs(ELLIPSIS, screen->stream);
    }
    end(screen, style);
    return used;
}

int screen_data_end(const struct screen *screen, enum screen_style style, const char *text,
                    int columns)
{
    int whole = screen_width_of(text), used = 0;
    begin(screen, style);
    if (whole > columns) {
        fputs(ELLIPSIS, screen->stream);
        used = 1;
        for (int drop = whole - (columns - 1); drop > 0;) {
            struct glyph glyph = next_glyph(text);
            drop -= glyph.columns;
            text += glyph.step;
        }
    }
    used += put(screen, text, columns - used);
    end(screen, style);
    return used;
}

/* The columns of the text's first n bytes. */
static int width_of_bytes(const char *text, size_t n)
{
    int columns = 0;
    for (size_t i = 0; i < n;) {
        struct glyph glyph = next_glyph(text + i);
        columns += glyph.columns;
        i += glyph.step;
    }
    return columns;
}

void screen_paragraph(const struct screen *screen, enum screen_style style, int indent,
                      const char *text)
{
    while (*text) {
        int used = indent;
        screen_spaces(screen, indent);
        begin(screen, style);
        while (*text) {
            size_t n = strcspn(text, " ");
            int blank = used > indent;
            int columns = width_of_bytes(text, n);
            if (blank && used + blank + columns > screen->width)
                break;
            if (blank)
                fputc(' ', screen->stream);
            put_bytes(screen, text, n);
            used += blank + columns;
            text += n;
            text += strspn(text, " ");
        }
        end(screen, style);
        fputc('\n', screen->stream);
    }
}
