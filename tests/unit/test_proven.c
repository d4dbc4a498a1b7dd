// sources: preload/proven.c
/* test_proven.c - memory that is there, that is not, and that is in between.
 *
 * Not covered: the kernel's own refusals (devices, files cut short), and another thread that
 * unmaps at the same time. That a sandbox forbids process_vm_readv is tested with seccomp. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "preload/proven.h"

#define PAGE 4096
#define PAGES 40 /* more than two system calls' worth */

/* PAGES pages filled with their own byte numbers, between two unmapped ones. */
static unsigned char *map_pages(void)
{
    unsigned char *at =
        mmap(NULL, (PAGES + 2) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(at, MAP_FAILED);
    munmap(at, PAGE);
    munmap(at + (PAGES + 1) * PAGE, PAGE);
    at += PAGE;
    for (size_t i = 0; i < PAGES * PAGE; i++)
        at[i] = (unsigned char)(i * 7 + i / PAGE);
    return at;
}

static void unmap_pages(unsigned char *at)
{
    munmap(at, PAGES * PAGE);
}

static bool range(const unsigned char *from, size_t bytes)
{
    return proven_range((uintptr_t)from, (uintptr_t)from + bytes);
}

static void range_is_true_of_mapped_memory_to_its_last_byte(void **state)
{
    (void)state;
    unsigned char *at = map_pages();
    assert_true(range(at, PAGES * PAGE));
    assert_true(range(at + 5, 1));
    assert_true(range(at + PAGE - 1, 2));
    assert_true(range(at + PAGES * PAGE - 1, 1));
    assert_true(range(at, 0));
    unmap_pages(at);
}

static void range_is_false_where_one_page_is_missing(void **state)
{
    (void)state;
    unsigned char *at = map_pages();
    assert_false(range(at - 1, 1));
    assert_false(range(at - 1, 2));
    assert_false(range(at + PAGES * PAGE, 1));
    assert_false(range(at + PAGES * PAGE - 1, 2));
    for (int hole = 0; hole < PAGES; hole++) {
        assert_int_equal(mprotect(at + hole * PAGE, PAGE, PROT_NONE), 0);
        assert_false(range(at, PAGES * PAGE));
        assert_true(range(at, (size_t)hole * PAGE));
        assert_int_equal(mprotect(at + hole * PAGE, PAGE, PROT_READ), 0);
    }
    assert_true(range(at, PAGES * PAGE));
    unmap_pages(at);
}

static void range_is_false_of_what_no_program_has(void **state)
{
    (void)state;
    assert_false(proven_range(0, 1));
    assert_false(proven_range(8, 16));
    assert_false(proven_range(0x800000000000, 0x800000000008)); /* not canonical */
    assert_false(proven_range(UINTPTR_MAX - 8, UINTPTR_MAX));
    assert_false(proven_range(0, UINTPTR_MAX));
}

static unsigned char copy[PAGES * PAGE];

/* What proven_copy gives of n bytes at `from`, having checked that they are right and that
 * nothing beyond them was written. */
static size_t copied(const unsigned char *from, size_t n)
{
    memset(copy, 0xee, sizeof copy);
    size_t got = proven_copy(copy, (uintptr_t)from, n);
    assert_true(got <= n);
    assert_memory_equal(copy, from, got);
    for (size_t i = got; i < sizeof copy; i++)
        assert_int_equal(copy[i], 0xee);
    return got;
}

static void copy_takes_all_that_is_there(void **state)
{
    (void)state;
    unsigned char *at = map_pages();
    assert_int_equal(copied(at, PAGES * PAGE), PAGES * PAGE);
    assert_int_equal(copied(at + 100, 8), 8);
    assert_int_equal(copied(at + PAGE - 3, 8), 8);
    assert_int_equal(copied(at, 0), 0);
    unmap_pages(at);
}

static void copy_ends_before_the_first_page_that_cannot_be_read(void **state)
{
    (void)state;
    unsigned char *at = map_pages();
    assert_int_equal(copied(at + PAGES * PAGE - 3, 8), 3);
    for (int hole = 1; hole < PAGES; hole++) {
        assert_int_equal(mprotect(at + hole * PAGE, PAGE, PROT_NONE), 0);
        assert_int_equal(copied(at + 10, PAGES * PAGE - 10), hole * PAGE - 10);
        assert_int_equal(mprotect(at + hole * PAGE, PAGE, PROT_READ), 0);
    }
    munmap(at + PAGE, PAGE);
    assert_int_equal(copied(at + PAGE - 4, 2 * PAGE), 4);
    unmap_pages(at);
}

static void copy_of_nothing_readable_is_nothing(void **state)
{
    (void)state;
    unsigned char *at = map_pages();
    unsigned char eight[8];
    assert_int_equal(proven_copy(eight, (uintptr_t)at - 1, 8), 0);
    assert_int_equal(proven_copy(eight, 0, 8), 0);
    assert_int_equal(proven_copy(eight, 0x800000000000, 8), 0);
    assert_int_equal(proven_copy(eight, UINTPTR_MAX - 3, 8), 0);
    assert_int_equal(proven_copy(eight, UINTPTR_MAX, 8), 0);
    unmap_pages(at);
}

static void errno_is_untouched(void **state)
{
    (void)state;
    char byte;
    errno = 12345;
    assert_false(proven_range(0, 1));
    assert_int_equal(proven_copy(&byte, 0, 1), 0);
    assert_int_equal(errno, 12345);
}

static void forbid_process_vm_readv(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
}

/* Runs in a child: its exit status is the number of the first answer that is wrong. */
static void answer_in_a_sandbox(unsigned char *at)
{
    forbid_process_vm_readv();
    char byte;
    if (syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0) != -1 || errno != EPERM)
        _exit(1);
    memset(copy, 0xee, sizeof copy);
    const size_t before_hole = 20 * PAGE - 10;
    if (proven_copy(copy, (uintptr_t)at + 10, 25 * PAGE) != before_hole)
        _exit(2);
    if (memcmp(copy, at + 10, before_hole) != 0 || copy[before_hole] != 0xee)
        _exit(3);
    if (range(at, PAGES * PAGE) || !range(at, 20 * PAGE) || !range(at + 21 * PAGE, 19 * PAGE))
        _exit(4);
    if (proven_copy(&byte, 0, 1) != 0 || proven_range(0x800000000000, 0x800000000001))
        _exit(5);
    if (proven_copy(&byte, (uintptr_t)at + PAGES * PAGE - 1, 1) != 1) /* no read beyond a byte */
        _exit(6);
    _exit(0);
}

static void answers_are_the_same_in_a_sandbox(void **state)
{
    (void)state;
    unsigned char *at = map_pages();
    assert_int_equal(mprotect(at + 20 * PAGE, PAGE, PROT_NONE), 0);
    pid_t child = fork();
    if (child == 0)
        answer_in_a_sandbox(at);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    unmap_pages(at);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip(); /* seccomp is itself forbidden here */
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(range_is_true_of_mapped_memory_to_its_last_byte),
        cmocka_unit_test(range_is_false_where_one_page_is_missing),
        cmocka_unit_test(range_is_false_of_what_no_program_has),
        cmocka_unit_test(copy_takes_all_that_is_there),
        cmocka_unit_test(copy_ends_before_the_first_page_that_cannot_be_read),
        cmocka_unit_test(copy_of_nothing_readable_is_nothing),
        cmocka_unit_test(errno_is_untouched),
        cmocka_unit_test(answers_are_the_same_in_a_sandbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
