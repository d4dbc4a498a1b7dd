/* fingerprint.h - whole stacks known by a hash of the slots that a walk of them reads.
 *
 * The first and quickest look-up of a stack. Where a walk from (function, pc, sp) has read its
 * slots is remembered as a shape: a list of offsets from sp. What stands there now is hashed, and
 * the hash leads to the thread's counters for the site. It costs less than four instructions a
 * slot, no more for a stack that differs from the one before than for the same one, and reads
 * little memory of its own: the values themselves need not be kept.
 *
 * WHY IT SUFFICES. The address of each slot follows from (pc, sp, rbp) and the slots before it
 * (walk_memory.h). So if all slots of the shape hold what they held when it was learnt, a walk
 * would go the same way and end at the same site. The hash is 64 bits wide. Two stacks of one
 * shape that differ in one slot never have the same (each step is a bijection); two that differ in
 * more have it with a chance of about 2^-59 (see fingerprint_pair for two next to each other). Only
 * a stack that is not yet known can be taken for another: with a million of them, once in 10^11
 * runs.
 *
 * FORKS. Stacks of different shapes may come to one place: all of C++ calls malloc from operator
 * new. Then the place is a fork: it has one slot in which they differ, and what stands there
 * leads to a shape, or to another fork. A slot chooses nothing but the shape to try, so a wrong
 * choice finds no answer.
 *
 * What is not found here is walked (walk.h), and learnt when it comes again. A place whose shape
 * keeps changing (frames of variable size between the same two addresses) is walked each time.
 *
 * One thread at a time (the next one of a set: walk_hand_over); nothing is locked, allocated or
 * called on the way of fingerprint_find. Every slot read lies between sp and the end of the
 * thread's stack, as it did when it was learnt.
 */
#ifndef HEAPCOACH_FINGERPRINT_H
#define HEAPCOACH_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/hidden.h"
#include "preload/recording_format.h"
#include "preload/table.h"
#include "preload/walk_memory.h"

/* An odd number whose multiples spread well: 2^64 / golden ratio. */
#define FINGERPRINT_FACTOR 0x9e3779b97f4a7c15u

static HOT uint64_t fingerprint_mix(uint64_t sum, uint64_t value)
{
    return (sum << 29 | sum >> 35) * FINGERPRINT_FACTOR ^ value;
}

/* What stands for the place of a call of an interposed function. */
static inline uintptr_t fingerprint_key(unsigned function, uintptr_t pc)
{
    return (uintptr_t)function << 48 | pc;
}

/* Where the search for (key, sp) begins, in bytes from the start of the table, and beyond. */
static HOT uint64_t fingerprint_shape_start(uintptr_t key, uintptr_t sp)
{
    return ((key ^ sp << 7) * FINGERPRINT_FACTOR) >> 32;
}

static HOT struct fingerprint_shape *fingerprint_shape_at(const struct fingerprints *f, uint64_t i)
{
    return (struct fingerprint_shape *)((char *)f->shapes + (i & f->shapes_mask));
}

/* Which shape stands for (key, sp): NULL if none. */
static HOT struct fingerprint_shape *fingerprint_shape(const struct fingerprints *f, uintptr_t key,
                                                       uintptr_t sp)
{
    for (uint64_t i = fingerprint_shape_start(key, sp);; i += sizeof(struct fingerprint_shape)) {
        struct fingerprint_shape *s = fingerprint_shape_at(f, i);
        if (__builtin_expect(s->key == key && s->sp == sp, 1))
            return s;
        if (s->key == 0)
            return NULL;
    }
}

/* In the key of a place whose shape keeps changing. */
#define FINGERPRINT_UNSTEADY ((uintptr_t)1 << 63)

static HOT uint64_t fingerprint_slot(uintptr_t sp, uint32_t offset)
{
    return walk_slot((const uintptr_t *)(sp + offset));
}

/* The key of the place that the fork `s` leads to now. */
static HOT uintptr_t fingerprint_branch(const struct fingerprint_shape *s, uintptr_t sp)
{
    uintptr_t key = fingerprint_mix(s->key + s->fork_at, fingerprint_slot(sp, s->fork_at));

    return (key | 1) & ~FINGERPRINT_UNSTEADY;
}

