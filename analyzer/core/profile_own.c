/* profile_own.c - reads the object "heapcoach" of a profile. Called by profile.c while it
 * walks the file.
 *
 * The tables below are the list of keys that the analyzer knows; keys of a later version
 * are passed over. Indexes are checked by profile.c when all arrays are read, as their
 * order in the file is free.
 */
#include "analyzer/core/profile_read.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "heapcoach-profile/1"

static struct arena *arena_of(struct profile_reader *reader)
{
    return &reader->profile->arena;
}

/* ---- the arrays of "heapcoach" ---- */

/* An array of objects; each becomes a zeroed item, made ready by `prepare`. */
static int take_objects(struct json_in *in, struct json_list *list, size_t item_bytes,
                        const struct json_fields *fields, void (*prepare)(void *item),
                        struct profile_reader *reader)
{
    int more;
    list->count = 0; /* of a key that comes twice the last counts */
    if (json_in_array(in) != 0)
        return -1;
    while ((more = json_in_item(in)) == 1) {
        void *item = json_list_add(list, item_bytes, in);
        if (!item)
            return -1;
        prepare(item);
        if (json_in_null(in) == 1) /* the root frame */
            continue;
        if (json_fields_read(in, fields, item, arena_of(reader), reader, NULL) != 0)
            return -1;
    }
    return more;
}

static const struct json_field module_fields[] = {
    PROFILE_FIELD(JSON_TEXT, profile_module, "path", path),
    PROFILE_FIELD(JSON_TEXT, profile_module, "build_id", build_id),
    PROFILE_FIELD(JSON_BOOL, profile_module, "lines", lines),
    PROFILE_FIELD(JSON_BOOL, profile_module, "symbols", symbols),
    PROFILE_FIELD(JSON_TEXT, profile_module, "note", note),
};

static void prepare_module(void *item)
{
    struct profile_module *module = item;
    module->path = module->build_id = module->note = "";
}

static int take_modules(struct json_in *in, void *field, void *context)
{
    static const struct json_fields fields = JSON_FIELDS(module_fields);
    struct profile_reader *reader = context;
    (void)field;
    return take_objects(in, &reader->modules, sizeof(struct profile_module), &fields,
                        prepare_module, reader);
}

static const struct json_field thread_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_thread, "tid", tid),
    PROFILE_FIELD(JSON_TEXT, profile_thread, "name", name),
    PROFILE_FIELD(JSON_U64, profile_thread, "owners", owners),
    PROFILE_FIELD(JSON_U64, profile_thread, "allocs", allocs),
    PROFILE_FIELD(JSON_U64, profile_thread, "frees", frees),
};

static void prepare_thread(void *item)
{
    struct profile_thread *thread = item;
    thread->name = "";
}

static int take_threads(struct json_in *in, void *field, void *context)
{
    static const struct json_fields fields = JSON_FIELDS(thread_fields);
    struct profile_reader *reader = context;
    (void)field;
    return take_objects(in, &reader->threads, sizeof(struct profile_thread), &fields,
                        prepare_thread, reader);
}

/* A kind of a later version counts as unknown code. */
static int take_kind(struct json_in *in, void *field, void *reader)
{
    struct json_text text;
    char word[16];
    (void)reader;
    if (json_in_string(in, &text) != 0)
        return -1;
    size_t n = text.n < sizeof(word) ? text.n : 0;
    memcpy(word, text.text, n);
    word[n] = 0;
    *(enum owner *)field = ownership_from_name(word);
    return 0;
}

static int take_flag(struct json_in *in, void *field, void *reader)
{
    uint64_t value;
    (void)reader;
    if (json_in_u64(in, &value) != 0)
        return -1;
    *(bool *)field = value != 0;
    return 0;
}

