/* cfi.c - reads .eh_frame_hdr and .eh_frame and runs call frame instructions up to one
 * address, for the three registers that matter to a simple walk: CFA, rbp, return address.
 *
 * Called once per code address, by rules.c. Always holds: no read outside the bounds of
 * struct cfi_tables; every loop consumes input or is bounded. Other registers are not
 * followed: no simple rule depends on them, and a rule that does is CFI_COMPLEX.
 */
#include "preload/cfi.h"

#include <stddef.h>

#include "preload/cfi_memo.h"

enum { REG_RBP = 6, REG_RSP = 7, REG_RA = 16 };

/* DW_EH_PE_*: pointer encodings. */
enum {
    PE_ABSPTR = 0x00,
    PE_ULEB = 0x01,
    PE_UDATA2 = 0x02,
    PE_UDATA4 = 0x03,
    PE_UDATA8 = 0x04,
    PE_SLEB = 0x09,
    PE_SDATA2 = 0x0a,
    PE_SDATA4 = 0x0b,
    PE_SDATA8 = 0x0c,
    PE_PCREL = 0x10,
    PE_DATAREL = 0x30,
    PE_INDIRECT = 0x80,
    PE_OMIT = 0xff
};

/* A reader that cannot leave [at, end); once `bad`, it stays bad and gives zeros. */
struct bytes {
    const uint8_t *at, *end;
    bool bad;
};

static inline const uint8_t *take(struct bytes *b, size_t n)
{
    static const uint8_t zeros[8];

    if (b->bad || (size_t)(b->end - b->at) < n) {
        b->bad = true;
        return zeros;
    }
    b->at += n;
    return b->at - n;
}

/* The tables are in the machine's own byte order. */
static inline uint16_t two_bytes(struct bytes *b)
{
    uint16_t v;

    __builtin_memcpy(&v, take(b, sizeof v), sizeof v);
    return v;
}

static inline uint32_t four_bytes(struct bytes *b)
{
    uint32_t v;

    __builtin_memcpy(&v, take(b, sizeof v), sizeof v);
    return v;
}

static inline uint64_t eight_bytes(struct bytes *b)
{
    uint64_t v;

    __builtin_memcpy(&v, take(b, sizeof v), sizeof v);
    return v;
}

static inline uint8_t byte(struct bytes *b)
{
    return *take(b, 1);
}

static uint64_t long_uleb(struct bytes *b)
{
    uint64_t v = 0;

    for (unsigned shift = 0; !b->bad; shift += 7) {
        uint8_t c = byte(b);
        if (shift < 64)
            v |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            break;
    }
    return v;
}

/* Most are of one byte. */
static inline uint64_t uleb(struct bytes *b)
{
    if (!b->bad && b->at < b->end && *b->at < 0x80)
        return *b->at++;
    return long_uleb(b);
}

static int64_t sleb(struct bytes *b)
{
    uint64_t v = 0;

    for (unsigned shift = 0; !b->bad;) {
        uint8_t c = byte(b);
        if (shift < 64)
            v |= (uint64_t)(c & 0x7f) << shift;
        shift += 7;
        if (!(c & 0x80)) {
            if ((c & 0x40) && shift < 64)
                v |= ~(uint64_t)0 << shift;
            break;
        }
    }
    return (int64_t)v;
}

static uintptr_t encoded_anyhow(struct bytes *b, uint8_t encoding, const uint8_t *data)
{
    uintptr_t place = (uintptr_t)b->at, v = 0;

    switch (encoding & 0x0f) {
    case PE_ABSPTR:
    case PE_UDATA8:
    case PE_SDATA8:
        v = eight_bytes(b);
        break;
    case PE_UDATA4:
        v = four_bytes(b);
        break;
    case PE_SDATA4:
        v = (uintptr_t)(int64_t)(int32_t)four_bytes(b);
        break;
    case PE_UDATA2:
        v = two_bytes(b);
        break;
    case PE_SDATA2:
        v = (uintptr_t)(int64_t)(int16_t)two_bytes(b);
        break;
    case PE_ULEB:
        v = uleb(b);
        break;
    case PE_SLEB:
        v = (uintptr_t)sleb(b);
        break;
    default:
        b->bad = true;
    }
    switch (encoding & 0x70) {
    case 0:
        break;
    case PE_PCREL:
        v += place;
        break;
    case PE_DATAREL:
        v += (uintptr_t)data;
        break;
    default:
        b->bad = true;
    }
    if (encoding & PE_INDIRECT) /* never met for code addresses; not worth a proven read */
        b->bad = true;
    return v;
}

