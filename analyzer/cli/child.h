/* child.h - runs a program in place of ourselves: it has our streams, terminal and signals,
 * and we end as it does.
 */
#ifndef HEAPCOACH_CHILD_H
#define HEAPCOACH_CHILD_H

#include "analyzer/core/error.h"

#include <stdint.h>
#include <sys/types.h>

struct child {
    pid_t pid;
    int exec_errno;       /* why the program could not be started, or 0 */
    uint64_t cpu_ns;      /* user and system time of it and of the children that it waited for */
    uint64_t page_faults; /* of the same, without reading a disk */
    int status; /* as a shell has it: its exit status, or 128 + the signal that ended it */
};

/* Starts the file at path with the arguments (argv[0] is the first) and environment
 * variables set or removed by `prepare`, which runs in the child; waits for its end.
 *
 * Signals sent to us meanwhile are passed on. Those that the terminal sends reach the
 * program by themselves, as it is in our process group, and are not sent twice. When the
 * terminal stops the program we stop too, and go on together.
 *
 * 0, or -1: no process could be made. */
int child_run(struct child *child, const char *path, char **arguments,
              int (*prepare)(void *context), void *context, struct error *error);

#endif
