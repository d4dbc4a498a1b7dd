/* fingerprint.c - learns whole stacks; see fingerprint.h.
 *
 * Called by the recorder after a stack was found in a slower way. Always holds: an answer was
 * given under a shape that is still the one of its place, or can no longer be found, since the
 * shape's own offsets are part of the hash (its seed).
 */
#include "preload/fingerprint.h"

#include "preload/memory.h"

enum {
    SHAPES_FIRST_BITS = 10,
    ANSWERS_FIRST_BITS = 12,
    OFFSETS_FIRST = 1 << 15,
    SCALE_MAX = 8, /* the tables may grow by 2^8, two steps at a time */
    CHANGES_MAX = 8,
    FORKS_MAX = 16 /* one after the other */
};

static size_t shapes_bytes(uint32_t scale)
{
    return sizeof(struct fingerprint_shape) << (SHAPES_FIRST_BITS + scale);
}

static size_t answers_bytes(uint32_t scale)
{
    return sizeof(struct fingerprint_answer) << (ANSWERS_FIRST_BITS + scale);
}

static size_t table_bytes(uint32_t scale)
{
    return shapes_bytes(scale) + answers_bytes(scale) +
           (sizeof(uint32_t) * (size_t)OFFSETS_FIRST << scale);
}

static uint32_t shape_room(const struct fingerprints *f)
{
    return f->shapes_mask / (uint32_t)sizeof *f->shapes + 1;
}

/* Lays the tables out in zeroed memory. */
static void lay_out(struct fingerprints *f, char *memory, uint32_t scale)
{
    f->scale = scale;
    f->shapes = (struct fingerprint_shape *)memory;
    f->shapes_mask = ((1u << (SHAPES_FIRST_BITS + scale)) - 1) * (uint32_t)sizeof *f->shapes;
    f->answers = (struct fingerprint_answer *)(memory + shapes_bytes(scale));
    f->answers_shift = 64 - (ANSWERS_FIRST_BITS + scale);
    f->answers_mask = (1u << (ANSWERS_FIRST_BITS + scale)) - 1;
    f->offsets = (uint32_t *)(memory + shapes_bytes(scale) + answers_bytes(scale));
    f->offsets_room = (uint32_t)OFFSETS_FIRST << scale;
    f->shape_count = f->answer_count = f->offset_count = 0;
}

bool fingerprint_start(struct fingerprints *f)
{
    char *memory = memory_map(table_bytes(0));

    if (memory)
        lay_out(f, memory, 0);
    return memory != NULL;
}

void fingerprint_fill(struct fingerprints *f)
{
    memory_fill(f->shapes, shapes_bytes(f->scale) + answers_bytes(f->scale));
}

void fingerprint_forget(struct fingerprints *f)
{
    if (f->shape_count == 0)
        return;
    for (uint32_t i = 0; i < shape_room(f); i++)
        if (f->shapes[i].key)
            f->shapes[i] = (struct fingerprint_shape){0};
    for (uint32_t i = 0; i <= f->answers_mask; i++)
        if (f->answers[i].site.node)
            f->answers[i].site.node = 0;
    f->shape_count = f->answer_count = f->offset_count = 0;
}

/* The tables are full: forgets everything, in bigger tables if there may be such. */
static void start_over(struct fingerprints *f)
{
    uint32_t scale = f->scale + 2;
    char *memory = scale <= SCALE_MAX ? memory_map_sparse(table_bytes(scale)) : NULL;

    if (!memory) {
        fingerprint_forget(f);
        return;
    }
    memory_unmap(f->shapes, table_bytes(f->scale)); /* no other thread has seen it */
    lay_out(f, memory, scale);
}

/* Tables at most half full, so that what is not there is soon seen not to be. */
static void make_room(struct fingerprints *f, uint32_t slots)
{
    if (f->shape_count >= shape_room(f) / 2 || f->answer_count > f->answers_mask / 2 ||
        f->offset_count + slots > f->offsets_room)
        start_over(f);
}

/* A stack that was walked. */
struct stack {
    uintptr_t sp;
    bool uses_rbp;
    const uintptr_t *const *at; /* its slots */
    uint32_t count;
    uint32_t list;    /* tells lists of slots apart, whatever their order */
    uint32_t forks;   /* passed on the way to its shape */
    uint32_t fork_at; /* of the latest */
};

