// sources: preload/walk.c preload/fingerprint.c preload/memory.c preload/modules.c
// sources: preload/proven.c preload/recording.c preload/rules.c preload/stacks.c
// sources: preload/slow_walk.c preload/cfi.c preload/thread.c preload/clock.c preload/timeline.c
// sources: preload/environment.c preload/gate.c preload/site.c
// sources: preload/cfi_memo.c preload/rows.c
// libs: libunwind
// threads
/* test_walk.c - every way to come by a stack gives the stack that libunwind gives.
 *
 * A plan is a string: each letter is a call, of a function with a frame of a certain kind from
 * one of two places, and the last one calls the hook. Every stack that the hook meets is looked
 * up as the recorder does, and compared with libunwind's walk by walk_check. That libunwind's
 * walk is right is test_slow_walk.c's business.
 *
 * Not covered: code without unwind rules, and libraries closed between two walks. */
#define _GNU_SOURCE
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <cmocka.h>

#include "preload/clock.h"
#include "preload/environment.h"
#include "preload/gate.h"
#include "preload/modules.h"
#include "preload/rules.h"
#include "preload/site.h"
#include "preload/stacks.h"
#include "preload/walk.h"
#include "tests/unit/open_recording.h"

#define NOINLINE __attribute__((noinline))
/* CALLER_HERE knows plain frames only, and a sanitizer would realign this one. */
#define HOOK __attribute__((noinline, no_sanitize("address", "undefined")))

/* ---- the hook ---- */

static __thread struct thread *self;
static __thread uint32_t seen; /* the site that the hook was called at last */

static __thread uint64_t asked; /* how often */

HOOK static uint32_t find_site(unsigned function, const struct caller *caller)
{
    asked++;
    return site_node(self, function, caller); /* compared with libunwind's: walk_options.check */
}

HOOK static void hook_malloc(void)
{
    struct caller caller = CALLER_HERE();
    seen = find_site(REC_FN_malloc, &caller);
}

HOOK static void hook_realloc(void)
{
    struct caller caller = CALLER_HERE();
    seen = find_site(REC_FN_realloc, &caller);
}

static uint64_t walks(void)
{
    const struct rec_thread *c = self->counts;
    return c->walks_joined + c->walks_full + c->walks_slow;
}

/* Of the stack that the hook was called from at last. */
static uint32_t depth_seen(uint32_t *root)
{
    uint32_t depth = 0, node = recording_node(seen)->parent;

    for (; node >= REC_FIRST_REAL_NODE; depth++)
        node = recording_node(node)->parent;
    *root = node;
    return depth;
}

/* ---- frames of all kinds ---- */

static __thread const char *plan;
static __thread size_t alloca_bytes;
static __thread volatile unsigned char sink;

/* The compiler must not make one place of two that call the same function. */
#define PLACE() __asm__ volatile("" ::"i"(__COUNTER__) : "memory")

#define CALL(letter, function)                                                                     \
    case letter:                                                                                   \
        PLACE();                                                                                   \
        function();                                                                                \
        PLACE();                                                                                   \
        break

#define CALL_NEXT()                                                                                \
    switch (*plan++) {                                                                             \
        CALL('p', plain);                                                                          \
        CALL('P', plain);                                                                          \
        CALL('v', variable);                                                                       \
        CALL('V', variable);                                                                       \
        CALL('r', realigned);                                                                      \
        CALL('R', realigned);                                                                      \
        CALL('b', big);                                                                            \
        CALL('B', big);                                                                            \
        CALL('a', at_fixed_place);                                                                 \
        CALL('.', hook_malloc);                                                                    \
        CALL(',', hook_malloc);                                                                    \
        CALL(':', hook_realloc);                                                                   \
    default:                                                                                       \
        break;                                                                                     \
    }

static void plain(void);
static void variable(void);
static void realigned(void);
static void big(void);
static void at_fixed_place(void);

NOINLINE static void plain(void)
{
    CALL_NEXT();
}

