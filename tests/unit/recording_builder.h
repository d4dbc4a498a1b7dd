/* recording_builder.h - writes recordings for tests, by the rules of recording_format.h.
 *
 * Elements are added in any order and get the index that the recorder would give them; the
 * chunks of the arrays are mixed in the file, so that no reader gets away with taking an
 * array for contiguous. The header may be changed at will before writing, to lie. Failures
 * (no memory, no file) end the test by assertion.
 */
#ifndef HEAPCOACH_RECORDING_BUILDER_H
#define HEAPCOACH_RECORDING_BUILDER_H

#include "preload/recording_format.h"

#include <stddef.h>
#include <stdint.h>

struct recording_builder {
    struct rec_header header; /* counts and chunks are set when writing, unless set before */
    struct {
        unsigned char *bytes;
        uint64_t count, room;
    } arrays[REC_ARRAYS];
};

/* An empty, sealed recording of a program "/no/such/demo" with pid 4711 that ran 1 ms with a
 * clock of 1 tick per ns and units of 1024 ticks; it has the roots, the locations of the
 * functions, and element 0 of every array that has one. */
void builder_init(struct recording_builder *b);

/* Adds an element of the array's own size and returns its index. */
uint32_t builder_add(struct recording_builder *b, enum rec_array array, const void *element);

/* An element that was added, to fill it in; valid until the next builder_add to its array. */
void *builder_get(struct recording_builder *b, enum rec_array array, uint32_t index);

/* Shorthands. */
uint64_t builder_text(struct recording_builder *b, const char *text);
uint32_t builder_module(struct recording_builder *b, const char *path, uint64_t start,
                        uint64_t end);
uint32_t builder_location(struct recording_builder *b, uint64_t pc, uint32_t module);
uint32_t builder_node(struct recording_builder *b, uint32_t parent, uint32_t location);
uint32_t builder_thread(struct recording_builder *b, const char *name);
struct rec_record *builder_record(struct recording_builder *b, uint32_t node, uint32_t thread);

/* Adds n to a bucket of an element's histogram, which begins at the first bucket told of, or at 0
 * where the element was zeroed. */
void builder_count(struct recording_builder *b, struct rec_histogram *histogram, unsigned bucket,
                   uint32_t n);

/* Argv, `bytes` with a NUL behind each argument. */
void builder_command(struct recording_builder *b, const char *arguments, size_t bytes);

/* The whole file as it would be written; *size gets its length. The caller frees it. */
unsigned char *builder_bytes(struct recording_builder *b, size_t *size);

void builder_write(struct recording_builder *b, const char *path);
void builder_free(struct recording_builder *b);

/* Writes bytes to a file. */
void builder_write_bytes(const char *path, const void *bytes, size_t size);

#endif
