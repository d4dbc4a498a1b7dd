/* elf_facts.h - what can be known about a program before it runs: whether a preloaded
 * library can see its allocations, and how much a profile of it will say.
 *
 * Only the file is read, nothing is run; what it says is believed no further than bounds
 * checks go (libelf's). The facts hold no memory but their own.
 */
#ifndef HEAPCOACH_ELF_FACTS_H
#define HEAPCOACH_ELF_FACTS_H

#include "analyzer/core/error.h"

#include <stdbool.h>
#include <stddef.h>

enum elf_facts_kind {
    ELF_FACTS_PROGRAM, /* an executable for Linux on x86-64 */
    ELF_FACTS_SCRIPT,  /* begins with #! */
    ELF_FACTS_NOT_ELF,
    ELF_FACTS_FOREIGN,   /* of another machine, or 32 bits wide */
    ELF_FACTS_NO_PROGRAM /* a library, an object file, a core */
};

struct elf_facts {
    enum elf_facts_kind kind;
    char interpreter[256]; /* of a script: what stands behind #!; of a program: its loader */
    const char *machine;   /* of ELF_FACTS_FOREIGN: its name; static */
    bool is_static;        /* no loader: nothing can be preloaded */
    bool musl;             /* its loader is musl's */
    bool setid;            /* setuid or setgid bit */
    bool capabilities;     /* file capabilities */
    bool own_malloc;       /* defines malloc itself */
    const char
        *allocator; /* an allocator of its own that is linked in ("jemalloc"), or NULL; static */
    bool allocator_by_text;       /* no symbols: seen from a text in it, so it may be unused */
    const char *allocator_crates; /* the crates that bring it; static */
    /* The allocator's name where Rust's code calls it by way of a table (carried.h), or NULL;
     * static. Whole: never past the table, so that the recorder sees all of it. */
    const char *carried;
    bool carried_whole;
    bool default_allocator; /* Rust's own, which calls malloc, is linked in */
    const char *sanitizer;  /* "AddressSanitizer", ...; or NULL; static */
    bool rust;
    char rustc[32]; /* its compiler's version, or "" */
    bool symbols;   /* has a symbol table */
    bool debug;     /* has debug information of any kind, perhaps in a file of its own */
    bool lines;     /* has line numbers for code that is not the standard library's */
};

/* Whether the recorder sees what Rust's code asks of an allocator that the program carries. */
static inline bool elf_facts_is_carried_seen(const struct elf_facts *facts)
{
    return facts->carried && facts->carried_whole;
}

/* Reads the file at path. 0, or -1 when it cannot be read at all. A file that is no program
 * is a fact, not an error. */
int elf_facts_read(struct elf_facts *facts, const char *path, struct error *error);

#endif
