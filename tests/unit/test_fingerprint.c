// sources: preload/fingerprint.c preload/memory.c
/* test_fingerprint.c - a stack is known again by the hash of its slots, and no other is.
 *
 * The stack is an array. Not covered: which slots a walk needs (test_walk.c compares what is found
 * by them with libunwind's walks).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "preload/fingerprint.h"

enum { SLOTS = 128, KEY = 0x1000 };

static struct fingerprints f;
static uintptr_t stack[SLOTS];

static uintptr_t sp(void)
{
    return (uintptr_t)stack;
}

/* Learns the present stack with slots at places[0 .. count). */
static void learn(const unsigned *places, uint32_t count, bool uses_rbp, uintptr_t rbp,
                  uint32_t node)
{
    struct base_slot slots[WALK_SLOTS_MAX];

    for (uint32_t i = 0; i < count; i++)
        slots[i] = (struct base_slot){.at = &stack[places[i]]};
    fingerprint_learn(&f, KEY, sp(), rbp, uses_rbp, slots, count, fingerprint_node(node));
}

static uint64_t find(uintptr_t rbp)
{
    return fingerprint_find(&f, KEY, sp(), rbp).node;
}

static int fresh(void **state)
{
    (void)state;
    fingerprint_forget(&f);
    for (unsigned i = 0; i < SLOTS; i++)
        stack[i] = 0x7f0000001000 + 16 * i;
    return 0;
}

static const unsigned some[] = {40, 3, 17, 8, 9, 30, 31};
enum { SOME = sizeof some / sizeof some[0] };

static void a_stack_is_found_by_its_slots_alone(void **state)
{
    (void)state;
    assert_int_equal(find(0), 0);
    learn(some, SOME, false, 0, 7);
    assert_int_equal(find(0), 7);
    stack[4] = stack[41] = 5; /* no slots */
    assert_int_equal(find(1), 7);
    for (uint32_t i = 0; i < SOME; i++)
        for (unsigned bit = 0; bit < 64; bit++) {
            stack[some[i]] ^= (uintptr_t)1 << bit;
            assert_int_equal(find(0), 0);
            stack[some[i]] ^= (uintptr_t)1 << bit;
        }
    assert_int_equal(find(0), 7);
    assert_int_equal(fingerprint_find(&f, KEY + 1, sp(), 0).node, 0);
    assert_int_equal(fingerprint_find(&f, KEY | FINGERPRINT_NODE, sp(), 0).node, 0);
}

static void rbp_counts_where_it_is_a_slot(void **state)
{
    (void)state;
    learn(some, SOME, true, 99, 7);
    assert_int_equal(find(99), 7);
    assert_int_equal(find(98), 0);
}

/* Of one list of slots some stacks need rbp as well. */
static void rbp_may_become_a_slot(void **state)
{
    (void)state;
    learn(some, SOME, false, 0, 7);
    stack[some[2]]++;
    learn(some, SOME, true, 99, 8);
    assert_int_equal(find(99), 8);
    assert_int_equal(find(98), 0);
}

/* So that what was learnt with the slots before is not found by others. */
static void a_shape_that_changes_has_another_seed(void **state)
{
    (void)state;
    uint64_t seeds[4];

    for (uint32_t i = 0; i < 3; i++) {
        stack[some[0]]++;
        learn(some, SOME - 2 + i, false, 0, 7 + i);
        seeds[i] = fingerprint_shape(&f, KEY, sp())->seed;
    }
    stack[some[0]]++;
    learn(some, SOME, true, 0, 10);
    seeds[3] = fingerprint_shape(&f, KEY, sp())->seed;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            assert_true(seeds[i] != seeds[j]);
}

