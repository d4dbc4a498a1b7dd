/* dhat_viewer.h - where Valgrind's viewer of DHAT files is installed. */
#ifndef HEAPCOACH_DHAT_VIEWER_H
#define HEAPCOACH_DHAT_VIEWER_H

#include "analyzer/core/error.h"

#include <stddef.h>

/* The path of dh_view.html. 0, or -1 with where it was looked for and what to install. */
int dhat_viewer_find(char *path, size_t n, struct error *error);

#endif
