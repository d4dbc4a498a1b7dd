// sources: tests/unit/recording_builder.c
// libs: analyzer
//
// The door for recordings: what is refused and in which words, what is repaired, what is read
// from chunks that are mixed in the file; and that no change of bytes makes it read out of
// bounds (the asan build decides). Not covered: a program that writes while we read.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "analyzer/core/recording.h"
#include "tests/unit/recording_builder.h"

static char path[64];
static struct recording_builder *builder;

static int set_up(void **state)
{
    (void)state;
    strcpy(path, "/tmp/heapcoach-test-XXXXXX");
    close(mkstemp(path));
    builder = malloc(sizeof(*builder));
    builder_init(builder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    builder_free(builder);
    free(builder);
    return 0;
}

static void open_built(struct recording *r)
{
    struct error error;
    builder_write(builder, path);
    if (recording_open(r, path, &error) != 0)
        fail_msg("%s", error.text);
}

static void assert_refused(const char *words)
{
    struct recording r;
    struct error error = {""};
    assert_int_equal(recording_open(&r, path, &error), -1);
    if (!strstr(error.text, words) || !strstr(error.text, path))
        fail_msg("expected \"%s\" and the path in: %s", words, error.text);
}

static void refuses_what_is_no_recording(void **state)
{
    (void)state;
    builder_write_bytes(path, "", 0);
    assert_refused("expected at least 65536 bytes, found 0");
    char *zeros = calloc(1, REC_HEADER_BYTES);
    builder_write_bytes(path, zeros, REC_HEADER_BYTES);
    free(zeros);
    assert_refused("does not begin with \"heapcrec\"");
    unlink(path);
    assert_refused("No such file");
}

static void refuses_a_folder(void **state)
{
    (void)state;
    struct recording r;
    struct error error;
    assert_int_equal(recording_open(&r, "/tmp", &error), -1);
    assert_non_null(strstr(error.text, "found a folder"));
}

static void refuses_another_version(void **state)
{
    (void)state;
    builder->header.version = REC_VERSION + 1;
    builder_write(builder, path);
    assert_refused("finish it with the heapcoach that recorded it");
}

static void refuses_impossible_structure(void **state)
{
    (void)state;
    builder->header.element_bytes[REC_RECORDS] = 1;
    builder_write(builder, path);
    assert_refused("elements of array 5 have 1 bytes, expected");
    builder->header.element_bytes[REC_RECORDS] = sizeof(struct rec_record);
    builder->header.tick_shift = 64;
    builder_write(builder, path);
    assert_refused("impossible");
    builder->header.tick_shift = 10;
    builder->header.chunks = UINT32_MAX;
    builder_write(builder, path);
    assert_refused("impossible");
}

static void refuses_a_chunk_of_no_array(void **state)
{
    (void)state;
    size_t size;
    unsigned char *bytes = builder_bytes(builder, &size);
    bytes[offsetof(struct rec_header, chunk_array)] = REC_ARRAYS;
    builder_write_bytes(path, bytes, size);
    free(bytes);
    assert_refused("chunk 0 belongs to array 14");
}

static void reads_arrays_whose_chunks_are_mixed(void **state)
{
    (void)state;
    enum { RECORDS = 500, NODES = 20000 }; /* several chunks each */
    uint32_t thread = builder_thread(builder, "main"), node = 0;
    for (uint32_t i = 0; i < NODES; i++)
        node = builder_node(builder, i ? node : REC_ROOT_WHOLE, REC_FN_malloc);
    for (uint32_t i = 0; i < RECORDS; i++)
        builder_record(builder, REC_FIRST_REAL_NODE + i, thread)->total_bytes = 7 * i;
    struct recording r;
    open_built(&r);
    assert_int_equal(r.header->count[REC_NODES], NODES + REC_FIRST_REAL_NODE);
    for (uint32_t i = 1; i < NODES; i++)
        assert_int_equal(r.nodes[REC_FIRST_REAL_NODE + i].parent, REC_FIRST_REAL_NODE + i - 1);
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct rec_record record;
        assert_true(recording_record(&r, i + 1, &record));
        assert_int_equal(record.node, REC_FIRST_REAL_NODE + i);
        assert_int_equal(record.total_bytes, 7 * i);
    }
    assert_false(r.truncated);
    assert_int_equal(r.repaired, 0);
    recording_close(&r);
}