/* A pointer in the given encoding; data-relative ones are relative to `data`. Nearly all are of
 * four bytes, relative to their own place or to nothing. */
static inline uintptr_t encoded(struct bytes *b, uint8_t encoding, const uint8_t *data)
{
    uintptr_t place = (uintptr_t)b->at;

    if (encoding == (PE_PCREL | PE_SDATA4))
        return place + (uintptr_t)(intptr_t)(int32_t)four_bytes(b);
    if (encoding == PE_SDATA4)
        return (uintptr_t)(intptr_t)(int32_t)four_bytes(b);
    if (encoding == PE_UDATA4)
        return four_bytes(b);
    return encoded_anyhow(b, encoding, data);
}

/* One CIE or FDE: a length, then that many bytes. */
static bool entry_at(const struct cfi_tables *t, uintptr_t address, struct bytes *entry)
{
    if (address < (uintptr_t)t->lo || address >= (uintptr_t)t->hi)
        return false;
    struct bytes b = {(const uint8_t *)address, t->hi, false};
    uint64_t length = four_bytes(&b);
    if (length == 0xffffffff)
        length = eight_bytes(&b);
    if (b.bad || length == 0 || length > (uint64_t)(t->hi - b.at))
        return false;
    *entry = (struct bytes){b.at, b.at + length, false};
    return true;
}

/* One half of a row of the header's table. */
static int32_t offset_in(const uint8_t *table, uint64_t row, size_t half)
{
    int32_t v;

    __builtin_memcpy(&v, table + row * 8 + half, sizeof v);
    return v;
}

/* Looks `pc` up in the header's sorted table (the only kind that linkers write: pairs of
 * 32-bit offsets from the header). Returns the address of its FDE, 0 if none. */
static uintptr_t find_entry(const struct cfi_tables *t, uintptr_t pc)
{
    if (t->header < t->lo || t->header >= t->hi)
        return 0;
    struct bytes b = {t->header, t->hi, false};
    uint8_t version = byte(&b), frame_encoding = byte(&b), count_encoding = byte(&b);
    uint8_t table_encoding = byte(&b);

    if (b.bad || version != 1 || table_encoding != (PE_DATAREL | PE_SDATA4) ||
        count_encoding == PE_OMIT)
        return 0;
    encoded(&b, frame_encoding, t->header);
    uint64_t count = encoded(&b, count_encoding, t->header);
    if (b.bad || count == 0 || count > (uint64_t)(b.end - b.at) / 8)
        return 0;
    const uint8_t *table = b.at;
    uint64_t low = 0, high = count; /* the last entry that starts at or below pc */
    int64_t wanted = (int64_t)(pc - (uintptr_t)t->header);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        /* the two places where the next step may look: mostly lines not seen before */
        __builtin_prefetch(table + (low + (high - low) / 4) * 8);
        __builtin_prefetch(table + (middle + (high - low) / 4) * 8);
        if (offset_in(table, middle, 0) <= wanted)
            low = middle;
        else
            high = middle;
    }
    if (offset_in(table, low, 0) > wanted)
        return 0;
    return (uintptr_t)t->header + (uintptr_t)(intptr_t)offset_in(table, low, 4);
}

/* Reads a CIE but for its program. */
static bool read_common(const struct cfi_tables *t, uintptr_t address, struct cfi_common *c,
                        struct bytes *its_program)
{
    struct bytes b;

