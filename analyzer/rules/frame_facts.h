/* frame_facts.h - what one frame tells by its name and place, whatever stack it is in. Private to
 * the facts.
 */
#ifndef HEAPCOACH_FRAME_FACTS_H
#define HEAPCOACH_FRAME_FACTS_H

#include "analyzer/core/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Marks that only mean something together with others; above all facts. */
enum frame_mark {
    FRAME_EMPTY = 1ull << 57,       /* VecDeque::new, which allocated in std before 1.67 */
    FRAME_EXCHANGE = 1ull << 58,    /* exchange_malloc, under Box::new and old vec![a, b] */
    FRAME_READ_LINE = 1ull << 59,   /* read_line itself, not read_until */
    FRAME_FINISH_GROW = 1ull << 60, /* of raw_vec, for growth of either kind */
    FRAME_IO_NEXT = 1ull << 61,     /* an iterator of std::io */
    FRAME_NEW_UNINIT = 1ull << 62,  /* Box::new_uninit of an array */
    FRAME_MARKS = 63ull << 57
};

/* The facts and marks that the frame alone gives. */
uint64_t frame_facts(const struct profile_frame *frame);

/* Is it code that containers are made of: std's, or a crate that stands for std here (hashbrown,
 * indexmap, and allocator_api2 between them and the allocator)? */
bool frame_is_library(const struct profile_frame *frame);

/* The function's own name, without path and arguments; of a closure that of the function around
 * it. Returns its length, less than n. */
size_t frame_base(const struct profile_frame *frame, char *to, size_t n);

#endif
