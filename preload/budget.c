/* budget.c - see budget.h. Called by start.c, in each process that is recorded.
 *
 * Three things bound what a program may map: its own limits on addresses (ulimit -v) and on data
 * (ulimit -d), and a machine that does not overcommit (vm.overcommit_memory is 2). For the latter
 * two each writable private mapping counts in full, touched or not, and MAP_NORESERVE does not
 * help. It must not allocate, and must do without /proc: then there is no bound but that of
 * addresses.
 */
#include "preload/budget.h"

#include <fcntl.h>

#include "preload/calls.h"
#include "preload/memory.h"
#include "preload/recording.h"
#include "preload/text.h"

enum {
    WANTED = 512 << 20,    /* with less it is not worth it: tables begin with 70 MiB */
    SHARE_OF_TABLES = 4,   /* the most of which are half as big as the program's heap */
    SHARE_OF_FILE = 16,    /* on a tmpfs it is memory, too */
    NEVER_OVERCOMMIT = '2' /* in overcommit_memory */
};

/* A file of /proc as text; "" where there is none. */
static void read_text(const char *path, char *text, size_t room)
{
    size_t used = 0;
    long fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0), n = sys_failed(fd) ? 0 : 1;

    while (n > 0 && used + 1 < room) {
        n = sys_read((int)fd, text + used, room - 1 - used);
        used += sys_failed(n) ? 0 : (size_t)n;
    }
    text[used] = '\0';
    if (!sys_failed(fd))
        sys_close((int)fd);
}

/* The bytes that a line of /proc/meminfo, "NAME:  N kB", gives; 0 where there is none. */
static uint64_t meminfo_bytes(const char *text, const char *name)
{
    uint64_t kib = 0;

    for (; *text; text++) {
        const char *at = text_after(text, name);
        if (!at)
            continue;
        while (*at == ' ')
            at++;
        for (; *at >= '0' && *at <= '9'; at++)
            kib = kib * 10 + (uint64_t)(*at - '0');
        break;
    }
    return kib << 10;
}

/* What all programs together may still commit; UINT64_MAX where memory is overcommitted. */
static uint64_t left_to_commit(void)
{
    static char text[4096];

    read_text("/proc/sys/vm/overcommit_memory", text, sizeof text);
    if (*text != NEVER_OVERCOMMIT)
        return UINT64_MAX;
    read_text("/proc/meminfo", text, sizeof text);
    uint64_t limit = meminfo_bytes(text, "CommitLimit:");
    uint64_t committed = meminfo_bytes(text, "Committed_AS:");
    return limit > committed ? limit - committed : 0;
}

static uint64_t limit_of(int resource)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

    sys_getrlimit(resource, &limit);
    return limit.rlim_cur;
}

void budget_lower(uint64_t addresses)
{
    memory_limit(addresses / SHARE_OF_TABLES);
    recording_shrink(addresses / SHARE_OF_FILE);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

const char *budget_set(void)
{
    uint64_t commit = left_to_commit();
    uint64_t addresses = limit_of(RLIMIT_AS), data = limit_of(RLIMIT_DATA);

    if (addresses < WANTED)
        return "the limit on address space (ulimit -v) is below 512 MiB";
    if (data < WANTED)
        return "the limit on data (ulimit -d) is below 512 MiB";
    if (commit < WANTED)
        return "memory is not overcommitted here (vm.overcommit_memory), and less than 512 MiB are "
               "left to commit";
    memory_limit(least(least(addresses, data), commit) / SHARE_OF_TABLES);
    recording_limit(least(addresses, commit) / SHARE_OF_FILE); /* shared: it is no data */
    return NULL;
}
