/* profile_own_point.c - reads what heapcoach adds to a program point, "hc", and histograms.
 * Called by profile.c and profile_own.c while they walk the file; see there.
 */
#include "analyzer/core/profile_read.h"

#include <string.h>

static struct arena *arena_of(struct profile_reader *reader)
{
    return &reader->profile->arena;
}

/* ---- histograms and other pairs: [[a,b],...] ---- */

static int read_pair(struct json_in *in, uint32_t *first, uint64_t *second)
{
    if (json_in_array(in) != 0)
        return -1;
    int more = json_in_item(in);
    if (more == 1 && json_in_u32(in, first) != 0)
        return -1;
    if (more == 1)
        more = json_in_item(in);
    if (more == 1 && json_in_u64(in, second) != 0)
        return -1;
    if (more == 1 && (more = json_in_item(in)) == 0)
        return 0;
    return more < 0 ? -1 : json_in_fail(in, "a pair of numbers `[a,b]`");
}

/* Reads pairs into the arena; first numbers must be below the limit. */
static int take_pairs(struct profile_reader *reader, uint32_t limit,
                      const struct profile_bar **bars, uint32_t *count)
{
    struct json_in *in = &reader->in;
    struct json_list *list = &reader->pairs;
    int more;
    list->count = 0;
    if (json_in_array(in) != 0)
        return -1;
    while ((more = json_in_item(in)) == 1) {
        struct profile_bar pair = {0, 0};
        if (read_pair(in, &pair.bucket, &pair.count) != 0)
            return -1;
        if (pair.bucket >= limit)
            return json_in_fail(in, "smaller first numbers in pairs before this");
        struct profile_bar *bar = json_list_add(list, sizeof(*bar), in);
        if (!bar)
            return -1;
        *bar = pair;
    }
    if (more < 0)
        return -1;
    struct profile_bar *kept = arena_alloc(arena_of(reader), list->count * sizeof(*kept));
    if (!kept)
        return profile_no_memory(reader);
    if (list->count)
        memcpy(kept, list->items, list->count * sizeof(*kept));
    *bars = kept;
    *count = (uint32_t)list->count;
    return 0;
}

int profile_take_hist(struct json_in *in, void *field, void *reader)
{
    (void)in;
    struct profile_hist *hist = field;
    return take_pairs(reader, PROFILE_BUCKETS, &hist->bars, &hist->count);
}

/* [[thread, blocks],...]; a bar and a share differ in name only, but say what they are. */
static int take_shares(struct json_in *in, void *field, void *reader)
{
    struct profile_own *own = field;
    const struct profile_bar *bars;
    (void)in;
    if (take_pairs(reader, PROFILE_NONE, &bars, &own->thread_count) != 0)
        return -1;
    struct profile_share *shares =
        arena_alloc(arena_of(reader), own->thread_count * sizeof(*shares));
    if (!shares)
        return profile_no_memory(reader);
    for (uint32_t i = 0; i < own->thread_count; i++) {
        shares[i].thread = bars[i].bucket;
        shares[i].blocks = bars[i].count;
    }
    own->threads = shares;
    return 0;
}

/* ---- a point's "hc" ---- */

static const struct json_field growth_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_growth, "chains", chains),
    PROFILE_FIELD(JSON_U64, profile_growth, "steps", steps),
    PROFILE_FIELD(JSON_U64, profile_growth, "shrink_steps", shrink_steps),
    PROFILE_FIELD(JSON_U64, profile_growth, "moved", moved),
    PROFILE_FIELD(JSON_U64, profile_growth, "copied", copied),
    PROFILE_FIELD(JSON_U64, profile_growth, "first_bytes", first_bytes),
    PROFILE_FIELD(JSON_U64, profile_growth, "final_bytes", final_bytes),
    PROFILE_FIELD(JSON_U64, profile_growth, "peak_bytes", peak_bytes),
    PROFILE_FIELD(JSON_U64, profile_growth, "final_max", final_max),
    PROFILE_FIELD(JSON_U64, profile_growth, "equal_steps", equal_steps),
    PROFILE_TAKE(profile_growth, "steps_h", steps_hist, profile_take_hist),
    PROFILE_TAKE(profile_growth, "first_h", first_hist, profile_take_hist),
    PROFILE_TAKE(profile_growth, "final_h", final_hist, profile_take_hist),
    PROFILE_FIELD(JSON_U64, profile_growth, "live_chains", live_chains),
};

