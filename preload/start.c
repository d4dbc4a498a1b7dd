/* start.c - brings the recorder up; counts what happened before.
 *
 * The first call may come from the loader, before any constructor, when libc's environ,
 * stdio and the like do not stand yet. So nothing here uses them. Must not fail loudly: on
 * any error the gate stays closed and the hooks pass everything through.
 */
#define _GNU_SOURCE
#include "preload/start.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>

#include "preload/blocks.h"
#include "preload/budget.h"
#include "preload/calls.h"
#include "preload/carried.h"
#include "preload/clock.h"
#include "preload/counters.h"
#include "preload/ending.h"
#include "preload/environment.h"
#include "preload/follow.h"
#include "preload/gate.h"
#include "preload/holder.h"
#include "preload/memory.h"
#include "preload/message.h"
#include "preload/mode.h"
#include "preload/modules.h"
#include "preload/place.h"
#include "preload/real.h"
#include "preload/recording.h"
#include "preload/rules.h"
#include "preload/spin.h"
#include "preload/stacks.h"
#include "preload/text.h"
#include "preload/thread.h"
#include "preload/timeline.h"
#include "preload/walk.h"

/* The C library's form of pthread_atfork, which is not in the shared library itself. */
extern int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *);

static uint64_t missed_early, missed_closed;
static bool standing; /* or given up: what passes through from now on was not missed early */
static char library_path[4096];
static uint32_t tried;
static const char *carried; /* the allocator of the program's own that is recorded, too; or NULL */

void start_count_early(void)
{
    if (!standing)
        __atomic_fetch_add(&missed_early, 1, __ATOMIC_RELAXED);
    else if (*gate_open) /* from a signal handler, while the thread was being registered */
        __atomic_fetch_add(&recording.header->missed_early, 1, __ATOMIC_RELAXED);
}

void start_count_closed(void)
{
    __atomic_fetch_add(&missed_closed, 1, __ATOMIC_RELAXED);
}

static int find_self(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    uintptr_t address = (uintptr_t)data;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && address >= at && address < at + segment->p_memsz) {
            struct text t = {library_path, 0, sizeof library_path};
            text_add(&t, info->dlpi_name);
            return 1;
        }
    }
    return 0;
}

static void describe_program(void)
{
    struct rec_header *h = recording.header;
    char path[4096];
    const char *arguments = environment_arguments(&h->command_bytes);

    h->command = recording_add_text(arguments, h->command_bytes);
    environment_executable(path);
    h->exe = recording_add_text(path, text_length(path) + 1);
    if (!sys_failed(sys_getcwd(path, sizeof path)))
        h->cwd = recording_add_text(path, text_length(path) + 1);
    h->library = recording_add_text(library_path, text_length(library_path) + 1);
    if (carried)
        h->carried = recording_add_text(carried, text_length(carried) + 1);
    long fd = sys_open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC, 0);
    if (!sys_failed(fd)) {
        sys_read((int)fd, h->boot_id, 36);
        sys_close((int)fd);
    }
}

enum { PACE_NS_MAX = 1000000000 };

static void read_options(void)
{
    int64_t depth = text_number(environment_get(ENVIRONMENT_DEPTH), WALK_FRAMES_MAX);
    int64_t pace = text_number(environment_get(ENVIRONMENT_PACE_NS), PACE_NS_MAX);

    if (depth >= 1)
        walk_options.depth = (uint32_t)depth;
    else
        message("HEAPCOACH_DEPTH is not a number from 1 to 512, using 512: ",
                environment_get(ENVIRONMENT_DEPTH), NULL);
    if (pace < 0)
        message("HEAPCOACH_PACE_NS is not a number from 0 to 1000000000, using 0: ",
                environment_get(ENVIRONMENT_PACE_NS), NULL);
    clock_set_pace(pace < 0 ? 0 : (uint64_t)pace);
    walk_options.check = text_equal(environment_get(ENVIRONMENT_CHECK_UNWIND), "1");
    counters_exact_peak = text_equal(environment_get(ENVIRONMENT_EXACT_PEAK), "1");
    recording.header->depth_limit = walk_options.depth;
    mode_start();
}

/* The site of stacks for which there is no room must itself never lack it. */
static bool reserve_unrecorded_sites(void)
{
    for (uint32_t f = 0; f < REC_FUNCTION_COUNT; f++)
        if (!stacks_intern(REC_ROOT_UNRECORDED, f))
            return false;
    return true;
}

