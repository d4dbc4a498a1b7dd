/* dhat_page.c - see dhat_page.h. Used by `heapcoach view --dhat`. */
#define _GNU_SOURCE
#include "analyzer/render/dhat_page.h"
#include "analyzer/core/json_out.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Nothing is fetched, whatever stands in the viewer's files. */
static const char policy[] =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<style>\n";

/* Runs after the viewer's own onload, which comes behind it. A file that is put into the viewer's
 * input is loaded as one that was chosen there, by whatever the viewer does then. */
static const char hand_over[] =
    "<script>\n"
    "window.addEventListener(\"load\", () => setTimeout(() => {\n"
    "  const text = (id) => document.getElementById(id).textContent;\n"
    "  const input = document.querySelector(\"input[type=file]\");\n"
    "  const given = new DataTransfer();\n"
    "  given.items.add(new File([text(\"hc-profile\")], JSON.parse(text(\"hc-about\")).file));\n"
    "  input.files = given.files;\n"
    "  input.dispatchEvent(new Event(\"change\"));\n"
    "}));\n"
    "</script>\n";

/* What of the viewer's page its files stand for. */
static const char style_link[] = "<link rel=\"stylesheet\" href=\"" DHAT_PAGE_STYLE "\">";
static const char script_link[] = "<script src=\"" DHAT_PAGE_SCRIPT "\"></script>";

struct places {
    const char *style, *script, *end;
};

static const char *find(const char *from, const char *end, const char *what)
{
    return from ? memmem(from, (size_t)(end - from), what, strlen(what)) : NULL;
}

/* False: the page is not such a one. */
static bool find_places(struct places *places, const struct dhat_page_text *html)
{
    places->end = html->text + html->bytes;
    places->style = find(html->text, places->end, style_link);
    places->script = find(places->style, places->end, script_link);
    return places->script != NULL;
}

/* Whether the text would end the element that it is put into. */
static bool ends(const struct dhat_page_text *text, const char *tag)
{
    size_t n = strlen(tag);
    for (size_t i = 0; i + n <= text->bytes; i++)
        if (strncasecmp(text->text + i, tag, n) == 0)
            return true;
    return false;
}

int dhat_page_check(const struct dhat_page *page, struct error *error)
{
    struct places places;
    if (!find_places(&places, &page->html))
        return error_set(error,
                         "--dhat: %s/" DHAT_PAGE_HTML ": expected `%s` and `%s`, as in Valgrind's "
                         "own; open that page and load the profile there by its button",
                         page->folder, style_link, script_link);
    if (ends(&page->style, "</style") || ends(&page->script, "</script") ||
        ends(&page->script, "<!--"))
        return error_set(error,
                         "--dhat: %s: expected a style and a script as Valgrind's, found others; "
                         "open " DHAT_PAGE_HTML " there and load the profile by its button",
                         page->folder);
    return 0;
}

static bool put(FILE *to, const char *from, const char *end)
{
    size_t n = (size_t)(end - from);
    return n == 0 || fwrite(from, 1, n, to) == n;
}

static bool put_text(FILE *to, const struct dhat_page_text *text)
{
    return put(to, text->text, text->text + text->bytes);
}

static int write_about(FILE *to, const struct dhat_page *page)
{
    struct page_element element;
    struct json_out j;
    if (page_element_open(&element, to, "hc-about") != 0)
        return -1;
    json_out_init(&j, element.stream, 0);
    json_out_object(&j);
    json_out_key_string(&j, "file", page->profile.name);
    json_out_end(&j);
    int result = json_out_finish(&j);
    return page_element_close(&element) == 0 ? result : -1;
}

/* The data stands behind the script, in the head: the viewer makes its own body. */
int dhat_page_write(const struct dhat_page *page, FILE *stream)
{
    struct places at;
    errno = 0;
    if (find_places(&at, &page->html) && put(stream, page->html.text, at.style) &&
        fputs(policy, stream) >= 0 && put_text(stream, &page->style) &&
        fputs("</style>", stream) >= 0 && put(stream, at.style + strlen(style_link), at.script) &&
        fputs("<script>\n", stream) >= 0 && put_text(stream, &page->script) &&
        fputs("</script>\n", stream) >= 0 && write_about(stream, page) == 0 &&
        page_element_file(stream, "hc-profile", &page->profile) == 0 &&
        fputs(hand_over, stream) >= 0 && put(stream, at.script + strlen(script_link), at.end))
        return 0;
    errno = errno ? errno : EIO;
    return -1;
}
