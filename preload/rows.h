/* rows.h - rows of a recording's array that belong to one thread, in pages of its own.
 *
 * Where the rows of different threads lie in turn, one that goes through its own, as a loop over
 * some sites does, makes the processor fetch what comes next in the page, and the others lose what
 * they were about to write, though nobody asked for it. Rows smaller than a cache line are shared
 * outright. So once the program has a second thread each takes whole pages: more with each time,
 * since at the end of a page it is the beginning of the next one that is fetched.
 */
#ifndef HEAPCOACH_ROWS_H
#define HEAPCOACH_ROWS_H

#include "preload/hidden.h"
#include "preload/recording.h"
#include "preload/single.h"

/* Handed out to the thread and not used yet: [next, end). All zeros at first. */
struct rows {
    uint32_t next, end;
    uint32_t pages; /* how many were taken the last time */
};

/* Takes the next pages for `rows`; without room there are none. Takes the recording's lock. */
void rows_take_pages(struct rows *rows, enum rec_array array);

/* The thread's next row of an array, zeroed: its index, and its address in *element; 0: no room.
 * For the owner of `rows` alone. Slow path. Inline, so that divisions are by constants. */
static inline uint32_t rows_take(struct rows *rows, enum rec_array array, void **element)
{
    if (rows->next == rows->end && !single())
        rows_take_pages(rows, array);
    if (rows->next == rows->end) /* alone, or there is no room for a page */
        return recording_add(array, element);
    *element = recording_element(array, rows->next, recording_element_bytes[array]);
    return rows->next++;
}

#endif
