/* file_symbols.h - functions of the program by their names, from the symbol table of its file:
 * those that it has for itself, and exports to nobody.
 *
 * For the start alone. Reads the file, never what is mapped of it, so that one that is cut short
 * meanwhile does no harm.
 */
#ifndef HEAPCOACH_FILE_SYMBOLS_H
#define HEAPCOACH_FILE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILE_SYMBOLS_WANTED = 32 }; /* at most, in one search */

struct file_function {
    const char *name;  /* of at most 31 bytes */
    uintptr_t address; /* where the file has it; 0: it has none of that name */
};

/* A section of the file, in the addresses that it was linked for. */
struct file_section {
    uintptr_t address;
    size_t bytes; /* 0: there is none */
};

/* What identifies the file: its program headers as the loader has them. */
struct file_program {
    const void *headers;
    size_t bytes;
};

/* Looks up `count` functions in the file at `path`, and its table of addresses (.got). False: there
 * is no such file, it is not the program's, or has no symbols; then nothing is found. Reads all of
 * its names and symbols, 32 KiB at a time. */
bool file_symbols_find(const char *path, const struct file_program *program,
                       struct file_function *functions, unsigned count, struct file_section *got);

#endif
