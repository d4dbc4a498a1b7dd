// sources: preload/stacks.c preload/recording.c preload/memory.c
/* test_stacks.c - each pair of parent and location is one node, found again.
 *
 * Not covered: several threads (test_recorder_threads.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "preload/stacks.h"
#include "tests/unit/open_recording.h"

static uint64_t nodes(void)
{
    return recording.header->count[REC_NODES];
}

static void a_node_is_made_once(void **state)
{
    (void)state;
    uint64_t before = nodes();
    uint32_t a = stacks_intern(REC_ROOT_WHOLE, 100), b = stacks_intern(a, 100);

    assert_int_not_equal(a, b);
    assert_int_equal(nodes(), before + 2);
    assert_int_equal(stacks_intern(REC_ROOT_WHOLE, 100), a);
    assert_int_equal(stacks_intern(a, 100), b);
    assert_int_equal(nodes(), before + 2);
}

static void a_node_says_what_it_was_made_of(void **state)
{
    (void)state;
    uint32_t parent = stacks_intern(REC_ROOT_LOST, 33), node = stacks_intern(parent, 44);

    assert_int_equal(recording_node(node)->parent, parent);
    assert_int_equal(recording_node(node)->location, 44);
    assert_int_equal(recording_node(parent)->parent, REC_ROOT_LOST);
    assert_true(parent >= REC_FIRST_REAL_NODE);
}

/* Location 0 is malloc, root 0 is a whole stack: a pair of noughts is a node like others. */
static void malloc_from_a_whole_stack_of_no_frames_is_a_node(void **state)
{
    (void)state;
    uint32_t node = stacks_intern(REC_ROOT_WHOLE, REC_FN_malloc);

    assert_true(node >= REC_FIRST_REAL_NODE);
    assert_int_equal(stacks_intern(REC_ROOT_WHOLE, REC_FN_malloc), node);
    for (uint32_t root = 0; root < REC_FIRST_REAL_NODE; root++)
        for (uint32_t location = 0; location < REC_FUNCTION_COUNT; location++) {
            uint32_t other = stacks_intern(root, location);
            assert_int_equal(other == node, root == 0 && location == 0);
            assert_int_equal(recording_node(other)->parent, root);
            assert_int_equal(recording_node(other)->location, location);
        }
}

/* Known nodes first, new ones below, whose children are new as well. */
static void a_path_is_its_nodes_one_by_one(void **state)
{
    (void)state;
    const uint32_t first[] = {61, 62, 63}, other[] = {61, 62, 73, 74, 75};
    uint32_t nodes_of_first[3], nodes_of_other[5];
    uint64_t before = nodes();

    assert_int_equal(stacks_intern_path(REC_ROOT_WHOLE, first, 3, nodes_of_first), 3);
    assert_int_equal(nodes(), before + 3);
    assert_int_equal(stacks_intern_path(REC_ROOT_WHOLE, other, 5, nodes_of_other), 5);
    assert_int_equal(nodes(), before + 6);
    assert_int_equal(stacks_intern_path(REC_ROOT_WHOLE, first, 3, nodes_of_first), 3);
    assert_int_equal(nodes(), before + 6);
    assert_memory_equal(nodes_of_other, nodes_of_first, 2 * sizeof(uint32_t));
    uint32_t parent = REC_ROOT_WHOLE;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(recording_node(nodes_of_other[i])->parent, parent);
        assert_int_equal(stacks_intern(parent, other[i]), nodes_of_other[i]);
        parent = nodes_of_other[i];
    }
    assert_int_equal(nodes(), before + 6);
}

/* Enough for the table to grow several times: 16 callers, 15 callees of each, and so on. */
static void many_nodes_are_all_found_again(void **state)
{
    (void)state;
    enum { MANY = 200000 };
    static uint32_t made[MANY];
    uint64_t before = nodes();

    for (uint32_t i = 0; i < MANY; i++) {
        made[i] = stacks_intern(i < 16 ? REC_ROOT_DEPTH : made[i / 16], 1000 + i % 1024);
        assert_int_not_equal(made[i], 0);
        if (i % 1000 == 0)
            assert_int_equal(stacks_intern(recording_node(made[i / 2])->parent,
                                           recording_node(made[i / 2])->location),
                             made[i / 2]);
    }
    assert_int_equal(nodes(), before + MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        const struct rec_node *n = recording_node(made[i]);
        assert_true(n->parent < made[i]); /* parents come first in the array */
        assert_int_equal(stacks_intern(n->parent, n->location), made[i]);
    }
    assert_int_equal(nodes(), before + MANY);
}

/* Nodes beyond the first huge page of first children, and beyond the second, have children, too. */
static void nodes_of_all_pieces_have_children(void **state)
{
    (void)state;
    enum { DEEP = 600000, APART = 1000 };
    static uint32_t made[DEEP], other[DEEP / APART];

    for (uint32_t i = 0; i < DEEP; i++) {
        made[i] = stacks_intern(i ? made[i - 1] : REC_ROOT_LOST, 7000000);
        assert_int_not_equal(made[i], 0);
    }
    for (uint32_t i = 0; i < DEEP; i += APART)
        other[i / APART] = stacks_intern(made[i], 8000000);
    uint64_t before = nodes();
    assert_true(before > (uint64_t)2 << 18);
    for (uint32_t i = 1; i < DEEP; i++)
        assert_int_equal(stacks_intern(made[i - 1], 7000000), made[i]);
    for (uint32_t i = 0; i < DEEP; i += APART)
        assert_int_equal(stacks_intern(made[i], 8000000), other[i / APART]);
    assert_int_equal(nodes(), before);
}

static void big_numbers_are_not_confused(void **state)
{
    (void)state;
    uint32_t a = stacks_intern(7, UINT32_MAX), b = stacks_intern(8, 0);

    assert_int_not_equal(a, b); /* the key of the first plus one is that of the second */
    assert_int_equal(stacks_intern(7, UINT32_MAX), a);
    assert_int_equal(recording_node(b)->parent, 8);
}

/* In a child, whose limit does not matter to the others. */
static void without_room_known_nodes_are_still_found(void **state)
{
    (void)state;
    pid_t child = fork();

    if (child == 0) {
        struct rlimit limit = {1, 1};
        uint32_t known = stacks_intern(REC_ROOT_WHOLE, 5000), i = 0;
        setrlimit(RLIMIT_FSIZE, &limit);
        while (i < 1000000 && stacks_intern(REC_ROOT_WHOLE, 10000 + i))
            i++;
        _exit(i < 1000000 && stacks_intern(REC_ROOT_WHOLE, 5000) == known &&
                      stacks_intern(REC_ROOT_WHOLE, 10000 + i) == 0
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_is_made_once),
        cmocka_unit_test(a_node_says_what_it_was_made_of),
        cmocka_unit_test(malloc_from_a_whole_stack_of_no_frames_is_a_node),
        cmocka_unit_test(a_path_is_its_nodes_one_by_one),
        cmocka_unit_test(many_nodes_are_all_found_again),
        cmocka_unit_test(nodes_of_all_pieces_have_children),
        cmocka_unit_test(big_numbers_are_not_confused),
        cmocka_unit_test(without_room_known_nodes_are_still_found),
    };

    open_recording();
    if (!stacks_start())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
