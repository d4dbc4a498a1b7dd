/* source_line.c - see source_line.h. Used by the report, for the few lines that it shows:
 * nothing is cached.
 */
#include "analyzer/core/source_line.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (16 << 20) /* no source file is bigger; a name may lead anywhere */

/* A readable regular file, or NULL. O_NONBLOCK: opening a FIFO must not wait. */
static FILE *open_source(const char *path, struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode) || st->st_size > FILE_BYTES_MAX) {
        close(fd);
        return NULL;
    }
    FILE *stream = fdopen(fd, "r");
    if (!stream)
        close(fd);
    return stream;
}

static FILE *open_under(const char *folder, const char *file, struct stat *st)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s", folder, file);
    return n > 0 && (size_t)n < sizeof(path) ? open_source(path, st) : NULL;
}

static FILE *find_file(const struct profile *profile, const char *file, struct stat *st)
{
    if (file[0] == '/')
        return open_source(file, st);
    FILE *stream = profile->program.cwd[0] ? open_under(profile->program.cwd, file, st) : NULL;
    /* down to one folder and a name: a name alone would find any main.rs */
    const char *rest = file;
    while (!stream && rest && (rest == file || strchr(rest, '/'))) {
        stream = open_source(rest, st);
        rest = strchr(rest, '/');
        rest = rest ? rest + 1 : NULL;
    }
    return stream;
}

/* Line number `line` of the stream, from 1; its length, or -1. *text is malloc'd by getline. */
static ssize_t read_line(FILE *stream, uint32_t line, char **text, size_t *room)
{
    ssize_t length = -1;
    for (uint32_t i = 0; i < line; i++)
        if ((length = getline(text, room, stream)) < 0)
            return -1;
    return length;
}

static bool changed_since(const struct profile *profile, const struct stat *st)
{
    uint64_t start_ns = profile->program.start_unix_ns;
    return start_ns && (uint64_t)st->st_mtim.tv_sec > start_ns / 1000000000;
}

enum source_line_state source_line_find(const struct profile *profile,
                                        const struct profile_frame *frame, char *to, size_t n)
{
    struct stat st;
    char *text = NULL;
    size_t room = 0;
    if (!frame->file[0] || !frame->line)
        return SOURCE_LINE_NONE;
    FILE *stream = find_file(profile, frame->file, &st);
    if (!stream)
        return SOURCE_LINE_NONE;
    ssize_t length = read_line(stream, frame->line, &text, &room);
    fclose(stream);
    if (length >= 0) {
        char *start = text;
        while (length > 0 && strchr("\r\n\t ", start[length - 1]))
            length--;
        while (length > 0 && (*start == ' ' || *start == '\t')) {
            start++;
            length--;
        }
        size_t kept = (size_t)length < n ? (size_t)length : n - 1;
        memcpy(to, start, kept);
        to[kept] = 0;
    }
    free(text);
    if (length <= 0)
        return SOURCE_LINE_NONE;
    return changed_since(profile, &st) ? SOURCE_LINE_CHANGED : SOURCE_LINE_FOUND;
}
