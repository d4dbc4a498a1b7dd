// sources: tests/unit/recording_builder.c
// libs: analyzer
//
// From a recording to a profile: DHAT's accounting by hand-made counters, what is one program
// point, what becomes of deep and of broken stacks, clean texts, and that no file is ever left
// half-written. The program of these recordings has no file, so all code is unknown here;
// symbols are tested in test_symbols.c.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cjson/cJSON.h>
#include <cmocka.h>

#include "analyzer/core/finish.h"
#include "tests/unit/recording_builder.h"

#define MODULE_START 0x10000u

static char folder[64], recording_path[96], profile_path[96];
static struct recording_builder *b;
static uint32_t module, thread;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/heapcoach-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(recording_path, sizeof(recording_path), "%s/recording", folder);
    snprintf(profile_path, sizeof(profile_path), "%s/profile.json", folder);
    b = malloc(sizeof(*b));
    builder_init(b);
    module = builder_module(b, "/no/such/demo", MODULE_START, MODULE_START + 0x100000);
    thread = builder_thread(b, "main");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    builder_free(b);
    free(b);
    return system(command);
}

/* ---- making stacks and reading profiles ---- */

/* A node for a call at this link-time address. */
static uint32_t call(uint32_t parent, uint64_t address)
{
    return builder_node(b, parent, builder_location(b, MODULE_START + address + 1, module));
}

/* malloc called at this address, straight from the root. */
static uint32_t site_at(uint64_t address)
{
    return builder_node(b, call(REC_ROOT_WHOLE, address), REC_FN_malloc);
}

static struct rec_record *record(uint32_t node, uint64_t bytes, uint64_t blocks)
{
    struct rec_record *r = builder_record(b, node, thread);
    r->total_bytes = bytes;
    r->total_blocks = blocks;
    return r;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *text = calloc(1, 1 << 22);
    size_t length = fread(text, 1, (1 << 22) - 1, file);
    fclose(file);
    assert_true(length > 0);
    return text;
}

static cJSON *finish(void)
{
    struct error error;
    builder_write(b, recording_path);
    if (finish_recording(recording_path, profile_path, NULL, NULL, 0, &error) != 0)
        fail_msg("%s", error.text);
    char *text = read_file(profile_path);
    cJSON *profile = cJSON_Parse(text);
    assert_non_null(profile);
    free(text);
    return profile;
}

static const cJSON *get(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!value)
        fail_msg("no key %s", key);
    return value;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return value ? value->valuedouble : 0; /* zeros may be left out */
}

static const cJSON *point(const cJSON *profile, int index)
{
    const cJSON *found = cJSON_GetArrayItem(get(profile, "pps"), index);
    assert_non_null(found);
    return found;
}

static int points(const cJSON *profile)
{
    return cJSON_GetArraySize(get(profile, "pps"));
}

static const char *frame(const cJSON *profile, const cJSON *pp, int index)
{
    const cJSON *fs = get(pp, "fs");
    if (index < 0)
        index += cJSON_GetArraySize(fs);
    const cJSON *text =
        cJSON_GetArrayItem(get(profile, "ftbl"), cJSON_GetArrayItem(fs, index)->valueint);
    return text->valuestring;
}

static int depth(const cJSON *pp)
{
    return cJSON_GetArraySize(get(pp, "fs"));
}

static const cJSON *own(const cJSON *profile, const char *key)
{
    return get(get(profile, "heapcoach"), key);
}

/* ---- accounting ---- */

static void writes_the_keys_of_dhat(void **state)
{
    (void)state;
    record(site_at(0x500), 100, 2);
    cJSON *p = finish();
    assert_int_equal(number(p, "dhatFileVersion"), 2);
    assert_string_equal(get(p, "mode")->valuestring, "heap");
    assert_string_equal(get(p, "verb")->valuestring, "Allocated");
    assert_true(cJSON_IsTrue(get(p, "bklt")));
    assert_true(cJSON_IsFalse(get(p, "bkacc")));
    assert_string_equal(get(p, "cmd")->valuestring, "demo -x");
    assert_int_equal(number(p, "pid"), 4711);
    assert_int_equal(number(p, "te"), 1024);
    assert_string_equal(cJSON_GetArrayItem(get(p, "ftbl"), 0)->valuestring, "[root]");
    assert_string_equal(frame(p, point(p, 0), 0), "0x1: malloc (in libheapcoach.so)");
    assert_string_equal(frame(p, point(p, 0), 1), "0x500: ??? (in /no/such/demo)");
    assert_int_equal(cJSON_GetArraySize(get(p, "ftbl")), 3); /* no frame that is in no stack */
    assert_int_equal(cJSON_GetArraySize(own(p, "frames")), 3);
    cJSON_Delete(p);
}

