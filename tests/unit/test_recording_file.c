// sources: preload/recording.c preload/memory.c
/* test_recording_file.c - making and growing the recording's file, and what may go wrong.
 *
 * A process has one recording, so each test runs in a child of its own, where CHECK ends the
 * child at the first thing that is wrong.
 *
 * Not covered: a file that someone else cuts short; calls that are refused
 * (preload/test_machine.py). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "preload/recording.h"

static char folder[] = "/tmp/heapcoach-unit-XXXXXX";
static char path[64];

/* ---- children ---- */

enum { SKIPPED = 77 };

#define CHECK(truth)                                                                               \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #truth);                            \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void in_child(void (*what)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        what();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    unlink(path);
    assert_true(WIFEXITED(status)); /* no signal */
    if (WEXITSTATUS(status) == SKIPPED)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define IN_CHILD(name)                                                                             \
    static void in_child_##name(void);                                                             \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        in_child(in_child_##name);                                                                 \
    }                                                                                              \
    static void in_child_##name(void)

/* ---- helpers ---- */

static uint64_t size_of(const char *name)
{
    struct stat s;
    CHECK(stat(name, &s) == 0);
    return (uint64_t)s.st_size;
}

static uint32_t add(enum rec_array array)
{
    void *element = NULL;
    return recording_add(array, &element);
}

/* The descriptor that the recorder uses, found by what it refers to. */
static int own_descriptor(void)
{
    struct stat wanted, s;
    CHECK(stat(path, &wanted) == 0);
    for (int fd = 0; fd < 70000; fd++)
        if (fstat(fd, &s) == 0 && s.st_ino == wanted.st_ino && s.st_dev == wanted.st_dev)
            return fd;
    return -1;
}

/* Adds records until there is no room; returns how many there are. */
static uint64_t fill(uint64_t most)
{
    for (uint64_t i = 0; i < most; i++) {
        void *element = NULL;
        if (!recording_add(REC_RECORDS, &element))
            break;
        memset(element, 0xa5, sizeof(struct rec_record)); /* a page without room would kill */
    }
    return recording.header->count[REC_RECORDS];
}

/* ---- making the file ---- */

IN_CHILD(the_file_is_private_and_begins_with_its_header)
{
    struct stat s;

    umask(0);
    CHECK(recording_create(path) == 0);
    CHECK(strcmp(recording_path(), path) == 0);
    CHECK(stat(path, &s) == 0);
    CHECK(s.st_mode == (S_IFREG | 0600));
    CHECK(s.st_size == REC_HEADER_BYTES);
    static struct rec_header header;
    int fd = open(path, O_RDONLY);
    CHECK(read(fd, &header, sizeof header) == sizeof header);
    CHECK(memcmp(header.magic, REC_MAGIC, 8) == 0);
    CHECK(header.version == REC_VERSION && header.state == REC_OPEN);
    CHECK(header.header_bytes == REC_HEADER_BYTES && header.chunk_bytes == REC_CHUNK);
    CHECK(header.pid == (uint32_t)getpid());
    CHECK(header.chunks == 0);
    CHECK(header.element_bytes[REC_TEXT] == 1);
    CHECK(header.element_bytes[REC_RECORDS] == sizeof(struct rec_record));
    CHECK(header.count[REC_LOCATIONS] == REC_FIRST_REAL_LOCATION);
    CHECK(header.count[REC_NODES] == REC_FIRST_REAL_NODE);
    CHECK(header.count[REC_RECORDS] == 1 && header.count[REC_TEXT] == 1);
}

IN_CHILD(a_file_that_is_there_is_left_alone)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0644);

    CHECK(write(fd, "precious", 8) == 8);
    CHECK(recording_create(path) == -EEXIST);
    CHECK(recording.header == NULL);
    CHECK(size_of(path) == 8);
}

IN_CHILD(a_link_is_not_followed)
{
    char target[80];

    snprintf(target, sizeof target, "%s.target", path);
    CHECK(symlink(target, path) == 0);
    CHECK(recording_create(path) == -EEXIST);
    CHECK(access(target, F_OK) != 0);
}

IN_CHILD(a_folder_that_is_not_there_is_an_error)
{
    CHECK(recording_create("/nonexistent/rec") == -ENOENT);
    CHECK(recording.header == NULL);
}

IN_CHILD(no_room_for_the_header_leaves_no_file)
{
    struct rlimit limit = {REC_HEADER_BYTES - 1, REC_HEADER_BYTES - 1};

    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(recording_create(path) == -EFBIG);
    CHECK(recording.header == NULL);
    CHECK(access(path, F_OK) != 0);
}

IN_CHILD(the_lowest_descriptors_are_the_programs)
{
    int before = dup(0), after;

    close(before);
    CHECK(recording_create(path) == 0);
    after = dup(0);
    CHECK(after == before);
    int own = own_descriptor();
    CHECK(own > 64);
    CHECK(fcntl(own, F_GETFD) & FD_CLOEXEC);
}

