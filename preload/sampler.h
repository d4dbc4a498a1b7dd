/* sampler.h - the arithmetic of sampling: which byte is next, and what a sampled block stands for.
 *
 * THE PROCESS. Imagine all bytes that a thread ever asks for side by side, and points thrown on
 * them at random, one in `mean` bytes on average (a Poisson process: gaps are exponential, and what
 * was before a point says nothing of what comes after it). A block that is hit is sampled. So a
 * block of s bytes is sampled with p = 1 - exp(-s / mean) independently of all others, and stands
 * for w = 1/p blocks like itself: then every sum over blocks, taken over the sampled ones with w,
 * is right on average (Horvitz and Thompson, 1952).
 *
 * A weight is rounded to a whole number up or down at random, in proportion, so that it is still
 * right on average and counts stay whole. The variance of a sum of x over blocks is right on
 * average when taken as the sum of x^2 W (W - 1) over the sampled ones, W being the rounded
 * weights.
 *
 * Whole numbers only: the program's floating-point flags are its own, and the same seed gives
 * the same samples wherever it runs. Pure functions; no state but what they are given.
 */
#ifndef HEAPCOACH_SAMPLER_H
#define HEAPCOACH_SAMPLER_H

#include <stdint.h>

enum { SAMPLER_MEAN_MAX = 1 << 26 }; /* 64 MiB: above, squares of weights would not fit */

/* The next of a thread's random numbers (Steele, Lea, Flood: SplitMix64, 2014). */
uint64_t sampler_random(uint64_t *state);

/* A random number by which one word decides, for rounding: a hash of it. */
uint64_t sampler_hash(uint64_t word);

/* Bytes to the next point: floor of an exponential with that mean (1 to SAMPLER_MEAN_MAX); the
 * floor changes nothing, since sizes are whole. */
uint64_t sampler_gap(uint64_t random, uint64_t mean);

/* 2^32 / (1 - exp(-size / mean)), for a size of at least 1; to about one part in 2^26. */
uint64_t sampler_weight(uint64_t size, uint64_t mean);

/* A weight as a whole number: up if its fraction is above `random`, of which all bits count. */
static inline uint64_t sampler_round(uint64_t weight, uint64_t random)
{
    return (weight >> 32) + ((uint32_t)weight > random >> 32);
}

#endif
