/* surroundings.c - prints what a program can see of its surroundings and a preloaded library could
 * have changed: open files, signal dispositions and mask, environment, limits, threads, the pending
 * alternate stack, locale. test_unchanged.py compares it with and without the
 * recorder. It is also closed in: it closes every file from 3 on, and lowers its limits, and goes
 * on allocating after each.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* Entries of a folder whose names are numbers below `limit`. */
static int entries(const char *folder, int limit)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.' && atoi(e->d_name) < limit;
    if (d)
        closedir(d);
    return n;
}

static void allocate(const char *when)
{
    unsigned sum = 0;
    for (int i = 1; i < 2000; i++) {
        unsigned char *block = malloc((size_t)i);
        memset(block, 1, (size_t)i);
        sum += block[i / 2];
        if (i % 3)
            free(block);
    }
    printf("allocated %u %s\n", sum, when);
}

static void signals(void)
{
    for (int s = 1; s < 32; s++) {
        struct sigaction action;
        sigaction(s, NULL, &action);
        if (action.sa_handler != SIG_DFL)
            printf("signal %d has a handler\n", s);
    }
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int s = 1; s < 65; s++)
        if (sigismember(&mask, s) == 1)
            printf("signal %d is blocked\n", s);
    stack_t stack;
    sigaltstack(NULL, &stack);
    printf("alternate stack: %d\n", stack.ss_flags == SS_DISABLE);
}

static void environment(void)
{
    for (char **e = environ; *e; e++)
        if (strncmp(*e, "LD_PRELOAD=", 11) != 0 && strncmp(*e, "HEAPCOACH_", 10) != 0)
            printf("%s\n", *e);
}

static void limits(void)
{
    for (int r = 0; r < RLIMIT_NLIMITS; r++) {
        struct rlimit limit;
        getrlimit((enum __rlimit_resource)r, &limit);
        printf("limit %d: %llu %llu\n", r, (unsigned long long)limit.rlim_cur,
               (unsigned long long)limit.rlim_max);
    }
    mode_t mask = umask(0);
    umask(mask);
    printf("umask %o locale %s priority %d\n", mask, setlocale(LC_ALL, NULL),
           getpriority(PRIO_PROCESS, 0));
}

int main(void)
{
    /* the recording is one file more, out of the way of those that programs choose themselves */
    printf("open files %d\n", entries("/proc/self/fd", 256));
    printf("more: at most one, %d\n",
           entries("/proc/self/fd", INT_MAX) - entries("/proc/self/fd", 256) <= 1);
    printf("threads %d\n", entries("/proc/self/task", INT_MAX));
    signals();
    environment();
    limits();
    allocate("as it was");
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    allocate("with all files closed");
    struct rlimit none = {3, 3};
    setrlimit(RLIMIT_NOFILE, &none);
    allocate("with no file to be opened");
    if (chdir("/") == 0)
        allocate("in another folder");
    return 0;
}
