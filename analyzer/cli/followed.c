/* followed.c - see followed.h. Used by `heapcoach run`.
 *
 * The recorder names the files: heapcoach.PROGRAM.PID.rec, and `notes` for what it would otherwise
 * have said on a standard error that may be anything.
 */
#define _GNU_SOURCE
#include "analyzer/cli/followed.h"
#include "analyzer/core/recording.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".rec"

/* A process that has become another one by exec, has ended, or whose number is another's now, does
 * not have the file mapped any more. */
static bool is_mapped(const char *path, uint32_t pid)
{
    char name[64], *line = NULL;
    size_t room = 0;
    bool found = false;
    snprintf(name, sizeof(name), "/proc/%u/maps", pid);
    FILE *maps = fopen(name, "re");
    if (!maps)
        return false;
    while (!found && getline(&line, &room, maps) > 0) {
        line[strcspn(line, "\n")] = 0;
        const char *mapped = strchr(line, '/');
        found = mapped && strcmp(mapped, path) == 0;
    }
    free(line);
    fclose(maps);
    return found;
}

static int add(struct followed *followed, const char *path, struct error *error)
{
    struct error why;
    struct recording recording;
    if (recording_open(&recording, path, &why) != 0)
        return 0; /* its process has ended before the recording stood */
    struct followed_recording row = {.path = strdup(path),
                                     .pid = recording.header->pid,
                                     .started_ns = recording.header->start_mono_ns};
    row.running = recording.header->state != REC_SEALED && is_mapped(path, row.pid);
    recording_close(&recording);
    struct followed_recording *more =
        realloc(followed->list, (followed->count + 1) * sizeof(followed->list[0]));
    if (more)
        followed->list = more;
    if (!more || !row.path) {
        free(row.path);
        return error_set(error, "out of memory");
    }
    followed->list[followed->count++] = row;
    return 0;
}

static int by_start(const void *a, const void *b)
{
    const struct followed_recording *x = a, *y = b;
    if (x->started_ns != y->started_ns)
        return x->started_ns < y->started_ns ? -1 : 1;
    return strcmp(x->path, y->path);
}

static bool is_recording(const char *name)
{
    size_t length = strlen(name);
    return length > strlen(SUFFIX) && strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

int followed_find(struct followed *followed, const char *folder, struct error *error)
{
    char path[PATH_MAX];
    int result = 0;
    *followed = (struct followed){0};
    DIR *dir = opendir(folder);
    if (!dir)
        return error_set(error, "%s: cannot be read: %s", folder, strerror(errno));
    for (struct dirent *e; result == 0 && (e = readdir(dir));)
        if (is_recording(e->d_name) &&
            snprintf(path, sizeof(path), "%s/%s", folder, e->d_name) < (int)sizeof(path))
            result = add(followed, path, error);
    closedir(dir);
    if (followed->count)
        qsort(followed->list, followed->count, sizeof(followed->list[0]), by_start);
    return result;
}

void followed_free(struct followed *followed)
{
    for (size_t i = 0; i < followed->count; i++)
        free(followed->list[i].path);
    free(followed->list);
    *followed = (struct followed){0};
}

int followed_check(const char *which, struct error *error)
{
    size_t length = strlen(which);
    if (length == 0 || which[0] == ',' || which[length - 1] == ',' || strstr(which, ",,"))
        return error_set(error,
                         "--follow: expected none, all, or names separated by commas, "
                         "found an empty name in \"%s\"",
                         which);
    if (strchr(which, '/'))
        return error_set(error, "--follow: expected names of files without a folder, found \"%s\"",
                         which);
    return 0;
}

struct note {
    char *text;
    size_t times;
};

static struct note *find_note(struct note *notes, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(notes[i].text, text) == 0)
            return &notes[i];
    return NULL;
}

/* Control characters of a program's name must not reach the terminal. */
static void print_note(const struct note *note)
{
    fputs("heapcoach: ", stderr);
    for (const char *s = note->text; *s; s++)
        fputc((unsigned char)*s < 32 || *s == 127 ? '?' : *s, stderr);
    if (note->times > 1)
        fprintf(stderr, " (%zu times)", note->times);
    fputc('\n', stderr);
}

void followed_print_notes(const char *folder)
{
    enum { NOTES_MAX = 64 };
    struct note notes[NOTES_MAX];
    char path[PATH_MAX], line[4096];
    size_t count = 0;
    if (snprintf(path, sizeof(path), "%s/notes", folder) >= (int)sizeof(path))
        return;
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = 0;
        struct note *known = find_note(notes, count, line);
        if (known)
            known->times++;
        else if (count < NOTES_MAX && (notes[count].text = strdup(line)))
            notes[count++].times = 1;
    }
    fclose(file);
    for (size_t i = 0; i < count; i++) {
        print_note(&notes[i]);
        free(notes[i].text);
    }
    unlink(path);
}
