/* containers.c - see containers.h. Used by the rules about hash tables and about buffers that
 * are replaced.
 *
 * A hashbrown table of n buckets, n a power of two, has its pairs first (rounded up to 16), then
 * n + 16 control bytes. It takes 7/8 n items, of 4 and 8 buckets all but one. The smallest has
 * 4 buckets (8 for pairs of 2 and 3 bytes, 16 for 0 and 1; hashbrown before 0.15: 4 always).
 */
#include "analyzer/rules/containers.h"

enum { GROUP = 16, SMALLEST = 4 };

struct containers containers_of(const struct tally *tally)
{
    struct containers c = {.steps = tally->handovers_in, .old_bytes = tally->handovers_in_bytes};
    uint64_t first_inside = tally->births > c.steps ? tally->births - c.steps : 0;
    uint64_t from_outside =
        c.steps > tally->handovers_inside ? c.steps - tally->handovers_inside : 0;

    c.count = first_inside + from_outside;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++) {
        uint64_t born = tally->sizes.count[b];
        uint64_t given_up = b + 1 < PROFILE_BUCKETS ? tally->handover_final.count[b + 1] : 0;
        if (born > given_up)
            tally_hist_add(&c.finals, b, born - given_up);
    }
    return c;
}

static uint64_t bytes_of(uint64_t buckets, uint64_t pair_bytes)
{
    return ((buckets * pair_bytes + GROUP - 1) & ~(uint64_t)(GROUP - 1)) + buckets + GROUP;
}

static struct table table_of(uint64_t buckets, uint64_t pair_bytes)
{
    return (struct table){.bytes = bytes_of(buckets, pair_bytes),
                          .items = buckets <= 8 ? buckets - 1 : buckets / 8 * 7};
}

static uint32_t log2_of(uint64_t n)
{
    return n ? 63u - (uint32_t)__builtin_clzll(n) : 0;
}

#define MOST_BUCKETS (1ull << 40) /* bounds the loops, and the products below 2^64 */
#define MOST_PAIR_BYTES (1ull << 20)

struct table containers_table(uint32_t log2_bytes, uint64_t pair_bytes)
{
    struct table found = {0, 0};

    if (pair_bytes == 0 || pair_bytes > MOST_PAIR_BYTES)
        return found;
    for (uint64_t n = SMALLEST; n <= MOST_BUCKETS; n *= 2) {
        uint32_t log2 = log2_of(bytes_of(n, pair_bytes));
        if (log2 > log2_bytes)
            break;
        if (log2 == log2_bytes)
            found = table_of(n, pair_bytes);
    }
    return found;
}

double containers_items(uint64_t tables, uint64_t bytes, uint64_t pair_bytes)
{
    double room = (double)bytes - (double)GROUP * (double)tables;

    return room > 0 ? room / (double)(pair_bytes + 1) * 7 / 8 : 0;
}
