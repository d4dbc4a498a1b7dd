// libs: analyzer
//
// The profile reader: that each key of the format arrives in its place, what is guessed for the
// files of others, and that no truncation and no changed byte of a profile breaks it (the asan
// build decides). The messages for bad files are tested in tests/cli/test_bad_input.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/profile.h"

#define OWN "tests/cli/data/own.json"

static char *own_text;
static size_t own_bytes;

/* Puts `what` behind the first `where`. */
static void insert(const char *where, const char *what)
{
    char *at = strstr(own_text, where);
    assert_non_null(at);
    at += strlen(where);
    memmove(at + strlen(what), at, strlen(at) + 1);
    memcpy(at, what, strlen(what));
    own_bytes += strlen(what);
}

/* The file, with the keys that it lacks: those of the latest runs. */
static int read_own(void **state)
{
    (void)state;
    FILE *file = fopen(OWN, "rb");
    if (!file)
        return -1;
    own_text = calloc(1, 1 << 20);
    own_bytes = fread(own_text, 1, (1 << 20) - 1024, file);
    fclose(file);
    insert("\"hc\": {", "\"series\": {\"unit_us\": 5, \"bytes\": [1,2,3], \"blocks\": [4,5]},");
    insert("\"hc\": {", "\"tc\": [[0,10,200,0,0],[3,9,99,2,80]],");
    insert("\"heapcoach\": {",
           "\"timeline\": {\"unit_us\": 1, \"points\": [[0,0,0,0,0],[7,6,5,9,8]], "
           "\"peak\": [4,3,2]},");
    insert("\"program\": {", "\"cpu_ns\": 70, \"recorder_ns\": 30, \"page_faults\": 9,");
    insert("\"heapcoach\": {", "\"costs\": {\"alloc\": [[5,10,200],[6,9,99,2,80]], \"later\": [1], "
                               "\"grow_moved\": [[63,1,9]]},");
    insert("\"to_bytes\": 20}", ",{\"kind\": \"freed\", \"from\": 0, \"to_fs\": [1,5], \"n\": 9, "
                                "\"moved\": 2}");
    return own_bytes > 0 ? 0 : -1;
}

static int free_own(void **state)
{
    (void)state;
    free(own_text);
    return 0;
}

static void load(struct profile *profile, const char *text, size_t n)
{
    struct error error;
    if (profile_load_memory(profile, text, n, "test", &error) != 0)
        fail_msg("%s", error.text);
}

static void assert_bar(struct profile_hist hist, uint32_t i, uint32_t bucket, uint64_t count)
{
    assert_true(i < hist.count);
    assert_int_equal(hist.bars[i].bucket, bucket);
    assert_int_equal(hist.bars[i].count, count);
}

static void dhats_own_numbers_arrive(void **state)
{
    struct profile p;
    (void)state;
    load(&p, own_text, own_bytes);
    assert_int_equal(p.point_count, 4);
    const struct profile_point *point = &p.points[0];
    assert_int_equal(point->total_bytes, 9000000);
    assert_int_equal(point->total_blocks, 3000);
    assert_int_equal(point->life, 30000000);
    assert_int_equal(point->max_bytes, 5000000);
    assert_int_equal(point->max_blocks, 1000);
    assert_int_equal(point->peak_bytes, 5000000);
    assert_int_equal(point->peak_blocks, 1000);
    assert_int_equal(p.points[2].end_bytes, 400000);
    assert_int_equal(p.points[2].end_blocks, 400);
    assert_int_equal(point->depth, 6);
    assert_int_equal(point->stack[0], 1);
    assert_int_equal(point->stack[5], 6);
    assert_int_equal(p.end_time, 2500000);
    assert_int_equal(p.peak_time, 1250000);
    assert_int_equal(p.short_time, 10);
    assert_string_equal(p.time_unit, "µs");
    assert_true(p.lifetimes && !p.accesses);
    profile_free(&p);
}