/* A frame of variable size: its CFA is found from rbp. */
NOINLINE static void variable(void)
{
    volatile unsigned char *room = alloca(alloca_bytes + 1);

    room[0] = 1;
    CALL_NEXT();
    sink = room[0];
}

/* A frame that gcc realigns: CFA = *(rbp - n). */
NOINLINE static void realigned(void)
{
    _Alignas(64) volatile unsigned char room[64];
    volatile unsigned char *more = alloca(alloca_bytes + 1);

    room[0] = more[0] = 1;
    CALL_NEXT();
    sink = room[0] + more[0];
}

NOINLINE static void big(void)
{
    volatile unsigned char room[3000];

    room[0] = 1;
    CALL_NEXT();
    sink = room[0];
}

static uintptr_t fixed_place;

/* What this calls stands at the same place however deep this is. */
NOINLINE static void at_fixed_place(void)
{
    size_t bytes = (uintptr_t)__builtin_frame_address(0) - fixed_place;
    volatile unsigned char *room = alloca(bytes);

    room[0] = 1;
    CALL_NEXT();
    sink = room[0];
}

/* Carries a plan out. Returns what tells its calls from others': the same from wherever this is
 * called, while the site, in `seen`, has the caller's callers in it. */
NOINLINE static uint64_t go(const char *p)
{
    uint64_t hash = 14695981039346656037u;
    uint32_t node;

    plan = p;
    seen = 0;
    CALL_NEXT();
    assert_int_not_equal(seen, 0);
    node = seen;
    for (size_t i = 0; i <= strlen(p) && node >= REC_FIRST_REAL_NODE; i++) {
        hash = (hash ^ recording_node(node)->location) * 1099511628211u;
        node = recording_node(node)->parent;
    }
    return hash;
}

/* ---- helpers ---- */

static uint32_t random_below(uint64_t *state, uint32_t n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % n);
}

/* A plan of 1 to `longest` calls of any kind, then the hook. */
static void random_plan(uint64_t *state, char *to, uint32_t longest)
{
    uint32_t n = random_below(state, longest + 1);

    for (uint32_t i = 0; i < n; i++)
        to[i] = "pPvVrRbB"[random_below(state, 8)];
    to[n] = ".,:"[random_below(state, 3)];
    to[n + 1] = '\0';
}

static void assert_no_difference(void)
{
    assert_int_equal(self->counts->checked, asked);
    assert_int_equal(self->counts->check_differences, 0);
}

/* A thread's set with nothing remembered and nothing counted. */
static int fresh_memory(void **state)
{
    (void)state;
    struct rec_thread *c = self->counts;
    uintptr_t high = self->walk.stack_high;
    walk_forget(&self->walk, 0);
    walk_forget(&self->walk, high);
    asked = 0;
    c->walks_joined = c->walks_full = c->walks_slow = 0;
    c->walks_foreign = c->checked = c->check_differences = 0;
    walk_options.depth = WALK_FRAMES_MAX;
    walk_options.check = true;
    alloca_bytes = 0;
    return 0;
}

/* ---- tests ---- */

static void a_stack_that_came_again_is_remembered(void **state)
{
    (void)state;
    uint32_t first = 0;

    for (int i = 0; i < 10; i++) {
        go("pvrbP.");
        first = first ? first : seen;
        assert_int_equal(seen, first);
    }
    assert_int_equal(recording_node(first)->location, REC_FN_malloc);
    assert_int_equal(self->counts->walks_full, 1);
    assert_int_equal(asked - walks(), 8); /* the second walk joined the first */
    assert_no_difference();
}

static void sites_differ_by_place_and_by_function(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        static const char *const plans[] = {"pp.", "pp,", "pp:", "pP.", "Pp."};
        uint32_t sites[5];
        for (int x = 0; x < 5; x++) {
            go(plans[x]);
            sites[x] = seen;
            assert_int_equal(recording_node(seen)->location,
                             x == 2 ? REC_FN_realloc : REC_FN_malloc);
            for (int y = 0; y < x; y++)
                assert_int_not_equal(sites[x], sites[y]);
        }
    }
    assert_no_difference();
}

