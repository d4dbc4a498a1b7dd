// sources: preload/memo.c preload/fingerprint.c preload/memory.c
/* test_memo.c - the tree of remembered paths, on made-up stacks.
 *
 * A made-up stack is an array of words. Frame i (0: the outermost) has its stack pointer at
 * word 3 * (FRAMES - i), its return address two words further out, and may keep rbp in the
 * word between. Its pc says which of several functions it is in; what the functions do with rbp
 * follows from that number, as it follows from unwind rules in a real stack.
 *
 * Not covered: walks (test_walk.c), realigned frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "preload/memo.h"

enum { FRAMES = 9, FUNCTIONS = 4, WORDS = 3 * FRAMES + 3 };

static uintptr_t stack[WORDS];
static struct walk_state frames[FRAMES];
static struct memo_slot slots[3 * FRAMES];
static struct walk_memory memory;
static uintptr_t entry_rbp;

/* Functions 0 and 1 use no rbp, 2 saves its caller's, 3 also reads its own. */
static int function_of(uintptr_t pc)
{
    return (int)(pc & 3);
}

static uintptr_t *sp_of(int i)
{
    return &stack[3 * (FRAMES - 1 - i)];
}

/* Makes the stack in which frame i is in function `functions[i]`, called from place
 * `places[i]`; rbp is `rbp` in all of it. */
static void make_stack(const char *functions, const char *places, uintptr_t rbp)
{
    for (int i = 0; i < FRAMES; i++)
        frames[i] =
            (struct walk_state){.pc = 0x1000 + 16 * (uintptr_t)places[i] + (uintptr_t)functions[i],
                                .sp = (uintptr_t)sp_of(i)};
    for (int i = 1; i < FRAMES; i++) {
        sp_of(i)[1] = rbp;
        sp_of(i)[2] = frames[i - 1].pc;
    }
    entry_rbp = rbp;
}

/* Makes the present stack the base, as settle() in walk.c does. */
static void make_base(void)
{
    memory.frames = frames;
    memory.slots = slots;
    memory.frame_count = FRAMES;
    memory.entry_rbp = entry_rbp;
    for (int i = 0; i < FRAMES; i++) {
        struct walk_state *f = &frames[i];
        f->node = 100 + (uint32_t)i;
        f->location = (uint32_t)f->pc;
        f->rbp = entry_rbp;
        if (i == 0)
            continue;
        f->ra_slot = &sp_of(i)[2];
        f->rbp_slot = function_of(f->pc) >= 2 ? &sp_of(i)[1] : NULL;
        f->uses_rbp = f->needs_rbp = function_of(f->pc) == 3;
        f->needs_rbp |= f[-1].needs_rbp && !f->rbp_slot;
        uint32_t n = f[-1].slot_end;
        slots[n++] = (struct memo_slot){f->ra_slot, f[-1].pc};
        if (f->rbp_slot && f[-1].needs_rbp)
            slots[n++] = (struct memo_slot){f->rbp_slot, f[-1].rbp};
        f->slot_end = n;
    }
}

static struct memo_leaf *look_up(void)
{
    const struct walk_state *innermost = &frames[FRAMES - 1];
    return memo_inner(&memory, memo_key(1, innermost->pc), innermost->sp, entry_rbp);
}

/* Whether a leaf's inner frames and hinge are those of the present stack. */
static bool fits(const struct memo_leaf *leaf)
{
    uint32_t n = leaf->location_count;

    for (uint32_t i = 0; i < n; i++)
        if (memory.locations[leaf->location_start + i] != frames[FRAMES - 1 - i].pc)
            return false;
    return n < FRAMES && leaf->pc == frames[FRAMES - 1 - n].pc &&
           leaf->sp == frames[FRAMES - 1 - n].sp;
}

static int start(void **state)
{
    (void)state;
    static bool started;

    if (!started)
        started = memo_start(&memory);
    memo_forget(&memory);
    return started ? 0 : -1;
}

static struct memo_leaf *remember(const char *functions, const char *places, uint32_t joined)
{
    make_stack(functions, places, 0);
    make_base();
    return memo_insert(&memory, 1, joined);
}

static struct memo_leaf *find(const char *functions, const char *places)
{
    make_stack(functions, places, 0);
    return look_up();
}

#define NO_RBP "\0\0\0\0\0\0\0\0\0"

static void an_unknown_path_is_not_found(void **state)
{
    (void)state;
    assert_null(find(NO_RBP, "000000000"));
    assert_non_null(remember(NO_RBP, "000000000", 0));
    assert_null(find(NO_RBP, "100000000"));
    assert_null(find(NO_RBP, "000000100"));
    assert_null(find(NO_RBP, "000000001"));
}