static void a_slot_read_twice_is_hashed_once(void **state)
{
    (void)state;
    static const unsigned twice[] = {40, 40, 8, 3, 8, 17, 3, 17, 40}, once[] = {3, 8, 17, 40};

    learn(twice, sizeof twice / sizeof *twice, false, 0, 7);
    const struct fingerprint_shape *shape = fingerprint_shape(&f, KEY, sp());
    assert_int_equal(shape->count, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(shape->offsets[i], once[i] * sizeof *stack);
    assert_int_equal(find(0), 7);
}

static void values_that_change_places_are_another_stack(void **state)
{
    (void)state;
    learn(some, SOME, false, 0, 7);
    for (uint32_t i = 0; i < SOME; i++)
        for (uint32_t j = 0; j < i; j++) {
            uintptr_t kept = stack[some[i]];
            stack[some[i]] = stack[some[j]];
            stack[some[j]] = kept;
            assert_int_equal(find(0), 0);
            stack[some[j]] = stack[some[i]];
            stack[some[i]] = kept;
        }
}

/* Many stacks of one place, more than the tables hold at first. */
static void each_of_many_stacks_has_its_own_answer(void **state)
{
    (void)state;
    enum { STACKS = 20000 };

    for (int round = 0; round < 2; round++) /* the tables start over while they grow */
        for (uint32_t i = 1; i <= STACKS; i++) {
            for (uint32_t bit = 0; bit < SOME; bit++)
                stack[some[bit]] = 0x7f0000001000 + (i >> 2 * bit) % 4 * 0x10;
            stack[some[0]] += i / 16384 * 0x100000;
            uint64_t found = find(0);
            assert_true(found == 0 || found == i);
            if (round == 0 || !found)
                learn(some, SOME, false, 0, i);
            assert_int_equal(find(0), i);
        }
    assert_true(f.answers_mask > STACKS);
}

/* As frames in another order have: each slot of the second list counts. */
static void lists_of_the_same_sum_are_told_apart(void **state)
{
    static const unsigned one[] = {10, 20, 80, 120};

    for (unsigned d = 1; d < 30; d++) {
        unsigned other[] = {10, 20 + d, 80 - d, 120};
        fresh(state);
        learn(one, 4, false, 0, 7);
        stack[10] = 1;
        learn(other, 4, false, 0, 8);
        assert_int_equal(find(0), 8);
        for (uint32_t i = 0; i < 4; i++) {
            stack[other[i]] ^= 8;
            assert_int_equal(find(0), 0);
            stack[other[i]] ^= 8;
        }
        assert_int_equal(find(0), 8);
    }
}

/* The same stack may be told by one list of its slots or by a longer one. */
static void a_list_of_fewer_slots_changes_nothing(void **state)
{
    (void)state;
    learn(some, SOME, false, 0, 7);
    uint64_t seed = fingerprint_shape(&f, KEY, sp())->seed;
    stack[30] = 1;
    learn(some, SOME - 2, false, 0, 8);
    assert_int_equal(fingerprint_shape(&f, KEY, sp())->seed, seed);
    assert_int_equal(find(0), 8);
    stack[30] = 0x7f0000001000 + 16 * 30;
    assert_int_equal(find(0), 7);
}

static void two_layouts_of_one_place_are_both_known(void **state)
{
    (void)state;
    static const unsigned other[] = {5, 50};

    learn(some, SOME, false, 0, 7);
    stack[40] = stack[3] = 1;
    learn(other, 2, false, 0, 8);
    assert_int_equal(find(0), 8);
    stack[40] = 0x7f0000001000 + 16 * 40;
    stack[3] = 0x7f0000001000 + 16 * 3;
    assert_int_equal(find(0), 0); /* learnt under other slots */
    learn(some, SOME, false, 0, 7);
    assert_int_equal(find(0), 7);
    stack[40] = stack[3] = 1;
    assert_int_equal(find(0), 8);
}

/* What is the same up to where the layouts differ cannot tell them apart: both are one shape. */
static void layouts_that_no_slot_announces_are_both_known(void **state)
{
    (void)state;
    static const unsigned one[] = {3, 8, 20}, other[] = {3, 8, 30};

    for (int i = 0; i < 3; i++) {
        stack[20] = 1;
        learn(one, 3, false, 0, 7);
        stack[20] = 2;
        learn(other, 3, false, 0, 8);
    }
    assert_int_equal(find(0), 8);
    stack[20] = 1;
    assert_int_equal(find(0), 7);
}

/* A slot that holds another value each time belongs to no walk of that stack. */
static void a_place_that_never_settles_is_left_alone(void **state)
{
    (void)state;
    static const unsigned other[] = {5, 50};

    for (uintptr_t i = 0; i < 40; i++) {
        stack[40] = i;
        if (i % 2)
            learn(some, SOME, false, 0, 7);
        else
            learn(other, 2, false, 0, 7);
    }
    uint32_t answers = f.answer_count;
    stack[40] = 1000;
    learn(some, SOME, false, 0, 7);
    assert_int_equal(find(0), 0);
    assert_int_equal(f.answer_count, answers);
    assert_true(answers < 20);
}

/* ---- calls of functions whose frames differ in size, all from one place ---- */

enum { FUNCTIONS = 3, CALLS = 6 };

/* How many slots the frame of a function has; its return address is the last one. */
static const unsigned frame_slots[FUNCTIONS] = {2, 3, 5};

static uint32_t random_state;

static uint32_t random_number(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

/* Lays out the stack of `calls` calls, innermost first: the digits of `path` to the base of
 * FUNCTIONS say which function is whose caller. What is no return address is anything. Returns how
 * many slots a walk reads. */
static uint32_t call(uint32_t path, uint32_t calls, unsigned *places)
{
    unsigned end = 0, function = 0;

    for (unsigned i = 0; i < SLOTS; i++)
        stack[i] = random_number();
    for (uint32_t n = 0; n < calls; n++, path /= FUNCTIONS) {
        end += frame_slots[function];
        function = path % FUNCTIONS;
        stack[end - 1] = 0x7f0000001000 + 16 * function;
        places[n] = end - 1;
    }
    return calls;
}

/* Finds that stack, or learns it. False: it was not found. */
static bool know(uint32_t path, uint32_t calls)
{
    unsigned places[SLOTS];
    uint32_t count = call(path, calls, places);
    uint64_t found = find(0);

    assert_true(found == 0 || found == path + 1);
    if (!found)
        learn(places, count, false, 0, path + 1);
    return found != 0;
}

static void what_calls_one_place_in_many_ways_is_known(void **state)
{
    (void)state;
    enum { PATHS = 729 /* FUNCTIONS to the power of CALLS */, ROUNDS = 12 };
    uint32_t unknown = PATHS;

    for (int round = 0; round < ROUNDS; round++) {
        unknown = 0;
        for (uint32_t i = 0; i < PATHS; i++)
            unknown += !know((i * 277 + (uint32_t)round * 31) % PATHS, CALLS);
    }
    assert_int_equal(unknown, 0);
    assert_in_range(f.answer_count, PATHS,
                    4 * PATHS); /* nothing was learnt of what stands between */
}

static void a_fork_is_moved_for_what_differs_before_it(void **state)
{
    (void)state;
    enum { OUTER = 81 /* differs in the fifth call alone */ };

    assert_false(know(0, CALLS));
    assert_false(know(OUTER, CALLS)); /* a fork for these two */
    assert_false(know(0, CALLS));
    assert_true(know(0, CALLS) && know(OUTER, CALLS));
    assert_false(know(1, CALLS)); /* the first call differs */
    for (int i = 0; i < 2; i++) {
        know(0, CALLS);
        know(OUTER, CALLS);
        know(OUTER + 1, CALLS);
        know(1, CALLS);
    }
    assert_true(know(0, CALLS) && know(OUTER, CALLS) && know(1, CALLS) && know(OUTER + 1, CALLS));
}

/* A stack for each call that may be another one: each needs one fork more. */
static void there_are_only_so_many_forks(void **state)
{
    (void)state;
    enum { DEEP = 19, ROUNDS = 60 };
    uint32_t unknown = 0;

    for (int round = 0; round < ROUNDS; round++) {
        unknown = 0;
        for (uint32_t i = 0, path = 1; i < DEEP; i++, path *= FUNCTIONS)
            unknown += !know(path, DEEP);
    }
    assert_in_range(unknown, 1, 8);
    assert_in_range(f.answer_count, 1, 1000);
}

static void what_cannot_be_a_shape_is_not_learnt(void **state)
{
    (void)state;
    const struct base_slot below[] = {{.at = stack - 1}};

    fingerprint_learn(&f, KEY, sp(), 0, false, below, 1, fingerprint_node(7));
    assert_int_equal(find(0), 0);
    learn(some, 0, false, 0, 7);
    assert_int_equal(find(0), 0);
}

static void after_forgetting_nothing_is_known(void **state)
{
    (void)state;
    learn(some, SOME, true, 0, 7);
    fingerprint_forget(&f);
    assert_int_equal(find(0), 0);
    learn(some, 3, false, 0, 8);
    assert_int_equal(find(5), 8);
    assert_int_equal(fingerprint_shape(&f, KEY, sp())->count, 4); /* nothing of the old one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stack_is_found_by_its_slots_alone, fresh),
        cmocka_unit_test_setup(rbp_counts_where_it_is_a_slot, fresh),
        cmocka_unit_test_setup(rbp_may_become_a_slot, fresh),
        cmocka_unit_test_setup(a_shape_that_changes_has_another_seed, fresh),
        cmocka_unit_test_setup(a_slot_read_twice_is_hashed_once, fresh),
        cmocka_unit_test_setup(values_that_change_places_are_another_stack, fresh),
        cmocka_unit_test_setup(each_of_many_stacks_has_its_own_answer, fresh),
        cmocka_unit_test_setup(lists_of_the_same_sum_are_told_apart, fresh),
        cmocka_unit_test_setup(a_list_of_fewer_slots_changes_nothing, fresh),
        cmocka_unit_test_setup(two_layouts_of_one_place_are_both_known, fresh),
        cmocka_unit_test_setup(layouts_that_no_slot_announces_are_both_known, fresh),
        cmocka_unit_test_setup(a_place_that_never_settles_is_left_alone, fresh),
        cmocka_unit_test_setup(what_calls_one_place_in_many_ways_is_known, fresh),
        cmocka_unit_test_setup(a_fork_is_moved_for_what_differs_before_it, fresh),
        cmocka_unit_test_setup(there_are_only_so_many_forks, fresh),
        cmocka_unit_test_setup(what_cannot_be_a_shape_is_not_learnt, fresh),
        cmocka_unit_test_setup(after_forgetting_nothing_is_known, fresh),
    };
    if (!fingerprint_start(&f))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
