/* profile.c - see profile.h: reads the DHAT file and checks it. Used by every command that
 * takes a profile; fuzzed.
 *
 * One pass over the text, then the checks that need the whole file (its keys come in any
 * order). The text is untrusted until profile_check has passed it.
 */
#include "analyzer/core/profile.h"
#include "analyzer/core/profile_read.h"
#include "preload/recording_format.h"

#include <stdlib.h>
#include <string.h>

/* ---- program points ---- */

int profile_no_memory(struct profile_reader *reader)
{
    return error_set(reader->in.error, "%s: not enough memory to read it", reader->in.name);
}

int profile_take_stack(struct profile_reader *reader, const uint32_t **stack, uint32_t *depth)
{
    struct json_in *in = &reader->in;
    struct json_list *list = &reader->indexes;
    int more;
    list->count = 0;
    if (json_in_array(in) != 0)
        return -1;
    while ((more = json_in_item(in)) == 1) {
        uint32_t *index = json_list_add(list, sizeof(*index), in);
        if (!index || json_in_u32(in, index) != 0)
            return -1;
    }
    if (more < 0)
        return -1;
    struct intern *stacks = &reader->profile->stacks;
    int64_t number = intern_bytes(stacks, list->items, list->count * sizeof(uint32_t));
    if (number < 0)
        return profile_no_memory(reader);
    *stack = intern_get(stacks, (uint32_t)number, NULL);
    *depth = (uint32_t)list->count;
    return 0;
}

static int take_point_stack(struct json_in *in, void *field, void *reader)
{
    struct profile_point *point = field;
    (void)in;
    return profile_take_stack(reader, &point->stack, &point->depth);
}

/* Bit i of point_keys is the i-th of these. */
static const struct json_field point_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_point, "tb", total_bytes),
    PROFILE_FIELD(JSON_U64, profile_point, "tbk", total_blocks),
    PROFILE_FIELD(JSON_U64, profile_point, "tl", life),
    PROFILE_FIELD(JSON_U64, profile_point, "mb", max_bytes),
    PROFILE_FIELD(JSON_U64, profile_point, "mbk", max_blocks),
    PROFILE_FIELD(JSON_U64, profile_point, "gb", peak_bytes),
    PROFILE_FIELD(JSON_U64, profile_point, "gbk", peak_blocks),
    PROFILE_FIELD(JSON_U64, profile_point, "eb", end_bytes),
    PROFILE_FIELD(JSON_U64, profile_point, "ebk", end_blocks),
    {"fs", JSON_TAKE, 0, take_point_stack},
    PROFILE_TAKE(profile_point, "hc", own, profile_own_take_point),
};
enum {
    KEY_TB = 1 << 0,
    KEY_TBK = 1 << 1,
    KEYS_LIFE = 0x7f << 2, /* tl ... ebk */
    KEY_FS = 1 << 9,
    KEYS_ALWAYS = KEY_TB | KEY_TBK | KEY_FS,
    KEYS_ALL = KEYS_ALWAYS | KEYS_LIFE
};

static int take_points(struct json_in *in, void *field, void *context)
{
    static const struct json_fields fields = JSON_FIELDS(point_fields);
    struct profile_reader *reader = context;
    int more;
    (void)field;
    if (reader->has_points)
        return json_in_fail(in, "one \"pps\" only");
    reader->has_points = true;
    if (json_in_array(in) != 0)
        return -1;
    while ((more = json_in_item(in)) == 1) {
        struct profile_point *point = json_list_add(&reader->points, sizeof(*point), in);
        uint64_t keys;
        if (!point ||
            json_fields_read(in, &fields, point, &reader->profile->arena, reader, &keys) != 0)
            return -1;
        if (reader->incomplete_point == PROFILE_NONE && (keys & KEYS_ALL) != KEYS_ALL)
            reader->incomplete_point = (uint32_t)reader->points.count - 1;
        reader->point_keys &= keys;
    }
    return more;
}

/* ---- the file ---- */

static int take_texts(struct json_in *in, void *field, void *context)
{
    struct profile_reader *reader = context;
    int more;
    (void)field;
    if (reader->has_texts)
        return json_in_fail(in, "one \"ftbl\" only");
    reader->has_texts = true;
    if (json_in_array(in) != 0)
        return -1;
    while ((more = json_in_item(in)) == 1) {
        const char **text = json_list_add(&reader->texts, sizeof(*text), in);
        if (!text || json_fields_text(in, text, &reader->profile->arena) != 0)
            return -1;
    }
    return more;
}

static int take_version(struct json_in *in, void *field, void *reader)
{
    uint64_t version;
    (void)field;
    (void)reader;
    if (json_in_u64(in, &version) != 0)
        return -1;
    if (version != 2)
        return error_set(in->error, "%s: expected DHAT file version 2, found version %llu",
                         in->name, (unsigned long long)version);
    return 0;
}

