/* capacity.c - see capacity.h. Used by the rules about growth.
 *
 * What is known of the sizes: how many buffers never grew, and of those that did how many took
 * k steps (exactly), their first sizes and their largest (by powers of two), and the sums. Where
 * all began at one size and the sums fit doubling, each final capacity is known exactly.
 */
#include "analyzer/rules/capacity.h"
#include "analyzer/rules/evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAME_WASTE 64 /* bytes per buffer that nobody minds */
#define TAIL_OF_P90 4 /* max above so many p90: a long tail */
#define TAIL_OF_P50 8 /* p90 above so many p50: wide */

/* Buffers by final capacity, smallest first. */
struct sizes {
    struct {
        double bytes;   /* the final capacity */
        uint64_t count; /* buffers */
        double steps;   /* reallocs of each */
    } bar[PROFILE_BUCKETS + 1];
    size_t count;
    uint64_t buffers;
};

static void add_bar(struct sizes *sizes, double bytes, uint64_t count, double steps)
{
    if (!count || sizes->count > PROFILE_BUCKETS)
        return;
    sizes->bar[sizes->count].bytes = bytes;
    sizes->bar[sizes->count].count = count;
    sizes->bar[sizes->count].steps = steps;
    sizes->count++;
    sizes->buffers += count;
}

/* ---- elements ---- */

/* alloc::raw_vec::min_non_zero_cap */
static uint64_t minimal_elements(uint64_t element_bytes)
{
    return element_bytes == 1 ? 8 : element_bytes <= 1024 ? 4 : 1;
}

/* The one size at which all of the buffers were born, or 0. */
static uint64_t uniform_first(const struct tally *t)
{
    return t->size_min && t->size_min == t->size_max ? t->size_min : 0;
}

/* vec![a, b] is made as a box of an array, "[T; 2]": so many elements are in it. 0: it is none. */
static uint64_t literal_elements(const struct case_of_line *one)
{
    const char *element = one->facts->types.element, *semicolon = strrchr(element, ';');
    if (!(one->facts->leaf & FACT_VEC_LITERAL) || element[0] != '[' || !semicolon)
        return 0;
    return strtoull(semicolon + 1, NULL, 10);
}

static void find_element(struct capacity_plan *plan, const struct case_of_line *one)
{
    const struct fact_types *types = &one->facts->types;
    uint64_t first = uniform_first(&one->tally), bytes = types->element_bytes;
    uint64_t in_literal = literal_elements(one);
    bool grows = (one->tally.leaf_any & (FACT_GROW | FACT_COLLECT)) &&
                 !(one->tally.leaf_any & FACT_WITH_CAPACITY);
    plan->element = in_literal ? "" : types->element;
    if (in_literal)
        bytes /= in_literal;
    if (!bytes && first && grows && first != 8) { /* 8: of one byte, or of two */
        if (first % 4 == 0 && first <= 4096)
            bytes = first / 4;
        else if (first > 4096)
            bytes = first;
    }
    plan->element_known = bytes != 0;
    plan->element_bytes = bytes ? bytes : 1;
    plan->minimal_first = bytes && first == bytes * minimal_elements(bytes) &&
                          !(one->tally.leaf_any & FACT_WITH_CAPACITY);
}

/* ---- sizes ---- */

static uint64_t never_grown(const struct tally *t)
{
    return t->births > t->chains ? t->births - t->chains : 0;
}

/* By the steps: exact if doubling from one first size gives the sum of the largest sizes. */
static bool take_exact(struct sizes *sizes, const struct tally *t)
{
    double first = (double)uniform_first(t), sum = 0;
    if (!first || !t->steps_hist.sum || t->steps_hist.count[31])
        return false;
    for (uint32_t k = 0; k < 31; k++)
        sum += (double)t->steps_hist.count[k] * ldexp(first, (int)k);
    if (fabs(sum - (double)t->chain_peak_bytes) > 0.5)
        return false;
    add_bar(sizes, first, never_grown(t) + t->steps_hist.count[0], 0);
    for (uint32_t k = 1; k < 31; k++)
        add_bar(sizes, ldexp(first, (int)k), t->steps_hist.count[k], k);
    return true;
}

/* By powers of two: each bucket's upper bound stands for its buffers, and the steps are shared out
 * by how far each bucket is from the first size. */
