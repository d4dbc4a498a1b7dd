/* stacks.c - from nodes to lists of frames.
 *
 * Used by points, for every site, and by links. It runs once per site over all its frames,
 * so what it does per frame is an array access.
 */
#include "analyzer/core/stacks.h"

#include <stdlib.h>
#include <string.h>

/* The recorder keeps at most 512 return addresses; a recording with more was made by nobody
 * honest, and must not cost its depth squared. */
#define NODES_MOST 1024

int stacks_open(struct stacks *s, const struct recording *r, const struct frames *frames)
{
    uint64_t nodes = r->header->count[REC_NODES] + REC_FIRST_REAL_NODE;
    *s = (struct stacks){.recording = r, .frames = frames};
    s->of_node = malloc(nodes * sizeof(*s->of_node));
    s->last_place = calloc(frames->count, sizeof(*s->last_place));
    s->last_stamp = calloc(frames->count, sizeof(*s->last_stamp));
    if (!s->of_node || !s->last_place || !s->last_stamp) {
        stacks_free(s);
        return -1;
    }
    memset(s->of_node, 0xff, nodes * sizeof(*s->of_node));
    return 0;
}

static int push(struct stacks *s, uint32_t *count, const uint32_t *frames, uint32_t n)
{
    if (s->scratch_room - *count < n) {
        uint32_t room = (*count + n) * 2 + 256;
        uint32_t *scratch = realloc(s->scratch, room * sizeof(*scratch));
        if (!scratch)
            return -1;
        s->scratch = scratch;
        s->scratch_room = room;
    }
    memcpy(s->scratch + *count, frames, n * sizeof(*frames));
    *count += n;
    return 0;
}

/* Drops the repeats of recursion: where a run of frames is followed by the same run, one
 * stays. A run's length is the distance to the frame's last place, so each frame is compared
 * with one candidate; longer cycles fold after the shorter ones in them have. Returns the
 * new count. */
static uint32_t fold(struct stacks *s, uint32_t count)
{
    uint32_t *list = s->scratch, kept = 0;
    if (++s->stamp == 0) {
        memset(s->last_stamp, 0, s->frames->count * sizeof(*s->last_stamp));
        s->stamp = 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t frame = list[i];
        bool seen = s->last_stamp[frame] == s->stamp;
        uint32_t run = seen ? kept - s->last_place[frame] : 0;
        list[kept++] = frame;
        if (seen && kept >= 2 * run &&
            memcmp(list + kept - run, list + kept - 2 * run, run * sizeof(*list)) == 0) {
            kept -= run;
            for (uint32_t k = kept - run; k < kept; k++)
                s->last_place[list[k]] = k;
            continue;
        }
        s->last_place[frame] = kept - 1;
        s->last_stamp[frame] = s->stamp;
    }
    return kept;
}

static uint32_t end_mark(const struct stacks *s, enum rec_root root)
{
    switch (root) {
    case REC_ROOT_DEPTH:
        return s->frames->omitted;
    case REC_ROOT_LOST:
        return s->frames->unknown;
    case REC_ROOT_UNRECORDED:
        return s->frames->unrecorded;
    default:
        return 0; /* the root frame, which is in no stack */
    }
}

static int push_location(struct stacks *s, uint32_t *count, uint32_t location)
{
    uint32_t n;
    const uint32_t *frames = frames_of(s->frames, location, &n);
    return push(s, count, frames, n);
}

/* Collects the frames of a node and its ancestors, and of the functions that left by a tail call
 * between them; the root it ends at goes to *root. */
static int collect(struct stacks *s, uint32_t node, uint32_t *count, enum rec_root *root)
{
    const struct rec_node *nodes = s->recording->nodes;
    uint32_t inner = RECORDING_NO_LOCATION;
    *count = 0;
    for (uint32_t steps = 0; node >= REC_FIRST_REAL_NODE; node = nodes[node].parent, steps++) {
        if (steps == NODES_MOST) {
            *root = REC_ROOT_DEPTH;
            return 0;
        }
        uint32_t location = nodes[node].location;
        uint32_t tail = frames_tail_call(s->frames, inner, location);
        if ((tail != RECORDING_NO_LOCATION && push_location(s, count, tail) != 0) ||
            push_location(s, count, location) != 0)
            return -1;
        inner = location;
    }
    *root = (enum rec_root)node;
    return 0;
}

int64_t stacks_of_node(struct stacks *s, uint32_t node)
{
    if (s->of_node[node] != STACKS_NONE)
        return s->of_node[node];
    uint32_t count;
    enum rec_root root;
    if (collect(s, node, &count, &root) != 0)
        return -1;
    uint32_t mark = end_mark(s, root);
    if (count + (mark != 0) > STACKS_MOST_FRAMES)
        count = fold(s, count);
    if (count + (mark != 0) > STACKS_MOST_FRAMES) {
        count = STACKS_MOST_FRAMES - 1;
        mark = s->frames->omitted;
    }
    if (mark && push(s, &count, &mark, 1) != 0)
        return -1;
    int64_t number = intern_bytes(&s->lists, s->scratch, count * sizeof(*s->scratch));
    if (number >= 0)
        s->of_node[node] = (uint32_t)number;
    return number;
}

enum rec_root stacks_root(const struct stacks *s, uint32_t node)
{
    for (uint32_t steps = 0; node >= REC_FIRST_REAL_NODE; steps++) {
        if (steps == NODES_MOST)
            return REC_ROOT_DEPTH;
        node = s->recording->nodes[node].parent;
    }
    return (enum rec_root)node;
}

const uint32_t *stacks_get(const struct stacks *s, uint32_t stack, uint32_t *count)
{
    size_t bytes;
    const uint32_t *list = intern_get(&s->lists, stack, &bytes);
    *count = (uint32_t)(bytes / sizeof(*list));
    return list;
}

void stacks_free(struct stacks *s)
{
    intern_free(&s->lists);
    free(s->of_node);
    free(s->scratch);
    free(s->last_place);
    free(s->last_stamp);
    *s = (struct stacks){0};
}