static void our_keys_of_a_point_arrive(void **state)
{
    struct profile p;
    (void)state;
    load(&p, own_text, own_bytes);
    const struct profile_own *own = p.points[0].own;
    assert_string_equal(own->function, "realloc");
    assert_string_equal(own->end, "whole");
    assert_int_equal(own->births, 1000);
    assert_int_equal(own->freed, 1000);
    assert_int_equal(own->most_blocks, 1000);
    assert_int_equal(own->reallocs, 2000);
    assert_int_equal(own->reallocs_moved, 500);
    assert_int_equal(own->bytes_copied, 1000000);
    assert_int_equal(own->life_allocs, 5000);
    assert_int_equal(own->size_min, 32);
    assert_int_equal(own->size_max, 64);
    assert_bar(own->sizes, 1, 6, 400);
    assert_bar(own->life_allocs_hist, 0, 2, 1000);
    assert_bar(own->life_units_hist, 0, 14, 1000);
    assert_int_equal(own->thread_count, 1);
    assert_int_equal(own->threads[0].thread, 1);
    assert_int_equal(own->threads[0].blocks, 3000);
    assert_true(own->has_growth);
    assert_int_equal(own->growth.chains, 1000);
    assert_int_equal(own->growth.final_max, 8192);
    assert_bar(own->growth.steps_hist, 0, 2, 1000);
    assert_bar(own->growth.final_hist, 0, 12, 1000);
    assert_false(p.points[1].own->has_growth);
    profile_free(&p);
}

static void the_rest_of_our_keys_arrives(void **state)
{
    struct profile p;
    (void)state;
    load(&p, own_text, own_bytes);
    assert_true(p.has_own);
    assert_string_equal(p.version, "0.1.0");
    assert_string_equal(p.program.exe, "/home/user/demo/target/release/demo");
    assert_int_equal(p.program.arg_count, 3);
    assert_string_equal(p.program.args[1], "--lines");
    assert_string_equal(p.program.rustc, "1.95.0");
    assert_int_equal(p.totals.bytes, 11001024);
    assert_int_equal(p.totals.frees, 101000);
    assert_true(p.recorder.sealed);
    assert_int_equal(p.recorder.walks.joined, 13000);
    assert_int_equal(p.recorder.stacks.whole, 103401);
    assert_true(p.recorder.unit_ns > 499 && p.recorder.unit_ns < 501);
    assert_int_equal(p.module_count, 1);
    assert_int_equal(p.thread_count, 3);
    assert_string_equal(p.threads[2].name, "worker");
    const struct profile_frame *push = &p.frames[3];
    assert_string_equal(push->text,
                        "0x1100: push<u64, alloc::alloc::Global> (src/vec/mod.rs:1029:9)");
    assert_string_equal(push->function, "push");
    assert_string_equal(push->name, "push<u64, alloc::alloc::Global>");
    assert_true(push->inlined && push->kind == OWNER_STD && push->line == 1029);
    assert_string_equal(push->object, "/home/user/demo/target/release/demo");
    assert_int_equal(p.link_count, 3);
    assert_int_equal(p.links[0].kind, PROFILE_GREW);
    assert_int_equal(p.links[0].to, 0);
    assert_int_equal(p.links[1].kind, PROFILE_HANDOVER);
    assert_int_equal(p.links[1].to, PROFILE_NONE);
    assert_int_equal(p.links[1].to_depth, 3);
    assert_int_equal(p.links[1].to_stack[2], 5);
    profile_free(&p);
}

static const char foreign[] =
    "{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\",\"bklt\":true,\"bkacc\":false,"
    "\"tu\":\"instrs\",\"Mtu\":\"Minstr\",\"tuth\":500,\"cmd\":\"x\",\"pid\":1,\"te\":1000,\"tg\":"
    "5,"
    "\"pps\":[{\"tb\":100,\"tbk\":10,\"tl\":5000,\"mb\":1,\"mbk\":1,\"gb\":10,\"gbk\":1,\"eb\":2,"
    "\"ebk\":1,\"fs\":[1,2,3,4]},{\"tb\":7,\"tbk\":1,\"tl\":501,\"mb\":1,\"mbk\":1,\"gb\":3,"
    "\"gbk\":1,\"eb\":0,\"ebk\":0,\"fs\":[1,5]}],\"ftbl\":[\"[root]\","
    "\"0x1: malloc (in /usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so)\","
    "\"0x20: push<u64, alloc::alloc::Global> (library/alloc/src/vec/mod.rs:992)\","
    "\"0x20: grow (main.rs:5)\",\"0x30: app::main::h0123456789abcdef (main.rs:23)\","
    "\"0x40: ??? (in /usr/lib/libfoo.so)\"]}";

