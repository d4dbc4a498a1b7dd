/* page.c - puts a profile and what is said of it into the page. Called by `heapcoach view`. */
#include "analyzer/render/page.h"
#include "analyzer/core/json_out.h"
#include "analyzer/core/version.h"
#include "analyzer/render/formats.h"

#include <errno.h>
#include <stdbool.h>

/* viewer/page_parts.S */
extern const char page_head[], page_head_end[], page_tail[], page_tail_end[];

static int write_report(FILE *to, const struct page *page)
{
    struct page_element element;
    struct report report = page->report;
    report.all = true;
    report.page = true;
    if (page_element_open(&element, to, "hc-report") != 0)
        return -1;
    int result = report_format_json.write(&report, element.stream);
    return page_element_close(&element) == 0 ? result : -1;
}

static int write_diff(FILE *to, const struct page *page)
{
    struct page_element element;
    if (page_element_open(&element, to, "hc-diff") != 0)
        return -1;
    int result = diff_report_json(page->diff, element.stream);
    return page_element_close(&element) == 0 ? result : -1;
}

static int write_about(FILE *to, const struct page *page)
{
    struct page_element element;
    struct json_out j;
    if (page_element_open(&element, to, "hc-about") != 0)
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
    return page_element_close(&element) == 0 ? result : -1;
}

static bool write_half(const char *half, const char *end, FILE *stream)
{
    return fwrite(half, 1, (size_t)(end - half), stream) == (size_t)(end - half);
}

int page_write(const struct page *page, FILE *stream)
{
    errno = 0;
    if (write_half(page_head, page_head_end, stream) && write_about(stream, page) == 0 &&
        write_report(stream, page) == 0 &&
        (!page->diff || (write_diff(stream, page) == 0 &&
                         page_element_file(stream, "hc-old-profile", &page->old) == 0)) &&
        page_element_file(stream, "hc-profile", &page->profile) == 0 &&
        write_half(page_tail, page_tail_end, stream))
        return 0;
    errno = errno ? errno : EIO;
    return -1;
}
