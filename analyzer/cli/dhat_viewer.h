/* dhat_viewer.h - Valgrind's viewer of DHAT files, as it is installed. */
#ifndef HEAPCOACH_DHAT_VIEWER_H
#define HEAPCOACH_DHAT_VIEWER_H

#include "analyzer/core/error.h"
#include "analyzer/core/json_in.h"
#include "analyzer/render/dhat_page.h"

#include <limits.h>

struct dhat_viewer {
    char folder[PATH_MAX];
    struct json_in html, style, script; /* their texts alone are used */
};

/* Reads the viewer's files. 0, and the caller ends it by dhat_viewer_free; or -1 with where it was
 * looked for and what to install. */
int dhat_viewer_open(struct dhat_viewer *viewer, struct error *error);

/* The viewer's part of a page; it lives no longer than the viewer. */
struct dhat_page dhat_viewer_page(const struct dhat_viewer *viewer);

void dhat_viewer_free(struct dhat_viewer *viewer);

#endif