static const struct json_field frame_fields[] = {
    PROFILE_FIELD(JSON_TEXT, profile_frame, "fn", function),
    PROFILE_FIELD(JSON_TEXT, profile_frame, "file", file),
    PROFILE_FIELD(JSON_U32, profile_frame, "line", line),
    PROFILE_FIELD(JSON_U32, profile_frame, "col", column),
    PROFILE_TAKE(profile_frame, "inl", inlined, take_flag),
    PROFILE_TAKE(profile_frame, "jumped", jumped, take_flag),
    PROFILE_FIELD(JSON_U32, profile_frame, "mod", module),
    PROFILE_FIELD(JSON_U64, profile_frame, "addr", address),
    PROFILE_FIELD(JSON_TEXT, profile_frame, "name", name),
    PROFILE_FIELD(JSON_TEXT, profile_frame, "crate", crate),
    PROFILE_TAKE(profile_frame, "kind", kind, take_kind),
};

static void prepare_frame(void *item)
{
    struct profile_frame *frame = item;
    frame->text = frame->function = frame->name = frame->file = frame->crate = frame->object = "";
    frame->module = PROFILE_NONE;
    frame->kind = OWNER_NONE;
}

static int take_frames(struct json_in *in, void *field, void *context)
{
    static const struct json_fields fields = JSON_FIELDS(frame_fields);
    struct profile_reader *reader = context;
    (void)field;
    reader->has_frames = true;
    return take_objects(in, &reader->frames, sizeof(struct profile_frame), &fields, prepare_frame,
                        reader);
}

static int take_link_kind(struct json_in *in, void *field, void *reader)
{
    struct json_text text;
    (void)reader;
    if (json_in_string(in, &text) != 0)
        return -1;
    *(enum profile_link_kind *)field = json_text_is(text, "grew")       ? PROFILE_GREW
                                       : json_text_is(text, "handover") ? PROFILE_HANDOVER
                                       : json_text_is(text, "freed")    ? PROFILE_FREED
                                                                        : PROFILE_LINK_UNKNOWN;
    return 0;
}

static int take_to_stack(struct json_in *in, void *field, void *reader)
{
    struct profile_link *link = field;
    (void)in;
    return profile_take_stack(reader, &link->to_stack, &link->to_depth);
}

static const struct json_field link_fields[] = {
    PROFILE_TAKE(profile_link, "kind", kind, take_link_kind),
    PROFILE_FIELD(JSON_U32, profile_link, "from", from),
    PROFILE_FIELD(JSON_U32, profile_link, "to", to),
    {"to_fs", JSON_TAKE, 0, take_to_stack},
    PROFILE_FIELD(JSON_U64, profile_link, "n", n),
    PROFILE_FIELD(JSON_U64, profile_link, "bytes", bytes),
    PROFILE_FIELD(JSON_U64, profile_link, "to_bytes", to_bytes),
    PROFILE_FIELD(JSON_U64, profile_link, "moved", moved),
    PROFILE_FIELD(JSON_U64, profile_link, "final_max", final_max),
    PROFILE_TAKE(profile_link, "to_hist", to_hist, profile_take_hist),
};

static void prepare_link(void *item)
{
    struct profile_link *link = item;
    link->from = link->to = PROFILE_NONE;
}

static int take_links(struct json_in *in, void *field, void *context)
{
    static const struct json_fields fields = JSON_FIELDS(link_fields);
    struct profile_reader *reader = context;
    (void)field;
    return take_objects(in, &reader->links, sizeof(struct profile_link), &fields, prepare_link,
                        reader);
}

/* ---- costs: [[bucket, calls, ns, slow calls, their ns], ...] of each kind ---- */

/* The last two are newer than the others, and may be left out. */
static int take_cost_bar(struct json_in *in, struct profile_cost_bar *bar)
{
    uint64_t numbers[5] = {0};
    int count = 0, more = json_in_array(in);
    while (more == 0 && (more = json_in_item(in)) == 1)
        more = count < 5 ? json_in_u64(in, &numbers[count++]) : 1;
    if (more < 0)
        return -1;
    if (more || (count != 3 && count != 5) || numbers[0] >= PROFILE_BUCKETS || !numbers[1] ||
        numbers[3] > numbers[1])
        return json_in_fail(in, "[bucket, calls, ns, slow calls, their ns] before this");
    *bar = (struct profile_cost_bar){(uint32_t)numbers[0], numbers[1], numbers[2], numbers[3],
                                     numbers[4]};
    return 0;
}

