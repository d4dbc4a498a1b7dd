/* frames.c - makes the frame table: locations in, texts of frames out.
 *
 * Used by finish. What always holds: equal texts have one number, texts are clean, numbers
 * follow the order of the texts. Locations are looked up module by module and sorted by
 * address, because that is how symbols can be quick.
 */
#include "analyzer/core/frames.h"
#include "analyzer/core/frame_owners.h"
#include "analyzer/core/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct frames_span {
    uint32_t first, count; /* in expansions */
};

/* A location that lies in a module. */
struct place {
    uint32_t module, location;
    uint64_t address;
};

static const char *const function_names[REC_FUNCTION_COUNT] = {
#define FUNCTION_NAME(name) [REC_FN_##name] = #name,
    REC_FUNCTIONS(FUNCTION_NAME)};

const char *frames_text(const struct frames *f, uint32_t text)
{
    return intern_text(&f->symbols.texts, text);
}

/* ---- texts ---- */

/* The last three components of a path, as dhat-rs writes them: enough to know the file, and
 * short enough for a tree. */
static const char *short_path(const char *path)
{
    int slashes = 0;
    for (const char *s = path + strlen(path); s > path; s--)
        if (s[-1] == '/' && ++slashes == 3)
            return s;
    return path;
}

/* Writes the text of a frame to a new string; NULL: out of memory. */
static char *compose(const struct frames *f, const struct frame *frame, const char *module)
{
    const char *function = frames_text(f, frame->function);
    const char *file = short_path(frames_text(f, frame->file));
    if (!*function)
        function = "???";
    size_t room = strlen(function) + strlen(file) + strlen(module) + 64;
    char *text = malloc(room), *clean = malloc(room * 3);
    if (!text || !clean) {
        free(text);
        free(clean);
        return NULL;
    }
    unsigned long long address = frame->address;
    int length;
    if (!*file)
        length = snprintf(text, room, "0x%llx: %s (in %s)", address, function, module);
    else if (frame->column)
        length = snprintf(text, room, "0x%llx: %s (%s:%u:%u)", address, function, file, frame->line,
                          frame->column);
    else
        length = snprintf(text, room, "0x%llx: %s (%s:%u)", address, function, file, frame->line);
    utf8_clean(clean, text, (size_t)length);
    free(text);
    return clean;
}

/* Adds a frame, or finds the one with the same text. Its number, or -1: out of memory. */
static int64_t add_frame(struct frames *f, const struct frame *frame, const char *text)
{
    int64_t number = intern_string(&f->texts, text);
    if (number < 0 || (uint32_t)number < f->count)
        return number;
    if (f->count == f->room) {
        uint32_t room = f->room ? f->room * 2 : 1024;
        struct frame *list = realloc(f->list, room * sizeof(*list));
        if (!list)
            return -1;
        f->list = list;
        f->room = room;
    }
    f->list[f->count] = *frame;
    f->list[f->count].text = intern_text(&f->texts, (uint32_t)number);
    return f->count++;
}

static int add_expansion(struct frames *f, uint32_t frame)
{
    if (f->expansion_count == f->expansion_room) {
        uint32_t room = f->expansion_room ? f->expansion_room * 2 : 4096;
        uint32_t *more =
            room > f->expansion_room ? realloc(f->expansions, room * sizeof(*more)) : NULL;
        if (!more)
            return -1;
        f->expansions = more;
        f->expansion_room = room;
    }
    f->expansions[f->expansion_count++] = frame;
    return 0;
}

/* ---- frames that are no code of the program ---- */

static int add_special(struct frames *f, const char *text, const char *function, enum owner owner,
                       uint64_t address, uint32_t *number)
{
    struct frame frame = {.function = SYMBOLS_NONE,
                          .name = SYMBOLS_NONE,
                          .crate = SYMBOLS_NONE,
                          .file = SYMBOLS_NONE,
                          .module = FRAMES_NO_MODULE,
                          .address = address,
                          .owner = owner};
    if (function) {
        int64_t name = intern_string(&f->symbols.texts, function);
        if (name < 0)
            return -1;
        frame.function = (uint32_t)name;
    }
    int64_t added = add_frame(f, &frame, text);
    if (added < 0 || add_expansion(f, (uint32_t)added) != 0)
        return -1;
    *number = (uint32_t)added;
    return 0;
}

/* The root comes first, then the interposed functions, whose expansions are looked up by
 * their location's number. */