/* 2^9 ways through nine frames, in an order in which neighbours share nothing in particular. */
static void each_of_512_paths_has_its_own_site(void **state)
{
    (void)state;
    static uint32_t sites[512];
    static const char kinds[] = "pvrbpvrbp";

    memset(sites, 0, sizeof sites);
    for (unsigned i = 0; i < 4 * 512; i++) {
        unsigned path = i * 167 % 512; /* odd, so all paths in each round */
        char p[11] = "";
        for (int bit = 0; bit < 9; bit++)
            p[bit] = (char)(path >> bit & 1 ? kinds[bit] - 'a' + 'A' : kinds[bit]);
        p[9] = '.';
        go(p);
        if (i < 512) {
            for (int other = 0; other < 512; other++)
                assert_int_not_equal(seen, sites[other]);
            sites[path] = seen;
        }
        assert_int_equal(seen, sites[path]);
    }
    assert_true(asked - walks() > 512);
    assert_no_difference();
}

static void any_mixture_of_frames_is_walked_right(void **state)
{
    (void)state;
    enum { PLANS = 150, ROUNDS = 3000 };
    static char plans[PLANS][64];
    static uint32_t sites[PLANS];
    uint64_t random = 1;

    memset(sites, 0, sizeof sites);
    for (int i = 0; i < PLANS; i++)
        random_plan(&random, plans[i], 40);
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t which = random_below(&random, PLANS);
        go(plans[which]);
        if (sites[which])
            assert_int_equal(seen, sites[which]);
        sites[which] = seen;
    }
    assert_no_difference();
    assert_int_equal(self->counts->walks_slow, 0);
}

/* The same calls with frames of other sizes are the same site, at other addresses. */
static void the_size_of_a_frame_does_not_change_the_site(void **state)
{
    (void)state;
    static const char *const plans[] = {"pvprVRp.", "pvpvVRp."};
    uint32_t sites[2] = {0, 0};
    uint64_t random = 2;

    for (int i = 0; i < 4000; i++) {
        alloca_bytes = 16 * random_below(&random, 12);
        go(plans[i & 1]);
        if (sites[i & 1])
            assert_int_equal(seen, sites[i & 1]);
        sites[i & 1] = seen;
    }
    assert_int_not_equal(sites[0], sites[1]);
    assert_no_difference();
    assert_int_equal(self->counts->walks_slow, 0);
}

/* The return addresses of a stack that is gone still stand in the second one's big frame, and its
 * inner frames are at the same places. Only rbp tells that they have another caller. */
static void what_frames_left_behind_is_not_believed(void **state)
{
    (void)state;
    static const char *const plans[] = {"vapp.", "vpapp.", "vPpapp."};

    fixed_place = ((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)15) - 16384;
    for (int i = 0; i < 300; i++) {
        alloca_bytes = i % 3 ? 1024 * (size_t)(i % 3) : 0;
        go(plans[i % 3]);
    }
    assert_no_difference();
    assert_int_equal(self->counts->walks_slow, 0);
}

static void recursion_is_told_by_its_depth(void **state)
{
    (void)state;
    static const char kinds[] = "pvr";
    char p[128];

    for (int round = 0; round < 3; round++)
        for (int k = 0; k < 3; k++) {
            uint32_t last = 0, root;
            for (uint32_t n = 1; n < 100; n += 7) {
                memset(p, kinds[k], n);
                strcpy(p + n, ".");
                go(p);
                uint32_t depth = depth_seen(&root);
                if (last)
                    assert_int_equal(depth, last + 7);
                assert_int_equal(root, REC_ROOT_WHOLE);
                last = depth;
            }
        }
    assert_no_difference();
}

/* How many frames there are outside of those that a plan makes. Inline: a frame would count. */
static inline __attribute__((always_inline)) uint32_t frames_below(void)
{
    uint32_t root;

    go(".");
    return depth_seen(&root);
}

