/* tables.c - see tables.h. Used by the rules about hash maps. */
#include "analyzer/rules/tables.h"
#include "analyzer/rules/evidence.h"

#include <math.h>
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

/* ---- the last tables ---- */

#define MOST_SIZES 40 /* 4 to MOST_BUCKETS */

/* The tables of a line by their sizes, smallest first. As doubles, which hold such counts and sums
 * exactly, and cannot overflow. */
struct by_size {
    struct table of[MOST_SIZES];
    double born[MOST_SIZES];
    double grown[MOST_SIZES]; /* of these, that took the place of a smaller one of the line */
    double ends[MOST_SIZES];  /* that none of the line replaced */
    uint32_t count;
};

/* False if the smallest and the largest are no tables with such items. */
static bool list_sizes(struct by_size *s, const struct tally *t, uint64_t pair_bytes)
{
    if (pair_bytes == 0 || pair_bytes > MOST_PAIR_BYTES)
        return false;
    for (uint64_t n = SMALLEST; n <= MOST_BUCKETS; n *= 2) {
        struct table table = table_of(n, pair_bytes);
        if (table.bytes > t->size_max)
            break;
        if (table.bytes >= t->size_min)
            s->of[s->count++] = table;
    }
    return s->count && s->of[0].bytes == t->size_min && s->of[s->count - 1].bytes == t->size_max;
}

/* How many of the tables in `hist` are of each size. Tables of few and small items may share a
 * power of two, as those of 16 and 32 buckets do for items of 6 bytes: what all of them have
 * together then tells how many are the larger ones, if two do. False: it does not, or the sizes are
 * others. */
static bool share_out(const struct by_size *s, const struct tally_hist *hist, uint64_t bytes,
                      double *of)
{
    double tables = (double)hist->sum, left = (double)bytes;
    uint32_t shared = 0; /* the larger one of the two */

    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t log2 = log2_of(s->of[i].bytes);
        bool again = i && log2_of(s->of[i - 1].bytes) == log2 && hist->count[log2];
        if (again && shared)
            return false;
        if (again)
            shared = i;
        of[i] = again ? 0 : (double)hist->count[log2];
        tables -= of[i];
        left -= of[i] * (double)s->of[i].bytes;
    }
    if (shared) {
        double more = (double)(s->of[shared].bytes - s->of[shared - 1].bytes);
        double larger = left / more;
        if (larger < 0 || larger > of[shared - 1] || larger != floor(larger))
            return false;
        of[shared] = larger;
        of[shared - 1] -= larger;
        left -= larger * more;
    }
    return tables == 0 && left == 0;
}

/* If each step led to the next size, so many maps reached a size as were made with it or a larger
 * one, or stepped to it. A step that left out a size makes these too few and the sum of bytes too
 * small: so a sum that fits is the proof. */
static bool find_ends(struct by_size *s, const struct tally *t, double last_bytes)
{
    double above = 0, began = 0;

    if (!share_out(s, &t->sizes, t->birth_bytes, s->born) ||
        !share_out(s, &t->handover_inside_final, t->handovers_inside_to_bytes, s->grown))
        return false;
    for (uint32_t i = s->count; i-- > 0;) {
        began += s->born[i] - s->grown[i];
        double reached = began + s->grown[i];
        s->ends[i] = reached - above;
        if (s->born[i] < s->grown[i] || s->ends[i] < 0)
            return false;
        last_bytes -= s->ends[i] * (double)s->of[i].bytes;
        above = reached;
    }
    return s->grown[0] == 0 && last_bytes == 0;
}

/* The smallest size with which at least so many of the maps end, or with a smaller one. */
static struct table end_of(const struct by_size *s, double maps)
{
    double seen = 0;

    for (uint32_t i = 0; i < s->count; i++) {
        seen += s->ends[i];
        if (seen > 0 && seen >= maps)
            return s->of[i];
    }
    return s->of[s->count - 1];
}

struct table_ends tables_ends(const struct tally *t, uint64_t pair_bytes)
{
    struct by_size s = {.count = 0};
    struct table_ends ends = {.known = false};

    if (t->births <= t->handovers_inside || t->birth_bytes < t->handovers_inside_bytes ||
        !list_sizes(&s, t, pair_bytes))
        return ends;
    uint64_t maps = t->births - t->handovers_inside;
    uint64_t bytes = t->birth_bytes - t->handovers_inside_bytes;
    ends.largest = s.of[s.count - 1];
    ends.mean_items = tables_items(maps, bytes, pair_bytes) / (double)maps;
    if (find_ends(&s, t, (double)bytes)) {
        ends.known = true;
        ends.least = end_of(&s, 0);
        ends.half = end_of(&s, 0.5 * (double)maps);
        ends.most = end_of(&s, 0.9 * (double)maps);
        for (uint32_t i = 1; i < s.count; i++)
            ends.moved += s.grown[i] * (double)s.of[i - 1].items;
    }
    return ends;
}

/* ---- the size of a pair ---- */

/* An IndexMap's table has no keys and values, but where they are in its Vec: usize each. */
#define INDEX_BYTES 8

/* By the smallest table and the largest. What is beyond a multiple of 16 tells the buckets of one
 * with 4 or 8; its pairs are rounded up to 16, so 4 or 2 sizes of a pair are possible, and the
 * largest table seldom fits more than one of these. If it does: the one that fits all tables, else
 * the one with which the largest holds the most, so that no capacity is told too small. */
static struct table_pair pair_by_size(const struct tally *t)
{
    uint64_t rest = t->size_min % GROUP, buckets = rest == 4 || rest == 8 ? rest : 0;
    struct table_pair found = {0, false};
    struct table_ends best = {.known = false};
    uint32_t fits = 0;

    if (!(t->leaf_any & FACT_HASH_GROW) || !buckets || t->size_min < GROUP + buckets)
        return found;
    uint64_t most = (t->size_min - GROUP - buckets) / buckets;
    for (uint64_t p = most; p && p + GROUP / buckets > most; p--) {
        struct table_ends ends = tables_ends(t, p);
        if (!ends.largest.items || ends.known < best.known)
            continue;
        fits = ends.known > best.known ? 1 : fits + 1;
        if (fits > 1 && ends.largest.items <= best.largest.items)
            continue;
        best = ends;
        found.bytes = p;
    }
    found.exact = fits == 1;
    return found;
}

struct table_pair tables_pair(const struct case_of_line *one)
{
    const struct fact_types *types = &one->facts->types;
    char pair[512];
    if (one->facts->leaf & FACT_INDEX_MAP)
        return (struct table_pair){INDEX_BYTES, true};
    if (*types->key) {
        int n = strcmp(types->value, "()") == 0
                    ? snprintf(pair, sizeof(pair), "%s", types->key)
                    : snprintf(pair, sizeof(pair), "(%s, %s)", types->key, types->value);
        uint64_t bytes = n > 0 && (size_t)n < sizeof(pair) ? facts_type_bytes(pair) : 0;
        if (bytes)
            return (struct table_pair){bytes, true};
    }
    return pair_by_size(&one->tally);
}
