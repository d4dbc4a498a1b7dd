/* odd_threads.c - threads as few programs have them; the argument says which. Each allocates a
 * number of blocks that test_threads.py knows, from a function of its own.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define CALLER static __attribute__((noinline)) void

enum { SMALLEST_STACK = 16384 };
static __thread void *volatile sink;

static void start(pthread_t *thread, void *(*body)(void *), void *argument, size_t stack)
{
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    if (pthread_create(thread, &attributes, body, argument) != 0) {
        perror("pthread_create");
        exit(3);
    }
}

/* ---- 1,000 threads at once, each on the smallest stack ---- */

static pthread_barrier_t all_here;

CALLER in_one_of_many(void)
{
    void *block = malloc(24);
    pthread_barrier_wait(&all_here);
    sink = block;
    free(block);
    sink = malloc(8);
}

static void *one_of_many(void *unused)
{
    in_one_of_many();
    return unused;
}

static void thousand(void)
{
    enum { N = 1000 };
    static pthread_t threads[N];

    pthread_barrier_init(&all_here, NULL, N);
    for (int i = 0; i < N; i++)
        start(&threads[i], one_of_many, NULL, SMALLEST_STACK);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
}

/* ---- 3,000 threads, one after the other ---- */

CALLER in_short_life(void)
{
    void *block = malloc(32);
    free(block);
    sink = malloc(16);
}

static void *short_life(void *unused)
{
    in_short_life();
    return unused;
}

static void one_by_one(void)
{
    for (int i = 0; i < 3000; i++) {
        pthread_t thread;
        start(&thread, short_life, NULL, SMALLEST_STACK);
        pthread_join(thread, NULL);
    }
}

/* ---- coroutines: 4 threads, each with 20 stacks of its own between which it switches ---- */

enum { COROUTINES = 20, TURNS = 100 };

struct scheduler {
    ucontext_t itself, coroutines[COROUTINES];
};

static struct scheduler schedulers[4];

CALLER in_coroutine(void)
{
    sink = malloc(40);
    free(sink);
}

static void coroutine(int number, int which)
{
    struct scheduler *s = &schedulers[number];

    for (int turn = 0; turn < TURNS; turn++) {
        in_coroutine();
        swapcontext(&s->coroutines[which], &s->itself);
    }
}

static void *schedule(void *number)
{
    struct scheduler *s = &schedulers[*(int *)number];
    char *stacks[COROUTINES];

    for (int i = 0; i < COROUTINES; i++) {
        stacks[i] = aligned_alloc(4096, SMALLEST_STACK);
        getcontext(&s->coroutines[i]);
        s->coroutines[i].uc_stack.ss_sp = stacks[i];
        s->coroutines[i].uc_stack.ss_size = SMALLEST_STACK;
        s->coroutines[i].uc_link = &s->itself;
        makecontext(&s->coroutines[i], (void (*)(void))coroutine, 2, *(int *)number, i);
    }
    for (int turn = 0; turn < TURNS; turn++)
        for (int i = 0; i < COROUTINES; i++) {
            in_coroutine();
            swapcontext(&s->itself, &s->coroutines[i]);
        }
    for (int i = 0; i < COROUTINES; i++)
        free(stacks[i]);
    return NULL;
}

static void coroutines(void)
{
    static int numbers[4] = {0, 1, 2, 3};
    pthread_t threads[3];

    for (int i = 0; i < 3; i++)
        start(&threads[i], schedule, &numbers[i], 65536);
    schedule(&numbers[3]);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

/* ---- destructors of thread-specific values, more of them than a thread's own block has room ----
 */

enum { KEYS = 40 };
static pthread_key_t keys[KEYS];

CALLER in_key_destructor(void *value)
{
    sink = realloc(value, 200);
    free(sink);
    sink = malloc(12);
}

static void destroy(void *value)
{
    in_key_destructor(value);
}

static void *with_values(void *unused)
{
    for (int i = 0; i < KEYS; i++)
        pthread_setspecific(keys[i], malloc(100));
    return unused;
}

static void destructors(void)
{
    for (int i = 0; i < KEYS; i++)
        pthread_key_create(&keys[i], destroy);
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        start(&thread, with_values, NULL, SMALLEST_STACK);
        pthread_join(thread, NULL);
    }
}

/* ---- a handler on an alternate stack that never returns but jumps back ---- */

static sigjmp_buf before;

CALLER in_jumping_handler(int signal)
{
    (void)signal;
    void *block = malloc(70);
    sink = block;
    free(block);
    siglongjmp(before, 1);
}

CALLER crash(void)
{
    volatile char *volatile nowhere = (char *)8;
    *nowhere = 1;
}

static void jumps(void)
{
    static char room[SMALLEST_STACK];
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    struct sigaction action = {.sa_handler = in_jumping_handler, .sa_flags = SA_ONSTACK};
    volatile int left = 1000;

    sigaltstack(&stack, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigsetjmp(before, 1);
    if (left-- > 0)
        crash();
}

/* ---- threads that are cancelled between two allocations ---- */

static unsigned long rounds;

static void count_rounds(void *counted)
{
    __atomic_fetch_add(&rounds, *(unsigned long *)counted, __ATOMIC_SEQ_CST);
}

CALLER in_cancelled(void)
{
    void *block = malloc(10);
    sink = block;
    free(block);
}

static void *to_be_cancelled(void *unused)
{
    unsigned long counted = 0;

    pthread_cleanup_push(count_rounds, &counted);
    for (;;) {
        in_cancelled();
        counted++;
        pthread_testcancel();
    }
    pthread_cleanup_pop(0);
    return unused;
}

static void cancelled(void)
{
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        start(&thread, to_be_cancelled, NULL, 65536);
        pthread_cancel(thread);
        pthread_join(thread, NULL);
    }
    printf("%lu\n", rounds);
}

/* ---- 100,000 frames deep, in the main thread (8 MiB) and in another ---- */

static __attribute__((noinline)) int descend(int level)
{
    volatile char frame[8];

    frame[0] = 1;
    if (level == 0) {
        sink = malloc(33);
        free(sink);
        return 0;
    }
    return descend(level - 1) + frame[0];
}

static void *far_down(void *unused)
{
    for (int i = 0; i < 20; i++)
        descend(100000);
    return unused;
}

static void deep(void)
{
    pthread_t thread;

    far_down(NULL);
    start(&thread, far_down, NULL, 64 << 20);
    pthread_join(thread, NULL);
}

static const struct {
    const char *name;
    void (*run)(void);
} kinds[] = {{"thousand", thousand},
             {"one_by_one", one_by_one},
             {"coroutines", coroutines},
             {"destructors", destructors},
             {"jumps", jumps},
             {"cancelled", cancelled},
             {"deep", deep}};

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc > 1 && i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(argv[1], kinds[i].name)) {
            kinds[i].run();
            return 0;
        }
    return 2;
}
