/* page.h - the viewer's page with a profile in it: one HTML file that fetches nothing.
 *
 * viewer/README.md says which data the page reads, and how it is written.
 */
#ifndef HEAPCOACH_PAGE_H
#define HEAPCOACH_PAGE_H

#include "analyzer/render/diff_report.h"
#include "analyzer/render/page_element.h"
#include "analyzer/render/report.h"

#include <stdio.h>

struct page {
    struct report report; /* what the report says of the profile */
    struct page_file profile;
    const struct diff_report *diff; /* since an older profile; NULL: none */
    struct page_file old;           /* its file */
};

/* Writes the page to a stream that the caller owns. The data goes through piece by piece; nothing
 * of its size is held. 0, or -1: out of memory, or the stream failed (errno). */
int page_write(const struct page *page, FILE *stream);

#endif
