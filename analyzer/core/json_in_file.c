/* json_in_file.c - opens a file for the reader of json_in.h. */
#include "analyzer/core/json_in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, size_t guess, void **content, size_t *n)
{
    size_t room = guess + 1, have = 0; /* one more, so that the end is seen without growing */
    char *buffer = malloc(room);
    while (buffer) {
        if (have == room) {
            char *bigger = realloc(buffer, room *= 2);
            if (!bigger)
                break;
            buffer = bigger;
        }
        ssize_t got = read(fd, buffer + have, room - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        if (got == 0) {
            *content = buffer;
            *n = have;
            return 0;
        }
        have += (size_t)got;
    }
    int why = buffer ? errno : ENOMEM;
    free(buffer);
    errno = why;
    return -1;
}

int json_in_open(struct json_in *in, const char *path, const char *what, struct error *error)
{
    memset(in, 0, sizeof(*in));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return error_set(error, "%s: cannot open %s: %s", path, what, strerror(errno));
    struct stat st;
    void *content = NULL;
    size_t n = 0;
    int failed = fstat(fd, &st);
    /* A device may have no end; a limit file names a baseline, and may be a stranger's. */
    if (failed == 0 && (S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))) {
        close(fd);
        return error_set(error, "%s: expected %s, found a %s", path, what,
                         S_ISDIR(st.st_mode) ? "folder" : "device");
    }
    if (failed == 0)
        failed = read_all(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 65536, &content, &n);
    int why = errno;
    close(fd);
    if (failed)
        return error_set(error, "%s: cannot read %s: %s", path, what, strerror(why));
    json_in_memory(in, content, n, path, what, error);
    in->owned = content;
    return 0;
}
