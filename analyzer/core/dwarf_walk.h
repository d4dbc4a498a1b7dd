/* dwarf_walk.h - all entries (DIEs) of one unit, in the order of the file.
 *
 * libdw has no such walk: dwarf_siblingof reads over the children of an entry to find its
 * sibling, and rustc writes no DW_AT_sibling, so a recursive walk reads everything once per
 * level. This one reads each byte once, by DWARF's table of forms (DWARF 5, section 7.5),
 * and leaves the meaning of an entry to libdw. Bounds are checked: a damaged unit ends early.
 */
#ifndef HEAPCOACH_DWARF_WALK_H
#define HEAPCOACH_DWARF_WALK_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

struct dwarf_walk {
    const unsigned char *first, *at, *end; /* the unit's entries, in memory of libdw */
    Dwarf_Off offset;                      /* of first, in .debug_info */
    int version, address_size, offset_size;
    int depth;                     /* of the next entry; the unit's own is 0 */
    struct dwarf_walk_kind *kinds; /* owned: the unit's abbreviations, by code */
    uint32_t kind_count;
    int16_t *steps; /* owned: how to read over each kind */
    uint32_t step_count;
};

struct dwarf_walk_entry {
    Dwarf_Off offset; /* for dwarf_offdie */
    int tag;          /* DW_TAG_... */
    int depth;
    bool has_pc;      /* has DW_AT_low_pc or DW_AT_ranges */
    bool has_linkage; /* has a linkage name of its own */
};

/* Begins at the unit's own entry, which `unit` is. 0, or -1: damaged or out of memory. */
int dwarf_walk_begin(struct dwarf_walk *walk, Dwarf_Die *unit);

/* The next entry. false: the end. */
bool dwarf_walk_next(struct dwarf_walk *walk, struct dwarf_walk_entry *entry);

/* Frees everything; harmless on a zeroed struct. */
void dwarf_walk_end(struct dwarf_walk *walk);

#endif
