/* find_program.h - which file a program's name means, as a shell has it. */
#ifndef HEAPCOACH_FIND_PROGRAM_H
#define HEAPCOACH_FIND_PROGRAM_H

#include "analyzer/core/error.h"

#include <stdbool.h>
#include <stddef.h>

enum find_program_result {
    FIND_PROGRAM_FOUND,
    FIND_PROGRAM_CANNOT_RUN, /* there is a file, but it must not be executed; path is set */
    FIND_PROGRAM_MISSING
};

/* A name with a slash is a path, another is looked for in PATH. All but the first result
 * set the error. */
enum find_program_result find_program(const char *name, char *path, size_t n, struct error *error);

#endif