/* Whether the stack that was seen is right for a plan of so many calls and the present limit. */
static void assert_cut_right(uint32_t below, size_t calls)
{
    uint32_t root, depth = depth_seen(&root), wanted = below + (uint32_t)calls;

    assert_int_equal(root, wanted > walk_options.depth ? REC_ROOT_DEPTH : REC_ROOT_WHOLE);
    assert_int_equal(depth, wanted > walk_options.depth ? walk_options.depth : wanted);
}

/* The innermost frames are kept, in any order of deep and shallow stacks. */
static void a_stack_beyond_the_limit_is_cut_at_it(void **state)
{
    (void)state;
    static char p[1200];
    uint32_t below = frames_below(), just = WALK_FRAMES_MAX - below;
    const unsigned lengths[] = {3, just - 9, 600, just, 3, 1100, just + 1, just - 1, 600, 490};

    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            memset(p, round == 1 ? 'v' : 'p', lengths[i]);
            strcpy(p + lengths[i], ".");
            go(p);
            assert_cut_right(below, lengths[i]);
        }
    assert_no_difference();
}

static void any_mixture_is_cut_right_at_a_low_limit(void **state)
{
    (void)state;
    enum { PLANS = 60 };
    static char plans[PLANS][64];
    uint64_t random = 3;
    uint32_t below = frames_below();

    walk_options.depth = below + 12;
    for (int i = 0; i < PLANS; i++)
        random_plan(&random, plans[i], 20);
    for (int i = 0; i < 4000; i++) {
        const char *p = plans[random_below(&random, PLANS)];
        go(p);
        assert_cut_right(below, strlen(p) - 1);
    }
    assert_no_difference();
}

/* The inner part was remembered under few callers, the outer part above few callees: together
 * they are deeper than the limit. The two outer parts end at the same place. */
static void remembered_parts_that_are_too_deep_together_are_cut(void **state)
{
    (void)state;
#define FEW "avpp"
#define MANY "pppppppppppp"
    static const char *const plans[] = {FEW ",",      FEW MANY ".", FEW ",",
                                        MANY FEW ",", FEW ",",      MANY FEW MANY "."};
    uint32_t below = frames_below();

    fixed_place = ((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)15) - 8192;
    walk_options.depth = below + 20;
    for (int i = 0; i < 60; i++) {
        if (i % 12 == 0) /* so that the first is walked whole, and the second joins it inside */
            walk_forget(&self->walk, self->walk.stack_high);
        go(plans[i % 6]);
        assert_cut_right(below, strlen(plans[i % 6]) - 1);
    }
    assert_no_difference();
#undef FEW
#undef MANY
}

/* More paths than there is room for: all is forgotten now and then, and nothing is wrong. */
static void what_does_not_fit_is_forgotten(void **state)
{
    (void)state;
    const struct fingerprints *f = &self->walk.whole;
    uint32_t forgotten = 0, shapes = 0;
    uint64_t first = go("vpppv.");

    for (unsigned i = 0; i < 30000; i++) {
        alloca_bytes = 64 * (i * 7 % 9973);
        if (go("vpppv.") != first)
            fail();
        forgotten += f->shape_count < shapes;
        shapes = f->shape_count;
    }
    assert_true(forgotten > 2);
    assert_no_difference();
}

/* Stacks that are cut are no base, and have no fingerprint. A remembered stack that is found after
 * each of them must not be remembered once more every time. */
static void a_known_stack_is_not_remembered_again(void **state)
{
    (void)state;
    static char deep[700];
    const struct fingerprints *f = &self->walk.whole;
    uint32_t answers = 0;

    memset(deep, 'p', 600);
    strcpy(deep + 600, ".");
    for (int i = 0; i < 40; i++) {
        go(deep);
        go("pp,");
        if (i == 4)
            answers = f->answer_count;
    }
    assert_int_equal(answers, 1);
    assert_int_equal(f->answer_count, answers);
    assert_no_difference();
}

/* ---- other stacks ---- */

static const char *handler_plan;
static uint32_t handler_depth, handler_root;

