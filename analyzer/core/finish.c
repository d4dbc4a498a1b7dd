/* finish.c - from a recording to a profile.
 *
 * Called by cli. Ties the steps together and holds nothing back: a profile is written whole
 * or not at all, and the recording is only read.
 */
#include "analyzer/core/finish.h"
#include "analyzer/core/atomic_file.h"
#include "analyzer/core/profile_write.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* n bytes of a name at most, made of letters that need no quoting anywhere. */
static void clean_name(const char *from, const char *end, char *name, size_t n)
{
    size_t at = 0;
    for (; from < end && at + 1 < n; from++)
        name[at++] = isalnum((unsigned char)*from) || strchr("-_+.", *from) ? *from : '_';
    name[at] = '\0';
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* As the recorder has named the recording, "heapcoach.PROGRAM.PID.rec" or, where one process left
 * several, "heapcoach.PROGRAM.PID.NUMBER.rec"; else of what the recording says. */
static void profile_name(const struct recording *r, const char *recording_path, char *name,
                         size_t n)
{
    char program[100];
    const char *given = last_part(recording_path);
    size_t length = strlen(given);
    if (length > strlen(".rec") && strncmp(given, "heapcoach.", strlen("heapcoach.")) == 0 &&
        strcmp(given + length - strlen(".rec"), ".rec") == 0) {
        clean_name(given, given + length - strlen(".rec"), name, n);
        return;
    }
    const char *exe = last_part(recording_text(r, r->header->exe));
    clean_name(exe, exe + strlen(exe), program, sizeof(program));
    snprintf(name, n, "heapcoach.%s.%u", *program ? program : "program", r->header->pid);
}

static int default_path(const struct recording *r, const char *recording_path, const char *dir,
                        char *path, size_t n, struct error *e)
{
    char name[NAME_MAX];
    profile_name(r, recording_path, name, sizeof(name) - strlen(".json"));
    bool slash = dir && *dir && dir[strlen(dir) - 1] != '/';
    int length = snprintf(path, n, "%s%s%s.json", dir ? dir : "", slash ? "/" : "", name);
    if (length < 0 || (size_t)length >= n)
        return error_set(e, "the folder's name is too long: %s", dir);
    return 0;
}

static int write_profile(const struct profile_parts *parts, const char *path, struct error *e)
{
    struct atomic_file file;
    int reason;
    if (atomic_file_open(&file, path, e) != 0)
        return -1;
    if (profile_write(parts, file.stream, &reason) != 0) {
        error_set(e, "cannot write the profile %s: %s", path, strerror(reason));
        atomic_file_abandon(&file);
        return -1;
    }
    if (recording_is_whole(parts->recording, e) != 0) {
        atomic_file_abandon(&file);
        return -1;
    }
    return atomic_file_commit(&file, e);
}

int finish_recording(const char *recording_path, const char *output_path,
                     const struct finish_options *options, char *written_path, size_t n,
                     struct error *e)
{
    struct recording recording;
    struct frames frames = {0};
    struct stacks stacks = {0};
    struct points points = {0};
    struct links links = {0};
    char path[PATH_MAX];
    int result = -1;
    if (recording_open(&recording, recording_path, e) != 0)
        return -1;
    if (!output_path) {
        if (default_path(&recording, recording_path, options ? options->dir : NULL, path,
                         sizeof(path), e) != 0)
            goto out;
        output_path = path;
    }
    if (frames_build(&frames, &recording, e) != 0)
        goto out;
    if (stacks_open(&stacks, &recording, &frames) != 0 ||
        points_build(&points, &recording, &stacks) != 0 ||
        links_build(&links, &recording, &stacks) != 0) {
        error_set(e, "out of memory while adding up the %llu records of %s",
                  (unsigned long long)recording.header->count[REC_RECORDS], recording_path);
        goto out;
    }
    struct profile_parts parts = {&recording, &frames, &stacks, &points, &links, 0, 0};
    if (options) {
        parts.cpu_ns = options->cpu_ns;
        parts.page_faults = options->page_faults;
    }
    result = write_profile(&parts, output_path, e);
    if (result == 0 && written_path)
        snprintf(written_path, n, "%s", output_path);
out:
    links_free(&links);
    points_free(&points);
    stacks_free(&stacks);
    frames_free(&frames);
    recording_close(&recording);
    return result;
}
