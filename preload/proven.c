/* proven.c - reading memory that may not be there; see proven.h. Called by slow_walk.c for
 * whatever it does not know to be mapped, on stacks and in tables that may be corrupt.
 *
 * process_vm_readv on ourselves reports unreadable memory as EFAULT. Sandboxes that forbid
 * it (some container runtimes do) leave rt_sigprocmask, which no program can run without:
 * it copies the set from the address we want to know about, and only then refuses the
 * impossible `how`, so nothing changes. mincore was rejected: it takes PROT_NONE for mapped.
 */
#include "preload/proven.h"

#include <errno.h>
#include <sys/uio.h>

#include "preload/sys.h"

#define PAGE ((uintptr_t)4096)
#define PAGES_AT_ONCE 16

/* The pages of [from, to) as one piece each: the kernel stops between pieces, not inside. */
static int split_at_pages(struct iovec pieces[PAGES_AT_ONCE], uintptr_t from, uintptr_t to)
{
    int count = 0;
    while (from < to && count < PAGES_AT_ONCE) {
        uintptr_t next = (from | (PAGE - 1)) + 1;
        uintptr_t end = next == 0 || next > to ? to : next;
        pieces[count++] = (struct iovec){(void *)from, end - from};
        from = end;
    }
    return count;
}

/* Bytes copied, or -errno. Our own process is named by the thread: the kernel takes either,
 * and a child that shares our memory until its exec is right with its own number. */
static long copy_by_kernel(void *to, size_t room, const struct iovec *pieces, int count)
{
    struct iovec local = {to, room};
    long self = sys_call0(SYS_gettid);
    return sys_call6(SYS_process_vm_readv, self, (long)&local, 1, (long)pieces, count, 0);
}

/* True if the 8 aligned bytes around `address`, and so its page, can be read. */
static bool probe(uintptr_t address)
{
    const long no_such_how = -1;
    long result = sys_call4(SYS_rt_sigprocmask, no_such_how, (long)(address & ~(uintptr_t)7), 0, 8);
    return result == -EINVAL;
}

/* Not memcpy: an instrumented one would complain of what only looks out of bounds. */
__attribute__((no_sanitize("address", "thread"), noinline)) static void
copy_bytes(unsigned char *to, const volatile unsigned char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

static size_t copy_after_probing(unsigned char *to, const struct iovec *pieces, int count)
{
    size_t copied = 0;
    for (int i = 0; i < count && probe((uintptr_t)pieces[i].iov_base); i++) {
        copy_bytes(to + copied, pieces[i].iov_base, pieces[i].iov_len);
        copied += pieces[i].iov_len;
    }
    return copied;
}

size_t proven_copy(void *to, uintptr_t from, size_t n)
{
    struct iovec pieces[PAGES_AT_ONCE];
    unsigned char *out = to;
    size_t copied = 0;
    if (n > UINTPTR_MAX - from)
        n = UINTPTR_MAX - from; /* no program has memory at the very end */
    while (copied < n) {
        int count = split_at_pages(pieces, from + copied, from + n);
        size_t wanted = 0;
        for (int i = 0; i < count; i++)
            wanted += pieces[i].iov_len;
        long got = copy_by_kernel(out + copied, wanted, pieces, count);
        if (got < 0)
            got = got == -EFAULT ? 0 : (long)copy_after_probing(out + copied, pieces, count);
        copied += (size_t)got;
        if ((size_t)got < wanted)
            break;
    }
    return copied;
}

/* One byte of each page in [from, to), which has at most PAGES_AT_ONCE of them. */
static bool readable(uintptr_t from, uintptr_t to)
{
    unsigned char bytes[PAGES_AT_ONCE];
    struct iovec pieces[PAGES_AT_ONCE];
    int count = split_at_pages(pieces, from, to);
    for (int i = 0; i < count; i++)
        pieces[i].iov_len = 1;
    long got = copy_by_kernel(bytes, (size_t)count, pieces, count);
    if (got >= 0 || got == -EFAULT)
        return got == count;
    for (int i = 0; i < count; i++)
        if (!probe((uintptr_t)pieces[i].iov_base))
            return false;
    return true;
}

bool proven_range(uintptr_t from, uintptr_t to)
{
    while (from < to) {
        uintptr_t step = (from & ~(PAGE - 1)) + PAGES_AT_ONCE * PAGE;
        uintptr_t end = step < from || step > to ? to : step;
        if (!readable(from, end))
            return false;
        from = end;
    }
    return true;
}