static void reads_what_a_cut_file_still_has(void **state)
{
    (void)state;
    uint32_t node = builder_node(builder, REC_ROOT_WHOLE, REC_FN_malloc);
    uint32_t thread = builder_thread(builder, "main");
    for (uint32_t i = 0; i < 600; i++) /* more than 2 chunks */
        builder_record(builder, node, thread);
    builder_write(builder, path);
    /* 12 chunks hold one of each array; two more hold records. */
    assert_int_equal(truncate(path, REC_HEADER_BYTES + 13 * REC_CHUNK + 100), 0);
    struct recording r;
    struct error error;
    assert_int_equal(recording_open(&r, path, &error), 0);
    assert_true(r.truncated);
    assert_int_equal(r.header->count[REC_RECORDS], 2 * REC_PER_CHUNK(sizeof(struct rec_record)));
    recording_close(&r);
}

/* As the recorder leaves it when it is killed. */
static void takes_no_notice_of_what_lies_beyond_the_chunks(void **state)
{
    (void)state;
    struct recording r;
    struct error error;
    struct stat s;
    builder_write(builder, path);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(truncate(path, s.st_size + 16 * REC_CHUNK + 4096), 0);
    assert_int_equal(recording_open(&r, path, &error), 0);
    assert_false(r.truncated);
    assert_int_equal(recording_used_bytes(&r), s.st_size);
    assert_int_equal(recording_is_whole(&r, &error), 0);
    recording_close(&r);
}

static void bears_a_file_that_is_cut_short_while_it_is_open(void **state)
{
    (void)state;
    uint32_t node = builder_node(builder, REC_ROOT_WHOLE, REC_FN_malloc);
    uint32_t thread = builder_thread(builder, "main");
    for (uint32_t i = 0; i < 300; i++)
        builder_record(builder, node, thread);
    struct recording r;
    struct error error;
    struct rec_record record;
    open_built(&r);
    assert_true(recording_record(&r, 1, &record) && recording_record(&r, 300, &record));
    assert_int_equal(recording_is_whole(&r, &error), 0);
    assert_int_equal(truncate(path, REC_HEADER_BYTES + 100), 0);
    /* as if they had been handed out and not filled in */
    assert_false(recording_record(&r, 1, &record) || recording_record(&r, 300, &record));
    assert_int_equal(recording_is_whole(&r, &error), -1);
    assert_non_null(strstr(error.text, "was cut short by another program"));
    assert_int_equal(r.header->count[REC_RECORDS], 301);
    recording_close(&r);
}

static void believes_no_count_beyond_the_chunks(void **state)
{
    (void)state;
    builder->header.count[REC_NODES] = UINT64_MAX;
    struct recording r;
    open_built(&r);
    assert_int_equal(r.header->count[REC_NODES], REC_PER_CHUNK(sizeof(struct rec_node)));
    assert_true(r.truncated);
    recording_close(&r);
}

static void skips_what_was_handed_out_and_not_filled_in(void **state)
{
    (void)state;
    builder_record(builder, 0, 0);
    struct rec_chain chain = {.live = 0};
    struct rec_link link = {.kind = 0};
    builder_add(builder, REC_CHAINS, &chain);
    builder_add(builder, REC_LINKS, &link);
    struct recording r;
    struct rec_record record;
    open_built(&r);
    assert_false(recording_record(&r, 1, &record));
    assert_false(recording_chain(&r, 1, &chain));
    assert_false(recording_link(&r, 1, &link));
    assert_int_equal(r.repaired, 0);
    recording_close(&r);
}