    if (!entry_at(t, address, &b) || four_bytes(&b) != 0)
        return false;
    uint8_t version = byte(&b);
    const uint8_t *augmentation = b.at;
    while (!b.bad && byte(&b))
        ;
    if (b.bad || (version != 1 && version != 3))
        return false;
    *c = (struct cfi_common){.code_encoding = PE_ABSPTR};
    c->code_align = uleb(&b);
    c->data_align = sleb(&b);
    c->return_register = version == 1 ? byte(&b) : uleb(&b);
    const uint8_t *program = NULL;
    if (*augmentation == 'z') {
        uint64_t length = uleb(&b);
        if (b.bad || length > (uint64_t)(b.end - b.at))
            return false;
        program = b.at + length;
        c->augmented = true;
        augmentation++;
    }
    for (; *augmentation; augmentation++) {
        if (*augmentation == 'R')
            c->code_encoding = byte(&b);
        else if (*augmentation == 'P') {
            uint8_t encoding = byte(&b);
            encoded(&b, encoding & 0x7f, t->header); /* the personality; passed over */
        } else if (*augmentation == 'L')
            byte(&b);
        else if (*augmentation == 'S')
            c->signal = true;
        else if (*augmentation != 'B')
            return false;
    }
    *its_program = (struct bytes){program ? program : b.at, b.end, false};
    return !b.bad;
}

enum { ROW_COMPLEX = 255, REMEMBERED_ROWS = 16 };

/* An offset in units of `by`; one that overflows is too far for any rule (see fits). */
static int64_t scaled(uint64_t v, int64_t by)
{
    int64_t product;

    return __builtin_mul_overflow((int64_t)v, by, &product) ? INT64_MAX : product;
}

static void save_at(struct cfi_row *r, uint64_t reg, int64_t offset)
{
    if (reg == REG_RBP) {
        r->rbp = CFI_AT_CFA;
        r->rbp_offset = offset;
    } else if (reg == REG_RA) {
        r->ra_undefined = r->ra_complex = false;
        r->ra_offset = offset;
    }
}

static void restore(struct cfi_row *r, const struct cfi_row *initial, uint64_t reg)
{
    if (reg == REG_RBP) {
        r->rbp = initial->rbp;
        r->rbp_offset = initial->rbp_offset;
    } else if (reg == REG_RA) {
        r->ra_undefined = initial->ra_undefined;
        r->ra_complex = initial->ra_complex;
        r->ra_offset = initial->ra_offset;
    }
}

static void make_complex(struct cfi_row *r, uint64_t reg)
{
    if (reg == REG_RBP)
        r->rbp = ROW_COMPLEX;
    else if (reg == REG_RA)
        r->ra_complex = true;
}

enum { OP_BREG6 = 0x76, OP_DEREF = 0x06 };

/* CFA by expression: only *(rbp + n) is simple. */
static void cfa_expression(struct cfi_row *r, struct bytes *b)
{
    uint64_t length = uleb(b);
    const uint8_t *p = take(b, length);

    r->cfa_complex = true;
    if (b->bad)
        return;
    struct bytes expression = {p, p + length, false};
    if (byte(&expression) != OP_BREG6)
        return;
    int64_t offset = sleb(&expression);
    if (byte(&expression) != OP_DEREF || expression.bad || expression.at != expression.end)
        return;
    r->cfa_complex = false;
    r->cfa_at_rbp = true;
    r->cfa_register = REG_RBP;
    r->cfa_offset = offset;
}

/* A register saved at the address that an expression gives: rbp + n for rbp is simple. */
static void saved_expression(struct cfi_row *r, struct bytes *b)
{
    uint64_t reg = uleb(b), length = uleb(b);
    const uint8_t *p = take(b, length);

    make_complex(r, reg);
    if (b->bad || reg != REG_RBP)
        return;
    struct bytes expression = {p, p + length, false};
    if (byte(&expression) != OP_BREG6)
        return;
    int64_t offset = sleb(&expression);
    if (expression.bad || expression.at != expression.end)
        return;
    r->rbp = CFI_AT_OWN_RBP;
    r->rbp_offset = offset;
}

static void define_cfa(struct cfi_row *r, uint64_t reg, int64_t offset)
{
    r->cfa_complex = r->cfa_at_rbp = false;
    r->cfa_register = reg;
    r->cfa_offset = offset;
}

/* The instructions with their own opcode byte (DWARF 4 table 7.23) but for those that move
 * the location, or keep and restore rows. Returns false for one that is not known. */
static bool execute_extended(uint8_t op, struct bytes *b, const struct cfi_common *c,
                             struct cfi_row *r, const struct cfi_row *initial)
{
    uint64_t reg, length;

