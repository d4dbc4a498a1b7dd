/* memory.h - the recorder's own memory: anonymous mappings, never the program's heap.
 *
 * Everything the recorder keeps beside the recording comes from here and is never given
 * back while the program runs, so that a thread that still reads an outgrown table is safe.
 */
#ifndef HEAPCOACH_MEMORY_H
#define HEAPCOACH_MEMORY_H

#include <stddef.h>

/* Zeroed pages for `bytes`, or NULL when the system refuses. Touched pages cost memory,
 * others only address space. Thread- and signal-safe, errno untouched. */
void *memory_map(size_t bytes);

/* The same for a hash table that is about to be filled: present at once, in huge pages where it is
 * big. A page that is first looked at and then written costs two faults, and in a table of many
 * megabytes nearly every look-up misses the processor's memory of small pages. */
void *memory_map_filled(size_t bytes);

/* The same for one that may stay nearly empty: present where it is touched, in huge pages where it
 * is big. */
void *memory_map_sparse(size_t bytes);

/* Makes the pages of a table present that are about to be filled, as far as the system can. */
void memory_fill(void *at, size_t bytes);

/* Gives back what memory_map, only for mappings that no other thread has seen. */
void memory_unmap(void *at, size_t bytes);

/* Where the next mapping of `bytes` is wished to be. */
void *memory_place(size_t bytes);

/* From now on no more than `bytes` in all. */
void memory_limit(size_t bytes);

/* In a forked child, before anything is mapped anew: gives all back that the parent had mapped. */
void memory_unmap_all(void);

/* Bytes mapped so far. */
size_t memory_mapped(void);

#endif
