/* recording.h - a recording, opened and checked.
 *
 * recording_open is the door: the file is not trusted before it and is trusted after it.
 * What cannot be a recording of this version is refused. What can happen to an honest one
 * is not: a program that was killed leaves elements that were handed out and not filled in,
 * a full disk or a copy cut short leaves chunks missing, and a program that still runs goes
 * on writing while we read. So elements that do not make sense are skipped or charged to
 * REC_ROOT_UNRECORDED, and counted in `repaired`.
 *
 * Afterwards every index that an accessor gives is in range: parents are below their
 * children, locations name modules that exist, texts end with NUL. The small arrays are
 * copies, taken once. Counters are copied out one at a time, because they may still change.
 *
 * Reading needs no lock; one struct may be read by several threads after recording_open.
 */
#ifndef HEAPCOACH_RECORDING_H
#define HEAPCOACH_RECORDING_H

#include "analyzer/core/error.h"
#include "preload/recording_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_NO_LOCATION UINT32_MAX /* a node whose return address is not in the file */

struct recording {
    char *path;                /* owned */
    struct rec_header *header; /* owned copy; its counts are cut to what the file holds */
    struct rec_node *nodes;    /* owned copies, header->count[...] elements each */
    struct rec_location *locations;
    struct rec_module *modules; /* those with end 0 are to be skipped */
    struct rec_thread *threads; /* those with live 0 are to be skipped */
    char *text;                 /* ends with a NUL */
    struct rec_line *line;      /* owned copy of the line over time: within the run, totals never
                                 * fall; NULL: none */
    int fd;                     /* the file, for recording_is_whole; -1: none */
    uint64_t file_bytes;        /* how long it is: an open one reaches beyond its chunks */
    bool truncated;    /* chunks or elements that the header speaks of are not in the file */
    uint64_t repaired; /* elements that did not make sense, see above */

    double ns_per_tick; /* of the recording machine's clock */
    double ns_per_unit; /* of durations in counters */
    uint64_t end_ticks; /* when the program ended, or was last seen alive */
    uint64_t end_units; /* the same as units since the start */

    const unsigned char *map;     /* the whole file, read-only */
    uint32_t *chunks[REC_ARRAYS]; /* owned: chunk i of an array is chunk chunks[a][i] of the file */
};

/* Opens and checks. 0, and the caller owns *recording until recording_close; or -1 with the
 * reason, and nothing to close. */
int recording_open(struct recording *recording, const char *path, struct error *e);

/* Frees everything; harmless on a struct that recording_open refused. */
void recording_close(struct recording *recording);

/* To be asked when all has been read, before it is believed: 0, or -1 where another program has cut
 * the file short meanwhile. What was read behind its new end is zeros. */
int recording_is_whole(const struct recording *recording, struct error *e);

/* How many bytes of the file header and chunks take. */
uint64_t recording_used_bytes(const struct recording *recording);

/* The text at an offset of REC_TEXT; "" if there is none. Ends with NUL; belongs to the
 * recording. */
const char *recording_text(const struct recording *recording, uint64_t offset);

/* `length` bytes at an offset of REC_TEXT, for the list of arguments; *length is cut to what
 * is there. Never NULL. */
const char *recording_text_bytes(const struct recording *recording, uint64_t offset,
                                 uint64_t *length);

/* Copies of element `index` (below header->count[array]); false: to be skipped. record->node,
 * record->thread, record->growth, record->timed, chain->record, link->from and link->to are in
 * range, and so is where histograms and series lie. A record has all that follows from its blocks'
 * one size, but no histogram of it. */
bool recording_record(const struct recording *recording, uint32_t index, struct rec_record *record);
bool recording_growth(const struct recording *recording, uint32_t index, struct rec_growth *growth);
bool recording_timed(const struct recording *recording, uint32_t index, struct rec_timed *timed);
bool recording_chain(const struct recording *recording, uint32_t index, struct rec_chain *chain);
bool recording_link(const struct recording *recording, uint32_t index, struct rec_link *link);

/* Adds the counts of a copied element's histogram to to[REC_BUCKETS]. */
void recording_add_histogram(const struct recording *recording,
                             const struct rec_histogram *histogram, uint64_t *to);

/* How many blocks the thread of a copied record has freed. */
uint64_t recording_frees(const struct rec_record *record);

/* Adds all births of a copied record, by size, and all its frees, by how long the blocks had lived:
 * each to[REC_BUCKETS]. */
void recording_add_histograms(const struct recording *recording, const struct rec_record *record,
                              uint64_t *sizes, uint64_t *life_allocs, uint64_t *life_units);

/* The points of a copied record's line over time; those from record->series_count on are none. */
struct rec_series recording_series(const struct recording *recording,
                                   const struct rec_record *record);

/* How good a record's estimates are; false: every event was recorded, or there was no room. */
bool recording_sample(const struct recording *recording, uint32_t index, struct rec_sample *sample);

/* Durations and times. Microseconds, rounded down, saturated. */
uint64_t recording_units_to_us(const struct recording *recording, uint64_t units);
uint64_t recording_ticks_to_us(const struct recording *recording, uint64_t ticks);

#endif
