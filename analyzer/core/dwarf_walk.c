/* dwarf_walk.c - reads over the entries of a unit, each byte once.
 *
 * Used by dwarf_lookup, which asks libdw about the few entries that matter. What always
 * holds: `at` never passes `end`. It must not know what attributes mean, only how long they
 * are; the two bits of each entry that it gives are there to spare libdw calls.
 */
#include "analyzer/core/dwarf_walk.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* Steps: a number above 0 is as many bytes; these say how to find the length of a value. */
enum {
    STEP_END = 0,
    STEP_LEB = -1,    /* one LEB128 number */
    STEP_STRING = -2, /* up to a NUL */
    STEP_BLOCK1 = -3, /* a length of 1, 2, 4 bytes or LEB128, then as many bytes */
    STEP_BLOCK2 = -4,
    STEP_BLOCK4 = -5,
    STEP_BLOCK = -6,
    STEP_INDIRECT = -7, /* the form is a LEB128 number before the value */
    STEP_BAD = -8,
};

struct dwarf_walk_kind {
    uint32_t code, tag, steps;
    bool children, has_pc, has_linkage;
};

static int step_of_form(const struct dwarf_walk *w, unsigned form)
{
    switch (form) {
    case DW_FORM_flag_present:
    case DW_FORM_implicit_const:
        return STEP_END;
    case DW_FORM_data1:
    case DW_FORM_ref1:
    case DW_FORM_flag:
    case DW_FORM_strx1:
    case DW_FORM_addrx1:
        return 1;
    case DW_FORM_data2:
    case DW_FORM_ref2:
    case DW_FORM_strx2:
    case DW_FORM_addrx2:
        return 2;
    case DW_FORM_strx3:
    case DW_FORM_addrx3:
        return 3;
    case DW_FORM_data4:
    case DW_FORM_ref4:
    case DW_FORM_strx4:
    case DW_FORM_addrx4:
    case DW_FORM_ref_sup4:
        return 4;
    case DW_FORM_data8:
    case DW_FORM_ref8:
    case DW_FORM_ref_sig8:
    case DW_FORM_ref_sup8:
        return 8;
    case DW_FORM_data16:
        return 16;
    case DW_FORM_addr:
        return w->address_size;
    case DW_FORM_ref_addr:
        return w->version <= 2 ? w->address_size : w->offset_size;
    case DW_FORM_sec_offset:
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_strp_sup:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
        return w->offset_size;
    case DW_FORM_udata:
    case DW_FORM_sdata:
    case DW_FORM_ref_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_loclistx:
    case DW_FORM_rnglistx:
    case DW_FORM_GNU_addr_index:
    case DW_FORM_GNU_str_index:
        return STEP_LEB;
    case DW_FORM_string:
        return STEP_STRING;
    case DW_FORM_block1:
        return STEP_BLOCK1;
    case DW_FORM_block2:
        return STEP_BLOCK2;
    case DW_FORM_block4:
        return STEP_BLOCK4;
    case DW_FORM_block:
    case DW_FORM_exprloc:
        return STEP_BLOCK;
    case DW_FORM_indirect:
        return STEP_INDIRECT;
    default:
        return STEP_BAD;
    }
}

