/* mapped.c - see mapped.h. Used by the readers of recordings and of ELF files, and the only place
 * that touches signals in the library. Reading such files by read() instead would copy what is as
 * large as debug information, and libdw maps on its own in any case. The handler must do nothing
 * but system calls.
 */
/* for MAP_ANONYMOUS */
#define _GNU_SOURCE
#include "analyzer/core/mapped.h"

#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static long page_bytes;

/* A page of zeros for the one that is gone. Where that fails, the read is tried again, and now ends
 * the process. */
static void on_missing_page(int number, siginfo_t *info, void *context)
{
    uintptr_t page = (uintptr_t)info->si_addr & ~((uintptr_t)page_bytes - 1);
    (void)context;
    if (info->si_code != BUS_ADRERR ||
        mmap((void *)page, (size_t)page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
             -1, 0) == MAP_FAILED)
        signal(number, SIG_DFL);
}

void mapped_watch(void)
{
    struct sigaction action = {.sa_sigaction = on_missing_page, .sa_flags = SA_SIGINFO};
    page_bytes = sysconf(_SC_PAGESIZE);
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

bool mapped_cut_short(int fd, uint64_t bytes)
{
    struct stat status;
    return fstat(fd, &status) != 0 || (uint64_t)status.st_size < bytes;
}