static void takes_the_peak_from_where_each_record_has_it(void **state)
{
    (void)state;
    b->header.stamp = 7;
    b->header.max_bytes = 130;
    struct rec_record *r = record(site_at(0x500), 1000, 10); /* changed since the peak */
    r->stamp = 7;
    r->peak_bytes = 100;
    r->peak_blocks = 3;
    r->live_bytes = 5;
    r->live_blocks = 1;
    r = record(site_at(0x600), 500, 5); /* not changed since */
    r->stamp = 6;
    r->peak_bytes = 999;
    r->live_bytes = 30;
    r->live_blocks = 2;
    cJSON *p = finish();
    assert_int_equal(number(point(p, 0), "gb"), 100);
    assert_int_equal(number(point(p, 0), "gbk"), 3);
    assert_int_equal(number(point(p, 0), "eb"), 5);
    assert_int_equal(number(point(p, 0), "ebk"), 1);
    assert_int_equal(number(point(p, 1), "gb"), 30);
    assert_int_equal(number(point(p, 1), "gbk"), 2);
    assert_int_equal(number(own(p, "totals"), "peak_bytes"), 130);
    assert_int_equal(number(own(p, "totals"), "peak_blocks"), 5);
    assert_int_equal(number(own(p, "totals"), "peak_error_bytes"), 0);
    cJSON_Delete(p);

    b->header.fall_stamp = REC_AT_PEAK; /* it still stands at its peak: all have it in live_* */
    p = finish();
    assert_int_equal(number(point(p, 0), "gb"), 5);
    assert_int_equal(number(own(p, "totals"), "peak_error_bytes"), 130 - 35);
    cJSON_Delete(p);
}

static void counts_lifetimes_up_to_the_end(void **state)
{
    (void)state;
    /* Born at 100, 200 and 300 units; the first died at 500, the others live at the end, 1000.
     * 400 + 800 + 700 units of 1.024 us. */
    struct rec_record *r = record(site_at(0x500), 30, 3);
    r->life_units = (uint64_t)500 - (100 + 200 + 300);
    r->live_blocks = 2;
    r->live_bytes = 20;
    cJSON *p = finish();
    assert_int_equal(number(point(p, 0), "tl"), 1945); /* 1900 * 1.024, rounded down */
    assert_int_equal(number(own(p, "totals"), "frees"), 1);
    cJSON_Delete(p);
}

static void never_tells_a_negative_lifetime(void **state)
{
    (void)state;
    struct rec_record *r = record(site_at(0x500), 30, 3);
    r->life_units = (uint64_t)-5; /* a death read from a clock behind the birth's */
    cJSON *p = finish();
    assert_int_equal(number(point(p, 0), "tl"), 0);
    cJSON_Delete(p);
}

static void adds_up_threads_and_calls_the_maximum_a_bound(void **state)
{
    (void)state;
    uint32_t node = site_at(0x500), other = builder_thread(b, "worker");
    struct rec_record *r = record(node, 100, 4);
    r->live_bytes = 100;
    r->live_blocks = 4;
    r->max_bytes = 100;
    r->max_blocks = 4;
    r = record(node, 50, 2);
    r->thread = other;
    r->live_bytes = -30; /* frees blocks of the other */
    r->live_blocks = -1;
    r->max_bytes = 60;
    r->max_blocks = 1;
    r->freed_elsewhere = 3;
    cJSON *p = finish();
    assert_int_equal(points(p), 1);
    assert_int_equal(number(point(p, 0), "tb"), 150);
    assert_int_equal(number(point(p, 0), "eb"), 70);
    assert_int_equal(number(point(p, 0), "ebk"), 3);
    assert_int_equal(number(point(p, 0), "mb"), 150); /* 160, but no more than was allocated */
    assert_int_equal(number(point(p, 0), "mbk"), 5);
    const cJSON *hc = get(point(p, 0), "hc");
    assert_int_equal(number(hc, "mbx"), 1);
    assert_int_equal(number(hc, "fe"), 3);
    char *threads = cJSON_PrintUnformatted(get(hc, "th"));
    assert_string_equal(threads, "[[0,4],[1,2]]");
    free(threads);
    threads = cJSON_PrintUnformatted(get(hc, "thb"));
    assert_string_equal(threads, "[100,50]");
    free(threads);
    threads = cJSON_PrintUnformatted(get(hc, "thf"));
    assert_string_equal(threads, "[[1,3,3]]");
    free(threads);
    assert_string_equal(get(cJSON_GetArrayItem(own(p, "threads"), 1), "name")->valuestring,
                        "worker");
    cJSON_Delete(p);
    b->header.max_bytes = 110; /* and no more than the program had at once */
    p = finish();
    assert_int_equal(number(point(p, 0), "mb"), 110);
    cJSON_Delete(p);
}

