/* dwarf_lookup.c - finds the functions around addresses, a whole unit at a time.
 *
 * Used by symbols. The entries of a unit come in pre-order, so a function's scopes open
 * from the outside in: an address takes an inlined function as its new innermost scope only
 * while its present innermost scope is still open. That keeps each chain a chain of real
 * nesting, also where a damaged or odd file has siblings that overlap.
 */
#include "analyzer/core/dwarf_lookup.h"
#include "analyzer/core/dwarf_walk.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* The array with room for one more element behind `count`, moved perhaps; NULL: no memory,
 * and the array is as it was. */
static void *make_room(void *array, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return array;
    uint32_t more = *room ? *room * 2 : 64;
    void *grown = more > *room ? realloc(array, more * size) : NULL;
    if (grown)
        *room = more;
    return grown;
}

static int add_range(struct dwarf_lookup *l, uint64_t start, uint64_t end)
{
    void *ranges = make_room(l->ranges, l->range_count, &l->range_room, sizeof(*l->ranges));
    if (!ranges)
        return -1;
    l->ranges = ranges;
    l->ranges[l->range_count++] =
        (struct dwarf_unit_range){.start = start, .end = end, .unit = l->unit_count};
    return 0;
}

/* Linkers leave the entries of functions that they dropped, with addresses 0 or the highest;
 * code at address 0 of a file exists nowhere. */
static bool is_dropped(uint64_t start, uint64_t end)
{
    return start == 0 || start >= end || start >= UINT64_MAX - 1;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct dwarf_unit_range *x = a, *y = b;
    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

static int add_unit(struct dwarf_lookup *l, Dwarf_Die *die)
{
    void *units = make_room(l->units, l->unit_count, &l->unit_room, sizeof(*l->units));
    if (!units)
        return -1;
    l->units = units;
    struct dwarf_unit *unit = &l->units[l->unit_count];
    *unit = (struct dwarf_unit){.die = *die};
    uint8_t type = 0;
    Dwarf_Die split;
    if (dwarf_cu_info(die->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
        type == DW_UT_skeleton) {
        if (split.addr)
            unit->split = split;
        else
            l->split_missing = true;
    }

    Dwarf_Addr base, start, end;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &start, &end)) > 0;)
        if (!is_dropped(start, end) && add_range(l, start, end) != 0)
            return -1;
    l->unit_count++;
    return 0;
}

int dwarf_lookup_open(struct dwarf_lookup *l, Dwarf *dwarf)
{
    *l = (struct dwarf_lookup){.dwarf = dwarf};
    Dwarf_Off offset = 0, next;
    size_t header;
    while (dwarf_next_unit(dwarf, offset, &next, &header, NULL, NULL, NULL, NULL, NULL, NULL) ==
           0) {
        Dwarf_Die die;
        if (dwarf_offdie(dwarf, offset + header, &die) &&
            (dwarf_tag(&die) == DW_TAG_compile_unit || dwarf_tag(&die) == DW_TAG_skeleton_unit) &&
            add_unit(l, &die) != 0) {
            dwarf_lookup_close(l);
            return -1;
        }
        offset = next;
    }
    if (l->range_count)
        qsort(l->ranges, l->range_count, sizeof(*l->ranges), compare_ranges);
    return 0;
}

#define SPACES_OPEN 64 /* namespaces and types around a function; more are not told */

struct unit_reader {
    struct dwarf_lookup *lookup;
    const uint64_t *addresses;
    uint32_t count;
    uint32_t *innermost;
    uint32_t open; /* the innermost scope that is open */
    struct {
        Dwarf_Off die;
        int depth;
        uint32_t index; /* in lookup->spaces once a home needed it */
    } spaces[SPACES_OPEN];
    int space_count;
};

static uint32_t first_at_or_after(const struct unit_reader *r, uint64_t address)
{
    uint32_t low = 0, high = r->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (r->addresses[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Gives the addresses in a function's ranges to it. Real functions take those that no other
 * has; inlined ones those whose innermost scope so far is the one around. */
static int take_addresses(struct unit_reader *r, const struct dwarf_walk_entry *entry)
{
    struct dwarf_lookup *l = r->lookup;
    bool inlined = entry->tag == DW_TAG_inlined_subroutine;
    uint32_t outer = inlined ? r->open : DWARF_LOOKUP_NONE;
    uint32_t enclosing = r->open, scope = DWARF_LOOKUP_NONE;
    Dwarf_Die die;
    if (!dwarf_offdie(l->unit_dwarf, entry->offset, &die))
        return 0;
    Dwarf_Addr base, start, end;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &start, &end)) > 0;) {
        if (is_dropped(start, end))
            continue;
        for (uint32_t i = first_at_or_after(r, start); i < r->count && r->addresses[i] < end; i++) {
            if (r->innermost[i] != outer)
                continue;
            if (scope == DWARF_LOOKUP_NONE) {
                void *scopes =
                    make_room(l->scopes, l->scope_count, &l->scope_room, sizeof(*l->scopes));
                if (!scopes)
                    return -1;
                l->scopes = scopes;
                scope = l->scope_count++;
                l->scopes[scope] = (struct dwarf_scope){.die = entry->offset,
                                                        .outer = outer,
                                                        .enclosing = enclosing,
                                                        .depth = entry->depth,
                                                        .inlined = inlined};
                r->open = scope;
            }
            r->innermost[i] = scope;
        }
    }
    return 0;
}

