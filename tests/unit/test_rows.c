// sources: preload/rows.c preload/recording.c preload/memory.c
/* test_rows.c - threads that have company take their rows in pages of their own.
 *
 * Not covered: what that is worth (tests/bench), and two threads at the same time, whose rows are
 * handed out under the recording's lock (test_recorder_threads.c). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "preload/rows.h"
#include "preload/single.h"
#include "tests/unit/open_recording.h"

enum { PAGE = 4096, ARRAYS = 4, EACH = 2000 /* over several chunks */ };

static const enum rec_array arrays[ARRAYS] = {REC_RECORDS, REC_LINKS, REC_GROWTHS, REC_CHAINS};

static char alone;

/* Where a row begins, having been found to be all zeros; then it is not. */
static uintptr_t take(struct rows *rows, enum rec_array array)
{
    void *element = NULL;
    uint32_t bytes = recording_element_bytes[array], index = rows_take(rows, array, &element);

    assert_int_not_equal(index, 0);
    assert_ptr_equal(element, recording_element(array, index, bytes));
    assert_true(index < recording.header->count[array]);
    for (uint32_t i = 0; i < bytes; i++)
        assert_int_equal(((uint8_t *)element)[i], 0);
    memset(element, 1, bytes);
    return (uintptr_t)element;
}

static void a_program_of_one_thread_takes_the_next_row(void **state)
{
    (void)state;
    alone = 1;
    for (int a = 0; a < ARRAYS; a++) {
        struct rows one = {0}, other = {0};
        uint64_t count = recording.header->count[arrays[a]];
        for (int i = 0; i < EACH; i++)
            take(i % 2 ? &one : &other, arrays[a]);
        assert_int_equal(recording.header->count[arrays[a]], count + EACH);
    }
}

/* Of every array, after rows that were taken alone: what two threads take in turn lies in different
 * pages, from each other and from those before, and no row in two. */
static void threads_in_company_have_pages_of_their_own(void **state)
{
    (void)state;
    for (int a = 0; a < ARRAYS; a++) {
        static uintptr_t pages[2][EACH];
        struct rows rows[2] = {{0}};
        uint32_t bytes = recording_element_bytes[arrays[a]];

        alone = 1;
        uintptr_t before = take(&rows[0], arrays[a]) + bytes - 1;
        alone = 0;
        for (int i = 0; i < EACH; i++)
            for (int t = 0; t < 2; t++) {
                uintptr_t at = take(&rows[t], arrays[a]);
                pages[t][i] = at / PAGE;
                assert_int_equal((at + bytes - 1) / PAGE, at / PAGE);
                assert_int_not_equal(at / PAGE, before / PAGE);
            }
        for (int i = 0; i < EACH; i++)
            for (int k = 0; k < EACH; k++)
                if (pages[0][i] == pages[1][k])
                    fail_msg("array %d: row %d and row %d share a page", a, i, k);
        alone = 1; /* again: what is left of the pages, then the next rows; none twice */
        for (int i = 0; i < EACH; i++)
            take(&rows[i % 2], arrays[a]);
    }
}

/* Pages are used to their ends: rows that fit into them, and chunk by chunk. */
static void pages_are_full(void **state)
{
    (void)state;
    alone = 0;
    for (int a = 0; a < ARRAYS; a++) {
        struct rows rows = {0};
        uint32_t bytes = recording_element_bytes[arrays[a]];
        uintptr_t page = take(&rows, arrays[a]) / PAGE;
        uint32_t in_page = 1, changes = 0;
        for (int i = 0; i < EACH; i++) {
            uintptr_t at = take(&rows, arrays[a]);
            if (at / PAGE == page) {
                in_page++;
                continue;
            }
            assert_true(in_page >= PAGE / bytes - 1); /* one may lie across the boundary before, */
            assert_true(in_page <= PAGE / bytes);     /* or a chunk's last page have less room */
            assert_true(at / PAGE > page);
            page = at / PAGE;
            in_page = 1;
            changes++;
        }
        assert_true(changes >= EACH / (PAGE / bytes + 1));
    }
}

/* A file that may not grow: rows one by one as long as there are some, then none, and no signal. */
static void without_room_for_a_page_there_are_single_rows(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        const struct rec_header *h = recording.header;
        struct rlimit limit = {REC_HEADER_BYTES + (uint64_t)h->chunks * REC_CHUNK, RLIM_INFINITY};
        struct rows rows = {0};
        void *element;
        uint32_t room = 0, taken = 0;

        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(2);
        for (uint32_t i = 0; i < h->chunks; i++)
            room += h->chunk_array[i] == REC_RECORDS;
        room *= REC_PER_CHUNK(sizeof(struct rec_record));
        while (h->count[REC_RECORDS] < room - 3) /* of the last page */
            if (!recording_add(REC_RECORDS, &element))
                _exit(3);
        alone = 0;
        while (rows_take(&rows, REC_RECORDS, &element) != 0)
            taken++;
        _exit(taken == 3 && h->out_of_room == EFBIG && rows.next == rows.end ? 0 : 4);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_of_one_thread_takes_the_next_row),
        cmocka_unit_test(threads_in_company_have_pages_of_their_own),
        cmocka_unit_test(pages_are_full),
        cmocka_unit_test(without_room_for_a_page_there_are_single_rows),
    };

    open_recording();
    single_threaded = &alone;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