static void repairs_indexes_that_lead_nowhere(void **state)
{
    (void)state;
    uint32_t early = builder_node(builder, 99, REC_FN_malloc);
    uint32_t odd = builder_node(builder, early, 12345);
    struct rec_record *record = builder_record(builder, 77777, 88888);
    record->one_size = REC_ONE_SIZE_MAX + 1;
    record->growth = record->timed = record->series = 99999;
    record->size_hist.place = 99999u << REC_PLACE_ROW_SHIFT | 4;
    record->life_units_hist.place = REC_BUCKETS - REC_WINDOW + 1;
    record->size_hist.window[1] = record->life_units_hist.window[1] = 7;
    struct rec_location location = {.pc = 5, .module = 55, .live = 1};
    builder_add(builder, REC_LOCATIONS, &location);
    struct recording r;
    struct rec_record read;
    open_built(&r);
    assert_int_equal(r.nodes[early].parent, REC_ROOT_LOST);
    assert_int_equal(r.nodes[odd].location, RECORDING_NO_LOCATION);
    assert_true(recording_record(&r, 1, &read));
    assert_int_equal(read.node, REC_ROOT_UNRECORDED);
    assert_int_equal(read.thread, 0);
    assert_int_equal(read.growth, 0);
    assert_int_equal(read.timed, 0);
    assert_int_equal(read.series, 0);
    uint64_t sizes[REC_BUCKETS] = {0}, units[REC_BUCKETS] = {0};
    recording_add_histogram(&r, &read.size_hist, sizes);
    recording_add_histogram(&r, &read.life_units_hist, units);
    for (unsigned b = 0; b < REC_BUCKETS; b++) {
        assert_int_equal(sizes[b], b == 5 ? 7 : 0);
        assert_int_equal(units[b], 0); /* of which buckets is not known */
    }
    assert_int_equal(r.locations[REC_FIRST_REAL_LOCATION].module, 0);
    assert_int_equal(r.repaired, 4); /* two nodes, a location, a record */
    recording_close(&r);
}

static void spells_out_a_record_of_one_size(void **state)
{
    (void)state;
    struct rec_record *built = builder_record(builder, REC_FIRST_REAL_NODE, 0);
    built->one_size = 24;
    built->total_blocks = 5;
    built->live_blocks = 2;
    built->most_blocks = 4;
    built->peak_blocks = 3;
    built->freed_elsewhere = 1;
    built->total_bytes = built->live_bytes = built->max_bytes = built->peak_bytes = 9999;
    builder_count(builder, &built->life_units_hist, 7, 1);
    struct recording r;
    struct rec_record record;
    open_built(&r);
    assert_true(recording_record(&r, 1, &record));
    assert_int_equal(record.total_bytes, 120);
    assert_int_equal(record.live_bytes, 48);
    assert_int_equal(record.max_bytes, 96);
    assert_int_equal(record.max_blocks, 4);
    assert_int_equal(record.peak_bytes, 72);
    assert_int_equal(record.size_min, 24);
    assert_int_equal(record.size_max, 24);
    assert_int_equal(recording_frees(&record), 3);
    uint64_t sizes[REC_BUCKETS] = {0}, allocs[REC_BUCKETS] = {0}, units[REC_BUCKETS] = {0};
    recording_add_histograms(&r, &record, sizes, allocs, units);
    for (unsigned b = 0; b < REC_BUCKETS; b++) {
        assert_int_equal(sizes[b], b == 4 ? 5 : 0);
        assert_int_equal(allocs[b], b == 0 ? 2 : 0); /* freed at home, at once */
        assert_int_equal(units[b], b == 0 ? 2 : b == 7 ? 1 : 0);
    }
    recording_close(&r);
}

/* What a counter could not hold belongs to it. */
static void completes_a_counter_at_its_maximum(void **state)
{
    (void)state;
    struct rec_record *built = builder_record(builder, REC_FIRST_REAL_NODE, 0);
    built->total_blocks = 10000000000;
    builder_count(builder, &built->life_units_hist, 6, 5);
    builder_count(builder, &built->life_units_hist, 7, UINT32_MAX);
    struct recording r;
    struct rec_record record;
    open_built(&r);
    assert_true(recording_record(&r, 1, &record));
    uint64_t sizes[REC_BUCKETS] = {0}, allocs[REC_BUCKETS] = {0}, units[REC_BUCKETS] = {0};
    recording_add_histograms(&r, &record, sizes, allocs, units);
    assert_int_equal(units[0], 0);
    assert_int_equal(units[6], 5);
    assert_int_equal(units[7], 9999999995);
    assert_int_equal(allocs[0], 10000000000);
    recording_close(&r);
}

