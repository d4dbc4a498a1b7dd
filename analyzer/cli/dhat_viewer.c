/* dhat_viewer.c - see dhat_viewer.h. Used by `heapcoach view --dhat`.
 *
 * Valgrind keeps the page among its own files: where VALGRIND_LIB says, as for valgrind itself,
 * else beside the valgrind of PATH, else in the usual places.
 */
#include "analyzer/cli/dhat_viewer.h"
#include "analyzer/cli/find_program.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE "dh_view.html"

static bool is_there(const char *folder, char *path, size_t n)
{
    return (size_t)snprintf(path, n, "%s/" PAGE, folder) < n && access(path, R_OK) == 0;
}

/* PREFIX/bin/valgrind has its files in PREFIX/libexec/valgrind. */
static bool is_beside(const char *valgrind, char *path, size_t n)
{
    char folder[PATH_MAX], real[PATH_MAX];
    char *end = realpath(valgrind, real) ? strstr(real, "/bin/") : NULL;
    if (!end)
        return false;
    *end = 0;
    return snprintf(folder, sizeof(folder), "%s/libexec/valgrind", real) < (int)sizeof(folder) &&
           is_there(folder, path, n);
}

int dhat_viewer_find(char *path, size_t n, struct error *error)
{
    static const char *const usual[] = {"/usr/libexec/valgrind", "/usr/local/libexec/valgrind",
                                        "/usr/lib/valgrind", "/usr/lib/x86_64-linux-gnu/valgrind"};
    const char *own = getenv("VALGRIND_LIB");
    char valgrind[PATH_MAX];
    struct error unused;
    if (own && *own) {
        if (is_there(own, path, n))
            return 0;
        return error_set(error, "--dhat: VALGRIND_LIB names %s, which has no " PAGE, own);
    }
    if (find_program("valgrind", valgrind, sizeof(valgrind), &unused) == FIND_PROGRAM_FOUND &&
        is_beside(valgrind, path, n))
        return 0;
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
        if (is_there(usual[i], path, n))
            return 0;
    return error_set(error,
                     "--dhat: Valgrind's viewer, " PAGE ", is not installed (looked in %s and "
                     "beside valgrind); install valgrind, or leave out --dhat",
                     usual[0]);
}
