/* symbols_job.h - one module while it is looked up: what the files symbols*.c share. Private
 * to them.
 */
#ifndef HEAPCOACH_SYMBOLS_JOB_H
#define HEAPCOACH_SYMBOLS_JOB_H

#include "analyzer/core/dwarf_lookup.h"
#include "analyzer/core/elf_file.h"
#include "analyzer/core/symbols.h"

/* What is known of a function by its entry in the debug information. */
struct symbols_function {
    uint32_t text, name, crate;
};

/* One module while it is looked at. */
struct symbols_job {
    struct symbols *symbols;
    struct elf_file file;
    struct dwarf_lookup lookup;
    const uint64_t *addresses;
    size_t count;
    symbols_emit *emit;
    void *context;
    bool *done;                         /* by address */
    struct intern entries;              /* offsets of functions' entries met in this unit */
    struct symbols_function *functions; /* by number in entries */
    uint32_t function_room;
};

/* The number of a text; SYMBOLS_NONE and *failed when memory is short. */
uint32_t symbols_text(struct symbols *symbols, const char *text, bool *failed);

/* Names the function whose entry `die` is: a real one, with the symbol of its address, or one
 * inlined there, with symbol NULL. 0, or -1: out of memory. */
int symbols_name_entry(struct symbols_job *job, Dwarf_Die *die, const struct elf_symbol *symbol,
                       struct symbols_function *function);

/* Names a function by its symbol alone; NULL: not known. 0, or -1: out of memory. */
int symbols_name_symbol(struct symbols_job *job, const struct elf_symbol *symbol,
                        struct symbols_function *function);

/* Fill in what units and symbol table tell of the file as a whole. */
void symbols_look_at_units(struct symbols_job *job, struct symbols_info *info);
void symbols_look_at_table(struct symbols_job *job, struct symbols_info *info);

#endif