static const struct json_field file_fields[] = {
    {"dhatFileVersion", JSON_TAKE, 0, take_version},
    PROFILE_FIELD(JSON_TEXT, profile, "mode", mode),
    PROFILE_FIELD(JSON_TEXT, profile, "verb", verb),
    PROFILE_FIELD(JSON_BOOL, profile, "bklt", lifetimes),
    PROFILE_FIELD(JSON_BOOL, profile, "bkacc", accesses),
    PROFILE_FIELD(JSON_TEXT, profile, "cmd", program.command),
    PROFILE_FIELD(JSON_U64, profile, "pid", program.pid),
    PROFILE_FIELD(JSON_U64, profile, "te", end_time),
    {"pps", JSON_TAKE, 0, take_points},
    {"ftbl", JSON_TAKE, 0, take_texts},
#define REQUIRED 10 /* the keys above; those below are wanted in some files */
    PROFILE_FIELD(JSON_TEXT, profile, "tu", time_unit),
    PROFILE_FIELD(JSON_TEXT, profile, "Mtu", time_unit_mega),
    PROFILE_FIELD(JSON_U64, profile, "tuth", short_time),
    PROFILE_FIELD(JSON_U64, profile, "tg", peak_time),
    {"heapcoach", JSON_TAKE, 0, profile_own_take},
};

static int read_file(struct profile_reader *reader)
{
    static const struct json_fields fields = JSON_FIELDS(file_fields);
    struct json_in *in = &reader->in;
    uint64_t seen;
    if (in->bytes >= 8 && memcmp(in->text, REC_MAGIC, 8) == 0)
        return error_set(in->error,
                         "%s: expected " PROFILE_WHAT
                         ", found a recording: `heapcoach finish %s` makes a "
                         "profile of it",
                         in->name, in->name);
    if (json_fields_read(in, &fields, reader->profile, &reader->profile->arena, reader, &seen) ||
        json_in_end(in) != 0)
        return -1;
    for (int i = 0; i < REQUIRED; i++)
        if (!(seen >> i & 1))
            return error_set(in->error,
                             "%s: not " PROFILE_WHAT ": expected the key \"%s\", found none",
                             in->name, file_fields[i].key);
    return 0;
}

/* ---- putting it together ---- */

static int check_point_keys(const struct profile_reader *reader)
{
    uint64_t wanted = KEYS_ALWAYS | (reader->profile->lifetimes ? KEYS_LIFE : 0);
    uint64_t missing = wanted & ~reader->point_keys;
    if (!missing)
        return 0;
    return error_set(
        reader->in.error,
        "%s: not " PROFILE_WHAT ": expected the key \"%s\" in every program point, found some "
        "without (pps[%u] is the first that lacks a key)",
        reader->in.name, point_fields[__builtin_ctzll(missing)].key, reader->incomplete_point);
}

/* Moves a finished list to the arena. */
static int settle(struct profile_reader *reader, struct json_list *list, size_t item_bytes,
                  void *array, uint32_t *count)
{
    void *kept = arena_alloc(&reader->profile->arena, list->count * item_bytes);
    if (!kept)
        return profile_no_memory(reader);
    if (list->count)
        memcpy(kept, list->items, list->count * item_bytes);
    memcpy(array, &kept, sizeof(kept)); /* any pointer type */
    *count = (uint32_t)list->count;
    return 0;
}

/* Frames as our own file has them, which must match ftbl; the text goes beside. */
static int join_own_frames(struct profile_reader *reader)
{
    struct profile *profile = reader->profile;
    if (reader->frames.count != reader->texts.count)
        return error_set(reader->in.error,
                         "%s: expected as many heapcoach.frames as ftbl has (%zu), found %zu",
                         profile->path, reader->texts.count, reader->frames.count);
    if (settle(reader, &reader->frames, sizeof(*profile->frames), &profile->frames,
               &profile->frame_count) != 0)
        return -1;
    const char **texts = reader->texts.items;
    for (uint32_t i = 0; i < profile->frame_count; i++) {
        struct profile_frame *frame = &profile->frames[i];
        frame->text = texts[i];
        if (frame->module < profile->module_count)
            frame->object = profile->modules[frame->module].path;
    }
    return 0;
}

static int join_foreign_frames(struct profile_reader *reader)
{
    struct profile *profile = reader->profile;
    size_t n = reader->texts.count;
    const char **texts = reader->texts.items;
    profile->frames = arena_alloc(&profile->arena, n * sizeof(*profile->frames));
    if (!profile->frames)
        return profile_no_memory(reader);
    profile->frame_count = (uint32_t)n;
    for (size_t i = 0; i < n; i++)
        profile->frames[i].text = texts[i];
    return profile_foreign_frames(profile) == 0 ? 0 : profile_no_memory(reader);
}

