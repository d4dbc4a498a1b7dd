/* private_folder.c - see private_folder.h. Used by `heapcoach run`.
 *
 * mkdtemp makes a folder that was not there, so no link of someone else's is followed in a
 * shared place.
 */
#define _GNU_SOURCE
#include "analyzer/cli/private_folder.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <linux/magic.h>

#define ROOM_WANTED ((uint64_t)64 << 20) /* as the recorder wants for itself */

static bool is_roomy_tmpfs(const char *folder)
{
    struct statfs s;
    return statfs(folder, &s) == 0 && s.f_type == TMPFS_MAGIC &&
           (uint64_t)s.f_bavail * (uint64_t)s.f_bsize >= ROOM_WANTED;
}

/* Sets errno when it fails. */
static bool make_in(const char *folder, char *path, size_t n)
{
    char absolute[PATH_MAX];
    if (!realpath(folder, absolute)) /* the program may change its folder */
        return false;
    if ((size_t)snprintf(path, n, "%s/heapcoach-run-XXXXXX", absolute) >= n) {
        errno = ENAMETOOLONG;
        return false;
    }
    return mkdtemp(path) != NULL;
}

int private_folder_make(const char *wanted, char *path, size_t n, struct error *error)
{
    const char *tmp = getenv("TMPDIR");
    if (wanted) {
        if (make_in(wanted, path, n))
            return 0;
        return error_set(error, "%s: cannot make the recording there: %s", wanted, strerror(errno));
    }
    if (tmp && *tmp && make_in(tmp, path, n))
        return 0;
    if (is_roomy_tmpfs("/dev/shm") && make_in("/dev/shm", path, n))
        return 0;
    if (make_in("/tmp", path, n))
        return 0;
    return error_set(error,
                     "/tmp: cannot make the recording there: %s; name a folder by "
                     "HEAPCOACH_DIR",
                     strerror(errno));
}