static int add_specials(struct frames *f)
{
    uint32_t number;
    char text[128];
    if (add_special(f, "[root]", NULL, OWNER_NONE, 0, &number) != 0)
        return -1;
    for (uint32_t i = 0; i < REC_FUNCTION_COUNT; i++) {
        snprintf(text, sizeof(text), "0x%x: %s (in libheapcoach.so)", i + 1, function_names[i]);
        if (add_special(f, text, function_names[i], OWNER_HOOK, i + 1, &number) != 0)
            return -1;
        f->spans[i] = (struct frames_span){.first = f->expansion_count - 1, .count = 1};
    }
    if (add_special(f, "0x0: [outer frames omitted] (in heapcoach)", NULL, OWNER_NONE, 0,
                    &f->omitted) != 0 ||
        add_special(f, "0x0: [outer frames unknown] (in heapcoach)", NULL, OWNER_NONE, 0,
                    &f->unknown) != 0 ||
        add_special(f, "0x0: [stack not recorded] (in heapcoach)", NULL, OWNER_NONE, 0,
                    &f->unrecorded) != 0)
        return -1;
    return add_special(f, "0x0: ??? (in [location not in the recording])", NULL, OWNER_NONE, 0,
                       &f->nowhere);
}

/* ---- modules ---- */

/* The number in the profile of a recorded module, given when it is first needed: modules
 * without code of ours need no reading. A library that was loaded several times is one
 * module. FRAMES_NO_MODULE: there is none; -1: out of memory. */
static int64_t module_number(struct frames *f, const struct recording *r, uint32_t recorded)
{
    const struct rec_module *module = &r->modules[recorded];
    if (module->end == 0)
        return FRAMES_NO_MODULE;
    if (f->module_of[recorded] != FRAMES_NO_MODULE)
        return f->module_of[recorded];
    const char *path = recording_text(r, module->path);
    size_t length = strlen(path) + 1;
    char *key = malloc(length + module->build_id_bytes);
    if (!key)
        return -1;
    memcpy(key, path, length);
    memcpy(key + length, module->build_id, module->build_id_bytes);
    int64_t number = intern_bytes(&f->files, key, length + module->build_id_bytes);
    free(key);
    if (number == f->module_count)
        f->modules[f->module_count++] = (struct frames_module){.recorded = module, .path = path};
    if (number >= 0)
        f->module_of[recorded] = (uint32_t)number;
    return number;
}

/* The program itself comes first, whether it has frames or not: what it is built with is
 * told in any case. */
static int list_modules(struct frames *f, const struct recording *r)
{
    uint32_t recorded = (uint32_t)r->header->count[REC_MODULES];
    const char *exe = recording_text(r, r->header->exe);
    f->exe = FRAMES_NO_MODULE;
    f->modules = calloc(recorded + 1, sizeof(*f->modules));
    f->module_of = malloc((recorded + 1) * sizeof(*f->module_of));
    if (!f->modules || !f->module_of)
        return -1;
    memset(f->module_of, 0xff, (recorded + 1) * sizeof(*f->module_of));
    for (uint32_t i = 0; i < recorded && f->exe == FRAMES_NO_MODULE; i++) {
        if (r->modules[i].end == 0 || strcmp(recording_text(r, r->modules[i].path), exe) != 0)
            continue;
        int64_t number = module_number(f, r, i);
        if (number < 0)
            return -1;
        f->exe = (uint32_t)number;
    }
    return 0;
}

/* ---- looking up ---- */

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->module != y->module)
        return x->module < y->module ? -1 : 1;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return x->location < y->location ? -1 : x->location > y->location;
}

/* One module's look-up: the emit callback's context. */
struct batch {
    struct frames *frames;
    const struct recording *recording;
    uint32_t module;
    const uint64_t *addresses;
    struct frames_span *spans; /* by address */
    const struct symbols_info *info;
};

static void set_owner(struct batch *b, struct frame *frame)
{
    struct frames *f = b->frames;
    char crate[OWNERSHIP_CRATE_BYTES];
    struct ownership_question question = {
        .file = frames_text(f, frame->file),
        .crate = frames_text(f, frame->crate),
        .function = frames_text(f, frame->function),
        .module = f->modules[b->module].path,
        .main_crate = b->info->main_crate,
    };
    frame->owner = ownership_of(&question, crate);
    int64_t number = *crate ? intern_string(&f->symbols.texts, crate) : -1;
    frame->crate = number < 0 ? SYMBOLS_NONE : (uint32_t)number;
}