IN_CHILD(few_descriptors_are_enough)
{
    struct rlimit limit = {16, 16};

    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(recording_create(path) == 0);
    CHECK(add(REC_RECORDS) == 1);
}

IN_CHILD(a_limited_address_space_is_mostly_left_to_the_program)
{
#if defined(__SANITIZE_ADDRESS__)
    _exit(SKIPPED); /* the sanitizer itself has terabytes */
#endif
    struct rlimit limit = {1u << 30, 1u << 30};

    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    recording_limit(limit.rlim_cur / 16);
    CHECK(recording_create(path) == 0);
    CHECK(fill(1000) == 1001);
    void *rest = malloc((size_t)700 << 20);
    CHECK(rest != NULL);
}

/* What was handed out stays; an array ends where its share does, and no address beyond is ours. */
IN_CHILD(what_is_reserved_can_be_given_back_while_recording)
{
    enum { SHARE = 64 << 20 };
    unsigned char there;

    CHECK(recording_create(path) == 0);
    CHECK(fill(1000) == 1001);
    recording_shrink(UINT64_MAX);
    uint8_t *far = recording.base[REC_RECORDS] + ((size_t)1 << 30);
    CHECK(mincore(far, 4096, &there) == 0);
    recording_shrink(SHARE);
    CHECK(mincore(far, 4096, &there) != 0 && errno == ENOMEM);
    CHECK(recording_record_at(256)->node != 0);
    uint64_t got = fill(1000000);
    CHECK(got > 50000 && got < 200000 && recording.header->out_of_room == ENOSPC);
    recording_shrink(0);
    CHECK(fill(1) == got && recording_record_at(256)->node != 0);
    recording_forget();
    CHECK(recording_create(path) == -EEXIST);
}

/* ---- growing ---- */

/* Elements of three arrays by turns, over many chunks: each where the format says. */
IN_CHILD(elements_lie_where_the_format_says)
{
    static const enum rec_array arrays[] = {REC_RECORDS, REC_NODES, REC_LINKS};
    static const uint32_t bytes[] = {sizeof(struct rec_record), sizeof(struct rec_node),
                                     sizeof(struct rec_link)};
    enum { EACH = 30000 };
    void *element = NULL;

    CHECK(recording_create(path) == 0);
    for (uint32_t i = 0; i < EACH; i++)
        for (int a = 0; a < 3; a++) {
            uint32_t first = arrays[a] == REC_NODES ? REC_FIRST_REAL_NODE : 1;
            CHECK(recording_add(arrays[a], &element) == first + i);
            CHECK(element == recording_element(arrays[a], first + i, bytes[a]));
            for (uint32_t b = 0; b < bytes[a]; b += 4) {
                CHECK(*(uint32_t *)((char *)element + b) == 0);
                *(uint32_t *)((char *)element + b) = i;
            }
        }
    const struct rec_header *h = recording.header;
    int fd = open(path, O_RDONLY);
    CHECK(size_of(path) == REC_HEADER_BYTES + (uint64_t)h->chunks * REC_CHUNK);
    for (int a = 0; a < 3; a++) {
        uint32_t first = arrays[a] == REC_NODES ? REC_FIRST_REAL_NODE : 1, nth = 0;
        uint32_t per_chunk = REC_PER_CHUNK(bytes[a]);
        CHECK(h->count[arrays[a]] == first + EACH);
        for (uint32_t c = 0; c < h->chunks; c++) {
            static char chunk[REC_CHUNK];
            if (h->chunk_array[c] != arrays[a])
                continue;
            CHECK(pread(fd, chunk, REC_CHUNK, REC_HEADER_BYTES + (off_t)c * REC_CHUNK) ==
                  REC_CHUNK);
            for (uint32_t i = 0; i < per_chunk; i++) {
                uint32_t index = nth * per_chunk + i, value, last;
                memcpy(&value, chunk + i * bytes[a], 4);
                memcpy(&last, chunk + (i + 1) * bytes[a] - 4, 4);
                bool used = index >= first && index < first + EACH;
                CHECK(value == (used ? index - first : 0));
                CHECK(last == value);
            }
            nth++;
        }
        CHECK((uint64_t)nth * per_chunk >= first + EACH);
    }
}

IN_CHILD(text_is_in_one_piece)
{
    static char long_text[3 * REC_CHUNK];

    CHECK(recording_create(path) == 0);
    uint64_t a = recording_add_text("first", 6);
    memset(long_text, 'x', sizeof long_text - 1);
    uint64_t b = recording_add_text(long_text, sizeof long_text);
    uint64_t c = recording_add_text("last", 5);
    CHECK(a == 1 && b == 7 && c == 7 + sizeof long_text);
    CHECK(strcmp(recording_text(a), "first") == 0);
    CHECK(strcmp(recording_text(b), long_text) == 0);
    CHECK(strcmp(recording_text(c), "last") == 0);
    CHECK(recording_add_text("", 0) != 0);
}

