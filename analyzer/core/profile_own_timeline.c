/* profile_own_timeline.c - reads "timeline" of a profile: the program's line over time.
 *
 * Called by profile_own.c. Checked here: a moment has five numbers, and time goes forward.
 */
#include "analyzer/core/profile_read.h"

#include <stdlib.h>
#include <string.h>

/* An array of exactly n numbers. */
static int take_numbers(struct json_in *in, uint64_t *numbers, int n, const char *expected)
{
    int more = json_in_array(in);
    for (int i = 0; more == 0 && i < n; i++) {
        more = json_in_item(in);
        if (more < 0)
            return -1;
        if (more == 0)
            return json_in_fail(in, expected);
        more = json_in_u64(in, &numbers[i]);
    }
    if (more != 0)
        return -1;
    more = json_in_item(in);
    return more == 1 ? json_in_fail(in, expected) : more;
}

static int take_moment(struct json_in *in, struct json_list *list)
{
    uint64_t n[5];
    struct profile_moment *moment = json_list_add(list, sizeof(*moment), in);
    if (!moment ||
        take_numbers(in, n, 5, "[time, live bytes, live blocks, bytes, blocks] before this") != 0)
        return -1;
    if (list->count > 1 && n[0] < moment[-1].time)
        return json_in_fail(in, "a time that is not before the last one's before this");
    *moment = (struct profile_moment){n[0], n[1], n[2], n[3], n[4]};
    return 0;
}

static int take_moments(struct json_in *in, void *field, void *context)
{
    struct profile_reader *reader = context;
    struct profile_timeline *timeline = field;
    struct json_list list = {NULL, 0, 0};
    int more = json_in_array(in);
    while (more == 0 && (more = json_in_item(in)) == 1)
        more = take_moment(in, &list);
    if (more == 0) {
        struct profile_moment *kept =
            arena_alloc(&reader->profile->arena, list.count * sizeof(*kept));
        if (!kept)
            more = profile_no_memory(reader);
        else if (list.count)
            memcpy(kept, list.items, list.count * sizeof(*kept));
        timeline->moments = kept;
        timeline->count = more == 0 ? (uint32_t)list.count : 0;
    }
    free(list.items);
    return more;
}

static int take_peak(struct json_in *in, void *field, void *reader)
{
    struct profile_timeline *timeline = field;
    uint64_t n[3];
    (void)reader;
    if (take_numbers(in, n, 3, "[time, bytes, blocks] before this") != 0)
        return -1;
    timeline->peak_time = n[0];
    timeline->peak_bytes = n[1];
    timeline->peak_blocks = n[2];
    return 0;
}

static const struct json_field timeline_fields[] = {
    PROFILE_FIELD(JSON_U64, profile_timeline, "unit_us", unit_us),
    {"points", JSON_TAKE, 0, take_moments},
    {"peak", JSON_TAKE, 0, take_peak},
};

int profile_own_take_timeline(struct json_in *in, void *field, void *context)
{
    static const struct json_fields fields = JSON_FIELDS(timeline_fields);
    struct profile_reader *reader = context;
    return json_fields_read(in, &fields, field, &reader->profile->arena, reader, NULL);
}