static int take_frames(void *context, size_t address, const struct symbols_frame *found,
                       size_t count)
{
    struct batch *b = context;
    struct frames *f = b->frames;
    b->spans[address] = (struct frames_span){f->expansion_count, (uint32_t)count};
    for (size_t i = 0; i < count; i++) {
        struct frame frame = {.function = found[i].function,
                              .name = found[i].name,
                              .crate = found[i].crate,
                              .file = found[i].file,
                              .line = found[i].line,
                              .column = found[i].column,
                              .module = b->module,
                              .address = b->addresses[address],
                              .inlined = found[i].inlined};
        set_owner(b, &frame);
        char *text = compose(f, &frame, f->modules[b->module].path);
        int64_t number = text ? add_frame(f, &frame, text) : -1;
        free(text);
        if (number < 0 || add_expansion(f, (uint32_t)number) != 0)
            return -1;
    }
    return 0;
}

static struct symbols_module asked_for(const struct recording *r, const struct frames_module *m)
{
    return (struct symbols_module){.path = m->path,
                                   .build_id = m->recorded->build_id,
                                   .build_id_bytes = m->recorded->build_id_bytes,
                                   .start_unix_ns = r->header->start_unix_ns};
}

/* The places of one module, sorted by address. */
static int look_up_module(struct frames *f, const struct recording *r, const struct place *places,
                          uint32_t count, uint32_t module)
{
    struct frames_module *m = &f->modules[module];
    struct symbols_module asked = asked_for(r, m);
    uint64_t *addresses = malloc((count + 1) * sizeof(*addresses));
    struct frames_span *spans = calloc(count + 1, sizeof(*spans));
    int result = -1;
    if (!addresses || !spans)
        goto out;
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || places[i].address != places[i - 1].address)
            addresses[distinct++] = places[i].address;

    struct batch batch = {f, r, module, addresses, spans, &m->info};
    if (symbols_resolve(&f->symbols, &asked, addresses, distinct, take_frames, &batch, &m->info) !=
        0)
        goto out;
    for (uint32_t i = 0, at = 0; i < count; i++) {
        at += i > 0 && places[i].address != places[i - 1].address;
        f->spans[places[i].location] = spans[at];
    }
    if (module == f->exe && f->tails.cut_short)
        m->info.note = SYMBOLS_CUT_SHORT;
    result = 0;
out:
    free(addresses);
    free(spans);
    return result;
}

/* Code in no module: made at run time, or of a library that came and went unseen. */
static int add_homeless(struct frames *f, uint32_t location, uint64_t address)
{
    char text[64];
    uint32_t number;
    snprintf(text, sizeof(text), "0x%llx: ??? (in [no module])", (unsigned long long)address);
    if (add_special(f, text, NULL, OWNER_NONE, address, &number) != 0)
        return -1;
    f->spans[location] = (struct frames_span){f->expansion_count - 1, 1};
    return 0;
}

/* Lists the locations that lie in modules; the others become frames at once. */
static int list_places(struct frames *f, const struct recording *r, struct place *places,
                       uint32_t *count)
{
    for (uint32_t i = REC_FIRST_REAL_LOCATION; i < r->header->count[REC_LOCATIONS]; i++) {
        const struct rec_location *location = &r->locations[i];
        if (!location->live)
            continue;
        uint64_t address = location->pc - !location->exact;
        int64_t module = module_number(f, r, location->module);
        if (module < 0)
            return -1;
        if (module != FRAMES_NO_MODULE)
            places[(*count)++] =
                (struct place){(uint32_t)module, i, address - r->modules[location->module].bias};
        else if (add_homeless(f, i, address) != 0)
            return -1;
    }
    return 0;
}

/* Those of the program itself: a library of the system is not written in Rust. */
static int find_tail_calls(struct frames *f, const struct recording *r)
{
    if (f->exe == FRAMES_NO_MODULE)
        return 0;
    struct symbols_module asked = asked_for(r, &f->modules[f->exe]);
    return tail_calls_find(&f->tails, r, f->modules[f->exe].path, &asked);
}

static void list_tail_calls(const struct frames *f, struct place *places, uint32_t *count)
{
    for (uint32_t i = 0; i < f->tails.count; i++)
        places[(*count)++] = (struct place){f->exe, f->locations + i, f->tails.list[i].address};
}