/* Two slots as one number; different numbers where one of the two differs. Where both do, the
 * differences cannot cancel out, but between code that lies more than 2 GiB apart, and then by a
 * chance of 2^-31 or less. The rotation is by an odd number of bits, so that one slot taken twice
 * still tells all addresses apart. */
static HOT uint64_t fingerprint_pair(uint64_t a, uint64_t b)
{
    return a ^ (b << 31 | b >> 33);
}

/* The hash of what stands in the shape's slots. Multiplications are what takes the time, one at a
 * time: so one for two slots. */
static HOT uint64_t fingerprint_of(const struct fingerprint_shape *s, uintptr_t sp, uintptr_t rbp)
{
    const uint32_t *at = s->offsets, *end = at + s->count;
    uint64_t a = s->seed, b = rbp & s->rbp_mask;

    do {
        a ^= fingerprint_pair(fingerprint_slot(sp, at[0]), fingerprint_slot(sp, at[1]));
        b ^= fingerprint_pair(fingerprint_slot(sp, at[2]), fingerprint_slot(sp, at[3]));
        a *= FINGERPRINT_FACTOR;
        b *= FINGERPRINT_FACTOR;
        at += 4;
    } while (at != end);
    return fingerprint_mix(a, b);
}

/* The place of a hash in the table of answers: its own, or the empty one where it would be. */
static HOT struct fingerprint_answer *fingerprint_answer(const struct fingerprints *f,
                                                         uint64_t hash)
{
    uint64_t i = (hash * FINGERPRINT_FACTOR) >> f->answers_shift;

    while (f->answers[i].site.node && f->answers[i].hash != hash)
        i = (i + 1) & f->answers_mask;
    return &f->answers[i];
}

/* Part of the key where the answer is a node, so that one place may have both kinds. */
#define FINGERPRINT_NODE ((uintptr_t)1 << 62)

static inline struct fingerprint_site fingerprint_record(struct rec_record *record)
{
    return (struct fingerprint_site){.record = record};
}

static inline struct fingerprint_site fingerprint_node(uint32_t node)
{
    return (struct fingerprint_site){.node = node};
}

/* What the stack that stands in memory now leads to, as it was learnt with the same key: function
 * << 48 | pc, and FINGERPRINT_NODE if a node. Both of its members are 0 if it is not known. */
static HOT struct fingerprint_site fingerprint_find(const struct fingerprints *f, uintptr_t key,
                                                    uintptr_t sp, uintptr_t rbp)
{
    struct fingerprint_shape *s = fingerprint_shape(f, key, sp);

    while (__builtin_expect(!s || s->count == 0, 0)) {
        if (!s)
            return fingerprint_node(0);
        s = fingerprint_shape(f, fingerprint_branch(s, sp), sp);
    }
    uint64_t hash = fingerprint_of(s, sp, rbp);
    if (__builtin_expect(hash == s->last_hash, 1))
        return s->last_site;
    struct fingerprint_site site = fingerprint_answer(f, hash)->site;
    if (site.node) {
        s->last_hash = hash;
        s->last_site = site;
    }
    return site;
}

/* Maps the tables, small at first. False without memory. */
bool fingerprint_start(struct fingerprints *f);

/* Makes the pages of the hash tables present, for a thread that will need them: hashes soon come to
 * all of them, and look first, so that each would be a fault for that and one for writing. */
void fingerprint_fill(struct fingerprints *f);

/* Forgets everything: a library was closed, or the stack is another thread's. */
void fingerprint_forget(struct fingerprints *f);

/* Remembers that the stack which stands in memory now, of those slots, outermost first, leads to
 * `site`. uses_rbp: the caller's rbp is one of the slots beside these. Slots below sp or too far
 * above it are not learnt. May forget all others. Slow path. */
void fingerprint_learn(struct fingerprints *f, uintptr_t key, uintptr_t sp, uintptr_t rbp,
                       bool uses_rbp, const struct base_slot *slots, uint32_t count,
                       struct fingerprint_site site);

#endif