static void is_exact_where_one_record_has_seen_all(void **state)
{
    (void)state;
    struct rec_record *r = record(site_at(0x500), 100, 4);
    r->max_bytes = 60;
    r->max_blocks = 2;
    cJSON *p = finish();
    assert_int_equal(number(point(p, 0), "mb"), 60);
    assert_int_equal(number(point(p, 0), "mbk"), 2);
    assert_null(cJSON_GetObjectItem(get(point(p, 0), "hc"), "mbx"));
    cJSON_Delete(p);
}

static void keeps_64_bits(void **state)
{
    (void)state;
    record(site_at(0x500), UINT64_MAX - 1, 1);
    cJSON *p = finish();
    char *text = read_file(profile_path);
    assert_non_null(strstr(text, "\"tb\": 18446744073709551614,"));
    free(text);
    cJSON_Delete(p);
}

static void adds_chains_of_live_blocks_to_those_that_ended(void **state)
{
    (void)state;
    struct rec_record *r = record(site_at(0x500), 100, 4);
    struct rec_growth growth = {.chains = 2,
                                .steps = 3,
                                .moved = 3,
                                .bytes_copied = 50,
                                .first_bytes = 20,
                                .final_bytes = 100,
                                .peak_bytes = 110,
                                .final_max = 64,
                                .equal_steps = 1};
    builder_count(b, &growth.steps_hist, 1, 1);
    builder_count(b, &growth.steps_hist, 2, 1);
    r->growth = builder_add(b, REC_GROWTHS, &growth);
    struct rec_chain chain = {.live = 1,
                              .record = 1,
                              .size = 200,
                              .first_bytes = 10,
                              .peak_bytes = 300,
                              .bytes_copied = 7,
                              .steps = 40,
                              .shrink_steps = 1,
                              .moved = 4};
    builder_add(b, REC_CHAINS, &chain);
    cJSON *p = finish();
    const cJSON *g = get(get(point(p, 0), "hc"), "g");
    assert_int_equal(number(g, "chains"), 3);
    assert_int_equal(number(g, "live_chains"), 1);
    assert_int_equal(number(g, "steps"), 43);
    assert_int_equal(number(g, "copied"), 57);
    assert_int_equal(number(g, "first_bytes"), 30);
    assert_int_equal(number(g, "final_bytes"), 300);
    assert_int_equal(number(g, "peak_bytes"), 410);
    assert_int_equal(number(g, "final_max"), 300);
    char *steps = cJSON_PrintUnformatted(get(g, "steps_h"));
    assert_string_equal(steps, "[[1,1],[2,1],[31,1]]");
    free(steps);
    cJSON_Delete(p);
}

static void orders_points_by_bytes_then_by_stack(void **state)
{
    (void)state;
    record(site_at(0x700), 10, 1);
    record(site_at(0x600), 10, 1);
    record(site_at(0x500), 99, 1);
    cJSON *p = finish();
    assert_int_equal(points(p), 3);
    assert_string_equal(frame(p, point(p, 0), 1), "0x500: ??? (in /no/such/demo)");
    assert_string_equal(frame(p, point(p, 1), 1), "0x600: ??? (in /no/such/demo)");
    assert_string_equal(frame(p, point(p, 2), 1), "0x700: ??? (in /no/such/demo)");
    cJSON_Delete(p);
}

/* ---- stacks ---- */

static void makes_one_point_of_stacks_that_look_alike(void **state)
{
    (void)state;
    /* The same file mapped twice, one after the other, at different addresses. */
    uint32_t again = builder_module(b, "/no/such/demo", 0x900000, 0xa00000);
    uint32_t caller = builder_node(b, REC_ROOT_WHOLE, builder_location(b, 0x900501, again));
    record(site_at(0x500), 10, 1)->max_bytes = 10;
    record(builder_node(b, caller, REC_FN_malloc), 20, 2)->max_bytes = 20;
    cJSON *p = finish();
    assert_int_equal(points(p), 1);
    assert_int_equal(number(point(p, 0), "tb"), 30);
    assert_int_equal(number(get(point(p, 0), "hc"), "mbx"), 1);
    assert_int_equal(cJSON_GetArraySize(own(p, "modules")), 1);
    cJSON_Delete(p);
}

static void keeps_an_interrupted_address_as_it_is(void **state)
{
    (void)state;
    struct rec_location location = {
        .pc = MODULE_START + 0x500, .module = module, .exact = 1, .live = 1};
    uint32_t caller = builder_node(b, REC_ROOT_WHOLE, builder_add(b, REC_LOCATIONS, &location));
    record(builder_node(b, caller, REC_FN_malloc), 10, 1);
    cJSON *p = finish();
    assert_string_equal(frame(p, point(p, 0), 1), "0x500: ??? (in /no/such/demo)");
    cJSON_Delete(p);
}