static void a_path_is_found_up_to_its_hinge(void **state)
{
    (void)state;
    struct memo_leaf *leaf = remember(NO_RBP, "000000000", 4);

    assert_int_equal(leaf->index, 4);
    assert_int_equal(leaf->location_count, FRAMES - 1 - 4);
    assert_ptr_equal(find(NO_RBP, "111100000"), leaf); /* outside of the hinge all may differ */
    assert_null(find(NO_RBP, "000010000"));
}

/* A run is split where the second path differs, and what comes before that is split again where
 * the third does. The first branch must then still be found, at the end of the split-off part. */
static void a_run_that_is_split_twice_keeps_its_branches(void **state)
{
    (void)state;
    struct memo_leaf *a = remember(NO_RBP, "000000000", 0);
    struct memo_leaf *b = remember(NO_RBP, "001000000", 0);
    struct memo_leaf *c = remember(NO_RBP, "000001000", 0);

    assert_ptr_equal(find(NO_RBP, "000000000"), a);
    assert_ptr_equal(find(NO_RBP, "001000000"), b);
    assert_ptr_equal(find(NO_RBP, "000001000"), c);
    assert_null(find(NO_RBP, "001001000"));
    struct memo_leaf *d = remember(NO_RBP, "000100000", 0); /* between the two */
    struct memo_leaf *e = remember(NO_RBP, "001001000", 0);
    assert_ptr_equal(find(NO_RBP, "000000000"), a);
    assert_ptr_equal(find(NO_RBP, "001000000"), b);
    assert_ptr_equal(find(NO_RBP, "000001000"), c);
    assert_ptr_equal(find(NO_RBP, "000100000"), d);
    assert_ptr_equal(find(NO_RBP, "001001000"), e);
}

/* Frame 6 saves rbp where frame 4 needs it; rbp at the entry is nobody's business. */
static void rbp_counts_only_where_a_frame_reads_it(void **state)
{
    (void)state;
    static const char saved[] = "\0\0\0\0\3\0\2\0\0", needed[] = "\0\0\0\0\3\0\0\0\0";
    struct memo_leaf *leaf = remember(saved, "000000000", 0);

    make_stack(saved, "000000000", 0);
    entry_rbp = 77;
    assert_ptr_equal(look_up(), leaf);
    sp_of(6)[1] = 77;
    assert_null(look_up());
    leaf = remember(needed, "000000000", 0);
    make_stack(needed, "000000000", 0);
    assert_ptr_equal(look_up(), leaf);
    entry_rbp = 77; /* nobody saves it on the way: it is frame 4's */
    assert_null(look_up());
}

/* Frame 8 reads rbp and saves it where frame 4, outside of the hinge, needs it. */
static void rbp_is_followed_to_the_hinge(void **state)
{
    (void)state;
    static const char functions[] = "\0\0\0\0\3\0\0\0\3";
    struct memo_leaf *leaf = remember(functions, "000000000", 5);

    make_stack(functions, "000000000", 0);
    assert_ptr_equal(leaf->rbp_at, &sp_of(8)[1]);
    assert_ptr_equal(look_up(), leaf);
    assert_true(memo_hinged(&memory, leaf));
    sp_of(8)[1] = 77;
    make_base();
    for (int i = 5; i < 8; i++)
        frames[i].rbp = 0; /* as it was in the base */
    assert_ptr_equal(look_up(), leaf);
    assert_false(memo_hinged(&memory, leaf));
}

/* The same, with frame 4 inside of the hinge: both values are part of the path. */
static void rbp_is_compared_each_time_that_it_was_replaced(void **state)
{
    (void)state;
    static const char functions[] = "\0\0\0\0\3\0\0\0\3";
    struct memo_leaf *leaf = remember(functions, "000000000", 1);

    make_stack(functions, "000000000", 0);
    assert_ptr_equal(look_up(), leaf);
    sp_of(8)[1] = 77;
    assert_null(look_up());
    make_stack(functions, "000000000", 0);
    entry_rbp = 77;
    assert_null(look_up());
}

static void a_hinge_moves_outward_when_its_outside_changes(void **state)
{
    (void)state;
    struct memo_leaf *inner = remember(NO_RBP, "000000000", 6), *outer;

    assert_int_equal(inner->index, 6);
    outer = remember(NO_RBP, "000100000", 3);
    assert_int_equal(outer->index, 3);
    assert_ptr_equal(find(NO_RBP, "000100000"), outer);
    assert_ptr_equal(find(NO_RBP, "111100000"), outer);
    assert_null(find(NO_RBP, "000200000"));
}