static uint32_t sum_of(const struct stack *stack)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < stack->count; i++)
        sum += fingerprint_mix((uintptr_t)stack->at[i], (uintptr_t)stack->at[i] >> 3);
    return (uint32_t)(sum >> 32) + stack->uses_rbp;
}

/* The slots' offsets, in order, each once. Returns how many; 0: they cannot be a shape. */
static uint32_t put_offsets(uint32_t *to, const struct stack *stack)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < stack->count; i++) {
        uintptr_t offset = (uintptr_t)stack->at[i] - stack->sp;
        if (offset > UINT32_MAX) /* below sp, too */
            return 0;
        uint32_t j = n; /* they come nearly in order */
        while (j > 0 && to[j - 1] > offset)
            j--;
        if (j > 0 && to[j - 1] == offset)
            continue;
        for (uint32_t k = n++; k > j; k--)
            to[k] = to[k - 1];
        to[j] = (uint32_t)offset;
    }
    return n;
}

/* Both sorted lists in one, each offset once. `to` may overlap b from a_count before it on. */
static uint32_t merge_offsets(uint32_t *to, const uint32_t *a, uint32_t a_count, const uint32_t *b,
                              uint32_t b_count)
{
    uint32_t n = 0, i = 0, j = 0;

    while (i < a_count || j < b_count) {
        bool from_a = j == b_count || (i < a_count && a[i] <= b[j]);
        uint32_t offset = from_a ? a[i++] : b[j++];
        if (n == 0 || to[n - 1] != offset)
            to[n++] = offset;
    }
    return n;
}

/* Whether all of the sorted list `b` are in `a`. Of a shape the last offset may be there again. */
static bool covers(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count)
{
    uint32_t i = 0;

    for (uint32_t j = 0; j < b_count; j++) {
        while (i < a_count && a[i] < b[j])
            i++;
        if (i == a_count || a[i] != b[j])
            return false;
    }
    return true;
}

/* How many offsets two sorted lists have in common, from the first one on. */
static uint32_t count_common(const uint32_t *a, uint32_t a_count, const uint32_t *b,
                             uint32_t b_count)
{
    uint32_t n = 0;

    while (n < a_count && n < b_count && a[n] == b[n])
        n++;
    return n;
}

static uint64_t seed_of(uintptr_t key, uintptr_t sp, bool uses_rbp, const uint32_t *offsets,
                        uint32_t count)
{
    uint64_t seed = fingerprint_mix(fingerprint_mix(key, sp), (uint64_t)count << 1 | uses_rbp);

    for (uint32_t i = 0; i < count; i++)
        seed = fingerprint_mix(seed, offsets[i]);
    return seed;
}

/* The place of a key: its own, or the empty one where it would be. */
static struct fingerprint_shape *place_of(struct fingerprints *f, uintptr_t key, uintptr_t sp)
{
    uint64_t i = fingerprint_shape_start(key, sp);
    struct fingerprint_shape *s;

    for (; s = fingerprint_shape_at(f, i), s->key; i += sizeof *s)
        if ((s->key & ~FINGERPRINT_UNSTEADY) == key && s->sp == sp)
            break;
    return s;
}

/* Counts a sign that a place has no one shape. False: there are too many. */
static bool is_steady(struct fingerprint_shape *s)
{
    if (++s->changes <= CHANGES_MAX)
        return true;
    s->key |= FINGERPRINT_UNSTEADY;
    return false;
}

/* Where the stack's own offsets are put for a while: so far behind those in use that any shape's
 * may be put before them. */
static uint32_t *own_offsets(const struct fingerprints *f)
{
    return &f->offsets[f->offset_count + WALK_SLOTS_MAX];
}

/* Makes `s`, a place for `key`, a shape with the stack's own offsets, and with those that it has
 * had: more slots than a stack needs are as right, as long as they hold the same, and the same
 * stack may be found by one set of slots or another. */
static void reshape(struct fingerprints *f, struct fingerprint_shape *s, uintptr_t key,
                    const struct stack *stack, uint32_t count)
{
    uint32_t *offsets = &f->offsets[f->offset_count];
    bool uses_rbp = stack->uses_rbp || s->rbp_mask;

    count = merge_offsets(offsets, s->offsets, s->count, own_offsets(f), count);
    for (; count % 4 != 0; count++)
        offsets[count] = offsets[count - 1];
    f->shape_count += s->key == 0;
    f->offset_count += count;
    *s = (struct fingerprint_shape){.key = key,
                                    .sp = stack->sp,
                                    .offsets = offsets,
                                    .seed = seed_of(key, stack->sp, uses_rbp, offsets, count),
                                    .rbp_mask = uses_rbp ? ~(uintptr_t)0 : 0,
                                    .list = stack->list,
                                    .count = (uint16_t)count,
                                    .changes = s->changes};
}

