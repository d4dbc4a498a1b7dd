/* gate.c - makes and moves the gate; see gate.h. */
#include "preload/gate.h"

#include <sys/mman.h>

#include "preload/calls.h"
#include "preload/memory.h"

enum { WIPE_ON_FORK = 18 }; /* MADV_WIPEONFORK, Linux 4.14; older headers lack it */

static const volatile uint32_t closed;
const volatile uint32_t *gate_open = &closed;
__thread struct gate_thread gate_thread __attribute__((tls_model("initial-exec")));

bool gate_start(void)
{
    void *page = memory_map(4096);

    if (!page || sys_failed(sys_madvise(page, 4096, WIPE_ON_FORK)))
        return false;
    gate_open = page;
    return true;
}

void gate_set(bool open)
{
    if (gate_open != &closed)
        __atomic_store_n((uint32_t *)(uintptr_t)gate_open, open, __ATOMIC_RELEASE);
}
