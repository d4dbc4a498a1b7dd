/* fork_bomb.c - forks as often as the argument says, at most eight children at a time. Each
 * allocates 5 blocks of 64 bytes, keeps them, and ends by _exit. Prints how many ended well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile sink;

static __attribute__((noinline)) void in_child(void)
{
    for (volatile int i = 0; i < 5; i++)
        sink = malloc(64);
}

int main(int argc, char **argv)
{
    int children = argc > 1 ? atoi(argv[1]) : 0, running = 0, well = 0, status;

    for (int i = 0; i < children || running > 0;) {
        if (i < children && running < 8) {
            if (fork() == 0) {
                in_child();
                _exit(0);
            }
            i++;
            running++;
        } else if (wait(&status) > 0) {
            running--;
            well += status == 0;
        }
    }
    printf("%d\n", well);
    return 0;
}
