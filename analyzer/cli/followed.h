/* followed.h - the recordings that several programs have left in one folder: of `heapcoach run`
 * with
 * --follow.
 */
#ifndef HEAPCOACH_FOLLOWED_H
#define HEAPCOACH_FOLLOWED_H

#include "analyzer/core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct followed_recording {
    char *path;
    uint32_t pid;
    uint64_t started_ns; /* CLOCK_MONOTONIC */
    bool running;        /* its process still writes it */
};

struct followed {
    struct followed_recording *list; /* in the order in which they were begun */
    size_t count;
};

/* Lists the recordings in `folder`; those that are not whole enough to be read are passed over. 0,
 * or -1 without memory or if the folder cannot be read. Ends by followed_free either way. */
int followed_find(struct followed *followed, const char *folder, struct error *error);
void followed_free(struct followed *followed);

/* Whether `which` is a value for --follow: none, all, or names of files separated by commas. */
int followed_check(const char *which, struct error *error);

/* What the followed programs had to say, each line once, on stderr; then the file is removed. */
void followed_print_notes(const char *folder);

#endif