static void a_known_path_keeps_its_leaf(void **state)
{
    (void)state;
    struct memo_leaf *leaf = remember(NO_RBP, "000000000", 4);
    uint32_t runs = memory.run_count;

    for (int i = 0; i < 5; i++)
        assert_ptr_equal(remember(NO_RBP, "111100000", 4), leaf);
    assert_int_equal(memory.run_count, runs);
}

static void an_answer_is_kept_for_each_outer_node(void **state)
{
    (void)state;
    struct memo_leaf *leaf = remember(NO_RBP, "000000000", 4);
    static struct rec_record records[3];
    uintptr_t key = memo_key(1, frames[FRAMES - 1].pc), sp = frames[FRAMES - 1].sp;

    for (uint32_t i = 0; i < 3; i++)
        memo_answer(&memory, leaf, 10 + i, 20 + i, &records[i]);
    for (uint32_t i = 0; i < 3; i++) {
        frames[4].node = 10 + i;
        assert_ptr_equal(memo_find(&memory, key, sp, 0), leaf);
        assert_int_equal(leaf->node, 20 + i);
        assert_ptr_equal(leaf->record, &records[i]);
    }
    frames[4].node = 13;
    assert_null(memo_find(&memory, key, sp, 0));
}

static void an_outer_path_is_found_while_another_is_the_base(void **state)
{
    (void)state;
    make_stack(NO_RBP, "000000000", 0);
    make_base();
    memory.frame_count = 5; /* frame 4 is the innermost of this walk */
    frames[4].node = 55;
    memo_insert_outer(&memory);
    struct memo_leaf *leaf = remember(NO_RBP, "000000000", 4);
    remember(NO_RBP, "010000000", 4); /* now the base */
    make_stack(NO_RBP, "000000000", 0);
    make_base();    /* its frames are told by their array; */
    frames[4].sp++; /* so that the base's do not fit */
    assert_int_equal(memo_outer(&memory, leaf), 55);
    sp_of(2)[2]++;
    assert_int_equal(memo_outer(&memory, leaf), 0);
}

static uint32_t random_below(uint64_t *random, uint32_t n)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*random >> 33) % n;
}

/* Thousands of stacks that share parts, remembered in any order and with any hinge: what is found
 * is right, and what was remembered is found unless all was forgotten. */
static void what_is_found_is_what_stands_there(void **state)
{
    (void)state;
    uint64_t random = 1;
    uint32_t found = 0, inserted = 0;

    for (int i = 0; i < 60000; i++) {
        char functions[FRAMES], places[FRAMES];
        for (int f = 0; f < FRAMES; f++) {
            functions[f] = (char)random_below(&random, FUNCTIONS);
            places[f] = (char)(random_below(&random, 4) == 0);
            if (random_below(&random, 3))
                functions[f] = (char)(f & 3);
        }
        make_stack(functions, places, random_below(&random, 3) * 8);
        struct memo_leaf *leaf = look_up();
        if (leaf) {
            found++;
            assert_true(fits(leaf));
        }
        make_base();
        if (leaf && memo_hinged(&memory, leaf))
            continue;
        leaf = memo_insert(&memory, 1, random_below(&random, FRAMES));
        assert_non_null(leaf);
        inserted++;
        assert_true(fits(leaf));
        assert_ptr_equal(look_up(), leaf);
    }
    assert_true(found > 10000 && inserted > 5000);
    assert_true(memory.times_forgotten > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_unknown_path_is_not_found, start),
        cmocka_unit_test_setup(a_path_is_found_up_to_its_hinge, start),
        cmocka_unit_test_setup(a_run_that_is_split_twice_keeps_its_branches, start),
        cmocka_unit_test_setup(rbp_counts_only_where_a_frame_reads_it, start),
        cmocka_unit_test_setup(rbp_is_followed_to_the_hinge, start),
        cmocka_unit_test_setup(rbp_is_compared_each_time_that_it_was_replaced, start),
        cmocka_unit_test_setup(a_hinge_moves_outward_when_its_outside_changes, start),
        cmocka_unit_test_setup(a_known_path_keeps_its_leaf, start),
        cmocka_unit_test_setup(an_answer_is_kept_for_each_outer_node, start),
        cmocka_unit_test_setup(an_outer_path_is_found_while_another_is_the_base, start),
        cmocka_unit_test_setup(what_is_found_is_what_stands_there, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
