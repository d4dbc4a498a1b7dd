// The recording's layout: what a reader of this version relies on, byte by byte. A field that moves
// must bump REC_VERSION, and this test with it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "preload/env_table.h"
#include "preload/recording_format.h"

static void elements_have_the_sizes_of_version_6(void **state)
{
    (void)state;
    assert_int_equal(REC_VERSION, 6);
    assert_int_equal(sizeof(struct rec_module), 88);
    assert_int_equal(sizeof(struct rec_location), 16);
    assert_int_equal(sizeof(struct rec_node), 8);
    assert_int_equal(sizeof(struct rec_thread), 3256);
    assert_int_equal(sizeof(struct rec_record), 256);
    assert_int_equal(sizeof(struct rec_growth), 200);
    assert_int_equal(sizeof(struct rec_chain), 80);
    assert_int_equal(sizeof(struct rec_link), 80);
    assert_int_equal(sizeof(struct rec_timeline), 32024);
    assert_int_equal(sizeof(struct rec_timed), 128);
    assert_int_equal(sizeof(struct rec_outliers), 128);
    assert_int_equal(sizeof(struct rec_series), 192);
    assert_int_equal(sizeof(struct rec_sample), 40);
}

static void fields_lie_where_version_6_has_them(void **state)
{
    (void)state;
    assert_int_equal(offsetof(struct rec_header, magic), 0);
    assert_int_equal(offsetof(struct rec_header, version), 8);
    assert_int_equal(offsetof(struct rec_header, element_bytes), 20);
    assert_int_equal(offsetof(struct rec_header, state), 76);
    assert_int_equal(offsetof(struct rec_header, start_ticks), 96);
    assert_int_equal(offsetof(struct rec_record, one_size), 48);
    assert_int_equal(offsetof(struct rec_record, total_bytes), 64);
    assert_int_equal(offsetof(struct rec_record, size_hist), 96);
    assert_int_equal(offsetof(struct rec_record, life_allocs), 128);
    assert_int_equal(offsetof(struct rec_record, life_units_hist), 164);
    assert_int_equal(offsetof(struct rec_record, peak_bytes), 200);
    assert_int_equal(offsetof(struct rec_record, freed_elsewhere), 208);
    assert_int_equal(offsetof(struct rec_thread, allocs), 48);
    assert_int_equal(offsetof(struct rec_growth, steps_hist), 112);
}

static void no_element_straddles_two_chunks(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 88, 16, 8, 3256, 256, 200, 80, 80, 32024, 128, 128, 192, 40};
    assert_int_equal(sizeof(sizes) / sizeof(sizes[0]), REC_ARRAYS);
    for (size_t i = 0; i < REC_ARRAYS; i++) {
        assert_true(REC_PER_CHUNK(sizes[i]) * sizes[i] <= REC_CHUNK);
        assert_true(REC_PER_CHUNK(sizes[i]) >= 2); /* 0 is none */
    }
}

static void every_function_has_a_location_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(REC_FN_malloc, 0);
    assert_true(REC_FUNCTION_COUNT <= REC_FIRST_REAL_LOCATION);
}

#define COUNT(name, standard, meaning) +1
#define NAME(name, standard, meaning) #name,
static void environment_variables_have_different_names(void **state)
{
    (void)state;
    static const char *const names[] = {HEAPCOACH_ENV(NAME)};
    const size_t n = 0 HEAPCOACH_ENV(COUNT);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            assert_string_not_equal(names[i], names[j]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_have_the_sizes_of_version_6),
        cmocka_unit_test(fields_lie_where_version_6_has_them),
        cmocka_unit_test(no_element_straddles_two_chunks),
        cmocka_unit_test(every_function_has_a_location_of_its_own),
        cmocka_unit_test(environment_variables_have_different_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