    switch (op) {
    case 0x00: /* nop */
        return true;
    case 0x05: /* offset_extended */
        reg = uleb(b);
        save_at(r, reg, scaled(uleb(b), c->data_align));
        return true;
    case 0x06: /* restore_extended */
        restore(r, initial, uleb(b));
        return true;
    case 0x07: /* undefined */
        reg = uleb(b);
        if (reg == REG_RA)
            r->ra_undefined = true;
        else
            make_complex(r, reg);
        return true;
    case 0x08: /* same_value */
        reg = uleb(b);
        if (reg == REG_RBP)
            r->rbp = CFI_SAME;
        else
            make_complex(r, reg);
        return true;
    case 0x09: /* register */
        reg = uleb(b);
        uleb(b);
        make_complex(r, reg);
        return true;
    case 0x0c: /* def_cfa */
        reg = uleb(b);
        define_cfa(r, reg, (int64_t)uleb(b));
        return true;
    case 0x0d: /* def_cfa_register */
        define_cfa(r, uleb(b), r->cfa_offset);
        return true;
    case 0x0e: /* def_cfa_offset */
        r->cfa_offset = (int64_t)uleb(b);
        return true;
    case 0x0f: /* def_cfa_expression */
        cfa_expression(r, b);
        return true;
    case 0x10: /* expression */
        saved_expression(r, b);
        return true;
    case 0x11: /* offset_extended_sf */
        reg = uleb(b);
        save_at(r, reg, scaled((uint64_t)sleb(b), c->data_align));
        return true;
    case 0x12: /* def_cfa_sf */
        reg = uleb(b);
        define_cfa(r, reg, scaled((uint64_t)sleb(b), c->data_align));
        return true;
    case 0x13: /* def_cfa_offset_sf */
        r->cfa_offset = scaled((uint64_t)sleb(b), c->data_align);
        return true;
    case 0x14: /* val_offset */
    case 0x15: /* val_offset_sf */
        reg = uleb(b);
        uleb(b);
        make_complex(r, reg);
        return true;
    case 0x16: /* val_expression */
        reg = uleb(b);
        length = uleb(b);
        take(b, length);
        make_complex(r, reg);
        return true;
    case 0x2e: /* GNU_args_size: outgoing arguments, already in the CFA offset */
        uleb(b);
        return true;
    case 0x2f: /* GNU_negative_offset_extended */
        reg = uleb(b);
        save_at(r, reg, scaled((uint64_t)scaled(uleb(b), c->data_align), -1));
        return true;
    default:
        return false;
    }
}

/* Whether `op`, with an opcode byte of its own, moves the location: then it does. */
static inline bool advance(uint8_t op, struct bytes *b, const struct cfi_common *c,
                           uintptr_t *location, const uint8_t *data)
{
    switch (op) {
    case 0x01: /* set_loc */
        *location = encoded(b, c->code_encoding, data);
        return true;
    case 0x02:
        *location += byte(b) * c->code_align;
        return true;
    case 0x03:
        *location += two_bytes(b) * c->code_align;
        return true;
    case 0x04:
        *location += four_bytes(b) * c->code_align;
        return true;
    default:
        return false;
    }
}

/* A program that is being run: the next instruction, the address that it has come to, and the row
 * that holds from there on. */
struct run {
    struct bytes b;
    uintptr_t location;
    struct cfi_row row;
};

/* Keeps where a long program is, once in each block of code. */
struct keeper {
    struct cfi_memo *memo; /* NULL: keeps nothing */
    const uint8_t *program;
};

/* The end of the block that the location is in. */
static inline uintptr_t block_end(uintptr_t location)
{
    return ((location >> CFI_MEMO_BLOCK_BITS) + 1) << CFI_MEMO_BLOCK_BITS;
}

enum { OP_OWN, OP_ADVANCE, OP_OFFSET, OP_RESTORE }; /* DW_CFA_*: the two high bits */
enum {
    OP_NOP = 0x00,
    OP_ADVANCE_1 = 0x02,
    OP_ADVANCE_2 = 0x03,
    OP_REMEMBER_STATE = 0x0a,
    OP_RESTORE_STATE = 0x0b,
    OP_DEF_CFA_OFFSET = 0x0e,
    OP_ARGS_SIZE = 0x2e,
    OP_UNKNOWN = 0x3f
};

