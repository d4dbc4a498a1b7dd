/* tail_calls.c - see tail_calls.h. Used by the frame table.
 *
 * One pass over the nodes: for nearly all of them the function that the caller calls is the one
 * that the frame is in, and two array accesses tell. The code is looked through for the others
 * only. That bytes look like a jump to just that function and are none is next to impossible.
 */
#include "analyzer/core/tail_calls.h"
#include "analyzer/core/demangle.h"
#include "analyzer/core/intern.h"
#include "analyzer/core/ownership.h"

#include <stdlib.h>
#include <string.h>

enum {
    CALL = 0xe8,
    JUMP = 0xe9,
    TWO_BYTES = 0x0f, /* and then: */
    JUMP_IF = 0x80,   /* to 0x8f */
    THROUGH = 0xff,   /* a pointer beside the code, and then: */
    CALL_THROUGH = 0x15,
    JUMP_THROUGH = 0x25,
    DISTANCE_BYTES = 4
};

/* ---- machine code ---- */

/* Where an instruction goes whose distance, its last part, begins at the offset. */
static uint64_t destination(const struct tail_calls_code *code, uint64_t offset)
{
    uint32_t bits;
    memcpy(&bits, code->bytes + offset, sizeof(bits)); /* little-endian on both sides */
    return code->start + offset + DISTANCE_BYTES + (uint64_t)(int64_t)(int32_t)bits;
}