int profile_take_cost(struct json_in *in, void *field, void *context)
{
    struct profile_reader *reader = context;
    struct profile_cost_hist *hist = field;
    struct profile_cost_bar bars[PROFILE_BUCKETS];
    uint32_t count = 0;
    int more = json_in_array(in);
    while (more == 0 && (more = json_in_item(in)) == 1) {
        if (count == PROFILE_BUCKETS)
            return json_in_fail(in, "fewer buckets of costs before this");
        more = take_cost_bar(in, &bars[count++]);
    }
    if (more != 0)
        return -1;
    struct profile_cost_bar *kept = arena_alloc(arena_of(reader), count * sizeof(*kept));
    if (!kept)
        return profile_no_memory(reader);
    if (count)
        memcpy(kept, bars, count * sizeof(*kept));
    *hist = (struct profile_cost_hist){kept, count};
    return 0;
}

static const struct json_field cost_fields[] = {
    PROFILE_TAKE(profile, "alloc", costs[PROFILE_COST_ALLOC], profile_take_cost),
    PROFILE_TAKE(profile, "free", costs[PROFILE_COST_FREE], profile_take_cost),
    PROFILE_TAKE(profile, "grow_in_place", costs[PROFILE_COST_GROW_IN_PLACE], profile_take_cost),
    PROFILE_TAKE(profile, "grow_moved", costs[PROFILE_COST_GROW_MOVED], profile_take_cost),
};

/* ---- the single objects of "heapcoach" ---- */

static int take_args(struct json_in *in, void *field, void *context)
{
    struct profile_reader *reader = context;
    struct profile_program *program = field;
    struct json_list *list = &(struct json_list){NULL, 0, 0};
    int more = json_in_array(in);
    while (more == 0 && (more = json_in_item(in)) == 1) {
        const char **arg = json_list_add(list, sizeof(*arg), in);
        more = arg ? json_fields_text(in, arg, arena_of(reader)) : -1;
    }
    if (more == 0) {
        program->args = arena_alloc(arena_of(reader), list->count * sizeof(*program->args));
        if (!program->args)
            more = profile_no_memory(reader);
        else if (list->count)
            memcpy(program->args, list->items, list->count * sizeof(*program->args));
        program->arg_count = (uint32_t)list->count;
    }
    free(list->items);
    return more;
}

static const struct json_field program_fields[] = {
    PROFILE_FIELD(JSON_TEXT, profile_program, "exe", exe),
    {"args", JSON_TAKE, 0, take_args},
    PROFILE_FIELD(JSON_TEXT, profile_program, "cwd", cwd),
    PROFILE_FIELD(JSON_U64, profile_program, "pid", pid),
    PROFILE_FIELD(JSON_U64, profile_program, "start_unix_ns", start_unix_ns),
    PROFILE_FIELD(JSON_U64, profile_program, "duration_ns", duration_ns),
    PROFILE_FIELD(JSON_U64, profile_program, "cpu_ns", cpu_ns),
    PROFILE_FIELD(JSON_U64, profile_program, "recorder_ns", recorder_ns),
    PROFILE_FIELD(JSON_U64, profile_program, "page_faults", page_faults),
    PROFILE_FIELD(JSON_TEXT, profile_program, "build_id", build_id),
    PROFILE_FIELD(JSON_TEXT, profile_program, "rustc", rustc),
    PROFILE_FIELD(JSON_TEXT, profile_program, "allocator", allocator),
    PROFILE_FIELD(JSON_BOOL, profile_program, "allocator_in_part", allocator_in_part),
    PROFILE_FIELD(JSON_BOOL, profile_program, "lines", lines),
    PROFILE_FIELD(JSON_BOOL, profile_program, "symbols", symbols),
    PROFILE_FIELD(JSON_BOOL, profile_program, "opt_level_0", opt_level_0),
};

