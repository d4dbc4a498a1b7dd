/* symbols.h - from addresses to functions, files and lines.
 *
 * For each address the frames of source code that it stands for: the innermost inlined
 * function first, the real function last. Addresses are link-time addresses, those in the
 * file's own symbol table. All addresses of one module are asked for together, sorted.
 *
 * A file that is not the one that ran (its build-id differs) is not read: wrong lines are
 * worse than none. One thread at a time per struct symbols.
 */
#ifndef HEAPCOACH_SYMBOLS_H
#define HEAPCOACH_SYMBOLS_H

#include "analyzer/core/intern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_NONE UINT32_MAX /* a string that is not known */
#define SYMBOLS_MOST_FRAMES 256 /* inlined into each other at one address */

/* Texts are numbers in symbols.texts. */
struct symbols_frame {
    uint32_t function;     /* demangled */
    uint32_t name;         /* as the debug information has it, with generics, where it differs */
    uint32_t crate;        /* of the mangled name */
    uint32_t file;         /* full path where known */
    uint32_t line, column; /* 0: not known */
    bool inlined;          /* into the next frame */
};

/* The file of a module, as it was when the program ran. */
struct symbols_module {
    const char *path;
    const uint8_t *build_id;
    unsigned build_id_bytes; /* 0: it had none */
    uint64_t start_unix_ns;  /* when the program started, to notice a file changed since */
};

/* What the file has; valid until symbols_close. */
struct symbols_info {
    bool lines;       /* debug information with lines of code that is not the standard library's */
    bool symbols;     /* a full symbol table, not only exported names */
    const char *note; /* "" or why the file was not used */
    char rustc[32];   /* version of the compiler, "" if not known */
    char main_crate[64];  /* crate of the Rust main, "" if there is none or it is not known */
    bool knows_opt_level; /* opt_level_0 means something */
    bool opt_level_0;     /* built without optimization */
};

struct symbols {
    struct intern texts;
    struct intern mangled;      /* names already demangled, */
    struct symbols_name *names; /* owned: what they came to, by number in mangled */
    uint32_t name_room;
};

/* Called once per address, in any order, with 1 frame at least. `frames` is lent for the
 * call. Return -1 to stop (out of memory). */
typedef int symbols_emit(void *context, size_t address, const struct symbols_frame *frames,
                         size_t count);

/* The note where a file shrank while it was read. */
#define SYMBOLS_CUT_SHORT "cut short by another program while it was read: names may be missing"

struct elf_file;

/* Opens the file of a module if it is the one that ran. NULL, and the caller owns *file until
 * elf_file_close; or a constant text that says why not, and there is nothing to close. */
const char *symbols_open_file(struct elf_file *file, const struct symbols_module *module);

/* Looks up `count` addresses in ascending order and fills *info. Files that cannot be read
 * are no error: unknown frames and info->note tell of them. 0, or -1: out of memory. */
int symbols_resolve(struct symbols *symbols, const struct symbols_module *module,
                    const uint64_t *addresses, size_t count, symbols_emit *emit, void *context,
                    struct symbols_info *info);

/* Frees everything; harmless on a zeroed struct, which is how to begin. */
void symbols_close(struct symbols *symbols);

#endif