static void ends_every_text(void **state)
{
    (void)state;
    builder->header.cwd = builder_text(builder, "open end");
    builder->header.count[REC_TEXT] = builder->header.cwd + 4;
    struct recording r;
    open_built(&r);
    assert_string_equal(recording_text(&r, r.header->cwd), "open");
    assert_string_equal(recording_text(&r, UINT64_MAX), "");
    uint64_t length = 1000;
    recording_text_bytes(&r, r.header->cwd, &length);
    assert_int_equal(length, 4);
    recording_text_bytes(&r, UINT64_MAX, &length);
    assert_int_equal(length, 0);
    recording_close(&r);
}

static void takes_the_latest_time_for_the_end_of_an_open_recording(void **state)
{
    (void)state;
    builder->header.state = REC_OPEN;
    builder->header.end_ticks = 0;
    uint32_t thread = builder_thread(builder, "main");
    struct rec_thread *t = builder_get(builder, REC_THREADS, thread);
    t->now_ticks = builder->header.start_ticks + 2048000; /* later than the header's reading */
    struct recording r;
    open_built(&r);
    assert_int_equal(r.end_units, 2000);
    assert_int_equal(recording_units_to_us(&r, r.end_units), 2048);
    recording_close(&r);
}

static void has_a_time_scale_without_a_second_reading_of_the_clock(void **state)
{
    (void)state;
    builder->header.latest_ticks = builder->header.start_ticks;
    struct recording r;
    open_built(&r);
    assert_true(r.ns_per_unit >= 500 && r.ns_per_unit <= 1000);
    recording_close(&r);
}

static void read_everything(struct recording *r)
{
    struct rec_record record;
    struct rec_growth growth;
    struct rec_timed timed;
    struct rec_chain chain;
    struct rec_link link;
    for (uint32_t i = 0; i < r->header->count[REC_RECORDS]; i++)
        if (recording_record(r, i, &record))
            assert_true(record.thread == 0 || record.thread < r->header->count[REC_THREADS]);
    for (uint32_t i = 0; i < r->header->count[REC_GROWTHS]; i++)
        recording_growth(r, i, &growth);
    for (uint32_t i = 0; i < r->header->count[REC_TIMED]; i++)
        recording_timed(r, i, &timed);
    for (uint32_t i = 0; i < r->header->count[REC_CHAINS]; i++)
        recording_chain(r, i, &chain);
    for (uint32_t i = 0; i < r->header->count[REC_LINKS]; i++)
        recording_link(r, i, &link);
    for (uint32_t i = REC_FIRST_REAL_NODE; i < r->header->count[REC_NODES]; i++)
        assert_true(r->nodes[i].parent < i);
    for (uint32_t i = 0; i < r->header->count[REC_MODULES]; i++)
        (void)!strlen(recording_text(r, r->modules[i].path));
}

/* A line of `count` moments, each with one block of 10 bytes more than the last. */
static struct rec_timeline *add_line(uint32_t shift, uint32_t count)
{
    struct rec_timeline timeline = {.current = 1};
    timeline.line[1].shift = shift;
    timeline.line[1].count = count;
    for (uint32_t i = 0; i < count && i < REC_MOMENTS; i++)
        timeline.line[1].moments[i] = (struct rec_moment){10, 1, 10 * (i + 1), i + 1};
    struct rec_timeline none = {0};
    builder_add(builder, REC_TIMELINES, &none);
    return builder_get(builder, REC_TIMELINES, builder_add(builder, REC_TIMELINES, &timeline));
}

static void reads_the_line_over_time(void **state)
{
    (void)state;
    struct recording r;
    open_built(&r);
    assert_null(r.line);
    recording_close(&r);
    add_line(8, 3); /* the run has 1000 units */
    open_built(&r);
    assert_int_equal(r.line->count, 3);
    assert_int_equal(r.line->moments[2].total_bytes, 30);
    assert_int_equal(r.repaired, 0);
    recording_close(&r);
}