IN_CHILD(handles_lead_back_to_their_records)
{
    void *element = NULL;

    CHECK(recording_create(path) == 0);
    for (int i = 0; i < 500; i++) {
        uint32_t index = recording_add(REC_RECORDS, &element);
        uint32_t handle = recording_record_handle(element);
        CHECK(handle != 0 && handle < 1u << 26);
        CHECK(recording_record(handle) == element);
        CHECK(recording_record_index(handle) == index);
    }
}

/* ---- no more room ---- */

IN_CHILD(a_limit_on_files_is_an_error_and_no_signal)
{
    struct rlimit limit = {REC_HEADER_BYTES + 20 * REC_CHUNK, RLIM_INFINITY};

    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(recording_create(path) == 0);
    uint64_t records = fill(1000000);
    CHECK(recording.header->out_of_room == EFBIG);
    CHECK(records == 20 * REC_PER_CHUNK(sizeof(struct rec_record)));
    CHECK(size_of(path) == limit.rlim_cur);
    CHECK(add(REC_RECORDS) == 0);
    CHECK(recording_add_text("x", 2) == 0);
    CHECK(recording.header->count[REC_RECORDS] == records);
}

/* Where the file is made longer than it has room for. */
IN_CHILD(nor_is_a_limit_on_a_tmpfs)
{
    for (uint64_t over = 0; over < REC_CHUNK; over += 8192) {
        struct rlimit limit = {REC_HEADER_BYTES + 3 * REC_CHUNK + over, RLIM_INFINITY};
        if (mount("none", folder, "tmpfs", 0, "") != 0)
            _exit(SKIPPED);
        CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
        int error = recording_create(path);
        uint64_t records = error ? 0 : fill(1000000);
        uint32_t why = error ? 0 : recording.header->out_of_room;
        recording_forget();
        umount2(folder, MNT_DETACH);
        CHECK(error == 0);
        CHECK(why == EFBIG);
        CHECK(records == 3 * REC_PER_CHUNK(sizeof(struct rec_record)));
    }
}

/* A program may set its limit at any time. */
IN_CHILD(a_limit_set_later_is_no_signal_either)
{
    struct rlimit limit = {REC_HEADER_BYTES + 20 * REC_CHUNK, RLIM_INFINITY};

    CHECK(recording_create(path) == 0);
    CHECK(fill(10) == 11);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    fill(1000000);
    CHECK(recording.header->out_of_room == EFBIG);
    CHECK(size_of(path) <= limit.rlim_cur);
}

/* Memory for what is used, and a chunk of file for each array all the same. The file is made longer
 * for sixteen more at once, until it is trimmed. */
IN_CHILD(on_a_tmpfs_a_chunk_gets_its_room_in_steps)
{
    struct stat first, s, trimmed;

    if (mount("none", folder, "tmpfs", 0, "") != 0)
        _exit(SKIPPED);
    int error = recording_create(path);
    for (int a = 0; !error && a < REC_ARRAYS; a++) {
        error = add((enum rec_array)a) == 0;
        error |= a == 0 && stat(path, &first);
    }
    error |= stat(path, &s);
    recording_trim();
    error |= stat(path, &trimmed);
    uint64_t records = error ? 0 : fill(5000);
    recording_trim();
    uint64_t whole = error ? 0 : size_of(path), chunks = error ? 0 : recording.header->chunks;
    umount2(folder, MNT_DETACH);
    CHECK(error == 0);
    CHECK(first.st_size == REC_HEADER_BYTES + (1 + 16) * REC_CHUNK);
    CHECK(s.st_size == first.st_size);
    CHECK(trimmed.st_size == REC_HEADER_BYTES + REC_ARRAYS * REC_CHUNK);
    /* a page of the header; of the arrays of which little is used one for each of five, and two for
     * the threads, whose second element ends there; four for each of seven; and for the timeline,
     * an element of half a chunk, nine: none for the unused one before it */
    CHECK((uint64_t)s.st_blocks * 512 == (1 + 5 * 1 + 2 + 7 * 4 + 9) * 4096);
    CHECK(trimmed.st_blocks == s.st_blocks);
    CHECK(records == 5002);
    CHECK(whole == REC_HEADER_BYTES + chunks * REC_CHUNK);
}

