/* sampler.c - fixed-point logarithm and exponential; see sampler.h for what they are for.
 *
 * Called once per sample, so a loop over bits does: some hundred cycles. It must not use floating
 * point.
 */
#include "preload/sampler.h"

typedef unsigned __int128 wide; /* products of two words */

enum { FRACTION_BITS = 32 };
static const uint64_t one = (uint64_t)1 << FRACTION_BITS;
static const uint64_t ln_2 = 2977044472;     /* ln 2, by 2^32 */
static const uint64_t one_by_e = 1580030169; /* 1 / e, by 2^32 */

uint64_t sampler_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    return sampler_hash(*state);
}

uint64_t sampler_hash(uint64_t word)
{
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9u;
    word = (word ^ word >> 27) * 0x94d049bb133111ebu;
    return word ^ word >> 31;
}

/* log2 of m / 2^63, m in [2^63, 2^64), by 2^32: squaring doubles the logarithm, and each time that
 * it comes to 1 or more its next binary digit is one. */
static uint64_t log2_of(uint64_t m)
{
    uint64_t digits = 0;

    for (int i = 0; i < FRACTION_BITS; i++) {
        m = (uint64_t)((wide)m * m >> 64); /* in [2^62, 2^64) */
        digits <<= 1;
        if (m >> 63)
            digits |= 1;
        else
            m <<= 1;
    }
    return digits;
}

uint64_t sampler_gap(uint64_t random, uint64_t mean)
{
    random |= 1; /* uniform in (0, 1) as random / 2^64 */
    unsigned zeros = (unsigned)__builtin_clzll(random);
    /* random / 2^64 = (m / 2^63) / 2^(zeros + 1) */
    uint64_t minus_log2 = ((uint64_t)(zeros + 1) << FRACTION_BITS) - log2_of(random << zeros);
    uint64_t minus_ln = (uint64_t)((wide)minus_log2 * ln_2 >> FRACTION_BITS);

    return (uint64_t)((wide)minus_ln * mean >> FRACTION_BITS);
}

/* exp(-x), x by 2^32. */
static uint64_t exp_minus(uint64_t x)
{
    uint64_t power = one, sum = 0, term = one;
    uint64_t fraction = (uint32_t)x;

    for (uint64_t whole = x >> FRACTION_BITS; whole && power; whole--)
        power = (uint64_t)((wide)power * one_by_e >> FRACTION_BITS);
    /* exp(-f), f below 1: the terms fall so fast that twelve reach the last bit */
    for (uint64_t i = 1; i < 14; i++) {
        sum += i % 2 ? term : -term;
        term = (uint64_t)((wide)term * fraction >> FRACTION_BITS) / i;
    }
    return (uint64_t)((wide)power * sum >> FRACTION_BITS);
}

uint64_t sampler_weight(uint64_t size, uint64_t mean)
{
    if (size / mean >= 24) /* exp(-24) is below 2^-32 */
        return one;
    uint64_t x = (uint64_t)(((wide)size << FRACTION_BITS) / mean);
    if (size >= mean / 8)
        return (uint64_t)(((wide)one << FRACTION_BITS) / (one - exp_minus(x)));
    /* 1/x + 1/2 + x/12 - x^3/720 (the Bernoulli numbers): here 1 - exp(-x) would lose digits, and
     * the next term, x^5/30240, is below 2^-29 */
    uint64_t cube = (uint64_t)((wide)x * x >> FRACTION_BITS);
    cube = (uint64_t)((wide)cube * x >> FRACTION_BITS);
    return (uint64_t)(((wide)mean << FRACTION_BITS) / size) + one / 2 + x / 12 - cube / 720;
}
