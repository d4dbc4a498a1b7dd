/* calls.h - the system calls that the recorder makes, by name, on top of sys.h.
 *
 * Raw calls, not libc's: they leave errno alone, cannot be interposed, and work before the
 * C library is ready and after a fork. Each returns what the kernel returns: a value, or
 * -errno (sys_failed tells).
 */
#ifndef HEAPCOACH_CALLS_H
#define HEAPCOACH_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>

#include "preload/sys.h"

static inline bool sys_failed(long result)
{
    return result < 0 && result >= -4095;
}

static inline long sys_mmap(void *at, size_t bytes, int prot, int flags, int fd, uint64_t offset)
{
    return sys_call6(SYS_mmap, (long)at, (long)bytes, prot, flags, fd, (long)offset);
}

/* With the flags of `wish`, or without them where a sandbox does not let them pass. */
static inline long sys_mmap_wish(void *at, size_t bytes, int prot, int flags, int wish, int fd,
                                 uint64_t offset)
{
    long got = sys_mmap(at, bytes, prot, flags | wish, fd, offset);

    return sys_failed(got) ? sys_mmap(at, bytes, prot, flags, fd, offset) : got;
}

static inline long sys_munmap(void *at, size_t bytes)
{
    return sys_call2(SYS_munmap, (long)at, (long)bytes);
}

static inline long sys_mprotect(void *at, size_t bytes, int prot)
{
    return sys_call3(SYS_mprotect, (long)at, (long)bytes, prot);
}

static inline long sys_madvise(void *at, size_t bytes, int advice)
{
    return sys_call3(SYS_madvise, (long)at, (long)bytes, advice);
}

/* MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED and MEMBARRIER_CMD_PRIVATE_EXPEDITED, Linux 4.14. To be
 * registered while the process has one thread: with more it takes milliseconds. */
static inline long sys_membarrier_register(void)
{
    return sys_call2(SYS_membarrier, 1 << 4, 0);
}

static inline long sys_membarrier(void)
{
    return sys_call2(SYS_membarrier, 1 << 3, 0);
}

static inline long sys_open(const char *path, int flags, int mode)
{
    return sys_call4(SYS_openat, -100 /* AT_FDCWD */, (long)path, flags, mode);
}

static inline long sys_close(int fd)
{
    return sys_call1(SYS_close, fd);
}

static inline long sys_read(int fd, void *to, size_t n)
{
    return sys_call3(SYS_read, fd, (long)to, (long)n);
}

static inline long sys_write(int fd, const void *from, size_t n)
{
    return sys_call3(SYS_write, fd, (long)from, (long)n);
}

static inline long sys_fcntl(int fd, int command, long argument)
{
    return sys_call3(SYS_fcntl, fd, command, argument);
}

static inline long sys_fallocate(int fd, uint64_t offset, uint64_t bytes)
{
    return sys_call4(SYS_fallocate, fd, 0, (long)offset, (long)bytes);
}

static inline long sys_ftruncate(int fd, uint64_t bytes)
{
    return sys_call2(SYS_ftruncate, fd, (long)bytes);
}

/* Whether `path` is on a tmpfs with so many free bytes. */
static inline bool sys_is_tmpfs(const char *path, uint64_t free_bytes)
{
    enum { MAGIC = 0x01021994 }; /* TMPFS_MAGIC of linux/magic.h */
    struct statfs s;

    return !sys_failed(sys_call2(SYS_statfs, (long)path, (long)&s)) && s.f_type == MAGIC &&
           (uint64_t)s.f_bavail * (uint64_t)s.f_bsize >= free_bytes;
}

static inline long sys_mkdir(const char *path, int mode)
{
    return sys_call3(SYS_mkdirat, -100, (long)path, mode);
}

static inline long sys_unlink(const char *path)
{
    return sys_call3(SYS_unlinkat, -100, (long)path, 0);
}

static inline long sys_readlink(const char *path, char *to, size_t room)
{
    return sys_call4(SYS_readlinkat, -100, (long)path, (long)to, (long)room);
}

static inline long sys_getcwd(char *to, size_t room)
{
    return sys_call2(SYS_getcwd, (long)to, (long)room);
}

static inline long sys_getpid(void)
{
    return sys_call0(SYS_getpid);
}

static inline long sys_gettid(void)
{
    return sys_call0(SYS_gettid);
}

static inline long sys_geteuid(void)
{
    return sys_call0(SYS_geteuid);
}

/* The calling thread's name, with zeros behind it. */
static inline long sys_thread_name(char name[16])
{
    return sys_call2(SYS_prctl, PR_GET_NAME, (long)name);
}

static inline long sys_tgkill(int pid, int tid, int signal)
{
    return sys_call3(SYS_tgkill, pid, tid, signal);
}

static inline long sys_sched_yield(void)
{
    return sys_call0(SYS_sched_yield);
}

/* Sleeps for 50 us. */
static inline void sys_nap(void)
{
    struct timespec nap = {0, 50000};
    sys_call2(SYS_nanosleep, (long)&nap, 0);
}

static inline long sys_pwrite(int fd, const void *from, size_t n, uint64_t offset)
{
    return sys_call4(SYS_pwrite64, fd, (long)from, (long)n, (long)offset);
}

static inline long sys_pread(int fd, void *to, size_t n, uint64_t offset)
{
    return sys_call4(SYS_pread64, fd, (long)to, (long)n, (long)offset);
}

static inline long sys_getrlimit(int what, struct rlimit *limit)
{
    return sys_call4(SYS_prlimit64, 0, what, 0, (long)limit);
}

static inline long sys_clock_gettime(int clock, struct timespec *now)
{
    return sys_call2(SYS_clock_gettime, clock, (long)now);
}

static inline uint64_t sys_clock_ns(int clock)
{
    struct timespec now = {0, 0};
    sys_clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The device and inode of an open file, by fstat, which is several times quicker than statx, or by
 * that one where a sandbox does not let the older call pass. */
static inline bool sys_file_identity(int fd, uint64_t identity[2])
{
    struct stat s;
    struct statx newer;

    if (!sys_failed(sys_call2(SYS_fstat, fd, (long)&s))) {
        identity[0] = (uint64_t)major(s.st_dev) << 32 | minor(s.st_dev);
        identity[1] = s.st_ino;
        return true;
    }
    if (sys_failed(sys_call5(SYS_statx, fd, (long)"", 0x1000 /* AT_EMPTY_PATH */, STATX_INO,
                             (long)&newer)))
        return false;
    identity[0] = (uint64_t)newer.stx_dev_major << 32 | newer.stx_dev_minor;
    identity[1] = newer.stx_ino;
    return true;
}

/* Owner, type and permissions of what a path names; a link is not followed. */
static inline bool sys_lstat(const char *path, uint32_t *uid, uint32_t *mode)
{
    struct statx s;
    struct stat older;

    if (!sys_failed(sys_call5(SYS_statx, -100, (long)path, 0x100 /* AT_SYMLINK_NOFOLLOW */,
                              STATX_TYPE | STATX_MODE | STATX_UID, (long)&s))) {
        *uid = s.stx_uid;
        *mode = s.stx_mode;
        return true;
    }
    if (sys_failed(sys_call2(SYS_lstat, (long)path, (long)&older)))
        return false;
    *uid = older.st_uid;
    *mode = older.st_mode;
    return true;
}

#endif
