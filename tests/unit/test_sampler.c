// sources: preload/sampler.c preload/address_filter.c
// libs: m
/* test_sampler.c - the arithmetic of sampling against the C library's, and its statistics.
 *
 * Every random number comes from a fixed seed, so the sums below are the same in each run; that
 * they lie within five standard errors of what they must be is a property of the seed and the code.
 *
 * Not covered: threads, and what the recorder does with a sample (tests/preload/test_sampling.py).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preload/address_filter.h"
#include "preload/sampler.h"

#define TWO_32 4294967296.0

static const uint64_t means[] = {1, 2, 7, 1000, 4096, 524288, SAMPLER_MEAN_MAX};
enum { MEANS = sizeof means / sizeof means[0] };

static void a_weight_is_one_by_the_chance_to_be_sampled(void **state)
{
    (void)state;
    for (int m = 0; m < MEANS; m++)
        for (uint64_t size = 1; size < 40 * means[m]; size += 1 + size / 37) {
            double right = -1 / expm1(-(double)size / (double)means[m]);
            double weight = (double)sampler_weight(size, means[m]) / TWO_32;
            assert_true(fabs(weight / right - 1) < 1e-8);
        }
    assert_int_equal(sampler_weight(UINT64_MAX, 1), (uint64_t)1 << 32);
    assert_int_equal(sampler_weight(UINT64_MAX, SAMPLER_MEAN_MAX), (uint64_t)1 << 32);
}

static void a_gap_is_the_logarithm_of_its_random_number(void **state)
{
    (void)state;
    uint64_t random = 1;

    for (int i = 0; i < 100000; i++) {
        uint64_t r = sampler_random(&random);
        double right = -log(((double)(r | 1)) / 18446744073709551616.0);
        for (int m = 0; m < MEANS; m++)
            assert_true(fabs((double)sampler_gap(r, means[m]) - right * (double)means[m]) <=
                        1 + 1e-8 * (double)means[m]);
    }
    assert_int_equal(sampler_gap(UINT64_MAX, 524288), 0);
    /* the smallest number of all: 2^-64 */
    assert_int_equal(sampler_gap(0, 1000), (uint64_t)(64 * M_LN2 * 1000));
}

static void gaps_have_the_mean_and_the_spread_of_an_exponential(void **state)
{
    (void)state;
    enum { N = 1000000, MEAN = 524288 };
    uint64_t random = 2;
    double sum = 0, squares = 0;

    for (int i = 0; i < N; i++) {
        double gap = (double)sampler_gap(sampler_random(&random), MEAN) + 0.5; /* it is a floor */
        sum += gap;
        squares += gap * gap;
    }
    assert_true(fabs(sum / N - MEAN) < 5 * MEAN / sqrt(N));
    /* the mean of squares is 2 MEAN^2, and that of fourth powers 24 MEAN^4 */
    assert_true(fabs(squares / N / MEAN / MEAN - 2) < 5 * sqrt((24 - 4) / (double)N));
}

static void a_rounded_weight_is_right_on_average(void **state)
{
    (void)state;
    enum { N = 100000 };
    uint64_t random = 3, weight = (uint64_t)(1.3 * TWO_32), sum = 0;

    for (int i = 0; i < N; i++) {
        uint64_t rounded = sampler_round(weight, sampler_random(&random));
        assert_true(rounded == 1 || rounded == 2);
        sum += rounded;
    }
    assert_true(fabs((double)sum / N - 1.3) < 5 * sqrt(0.3 * 0.7 / N));
    assert_int_equal(sampler_round((uint64_t)7 << 32, UINT64_MAX), 7);
    assert_int_equal(sampler_round((uint64_t)7 << 32, 0), 7);
}

/* What entry.c and sample.c do, for one thread. */
struct run {
    double blocks, bytes, blocks_variance, bytes_variance;
    unsigned sampled;
};