static const char *error_text(int error)
{
    switch (-error) {
    case EEXIST:
        return ": a file of that name is there already";
    case ENOENT:
        return ": no such folder";
    case EACCES:
    case EPERM:
    case EROFS:
        return ": the folder cannot be written";
    case ENOSPC:
    case EDQUOT:
        return ": the disk is full";
    case EFBIG:
        return ": the limit on file sizes is too low";
    case ENOMEM:
        return ": not enough memory or address space";
    case EMFILE:
    case ENFILE:
        return ": no file descriptor is free";
    case ELOOP:
        return ": it is a link";
    default:
        return ": it cannot be made";
    }
}

static bool refuse(const char *why)
{
    message("not recording: ", why, NULL);
    return false;
}

/* Reads the surroundings; says whether this process is to be recorded. */
static bool look_around(void)
{
    char program[ENVIRONMENT_PATH_BYTES];

    threads_start();
    real_resolve();
    environment_start();
    dl_iterate_phdr(find_self, (void *)&look_around);
    environment_program(program);
    message_start(program);
    if (!follow_others())
        environment_strip(library_path);
    if (!follow_this(program) && !follow_this(environment_started_as()))
        return false;
    carried = carried_start();
    if (real.preceded && !carried)
        return refuse("the program has a malloc of its own, which the loader prefers; "
                      "see heapcoach doctor");
    return true;
}

static bool bring_up(void)
{
    const char *why_not = budget_set();

    if (why_not)
        return refuse(why_not);
    int error = place_recording();
    if (error == PLACE_NONE)
        return refuse("no private folder can be made in TMPDIR, /dev/shm or /tmp");
    if (error) {
        message("not recording: ", place_recording_path(), error_text(error));
        return false;
    }
    clock_start();
    recording.header->stamp = recording.header->fall_stamp = REC_STAMP_FIRST;
    if (!blocks_start(real.libc && !carried) || !rules_start() || !stacks_start() ||
        !gate_start(THREAD_SETS_MAX) || !reserve_unrecorded_sites()) {
        int why = recording.header->out_of_room ? -(int)recording.header->out_of_room : -ENOMEM;
        message("not recording: ", place_recording_path(), error_text(why));
        sys_unlink(place_recording_path());
        return false;
    }
    single_start();
    holder_start();
    timeline_start();
    modules_start();
    describe_program();
    read_options();
    recording.header->memory_bytes = memory_mapped();
    recording.header->missed_early = missed_early;
    gate_set(true);
    return true;
}

/* In a forked child, first of its handlers: what we hold is the parent's. The child's own recording
 * begins at its first call of ours, so that one that only becomes another program has none. Where a
 * signal handler forked in the middle of our work, that work must come to its end on what it has:
 * such a child is not recorded. */
static void begin_anew_in_child(void)
{
    if (gate_in_use())
        return;
    gate_thread.starting = 1; /* signals may come */
    spin_generation++;
    recording_forget();
    modules_forget();
    threads_forget();
    mode_forget();
    gate_forget();
    gate_thread.starting = 1;
    memory_unmap_all();
    missed_early = missed_closed; /* by handlers before ours */
    missed_closed = 0;
    standing = false;
    gate_thread.starting = 0;
    __atomic_store_n(&tried, 0, __ATOMIC_RELEASE);
}

void start_once(void)
{
    static bool looked, wanted;

    if (__atomic_load_n(&tried, __ATOMIC_RELAXED) ||
        __atomic_exchange_n(&tried, 1, __ATOMIC_ACQ_REL))
        return;
    gate_thread.starting = 1;
    if (!looked)
        wanted = look_around();
    if (wanted && bring_up() && !looked && follow_others())
        __register_atfork(NULL, NULL, begin_anew_in_child, NULL);
    looked = standing = true;
    gate_thread.starting = 0;
}

/* Not in any header that we may include: the C library's way to run something at exit. */
extern int __cxa_atexit(void (*)(void *), void *, void *);

static void __attribute__((constructor)) at_load(void)
{
    start_once();
    /* The loader runs this before the C library registers the loader's own finish, so ours
     * runs after all destructors of libraries: handlers run in reverse. */
    if (recording.header)
        __cxa_atexit(ending_at_exit, NULL, NULL);
}