static uint64_t through_pointer(const struct tail_calls_code *code, uint64_t offset)
{
    uint64_t at = destination(code, offset);
    uint32_t low = 0, high = code->pointer_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (code->pointers[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < code->pointer_count && code->pointers[low].at == at ? code->pointers[low].to : 0;
}

uint64_t tail_calls_target(const struct tail_calls_code *code, uint64_t return_address)
{
    if (return_address <= code->start + DISTANCE_BYTES || return_address > code->end)
        return 0;
    uint64_t offset = return_address - code->start - DISTANCE_BYTES;
    const uint8_t *bytes = code->bytes + offset;
    if (bytes[-1] == CALL)
        return destination(code, offset);
    bool through = offset > 1 && bytes[-2] == THROUGH && bytes[-1] == CALL_THROUGH;
    return through ? through_pointer(code, offset) : 0;
}

/* Where the jump goes whose distance begins at the offset; *begins gets the offset of the jump. 0:
 * it is none. The byte at offset - 2 is looked at only where there is one. */
static uint64_t jump_target(const struct tail_calls_code *code, uint64_t offset, uint64_t *begins)
{
    const uint8_t *last = code->bytes + offset - 1, before = offset > 1 ? last[-1] : 0;
    *begins = offset - 2;
    if (before == TWO_BYTES && (*last & 0xf0) == JUMP_IF)
        return destination(code, offset);
    if (before == THROUGH && *last == JUMP_THROUGH)
        return through_pointer(code, offset);
    *begins = offset - 1;
    return *last == JUMP ? destination(code, offset) : 0;
}

uint64_t tail_calls_jump(const struct tail_calls_code *code, uint64_t from, uint64_t to,
                         uint64_t target)
{
    if (from < code->start || to > code->end)
        return 0;
    for (uint64_t at = from; at + 1 + DISTANCE_BYTES <= to; at++) {
        uint64_t begins;
        if (jump_target(code, at + 1 - code->start, &begins) == target)
            return code->start + begins;
    }
    return 0;
}

/* ---- one program ---- */

struct search {
    struct tail_calls *tails;
    const struct recording *recording;
    const char *path;
    struct elf_file file;
    struct tail_calls_code code;
    uint64_t *target_of; /* by location: the function that is called there; 0: not known */
    uint64_t *start_of;  /* by location: the function that it is in; 0: not known */
    struct intern seen;  /* pairs of locations that were looked at */
};

static uint32_t location_count(const struct recording *r)
{
    return (uint32_t)(r->header->count[REC_LOCATIONS] + REC_FIRST_REAL_LOCATION);
}

/* What each location calls and is in. */
static void look_at_locations(struct search *s)
{
    const struct recording *r = s->recording;
    for (uint32_t i = REC_FIRST_REAL_LOCATION; i < r->header->count[REC_LOCATIONS]; i++) {
        const struct rec_location *location = &r->locations[i];
        const struct rec_module *module = &r->modules[location->module];
        if (!location->live || module->end == 0 ||
            strcmp(recording_text(r, module->path), s->path) != 0)
            continue;
        uint64_t address = location->pc - module->bias;
        const struct elf_symbol *symbol = elf_file_symbol(&s->file, address - !location->exact);
        s->start_of[i] = symbol ? symbol->start : 0;
        s->target_of[i] = location->exact ? 0 : tail_calls_target(&s->code, address);
    }
}

/* Does it tell a reader more than the standard library's own functions do? Code that the compiler
 * put apart, name.cold, belongs to the function itself. */
static bool is_worth_showing(const struct elf_symbol *function, const struct elf_symbol *inner)
{
    char crate[OWNERSHIP_CRATE_BYTES];
    return strncmp(inner->name, function->name, strlen(function->name)) != 0 &&
           demangle_crate(function->name, crate, sizeof(crate)) && !demangle_is_std_crate(crate);
}

static int add(struct search *s, uint32_t inner, uint32_t outer, uint64_t address)
{
    struct tail_calls *tails = s->tails;
    if (tails->count == tails->room) {
        uint32_t room = tails->room ? tails->room * 2 : 64;
        struct tail_call *list = realloc(tails->list, room * sizeof(*list));
        if (!list)
            return -1;
        tails->list = list;
        tails->room = room;
    }
    tails->list[tails->count] = (struct tail_call){inner, outer, address, tails->first[inner]};
    tails->first[inner] = tails->count++;
    return 0;
}

static int look_at_call(struct search *s, uint32_t inner, uint32_t outer)
{
    const struct elf_symbol *function = elf_file_symbol(&s->file, s->target_of[outer]);
    const struct elf_symbol *in = elf_file_symbol(&s->file, s->start_of[inner]);
    if (!function || !in || function->start != s->target_of[outer] ||
        !is_worth_showing(function, in))
        return 0;
    uint64_t jump = tail_calls_jump(&s->code, function->start, function->end, in->start);
    return jump ? add(s, inner, outer, jump) : 0;
}

/* Many stacks have the same two frames, and whatever comes of them comes but once. -1: no memory.
 */
static int is_first_time(struct search *s, uint32_t inner, uint32_t outer)
{
    uint32_t pair[] = {inner, outer}, known = s->seen.count;
    int64_t number = intern_bytes(&s->seen, pair, sizeof(pair));
    return number < 0 ? -1 : number == known;
}

static int look_at_nodes(struct search *s)
{
    const struct rec_node *nodes = s->recording->nodes;
    uint32_t locations = location_count(s->recording);
    for (uint64_t i = REC_FIRST_REAL_NODE; i < s->recording->header->count[REC_NODES]; i++) {
        uint32_t parent = nodes[i].parent, inner = nodes[i].location, outer;
        if (parent < REC_FIRST_REAL_NODE || inner >= locations || !s->start_of[inner])
            continue;
        outer = nodes[parent].location;
        if (outer >= locations || !s->target_of[outer] || s->target_of[outer] == s->start_of[inner])
            continue;
        int first = is_first_time(s, inner, outer);
        if (first < 0 || (first && look_at_call(s, inner, outer) != 0))
            return -1;
    }
    return 0;
}

static int search(struct search *s)
{
    uint32_t locations = location_count(s->recording);
    int result = -1;
    s->target_of = calloc(locations, sizeof(*s->target_of));
    s->start_of = calloc(locations, sizeof(*s->start_of));
    s->tails->first = malloc(locations * sizeof(*s->tails->first));
    if (s->target_of && s->start_of && s->tails->first) {
        memset(s->tails->first, 0xff, locations * sizeof(*s->tails->first));
        look_at_locations(s);
        result = look_at_nodes(s);
    }
    intern_free(&s->seen);
    free(s->target_of);
    free(s->start_of);
    return result;
}

int tail_calls_find(struct tail_calls *tails, const struct recording *recording, const char *path,
                    const struct symbols_module *asked)
{
    struct search s = {.tails = tails, .recording = recording, .path = path};
    struct elf_pointer *pointers = NULL;
    int result = 0;
    *tails = (struct tail_calls){0};
    const char *problem = symbols_open_file(&s.file, asked);
    if (problem) {
        tails->cut_short = strcmp(problem, SYMBOLS_CUT_SHORT) == 0;
        return 0;
    }
    elf_file_read_table(&s.file, asked->path);
    s.code.bytes = elf_file_code(&s.file, &s.code.start, &s.code.end);
    if (s.code.bytes) {
        pointers = elf_file_pointers(&s.file, &s.code.pointer_count);
        s.code.pointers = pointers;
        result = search(&s);
    }
    free(pointers);
    tails->cut_short = elf_file_cut_short(&s.file);
    elf_file_close(&s.file);
    if (result != 0)
        tail_calls_free(tails);
    return result;
}

void tail_calls_free(struct tail_calls *tails)
{
    free(tails->list);
    free(tails->first);
    *tails = (struct tail_calls){0};
}