static int take_growth(struct json_in *in, void *field, void *reader)
{
    static const struct json_fields fields = JSON_FIELDS(growth_fields);
    struct profile_own *own = field;
    own->has_growth = true;
    return json_fields_read(in, &fields, &own->growth, arena_of(reader), reader, NULL);
}

/* Numbers that come next, at most PROFILE_SERIES. */
static int take_numbers(struct json_in *in, uint64_t *numbers, uint32_t *count)
{
    int more = json_in_array(in);
    *count = 0;
    while (more == 0 && (more = json_in_item(in)) == 1) {
        if (*count == PROFILE_SERIES)
            return json_in_fail(in, "fewer numbers in a series");
        more = json_in_u64(in, &numbers[(*count)++]);
    }
    return more;
}

static int take_series_bytes(struct json_in *in, void *field, void *reader)
{
    struct profile_series *series = field;
    uint32_t count;
    (void)reader;
    if (take_numbers(in, series->bytes, &count) != 0)
        return -1;
    if (count > series->count)
        series->count = count;
    return 0;
}

static int take_series_blocks(struct json_in *in, void *field, void *reader)
{
    struct profile_series *series = field;
    uint32_t count;
    (void)reader;
    if (take_numbers(in, series->blocks, &count) != 0)
        return -1;
    if (count > series->count)
        series->count = count;
    return 0;
}

static const struct json_field series_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_series, "unit_us", unit_us),
    {"bytes", JSON_TAKE, 0, take_series_bytes},
    {"blocks", JSON_TAKE, 0, take_series_blocks},
};

static int take_series(struct json_in *in, void *field, void *reader)
{
    static const struct json_fields fields = JSON_FIELDS(series_fields);
    struct profile_own *own = field;
    struct profile_series *series = arena_alloc(arena_of(reader), sizeof(*series));
    if (!series)
        return profile_no_memory(reader);
    own->series = series;
    return json_fields_read(in, &fields, series, arena_of(reader), reader, NULL);
}

static const struct json_field point_fields[] = {
    PROFILE_FIELD(JSON_TEXT, profile_own, "fn", function),
    PROFILE_FIELD(JSON_TEXT, profile_own, "end", end),
    PROFILE_FIELD(JSON_U64, profile_own, "births", births),
    PROFILE_FIELD(JSON_U64, profile_own, "sampled", sampled),
    PROFILE_FIELD(JSON_U64, profile_own, "blocks_error", blocks_error),
    PROFILE_FIELD(JSON_U64, profile_own, "bytes_error", bytes_error),
    PROFILE_FIELD(JSON_U64, profile_own, "freed", freed),
    PROFILE_FIELD(JSON_U64, profile_own, "fe", freed_elsewhere),
    PROFILE_FIELD(JSON_U64, profile_own, "mo", most_blocks),
    PROFILE_FIELD(JSON_U64, profile_own, "mbx", max_is_bound),
    PROFILE_FIELD(JSON_U64, profile_own, "rl", reallocs),
    PROFILE_FIELD(JSON_U64, profile_own, "rm", reallocs_moved),
    PROFILE_FIELD(JSON_U64, profile_own, "rr", reallocs_remapped),
    PROFILE_FIELD(JSON_U64, profile_own, "rs", reallocs_shrunk),
    PROFILE_FIELD(JSON_U64, profile_own, "bc", bytes_copied),
    PROFILE_FIELD(JSON_U64, profile_own, "la", life_allocs),
    PROFILE_FIELD(JSON_U64, profile_own, "szmin", size_min),
    PROFILE_FIELD(JSON_U64, profile_own, "szmax", size_max),
    PROFILE_TAKE(profile_own, "sz", sizes, profile_take_hist),
    PROFILE_TAKE(profile_own, "lah", life_allocs_hist, profile_take_hist),
    PROFILE_TAKE(profile_own, "luh", life_units_hist, profile_take_hist),
    {"th", JSON_TAKE, 0, take_shares},
    {"g", JSON_TAKE, 0, take_growth},
    PROFILE_TAKE(profile_own, "tc", timed, profile_take_cost),
    {"series", JSON_TAKE, 0, take_series},
};

int profile_own_take_point(struct json_in *in, void *field, void *reader)
{
    static const struct json_fields fields = JSON_FIELDS(point_fields);
    const struct profile_own **to = field;
    struct profile_own *own = arena_alloc(arena_of(reader), sizeof(*own));
    if (!own)
        return profile_no_memory(reader);
    own->function = own->end = "";
    *to = own;
    return json_fields_read(in, &fields, own, arena_of(reader), reader, NULL);
}