/* Expects `count` moments, and that the others are told of. */
static void assert_cut(uint32_t count)
{
    struct recording r;
    open_built(&r);
    assert_int_equal(r.line->count, count);
    assert_int_equal(r.repaired, 1);
    recording_close(&r);
}

static void cuts_a_line_where_it_stops_making_sense(void **state)
{
    (void)state;
    struct rec_timeline *timeline = add_line(8, 3);
    timeline->line[1].count = 4; /* ends after the run */
    assert_cut(3);
    timeline->line[1].count = 3;
    timeline->line[1].moments[1].total_blocks = 0;
    assert_cut(1);
    timeline->line[1].shift = 200;
    assert_cut(0);
    timeline->line[1].shift = 0;
    timeline->line[1].count = UINT32_MAX;
    assert_cut(1);
    timeline->current = 2; /* there are two: takes the first, which is empty */
    assert_cut(0);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Bytes of the header and of the used beginnings of the chunks are overwritten, a few at a
 * time; whatever comes in, it is refused or read within bounds. */
static void survives_any_bytes(void **state)
{
    (void)state;
    uint32_t module = builder_module(builder, "/no/such/file", 0x1000, 0x9000);
    uint32_t location = builder_location(builder, 0x2000, module);
    uint32_t node = builder_node(builder, REC_ROOT_WHOLE, location);
    uint32_t site = builder_node(builder, node, REC_FN_malloc);
    builder_record(builder, site, builder_thread(builder, "main"))->total_bytes = 5;
    struct rec_chain chain = {.live = 1, .record = 1};
    struct rec_link link = {.kind = REC_LINK_GREW, .from = site, .to = site, .n = 1};
    builder_add(builder, REC_CHAINS, &chain);
    builder_add(builder, REC_LINKS, &link);
    add_line(8, 3);
    size_t size;
    unsigned char *good = builder_bytes(builder, &size), *bad = malloc(size);
    uint64_t random = 88172645463325252u;
    int opened = 0;
    for (int round = 0; round < 400; round++) {
        memcpy(bad, good, size);
        for (unsigned n = 1 + next_random(&random) % 4; n; n--) {
            size_t chunk = next_random(&random) % (size / REC_CHUNK);
            size_t span = chunk == 0 ? sizeof(struct rec_header) - 63000 : 1024;
            bad[chunk * REC_CHUNK + next_random(&random) % span] =
                (unsigned char)next_random(&random);
        }
        size_t cut = round % 8 == 0 ? next_random(&random) % size : size;
        builder_write_bytes(path, bad, cut);
        struct recording r;
        struct error error = {""};
        if (recording_open(&r, path, &error) == 0) {
            read_everything(&r);
            recording_close(&r);
            opened++;
        } else {
            assert_true(strlen(error.text) > 10);
        }
    }
    assert_true(opened > 50 && opened < 400); /* both ways were taken */
    free(good);
    free(bad);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refuses_what_is_no_recording),
        TEST(refuses_a_folder),
        TEST(refuses_another_version),
        TEST(refuses_impossible_structure),
        TEST(refuses_a_chunk_of_no_array),
        TEST(reads_arrays_whose_chunks_are_mixed),
        TEST(reads_what_a_cut_file_still_has),
        TEST(takes_no_notice_of_what_lies_beyond_the_chunks),
        TEST(bears_a_file_that_is_cut_short_while_it_is_open),
        TEST(believes_no_count_beyond_the_chunks),
        TEST(skips_what_was_handed_out_and_not_filled_in),
        TEST(repairs_indexes_that_lead_nowhere),
        TEST(spells_out_a_record_of_one_size),
        TEST(completes_a_counter_at_its_maximum),
        TEST(ends_every_text),
        TEST(takes_the_latest_time_for_the_end_of_an_open_recording),
        TEST(has_a_time_scale_without_a_second_reading_of_the_clock),
        TEST(reads_the_line_over_time),
        TEST(cuts_a_line_where_it_stops_making_sense),
        TEST(survives_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
