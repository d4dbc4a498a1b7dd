/* allocator.h - the verdict on the allocator of the whole program: what the rule "allocator" came
 * to, with its figures. The rules fill it, renderers show it. A plain value; texts are static or
 * belong to the struct findings that holds it.
 */
#ifndef HEAPCOACH_ALLOCATOR_H
#define HEAPCOACH_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

/* X(name, key, sentence): the key is what JSON says. */
#define ALLOCATOR_VERDICTS(X)                                                                      \
    X(UNKNOWN, "unknown", "nothing can be said: the file does not tell what the calls took")       \
    X(LIGHT, "light", "the allocator takes too little of the time for another one to matter")      \
    X(LINES_FIRST, "lines-first",                                                                  \
      "a few lines make most of the calls, and edits save much of them: these come first")         \
    X(NO_LINES, "no-lines",                                                                        \
      "a few places make most of the calls: whether edits save them cannot be told without lines") \
    X(CACHED, "cached",                                                                            \
      "blocks are freed at once and come back from the thread's cache: another allocator gains "   \
      "next to nothing")                                                                           \
    X(SMALL_HEAP, "small-heap",                                                                    \
      "few blocks live at once and one thread that makes them: nothing for another allocator to "  \
      "do better")                                                                                 \
    X(SHORT_THREADS, "short-threads",                                                              \
      "many short threads: allocators that set up a heap per thread lose here")                    \
    X(TRY, "try", "another allocator may gain: try one before changing code")                      \
    X(OTHER, "other", "the program brings an allocator of its own")

enum allocator_verdict_kind {
#define ALLOCATOR_ENUM(name, key, sentence) ALLOCATOR_##name,
    ALLOCATOR_VERDICTS(ALLOCATOR_ENUM)
#undef ALLOCATOR_ENUM
        ALLOCATOR_VERDICT_COUNT
};

struct allocator_verdict {
    enum allocator_verdict_kind kind;
    const char *key;      /* of the verdict; NULL before the rules have been asked */
    const char *verdict;  /* its sentence */
    const char *figures;  /* a sentence of what it rests on */
    const char *advice;   /* what to run or to write, or "" */
    uint64_t calls;       /* of malloc and friends, realloc, free */
    double ns;            /* that they took by the real allocator's costs */
    double share;         /* of the un-instrumented CPU time; 0 with the usual costs */
    bool measured;        /* the costs were timed in this run; else the usual ones stand in */
    double top_share;     /* of the calls: the line that makes the most */
    uint64_t edits_ns;    /* that the edits of the user's own lines save which are worth it */
    double foreign_share; /* of the calls: by code in C, which a global allocator does not reach */
    double cached_share;  /* of the freed blocks: small, and freed before 16 others were made */
    uint64_t most_live_blocks; /* at the peak */
    uint64_t threads;          /* that allocated */
    uint64_t spawned;          /* threads spawned in all */
};

extern const char *const allocator_verdict_keys[ALLOCATOR_VERDICT_COUNT];
extern const char *const allocator_verdict_sentences[ALLOCATOR_VERDICT_COUNT];

#endif