static void says_how_each_stack_ended(void **state)
{
    (void)state;
    record(builder_node(b, call(REC_ROOT_WHOLE, 0x500), REC_FN_malloc), 40, 4);
    record(builder_node(b, call(REC_ROOT_DEPTH, 0x500), REC_FN_calloc), 30, 3);
    record(builder_node(b, call(REC_ROOT_LOST, 0x500), REC_FN_realloc), 20, 2);
    record(REC_ROOT_UNRECORDED, 10, 1);
    cJSON *p = finish();
    static const char *const ends[] = {"whole", "depth", "lost", "unrecorded"};
    for (int i = 0; i < 4; i++)
        assert_string_equal(get(get(point(p, i), "hc"), "end")->valuestring, ends[i]);
    assert_int_equal(depth(point(p, 0)), 2);
    assert_string_equal(frame(p, point(p, 1), 2), "0x0: [outer frames omitted] (in heapcoach)");
    assert_string_equal(frame(p, point(p, 2), 2), "0x0: [outer frames unknown] (in heapcoach)");
    assert_int_equal(depth(point(p, 3)), 1);
    assert_string_equal(frame(p, point(p, 3), 0), "0x0: [stack not recorded] (in heapcoach)");
    const cJSON *stacks = get(own(p, "recorder"), "stacks");
    assert_int_equal(number(stacks, "whole"), 4);
    assert_int_equal(number(stacks, "cut_by_depth"), 3);
    assert_int_equal(number(stacks, "lost"), 2);
    assert_int_equal(number(stacks, "unrecorded"), 1);
    cJSON_Delete(p);
}

/* main calls a, and a and b call each other `levels` times. */
static uint32_t recursion(int levels)
{
    uint32_t a = builder_location(b, MODULE_START + 0xa1, module);
    uint32_t back = builder_location(b, MODULE_START + 0xb1, module);
    uint32_t node = call(REC_ROOT_WHOLE, 0x111);
    for (int i = 0; i < levels; i++)
        node = builder_node(b, builder_node(b, node, a), back);
    return builder_node(b, node, REC_FN_malloc);
}

static void keeps_recursion_that_fits(void **state)
{
    (void)state;
    record(recursion(49), 10, 1); /* malloc + 98 + main: 100 */
    cJSON *p = finish();
    assert_int_equal(depth(point(p, 0)), 100);
    cJSON_Delete(p);
}

static void folds_recursion_that_does_not(void **state)
{
    (void)state;
    record(recursion(50), 10, 1);
    record(recursion(70), 20, 1);
    cJSON *p = finish();
    assert_int_equal(points(p), 1); /* both look alike now */
    assert_int_equal(number(point(p, 0), "tb"), 30);
    assert_int_equal(depth(point(p, 0)), 4);
    assert_string_equal(frame(p, point(p, 0), 1), "0xb0: ??? (in /no/such/demo)");
    assert_string_equal(frame(p, point(p, 0), 2), "0xa0: ??? (in /no/such/demo)");
    assert_string_equal(frame(p, point(p, 0), 3), "0x111: ??? (in /no/such/demo)");
    cJSON_Delete(p);
}

static void cuts_the_outer_end_of_what_is_still_too_deep(void **state)
{
    (void)state;
    uint32_t node = REC_ROOT_WHOLE;
    for (uint64_t i = 1; i <= 300; i++)
        node = call(node, i * 16);
    record(builder_node(b, node, REC_FN_malloc), 10, 1);
    cJSON *p = finish();
    assert_int_equal(depth(point(p, 0)), 100);
    assert_string_equal(frame(p, point(p, 0), 1), "0x12c0: ??? (in /no/such/demo)");
    assert_string_equal(frame(p, point(p, 0), -1), "0x0: [outer frames omitted] (in heapcoach)");
    cJSON_Delete(p);
}

static void no_two_points_are_equal(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++)
        record(recursion(40 + i), 10, 1);
    cJSON *p = finish();
    int count = points(p);
    assert_int_equal(count, 11); /* 40 to 49 levels, and all the deeper ones */
    for (int i = 0; i < count; i++)
        for (int k = 0; k < i; k++)
            assert_false(cJSON_Compare(get(point(p, i), "fs"), get(point(p, k), "fs"), 1));
    cJSON_Delete(p);
}

/* ---- links ---- */

