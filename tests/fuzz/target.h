/* target.h - what a fuzz target is, and what the targets share.
 *
 * A target is one file target_NAME.c that feeds one noun with bytes of an enemy's: it looks at
 * nothing but its input, keeps nothing from one input to the next, and frees all it allocates. It
 * is linked with libFuzzer, or with replay.c, which reads inputs from files.
 *
 * What must hold of any input, besides that the sanitizers have nothing to say, is stated by
 * MUST: it ends the program as a sanitizer would.
 */
#ifndef HEAPCOACH_TESTS_FUZZ_TARGET_H
#define HEAPCOACH_TESTS_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's names. The mutator is there in targets whose input is a structure of numbers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

#define MUST(truth)                                                                                \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #truth);                 \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Takes `n` bytes from the front of the input, less where it has less; the rest of *to is zero. */
void target_take(const uint8_t **data, size_t *size, void *to, size_t n);

/* A file with these bytes, in memory, for what wants a path. Closed by target_close_file, after
 * which the path is nothing. */
struct target_file {
    int fd;
    char path[32];
};
struct target_file target_open_file(const void *bytes, size_t n);
void target_close_file(struct target_file *file);

/* A stream into memory. target_written ends it: the text, NUL-terminated, until the next one is
 * begun. */
FILE *target_begin_text(void);
const char *target_written(size_t *n);

/* JSON, all of it, and UTF-8. */
void target_must_be_json(const char *text, size_t n);

/* UTF-8 whose only control characters are line ends: what may go to a terminal. */
void target_must_be_printable(const char *text, size_t n);

#endif
