/* parallel.c - see parallel.h. Used by crate_parts.c and rule_parallel_pieces.c.
 *
 * By rayon's files, which have kept their names from 1.5 to 1.12 while functions came and went:
 * iter/extend.rs gathers what has no length, iter/par_bridge.rs has the queues, and all of
 * rayon-core's job.rs that allocates are boxed closures, of tokio's runtime/task/core.rs futures.
 */
#include "analyzer/rules/parallel.h"
#include "analyzer/rules/closure_name.h"
#include "analyzer/rules/frame_facts.h"

#include <string.h>

#define BASE_BYTES 128
#define OUTWARD_MOST 64 /* frames between a queue and par_bridge */

static const struct profile_frame *frame_at(const struct profile *profile,
                                            const struct profile_point *point, uint32_t place)
{
    return &profile->frames[point->stack[place]];
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_in_file(const struct profile_frame *frame, const char *crate, const char *file)
{
    size_t n = strlen(frame->file), tail = strlen(file);
    return strcmp(frame->crate, crate) == 0 && n >= tail &&
           strcmp(frame->file + n - tail, file) == 0;
}

static bool is_of_extend(const struct profile_frame *frame)
{
    return is_in_file(frame, "rayon", "/iter/extend.rs");
}

bool parallel_fills(const struct profile_frame *frame)
{
    char base[BASE_BYTES];
    if (!is_of_extend(frame))
        return false;
    frame_base(frame, base, sizeof(base));
    return strcmp(base, "par_extend") == 0 || strcmp(base, "extend") == 0 ||
           strstr(base, "reserve");
}

bool parallel_bridges(const struct profile_frame *frame)
{
    return is_in_file(frame, "rayon", "/iter/par_bridge.rs");
}

/* Is it rayon that asked the crossbeam crates for a queue, and which part of it? */
static enum crate_part queue_part(const struct profile *profile, const struct profile_point *point,
                                  uint32_t from)
{
    enum crate_part part = CRATE_PART_NONE;
    for (uint32_t i = from; i < point->depth && i < from + OUTWARD_MOST; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind == OWNER_USER)
            break;
        if (frame->kind != OWNER_DEP)
            continue;
        if (parallel_bridges(frame))
            return CRATE_PART_QUEUE;
        if (begins(frame->crate, "rayon"))
            part = CRATE_PART_ENGINE;
        else if (!begins(frame->crate, "crossbeam"))
            break;
    }
    return part;
}

enum crate_part parallel_part(const struct profile *profile, const struct profile_point *point,
                              uint32_t leaf_end)
{
    const struct profile_frame *frame = frame_at(profile, point, leaf_end);
    if (is_of_extend(frame) && !parallel_fills(frame))
        return CRATE_PART_PIECE;
    if (is_in_file(frame, "rayon_core", "/job.rs") ||
        is_in_file(frame, "tokio", "/runtime/task/core.rs"))
        return CRATE_PART_TASK;
    if (begins(frame->crate, "crossbeam") || strcmp(frame->crate, "rayon_core") == 0 ||
        parallel_bridges(frame))
        return queue_part(profile, point, leaf_end);
    return CRATE_PART_NONE;
}

/* ---- for whom ---- */

/* Is the first part of the path the name of one of the user's crates? */
static bool is_users(const struct parallel_crates *crates, const char *path, size_t n)
{
    size_t length = 0;
    while (length < n && path[length] != ':')
        length++;
    for (uint32_t i = 0; length < n && i < crates->count; i++)
        if (strncmp(crates->name[i], path, length) == 0 && !crates->name[i][length])
            return true;
    return false;
}

void parallel_crates_find(struct parallel_crates *crates, const struct profile *profile)
{
    crates->count = 0;
    for (uint32_t i = 1; i < profile->frame_count && crates->count < PARALLEL_CRATES; i++) {
        const struct profile_frame *frame = &profile->frames[i];
        bool known = frame->kind != OWNER_USER || !frame->crate[0];
        for (uint32_t c = 0; !known && c < crates->count; c++)
            known = strcmp(crates->name[c], frame->crate) == 0;
        if (!known)
            crates->name[crates->count++] = frame->crate;
    }
}

const char *parallel_function(const struct parallel_crates *crates, const struct profile *profile,
                              const struct profile_point *point, uint32_t leaf_end,
                              struct arena *arena)
{
    for (uint32_t i = leaf_end; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        const char *at = frame->name[0] ? frame->name : frame->function, *function;
        size_t n;
        while ((function = closure_name_any(&at, &n)) != NULL)
            if (is_users(crates, function, n))
                return closure_name_readable(function, n, arena);
    }
    return "";
}