static void costs_series_and_cpu_time_arrive(void **state)
{
    struct profile p;
    (void)state;
    load(&p, own_text, own_bytes);
    assert_int_equal(p.program.cpu_ns, 70);
    assert_int_equal(p.program.recorder_ns, 30);
    assert_int_equal(p.program.page_faults, 9);
    const struct profile_cost_hist *alloc = &p.costs[PROFILE_COST_ALLOC];
    assert_int_equal(alloc->count, 2);
    assert_int_equal(alloc->bars[0].bucket, 5);
    assert_int_equal(alloc->bars[0].calls, 10);
    assert_int_equal(alloc->bars[0].ns, 200);
    assert_int_equal(alloc->bars[0].slow_calls, 0); /* as profiles were before */
    assert_int_equal(alloc->bars[1].slow_calls, 2);
    assert_int_equal(alloc->bars[1].slow_ns, 80);
    assert_int_equal(p.costs[PROFILE_COST_FREE].count, 0);
    assert_int_equal(p.costs[PROFILE_COST_GROW_MOVED].bars[0].bucket, 63);
    const struct profile_cost_hist *timed = &p.points[0].own->timed;
    assert_int_equal(timed->count, 2);
    assert_int_equal(timed->bars[0].ns, 200);
    assert_int_equal(timed->bars[1].bucket, PROFILE_COST_GROW_MOVED);
    assert_int_equal(timed->bars[1].slow_calls, 2);
    assert_int_equal(p.points[1].own->timed.count, 0);
    const struct profile_series *series = p.points[0].own->series;
    assert_int_equal(series->unit_us, 5);
    assert_int_equal(series->count, 3);
    assert_int_equal(series->bytes[2], 3);
    assert_int_equal(series->blocks[1], 5);
    assert_int_equal(series->blocks[2], 0);
    assert_null(p.points[1].own->series);
    assert_int_equal(p.links[2].kind, PROFILE_FREED);
    assert_int_equal(p.links[2].to_depth, 2);
    assert_int_equal(p.links[2].moved, 2);
    profile_free(&p);
}

static void the_line_over_time_arrives(void **state)
{
    struct profile p;
    (void)state;
    load(&p, own_text, own_bytes);
    assert_int_equal(p.timeline.unit_us, 1);
    assert_int_equal(p.timeline.count, 2);
    const struct profile_moment *last = &p.timeline.moments[1];
    assert_int_equal(last->time, 7);
    assert_int_equal(last->live_bytes, 6);
    assert_int_equal(last->live_blocks, 5);
    assert_int_equal(last->total_bytes, 9);
    assert_int_equal(last->total_blocks, 8);
    assert_int_equal(p.timeline.peak_time, 4);
    assert_int_equal(p.timeline.peak_bytes, 3);
    assert_int_equal(p.timeline.peak_blocks, 2);
    profile_free(&p);
}

/* Replaces the first `old` by `new`, which has as many bytes, in a copy; the reader must refuse. */
static void refuses(const char *old, const char *new)
{
    char *text = malloc(own_bytes + 1);
    struct profile p;
    struct error error;
    memcpy(text, own_text, own_bytes + 1);
    char *at = strstr(text, old);
    assert_non_null(at);
    assert_int_equal(strlen(old), strlen(new));
    memcpy(at, new, strlen(new));
    assert_int_equal(profile_load_memory(&p, text, own_bytes, "test", &error), -1);
    free(text);
}