static void adds_up_links_and_names_stacks_that_allocate_nothing(void **state)
{
    (void)state;
    uint32_t birth = site_at(0x500);
    uint32_t grower = builder_node(b, call(REC_ROOT_WHOLE, 0x600), REC_FN_realloc);
    record(birth, 10, 1);
    struct rec_link link = {.kind = REC_LINK_GREW,
                            .from = birth,
                            .to = grower,
                            .n = 2,
                            .bytes = 30,
                            .moved = 1,
                            .final_max = 64};
    builder_count(b, &link.to_hist, 5, 2);
    builder_add(b, REC_LINKS, &link);
    link.final_max = 32;
    builder_add(b, REC_LINKS, &link);
    link = (struct rec_link){
        .kind = REC_LINK_HANDOVER, .from = birth, .to = birth, .n = 1, .bytes = 8, .to_bytes = 16};
    builder_add(b, REC_LINKS, &link);
    cJSON *p = finish();
    const cJSON *links = own(p, "links"), *grew = cJSON_GetArrayItem(links, 0);
    assert_int_equal(cJSON_GetArraySize(links), 2);
    assert_string_equal(get(grew, "kind")->valuestring, "grew");
    assert_int_equal(number(grew, "from"), 0);
    assert_null(cJSON_GetObjectItem(grew, "to"));
    assert_int_equal(cJSON_GetArraySize(get(grew, "to_fs")), 2);
    assert_int_equal(number(grew, "n"), 4);
    assert_int_equal(number(grew, "bytes"), 60);
    assert_int_equal(number(grew, "final_max"), 64);
    const cJSON *handover = cJSON_GetArrayItem(links, 1);
    assert_int_equal(number(handover, "to"), 0);
    assert_int_equal(number(handover, "to_bytes"), 16);
    cJSON_Delete(p);
}

static void tells_where_sampled_blocks_were_freed(void **state)
{
    (void)state;
    uint32_t birth = site_at(0x500);
    uint32_t place = builder_node(b, call(REC_ROOT_WHOLE, 0x600), REC_FN_free);
    record(birth, 10, 1);
    struct rec_link link = {
        .kind = REC_LINK_FREED, .from = birth, .to = place, .n = 3, .bytes = 30, .moved = 1};
    builder_add(b, REC_LINKS, &link);
    link.kind = REC_LINK_FREED + 1; /* of a later version */
    builder_add(b, REC_LINKS, &link);
    cJSON *p = finish();
    const cJSON *links = own(p, "links"), *freed = cJSON_GetArrayItem(links, 0);
    assert_int_equal(cJSON_GetArraySize(links), 1);
    assert_string_equal(get(freed, "kind")->valuestring, "freed");
    assert_int_equal(number(freed, "from"), 0);
    assert_int_equal(cJSON_GetArraySize(get(freed, "to_fs")), 2);
    assert_int_equal(number(freed, "n"), 3);
    assert_int_equal(number(freed, "moved"), 1);
    cJSON_Delete(p);
}

/* ---- texts and files ---- */

static void leaves_out_a_link_from_where_nothing_was_born(void **state)
{
    (void)state;
    record(site_at(0x500), 10, 1);
    struct rec_link link = {
        .kind = REC_LINK_GREW, .from = site_at(0x700), .to = site_at(0x500), .n = 1};
    builder_add(b, REC_LINKS, &link);
    cJSON *p = finish();
    assert_int_equal(cJSON_GetArraySize(own(p, "links")), 0);
    cJSON_Delete(p);
}

/* ---- costs and lines over time ---- */

static void costs_are_without_the_timing(void **state)
{
    (void)state;
    record(site_at(0x500), 10, 1);
    uint32_t second = builder_thread(b, "worker");
    b->header.timing_ticks = 5;
    struct rec_thread *t = builder_get(b, REC_THREADS, thread);
    t->costs[REC_COST_ALLOC][6] = (struct rec_cost_bucket){10, 250, 0, 0};
    t->costs[REC_COST_FREE][3] = (struct rec_cost_bucket){10, 20, 0, 0}; /* less than the timing */
    t = builder_get(b, REC_THREADS, second);
    t->costs[REC_COST_ALLOC][6] = (struct rec_cost_bucket){2, 50, 1, 45};
    t->costs[REC_COST_ALLOC][9] = (struct rec_cost_bucket){1, 105, 0, 0};
    cJSON *p = finish();
    char *costs = cJSON_PrintUnformatted(own(p, "costs"));
    assert_string_equal(costs, "{\"alloc\":[[6,12,240,1,40],[9,1,100,0,0]],"
                               "\"free\":[[3,10,0,0,0]],"
                               "\"grow_in_place\":[],\"grow_moved\":[]}");
    free(costs);
    cJSON_Delete(p);
}

static void slow_calls_are_never_more_than_all(void **state)
{
    (void)state;
    struct rec_thread *t = builder_get(b, REC_THREADS, thread);
    t->costs[REC_COST_ALLOC][6] = (struct rec_cost_bucket){2, 300, 3, 300};
    cJSON *p = finish();
    char *costs = cJSON_PrintUnformatted(cJSON_GetObjectItem(own(p, "costs"), "alloc"));
    assert_string_equal(costs, "[[6,2,300,2,300]]");
    free(costs);
    cJSON_Delete(p);
}

