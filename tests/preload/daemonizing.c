/* daemonizing.c - allocates 5 blocks of 100 bytes and becomes a daemon, which allocates 7 blocks of
 * 64 bytes in a thread of its own and ends by exit.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *volatile sink;

static __attribute__((noinline)) void in_parent(void)
{
    for (volatile int i = 0; i < 5; i++)
        sink = malloc(100);
}

static __attribute__((noinline)) void in_daemon(void)
{
    for (volatile int i = 0; i < 7; i++)
        sink = malloc(64);
}

static void *body(void *unused)
{
    in_daemon();
    return unused;
}

int main(void)
{
    pthread_t thread;

    in_parent();
    if (daemon(1, 1) != 0 || pthread_create(&thread, NULL, body, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    return 0;
}