enum did { DID_BREAK, DID_CHANGE, DID_ADVANCE };

/* Any instruction, in any form, of which *at is behind the first byte; but for those that remember
 * rows and restore them. */
static enum did execute_one(uint8_t op, const uint8_t **at, struct run *run,
                            const struct cfi_common *c, const uint8_t *data,
                            const struct cfi_row *initial)
{
    struct bytes b = {*at, run->b.end, false};
    enum did did = DID_CHANGE;

    if (op >> 6 == OP_ADVANCE) {
        run->location += (op & 0x3f) * c->code_align;
        did = DID_ADVANCE;
    } else if (op >> 6 == OP_OFFSET)
        save_at(&run->row, op & 0x3f, scaled(uleb(&b), c->data_align));
    else if (op >> 6 == OP_RESTORE)
        restore(&run->row, initial, op & 0x3f);
    else if (advance(op, &b, c, &run->location, data))
        did = DID_ADVANCE;
    else if (!execute_extended(op, &b, c, &run->row, initial))
        return DID_BREAK;
    *at = b.at;
    return b.bad ? DID_BREAK : did;
}

/* The same, quickly for what programs mostly are made of: the place stays in a register. two: there
 * are two bytes to come at least. */
static inline enum did execute_usual(uint8_t op, const uint8_t **place, struct run *run,
                                     const struct cfi_common *c, const uint8_t *data,
                                     const struct cfi_row *initial, bool two)
{
    const uint8_t *at = *place;

    switch (two ? op : OP_UNKNOWN) {
    case OP_ADVANCE << 6 ...(OP_ADVANCE << 6) + 0x3f:
        run->location += (op & 0x3f) * c->code_align;
        return DID_ADVANCE;
    case OP_ADVANCE_1:
        run->location += at[0] * c->code_align;
        *place = at + 1;
        return DID_ADVANCE;
    case OP_ADVANCE_2:
        run->location += (at[0] | at[1] << 8) * c->code_align;
        *place = at + 2;
        return DID_ADVANCE;
    case OP_DEF_CFA_OFFSET:
        if (at[0] < 0x80) {
            run->row.cfa_offset = at[0];
            *place = at + 1;
            return DID_CHANGE;
        }
        if (at[1] < 0x80) {
            run->row.cfa_offset = (at[0] & 0x7f) | at[1] << 7;
            *place = at + 2;
            return DID_CHANGE;
        }
        break;
    case OP_OFFSET << 6 ...(OP_OFFSET << 6) + 0x3f:
        if (at[0] < 0x80) {
            save_at(&run->row, op & 0x3f, scaled(at[0], c->data_align));
            *place = at + 1;
            return DID_CHANGE;
        }
        break;
    case OP_ARGS_SIZE:
        if (at[0] < 0x80) {
            *place = at + 1;
            return DID_CHANGE;
        }
        break;
    case OP_NOP:
        return DID_CHANGE;
    }
    enum did did = execute_one(op, &at, run, c, data, initial);
    *place = at;
    return did;
}

/* Runs a program until it passes `pc`. Returns false when it is broken. */
static bool execute(struct run *run, const struct cfi_common *c, uintptr_t pc, const uint8_t *data,
                    const struct cfi_row *initial, const struct keeper *keeper)
{
    struct cfi_row remembered[REMEMBERED_ROWS];
    const uint8_t *at = run->b.at, *const end = run->b.end;
    /* From here on it has come farther than ever, into another block. A place that it comes back
     * to, as no sound one does, is not kept, since another address may stop before it; nor is one
     * with rows that wait to be restored. */
    uintptr_t fresh = keeper ? block_end(run->location) : UINTPTR_MAX;
    unsigned depth = 0;

    while (at < end) {
        uint8_t op = *at++;
        if (op == OP_REMEMBER_STATE) {
            if (depth == REMEMBERED_ROWS)
                return false;
            remembered[depth++] = run->row;
            continue;
        }
        if (op == OP_RESTORE_STATE) {
            if (depth == 0)
                return false;
            run->row = remembered[--depth];
            continue;
        }
        enum did did = execute_usual(op, &at, run, c, data, initial, end - at >= 2);
        if (did == DID_BREAK)
            return false;
        if (did == DID_CHANGE)
            continue;
        if (run->location > pc)
            return true;
        if (run->location >= fresh) {
            fresh = block_end(run->location);
            if (depth == 0)
                cfi_memo_keep(keeper->memo,
                              &(struct cfi_place){keeper->program, at, run->location, run->row});
        }
    }
    return true;
}