static uint32_t open_space(struct unit_reader *r)
{
    struct dwarf_lookup *l = r->lookup;
    uint32_t outer = DWARF_LOOKUP_NONE;
    for (int i = 0; i < r->space_count; i++) {
        if (r->spaces[i].index == DWARF_LOOKUP_NONE) {
            void *spaces = make_room(l->spaces, l->space_count, &l->space_room, sizeof(*l->spaces));
            if (!spaces)
                return DWARF_LOOKUP_NONE;
            l->spaces = spaces;
            r->spaces[i].index = l->space_count;
            l->spaces[l->space_count++] =
                (struct dwarf_space){.die = r->spaces[i].die, .outer = outer};
        }
        outer = r->spaces[i].index;
    }
    return outer;
}

static int note_home(struct unit_reader *r, const struct dwarf_walk_entry *entry)
{
    struct dwarf_lookup *l = r->lookup;
    void *homes = make_room(l->homes, l->home_count, &l->home_room, sizeof(*l->homes));
    if (!homes)
        return -1;
    l->homes = homes;
    uint32_t space = open_space(r);
    l->homes[l->home_count++] = (struct dwarf_home){.die = entry->offset, .space = space};
    return 0;
}

static int read_entry(struct unit_reader *r, const struct dwarf_walk_entry *entry)
{
    struct dwarf_lookup *l = r->lookup;
    while (r->open != DWARF_LOOKUP_NONE && l->scopes[r->open].depth >= entry->depth)
        r->open = l->scopes[r->open].enclosing;
    while (r->space_count && r->spaces[r->space_count - 1].depth >= entry->depth)
        r->space_count--;

    switch (entry->tag) {
    case DW_TAG_subprogram:
        if (!entry->has_linkage && r->space_count && note_home(r, entry) != 0)
            return -1;
        return entry->has_pc ? take_addresses(r, entry) : 0;
    case DW_TAG_inlined_subroutine:
        return entry->has_pc && r->open != DWARF_LOOKUP_NONE ? take_addresses(r, entry) : 0;
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
        if (r->space_count < SPACES_OPEN) {
            r->spaces[r->space_count].die = entry->offset;
            r->spaces[r->space_count].depth = entry->depth;
            r->spaces[r->space_count++].index = DWARF_LOOKUP_NONE;
        }
        return 0;
    default:
        return 0;
    }
}

int dwarf_lookup_unit(struct dwarf_lookup *l, uint32_t unit, const uint64_t *addresses,
                      uint32_t count, uint32_t *innermost)
{
    l->scope_count = l->home_count = l->space_count = 0;
    for (uint32_t i = 0; i < count; i++)
        innermost[i] = DWARF_LOOKUP_NONE;
    Dwarf_Die *root = l->units[unit].split.addr ? &l->units[unit].split : &l->units[unit].die;
    l->unit_dwarf = dwarf_cu_getdwarf(root->cu);

    struct dwarf_walk walk;
    if (dwarf_walk_begin(&walk, root) != 0)
        return 0; /* damaged: the addresses keep their symbols */
    struct unit_reader reader = {.lookup = l,
                                 .addresses = addresses,
                                 .count = count,
                                 .innermost = innermost,
                                 .open = DWARF_LOOKUP_NONE};
    struct dwarf_walk_entry entry;
    int result = 0;
    while (result == 0 && dwarf_walk_next(&walk, &entry))
        result = read_entry(&reader, &entry);
    dwarf_walk_end(&walk);
    return result;
}

uint32_t dwarf_lookup_home(const struct dwarf_lookup *l, Dwarf_Off die)
{
    uint32_t low = 0, high = l->home_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (l->homes[middle].die < die)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->home_count && l->homes[low].die == die ? l->homes[low].space
                                                           : DWARF_LOOKUP_NONE;
}

void dwarf_lookup_close(struct dwarf_lookup *l)
{
    free(l->units);
    free(l->ranges);
    free(l->scopes);
    free(l->homes);
    free(l->spaces);
    *l = (struct dwarf_lookup){0};
}
