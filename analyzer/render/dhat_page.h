/* dhat_page.h - Valgrind's own viewer of DHAT files with a profile in it: one HTML file that
 * fetches nothing and shows the profile at once.
 *
 * The viewer is Valgrind's, as it is installed: its page, with its style and its script where it
 * names them, and after it the profile and a few lines that hand it over as if it had been chosen
 * by hand. Nothing is known of the viewer but how its page names its files.
 */
#ifndef HEAPCOACH_DHAT_PAGE_H
#define HEAPCOACH_DHAT_PAGE_H

#include "analyzer/core/error.h"
#include "analyzer/render/page_element.h"

#include <stddef.h>
#include <stdio.h>

#define DHAT_PAGE_HTML "dh_view.html"
#define DHAT_PAGE_STYLE "dh_view.css"
#define DHAT_PAGE_SCRIPT "dh_view.js"

struct dhat_page_text {
    const char *text; /* not terminated */
    size_t bytes;
};

struct dhat_page {
    struct dhat_page_text html, style, script; /* the viewer's files */
    const char *folder;                        /* where they lie, for messages */
    struct page_file profile;
};

/* Whether the viewer's files are such as can be put together. 0, or -1: another viewer than this
 * was written for. */
int dhat_page_check(const struct dhat_page *page, struct error *error);

/* Writes a page that was checked to a stream that the caller owns. 0, or -1: out of memory, or the
 * stream failed (errno). */
int dhat_page_write(const struct dhat_page *page, FILE *stream);

#endif