/* As many as if thousands of chunks had been there: their rows in the header need a second page. */
IN_CHILD(on_a_full_tmpfs_the_header_is_not_touched_where_it_has_no_room)
{
    static const char *const sizes[] = {"size=20k", "size=24k"};

    for (int i = 0; i < 2; i++) {
        if (mount("none", folder, "tmpfs", 0, sizes[i]) != 0)
            _exit(SKIPPED);
        int error = recording_create(path);
        if (!error)
            recording.header->chunks = 5000;
        bool added = !error && add(REC_RECORDS) != 0;
        uint32_t why = error ? 0 : recording.header->out_of_room;
        recording_forget();
        umount2(folder, MNT_DETACH);
        CHECK(error == 0);
        CHECK(added == (i == 1));
        CHECK(why == (added ? 0 : ENOSPC));
    }
}

IN_CHILD(a_full_disk_is_an_error_and_no_signal)
{
    if (mount("none", folder, "tmpfs", 0, "size=1000k") != 0)
        _exit(SKIPPED);
    int error = recording_create(path);
    uint64_t records = error ? 0 : fill(1000000);
    uint32_t why = error ? 0 : recording.header->out_of_room;
    uint64_t whole = error ? 0 : size_of(path), chunks = error ? 0 : recording.header->chunks;
    uint32_t again = error ? 0 : add(REC_RECORDS);
    umount2(folder, MNT_DETACH);
    CHECK(error == 0);
    CHECK(why == ENOSPC);
    CHECK(again == 0);
    /* all of it but the header, some of it lost to the file system */
    CHECK(records >= 12 * REC_PER_CHUNK(sizeof(struct rec_record)));
    CHECK(whole == REC_HEADER_BYTES + chunks * REC_CHUNK); /* and nothing that was in vain */
}

/* ---- a program that closes descriptors it has not opened ---- */

IN_CHILD(a_closed_descriptor_is_opened_again)
{
    CHECK(recording_create(path) == 0);
    CHECK(add(REC_RECORDS) == 1);
    closefrom(3);
    CHECK(own_descriptor() == -1);
    CHECK(fill(5000) == 5002);
    CHECK(own_descriptor() > 64);
    CHECK(size_of(path) == REC_HEADER_BYTES + (uint64_t)recording.header->chunks * REC_CHUNK);
}

IN_CHILD(a_descriptor_of_another_file_is_not_touched)
{
    char other[80];

    snprintf(other, sizeof other, "%s.other", path);
    CHECK(recording_create(path) == 0);
    int own = own_descriptor(), fd = open(other, O_RDWR | O_CREAT, 0600);
    CHECK(write(fd, "precious", 8) == 8);
    CHECK(dup2(fd, own) == own); /* closes ours */
    CHECK(fill(5000) == 5001);
    char bytes[16];
    CHECK(pread(own, bytes, sizeof bytes, 0) == 8 && memcmp(bytes, "precious", 8) == 0);
    CHECK(size_of(other) == 8);
    CHECK(size_of(path) == REC_HEADER_BYTES + (uint64_t)recording.header->chunks * REC_CHUNK);
    unlink(other);
}

IN_CHILD(another_file_of_our_name_is_not_taken_for_ours)
{
    CHECK(recording_create(path) == 0);
    CHECK(add(REC_RECORDS) == 1);
    closefrom(3);
    unlink(path);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    CHECK(write(fd, "precious", 8) == 8);
    uint64_t records = fill(5000);
    CHECK(records < 5001);
    CHECK(recording.header->out_of_room == EBADF);
    CHECK(size_of(path) == 8);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/rec", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* fails if a test left something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_private_and_begins_with_its_header),
        cmocka_unit_test(a_file_that_is_there_is_left_alone),
        cmocka_unit_test(a_link_is_not_followed),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
        cmocka_unit_test(no_room_for_the_header_leaves_no_file),
        cmocka_unit_test(the_lowest_descriptors_are_the_programs),
        cmocka_unit_test(few_descriptors_are_enough),
        cmocka_unit_test(a_limited_address_space_is_mostly_left_to_the_program),
        cmocka_unit_test(what_is_reserved_can_be_given_back_while_recording),
        cmocka_unit_test(elements_lie_where_the_format_says),
        cmocka_unit_test(text_is_in_one_piece),
        cmocka_unit_test(handles_lead_back_to_their_records),
        cmocka_unit_test(a_limit_on_files_is_an_error_and_no_signal),
        cmocka_unit_test(nor_is_a_limit_on_a_tmpfs),
        cmocka_unit_test(a_limit_set_later_is_no_signal_either),
        cmocka_unit_test(on_a_tmpfs_a_chunk_gets_its_room_in_steps),
        cmocka_unit_test(on_a_full_tmpfs_the_header_is_not_touched_where_it_has_no_room),
        cmocka_unit_test(a_full_disk_is_an_error_and_no_signal),
        cmocka_unit_test(a_closed_descriptor_is_opened_again),
        cmocka_unit_test(a_descriptor_of_another_file_is_not_touched),
        cmocka_unit_test(another_file_of_our_name_is_not_taken_for_ours),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