static void handle(int signal_number)
{
    (void)signal_number;
    const char *saved = plan;
    uint32_t saved_site = seen;
    go(handler_plan);
    handler_depth = depth_seen(&handler_root);
    plan = saved;
    seen = saved_site;
}

NOINLINE static void raise_from(int depth)
{
    if (depth > 0)
        raise_from(depth - 1);
    else
        raise(SIGUSR1);
    PLACE();
}

static void handle_signals(int flags)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = flags};
    uint64_t own = go("vpp.");
    uint32_t below = frames_below();

    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    for (int i = 0; i < 60; i++) {
        handler_plan = i & 1 ? "pvr." : "p:";
        raise_from(i % 5);
        /* raise_from's, at least two of the C library's, the trampoline, handle's */
        assert_true(handler_depth > below + (uint32_t)(i % 5) + strlen(handler_plan) + 2);
        assert_int_equal(handler_root, REC_ROOT_WHOLE);
        assert_int_equal(go("vpp."), own);
    }
    signal(SIGUSR1, SIG_DFL);
}

static void a_signal_handler_is_walked_through(void **state)
{
    (void)state;
    handle_signals(0);
    assert_int_equal(self->counts->walks_slow, 60);
    assert_int_equal(self->counts->walks_foreign, 0);
    assert_no_difference();
}

static void a_signal_stack_is_walked_through(void **state)
{
    (void)state;
    enum { BYTES = 1 << 17 };
    stack_t stack = {.ss_size = BYTES}, off = {.ss_flags = SS_DISABLE};

    stack.ss_sp = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(stack.ss_sp, MAP_FAILED);
    assert_int_equal(sigaltstack(&stack, NULL), 0);
    handle_signals(SA_ONSTACK);
    sigaltstack(&off, NULL);
    munmap(stack.ss_sp, BYTES);
    assert_int_equal(self->counts->walks_slow, 60);
    assert_int_equal(self->counts->walks_foreign, 60);
    assert_no_difference();
}

enum { COROUTINES = 3, SWITCHES = 30, COROUTINE_BYTES = 1 << 17 };
static ucontext_t coroutines[COROUTINES], main_context;
static int running;

/* The outermost frame's caller is a piece of the C library that may have rules or not. */
static void coroutine(int number)
{
    uint64_t first = 0, now;
    uint32_t root, depth = 0;

    for (int i = 0; i < SWITCHES; i++) {
        now = go(number & 1 ? "pvr." : "rrp,");
        if (first)
            assert_int_equal(now, first);
        first = now;
        depth = depth_seen(&root);
        assert_true(depth <= 4 + 3);
        go("p:");
        assert_int_equal(depth_seen(&root), number & 1 ? depth - 2 : depth - 2);
        swapcontext(&coroutines[number], &main_context);
    }
    running--;
}

static void make_coroutine(int number, void *stack)
{
    getcontext(&coroutines[number]);
    coroutines[number].uc_stack = (stack_t){.ss_sp = stack, .ss_size = COROUTINE_BYTES};
    coroutines[number].uc_link = &main_context;
    makecontext(&coroutines[number], (void (*)(void))(uintptr_t)coroutine, 1, number);
}

/* Lets the first n coroutines run by turns, and looks at the own stack in between. */
static void run_coroutines(int n)
{
    uint64_t own = go("vvp.");

    running = n;
    for (int round = 0; round <= SWITCHES; round++) /* in the last they end */
        for (int i = 0; i < n; i++) {
            swapcontext(&main_context, &coroutines[i]);
            assert_int_equal(go("vvp."), own);
        }
    assert_int_equal(running, 0);
}