static void take_buckets(struct sizes *sizes, const struct tally *t)
{
    double first = t->chains ? (double)t->first_bytes / (double)t->chains : 1, apart = 0;
    uint64_t still = never_grown(t);
    for (uint32_t b = 0; b < 63; b++)
        apart += (double)t->final_hist.count[b] * fmax(1, b + 0.5 - log2(fmax(first, 1)));
    double per_apart = apart > 0 ? (double)t->steps / apart : 0;
    if (still)
        add_bar(sizes, t->births ? (double)t->birth_bytes / (double)t->births : first, still, 0);
    for (uint32_t b = 0; b < 63; b++) {
        double bytes = fmin(ldexp(2, (int)b), (double)(t->final_max ? t->final_max : UINT64_MAX));
        double steps = per_apart * fmax(1, b + 0.5 - log2(fmax(first, 1)));
        add_bar(sizes, bytes, t->final_hist.count[b], steps);
    }
}

static double bytes_at(const struct sizes *sizes, double share)
{
    double rank = fmax(1, ceil(share * (double)sizes->buffers)), seen = 0;
    for (size_t i = 0; i < sizes->count; i++) {
        seen += (double)sizes->bar[i].count;
        if (seen >= rank)
            return sizes->bar[i].bytes;
    }
    return sizes->count ? sizes->bar[sizes->count - 1].bytes : 0;
}

/* ---- choices ---- */

static struct capacity_choice choose(const struct capacity_plan *plan, const struct sizes *sizes,
                                     double share)
{
    double bytes = bytes_at(sizes, share), saved = 0, left = 0, wasted = 0;
    for (size_t i = 0; i < sizes->count; i++) {
        double own = sizes->bar[i].bytes, count = (double)sizes->bar[i].count;
        double rest = own > bytes ? ceil(log2(own / bytes) - 1e-9) : 0;
        rest = fmin(rest, sizes->bar[i].steps);
        saved += count * (sizes->bar[i].steps - rest);
        left += count * rest;
        wasted += count * fmax(0, bytes - own);
    }
    struct capacity_choice choice = {
        .of = share,
        .elements = tally_count(ceil(bytes / (double)plan->element_bytes)),
        .calls_saved = tally_count(saved),
        .calls_left = tally_count(left),
        .bytes_wasted = tally_count(wasted),
    };
    choice.waste_each = sizes->buffers ? choice.bytes_wasted / sizes->buffers : 0;
    return choice;
}

/* The largest that pays: nobody minds a little waste, nor any up to what the buffers have on
 * average; but not one size for all where few are far beyond the others. */
static size_t best_choice(const struct capacity_plan *plan, const struct sizes *sizes)
{
    double mean = 0;
    for (size_t i = 0; i < sizes->count; i++)
        mean += sizes->bar[i].bytes * (double)sizes->bar[i].count / (double)sizes->buffers;
    for (size_t i = plan->choice_count; i-- > 1;) {
        const struct capacity_choice *choice = &plan->choice[i];
        bool tail =
            choice->of > 0.9 ? plan->capacity_max > TAIL_OF_P90 * plan->capacity_p90 : false;
        bool wide = plan->capacity_p90 > TAIL_OF_P50 * plan->capacity_p50;
        if (!tail && !wide &&
            (choice->waste_each <= SAME_WASTE || (double)choice->waste_each <= mean))
            return i;
    }
    return 0;
}

struct capacity_plan capacity_plan(const struct case_of_line *one)
{
    static const double shares[CAPACITY_CHOICES] = {0.5, 0.9, 1};
    const struct tally *t = &one->tally;
    struct capacity_plan plan = {.element = "", .buffers = t->chains};
    struct sizes sizes = {.count = 0};
    find_element(&plan, one);
    plan.exact = take_exact(&sizes, t);
    if (!plan.exact)
        take_buckets(&sizes, t);
    double unit = (double)plan.element_bytes;
    plan.capacity_p50 = tally_count(floor(bytes_at(&sizes, 0.5) / unit));
    plan.capacity_p90 = tally_count(floor(bytes_at(&sizes, 0.9) / unit));
    plan.capacity_max = tally_count(floor(bytes_at(&sizes, 1) / unit));
    plan.length_low = plan.capacity_p50 / 2 + 1;
    plan.wide = plan.capacity_max > TAIL_OF_P90 * plan.capacity_p90 ||
                plan.capacity_p90 > TAIL_OF_P50 * plan.capacity_p50;
    for (size_t i = 0; i < CAPACITY_CHOICES && sizes.count; i++) {
        struct capacity_choice choice = choose(&plan, &sizes, shares[i]);
        if (plan.choice_count && plan.choice[plan.choice_count - 1].elements == choice.elements) {
            plan.choice[plan.choice_count - 1].of = choice.of;
            continue;
        }
        plan.choice[plan.choice_count++] = choice;
    }
    plan.best = plan.choice_count ? best_choice(&plan, &sizes) : 0;
    return plan;
}

