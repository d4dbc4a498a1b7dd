// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// JSON that is parsed into values, on made profiles. The constants of cost.c hold: malloc and free
// of a small block are 13 ns; the program ran 100 ms, so a finding is shown from 1 ms on.
//
// Not covered: that the frames of serde_json look like these (tests/real).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/crate_parts.h"
#include "analyzer/rules/json_calls.h"
#include "tests/unit/rule_checks.h"

#define CARGO "/home/me/.cargo/registry/src/index/"

static struct stack_frame dep(const char *crate, const char *function, const char *file,
                              uint32_t line)
{
    return (struct stack_frame){
        .kind = OWNER_DEP, .function = function, .file = file, .line = line, .crate = crate};
}

static struct stack_frame json(const char *function, const char *file, uint32_t line)
{
    return dep("serde_json", function, file, line);
}

#define VALUE CARGO "serde_json-1.0.154/src/value/de.rs"
#define DE CARGO "serde_json-1.0.154/src/de.rs"

static uint32_t point(const struct stack_frame *via, const struct stack_frame *crates, uint32_t n,
                      uint32_t line, uint64_t blocks, uint64_t bytes)
{
    uint32_t frames[32], count = 0;
    for (; via->function; via++)
        frames[count++] = pb_frame(b, via);
    for (uint32_t i = 0; i < n; i++)
        frames[count++] = pb_frame(b, &crates[i]);
    frames[count++] = pb_user_frame(b, "app::load", line);
    frames[count++] = pb_user_frame(b, "app::main", 100);
    uint32_t p = pb_point_of(b, "malloc", frames, count);
    pb_births(b, p, blocks, bytes);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, blocks / 64 + 1, PB_SAME_FUNCTION, NULL);
    return p;
}

/* n objects of four fields, each with a key and a text, of which one is an array. */
static void parse(uint32_t line, uint64_t n)
{
    struct stack_frame visit = json("visit_map", VALUE, 140);
    struct stack_frame from = json("serde_json::de::from_str", DE, 2713);
    struct stack_frame key[] = {
        dep("serde_core", "deserialize_string", CARGO "serde_core/de.rs", 9),
        json("next_key_seed", DE, 2021), visit, from};
    struct stack_frame table[] = {
        json("serde_json::map::Map::insert", CARGO "serde_json-1.0.154/src/map.rs", 138), visit,
        from};
    struct stack_frame text[] = {json("visit_str", VALUE, 85), json("next_value_seed", DE, 2033),
                                 visit, from};
    struct stack_frame array[] = {json("visit_seq", VALUE, 114), json("next_value_seed", DE, 2033),
                                  visit, from};
    point(stack_str_to_string, key, 4, line, 4 * n, 8);
    point(stack_btree_insert, table, 3, line, n, 632);
    point(stack_str_to_string, text, 4, line, 3 * n, 20);
    pb_growth(b, point(stack_push, array, 4, line, n, 128), n, 2, 128);
}

static void a_value_is_told_by_its_keys_and_tables(void **state)
{
    (void)state;
    parse(12, 30000);
    const struct finding *f = only(&rule_json_value);
    assert_told(f);
    assert_int_equal(f->scope, FINDING_OWN);
    assert_string_equal(f->location.function, "app::load");
    assert_int_equal(f->location.line, 12);
    assert_int_equal(evidence_of(f, "keys"), 120000);
    assert_int_equal(evidence_of(f, "tables"), 30000);
    assert_int_equal(f->point_count, 4);
    assert_non_null(strstr(f->what, "into serde_json::Value: 270,000 blocks"));
    /* pairs of keys and of tables, 13 ns each; the table's is from nothing */
    assert_in_range(f->saving.ns, 150000 * 13, 150000 * 16);
    static const struct rule *const others[] = {
        &rule_small_buffer, &rule_string_temp, &rule_growth, &rule_node_churn,
        &rule_buffer_reuse, &rule_many_small,  &rule_clone};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_quiet(others[i]);
}

/* The text of an object that is the value of a field in another, whose keys are further out. */
static void what_is_within_a_value_is_no_key_of_the_outer(void **state)
{
    (void)state;
    struct stack_frame text[] = {json("visit_str", VALUE, 85), json("visit_map", VALUE, 140),
                                 json("next_key_seed", DE, 2021),
                                 json("serde_json::de::from_str", DE, 2713)};
    uint32_t p = point(stack_str_to_string, text, 4, 12, 2000, 20);
    pb_evidence(b);
    assert_int_equal(json_block(&b->profile, &b->profile.points[p], b->evidence.facts[p].leaf_end),
                     JSON_OTHER);
}

static void few_keys_are_quiet(void **state)
{
    (void)state;
    parse(12, 199); /* 995 keys and tables */
    assert_quiet(&rule_json_value);
    again();
    parse(12, 200); /* the edge */
    only(&rule_json_value);
}

static void a_struct_is_no_value(void **state)
{
    (void)state;
    struct stack_frame field[] = {
        dep("serde_core", "deserialize_string", CARGO "serde_core/de.rs", 9),
        json("next_value_seed", DE, 2033), json("serde_json::de::from_str", DE, 2713)};
    uint32_t p = point(stack_str_to_string, field, 3, 12, 200000, 20);
    assert_int_equal(pb_evidence(b)->facts[p].part, CRATE_PART_NONE);
    assert_quiet(&rule_json_value);
}

static void arrays_alone_need_no_struct(void **state)
{
    (void)state;
    struct stack_frame array[] = {json("visit_seq", VALUE, 114),
                                  json("serde_json::de::from_str", DE, 2713)};
    uint32_t p = point(stack_push, array, 2, 12, 200000, 128);
    assert_int_equal(pb_evidence(b)->facts[p].part, CRATE_PART_VALUE);
    assert_int_equal(json_block(&b->profile, &b->profile.points[p], b->evidence.facts[p].leaf_end),
                     JSON_OTHER);
    assert_quiet(&rule_json_value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(a_value_is_told_by_its_keys_and_tables),
        RULE_TEST(what_is_within_a_value_is_no_key_of_the_outer),
        RULE_TEST(few_keys_are_quiet),
        RULE_TEST(a_struct_is_no_value),
        RULE_TEST(arrays_alone_need_no_struct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
