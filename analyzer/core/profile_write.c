/* profile_write.c - writes a profile: DHAT's frame around our points.
 *
 * Called by finish. Keys and their order are fixed here; the values come from points, frames
 * and the recording. What a key of DHAT means is told in Valgrind's dhat/dh_main.c; where
 * dhat-rs and Valgrind differ, the lifetime of a block goes on over realloc (Valgrind) and
 * mb is the point's own maximum (dhat-rs).
 */
#include "analyzer/core/profile_write.h"
#include "analyzer/core/json_out.h"
#include "analyzer/core/profile_totals.h"
#include "analyzer/core/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* argv joined by blanks on one line, as both other producers write it. */
static int write_command(struct json_out *j, const struct recording *r)
{
    uint64_t length = r->header->command_bytes;
    const char *arguments = recording_text_bytes(r, r->header->command, &length);
    while (length && arguments[length - 1] == '\0')
        length--;
    char *line = malloc(length + 1), *clean = malloc(length * 3 + 1);
    if (line && clean) {
        for (uint64_t i = 0; i < length; i++)
            line[i] = arguments[i] ? arguments[i] : ' ';
        utf8_clean(clean, line, length);
        json_out_key_string(j, "cmd", clean);
    }
    int result = line && clean ? 0 : -1;
    free(line);
    free(clean);
    return result;
}

static uint64_t end_us(const struct recording *r)
{
    uint64_t end = recording_units_to_us(r, r->end_units);
    return end ? end : 1; /* rates are per te */
}

uint64_t profile_peak_us(const struct recording *r)
{
    const struct rec_header *h = r->header;
    uint64_t end = end_us(r);
    uint64_t peak =
        h->max_ticks > h->start_ticks ? recording_ticks_to_us(r, h->max_ticks - h->start_ticks) : 0;
    return peak < end ? peak : end;
}

static int write_head(struct json_out *j, const struct recording *r)
{
    const struct rec_header *h = r->header;
    json_out_key_u64(j, "dhatFileVersion", 2);
    json_out_key_string(j, "mode", "heap");
    json_out_key_string(j, "verb", h->sample_bytes ? "Allocated (estimated)" : "Allocated");
    json_out_key_bool(j, "bklt", true);
    json_out_key_bool(j, "bkacc", false);
    json_out_key_string(j, "tu", "\xc2\xb5s");
    json_out_key_string(j, "Mtu", "s");
    json_out_key_u64(j, "tuth", PROFILE_SHORT_LIFE_US);
    if (write_command(j, r) != 0)
        return -1;
    json_out_key_u64(j, "pid", h->pid);
    json_out_key_u64(j, "te", end_us(r));
    json_out_key_u64(j, "tg", profile_peak_us(r));
    return 0;
}

/* Threads are numbered without the ones that are to be skipped. */
static int number_threads(struct profile_totals_sum *t, const struct recording *r)
{
    uint64_t count = r->header->count[REC_THREADS] + 1;
    t->thread_number = malloc(count * sizeof(*t->thread_number));
    t->thread_sums = calloc(count, sizeof(*t->thread_sums));
    t->threads = malloc(count * sizeof(*t->threads));
    if (!t->thread_number || !t->thread_sums || !t->threads)
        return -1;
    uint32_t number = 0;
    t->thread_number[0] = UINT32_MAX;
    for (uint32_t i = 1; i < count; i++)
        t->thread_number[i] = r->threads[i].live ? number++ : UINT32_MAX;
    return 0;
}

static void mark_frames(const struct profile_parts *parts, uint32_t stack, uint32_t *marks)
{
    uint32_t count;
    const uint32_t *list = stacks_get(parts->stacks, stack, &count);
    for (uint32_t i = 0; i < count; i++)
        marks[list[i]] = 1;
}

/* Only frames of stacks that are written are written, in the order they have. */
static int number_frames(struct profile_totals_sum *t, const struct profile_parts *parts)
{
    t->frame_number = calloc(parts->frames->count, sizeof(*t->frame_number));
    if (!t->frame_number)
        return -1;
    for (uint32_t i = 0; i < parts->points->count; i++)
        mark_frames(parts, parts->points->list[i].stack, t->frame_number);
    for (uint32_t i = 0; i < parts->links->count; i++)
        if (points_of_stack(parts->points, parts->links->parts[i].to) == POINTS_NONE)
            mark_frames(parts, parts->links->parts[i].to, t->frame_number);
    uint32_t number = 0;
    for (uint32_t i = 1; i < parts->frames->count; i++)
        if (t->frame_number[i])
            t->frame_number[i] = ++number;
    return 0;
}

static void write_frame_table(const struct profile_parts *parts, struct json_out *j,
                              const struct profile_totals_sum *totals)
{
    json_out_key(j, "ftbl");
    json_out_array(j);
    for (uint32_t i = 0; i < parts->frames->count; i++)
        if (i == 0 || totals->frame_number[i])
            json_out_string(j, parts->frames->list[i].text);
    json_out_end(j);
}

/* Returns 0 or why it failed, as an errno. */
static int write_document(const struct profile_parts *parts, FILE *stream,
                          struct profile_totals_sum *totals)
{
    struct json_out j;
    json_out_init(&j, stream, 1);
    json_out_object(&j);
    if (write_head(&j, parts->recording) != 0)
        return ENOMEM;
    json_out_key(&j, "pps");
    json_out_array(&j);
    for (uint32_t i = 0; i < parts->points->count; i++)
        profile_write_point(parts, &j, i, totals);
    json_out_end(&j);
    write_frame_table(parts, &j, totals);
    json_out_key(&j, "heapcoach");
    profile_write_own(parts, &j, totals);
    json_out_end(&j);
    return json_out_finish(&j) == 0 ? 0 : j.failed;
}

int profile_write(const struct profile_parts *parts, FILE *stream, int *reason)
{
    struct profile_totals_sum totals = {0};
    int failed = ENOMEM;
    if (number_threads(&totals, parts->recording) == 0 && number_frames(&totals, parts) == 0)
        failed = write_document(parts, stream, &totals);
    if (reason)
        *reason = failed;
    free(totals.frame_number);
    free(totals.thread_number);
    free(totals.thread_sums);
    free(totals.threads);
    return failed ? -1 : 0;
}
