/* markdown_out.c - see markdown_out.h. Used by the Markdown report and by `heapcoach explain`. */
#include "analyzer/render/markdown_out.h"
#include "analyzer/render/glyph.h"

#include <stdbool.h>
#include <string.h>

static void put_clean(FILE *stream, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        struct glyph glyph = glyph_next(text + i);
        fwrite(glyph.bytes, 1, glyph.n, stream);
        i += glyph.step;
    }
}

static void put_backquotes(FILE *stream, size_t n)
{
    while (n--)
        fputc('`', stream);
}

static size_t longest_run(const char *text, size_t n)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        run = text[i] == '`' ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    return longest;
}

/* ---- spans ---- */

/* The fence is longer than any inside; a blank keeps it apart from a backquote at the edge. */
static void put_span(FILE *stream, const char *text, size_t n)
{
    if (!n)
        return;
    size_t fence = longest_run(text, n) + 1;
    bool apart = text[0] == '`' || text[n - 1] == '`' || (text[0] == ' ' && text[n - 1] == ' ');
    put_backquotes(stream, fence);
    if (apart)
        fputc(' ', stream);
    put_clean(stream, text, n);
    if (apart)
        fputc(' ', stream);
    put_backquotes(stream, fence);
}

void markdown_code(FILE *stream, const char *text)
{
    put_span(stream, text, strlen(text));
}

/* ---- prose ---- */

/* Markup of any kind, HTML, mentions, references, links, emoji: all have one of these. */
static bool looks_like_code(const char *word, size_t n)
{
    if (n == 2 && strncmp(word, "->", n) == 0) /* as in "32 B -> 64 B" */
        return false;
    for (size_t i = 0; i < n; i++)
        if (strchr("<>_*[]{}#|~&@\\$^", word[i]) || (word[i] == ':' && i + 1 < n) ||
            (n - i >= 4 && strncmp(word + i, "www.", 4) == 0))
            return true;
    return false;
}

/* One word: punctuation around it stays outside of the span. */
static void put_word(FILE *stream, const char *word, size_t n)
{
    size_t from = 0, to = n;
    if (!looks_like_code(word, n)) {
        put_clean(stream, word, n);
        return;
    }
    while (from < n && strchr("(\"'", word[from]))
        from++;
    while (to > from && strchr(".,;:\"'?!", word[to - 1]))
        to--;
    bool opened = from && word[from - 1] == '(';
    while (opened && to > from && word[to - 1] == ')')
        to--;
    put_clean(stream, word, from);
    put_span(stream, word + from, to - from);
    put_clean(stream, word + to, n - to);
}

void markdown_text(FILE *stream, const char *text)
{
    for (bool first = true; *(text += strspn(text, " \n")); first = false) {
        if (!first)
            fputc(' ', stream);
        const char *closing = *text == '`' ? strchr(text + 1, '`') : NULL;
        size_t n = strcspn(text, " \n");
        if (closing && closing > text + 1) {
            put_span(stream, text + 1, (size_t)(closing - text - 1));
            text = closing + 1;
            n = strcspn(text, " \n");
            put_clean(stream, text, strspn(text, ".,;:?!)"));
            n -= strspn(text, ".,;:?!)");
            text += strspn(text, ".,;:?!)");
        }
        if (memchr(text, '`', n))
            put_span(stream, text, n);
        else
            put_word(stream, text, n);
        text += n;
    }
}

/* ---- blocks ---- */

void markdown_block(FILE *stream, const char *language, const char *text)
{
    if (!*text)
        return;
    size_t fence = longest_run(text, strlen(text)) + 1;
    if (fence < 3)
        fence = 3;
    put_backquotes(stream, fence);
    fprintf(stream, "%s\n", language);
    while (*text) {
        size_t n = strcspn(text, "\n");
        put_clean(stream, text, n);
        fputc('\n', stream);
        text += n + (text[n] == '\n');
    }
    put_backquotes(stream, fence);
    fputc('\n', stream);
}
