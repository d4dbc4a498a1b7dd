/* screen.c - see screen.h. Used by the text reports. */
#define _GNU_SOURCE
#include "analyzer/render/screen.h"
#include "analyzer/render/glyph.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 100
#define WIDTH_MIN 60
#define WIDTH_MAX 120 /* longer lines are hard to follow */
#define ELLIPSIS "\xe2\x80\xa6"

static const char *const codes[] = {
    [SCREEN_PLAIN] = "",           [SCREEN_STRONG] = "\033[1m",   [SCREEN_FAINT] = "\033[2m",
    [SCREEN_PLACE] = "\033[36m",   [SCREEN_SOURCE] = "\033[32m",  [SCREEN_HOT] = "\033[1;33m",
    [SCREEN_WARNING] = "\033[35m", [SCREEN_GRAVE] = "\033[1;31m", [SCREEN_CODE] = "\033[1;32m",
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

int screen_width_of(const char *text)
{
    return glyph_columns(text, strlen(text));
}

static void put_glyph(const struct screen *screen, struct glyph glyph)
{
    fwrite(glyph.bytes, 1, glyph.n, screen->stream);
}

static void put_bytes(const struct screen *screen, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        struct glyph glyph = glyph_next(text + i);
        put_glyph(screen, glyph);
        i += glyph.step;
    }
}

/* Writes glyphs while they fit; returns the columns. */
static int put(const struct screen *screen, const char *text, int columns)
{
    int used = 0;
    while (*text) {
        struct glyph glyph = glyph_next(text);
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
            struct glyph glyph = glyph_next(text);
            drop -= glyph.columns;
            text += glyph.step;
        }
    }
    used += put(screen, text, columns - used);
    end(screen, style);
    return used;
}

#define BLANKS " \n"

/* Words until the line is full; *text is left at the next word. used: columns filled already. */
static void put_line(const struct screen *screen, int used, const char **text)
{
    for (bool first = true; **text; first = false) {
        size_t n = strcspn(*text, BLANKS);
        int columns = glyph_columns(*text, n);
        if (!first && used + 1 + columns > screen->width)
            break;
        if (!first)
            fputc(' ', screen->stream);
        put_bytes(screen, *text, n);
        used += !first + columns;
        *text += n;
        *text += strspn(*text, BLANKS);
    }
}

void screen_hanging(const struct screen *screen, enum screen_style style, int indent,
                    const char *lead, const char *text)
{
    int behind = indent + screen_width_of(lead);
    text += strspn(text, BLANKS);
    screen_spaces(screen, indent);
    fputs(lead, screen->stream);
    do {
        begin(screen, style);
        put_line(screen, behind, &text);
        end(screen, style);
        fputc('\n', screen->stream);
        if (*text)
            screen_spaces(screen, behind);
    } while (*text);
}

void screen_paragraph(const struct screen *screen, enum screen_style style, int indent,
                      const char *text)
{
    if (*text)
        screen_hanging(screen, style, indent, "", text);
}

void screen_lines(const struct screen *screen, enum screen_style style, int indent,
                  const char *lead, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        screen_spaces(screen, indent);
        screen_print(screen, SCREEN_FAINT, "%s", lead);
        begin(screen, style);
        put_bytes(screen, text, n);
        end(screen, style);
        fputc('\n', screen->stream);
        text += n + (text[n] == '\n');
    }
}
