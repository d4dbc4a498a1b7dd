/* browser.c - see browser.h. Used by `heapcoach view`.
 *
 * The browser is a grandchild in a session of its own, so it outlives us and gets none of this
 * terminal's signals; what it says is thrown away.
 */
#define _GNU_SOURCE
#include "analyzer/cli/browser.h"
#include "analyzer/cli/find_program.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(const char *program, const char *url)
{
    int null = open("/dev/null", O_RDWR);
    setsid();
    for (int fd = 0; null >= 0 && fd < 3; fd++)
        dup2(null, fd);
    if (fork() == 0)
        execl(program, program, url, (char *)NULL);
    _exit(0);
}

static bool start(const char *program, const char *url)
{
    pid_t child = fork();
    if (child == 0)
        become(program, url);
    if (child < 0)
        return false;
    while (waitpid(child, NULL, 0) < 0)
        ;
    return true;
}

static bool find(const char *name, char *path)
{
    struct error unused;
    return *name && find_program(name, path, PATH_MAX, &unused) == FIND_PROGRAM_FOUND;
}

/* The first of "NAME:NAME:..." that exists. */
static bool find_listed(const char *list, char *path)
{
    char *copy = strdup(list), *rest = NULL;
    bool found = false;
    for (char *name = copy ? strtok_r(copy, ":", &rest) : NULL; name && !found;
         name = strtok_r(NULL, ":", &rest))
        found = find(name, path);
    free(copy);
    return found;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

bool browser_open(const char *url)
{
    char path[PATH_MAX];
    if (is_set("BROWSER"))
        return find_listed(getenv("BROWSER"), path) && start(path, url);
    return (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")) && find("xdg-open", path) &&
           start(path, url);
}

bool browser_file_url(const char *path, char *to, size_t n)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~";
    char absolute[PATH_MAX];
    if (!realpath(path, absolute))
        return false;
    size_t at = (size_t)snprintf(to, n, "file://");
    for (const char *c = absolute; *c && at + 4 <= n; c++)
        at += (size_t)snprintf(to + at, n - at, strchr(plain, *c) ? "%c" : "%%%02X",
                               (unsigned char)*c);
    return at + 4 <= n;
}