static void coroutines_are_walked_to_their_own_ends(void **state)
{
    (void)state;
    void *rooms[COROUTINES];

    for (int i = 0; i < COROUTINES; i++) {
        rooms[i] =
            mmap(NULL, COROUTINE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(rooms[i], MAP_FAILED);
        make_coroutine(i, rooms[i]);
    }
    run_coroutines(COROUTINES);
    for (int i = 0; i < COROUTINES; i++)
        munmap(rooms[i], COROUTINE_BYTES);
    assert_int_equal(self->counts->walks_foreign, COROUTINES * SWITCHES * 2);
    assert_no_difference();
}

/* A coroutine's stack that lies in a frame of the thread's own is taken for its own stack. */
static void a_stack_within_the_stack_is_walked_to_its_own_end(void **state)
{
    (void)state;
    _Alignas(16) char room[COROUTINE_BYTES];

    make_coroutine(0, room);
    run_coroutines(1);
    assert_int_equal(self->counts->walks_foreign, 0);
    assert_no_difference();
}

/* ---- threads ---- */

enum { THREADS = 4, THREAD_PLANS = 40, THREAD_WALKS = 1500 };
static char thread_plans[THREAD_PLANS][32];
static uint32_t thread_sites[THREADS][THREAD_PLANS];
static struct rec_thread thread_counts[THREADS];

/* Returns NULL when a site changes. */
static void *walk_in_thread(void *argument)
{
    uintptr_t number = (uintptr_t)argument;
    uint64_t random = number + 77;

    self = thread_register();
    if (!self)
        return NULL;
    struct rec_thread before = *self->counts;
    memset(thread_sites[number], 0, sizeof thread_sites[number]);
    for (int i = 0; i < THREAD_WALKS; i++) {
        uint32_t which = random_below(&random, THREAD_PLANS);
        go(thread_plans[which]);
        if (thread_sites[number][which] == 0)
            thread_sites[number][which] = seen;
        else if (seen != thread_sites[number][which])
            return NULL;
    }
    struct rec_thread *c = &thread_counts[number];
    *c = *self->counts;
    c->checked -= before.checked;
    c->check_differences -= before.check_differences;
    c->walks_full -= before.walks_full;
    c->walks_slow -= before.walks_slow;
    return self;
}

static void end_thread(uintptr_t number, pthread_t thread)
{
    const struct rec_thread *c = &thread_counts[number];
    void *result;

    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    assert_int_equal(c->check_differences, 0);
    assert_int_equal(c->checked, THREAD_WALKS);
    assert_int_equal(c->walks_slow, 0);
    assert_true(c->walks_full > 0);
}

static void threads_find_the_same_sites(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint64_t random = 5;

    for (int i = 0; i < THREAD_PLANS; i++)
        random_plan(&random, thread_plans[i], 20);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, walk_in_thread, (void *)i), 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        end_thread(i, threads[i]);
    for (int i = 0; i < THREADS; i++)
        assert_memory_equal(thread_sites[i], thread_sites[0], sizeof thread_sites[0]);
}

/* How many walks it takes to find a stack that was found three times before its set was handed over
 * to a thread whose stack ends at `high`. */
static uint64_t walks_after_hand_over(uintptr_t high)
{
    uint64_t before = 0;

    for (volatile int i = 0; i < 4; i++) { /* one call of go, not four */
        if (i == 3) {
            walk_hand_over(&self->walk, high);
            assert_int_equal(self->walk.frame_count, 0);
            before = walks();
        }
        go("pvrbP.");
    }
    assert_no_difference();
    return walks() - before;
}

static void where_the_stack_ends_as_the_last_owners_did_stacks_are_known(void **state)
{
    (void)state;
    assert_int_equal(walks_after_hand_over(self->walk.stack_high), 0);
}

static void where_it_ends_elsewhere_nothing_is_known(void **state)
{
    (void)state;
    uintptr_t high = self->walk.stack_high;

    assert_int_equal(walks_after_hand_over(high - 16), 1);
    walk_forget(&self->walk, high);
}

/* The last owner's stack was bigger, and what lay there is no more. */
static void where_not_all_of_it_can_be_read_nothing_is_known(void **state)
{
    (void)state;
    enum { UNMAPPED = 4096 };

    self->walk.stack_low = UNMAPPED;
    assert_int_equal(walks_after_hand_over(self->walk.stack_high), 1);
    assert_true(self->walk.stack_low > UNMAPPED); /* proven anew */
}

