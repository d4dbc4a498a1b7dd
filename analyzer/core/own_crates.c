/* own_crates.c - see own_crates.h. Called while a profile is opened, if the user names his crates.
 *
 * A frame that was inlined has no crate where only line tables are left. Then the crate of
 * another frame of the same file stands in: a file belongs to one crate.
 */
#include "analyzer/core/own_crates.h"
#include "analyzer/core/intern.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 12

static bool same_letters(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
            return false;
    return true;
}

bool own_crates_same(const char *name, const char *other)
{
    size_t n = strlen(name);
    return strlen(other) == n && same_letters(name, other, n);
}

/* Whether crate is the n bytes at name. */
static bool is_named(const char *crate, const char *name, size_t n)
{
    return n && strlen(crate) == n && same_letters(crate, name, n);
}

static bool is_in(const char *names, const char *crate)
{
    for (const char *at = names; *at;) {
        size_t n = strcspn(at, ",");
        if (is_named(crate, at, n))
            return true;
        at += n;
        at += *at == ',';
    }
    return false;
}

static bool is_of_a_crate(const struct profile_frame *frame)
{
    return frame->kind == OWNER_USER || frame->kind == OWNER_DEP;
}

/* ---- names that nobody has ---- */

/* The crates of the profile, each once, to help who mistyped one. */
static void list_crates(const struct profile *profile, char *to, size_t n)
{
    struct intern seen = {0};
    size_t used = 0;
    to[0] = 0;
    for (uint32_t i = 1; i < profile->frame_count && seen.count < NAMES_SHOWN; i++) {
        const struct profile_frame *frame = &profile->frames[i];
        uint32_t before = seen.count;
        if (!is_of_a_crate(frame) || !frame->crate[0] ||
            intern_string(&seen, frame->crate) < before || used >= n)
            continue;
        used += (size_t)snprintf(to + used, n - used, "%s%s", used ? ", " : "", frame->crate);
    }
    intern_free(&seen);
}

static int check_name(const struct profile *profile, const char *name, size_t n,
                      struct error *error)
{
    char crates[1024];
    for (uint32_t i = 1; i < profile->frame_count; i++)
        if (is_of_a_crate(&profile->frames[i]) && is_named(profile->frames[i].crate, name, n))
            return 0;
    list_crates(profile, crates, sizeof(crates));
    return error_set(error, "--own: no frame of the profile is of a crate `%.*s`; it has %s",
                     (int)n, name, crates[0] ? crates : "no names of crates");
}

static int check_names(const struct profile *profile, const char *names, struct error *error)
{
    for (const char *at = names; *at;) {
        size_t n = strcspn(at, ",");
        if (check_name(profile, at, n, error) != 0)
            return -1;
        at += n;
        at += *at == ',';
    }
    return 0;
}

/* ---- all frames ---- */

/* The number of each file, and its crate by that number. */
struct files {
    struct intern names;
    const char **crate; /* NULL: no frame of it tells */
};

static int find_files(struct files *files, const struct profile *profile)
{
    memset(files, 0, sizeof(*files));
    files->crate = calloc((size_t)profile->frame_count + 1, sizeof(*files->crate));
    if (!files->crate)
        return -1;
    for (uint32_t i = 1; i < profile->frame_count; i++) {
        const struct profile_frame *frame = &profile->frames[i];
        int64_t number = intern_string(&files->names, frame->file);
        if (number < 0)
            return -1;
        if (is_of_a_crate(frame) && frame->file[0] && frame->crate[0] && !files->crate[number])
            files->crate[number] = frame->crate;
    }
    return 0;
}

static void apply(struct profile_frame *frame, const char *crate, const char *names)
{
    if (!crate || !crate[0])
        return;
    frame->kind = is_in(names, crate) ? OWNER_USER : OWNER_DEP;
    frame->crate = crate;
}

int own_crates_apply(struct profile *profile, const char *names, struct error *error)
{
    struct files files;
    if (check_names(profile, names, error) != 0)
        return -1;
    int result = find_files(&files, profile);
    for (uint32_t i = 1; i < profile->frame_count && result == 0; i++) {
        struct profile_frame *frame = &profile->frames[i];
        int64_t number = intern_string(&files.names, frame->file);
        if (is_of_a_crate(frame))
            apply(frame, frame->crate[0] ? frame->crate : files.crate[number], names);
    }
    intern_free(&files.names);
    free(files.crate);
    return result == 0 ? 0 : error_set(error, "not enough memory for --own");
}
