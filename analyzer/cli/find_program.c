/* find_program.c - see find_program.h. Used by `run` and `doctor`. */
#include "analyzer/cli/find_program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum find_program_result try_path(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return FIND_PROGRAM_MISSING;
    if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0)
        return FIND_PROGRAM_CANNOT_RUN;
    return FIND_PROGRAM_FOUND;
}

static enum find_program_result cannot_run(const char *path, struct error *error)
{
    struct stat st;
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    error_set(error, "%s: expected a program, found %s", path,
              folder ? "a folder" : "a file that must not be executed (chmod +x?)");
    return FIND_PROGRAM_CANNOT_RUN;
}

/* In the folders of PATH; an empty one is the current folder. */
static enum find_program_result search(const char *name, char *path, size_t n, struct error *error)
{
    const char *folders = getenv("PATH");
    char first[4096] = ""; /* a file that cannot be run; a later folder may have one that can */
    if (!folders || !*folders)
        folders = "/usr/local/bin:/usr/bin:/bin";
    for (const char *at = folders; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
        int length = (int)strcspn(at, ":");
        int used = snprintf(path, n, "%.*s%s%s", length, at, length ? "/" : "./", name);
        if (used < 0 || (size_t)used >= n)
            continue;
        enum find_program_result result = try_path(path);
        if (result == FIND_PROGRAM_FOUND)
            return result;
        if (result == FIND_PROGRAM_CANNOT_RUN && !first[0])
            snprintf(first, sizeof(first), "%s", path);
    }
    if (first[0]) {
        snprintf(path, n, "%s", first);
        return cannot_run(path, error);
    }
    error_set(error, "%s: no such program in PATH", name);
    return FIND_PROGRAM_MISSING;
}

enum find_program_result find_program(const char *name, char *path, size_t n, struct error *error)
{
    if (!strchr(name, '/'))
        return search(name, path, n, error);
    if ((size_t)snprintf(path, n, "%s", name) >= n) {
        error_set(error, "%s: its path is too long", name);
        return FIND_PROGRAM_MISSING;
    }
    enum find_program_result result = try_path(path);
    if (result == FIND_PROGRAM_MISSING)
        error_set(error, "%s: no such program: %s", name, strerror(errno));
    return result == FIND_PROGRAM_CANNOT_RUN ? cannot_run(path, error) : result;
}