static const struct json_field totals_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_totals, "bytes", bytes),
    PROFILE_FIELD(JSON_U64, profile_totals, "blocks", blocks),
    PROFILE_FIELD(JSON_U64, profile_totals, "peak_bytes", peak_bytes),
    PROFILE_FIELD(JSON_U64, profile_totals, "peak_blocks", peak_blocks),
    PROFILE_FIELD(JSON_U64, profile_totals, "peak_error_bytes", peak_error_bytes),
    PROFILE_FIELD(JSON_U64, profile_totals, "end_bytes", end_bytes),
    PROFILE_FIELD(JSON_U64, profile_totals, "end_blocks", end_blocks),
    PROFILE_FIELD(JSON_U64, profile_totals, "frees", frees),
    PROFILE_FIELD(JSON_U64, profile_totals, "reallocs", reallocs),
    PROFILE_FIELD(JSON_U64, profile_totals, "reallocs_moved", reallocs_moved),
    PROFILE_FIELD(JSON_U64, profile_totals, "reallocs_remapped", reallocs_remapped),
    PROFILE_FIELD(JSON_U64, profile_totals, "reallocs_shrunk", reallocs_shrunk),
    PROFILE_FIELD(JSON_U64, profile_totals, "bytes_copied", bytes_copied),
    PROFILE_FIELD(JSON_U64, profile_totals, "short_lived_blocks", short_lived_blocks),
    PROFILE_FIELD(JSON_U64, profile_totals, "life_allocs", life_allocs),
};

static const struct json_field sampling_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_sampling, "bytes", bytes),
    PROFILE_FIELD(JSON_U64, profile_sampling, "seed", seed),
    PROFILE_FIELD(JSON_U64, profile_sampling, "sampled", sampled),
    PROFILE_FIELD(JSON_U64, profile_sampling, "reallocs", reallocs),
    PROFILE_FIELD(JSON_U64, profile_sampling, "reallocs_error", reallocs_error),
    PROFILE_FIELD(JSON_U64, profile_sampling, "blocks_error", blocks_error),
    PROFILE_FIELD(JSON_U64, profile_sampling, "bytes_error", bytes_error),
    PROFILE_FIELD(JSON_U64, profile_sampling, "peak_bytes_error", peak_bytes_error),
    PROFILE_FIELD(JSON_U64, profile_sampling, "end_bytes_error", end_bytes_error),
};

static const struct json_field walk_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_recorder, "remembered", walks.remembered),
    PROFILE_FIELD(JSON_U64, profile_recorder, "joined", walks.joined),
    PROFILE_FIELD(JSON_U64, profile_recorder, "full", walks.full),
    PROFILE_FIELD(JSON_U64, profile_recorder, "slow", walks.slow),
    PROFILE_FIELD(JSON_U64, profile_recorder, "foreign", walks.foreign),
    PROFILE_FIELD(JSON_U64, profile_recorder, "checked", walks.checked),
    PROFILE_FIELD(JSON_U64, profile_recorder, "differences", walks.differences),
    PROFILE_FIELD(JSON_U64, profile_recorder, "no_room", walks.no_room),
};

static const struct json_field stack_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_recorder, "whole", stacks.whole),
    PROFILE_FIELD(JSON_U64, profile_recorder, "cut_by_depth", stacks.cut_by_depth),
    PROFILE_FIELD(JSON_U64, profile_recorder, "lost", stacks.lost),
    PROFILE_FIELD(JSON_U64, profile_recorder, "unrecorded", stacks.unrecorded),
};

static const struct json_field clock_fields[] = {
    PROFILE_FIELD(JSON_REAL, profile_recorder, "unit_ns", unit_ns),
};

/* An object whose fields lie in the struct that field points to. */
#define NESTED(name, table)                                                                        \
    static int name(struct json_in *in, void *field, void *reader)                                 \
    {                                                                                              \
        static const struct json_fields fields = JSON_FIELDS(table);                               \
        return json_fields_read(in, &fields, field, arena_of(reader), reader, NULL);               \
    }
NESTED(take_costs, cost_fields)
NESTED(take_program, program_fields)
NESTED(take_totals, totals_fields)
NESTED(take_sampling, sampling_fields)
NESTED(take_walks, walk_fields)
NESTED(take_stacks, stack_fields)
NESTED(take_clock, clock_fields)

