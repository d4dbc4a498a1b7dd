/* atomic_file.h - writes a file so that it appears whole or not at all.
 *
 * The bytes go to a new file beside the target, which takes the target's name only when
 * all of them were written without an error. Until then, and for ever when something
 * fails, a file that stood there before is untouched.
 *
 * A target that is not a regular file (/dev/null, a pipe, /dev/stdout) cannot be replaced
 * and is written straight. A symbolic link is followed: the file that it names is replaced.
 *
 * No fsync: the promise holds against full disks and killed processes, not power cuts.
 * One thread at a time per atomic_file.
 */
#ifndef HEAPCOACH_ATOMIC_FILE_H
#define HEAPCOACH_ATOMIC_FILE_H

#include "analyzer/core/error.h"

#include <stdio.h>

struct atomic_file {
    FILE *stream;    /* write here; NULL before open and after commit or abandon */
    char *target;    /* owned: the name that the user gave */
    char *final;     /* owned: the name to replace, links resolved */
    char *temporary; /* owned: the file that is being written; NULL: final is written straight */
};

/* Opens for writing what shall become path. On success the caller owns `file` and must end
 * it by commit or abandon. 0, or -1 with the reason. */
int atomic_file_open(struct atomic_file *file, const char *path, struct error *e);

/* Flushes, checks and renames. Frees everything, also when it fails; then no half file is
 * left and the old one still stands. 0, or -1 with the reason. */
int atomic_file_commit(struct atomic_file *file, struct error *e);

/* Removes what was written so far and frees everything. Harmless on a file that was zeroed,
 * committed or abandoned. */
void atomic_file_abandon(struct atomic_file *file);

#endif