/* Makes `s`, a shape or a fork, a fork at the last slot before those in which it differs from the
 * stack's own `count` offsets: what stands there, mostly a return address, says where the next one
 * is. False: the first slot differs already, or the fork before is at that slot. */
static bool fork_off(const struct fingerprints *f, struct fingerprint_shape *s,
                     const struct stack *stack, uint32_t count)
{
    uint32_t common =
        count_common(s->offsets, s->count ? s->count : s->common, own_offsets(f), count);

    if (common == 0 || (stack->forks && s->offsets[common - 1] == stack->fork_at))
        return false;
    *s = (struct fingerprint_shape){.key = s->key,
                                    .sp = s->sp,
                                    .offsets = s->offsets,
                                    .fork_at = s->offsets[common - 1],
                                    .common = (uint16_t)common};
    return true;
}

static bool has_slot(const struct stack *stack, uint32_t offset)
{
    for (uint32_t i = 0; i < stack->count; i++)
        if ((uintptr_t)stack->at[i] == stack->sp + offset)
            return true;
    return false;
}

/* The key beyond all forks that the stack comes to from `key` on. A fork at a slot that is none of
 * the stack's is moved to one before it; what was learnt beyond it is lost. 0: there is none. */
static uintptr_t pass_forks(struct fingerprints *f, uintptr_t key, struct stack *stack)
{
    for (;; stack->forks++) {
        struct fingerprint_shape *s = place_of(f, key, stack->sp);
        if (s->key == 0 || s->count != 0)
            return key;
        if (stack->forks == FORKS_MAX ||
            (!has_slot(stack, s->fork_at) &&
             !fork_off(f, s, stack, put_offsets(own_offsets(f), stack))))
            return 0;
        stack->fork_at = s->fork_at;
        key = fingerprint_branch(s, stack->sp);
    }
}

/* The shape for a stack that comes to `key`, made if need be. NULL: it can have none. */
static struct fingerprint_shape *shape_for(struct fingerprints *f, uintptr_t key,
                                           struct stack *stack, struct fingerprint_site site)
{
    while ((key = pass_forks(f, key, stack)) != 0) {
        struct fingerprint_shape *s = place_of(f, key, stack->sp);
        if (s->key & FINGERPRINT_UNSTEADY)
            return NULL;
        /* The latest stack again, and yet not found: some slot of the shape is none of its. */
        if (s->key && s->last_site.node == site.node && !is_steady(s))
            return NULL;
        if (s->key && s->list == stack->list)
            return s;
        uint32_t *own = own_offsets(f), count = put_offsets(own, stack);
        if (count == 0)
            return NULL;
        bool covered = covers(s->offsets, s->count, own, count);
        if (s->key && covered && (!stack->uses_rbp || s->rbp_mask)) {
            s->list = stack->list;
            return s;
        }
        if (s->key && !covered && !covers(own, count, s->offsets, s->count) &&
            fork_off(f, s, stack, count))
            continue;
        if (s->key && (!is_steady(s) || s->count + count > WALK_SLOTS_MAX))
            return NULL;
        reshape(f, s, key, stack, count);
        return s;
    }
    return NULL;
}

void fingerprint_learn(struct fingerprints *f, uintptr_t key, uintptr_t sp, uintptr_t rbp,
                       bool uses_rbp, const uintptr_t *const *at, uint32_t count,
                       struct fingerprint_site site)
{
    struct stack stack = {.sp = sp, .uses_rbp = uses_rbp, .at = at, .count = count};

    stack.list = sum_of(&stack);
    make_room(f, count + WALK_SLOTS_MAX + 4);
    struct fingerprint_shape *s = shape_for(f, key, &stack, site);
    if (!s)
        return;
    uint64_t hash = fingerprint_of(s, sp, rbp);
    struct fingerprint_answer *answer = fingerprint_answer(f, hash);
    f->answer_count += answer->site.node == 0;
    *answer = (struct fingerprint_answer){hash, site};
    s->last_hash = hash;
    s->last_site = site;
}