static void a_point_has_what_its_own_timed_calls_cost(void **state)
{
    (void)state;
    uint32_t site = site_at(0x500);
    struct rec_record *r = record(site, 10, 1);
    b->header.timing_ticks = 5;
    struct rec_timed timed = {
        .costs = {[REC_COST_ALLOC] = {2, 50, 1, 45}, [REC_COST_GROW_MOVED] = {1, 105, 2, 105}}};
    r->timed = builder_add(b, REC_TIMED, &timed);
    r = builder_record(b, site, builder_thread(b, "worker"));
    timed = (struct rec_timed){.costs = {[REC_COST_ALLOC] = {3, 75, 0, 0}}};
    r->timed = builder_add(b, REC_TIMED, &timed);
    cJSON *p = finish();
    char *costs = cJSON_PrintUnformatted(get(get(point(p, 0), "hc"), "tc"));
    assert_string_equal(costs, "[[0,5,100,1,40],[3,1,100,1,100]]");
    free(costs);
    cJSON_Delete(p);
}

static void check_series(const cJSON *point, const char *expected)
{
    char *series = cJSON_PrintUnformatted(get(get(point, "hc"), "series"));
    assert_string_equal(series, expected);
    free(series);
}

/* The run has 1000 units of 1.024 us: four periods of 256, the last cut short. */
static void lines_of_records_are_added_up_on_one_grid(void **state)
{
    (void)state;
    b->header.series_shift = 8;
    uint32_t site = site_at(0x500);
    struct rec_record *fine = record(site, 100, 10);
    fine->series_shift = 7; /* eight periods of 128: ends at 128, 256, 384, ... */
    fine->series_count = 4;
    const int64_t bytes[] = {1, 2, 3, 4};
    struct rec_series points = {.bytes = {0}};
    for (int i = 0; i < 4; i++) {
        points.bytes[i] = 10 * bytes[i];
        points.blocks[i] = (int32_t)bytes[i];
    }
    fine->series = builder_add(b, REC_SERIES, &points);
    fine->live_bytes = 70, fine->live_blocks = 7; /* from the fifth on */
    struct rec_record *other = builder_record(b, site, builder_thread(b, "worker"));
    other->series_shift = 8;
    other->series_count = 1;
    points = (struct rec_series){{-20}, {-2}}; /* frees what the first thread allocated */
    other->series = builder_add(b, REC_SERIES, &points);
    other->live_bytes = -30, other->live_blocks = -3;
    cJSON *p = finish();
    check_series(point(p, 0), "{\"unit_us\":262,\"bytes\":[0,10,40,40],\"blocks\":[0,1,4,4]}");
    cJSON_Delete(p);
}

static void check_timeline(const char *expected)
{
    cJSON *p = finish();
    char *timeline = cJSON_PrintUnformatted(own(p, "timeline"));
    assert_string_equal(timeline, expected);
    free(timeline);
    cJSON_Delete(p);
}

/* The run has 1000 units of 1.024 us; periods of 128 units, of which four are recorded: nothing,
 * twice the same, a little more. */
static void the_line_over_time_is_written_from_start_to_end(void **state)
{
    (void)state;
    struct rec_timeline timeline = {.line = {{.shift = 7, .count = 4}}}, none = {0};
    record(site_at(0x500), 100, 10);
    b->header.max_bytes = 500;
    b->header.max_ticks = b->header.start_ticks + 700 * 1024;
    check_timeline("{\"unit_us\":1,\"points\":[[0,0,0,0,0],[1024,0,0,100,10]],"
                   "\"peak\":[716,500,0]}");
    timeline.line[0].moments[1] = timeline.line[0].moments[2] = (struct rec_moment){40, 4, 50, 5};
    timeline.line[0].moments[3] = (struct rec_moment){900, 4, 60, 60};
    builder_add(b, REC_TIMELINES, &none);
    builder_add(b, REC_TIMELINES, &timeline);
    /* 900 is more than the peak, 60 blocks more than there were: a program killed in between */
    check_timeline("{\"unit_us\":1,\"points\":[[0,0,0,0,0],[131,0,0,0,0],[262,40,4,50,5],"
                   "[393,40,4,50,5],[524,500,4,60,10],[655,0,0,100,10],[1024,0,0,100,10]],"
                   "\"peak\":[716,500,0]}");
}

static void a_line_that_is_zero_all_along_is_left_out(void **state)
{
    (void)state;
    b->header.series_shift = 8;
    record(site_at(0x500), 100, 10);
    cJSON *p = finish();
    assert_null(cJSON_GetObjectItem(get(point(p, 0), "hc"), "series"));
    cJSON_Delete(p);
}

static void what_the_program_took_is_written_where_it_is_known(void **state)
{
    struct error error;
    struct finish_options options = {.cpu_ns = 5000000, .page_faults = 321};
    (void)state;
    record(site_at(0x500), 100, 1000);
    cJSON *p = finish();
    assert_null(cJSON_GetObjectItem(own(p, "program"), "cpu_ns"));
    assert_null(cJSON_GetObjectItem(own(p, "program"), "page_faults"));
    cJSON_Delete(p);
    assert_int_equal(finish_recording(recording_path, profile_path, &options, NULL, 0, &error), 0);
    char *text = read_file(profile_path);
    p = cJSON_Parse(text);
    free(text);
    assert_int_equal(number(own(p, "program"), "cpu_ns"), 5000000);
    assert_in_range(number(own(p, "program"), "recorder_ns"), 1100000, 4500000);
    assert_int_equal(number(own(p, "program"), "page_faults"), 321);
    cJSON_Delete(p);
}

