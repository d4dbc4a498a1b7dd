/* tables.c - see tables.h. Used by the rules about hash maps. */
#include "analyzer/rules/tables.h"
#include "analyzer/rules/evidence.h"

#include <stdio.h>
#include <string.h>

enum { GROUP = 16, SMALLEST = 4 };

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

struct table tables_at(uint32_t log2_bytes, uint64_t pair_bytes)
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

double tables_items(uint64_t tables, uint64_t bytes, uint64_t pair_bytes)
{
    double room = (double)bytes - (double)GROUP * (double)tables;

    return room > 0 ? room / (double)(pair_bytes + 1) * 7 / 8 : 0;
}

/* ---- the size of an item ---- */

/* An IndexMap's table has no keys and values, but where they are in its Vec: usize each. */
#define INDEX_BYTES 8

/* The smallest table of a map that grows has 4 buckets; its size tells 4 times the pair, rounded
 * up to 16. */
static uint64_t pair_by_size(const struct tally *t)
{
    uint64_t smallest = t->size_min;
    if (!(t->leaf_any & FACT_HASH_GROW) || smallest < 4 + 16 + 16 || (smallest - 20) % 16)
        return 0;
    return (smallest - 20) / 4;
}

uint64_t tables_pair_bytes(const struct case_of_line *one)
{
    const struct fact_types *types = &one->facts->types;
    char pair[512];
    if (one->facts->leaf & FACT_INDEX_MAP)
        return INDEX_BYTES;
    if (*types->key) {
        int n = strcmp(types->value, "()") == 0
                    ? snprintf(pair, sizeof(pair), "%s", types->key)
                    : snprintf(pair, sizeof(pair), "(%s, %s)", types->key, types->value);
        uint64_t bytes = n > 0 && (size_t)n < sizeof(pair) ? facts_type_bytes(pair) : 0;
        if (bytes)
            return bytes;
    }
    return pair_by_size(&one->tally);
}
