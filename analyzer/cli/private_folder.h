/* private_folder.h - a folder of our own for a recording, readable by nobody else. */
#ifndef HEAPCOACH_PRIVATE_FOLDER_H
#define HEAPCOACH_PRIVATE_FOLDER_H

#include "analyzer/core/error.h"

#include <stddef.h>

/* Makes a new folder, mode 0700, with a name that nobody could foresee: in `wanted` if that
 * is not NULL, else in TMPDIR, else in /dev/shm if that is a tmpfs with room (memory is not
 * written back to a disk), else in /tmp. path (n bytes) gets its absolute name. 0 or -1. */
int private_folder_make(const char *wanted, char *path, size_t n, struct error *error);

#endif