static int join(struct profile_reader *reader)
{
    struct profile *p = reader->profile;
    if (settle(reader, &reader->points, sizeof(*p->points), &p->points, &p->point_count) ||
        settle(reader, &reader->modules, sizeof(*p->modules), &p->modules, &p->module_count) ||
        settle(reader, &reader->threads, sizeof(*p->threads), &p->threads, &p->thread_count) ||
        settle(reader, &reader->links, sizeof(*p->links), &p->links, &p->link_count))
        return -1;
    return reader->has_frames ? join_own_frames(reader) : join_foreign_frames(reader);
}

/* Stacks are interned, so equal ones are one pointer. */
static int count_repeated(struct profile *profile)
{
    struct intern pointers = {0};
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < profile->point_count; i++) {
        const struct profile_point *point = &profile->points[i];
        uint32_t before = pointers.count;
        if (intern_bytes(&pointers, &point->stack, sizeof(point->stack)) < 0)
            result = -1;
        else if (pointers.count == before)
            profile->repeated_points++;
    }
    intern_free(&pointers);
    return result;
}

static void start(struct profile_reader *reader, struct profile *profile)
{
    memset(reader, 0, sizeof(*reader));
    memset(profile, 0, sizeof(*profile));
    reader->profile = profile;
    reader->point_keys = UINT64_MAX;
    reader->incomplete_point = PROFILE_NONE;
    profile->path = profile->version = profile->mode = profile->verb = "";
    profile->time_unit = "instrs";
    profile->time_unit_mega = "Minstr";
    struct profile_program *program = &profile->program;
    program->exe = program->command = program->cwd = program->build_id = program->rustc =
        program->allocator = "";
    profile->recorder.end = profile->recorder.out_of_room = "";
}

static int load(struct profile_reader *reader)
{
    struct profile *profile = reader->profile;
    profile->path = arena_text(&profile->arena, reader->in.name, strlen(reader->in.name));
    if (!profile->path)
        return profile_no_memory(reader);
    if (read_file(reader) != 0 || join(reader) != 0 || check_point_keys(reader) != 0 ||
        profile_check(profile, reader->in.error) != 0)
        return -1;
    if (!profile->totals.blocks) /* others do not write totals */
        profile_foreign_totals(profile);
    return count_repeated(profile) == 0 ? 0 : profile_no_memory(reader);
}

static int finish(struct profile_reader *reader, int result)
{
    struct json_list *lists[] = {&reader->texts,   &reader->points, &reader->modules,
                                 &reader->threads, &reader->frames, &reader->links,
                                 &reader->pairs,   &reader->indexes};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        free(lists[i]->items);
    json_in_free(&reader->in);
    if (result != 0)
        profile_free(reader->profile);
    return result;
}

int profile_load(struct profile *profile, const char *path, struct error *error)
{
    struct profile_reader reader;
    start(&reader, profile);
    if (json_in_open(&reader.in, path, PROFILE_WHAT, error) != 0)
        return finish(&reader, -1);
    return finish(&reader, load(&reader));
}

int profile_load_memory(struct profile *profile, const void *text, size_t n, const char *name,
                        struct error *error)
{
    struct profile_reader reader;
    start(&reader, profile);
    json_in_memory(&reader.in, text, n, name, PROFILE_WHAT, error);
    return finish(&reader, load(&reader));
}

void profile_free(struct profile *profile)
{
    arena_free(&profile->arena);
    intern_free(&profile->stacks);
    memset(profile, 0, sizeof(*profile));
}

/* ---- what a loaded profile says ---- */

uint64_t profile_short_lived(const struct profile *profile, const struct profile_point *point)
{
    if (!profile->lifetimes || !point->total_blocks)
        return 0;
    if (!point->own)
        return point->life / point->total_blocks <= profile->short_time ? point->total_blocks : 0;
    double unit_ns = profile->recorder.unit_ns > 0 ? profile->recorder.unit_ns : 1000;
    double bound = (double)profile->short_time * 1000 / unit_ns, sum = 0;
    const struct profile_hist *hist = &point->own->life_units_hist;
    for (uint32_t i = 0; i < hist->count; i++) {
        double low = hist->bars[i].bucket ? (double)((uint64_t)1 << hist->bars[i].bucket) : 0;
        double high = (double)((uint64_t)1 << hist->bars[i].bucket) * 2;
        double part = bound >= high ? 1 : bound <= low ? 0 : (bound - low) / (high - low);
        sum += part * (double)hist->bars[i].count;
    }
    return sum < 1e18 ? (uint64_t)(sum + 0.5) : UINT64_MAX;
}
