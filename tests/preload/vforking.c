/* vforking.c - 50 times each: vfork, whose child allocates and frees 64 bytes in our memory before
 * it ends, and posix_spawn of this program, which then does nothing. The parent keeps 32 bytes
 * after each.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static void *volatile sink;

static __attribute__((noinline)) void in_child(void)
{
    void *block = malloc(64);
    sink = block;
    free(block);
}

static __attribute__((noinline)) void in_parent(void)
{
    sink = malloc(32);
}

int main(int argc, char **argv)
{
    char *nothing[] = {argv[0], (char[]){"nothing"}, NULL};
    static int status, bad; /* not in registers, which vfork's child may change */
    static pid_t child;

    if (argc > 1)
        return 0;
    for (int i = 0; i < 50; i++) {
        if ((child = vfork()) == 0) {
            in_child();
            _exit(0);
        }
        bad += waitpid(child, &status, 0) != child || status != 0;
        in_parent();
        bad += posix_spawn(&child, "/proc/self/exe", NULL, NULL, nothing, environ) != 0;
        bad += waitpid(child, &status, 0) != child || status != 0;
        in_parent();
    }
    return bad;
}
