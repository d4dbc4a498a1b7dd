/* latest.c - what may become of a thread's latest allocation, each in a function of its own, ROUNDS
 * times: freed at once, after a free of NULL, after others, grown, freed by another thread that
 * then gets the same place.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

enum { ROUNDS = 3000 };

static void *volatile kept, *volatile passed;
static sem_t given, taken;

#define PLACE static __attribute__((noinline)) void

PLACE at_once(void)
{
    void *volatile block = malloc(24);
    free(block);
}

PLACE after_null(void)
{
    void *volatile block = malloc(40);
    free(NULL);
    free(NULL);
    kept = block; /* freed in the next round, when it is no more the latest */
}

PLACE beside_another(void)
{
    void *volatile first = malloc(56), *volatile second = malloc(72);
    free(first);
    free(second);
}

PLACE grown(void)
{
    void *volatile block = malloc(88);
    block = realloc(block, 3000);
    free(block);
}

/* Of two sizes, so that its counters are kept in another way. */
PLACE of_two_sizes(int round)
{
    void *volatile block = malloc(round % 2 ? 104 : 120);
    free(block);
}

PLACE passed_on(void)
{
    passed = malloc(136);
    sem_post(&given);
    sem_wait(&taken);
    free(passed); /* at the same place, but not the same block */
}

static __attribute__((noinline)) void *again(void)
{
    void *volatile block = malloc(136);
    return block;
}

static void *other_thread(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(&given);
        void *had = passed;
        free(had);
        passed = again();
        sem_post(&taken);
    }
    return unused;
}

int main(void)
{
    pthread_t other;

    sem_init(&given, 0, 0);
    sem_init(&taken, 0, 0);
    for (int i = 0; i < ROUNDS; i++) {
        at_once();
        void *last = kept;
        after_null();
        free(last);
        beside_another();
        grown();
        of_two_sizes(i);
    }
    pthread_create(&other, NULL, other_thread, NULL);
    for (int i = 0; i < ROUNDS; i++)
        passed_on();
    pthread_join(other, NULL);
    at_once();
    return 0;
}
