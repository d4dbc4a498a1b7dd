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
 * pages, from each other and from those before. */
static void threads_in_company_have_pages_of_their_own(void **state)
{
    (void)state;
    for (int a = 0; a < ARRAYS; a++) {
        static uintptr_t first[2][EACH], last[2][EACH]; /* the page of a row's */
        struct rows rows[2] = {{0}};
        uint32_t bytes = recording_element_bytes[arrays[a]];

        alone = 1;
        uintptr_t before = take(&rows[0], arrays[a]) + bytes - 1;
        alone = 0;
        for (int i = 0; i < EACH; i++)
            for (int t = 0; t < 2; t++) {
                uintptr_t at = take(&rows[t], arrays[a]);
                first[t][i] = at / PAGE;
                last[t][i] = (at + bytes - 1) / PAGE;
                assert_int_not_equal(at / PAGE, before / PAGE);
            }
        for (int i = 0; i < EACH; i++)
            for (int k = 0; k < EACH; k++)
                if (last[0][i] >= first[1][k] && first[0][i] <= last[1][k])
                    fail_msg("array %d: row %d and row %d share a page", a, i, k);
        alone = 1; /* again: what is left of the pages, then the next rows; none twice */
        for (int i = 0; i < EACH; i++)
            take(&rows[i % 2], arrays[a]);
    }
}

/* One page at first, then four, then a chunk, each used to its end. */
static void there_are_more_pages_with_each_time(void **state)
{
    (void)state;
    static const uint32_t expected[] = {1, 4, 16, 16};
    alone = 0;
    for (int a = 0; a < ARRAYS; a++) {
        struct rows rows = {0};
        uint32_t bytes = recording_element_bytes[arrays[a]];
        for (int i = 0; i < 4; i++) {
            take(&rows, arrays[a]);
            uint32_t n = rows.end - rows.next + 1, most = expected[i] * PAGE / bytes;
            uint32_t per_chunk = REC_PER_CHUNK(bytes);
            bool ends_with_chunk = rows.end % per_chunk == 0;
            assert_int_equal((rows.next - 1) / per_chunk, (rows.end - 1) / per_chunk);
            assert_true(n <= most);
            assert_true(n + 1 >= most || ends_with_chunk); /* one may lie across the beginning */
            while (rows.next < rows.end)
                take(&rows, arrays[a]);
        }
    }
}

/* A file that may not grow: rows one by one as long as there are some, then none, and no signal. */
static void without_room_for_a_page_there_are_single_rows(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        const struct rec_header *h = recording.header;
        struct rows rows = {0};
        void *element;
        uint32_t per_chunk = REC_PER_CHUNK(sizeof(struct rec_record)), room = 0, taken = 0;

        while (h->count[REC_RECORDS] % per_chunk != 1) /* in a new chunk */
            if (!recording_add(REC_RECORDS, &element))
                _exit(1);
        struct rlimit limit = {REC_HEADER_BYTES + (uint64_t)h->chunks * REC_CHUNK, RLIM_INFINITY};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(2);
        for (uint32_t i = 0; i < h->chunks; i++)
            room += h->chunk_array[i] == REC_RECORDS;
        room *= per_chunk;
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
        cmocka_unit_test(there_are_more_pages_with_each_time),
        cmocka_unit_test(without_room_for_a_page_there_are_single_rows),
    };

    open_recording();
    single_threaded = &alone;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