static struct run sample(const uint64_t *sizes, unsigned kinds, unsigned rounds, uint64_t mean,
                         uint64_t seed)
{
    struct run run = {0};
    uint64_t random = seed, left = sampler_gap(sampler_random(&random), mean) + 1;

    for (unsigned i = 0; i < rounds * kinds; i++) {
        uint64_t size = sizes[i % kinds];
        if (left > size) {
            left -= size;
            continue;
        }
        left = sampler_gap(sampler_random(&random), mean) + 1;
        double w = (double)sampler_round(sampler_weight(size, mean), sampler_random(&random));
        run.sampled++;
        run.blocks += w;
        run.bytes += w * (double)size;
        run.blocks_variance += w * (w - 1);
        run.bytes_variance += (double)size * (double)size * w * (w - 1);
    }
    return run;
}

static void estimates_are_right_and_know_their_error(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 8, 24, 100, 1000, 5000, 30000, 200000};
    enum { KINDS = sizeof sizes / sizeof sizes[0], ROUNDS = 2000, RUNS = 400, MEAN = 4096 };
    double bytes = 0, sum_blocks = 0, sum_bytes = 0, squares = 0, variance = 0;
    double theory = 0, fourth = 0; /* the variance of blocks, and what decides of its own spread */

    for (int i = 0; i < KINDS; i++) {
        double p = -expm1(-(double)sizes[i] / MEAN);
        bytes += ROUNDS * (double)sizes[i];
        theory += ROUNDS * (1 - p) / p;
        fourth += ROUNDS / (p * p * p);
    }
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct run run = sample(sizes, KINDS, ROUNDS, MEAN, sampler_hash(seed));
        sum_blocks += run.blocks;
        sum_bytes += run.bytes;
        squares += (run.blocks - ROUNDS * KINDS) * (run.blocks - ROUNDS * KINDS);
        variance += run.blocks_variance;
        assert_true(fabs(run.bytes - bytes) < 5 * sqrt(run.bytes_variance));
    }
    /* unbiased: the mean over the runs is nearer by the root of their number */
    assert_true(fabs(sum_blocks / RUNS - ROUNDS * KINDS) < 5 * sqrt(theory / RUNS));
    assert_true(fabs(sum_bytes / RUNS - bytes) < 5 * sqrt(MEAN * bytes / RUNS));
    /* the variance that a run tells is the one that the runs have, and that of theory */
    assert_true(fabs(variance / RUNS - theory) < 5 * sqrt(fourth / RUNS));
    assert_true(fabs(squares / RUNS - theory) < 5 * sqrt((2 * theory * theory + fourth) / RUNS));
}

/* ---- the filter ---- */

static struct address_filter filter;

static void a_filter_has_what_was_added_until_it_is_removed(void **state)
{
    (void)state;
    assert_false(address_filter_has(&filter, 0x7f0000001230));
    address_filter_add(&filter, 0x7f0000001230);
    address_filter_add(&filter, 0x7f0000101230); /* of the same group */
    assert_true(address_filter_has(&filter, 0x7f0000001230));
    assert_false(address_filter_has(&filter, 0x7f0000001240));
    address_filter_remove(&filter, 0x7f0000101230);
    assert_true(address_filter_has(&filter, 0x7f0000001230));
    address_filter_remove(&filter, 0x7f0000001230);
    assert_false(address_filter_has(&filter, 0x7f0000001230));
}

static void a_full_group_never_forgets(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++)
        address_filter_add(&filter, 0x5000);
    for (int i = 0; i < 300; i++)
        address_filter_remove(&filter, 0x5000);
    assert_true(address_filter_has(&filter, 0x5000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_weight_is_one_by_the_chance_to_be_sampled),
        cmocka_unit_test(a_gap_is_the_logarithm_of_its_random_number),
        cmocka_unit_test(gaps_have_the_mean_and_the_spread_of_an_exponential),
        cmocka_unit_test(a_rounded_weight_is_right_on_average),
        cmocka_unit_test(estimates_are_right_and_know_their_error),
        cmocka_unit_test(a_filter_has_what_was_added_until_it_is_removed),
        cmocka_unit_test(a_full_group_never_forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
