/* recording.h - the recording as the recorder writes it: one shared mapped file of arrays.
 *
 * The file's layout is recording_format.h. Here: making it, growing it, handing out
 * elements. Elements never move, so a pointer to one stays good until the process ends.
 */
#ifndef HEAPCOACH_RECORDING_H
#define HEAPCOACH_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/hidden.h"
#include "preload/recording_format.h"

struct recording {
    struct rec_header *header; /* NULL: nothing is recorded */
    uint8_t *base[REC_ARRAYS]; /* where each array's chunks are mapped, side by side */
};

HIDDEN extern struct recording recording;

/* Creates the file (0600, O_EXCL, no link followed) and maps its header. `path` is absolute
 * or relative to the current folder; it must stay valid until the process ends. Returns 0
 * or -errno; then nothing is recorded and no file is left. */
int recording_create(const char *path);

/* From now on, address space for no more than `bytes` in all, and so no bigger file. */
void recording_limit(uint64_t bytes);

/* Gives back what of the address space is reserved beyond a share of `bytes`, and not used yet. May
 * be called at any time; does nothing while another thread is about to use more of it. */
void recording_shrink(uint64_t bytes);

/* Hands out the next n elements of an array, zeroed, whose indexes follow one another: the first
 * one's. All or none: returns 0 when there is no room; rec_header.out_of_room then says why. Takes
 * the recording's lock; slow path only. */
uint32_t recording_add_many(enum rec_array array, uint32_t n);

/* The same for elements in pages of which nobody else has a part: *n of them, at least one, in so
 * many pages, or to the end of a chunk. What is left of the page before stays unused: such elements
 * are all zeros. */
uint32_t recording_add_pages(enum rec_array array, uint32_t pages, uint32_t *n);

/* Appends n bytes to REC_TEXT in one piece; returns their offset, 0 when there is no room. */
uint64_t recording_add_text(const char *bytes, size_t n);

/* Makes the file as long as what it has: while it is written it reaches further. At the end; does
 * nothing while another thread is about to lengthen it. */
void recording_trim(void);

static const uint32_t recording_element_bytes[REC_ARRAYS] = REC_ELEMENT_BYTES;

/* The address of element i of an array, which must have been handed out. Inline, so that the
 * division is by a constant. */
static inline void *recording_element(enum rec_array array, uint32_t i, uint32_t element_bytes)
{
    uint32_t per_chunk = REC_PER_CHUNK(element_bytes);

    return recording.base[array] + (uint64_t)(i / per_chunk) * REC_CHUNK +
           (uint64_t)(i % per_chunk) * element_bytes;
}

/* Hands out one element: its index, and its address in *element; 0 as for recording_add_many. */
static inline uint32_t recording_add(enum rec_array array, void **element)
{
    uint32_t index = recording_add_many(array, 1);

    if (index)
        *element = recording_element(array, index, recording_element_bytes[array]);
    return index;
}

static inline struct rec_module *recording_module(uint32_t i)
{
    return recording_element(REC_MODULES, i, sizeof(struct rec_module));
}

static inline struct rec_location *recording_location(uint32_t i)
{
    return recording_element(REC_LOCATIONS, i, sizeof(struct rec_location));
}

static inline struct rec_node *recording_node(uint32_t i)
{
    return recording_element(REC_NODES, i, sizeof(struct rec_node));
}

static inline struct rec_growth *recording_growth(uint32_t i)
{
    return recording_element(REC_GROWTHS, i, sizeof(struct rec_growth));
}

static inline struct rec_series *recording_series(uint32_t i)
{
    return recording_element(REC_SERIES, i, sizeof(struct rec_series));
}

/* A chunk is full of rows to the last byte. */
static inline struct rec_outliers *recording_outliers(uint32_t i)
{
    return (struct rec_outliers *)recording.base[REC_OUTLIERS] + i;
}

static inline struct rec_chain *recording_chain(uint32_t i)
{
    return recording_element(REC_CHAINS, i, sizeof(struct rec_chain));
}

static inline struct rec_link *recording_link(uint32_t i)
{
    return recording_element(REC_LINKS, i, sizeof(struct rec_link));
}

static inline struct rec_timed *recording_timed(uint32_t i)
{
    return recording_element(REC_TIMED, i, sizeof(struct rec_timed));
}

static inline struct rec_sample *recording_sample(uint32_t i)
{
    return recording_element(REC_SAMPLES, i, sizeof(struct rec_sample));
}

static inline const char *recording_text(uint64_t offset)
{
    return (const char *)recording.base[REC_TEXT] + offset;
}

/* The place of a record in units of 64 bytes from the start of its array, and back: what
 * the block table keeps in 26 bits. */
static inline uint64_t recording_record_handle(const struct rec_record *record)
{
    return ((uintptr_t)record - (uintptr_t)recording.base[REC_RECORDS]) >> 6;
}

static inline struct rec_record *recording_record_at(uint32_t offset)
{
    return (struct rec_record *)(recording.base[REC_RECORDS] + offset);
}

static inline struct rec_record *recording_record(uint32_t handle)
{
    return recording_record_at(handle << 6);
}

/* A handle's index in REC_RECORDS. */
static inline uint32_t recording_record_index(uint32_t handle)
{
    uint32_t per_chunk = REC_PER_CHUNK(sizeof(struct rec_record));

    return handle / (REC_CHUNK >> 6) * per_chunk +
           handle % (REC_CHUNK >> 6) / (uint32_t)(sizeof(struct rec_record) >> 6);
}

/* In a forked child: lets go of the parent's file, of which nothing is written any more. */
void recording_forget(void);

/* The path given to recording_create, "" before. */
const char *recording_path(void);

#endif