/* Runs the function's program up to `pc`, from as near as the memo has it. */
static bool execute_function(struct run *run, const struct cfi_common *c, uintptr_t pc,
                             const uint8_t *data, struct cfi_memo *memo)
{
    const struct keeper keeper = {memo, run->b.at};

    if (!memo || run->b.end - run->b.at < CFI_MEMO_LEAST_BYTES)
        return execute(run, c, pc, data, &c->initial, NULL);
    const struct cfi_place *near = cfi_memo_find(memo, run->b.at, run->location, pc);
    if (near) {
        run->b.at = near->at;
        run->location = near->location;
        run->row = near->row;
    }
    return execute(run, c, pc, data, &c->initial, &keeper);
}

static bool fits(int64_t offset)
{
    return offset >= INT32_MIN / 2 && offset <= INT32_MAX / 2;
}

/* Turns a row into a rule; what is not simple is left to libunwind. */
static struct cfi_rule simplify(const struct cfi_row *r)
{
    struct cfi_rule rule = {.kind = CFI_COMPLEX};

    if (r->ra_undefined)
        return (struct cfi_rule){.kind = CFI_END};
    if (r->cfa_complex || r->ra_complex || r->ra_offset != -8 || r->rbp == ROW_COMPLEX ||
        !fits(r->cfa_offset) || !fits(r->rbp_offset))
        return rule;
    if (r->cfa_register == REG_RSP)
        rule.kind = CFI_RSP;
    else if (r->cfa_register == REG_RBP)
        rule.kind = r->cfa_at_rbp ? CFI_AT_RBP : CFI_RBP;
    rule.cfa_offset = (int32_t)r->cfa_offset;
    rule.rbp_saved = r->rbp;
    rule.rbp_offset = (int32_t)r->rbp_offset;
    return rule;
}

/* What the CIE at `address` says, with the row that its program makes; in `room`, or as it was
 * kept. NULL: there is no sound one. */
static const struct cfi_common *common_at(const struct cfi_tables *t, uintptr_t address,
                                          struct cfi_memo *memo, struct cfi_common *room)
{
    const struct cfi_common *kept = memo ? cfi_memo_find_common(memo, address) : NULL;

    if (kept)
        return kept;
    struct run run = {.row = {.cfa_complex = true, .ra_complex = true}};
    if (!read_common(t, address, room, &run.b))
        return NULL;
    if (!execute(&run, room, UINTPTR_MAX, t->header, &run.row, NULL))
        return NULL;
    room->initial = run.row;
    if (memo)
        cfi_memo_keep_common(memo, address, room);
    return room;
}

struct cfi_rule cfi_rule_at(const struct cfi_tables *t, uintptr_t pc, struct cfi_memo *memo)
{
    const struct cfi_rule none = {.kind = CFI_NONE};
    struct bytes b;
    struct cfi_common room;

    uintptr_t address = find_entry(t, pc);
    if (!address || !entry_at(t, address, &b))
        return none;
    uintptr_t place = (uintptr_t)b.at;
    uint32_t back = four_bytes(&b);
    if (b.bad || back == 0 || back > place - (uintptr_t)t->lo)
        return none;
    const struct cfi_common *c = common_at(t, place - back, memo, &room);
    if (!c)
        return none;
    uintptr_t start = encoded(&b, c->code_encoding, t->header);
    uintptr_t length = encoded(&b, c->code_encoding & 0x0f, t->header);
    if (c->augmented) {
        uint64_t skip = uleb(&b);
        take(&b, skip);
    }
    if (b.bad || pc < start || pc - start >= length)
        return none;
    if (c->signal || c->return_register != REG_RA)
        return (struct cfi_rule){.kind = CFI_COMPLEX};
    struct run run = {b, start, c->initial};
    if (!execute_function(&run, c, pc, t->header, memo))
        return none;
    return simplify(&run.row);
}
