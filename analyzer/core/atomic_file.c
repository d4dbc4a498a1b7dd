/* atomic_file.c - a file that appears whole or not at all.
 *
 * Used for everything that the analyzer writes by name: the profile and the exports. What
 * always holds: the target is touched by rename alone, after the last byte was accepted by
 * the file system. It must not be used for the standard output, whose owner is cli/.
 */
#include "analyzer/core/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void release(struct atomic_file *file)
{
    free(file->target);
    free(file->final);
    free(file->temporary);
    *file = (struct atomic_file){0};
}

/* The name to rename over: the file behind a symbolic link, so that the link survives. A
 * link to nothing yet, or no link at all, is its own name. */
static char *resolve(const char *path)
{
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) {
        char *real = realpath(path, NULL);
        if (real)
            return real;
    }
    return strdup(path);
}

/* A new file beside `final`, with the permissions that any new file gets (mkstemp's 0600
 * would be kept by the rename) or those of the file that it replaces. */
static int create_beside(struct atomic_file *file, mode_t mode, int keep_mode)
{
    size_t room = strlen(file->final) + 64;
    file->temporary = malloc(room);
    if (!file->temporary)
        return -1;
    for (unsigned attempt = 0; attempt < 1000; attempt++) {
        snprintf(file->temporary, room, "%s.%ld.%u.part", file->final, (long)getpid(), attempt);
        int fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0) {
            if (keep_mode)
                (void)!fchmod(fd, mode); /* best effort: the content matters more */
            return fd;
        }
        if (errno != EEXIST)
            break;
    }
    int saved_errno = errno;
    free(file->temporary);
    file->temporary = NULL;
    errno = saved_errno;
    return -1;
}

int atomic_file_open(struct atomic_file *file, const char *path, struct error *e)
{
    *file = (struct atomic_file){0};
    file->target = strdup(path);
    file->final = file->target ? resolve(path) : NULL; /* errno stays that of the first failure */
    int fd = -1;
    if (!file->target || !file->final)
        goto fail;

    struct stat status;
    int there = stat(file->final, &status) == 0;
    if (there && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        goto fail;
    }
    if (there && !S_ISREG(status.st_mode))
        fd = open(file->final, O_WRONLY | O_CLOEXEC);
    else
        fd = create_beside(file, there ? status.st_mode & 07777 : 0666, there);
    if (fd < 0)
        goto fail;
    file->stream = fdopen(fd, "w");
    if (file->stream)
        return 0;

fail:
    error_set(e, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (file->temporary)
        unlink(file->temporary);
    release(file);
    return -1;
}

int atomic_file_commit(struct atomic_file *file, struct error *e)
{
    /* A stream may have failed long ago and forgotten why; fclose reports only the last
     * flush. Both must be clean. */
    int failed = ferror(file->stream);
    errno = 0;
    if (fclose(file->stream) != 0)
        failed = 1;
    int reason = errno ? errno : failed ? EIO : 0;
    file->stream = NULL;

    if (!failed && file->temporary && rename(file->temporary, file->final) != 0) {
        reason = errno;
        failed = 1;
    }
    if (failed) {
        error_set(e, "cannot write %s: %s", file->target, strerror(reason));
        if (file->temporary)
            unlink(file->temporary);
    }
    release(file);
    return failed ? -1 : 0;
}

void atomic_file_abandon(struct atomic_file *file)
{
    if (file->stream)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    release(file);
}
