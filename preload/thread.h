/* thread.h - what the recorder keeps for each thread.
 *
 * Only the thread itself touches its struct thread, so nothing in it is atomic. It is
 * anonymous memory, never freed: when the thread has ended (the kernel says so when a new
 * thread asks for a set), the next thread takes it over, counters included. No destructor
 * is needed for that, so a thread may allocate until its very last instruction.
 */
#ifndef HEAPCOACH_THREAD_H
#define HEAPCOACH_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/hidden.h"
#include "preload/recording.h"
#include "preload/recording_format.h"
#include "preload/rows.h"
#include "preload/walk_memory.h"

/* One place of a per-thread table from node to counter record, a cache line. Nodes that are made
 * one after the other, as those of new stacks are, share it. */
enum { RECORD_SLOT_NODES = 15 };
struct record_slot {
    uint32_t group;                      /* node / RECORD_SLOT_NODES + 1; 0: empty */
    uint32_t handles[RECORD_SLOT_NODES]; /* recording_record_handle; 0: none */
};

/* One place of a per-thread table of site pairs. */
struct link_slot {
    uint32_t from, to, kind; /* kind 0: empty */
    uint32_t index;          /* in REC_LINKS */
};

enum { THREAD_SETS_MAX = 65536 };

/* An entry that is empty for ever. */
struct block_entry;
HIDDEN extern struct block_entry thread_no_block;

/* Nothing that a program may free: NULL it may. */
#define THREAD_NO_ADDRESS UINTPTR_MAX

struct thread {
    /* read and written by every event */
    struct rec_thread *counts; /* this set's row in the recording */
    uint64_t now;              /* the clock as last read, in ticks since the start */
    uint64_t units;            /* the same in units */
    uint32_t index;            /* of counts in REC_THREADS */
    uint32_t interval;         /* what the countdown was set to */
    /* the live total's part that the others do not know of yet; see counters.h */
    int64_t unpublished, slack;
    /* the latest allocation, to see handovers; an empty entry: none, or already part of one. When
     * it was freed another thread's block may stand there */
    struct block_entry *last;
    /* Its address, and the first word of its entry; THREAD_NO_ADDRESS: the clock was read since, or
     * it went recorder.c's way. */
    uintptr_t last_address;
    uint64_t last_first;
    /* Where it says whether the program has this thread alone: as soon as it has not, a byte that
     * nobody writes. glibc's own lies among what it writes, and each event asks */
    const char *single;
    bool holds, changing; /* see holder.h; others read them */
    /* now and then */
    int32_t *countdown;       /* gate_countdown(index of this set) */
    uint32_t random;          /* for intervals */
    uint32_t clock_quick;     /* readings in a row that found little time gone by */
    uint32_t clock_spread;    /* how far apart they are; see clock.h */
    int32_t cost_left;        /* calls until one is timed */
    uint64_t next_sample;     /* counts->frees when the next one is to be walked, at least */
    bool timed;               /* the next real call is to be timed */
    uint8_t paid_kind;        /* enum rec_cost of the call that was timed, */
    bool paid_slow;           /* see rec_cost_bucket, */
    uint64_t paid_ticks;      /* 0: none that is still to be charged to its record */
    struct rec_record *acted; /* the record of the latest event that went recorder.c's way */
    uint64_t total_seen;      /* the live total as this thread left it, */
    uint32_t total_shared;    /* how much speaks against `slack` as it is; see note_sharing */
    int32_t alone_for;        /* how many times in a row it met nobody; below 0: not to be asked, */
    uint64_t others_events;   /* and the others' when it was last asked; see holder.c */
    uint32_t epochs_near;     /* how many epochs were met in a row, little apart; see note_epoch */
    uint64_t epoch;           /* the latest, */
    uint64_t epoch_allocs;    /* and counts->allocs then */
    /* tables; they grow */
    struct record_slot *records;
    struct link_slot *links;
    uint32_t records_bits, record_slots_used, records_used;
    uint32_t links_bits, links_used;
    uint32_t free_chain; /* first of this thread's free REC_CHAINS, linked through `record` */
    struct walk_memory walk;
    struct rows record_rows, link_rows, growth_rows, chain_rows;
};

/* Once, by the process's first thread, before any set is made. */
void threads_start(void);

/* The thread's set, taken over or made new; NULL when there is no memory or no room. The caller
 * is not ready for others. A few system calls. */
struct thread *thread_register(void);

/* In a forked child: all sets were the parent's. */
void threads_forget(void);

/* Set number i of those that there are; NULL: there are not so many. Any thread may ask. */
struct thread *threads_at(uint32_t i);

/* This thread's counter record for a site, made if need be; NULL: no room. */
struct rec_record *thread_record(struct thread *t, uint32_t node);

/* A record's set and flags. Any thread may ask, while the set's own changes a flag. */
static HOT uint32_t thread_record_word(const struct rec_record *r)
{
    return __atomic_load_n(&r->thread, __ATOMIC_RELAXED);
}

/* The flags are for the record's own thread to change. */
static inline void thread_record_flags(struct rec_record *r, uint32_t set, uint32_t clear)
{
    __atomic_store_n(&r->thread, (r->thread | set) & ~clear, __ATOMIC_RELAXED);
}

/* For thread_link, by the table of links. */
struct rec_link *thread_find_link(struct thread *t, enum rec_link_kind kind,
                                  struct rec_record *from, uint32_t to);

static inline bool thread_owns(const struct thread *t, const struct rec_record *r)
{
    return (thread_record_word(r) & REC_RECORD_THREAD) == t->index;
}

/* This thread's row for a pair of sites, made if need be; NULL: no room, or too many handovers.
 * `from`: any thread's record for the site that a block was born at. The table is far from all that
 * an event touches; the record is at hand, and mostly says it. */
static inline struct rec_link *thread_link(struct thread *t, enum rec_link_kind kind,
                                           struct rec_record *from, uint32_t to)
{
    uint32_t latest = thread_owns(t, from) ? from->latest_links[kind - 1] : 0;

    if (__builtin_expect(latest && recording_link(latest)->to == to, 1))
        return recording_link(latest);
    return thread_find_link(t, kind, from, to);
}

#endif