static void costs_and_series_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    refuses("[5,10,200]", "[64,1,200]"); /* no such bucket */
    refuses("[5,10,200]", "[5,00,200]"); /* no number */
    refuses("[5,10,200]", "[5,10200] ");
    refuses("[5,10,200]", "[5,1,20,0]");
    refuses("[6,9,99,2,80]", "[6,0,99,0,00]"); /* a mean of no calls */
    refuses("[6,9,99,2,80]", "[6,1,99,2,80]"); /* more slow calls than calls */
    refuses("[6,9,99,2,80]", "[6,9,99,2   ]");
    refuses("[6,9,99,2,80]", "[6,9,9,2,8,0]");
    refuses("[3,9,99,2,80]", "[3,0,99,0,00]");
    refuses("[7,6,5,9,8]", "[7,6,5,9  ]"); /* a moment has five numbers */
    refuses("[7,6,5,9,8]", "[7,6,5,9,]8");
    refuses("[0,0,0,0,0]", "[8,0,0,0,0]"); /* time goes back */
    refuses("[0,0,0,0,0],[7,6,5,9,8]", "[0,0,0,0,0,1],[7,6,9,8]");
    refuses("[4,3,2]", "[4,3  ]");
    refuses("[[63,1,9]]", "{\"b\":1234}");
    refuses("\"blocks\": [4,5]", "\"blocks\": {}   ");
}

static void frames_of_others_are_taken_apart(void **state)
{
    struct profile p;
    (void)state;
    load(&p, foreign, sizeof(foreign) - 1);
    assert_false(p.has_own);
    assert_null(p.points[0].own);
    assert_int_equal(p.frames[1].kind, OWNER_HOOK);
    assert_string_equal(p.frames[2].file, "library/alloc/src/vec/mod.rs");
    assert_int_equal(p.frames[2].line, 992);
    assert_int_equal(p.frames[2].kind, OWNER_STD);
    assert_true(p.frames[2].inlined);
    assert_int_equal(p.frames[3].kind, OWNER_USER);
    assert_false(p.frames[3].inlined);
    assert_string_equal(p.frames[3].function, "grow");
    assert_string_equal(p.frames[4].function, "app::main");
    assert_string_equal(p.frames[4].crate, "app");
    assert_string_equal(p.frames[5].function, "");
    assert_string_equal(p.frames[5].object, "/usr/lib/libfoo.so");
    profile_free(&p);
}

/* Then they are reckoned from the points, as in a file of others; not on top of what is there. */
static void totals_of_ours_without_blocks_are_not_counted_twice(void **state)
{
    struct profile p;
    char *text = malloc(own_bytes + 1), *blocks;
    (void)state;
    assert_non_null(text);
    memcpy(text, own_text, own_bytes);
    text[own_bytes] = 0;
    char *totals = strstr(text, "\"totals\"");
    assert_non_null(totals);
    blocks = strstr(totals, "\"blocks\"");
    assert_non_null(blocks);
    for (char *digit = strchr(blocks, ':') + 1; *digit != ',' && *digit != '}'; digit++)
        *digit = digit[1] == ',' || digit[1] == '}' ? '0' : ' ';
    load(&p, text, own_bytes);
    free(text);
    uint64_t bytes = 0, end_blocks = 0;
    for (uint32_t i = 0; i < p.point_count; i++) {
        bytes += p.points[i].total_bytes;
        end_blocks += p.points[i].end_blocks;
    }
    assert_int_equal(p.totals.bytes, bytes);
    assert_int_equal(p.totals.end_blocks, end_blocks);
    profile_free(&p);
}

static void totals_of_others_are_sums(void **state)
{
    struct profile p;
    (void)state;
    load(&p, foreign, sizeof(foreign) - 1);
    assert_int_equal(p.totals.bytes, 107);
    assert_int_equal(p.totals.blocks, 11);
    assert_int_equal(p.totals.peak_bytes, 13);
    assert_int_equal(p.totals.end_blocks, 1);
    /* averages 500 and 501, bound 500: as DHAT's viewer has it */
    assert_int_equal(p.totals.short_lived_blocks, 10);
    profile_free(&p);
}

