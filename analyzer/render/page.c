/* page.c - puts a profile and what is said of it into the page. Called by `heapcoach view`.
 *
 * The data stands in script elements that are no scripts. Within them every `<` is written \u003c:
 * so no name, whatever bytes it has, ends the element or begins a comment; and U+2028 and U+2029,
 * which end lines of JavaScript, are escaped, too. Both stand in JSON in strings alone, where the
 * escapes mean the same.
 */
#define _GNU_SOURCE
#include "analyzer/render/page.h"
#include "analyzer/core/json_out.h"
#include "analyzer/core/version.h"
#include "analyzer/render/formats.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* viewer/page_parts.S */
extern const char page_head[], page_head_end[], page_tail[], page_tail_end[];

/* ---- the escapes ---- */

/* What has been held back of U+2028 or U+2029, e2 80 a8 and e2 80 a9: how many bytes. */
struct escaping {
    FILE *to;
    int held;
};

static bool put(FILE *to, const char *text, size_t n)
{
    return n == 0 || fwrite(text, 1, n, to) == n;
}

/* A byte that may need an escape, or ends one that is held back. */
static bool put_special(struct escaping *e, unsigned char c)
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
    struct escaping *e = cookie;
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

struct element {
    struct escaping escaping;
    FILE *stream; /* write the JSON here */
};

static int element_open(struct element *element, FILE *to, const char *id)
{
    cookie_io_functions_t functions = {.write = write_escaped};
    fprintf(to, "<script type=\"application/json\" id=\"%s\">", id);
    element->escaping = (struct escaping){to, 0};
    element->stream = fopencookie(&element->escaping, "w", functions);
    return element->stream ? 0 : -1;
}

static int element_close(struct element *element)
{
    struct escaping *e = &element->escaping;
    int result = fclose(element->stream);
    if (result == 0 && !put(e->to, "\xe2\x80", (size_t)e->held))
        result = -1;
    return result == 0 && fputs("</script>\n", e->to) >= 0 ? 0 : -1;
}

/* Of a file the byte order mark is no part of the JSON. */
static int write_file(FILE *to, const char *id, const struct page_file *file)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct element element;
    size_t skip = file->bytes >= 3 && memcmp(file->text, mark, 3) == 0 ? 3 : 0;
    if (element_open(&element, to, id) != 0)
        return -1;
    bool fine = put(element.stream, file->text + skip, file->bytes - skip);
    return element_close(&element) == 0 && fine ? 0 : -1;
}

static int write_report(FILE *to, const struct page *page)
{
    struct element element;
    struct report report = page->report;
    report.all = true;
    report.page = true;
    if (element_open(&element, to, "hc-report") != 0)
        return -1;
    int result = report_format_json.write(&report, element.stream);
    return element_close(&element) == 0 ? result : -1;
}

static int write_diff(FILE *to, const struct page *page)
{
    struct element element;
    if (element_open(&element, to, "hc-diff") != 0)
        return -1;
    int result = diff_report_json(page->diff, element.stream);
    return element_close(&element) == 0 ? result : -1;
}

static int write_about(FILE *to, const struct page *page)
{
    struct element element;
    struct json_out j;
    if (element_open(&element, to, "hc-about") != 0)
        return -1;
    json_out_init(&j, element.stream, 0);
    json_out_object(&j);
    json_out_key_string(&j, "command", page->report.profile->program.command);
    json_out_key_string(&j, "version", HEAPCOACH_VERSION);
    json_out_key_string(&j, "file", page->profile.name);
    if (page->diff)
        json_out_key_string(&j, "old", page->old.name);
    json_out_end(&j);
    int result = json_out_finish(&j);
    return element_close(&element) == 0 ? result : -1;
}

int page_write(const struct page *page, FILE *stream)
{
    errno = 0;
    if (put(stream, page_head, (size_t)(page_head_end - page_head)) &&
        write_about(stream, page) == 0 && write_report(stream, page) == 0 &&
        (!page->diff || (write_diff(stream, page) == 0 &&
                         write_file(stream, "hc-old-profile", &page->old) == 0)) &&
        write_file(stream, "hc-profile", &page->profile) == 0 &&
        put(stream, page_tail, (size_t)(page_tail_end - page_tail)))
        return 0;
    errno = errno ? errno : EIO;
    return -1;
}
