/* fork_handlers.c - a program that forks once, and with -DLIBRARY a library that it is linked with,
 * whose handler in the child comes before the recorder's: 10 blocks and a free. The child's own
 * work is 50 blocks of 60 bytes.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile sink;

#ifdef LIBRARY

static void in_child(void)
{
    void *first = sink = malloc(123);
    for (int i = 1; i < 10; i++)
        sink = malloc(123);
    free(first);
}

static void __attribute__((constructor)) at_load(void)
{
    pthread_atfork(NULL, NULL, in_child);
}

#else

static __attribute__((noinline)) void child_work(void)
{
    for (int i = 0; i < 50; i++)
        sink = malloc(60);
}

int main(void)
{
    int status;

    sink = malloc(5);
    if (fork() == 0) {
        child_work();
        _exit(0);
    }
    wait(&status);
    return status;
}

#endif