/* A thread's set is taken over by a later thread, whose stack mostly is at the same place. */
static void a_later_thread_trusts_nothing_of_an_earlier_one(void **state)
{
    (void)state;
    pthread_t thread;

    for (uintptr_t i = 0; i < THREADS; i++) {
        random_plan(&(uint64_t){i}, thread_plans[i], 20);
        assert_int_equal(pthread_create(&thread, NULL, walk_in_thread, (void *)i), 0);
        end_thread(i, thread);
    }
}

/* ---- that a difference would be seen ---- */

static void a_wrong_site_is_a_difference(void **state)
{
    (void)state;
    static const char *const plans[] = {"pP.", "pp.", "pp.", "pp."};
    uint32_t sites[2] = {0, 0};

    for (volatile int i = 0; i < 4; i++) { /* or the compiler makes several places of one */
        if (i == 3) {
            struct fingerprints *f = &self->walk.whole;
            for (uint32_t k = 0; k <= f->shapes_mask / sizeof *f->shapes; k++)
                f->shapes[k].last_hash = 0;
            for (uint32_t k = 0; k <= f->answers_mask; k++)
                if (f->answers[k].site.node == sites[1])
                    f->answers[k].site.node = sites[0];
        }
        go(plans[i]);
        if (i < 2)
            sites[i] = seen;
    }
    assert_int_equal(seen, sites[0]);
    assert_int_equal(self->counts->check_differences, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stack_that_came_again_is_remembered, fresh_memory),
        cmocka_unit_test_setup(sites_differ_by_place_and_by_function, fresh_memory),
        cmocka_unit_test_setup(each_of_512_paths_has_its_own_site, fresh_memory),
        cmocka_unit_test_setup(any_mixture_of_frames_is_walked_right, fresh_memory),
        cmocka_unit_test_setup(the_size_of_a_frame_does_not_change_the_site, fresh_memory),
        cmocka_unit_test_setup(what_frames_left_behind_is_not_believed, fresh_memory),
        cmocka_unit_test_setup(recursion_is_told_by_its_depth, fresh_memory),
        cmocka_unit_test_setup(a_stack_beyond_the_limit_is_cut_at_it, fresh_memory),
        cmocka_unit_test_setup(any_mixture_is_cut_right_at_a_low_limit, fresh_memory),
        cmocka_unit_test_setup(remembered_parts_that_are_too_deep_together_are_cut, fresh_memory),
        cmocka_unit_test_setup(what_does_not_fit_is_forgotten, fresh_memory),
        cmocka_unit_test_setup(a_known_stack_is_not_remembered_again, fresh_memory),
        cmocka_unit_test_setup(a_signal_handler_is_walked_through, fresh_memory),
        cmocka_unit_test_setup(a_signal_stack_is_walked_through, fresh_memory),
        cmocka_unit_test_setup(coroutines_are_walked_to_their_own_ends, fresh_memory),
        cmocka_unit_test_setup(a_stack_within_the_stack_is_walked_to_its_own_end, fresh_memory),
        cmocka_unit_test_setup(threads_find_the_same_sites, fresh_memory),
        cmocka_unit_test_setup(where_the_stack_ends_as_the_last_owners_did_stacks_are_known,
                               fresh_memory),
        cmocka_unit_test_setup(where_it_ends_elsewhere_nothing_is_known, fresh_memory),
        cmocka_unit_test_setup(where_not_all_of_it_can_be_read_nothing_is_known, fresh_memory),
        cmocka_unit_test_setup(a_later_thread_trusts_nothing_of_an_earlier_one, fresh_memory),
        cmocka_unit_test_setup(a_wrong_site_is_a_difference, fresh_memory),
    };

    open_recording();
    clock_start();
    assert_true(gate_start(64));
    environment_start();
    modules_start();
    if (!rules_start() || !stacks_start() || !(self = thread_register()))
        return 1;
    for (uint32_t f = 0; f < REC_FUNCTION_COUNT; f++)
        stacks_intern(REC_ROOT_UNRECORDED, f);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
