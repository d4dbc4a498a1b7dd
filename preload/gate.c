/* gate.c - makes and moves the gate; see gate.h. */
#include "preload/gate.h"

#include <stddef.h>
#include <sys/mman.h>

#include "preload/calls.h"
#include "preload/memory.h"

enum {
    WIPE_ON_FORK = 18, /* MADV_WIPEONFORK, Linux 4.14; older headers lack it */
    COUNTDOWN_BYTES = ARCH_APART_BYTES
};

/* The C library's form of pthread_atfork, which is not in the shared library itself. */
extern int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *);

static const volatile uint32_t closed;
const volatile uint32_t *gate_open = &closed;
__thread struct gate_thread gate_thread __attribute__((tls_model("initial-exec")));

static void close_in_child(void)
{
    gate_set(false);
    if (gate_thread.countdown)
        *gate_thread.countdown = 0;
}

bool gate_start(uint32_t threads)
{
    size_t bytes = 4096 + (size_t)threads * COUNTDOWN_BYTES;
    void *page = memory_map(bytes);

    if (!page)
        return false;
    /* Where the kernel does not wipe (a sandbox, an emulator), the C library tells us of
     * its own forks; a raw clone is not seen then. */
    if (sys_failed(sys_madvise(page, bytes, WIPE_ON_FORK)) &&
        __register_atfork(NULL, NULL, close_in_child, NULL) != 0)
        return false;
    gate_open = page;
    return true;
}

void gate_forget(void)
{
    gate_open = &closed;
    gate_thread = (struct gate_thread){0};
}

int32_t *gate_countdown(uint32_t i)
{
    return (int32_t *)((uintptr_t)gate_open + 4096 + (uintptr_t)i * COUNTDOWN_BYTES);
}

void gate_set(bool open)
{
    if (gate_open != &closed)
        __atomic_store_n((uint32_t *)(uintptr_t)gate_open, open, __ATOMIC_RELEASE);
}
