/* limits.c - the functions by which a program limits itself, which the recorder must make way for.
 *
 * What is reserved for the recording counts as address space, touched or not. A program that lowers
 * its limit below that, as a sandbox does to itself, could map nothing more. So before it does we
 * give back what is not needed yet. No logic else: the system's own call follows, and its errno is
 * the program's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>

#include "preload/budget.h"
#include "preload/calls.h"
#include "preload/gate.h"
#include "preload/hooks_list.h"
#include "preload/recording.h"

#define EXPORT __attribute__((visibility("default")))

/* The list and <sys/resource.h> say the same. */
#define DECLARE(type, name, params) EXPORT type name params;
HEAPCOACH_LIMIT_HOOKS(DECLARE)

/* Only for the process that is recorded: a child that shares our memory until it execs (vfork) has
 * limits of its own, and another number. */
static void make_way(int pid, int resource, const struct rlimit *limit)
{
    long own = sys_getpid();

    if (limit && resource == RLIMIT_AS && limit->rlim_cur != RLIM_INFINITY && *gate_open &&
        own == recording.header->pid && (pid == 0 || pid == own))
        budget_lower(limit->rlim_cur);
}

static int answer(long result)
{
    if (!sys_failed(result))
        return 0;
    errno = (int)-result;
    return -1;
}

static int set(int pid, int resource, const struct rlimit *limit, struct rlimit *before)
{
    make_way(pid, resource, limit);
    return answer(sys_call4(SYS_prlimit64, pid, resource, (long)limit, (long)before));
}

/* Of 64 bits both are the same, with or without the suffix. */
_Static_assert(sizeof(struct rlimit) == sizeof(struct rlimit64), "one struct");

EXPORT int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    return set(0, (int)resource, limit, NULL);
}

EXPORT int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit)
{
    return set(0, (int)resource, (const struct rlimit *)limit, NULL);
}

EXPORT int prlimit(pid_t pid, enum __rlimit_resource resource, const struct rlimit *limit,
                   struct rlimit *before)
{
    return set(pid, (int)resource, limit, before);
}

EXPORT int prlimit64(pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *limit,
                     struct rlimit64 *before)
{
    return set(pid, (int)resource, (const struct rlimit *)limit, (struct rlimit *)before);
}