static void cleans_arguments_and_paths(void **state)
{
    (void)state;
    static const char arguments[] = "demo\0a\nb\0\xff\0\"q\"";
    builder_command(b, arguments, sizeof(arguments));
    uint32_t odd = builder_module(b, "/odd\x1b[31m/\xc3\x28.so", 0x900000, 0xa00000);
    uint32_t caller = builder_node(b, REC_ROOT_WHOLE, builder_location(b, 0x900501, odd));
    record(builder_node(b, caller, REC_FN_malloc), 10, 1);
    cJSON *p = finish();
    assert_string_equal(get(p, "cmd")->valuestring, "demo a?b \xef\xbf\xbd \"q\"");
    const cJSON *arguments_read = get(own(p, "program"), "args");
    assert_int_equal(cJSON_GetArraySize(arguments_read), 3);
    assert_string_equal(cJSON_GetArrayItem(arguments_read, 0)->valuestring, "a\nb");
    assert_string_equal(frame(p, point(p, 0), 1), "0x500: ??? (in /odd?[31m/\xef\xbf\xbd(.so)");
    cJSON_Delete(p);
}

static void same_recording_same_bytes(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 50; i++)
        record(site_at(0x500 + i % 7 * 16), 10 * i, 1);
    cJSON_Delete(finish());
    char *first = read_file(profile_path);
    cJSON_Delete(finish());
    char *second = read_file(profile_path);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void names_a_profile_after_program_and_pid(void **state)
{
    (void)state;
    char written[256], expected[256];
    struct error error;
    struct finish_options options = {.dir = folder};
    b->header.exe = builder_text(b, "/x/my prog;\xc3\xa9");
    builder_write(b, recording_path);
    assert_int_equal(
        finish_recording(recording_path, NULL, &options, written, sizeof(written), &error), 0);
    snprintf(expected, sizeof(expected), "%s/heapcoach.my_prog___.4711.json", folder);
    assert_string_equal(written, expected);
    assert_int_equal(access(expected, R_OK), 0);
}

static void an_empty_recording_is_a_profile_too(void **state)
{
    (void)state;
    cJSON *p = finish();
    assert_int_equal(points(p), 0);
    assert_int_equal(number(own(p, "totals"), "bytes"), 0);
    cJSON_Delete(p);
}

