/* sandbox.c - forbids system calls, as containers do: each that is named by its number fails with
 * the error given, or ends the process where that is 0. Of NUMBER:BYTES only those calls fail whose
 * second argument is as much, or more (mmap's is the length); of NUMBER&BITS only those whose
 * fourth argument has one of the bits (mmap's has flags), of NUMBER%BITS those whose third one has
 * (mprotect's is the protection).
 *
 *   sandbox ERROR NUMBER,... -- PROGRAM...   for a program that it becomes
 *   sandbox ERROR NUMBER,...                 for itself: allocates 40 blocks of 100 bytes, forbids,
 * and allocates 4000 blocks of 10 bytes from as many stacks
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *volatile sink;

#define STATEMENT(code, k) ((struct sock_filter)BPF_STMT(code, k))
#define JUMP(code, k, yes, no) ((struct sock_filter)BPF_JUMP(BPF_JMP | (code) | BPF_K, k, yes, no))
#define LOAD(field) STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

/* Whether a call of this number is to fail: the next instruction, or else the one behind it. */
static unsigned add_condition(struct sock_filter *filter, char **at)
{
    unsigned n = 0, number = (unsigned)strtoul(*at, at, 10);
    char kind = **at;
    unsigned operand =
        kind == ':' || kind == '&' || kind == '%' ? (unsigned)strtoul(*at + 1, at, 10) : 0;

    filter[n++] = LOAD(nr);
    if (kind == '&' || kind == '%') {
        filter[n++] = JUMP(BPF_JEQ, number, 0, 3);
        filter[n++] = kind == '&' ? LOAD(args[3]) : LOAD(args[2]);
        filter[n++] = JUMP(BPF_JSET, operand, 0, 1);
        return n;
    }
    filter[n++] = JUMP(BPF_JEQ, number, 0, 5);
    filter[n++] = LOAD(args[1]);
    filter[n++] = JUMP(BPF_JGE, operand, 2, 0);
    filter[n++] = STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + 4);
    filter[n++] = JUMP(BPF_JEQ, 0, 1, 0); /* above 4 GiB, of which the low half says nothing */
    return n;
}

static int forbid(int error, const char *numbers)
{
    struct sock_filter filter[256];
    unsigned n = 0, action = error ? SECCOMP_RET_ERRNO | (unsigned)error : SECCOMP_RET_KILL_PROCESS;

    for (char *at = (char *)(size_t)numbers; *at && n < 240; at += *at == ',') {
        n += add_condition(filter + n, &at);
        filter[n++] = STATEMENT(BPF_RET | BPF_K, action);
    }
    filter[n++] = STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)n, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0;
}

static __attribute__((noinline)) void before(void)
{
    for (volatile int i = 0; i < 40; i++)
        sink = malloc(100);
}

/* 12 calls deep, left or right each time by the bits of `path`: 4096 stacks. */
static void deeper(unsigned path, unsigned level);

static __attribute__((noinline)) void left(unsigned path, unsigned level)
{
    deeper(path, level);
    sink = sink;
}

static __attribute__((noinline)) void right(unsigned path, unsigned level)
{
    deeper(path, level);
    sink = sink;
}

static __attribute__((noinline)) void deeper(unsigned path, unsigned level)
{
    if (level == 0)
        sink = malloc(10);
    else if (path >> (level - 1) & 1)
        left(path, level - 1);
    else
        right(path, level - 1);
    sink = sink;
}

int main(int argc, char **argv)
{
    if (argc > 4 && !strcmp(argv[3], "--")) {
        if (forbid(atoi(argv[1]), argv[2]))
            return 77;
        execvp(argv[4], argv + 4);
        return 127;
    }
    before();
    if (argc != 3 || forbid(atoi(argv[1]), argv[2]))
        return 77;
    for (unsigned path = 0; path < 4000; path++)
        deeper(path, 12);
    printf("done\n");
    return 7;
}
