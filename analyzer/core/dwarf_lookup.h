/* dwarf_lookup.h - which functions, inlined ones included, an address lies in.
 *
 * For many addresses of one file together: units are found by their ranges, and each unit
 * that has addresses is read once, whatever their number. dwarf_getscopes, made for one
 * address, reads a unit each time. One thread at a time per struct.
 */
#ifndef HEAPCOACH_DWARF_LOOKUP_H
#define HEAPCOACH_DWARF_LOOKUP_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DWARF_LOOKUP_NONE UINT32_MAX

/* A range of code that a unit claims. */
struct dwarf_unit_range {
    uint64_t start, end;
    uint32_t unit; /* index in units */
};

struct dwarf_unit {
    Dwarf_Die die;   /* of the unit, which the line table belongs to */
    Dwarf_Die split; /* the same in a split debug file; addr NULL: none */
};

/* One function around an address: a real one, or one inlined into `outer`. */
struct dwarf_scope {
    Dwarf_Off die;
    uint32_t outer;     /* index in scopes, DWARF_LOOKUP_NONE: this is the real function */
    uint32_t enclosing; /* the scope that was open around it, while reading */
    int depth;
    bool inlined;
};

/* Where a function without a linkage name is declared. */
struct dwarf_home {
    Dwarf_Off die;
    uint32_t space; /* index in spaces, DWARF_LOOKUP_NONE: at the top */
};

/* A namespace or type. */
struct dwarf_space {
    Dwarf_Off die;
    uint32_t outer; /* index in spaces, DWARF_LOOKUP_NONE: at the top */
};

struct dwarf_lookup {
    Dwarf *dwarf; /* not owned */
    struct dwarf_unit *units;
    uint32_t unit_count, unit_room;
    struct dwarf_unit_range *ranges; /* sorted by unit, then start */
    uint32_t range_count, range_room;
    bool split_missing; /* a unit's entries are in a split debug file that was not found */
    /* of the unit read last */
    Dwarf *unit_dwarf; /* of the entries; another than `dwarf` for split debug files */
    struct dwarf_scope *scopes;
    uint32_t scope_count, scope_room;
    struct dwarf_home *homes; /* sorted by die */
    uint32_t home_count, home_room;
    struct dwarf_space *spaces;
    uint32_t space_count, space_room;
};

/* Lists the units. 0, or -1: out of memory. A file without units gives an empty list. */
int dwarf_lookup_open(struct dwarf_lookup *lookup, Dwarf *dwarf);

/* Reads a unit for `count` addresses in ascending order. innermost[i] becomes the innermost
 * scope of addresses[i], or DWARF_LOOKUP_NONE; scopes, homes and spaces are those of this
 * unit until the next call. 0, or -1: out of memory. */
int dwarf_lookup_unit(struct dwarf_lookup *lookup, uint32_t unit, const uint64_t *addresses,
                      uint32_t count, uint32_t *innermost);

/* The innermost namespace or type that the function at `die` is declared in, as an index in
 * spaces; DWARF_LOOKUP_NONE if at the top or not known. */
uint32_t dwarf_lookup_home(const struct dwarf_lookup *lookup, Dwarf_Off die);

/* Frees everything but the Dwarf; harmless on a zeroed struct. */
void dwarf_lookup_close(struct dwarf_lookup *lookup);

#endif