static const struct json_field recorder_fields[] = {
    PROFILE_FIELD(JSON_BOOL, profile_recorder, "sealed", sealed),
    PROFILE_FIELD(JSON_TEXT, profile_recorder, "end", end),
    PROFILE_FIELD(JSON_BOOL, profile_recorder, "truncated", truncated),
    PROFILE_FIELD(JSON_U64, profile_recorder, "repaired", repaired),
    PROFILE_FIELD(JSON_U64, profile_recorder, "events_missed_early", missed_early),
    PROFILE_FIELD(JSON_U64, profile_recorder, "events_missed_reentrant", missed_reentrant),
    PROFILE_FIELD(JSON_U64, profile_recorder, "events_missed_no_room", missed_no_room),
    PROFILE_FIELD(JSON_U64, profile_recorder, "frees_unknown", frees_unknown),
    PROFILE_FIELD(JSON_U64, profile_recorder, "handovers_dropped", handovers_dropped),
    PROFILE_FIELD(JSON_U64, profile_recorder, "blocks_overwritten", blocks_overwritten),
    {"walks", JSON_TAKE, 0, take_walks},
    {"stacks", JSON_TAKE, 0, take_stacks},
    PROFILE_FIELD(JSON_U64, profile_recorder, "memory_bytes", memory_bytes),
    PROFILE_FIELD(JSON_U64, profile_recorder, "table_bytes", table_bytes),
    PROFILE_FIELD(JSON_U64, profile_recorder, "recording_bytes", recording_bytes),
    PROFILE_FIELD(JSON_U64, profile_recorder, "sites", sites),
    PROFILE_FIELD(JSON_U64, profile_recorder, "nodes", nodes),
    PROFILE_FIELD(JSON_U64, profile_recorder, "threads", threads),
    PROFILE_FIELD(JSON_U64, profile_recorder, "module_changes", module_changes),
    PROFILE_FIELD(JSON_TEXT, profile_recorder, "out_of_room", out_of_room),
    PROFILE_FIELD(JSON_U64, profile_recorder, "depth_limit", depth_limit),
    {"clock", JSON_TAKE, 0, take_clock},
};
NESTED(take_recorder, recorder_fields)

static int take_schema(struct json_in *in, void *field, void *reader)
{
    struct json_text text;
    (void)field;
    (void)reader;
    if (json_in_string(in, &text) != 0)
        return -1;
    if (!json_text_is(text, SCHEMA))
        return error_set(in->error,
                         "%s: expected the schema " SCHEMA
                         ", found %.*s: it was written by another "
                         "version of heapcoach; read it with that one",
                         in->name, text.n < 60 ? (int)text.n : 60, text.text);
    return 0;
}

static const struct json_field own_fields[] = {
    {"schema", JSON_TAKE, 0, take_schema},
    PROFILE_FIELD(JSON_TEXT, profile, "version", version),
    PROFILE_TAKE(profile, "program", program, take_program),
    PROFILE_TAKE(profile, "totals", totals, take_totals),
    PROFILE_TAKE(profile, "sampling", sampling, take_sampling),
    PROFILE_TAKE(profile, "recorder", recorder, take_recorder),
    {"costs", JSON_TAKE, 0, take_costs},
    {"modules", JSON_TAKE, 0, take_modules},
    {"threads", JSON_TAKE, 0, take_threads},
    PROFILE_TAKE(profile, "timeline", timeline, profile_own_take_timeline),
    {"frames", JSON_TAKE, 0, take_frames},
    {"links", JSON_TAKE, 0, take_links},
};

int profile_own_take(struct json_in *in, void *field, void *context)
{
    static const struct json_fields fields = JSON_FIELDS(own_fields);
    struct profile_reader *reader = context;
    uint64_t seen;
    reader->profile->has_own = true;
    if (json_fields_read(in, &fields, field, arena_of(reader), reader, &seen) != 0)
        return -1;
    return seen & 1 ? 0 : json_in_fail(in, "a \"schema\" in the object before this");
}
