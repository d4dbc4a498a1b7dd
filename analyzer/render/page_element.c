/* page_element.c - see page_element.h. Used by the pages of `heapcoach view`. */
#define _GNU_SOURCE
#include "analyzer/render/page_element.h"

#include <stdbool.h>
#include <string.h>

/* ---- the escapes ---- */

static bool put(FILE *to, const char *text, size_t n)
{
    return n == 0 || fwrite(text, 1, n, to) == n;
}

/* A byte that may need an escape, or ends one that is held back. */
static bool put_special(struct page_escaping *e, unsigned char c)
{
    static const char first[] = "\xe2\x80";
    if (e->held == 2 && (c == 0xa8 || c == 0xa9)) {
        e->held = 0;
        return put(e->to, c == 0xa8 ? "\\u2028" : "\\u2029", 6);
    }
    if (e->held == 1 && c == 0x80) {
        e->held = 2;
        return true;
    }
    bool fine = put(e->to, first, (size_t)e->held);
    e->held = c == 0xe2;
    if (c == '<')
        return fine && put(e->to, "\\u003c", 6);
    return fine && (e->held || put(e->to, (const char *)&c, 1));
}

static bool is_plain(unsigned char c)
{
    return c != '<' && c != 0xe2;
}

/* For fopencookie. */
static ssize_t write_escaped(void *cookie, const char *text, size_t n)
{
    struct page_escaping *e = cookie;
    for (size_t at = 0; at < n;) {
        size_t plain = 0;
        while (!e->held && at + plain < n && is_plain((unsigned char)text[at + plain]))
            plain++;
        if (!put(e->to, text + at, plain))
            return 0; /* of a FILE's cookie this is an error */
        at += plain;
        if (at < n && !put_special(e, (unsigned char)text[at++]))
            return 0;
    }
    return (ssize_t)n;
}

/* ---- elements ---- */

int page_element_open(struct page_element *element, FILE *to, const char *id)
{
    cookie_io_functions_t functions = {.write = write_escaped};
    fprintf(to, "<script type=\"application/json\" id=\"%s\">", id);
    element->escaping = (struct page_escaping){to, 0};
    element->stream = fopencookie(&element->escaping, "w", functions);
    return element->stream ? 0 : -1;
}

int page_element_close(struct page_element *element)
{
    struct page_escaping *e = &element->escaping;
    int result = fclose(element->stream);
    if (result == 0 && !put(e->to, "\xe2\x80", (size_t)e->held))
        result = -1;
    return result == 0 && fputs("</script>\n", e->to) >= 0 ? 0 : -1;
}

int page_element_file(FILE *to, const char *id, const struct page_file *file)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct page_element element;
    size_t skip = file->bytes >= 3 && memcmp(file->text, mark, 3) == 0 ? 3 : 0;
    if (page_element_open(&element, to, id) != 0)
        return -1;
    bool fine = put(element.stream, file->text + skip, file->bytes - skip);
    return page_element_close(&element) == 0 && fine ? 0 : -1;
}