/* ---- texts ---- */

const char *capacity_bracket(uint64_t capacity)
{
    static _Thread_local char ring[4][64];
    static _Thread_local unsigned at;
    char *to = ring[at++ % 4];
    if (capacity < 2)
        snprintf(to, sizeof(ring[0]), "%s", figure_count(capacity));
    else
        snprintf(to, sizeof(ring[0]), "%s..%s", figure_count(capacity / 2 + 1),
                 figure_count(capacity));
    return to;
}

/* Types that a person would write. */
static bool can_be_written(const char *type)
{
    return *type && !strpbrk(type, "{#") && strlen(type) <= 40;
}

/* The entries of an IndexMap are a Vec of its own. NULL: these are none. */
static const char *index_container(const struct case_of_line *one)
{
    const char *element = one->facts->types.element;
    size_t n = strlen(element);

    if (!(one->facts->leaf & FACT_INDEX_MAP) || (*element && strncmp(element, "Bucket<", 7) != 0))
        return NULL; /* without types it is the map's, as nothing else in it grows by realloc */
    return n > 5 && strcmp(element + n - 5, ", ()>") == 0 ? "IndexSet" : "IndexMap";
}

/* `amount` is Rust code. */
static const char *with_capacity(const struct case_of_line *one, const char *amount,
                                 struct findings *findings)
{
    const struct fact_types *types = &one->facts->types;
    const char *index = index_container(one);
    if (index)
        return finding_text(findings, "%s::with_capacity(%s)", index, amount);
    const char *container = *types->container ? types->container : "Vec";
    bool is_text = strcmp(container, "String") == 0 || strcmp(container, "PathBuf") == 0;
    bool is_map = strcmp(container, "HashMap") == 0 || strcmp(container, "HashSet") == 0;
    if (!is_text && !is_map && strcmp(container, "VecDeque") != 0 &&
        strcmp(container, "BinaryHeap") != 0)
        container = "Vec";
    if (!is_text && !is_map && !literal_elements(one) && can_be_written(types->element))
        return finding_text(findings, "%s::<%s>::with_capacity(%s)", container, types->element,
                            amount);
    return finding_text(findings, "%s::with_capacity(%s)", container, amount);
}

const char *capacity_code(const struct case_of_line *one, uint64_t elements,
                          struct findings *findings)
{
    return with_capacity(one, finding_text(findings, "%llu", (unsigned long long)elements),
                         findings);
}

const char *capacity_code_of_bytes(const struct case_of_line *one, uint64_t bytes,
                                   struct findings *findings)
{
    const char *element = one->facts->types.element;
    const char *amount =
        finding_text(findings, "%llu / std::mem::size_of::<%s>()", (unsigned long long)bytes,
                     can_be_written(element) ? element : "T");
    return with_capacity(one, amount, findings);
}

const char *capacity_table(const struct capacity_plan *plan, struct findings *findings)
{
    const char *text = "";
    for (size_t i = 0; i < plan->choice_count; i++) {
        const struct capacity_choice *c = &plan->choice[i];
        const char *room =
            plan->element_known
                ? finding_text(findings, "with_capacity(%llu)", (unsigned long long)c->elements)
                : finding_text(findings, "room for %s", figure_bytes(c->elements));
        finding_more(findings, &text, "%s%s: %s -> %s reallocs, +%s", i ? "; " : "", room,
                     figure_count(c->calls_saved + c->calls_left), figure_count(c->calls_left),
                     figure_bytes(c->bytes_wasted));
        if (c->bytes_wasted)
            finding_more(findings, &text, " in all (%s each)", figure_bytes(c->waste_each));
    }
    return text;
}
