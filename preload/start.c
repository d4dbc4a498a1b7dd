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
#include <stdlib.h>
#include <link.h>
#include <sys/vfs.h>

#include "preload/blocks.h"
#include "preload/calls.h"
#include "preload/clock.h"
#include "preload/counters.h"
#include "preload/ending.h"
#include "preload/environment.h"
#include "preload/gate.h"
#include "preload/memory.h"
#include "preload/message.h"
#include "preload/modules.h"
#include "preload/real.h"
#include "preload/recording.h"
#include "preload/rules.h"
#include "preload/stacks.h"
#include "preload/text.h"
#include "preload/walk.h"

enum { ROOM_WANTED = 64 << 20, TMPFS_MAGIC = 0x01021994 };

static uint64_t missed_early;
static bool standing; /* or given up: what passes through from now on was not missed early */
static char recording_name[4096], library_path[4096], profile_folder[4096];

void start_count_early(void)
{
    if (!standing)
        __atomic_fetch_add(&missed_early, 1, __ATOMIC_RELAXED);
    else if (*gate_open) /* from a signal handler, while the thread was being registered */
        __atomic_fetch_add(&recording.header->missed_early, 1, __ATOMIC_RELAXED);
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

/* The last part of the executable's name, cleaned of what a file name should not have. */
static void add_program(struct text *t)
{
    char path[ENVIRONMENT_PATH_BYTES];
    const char *name = path;

    environment_executable(path);
    for (const char *p = path; *p; p++)
        if (*p == '/')
            name = p + 1;
    text_add(t, *name ? name : "program");
}

/* `folder`/heapcoach-UID, private to the user. A folder of that name that is a link, someone
 * else's, or open to others is not used. */
static bool private_folder(const char *folder)
{
    struct text t = {recording_name, 0, sizeof recording_name};
    uint32_t uid, mode;

    text_add(&t, folder);
    text_add(&t, "/heapcoach-");
    text_add_number(&t, (uint64_t)sys_geteuid());
    sys_mkdir(recording_name, 0700);
    return sys_lstat(recording_name, &uid, &mode) && uid == (uint32_t)sys_geteuid() &&
           (mode & S_IFMT) == S_IFDIR && (mode & 077) == 0;
}

static bool roomy_tmpfs(const char *folder)
{
    struct statfs s;

    return !sys_failed(sys_call2(SYS_statfs, (long)folder, (long)&s)) && s.f_type == TMPFS_MAGIC &&
           (uint64_t)s.f_bavail * (uint64_t)s.f_bsize >= ROOM_WANTED;
}

const char *start_profile_folder(void)
{
    return profile_folder;
}

/* Where the recording goes: a place without write-back where there is one. */
static bool choose_name(void)
{
    const char *exact = environment_get(ENVIRONMENT_RECORDING);
    const char *dir = environment_get(ENVIRONMENT_DIR);
    const char *tmp = environment_other("TMPDIR");
    struct text t = {recording_name, 0, sizeof recording_name};

    environment_absolute(profile_folder, dir);
    if (*exact) {
        environment_absolute(recording_name, exact);
        return true;
    }
    if (*dir)
        text_add(&t, profile_folder);
    else if (!(tmp && *tmp && private_folder(tmp)) &&
             !(roomy_tmpfs("/dev/shm") && private_folder("/dev/shm")) && !private_folder("/tmp"))
        return false;
    t.used = text_length(recording_name);
    text_add(&t, "/heapcoach.");
    add_program(&t);
    text_add(&t, ".");
    text_add_number(&t, (uint64_t)sys_getpid());
    text_add(&t, ".rec");
    return true;
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
    long fd = sys_open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC, 0);
    if (!sys_failed(fd)) {
        sys_read((int)fd, h->boot_id, 36);
        sys_close((int)fd);
    }
}

static void read_options(void)
{
    int64_t depth = text_number(environment_get(ENVIRONMENT_DEPTH), WALK_FRAMES_MAX);

    if (depth >= 1)
        walk_options.depth = (uint32_t)depth;
    else
        message("HEAPCOACH_DEPTH is not a number from 1 to 512, using 512: ",
                environment_get(ENVIRONMENT_DEPTH), NULL);
    walk_options.check = text_equal(environment_get(ENVIRONMENT_CHECK_UNWIND), "1");
    recording.header->depth_limit = walk_options.depth;
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

static bool bring_up(void)
{
    real_resolve();
    environment_start();
    dl_iterate_phdr(find_self, (void *)&bring_up);
    environment_strip(library_path);
    if (real.preceded) {
        message("not recording: the program has a malloc of its own, which the loader prefers; "
                "see heapcoach doctor",
                NULL, NULL);
        return false;
    }
    if (!choose_name()) {
        message("not recording: no private folder can be made in TMPDIR, /dev/shm or /tmp", NULL,
                NULL);
        return false;
    }
    int error = recording_create(recording_name);
    if (error) {
        message("not recording: ", recording_name, error_text(error));
        return false;
    }
    clock_start();
    recording.header->epoch = recording.header->stamp = 1; /* a fresh record has 0 */
    if (!blocks_start(real.libc) || !rules_start() || !stacks_start() || !gate_start() ||
        !reserve_unrecorded_sites()) {
        int why = recording.header->out_of_room ? -(int)recording.header->out_of_room : -ENOMEM;
        message("not recording: ", recording_name, error_text(why));
        sys_unlink(recording_name);
        return false;
    }
    counters_start();
    modules_start();
    describe_program();
    read_options();
    recording.header->memory_bytes = memory_mapped();
    recording.header->missed_early = missed_early;
    gate_set(true);
    return true;
}

void start_once(void)
{
    static uint32_t tried;

    if (!__atomic_load_n(&tried, __ATOMIC_RELAXED) &&
        !__atomic_exchange_n(&tried, 1, __ATOMIC_ACQ_REL)) {
        gate_thread.busy = 1;
        bring_up();
        standing = true;
        gate_thread.busy = 0;
    }
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