static void mark_tail_calls(struct frames *f)
{
    for (uint32_t i = 0; i < f->tails.count; i++) {
        const struct frames_span *span = &f->spans[f->locations + i];
        for (uint32_t k = 0; k < span->count; k++)
            f->list[f->expansions[span->first + k]].jumped = true;
    }
}

static int look_up(struct frames *f, const struct recording *r)
{
    uint32_t count = 0;
    struct place *places =
        malloc((r->header->count[REC_LOCATIONS] + f->tails.count + 1) * sizeof(*places));
    int result = places ? list_places(f, r, places, &count) : -1;
    if (result == 0)
        list_tail_calls(f, places, &count);
    if (result == 0 && count)
        qsort(places, count, sizeof(*places), compare_places);
    for (uint32_t module = 0, i = 0; module < f->module_count && result == 0; module++) {
        uint32_t first = i;
        while (i < count && places[i].module == module)
            i++;
        result = look_up_module(f, r, places + first, i - first, module);
    }
    if (result == 0)
        mark_tail_calls(f);
    free(places);
    return result;
}

/* ---- sorting ---- */

static int compare_texts(const void *a, const void *b)
{
    const struct frame *x = *(const struct frame *const *)a, *y = *(const struct frame *const *)b;
    return strcmp(x->text, y->text);
}

/* Numbers the frames by their texts, the root first. */
static int sort_frames(struct frames *f)
{
    const struct frame **order = malloc(f->count * sizeof(*order));
    struct frame *sorted = malloc(f->count * sizeof(*sorted));
    uint32_t *new_number = malloc(f->count * sizeof(*new_number));
    int result = -1;
    if (!order || !sorted || !new_number)
        goto out;
    for (uint32_t i = 0; i < f->count; i++)
        order[i] = &f->list[i];
    qsort(order + 1, f->count - 1, sizeof(*order), compare_texts);
    for (uint32_t i = 0; i < f->count; i++) {
        sorted[i] = *order[i];
        new_number[order[i] - f->list] = i;
    }
    for (uint32_t i = 0; i < f->expansion_count; i++)
        f->expansions[i] = new_number[f->expansions[i]];
    f->omitted = new_number[f->omitted];
    f->unknown = new_number[f->unknown];
    f->unrecorded = new_number[f->unrecorded];
    f->nowhere = new_number[f->nowhere];
    free(f->list);
    f->list = sorted;
    sorted = NULL;
    result = 0;
out:
    free(order);
    free(sorted);
    free(new_number);
    return result;
}

int frames_build(struct frames *f, const struct recording *r, struct error *e)
{
    *f = (struct frames){0};
    uint64_t locations = r->header->count[REC_LOCATIONS] + REC_FIRST_REAL_LOCATION;
    f->locations = (uint32_t)locations;
    if (list_modules(f, r) == 0 && find_tail_calls(f, r) == 0)
        f->spans = calloc(locations + f->tails.count, sizeof(*f->spans));
    if (f->spans && add_specials(f) == 0 && look_up(f, r) == 0 && frame_owners_settle(f) == 0 &&
        sort_frames(f) == 0)
        return 0;
    frames_free(f);
    return error_set(e, "out of memory while looking up the %llu code addresses of %s",
                     (unsigned long long)locations, r->path);
}

const uint32_t *frames_of(const struct frames *f, uint32_t location, uint32_t *count)
{
    if (location == RECORDING_NO_LOCATION) {
        *count = 1;
        return &f->nowhere;
    }
    *count = f->spans[location].count;
    return f->expansions + f->spans[location].first;
}

uint32_t frames_tail_call(const struct frames *f, uint32_t inner, uint32_t outer)
{
    if (inner >= f->locations)
        return RECORDING_NO_LOCATION;
    uint32_t tail = tail_calls_between(&f->tails, inner, outer);
    return tail == TAIL_CALLS_NONE ? RECORDING_NO_LOCATION : f->locations + tail;
}

void frames_free(struct frames *f)
{
    tail_calls_free(&f->tails);
    symbols_close(&f->symbols);
    intern_free(&f->texts);
    intern_free(&f->files);
    free(f->list);
    free(f->modules);
    free(f->spans);
    free(f->expansions);
    free(f->module_of);
    *f = (struct frames){0};
}
