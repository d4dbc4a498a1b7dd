/* elf_file.h - an executable or library on disk: what is in it besides code.
 *
 * Opens the file that a module was mapped from and, where that was stripped, the separate
 * debug file that a distribution keeps for it, in the places that gdb looks in. Nothing is
 * fetched over a network. One thread at a time per struct.
 */
#ifndef HEAPCOACH_ELF_FILE_H
#define HEAPCOACH_ELF_FILE_H

#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>

struct elf_symbol {
    uint64_t start, end; /* link-time addresses [start, end) */
    const char *name;    /* mangled; lies in the file's string table */
};

struct elf_file {
    int fd, debug_fd; /* -1: not open */
    uint64_t bytes, debug_bytes;
    Elf *elf, *debug_elf; /* debug_elf: NULL where there is no separate file */
    Dwarf *dwarf;         /* NULL: no debug information */
    uint8_t build_id[32];
    unsigned build_id_bytes;    /* 0: none */
    struct elf_symbol *symbols; /* owned; functions, by address, one per address */
    uint32_t symbol_count;
    bool full_table; /* the symbols are those of .symtab, not only the exported ones */
};

extern const char elf_file_no_memory[];

/* Opens. NULL, and the caller owns *file until elf_file_close; or a constant text that says
 * why not, and there is nothing to close: elf_file_no_memory, or one about the file. */
const char *elf_file_open(struct elf_file *file, const char *path);

/* Reads symbols and debug information, of which there may be none. Where memory is short
 * there are fewer. */
void elf_file_read_symbols(struct elf_file *file, const char *path);

/* Reads the symbols alone. */
void elf_file_read_table(struct elf_file *file, const char *path);

/* The symbol that an address lies in, NULL if none. Belongs to the file. */
const struct elf_symbol *elf_file_symbol(const struct elf_file *file, uint64_t address);

/* The code of an x86-64 file, its section .text, at link-time addresses [*start, *end). NULL: there
 * is none, or it is another processor's. Belongs to the file. */
const uint8_t *elf_file_code(const struct elf_file *file, uint64_t *start, uint64_t *end);

/* A word of memory that the loader makes an address in the file itself: a slot of the global offset
 * table. Both link-time. */
struct elf_pointer {
    uint64_t at, to;
};

/* All of them that an x86-64 file relocates so, by address. The caller frees it; NULL, and *count
 * is 0: none, or no memory. */
struct elf_pointer *elf_file_pointers(const struct elf_file *file, uint32_t *count);

/* The text after `prefix` in .comment up to a blank, as "1.95.0" for "rustc version ". false
 * and "" if it is not there. */
bool elf_file_comment(const struct elf_file *file, const char *prefix, char *text, size_t n);

/* Whether another program has cut a file short since it was opened: what was read behind its new
 * end is zeros. */
bool elf_file_cut_short(const struct elf_file *file);

/* Frees everything; harmless on a struct that elf_file_open refused or zeroed with fds -1. */
void elf_file_close(struct elf_file *file);

/* Runs `body`, which reads the file's symbols and debug information, and returns what it does.
 * Without it libdw ends the process when it has no memory; with it the result is -1, file->dwarf is
 * NULL, and what libdw held is lost. */
int elf_file_try(struct elf_file *file, int (*body)(void *context), void *context);

#endif
