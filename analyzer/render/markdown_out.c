/* markdown_out.c - see markdown_out.h. Used by the Markdown report and by `heapcoach explain`. */
#include "analyzer/render/markdown_out.h"
#include "analyzer/render/glyph.h"

#include <stdbool.h>
#include <string.h>

#define BLANKS " \n"
#define OPENING "(\"'"
#define CLOSING ".,;:?!)"
#define CODE_WORDS 8 /* of code with blanks in its brackets */

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

/* Brackets that are open at the end; arrows are none. Below 0: more are closed. */
static int open_brackets(const char *text, size_t n)
{
    int open = 0;
    for (size_t i = 0; i < n; i++) {
        bool arrow = text[i] == '>' && i && (text[i - 1] == '-' || text[i - 1] == '=');
        if (strchr("([{<", text[i]))
            open++;
        else if (strchr(")]}>", text[i]) && !arrow)
            open--;
    }
    return open;
}

/* Code has blanks in its brackets, too: `Box<dyn Error>` is one word. n, or more words until
 * all that is opened is closed. */
static size_t whole_word(const char *text, size_t n)
{
    size_t whole = n, from = strspn(text, OPENING);
    if (from >= n || open_brackets(text + from, n - from) <= 0 || !looks_like_code(text, n))
        return n;
    for (int words = 0; words < CODE_WORDS && text[whole] == ' '; words++) {
        whole += 1 + strcspn(text + whole + 1, BLANKS);
        if (open_brackets(text + from, whole - from) <= 0)
            return memchr(text, '`', whole) ? n : whole;
    }
    return n;
}

/* One word: punctuation around it stays outside of the span. */
static void put_word(FILE *stream, const char *word, size_t n)
{
    size_t from = 0, to = n;
    if (!looks_like_code(word, n)) {
        put_clean(stream, word, n);
        return;
    }
    while (from < n && strchr(OPENING, word[from]))
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

/* A span that the text has itself, with the punctuation behind it; the text's rest. */
static const char *put_given_span(FILE *stream, const char *text, const char *closing)
{
    put_span(stream, text + 1, (size_t)(closing - text - 1));
    text = closing + 1;
    size_t n = strspn(text, CLOSING);
    put_clean(stream, text, n);
    return text + n;
}

void markdown_text(FILE *stream, const char *text)
{
    for (bool first = true; *(text += strspn(text, BLANKS)); first = false) {
        if (!first)
            fputc(' ', stream);
        const char *closing = *text == '`' ? strchr(text + 1, '`') : NULL;
        if (closing && closing > text + 1)
            text = put_given_span(stream, text, closing);
        size_t n = whole_word(text, strcspn(text, BLANKS));
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