static void stacks_that_occur_twice_are_counted(void **state)
{
    char *text = strdup(foreign), *second = strstr(text, "[1,5]");
    struct profile p;
    (void)state;
    load(&p, text, strlen(text));
    assert_int_equal(p.repeated_points, 0);
    profile_free(&p);
    memcpy(strstr(text, "[1,2,3,4]"), "[1,5]    ", 9);
    assert_non_null(second);
    load(&p, text, strlen(text));
    assert_int_equal(p.repeated_points, 1);
    assert_ptr_equal(p.points[0].stack, p.points[1].stack);
    profile_free(&p);
    free(text);
}

/* 20 units of 500 ns are the 10 µs of tuth: buckets 0 to 3 lie below, bucket 4 is 16 to 31. */
static void short_life_is_reckoned_from_the_histogram(void **state)
{
    struct profile p;
    (void)state;
    load(&p, own_text, own_bytes);
    struct profile_bar bars[] = {{0, 1}, {3, 10}, {4, 400}, {5, 1000}};
    struct profile_own own = {.life_units_hist = {bars, 4}};
    struct profile_point point = {.total_blocks = 1411, .own = &own};
    assert_int_equal(profile_short_lived(&p, &point), 1 + 10 + 400 / 4);
    profile_free(&p);
}

static void the_greatest_bucket_is_no_overflow(void **state)
{
    struct profile p;
    (void)state;
    load(&p, own_text, own_bytes);
    struct profile_bar bars[] = {{PROFILE_BUCKETS - 1, UINT64_MAX}};
    struct profile_own own = {.life_units_hist = {bars, 1}};
    struct profile_point point = {.total_blocks = 1, .own = &own};
    p.short_time = UINT64_MAX;
    p.recorder.unit_ns = 1e-300;
    assert_true(profile_short_lived(&p, &point) > 0);
    profile_free(&p);
}

static void every_truncation_is_refused(void **state)
{
    struct profile p;
    struct error error;
    (void)state;
    size_t last = own_bytes;
    while (own_text[last - 1] == '\n')
        last--;
    for (size_t n = 0; n < last; n++) {
        char *exact = malloc(n ? n : 1);
        memcpy(exact, own_text, n);
        assert_int_equal(profile_load_memory(&p, exact, n, "test", &error), -1);
        assert_non_null(strstr(error.text, "test: "));
        free(exact);
    }
}

static void no_changed_byte_breaks_the_reader(void **state)
{
    static const char changes[] = "\0\"{}[],:9-\\e\xff";
    char *text = malloc(own_bytes);
    struct profile p;
    struct error error;
    (void)state;
    for (size_t at = 0; at < own_bytes; at++) {
        memcpy(text, own_text, own_bytes);
        text[at] = changes[at % (sizeof(changes) - 1)];
        if (profile_load_memory(&p, text, own_bytes, "test", &error) == 0)
            profile_free(&p);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dhats_own_numbers_arrive),
        cmocka_unit_test(our_keys_of_a_point_arrive),
        cmocka_unit_test(the_rest_of_our_keys_arrives),
        cmocka_unit_test(costs_series_and_cpu_time_arrive),
        cmocka_unit_test(the_line_over_time_arrives),
        cmocka_unit_test(costs_and_series_that_make_no_sense_are_refused),
        cmocka_unit_test(frames_of_others_are_taken_apart),
        cmocka_unit_test(totals_of_ours_without_blocks_are_not_counted_twice),
        cmocka_unit_test(totals_of_others_are_sums),
        cmocka_unit_test(stacks_that_occur_twice_are_counted),
        cmocka_unit_test(short_life_is_reckoned_from_the_histogram),
        cmocka_unit_test(the_greatest_bucket_is_no_overflow),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_changed_byte_breaks_the_reader),
    };
    return cmocka_run_group_tests(tests, read_own, free_own);
}