static int files_in_folder(void)
{
    char command[128], line[16] = "";
    snprintf(command, sizeof(command), "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(fgets(line, sizeof(line), pipe));
    pclose(pipe);
    return atoi(line);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    struct error error;
    for (uint64_t i = 0; i < 1000; i++)
        record(site_at(0x500 + i), 10, 1);
    builder_write(b, recording_path);
    builder_write_bytes(profile_path, "old", 3);

    struct rlimit before, small = {.rlim_cur = 20000, .rlim_max = RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN); /* then write fails with EFBIG, as it would with ENOSPC */
    setrlimit(RLIMIT_FSIZE, &small);
    int result = finish_recording(recording_path, profile_path, NULL, NULL, 0, &error);
    setrlimit(RLIMIT_FSIZE, &before);

    assert_int_equal(result, -1);
    assert_non_null(strstr(error.text, profile_path));
    assert_non_null(strstr(error.text, "File too large"));
    char *text = read_file(profile_path);
    assert_string_equal(text, "old");
    free(text);
    assert_int_equal(files_in_folder(), 2);
}

static void says_when_the_device_is_full(void **state)
{
    (void)state;
    struct error error;
    builder_write(b, recording_path);
    assert_int_equal(finish_recording(recording_path, "/dev/full", NULL, NULL, 0, &error), -1);
    assert_non_null(strstr(error.text, "/dev/full"));
    assert_non_null(strstr(error.text, "No space left on device"));
    assert_int_equal(finish_recording(recording_path, "/dev/null", NULL, NULL, 0, &error), 0);
}

static void refuses_a_folder_as_output(void **state)
{
    (void)state;
    struct error error;
    builder_write(b, recording_path);
    assert_int_equal(finish_recording(recording_path, folder, NULL, NULL, 0, &error), -1);
    assert_non_null(strstr(error.text, "Is a directory"));
    assert_int_equal(finish_recording(recording_path, "/no/such/folder/x", NULL, NULL, 0, &error),
                     -1);
    assert_non_null(strstr(error.text, "No such file or directory"));
    assert_int_equal(files_in_folder(), 1);
}

static void follows_a_link_and_keeps_the_mode(void **state)
{
    (void)state;
    char link_path[96];
    struct stat status;
    snprintf(link_path, sizeof(link_path), "%s/link", folder);
    builder_write_bytes(profile_path, "old", 3);
    assert_int_equal(chmod(profile_path, 0640), 0);
    assert_int_equal(symlink(profile_path, link_path), 0);
    struct error error;
    builder_write(b, recording_path);
    assert_int_equal(finish_recording(recording_path, link_path, NULL, NULL, 0, &error), 0);
    assert_int_equal(lstat(link_path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(stat(profile_path, &status), 0);
    assert_true(status.st_size > 100);
    assert_int_equal(status.st_mode & 0777, 0640);
}

/* ---- hostile recordings ---- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void any_recording_that_opens_makes_a_profile_that_parses(void **state)
{
    (void)state;
    uint32_t first = site_at(0x500), second = recursion(60);
    for (int i = 0; i < 3; i++) {
        struct rec_record *r = record(i ? first : second, 100, 3);
        r->live_bytes = 50;
        builder_count(b, &r->life_units_hist, 3, 3);
        builder_count(b, &r->life_units_hist, 20, 1);
    }
    struct rec_link link = {.kind = REC_LINK_GREW, .from = first, .to = second, .n = 1};
    struct rec_chain chain = {.live = 1, .record = 2, .steps = 3};
    struct rec_growth growth = {.chains = 1};
    builder_add(b, REC_LINKS, &link);
    builder_add(b, REC_CHAINS, &chain);
    builder_add(b, REC_GROWTHS, &growth);
    size_t size;
    unsigned char *good = builder_bytes(b, &size), *bad = malloc(size);
    uint64_t random = 88172645463325252u;
    int written = 0;
    for (int round = 0; round < 150; round++) {
        struct error error;
        memcpy(bad, good, size);
        for (unsigned n = 1 + next_random(&random) % 8; n; n--) {
            size_t chunk = 1 + next_random(&random) % (size / REC_CHUNK - 1);
            bad[chunk * REC_CHUNK + next_random(&random) % 1700] =
                (unsigned char)next_random(&random);
        }
        builder_write_bytes(recording_path, bad, size);
        if (finish_recording(recording_path, profile_path, NULL, NULL, 0, &error) != 0)
            continue;
        char *text = read_file(profile_path);
        cJSON *p = cJSON_Parse(text);
        assert_non_null(p);
        int frames = cJSON_GetArraySize(get(p, "ftbl"));
        for (int i = 0; i < points(p); i++)
            for (int k = 0; k < depth(point(p, i)); k++) {
                int index = cJSON_GetArrayItem(get(point(p, i), "fs"), k)->valueint;
                assert_true(index > 0 && index < frames);
            }
        cJSON_Delete(p);
        free(text);
        written++;
    }
    assert_true(written > 100);
    free(good);
    free(bad);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_the_keys_of_dhat),
        TEST(takes_the_peak_from_where_each_record_has_it),
        TEST(counts_lifetimes_up_to_the_end),
        TEST(never_tells_a_negative_lifetime),
        TEST(adds_up_threads_and_calls_the_maximum_a_bound),
        TEST(is_exact_where_one_record_has_seen_all),
        TEST(keeps_64_bits),
        TEST(adds_chains_of_live_blocks_to_those_that_ended),
        TEST(orders_points_by_bytes_then_by_stack),
        TEST(makes_one_point_of_stacks_that_look_alike),
        TEST(keeps_an_interrupted_address_as_it_is),
        TEST(says_how_each_stack_ended),
        TEST(keeps_recursion_that_fits),
        TEST(folds_recursion_that_does_not),
        TEST(cuts_the_outer_end_of_what_is_still_too_deep),
        TEST(no_two_points_are_equal),
        TEST(adds_up_links_and_names_stacks_that_allocate_nothing),
        TEST(tells_where_sampled_blocks_were_freed),
        TEST(leaves_out_a_link_from_where_nothing_was_born),
        TEST(costs_are_without_the_timing),
        TEST(a_point_has_what_its_own_timed_calls_cost),
        TEST(slow_calls_are_never_more_than_all),
        TEST(lines_of_records_are_added_up_on_one_grid),
        TEST(the_line_over_time_is_written_from_start_to_end),
        TEST(a_line_that_is_zero_all_along_is_left_out),
        TEST(what_the_program_took_is_written_where_it_is_known),
        TEST(cleans_arguments_and_paths),
        TEST(same_recording_same_bytes),
        TEST(names_a_profile_after_program_and_pid),
        TEST(an_empty_recording_is_a_profile_too),
        TEST(a_full_disk_leaves_the_old_file),
        TEST(says_when_the_device_is_full),
        TEST(refuses_a_folder_as_output),
        TEST(follows_a_link_and_keeps_the_mode),
        TEST(any_recording_that_opens_makes_a_profile_that_parses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