static bool read_leb(struct dwarf_walk *w, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; w->at < w->end; shift += 7) {
        unsigned char byte = *w->at++;
        if (shift < 64)
            *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static bool read_over(struct dwarf_walk *w, uint64_t bytes)
{
    if ((uint64_t)(w->end - w->at) < bytes)
        return false;
    w->at += bytes;
    return true;
}

static bool read_fixed(struct dwarf_walk *w, size_t bytes, uint64_t *value)
{
    const unsigned char *from = w->at;
    *value = 0;
    if (!read_over(w, bytes))
        return false;
    memcpy(value, from, bytes); /* recorder and analyzer run on little-endian x86-64 */
    return true;
}

static bool read_step(struct dwarf_walk *w, int step)
{
    uint64_t value;
    if (step > 0)
        return read_over(w, (uint64_t)step);
    switch (step) {
    case STEP_LEB:
        return read_leb(w, &value);
    case STEP_STRING: {
        const unsigned char *nul = memchr(w->at, 0, (size_t)(w->end - w->at));
        return nul && read_over(w, (uint64_t)(nul - w->at) + 1);
    }
    case STEP_BLOCK1:
        return read_fixed(w, 1, &value) && read_over(w, value);
    case STEP_BLOCK2:
        return read_fixed(w, 2, &value) && read_over(w, value);
    case STEP_BLOCK4:
        return read_fixed(w, 4, &value) && read_over(w, value);
    case STEP_BLOCK:
        return read_leb(w, &value) && read_over(w, value);
    case STEP_INDIRECT:
        /* The form of the form must be plain: DWARF forbids indirect of indirect. */
        if (!read_leb(w, &value) || value == DW_FORM_indirect || value > UINT16_MAX)
            return false;
        step = step_of_form(w, (unsigned)value);
        return step == STEP_END || read_step(w, step);
    default:
        return false;
    }
}

static int add_step(struct dwarf_walk *w, int step, uint32_t first, uint32_t *room)
{
    if (step > 0 && w->step_count > first && w->steps[w->step_count - 1] > 0 &&
        w->steps[w->step_count - 1] < INT16_MAX - step) {
        w->steps[w->step_count - 1] = (int16_t)(w->steps[w->step_count - 1] + step);
        return 0;
    }
    if (w->step_count == *room) {
        uint32_t more = *room ? *room * 2 : 256;
        int16_t *steps = realloc(w->steps, more * sizeof(*steps));
        if (!steps)
            return -1;
        w->steps = steps;
        *room = more;
    }
    w->steps[w->step_count++] = (int16_t)step;
    return 0;
}

static int add_kind(struct dwarf_walk *w, Dwarf_Abbrev *abbrev, uint32_t *step_room)
{
    struct dwarf_walk_kind *kind = &w->kinds[w->kind_count];
    *kind = (struct dwarf_walk_kind){
        .code = dwarf_getabbrevcode(abbrev),
        .tag = dwarf_getabbrevtag(abbrev),
        .children = dwarf_abbrevhaschildren(abbrev) > 0,
        .steps = w->step_count,
    };
    /* Not by dwarf_getattrcnt: it counts too many where there is an implicit constant (seen in
     * elfutils 0.188); asking beyond the last one just fails. */
    unsigned name, form;
    for (size_t i = 0; dwarf_getabbrevattr_data(abbrev, i, &name, &form, NULL, NULL) == 0; i++) {
        kind->has_pc |= name == DW_AT_low_pc || name == DW_AT_ranges;
        kind->has_linkage |= name == DW_AT_linkage_name || name == DW_AT_MIPS_linkage_name;
        int step = step_of_form(w, form);
        if (step != STEP_END && add_step(w, step, kind->steps, step_room) != 0)
            return -1;
    }
    if (add_step(w, STEP_END, kind->steps, step_room) != 0)
        return -1;
    w->kind_count++;
    return 0;
}

static int compare_kinds(const void *a, const void *b)
{
    const struct dwarf_walk_kind *x = a, *y = b;
    return x->code < y->code ? -1 : x->code > y->code;
}

static int read_kinds(struct dwarf_walk *w, Dwarf_Die *unit)
{
    uint32_t room = 0, step_room = 0;
    Dwarf_Off offset = 0;
    size_t length;
    for (;;) {
        Dwarf_Abbrev *abbrev = dwarf_getabbrev(unit, offset, &length);
        if (abbrev == DWARF_END_ABBREV)
            break;
        if (!abbrev)
            return -1;
        if (w->kind_count == room) {
            room = room ? room * 2 : 64;
            struct dwarf_walk_kind *kinds = realloc(w->kinds, room * sizeof(*kinds));
            if (!kinds)
                return -1;
            w->kinds = kinds;
        }
        if (add_kind(w, abbrev, &step_room) != 0)
            return -1;
        offset += length;
    }
    if (w->kind_count)
        qsort(w->kinds, w->kind_count, sizeof(*w->kinds), compare_kinds);
    return w->kind_count ? 0 : -1;
}

int dwarf_walk_begin(struct dwarf_walk *w, Dwarf_Die *unit)
{
    *w = (struct dwarf_walk){0};
    Dwarf_Die again;
    uint8_t address_size, offset_size;
    Dwarf_Half version;
    Dwarf *dwarf = dwarf_cu_getdwarf(unit->cu);
    Dwarf_Off start = dwarf_dieoffset(unit) - dwarf_cuoffset(unit);
    Dwarf_Off next;
    size_t header;
    if (!dwarf_diecu(unit, &again, &address_size, &offset_size) ||
        dwarf_next_unit(dwarf, start, &next, &header, &version, NULL, NULL, NULL, NULL, NULL) != 0)
        return -1;
    w->first = w->at = unit->addr;
    w->offset = dwarf_dieoffset(unit);
    w->end = w->first + (next - w->offset);
    w->version = version;
    w->address_size = address_size;
    w->offset_size = offset_size;
    if (read_kinds(w, unit) == 0)
        return 0;
    dwarf_walk_end(w);
    return -1;
}

/* Codes run from 1 without gaps in what compilers write. */
static const struct dwarf_walk_kind *find_kind(const struct dwarf_walk *w, uint64_t code)
{
    if (code - 1 < w->kind_count && w->kinds[code - 1].code == code)
        return &w->kinds[code - 1];
    if (code > UINT32_MAX)
        return NULL;
    struct dwarf_walk_kind key = {.code = (uint32_t)code};
    return bsearch(&key, w->kinds, w->kind_count, sizeof(key), compare_kinds);
}

bool dwarf_walk_next(struct dwarf_walk *w, struct dwarf_walk_entry *entry)
{
    const unsigned char *start;
    uint64_t code;
    do {
        start = w->at;
        if (w->depth < 0 || !read_leb(w, &code))
            return false;
        if (code == 0)
            w->depth--;
    } while (code == 0);

    const struct dwarf_walk_kind *kind = find_kind(w, code);
    if (!kind)
        return false;
    for (const int16_t *step = w->steps + kind->steps; *step != STEP_END; step++)
        if (!read_step(w, *step))
            return false;
    *entry = (struct dwarf_walk_entry){
        .offset = w->offset + (Dwarf_Off)(start - w->first),
        .tag = (int)kind->tag,
        .depth = w->depth,
        .has_pc = kind->has_pc,
        .has_linkage = kind->has_linkage,
    };
    w->depth += kind->children;
    return true;
}

void dwarf_walk_end(struct dwarf_walk *w)
{
    free(w->kinds);
    free(w->steps);
    *w = (struct dwarf_walk){0};
}
