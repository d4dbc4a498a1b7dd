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

/* A paragraph as far as it is written. Code in it stands between backticks, which are not shown. */
struct flow {
    const char *text;
    enum screen_style style;
    bool in_code;
};

/* Does code begin or end with the backtick? One without another is a character of its own. */
static bool is_mark(const char *backtick, bool in_code)
{
    return *backtick == '`' && (in_code || strchr(backtick + 1, '`'));
}

/* The bytes up to the next mark, or to the n-th. */
static size_t until_mark(const char *text, size_t n, bool in_code)
{
    size_t i = 0;
    while (i < n && !is_mark(text + i, in_code))
        i++;
    return i;
}

static int columns_of_word(const char *word, size_t n, bool in_code)
{
    int columns = 0;
    for (size_t i = 0; i < n; i++, in_code = !in_code) {
        size_t bytes = until_mark(word + i, n - i, in_code);
        columns += glyph_columns(word + i, bytes);
        i += bytes;
    }
    return columns;
}

static void put_word(const struct screen *screen, struct flow *flow, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t bytes = until_mark(flow->text + i, n - i, flow->in_code);
        put_bytes(screen, flow->text + i, bytes);
        i += bytes;
        if (i == n)
            break;
        end(screen, flow->in_code ? SCREEN_STRONG : flow->style);
        flow->in_code = !flow->in_code;
        begin(screen, flow->in_code ? SCREEN_STRONG : flow->style);
        i++;
    }
    flow->text += n;
}

/* Words until the line is full; flow->text is left at the next word. used: columns filled
 * already. */
static void put_line(const struct screen *screen, int used, struct flow *flow)
{
    begin(screen, flow->in_code ? SCREEN_STRONG : flow->style);
    for (bool first = true; *flow->text; first = false) {
        size_t n = strcspn(flow->text, BLANKS);
        int columns = columns_of_word(flow->text, n, flow->in_code);
        if (!first && used + 1 + columns > screen->width)
            break;
        if (!first)
            fputc(' ', screen->stream);
        put_word(screen, flow, n);
        used += !first + columns;
        flow->text += strspn(flow->text, BLANKS);
    }
    end(screen, flow->in_code ? SCREEN_STRONG : flow->style);
}

void screen_hanging(const struct screen *screen, enum screen_style style, int indent,
                    const char *lead, const char *text)
{
    int behind = indent + screen_width_of(lead);
    struct flow flow = {text + strspn(text, BLANKS), style, false};
    screen_spaces(screen, indent);
    fputs(lead, screen->stream);
    do {
        put_line(screen, behind, &flow);
        fputc('\n', screen->stream);
        if (*flow.text)
            screen_spaces(screen, behind);
    } while (*flow.text);
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
