/* ending.c - seals the recording at exit and starts the analyzer on it.
 *
 * Called once, by the C library, after all other handlers and destructors. A program that
 * ends otherwise leaves an open recording, which is as complete. The analyzer runs in a
 * child made by a raw clone without exit signal: the program's SIGCHLD handler and its
 * waits do not notice it.
 */
#include "preload/ending.h"

#include <stddef.h>

#include "preload/blocks.h"
#include "preload/calls.h"
#include "preload/clock.h"
#include "preload/environment.h"
#include "preload/gate.h"
#include "preload/memory.h"
#include "preload/message.h"
#include "preload/place.h"
#include "preload/recording.h"
#include "preload/text.h"

enum { WAIT_ALL = 0x40000000 /* __WALL: children without an exit signal, too */ };

static void seal(void)
{
    struct rec_header *h = recording.header;

    clock_calibrate();
    h->memory_bytes = memory_mapped();
    h->table_bytes = blocks_bytes();
    h->end_ticks = arch_ticks();
    recording_trim();
    __atomic_store_n(&h->state, REC_SEALED, __ATOMIC_RELEASE);
}

/* The command lies beside the library. */
static bool find_command(char *path, size_t room)
{
    const char *library = recording_text(recording.header->library);
    struct text t = {path, 0, room};
    size_t folder = 0;

    text_add(&t, library);
    for (size_t i = 0; i < t.used; i++)
        if (path[i] == '/')
            folder = i + 1;
    if (folder == 0)
        return false;
    t.used = folder;
    text_add(&t, "heapcoach");
    return t.used + 1 < room;
}

/* In the child. Never returns. */
static void __attribute__((noreturn)) become_command(const char *path)
{
    const char *dir = place_profile_folder();
    const char *arguments[] = {
        path, "finish", "--preloaded", recording_path(), *dir ? "--dir" : NULL, *dir ? dir : NULL,
        NULL};

    /* Or it would record itself; and what else was preloaded is for the program, not for us. */
    environment_drop("LD_PRELOAD");
    environment_strip(recording_text(recording.header->library));
    sys_call3(SYS_dup3, 2, 1, 0); /* what it says is talk; the program's output is not ours */
    sys_call3(SYS_execve, (long)path, (long)arguments, (long)environment_all());
    sys_call1(SYS_exit_group, 127);
    __builtin_unreachable();
}

/* Runs the command, which takes the recording away when it has made the profile. Where the program
 * ignores SIGCHLD its exit status is not to be had. */
static void finish(void)
{
    static char path[4096]; /* exit may be called on a small stack */

    if (!find_command(path, sizeof path))
        return;
    long child = sys_call5(SYS_clone, 0, 0, 0, 0, 0), waited;
    if (child == 0)
        become_command(path);
    if (sys_failed(child))
        return;
    do
        waited = sys_call4(SYS_wait4, child, 0, WAIT_ALL, 0);
    while (waited == -4 /* EINTR */);
}

static bool is_there(const char *path)
{
    uint32_t uid, mode;

    return sys_lstat(path, &uid, &mode);
}

void ending_at_exit(void *unused)
{
    (void)unused;
    if (!recording.header || !*gate_open)
        return;
    seal();
    if (text_equal(environment_get(ENVIRONMENT_FINISH), "0"))
        return;
    finish();
    if (is_there(recording_path()))
        message("the recording is kept; make the profile with: heapcoach finish ", recording_path(),
                NULL);
}
