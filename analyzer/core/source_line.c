/* source_line.c - see source_line.h. Used by the reports, for the few lines that they show:
 * nothing is cached.
 */
#include "analyzer/core/source_line.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
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
    const char *rest = file, *end = file + strlen(file);
    while (!stream && rest && (rest == file || strchr(rest, '/'))) {
        stream = end - rest < PATH_MAX ? open_source(rest, st) : NULL;
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

/* ---- with its neighbours ---- */

#define TAB_COLUMNS 4
#define LINE_BYTES_MAX 4096 /* a longer line is cut: nobody reads it in a report */

/* A copy of the line without its end, tabs as blanks; NULL: no memory. */
static char *copy_line(const char *text, size_t length)
{
    while (length > 0 && strchr("\r\n\t ", text[length - 1]))
        length--;
    if (length > LINE_BYTES_MAX)
        length = LINE_BYTES_MAX;
    char *copy = malloc(length * TAB_COLUMNS + 1), *to = copy;
    if (!copy)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\t') {
            *to++ = text[i];
            continue;
        }
        do
            *to++ = ' ';
        while ((to - copy) % TAB_COLUMNS);
    }
    *to = 0;
    return copy;
}

static bool read_around(struct source_lines *lines, FILE *stream, uint32_t line)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    uint32_t number = 0;
    bool whole = true;
    while (whole && lines->count < SOURCE_LINES_MAX &&
           (number < line || number - line < SOURCE_LINES_AROUND) &&
           (length = getline(&text, &room, stream)) >= 0) {
        number++;
        if (number < line && line - number > SOURCE_LINES_AROUND)
            continue;
        char *copy = copy_line(text, (size_t)length);
        whole = copy != NULL;
        if (!whole)
            break;
        if (!lines->count)
            lines->first = number;
        if (number == line)
            lines->at = lines->count;
        lines->line[lines->count++] = copy;
    }
    free(text);
    return whole && number >= line && lines->line[lines->at][0];
}

static void drop_empty_edges(struct source_lines *lines)
{
    while (lines->count > lines->at + 1 && !lines->line[lines->count - 1][0])
        free(lines->line[--lines->count]);
    while (lines->at > 0 && !lines->line[0][0]) {
        free(lines->line[0]);
        memmove(lines->line, lines->line + 1, (lines->count - 1) * sizeof(lines->line[0]));
        lines->count--;
        lines->at--;
        lines->first++;
    }
}

static void drop_indentation(struct source_lines *lines)
{
    size_t common = SIZE_MAX;
    for (uint32_t i = 0; i < lines->count; i++) {
        size_t n = strspn(lines->line[i], " ");
        if (lines->line[i][n] && n < common)
            common = n;
    }
    for (uint32_t i = 0; i < lines->count; i++) {
        char *text = lines->line[i];
        if (text[0])
            memmove(text, text + common, strlen(text + common) + 1);
    }
}

void source_lines_find(struct source_lines *lines, const struct profile *profile, const char *file,
                       uint32_t line)
{
    struct stat st;
    memset(lines, 0, sizeof(*lines));
    FILE *stream = file[0] && line ? find_file(profile, file, &st) : NULL;
    if (!stream)
        return;
    bool found = read_around(lines, stream, line);
    fclose(stream);
    if (!found) {
        source_lines_free(lines);
        return;
    }
    drop_empty_edges(lines);
    drop_indentation(lines);
    lines->state = changed_since(profile, &st) ? SOURCE_LINE_CHANGED : SOURCE_LINE_FOUND;
}

void source_lines_free(struct source_lines *lines)
{
    for (uint32_t i = 0; i < lines->count; i++)
        free(lines->line[i]);
    memset(lines, 0, sizeof(*lines));
}
