/* rule_hash_growth.c - hash maps and sets that grow table by table while they fill.
 *
 * Asked by rules_judge. A hashbrown table never reallocs: it makes a table of twice the buckets,
 * hashes every item again, and frees the old one. The handovers between tables say how often
 * that was and how big the old ones were; how many items lay in them follows from their sizes.
 */
#include "analyzer/rules/containers.h"
#include "analyzer/rules/rules.h"
#include "analyzer/rules/tables.h"

#include <string.h>

#define KEPT_BYTES (32.0 * 1024 * 1024) /* glibc maps beyond this always */

enum { MIN_STEPS, CACHED_BYTES, MAPPED_BYTES, AGAIN_MAPS, UNKNOWN_PAIR_BYTES };

static const struct rule_threshold thresholds[] = {
    [MIN_STEPS] =
        {"min_steps", 50,
         "one map filled to a billion items grows 29 times: with more there are many maps"},
    [CACHED_BYTES] = {"cached_bytes", 262144, "a table up to this size stays in the caches"},
    [MAPPED_BYTES] = {"mapped_bytes", 131072,
                      "from glibc's mmap threshold on the memory of a table comes fresh from the "
                      "kernel, so each page of it is a fault"},
    [AGAIN_MAPS] = {"again_maps", 10, "made and dropped: then glibc's limits have settled"},
    [UNKNOWN_PAIR_BYTES] = {"unknown_pair_bytes", 16,
                            "where neither types nor sizes tell how big an item is: a word for the "
                            "key and one for the value"},
};

struct subject {
    const struct rule *rule;
    const struct evidence *e;
    struct findings *f;
    const struct case_of_line *one;
    struct containers maps;
    struct table_pair pair;
    bool pair_known;
    double moved; /* items hashed again */
    bool moved_exact;
    struct table_ends ends;
    bool wide;
    uint64_t advised; /* 0: none */
};

/* ---- what is known ---- */

static void find_capacity(struct subject *s)
{
    const struct table_ends *ends = &s->ends;

    if (!s->pair_known)
        return;
    s->ends = tables_ends(&s->one->tally, s->pair.bytes);
    uint64_t largest = ends->largest.items;
    if (ends->known) {
        s->wide = largest > 4 * ends->most.items || ends->most.items > 8 * ends->half.items;
        s->advised = s->wide ? ends->most.items : largest;
    } else {
        s->wide = (double)largest > 4 * ends->mean_items;
        s->advised = s->wide ? 0 : largest;
    }
}

static const char *map_name(const struct case_of_line *one)
{
    const struct fact_types *types = &one->facts->types;
    if (one->facts->leaf & FACT_INDEX_MAP)
        return types->container[0] ? types->container : "IndexMap";
    return types->container[0] ? types->container : "HashMap";
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* By the key and the hasher, where debug information tells them. */
static enum cost_constant item_cost(const struct fact_types *types)
{
    if (types->hasher[0] && !has(types->hasher, "RandomState") && !has(types->hasher, "SipHash") &&
        !has(types->hasher, "DefaultHasher"))
        return COST_REHASHED_FAST;
    if (has(types->key, "str") || has(types->key, "String") || has(types->key, "Vec<") ||
        has(types->key, "[u8]") || has(types->key, "Path"))
        return COST_REHASHED_TEXT;
    return COST_REHASHED;
}

/* ---- the saving ---- */

/* Memory of tables that are big enough to come fresh from the kernel, which the edit spares: the
 * old ones; and where maps are made and dropped again and again the last ones, too, since both
 * together are what glibc gives back at each end, and one alone is what it keeps. */
static double mapped_bytes(const struct subject *s)
{
    const struct tally *t = &s->one->tally;
    double threshold = rule_limit(s->rule, MAPPED_BYTES), bytes = 0;
    bool again = s->maps.count >= rule_limit(s->rule, AGAIN_MAPS) && t->freed * 10 >= t->births * 9;

    for (uint32_t b = 1; b < PROFILE_BUCKETS; b++) {
        double table = (double)tables_at(b, s->pair.bytes).bytes;
        if (table / 2 >= threshold)
            bytes += (double)t->handover_final.count[b] * table / 2;
        if (again && table >= threshold && table < KEPT_BYTES)
            bytes += (double)s->maps.finals.count[b] * table;
    }
    return bytes;
}

/* Items moved to tables that the caches do not hold. */
static double far_items(const struct subject *s)
{
    double items = 0;
    for (uint32_t b = 1; b < PROFILE_BUCKETS; b++) {
        struct table table = tables_at(b, s->pair.bytes);
        if ((double)table.bytes >= rule_limit(s->rule, CACHED_BYTES))
            items += (double)s->one->tally.handover_final.count[b] * (double)table.items / 2;
    }
    return items;
}

static void set_saving(const struct subject *s, struct finding *finding)
{
    struct reckoning r = reckoning_start(s->e, s->f);
    const struct containers *maps = &s->maps;
    double mapped = mapped_bytes(s), far = far_items(s);

    reckoning_constant(&r, s->moved, item_cost(&s->one->facts->types), NULL);
    reckoning_pairs(&r, &s->one->tally, tally_share(maps->steps, s->one->tally.births));
    if (far > 0)
        reckoning_constant(&r, far, COST_REHASHED_FAR, NULL);
    if (mapped > 0)
        reckoning_constant(&r, mapped / 4096, COST_PAGE, "a page touched for the first time");
    reckoning_finish(&r, finding);
    finding->saving.calls = 2 * maps->steps;
    finding->saving.bytes = maps->old_bytes;
    finding->saving.bytes_copied = tally_count(s->moved * (double)s->pair.bytes);
    finding->events = (uint64_t)s->moved; /* a few large maps are worth it, too */
}

/* ---- words ---- */

static const char *filled(const struct subject *s)
{
    const struct table_ends *ends = &s->ends;
    const char *largest = figure_count(ends->largest.items);

    if (!ends->largest.items)
        return "";
    if (!ends->known)
        return finding_text(s->f, " They end with room for about %s items on average, %s at most.",
                            figure_count(tally_count(ends->mean_items)), largest);
    if (ends->least.items == ends->largest.items)
        return finding_text(s->f, " They end with room for %s items, so with %s to %s in them.",
                            largest, figure_count(ends->largest.items / 2 + 1), largest);
    return finding_text(s->f,
                        " Half of them end with room for at most %s items, nine in ten with at "
                        "most %s, all with at most %s.",
                        figure_count(ends->half.items), figure_count(ends->most.items), largest);
}

static const char *describe(const struct subject *s)
{
    const struct fact_types *types = &s->one->facts->types;
    const char *text = finding_text(s->f, "%s filled %s %s", case_name(s->e, s->one, s->f),
                                    figure_count(s->maps.count), map_name(s->one));
    if (types->key[0] && types->value[0] && strcmp(types->value, "()") != 0)
        finding_more(s->f, &text, "<%s, %s>", types->key, types->value);
    else if (types->key[0])
        finding_more(s->f, &text, "<%s>", types->key);
    finding_more(s->f, &text,
                 s->maps.count == 1 ? " that grew %s times" : "s that grew %s times in all",
                 figure_count(s->maps.steps));
    if (s->maps.count > 1)
        finding_more(s->f, &text, " (%.1f each)", (double)s->maps.steps / (double)s->maps.count);
    finding_more(s->f, &text, "; each time all items were hashed again and moved: %s%s in all.%s",
                 s->moved_exact ? "" : "about ", figure_count((uint64_t)s->moved), filled(s));
    return text;
}

static const char *advise(const struct subject *s)
{
    const char *text =
        "Make it with the number of items that it will hold, where the code knows it "
        "(the length of the input, or a bound)";
    if (s->advised)
        finding_more(s->f, &text, ", else with room for %s, which %s", figure_count(s->advised),
                     s->wide ? "nine in ten do not exceed" : "none of them exceeds");
    finding_more(s->f, &text, ".");
    if (s->one->facts->leaf & FACT_COLLECT)
        finding_more(s->f, &text,
                     " collect() reserves only what the iterator promises: behind filter, flat_map "
                     "and the like that is nothing.");
    if (s->one->facts->leaf & FACT_INDEX_MAP)
        finding_more(s->f, &text, " That reserves the entries, too.");
    if (!s->one->facts->types.hasher[0])
        finding_more(
            s->f, &text,
            " Which hasher it has does not show in this build: the saving is reckoned with "
            "std's. A fast one saves less, and takes with_capacity_and_hasher.");
    if (containers_local(&s->one->tally))
        finding_more(s->f, &text,
                     " If the map is made for each call, one that is kept and cleared has the "
                     "capacity from the second time on.");
    return text;
}

static const char *code(const struct subject *s)
{
    const struct fact_types *types = &s->one->facts->types;
    bool fast = item_cost(types) == COST_REHASHED_FAST;
    const char *n =
        s->advised ? finding_text(s->f, "%llu", (unsigned long long)s->advised) : "items.len()";
    const char *text =
        finding_text(s->f, "let mut map = %s::with_capacity%s(%s%s);%s\n", map_name(s->one),
                     fast ? "_and_hasher" : "", n, fast ? ", Default::default()" : "",
                     s->advised ? " // better: the number, where it is known" : "");
    if (s->one->facts->leaf & FACT_COLLECT)
        finding_more(s->f, &text, "map.extend(items); // instead of collect()\n");
    return text;
}

static void add_evidence(const struct subject *s, struct finding *finding)
{
    const struct fact_types *types = &s->one->facts->types;
    struct findings *f = s->f;

    finding_evidence_u64(f, finding, "maps", s->maps.count);
    finding_evidence_u64(f, finding, "tables", s->one->tally.births);
    finding_evidence_u64(f, finding, "steps", s->maps.steps);
    finding_evidence_u64(f, finding, "items_moved", (uint64_t)s->moved);
    finding_evidence_u64(f, finding, "item_bytes", s->pair.exact ? s->pair.bytes : 0);
    if (s->ends.known) {
        finding_evidence_u64(f, finding, "capacity_p50", s->ends.half.items);
        finding_evidence_u64(f, finding, "capacity_p90", s->ends.most.items);
    }
    if (s->ends.largest.items)
        finding_evidence_u64(f, finding, "capacity_max", s->ends.largest.items);
    if (s->advised)
        finding_evidence_u64(f, finding, "advised_capacity", s->advised);
    finding_evidence_text(f, finding, "key", types->key);
    finding_evidence_text(f, finding, "value", types->value);
    finding_evidence_text(f, finding, "hasher", types->hasher);
}

/* ---- the finding ---- */

static void set_confidence(const struct subject *s, struct finding *finding)
{
    if (finding->scope == FINDING_DEPENDENCY) {
        finding->confidence = FINDING_DOUBTFUL;
        finding->condition = "if the crate takes a capacity or a map of yours";
    } else if (s->wide || !s->ends.known) {
        finding->confidence = FINDING_LIKELY;
        finding->condition = "if the number of items is known or bounded";
    } else {
        finding->confidence = FINDING_CERTAIN;
    }
}

static void report(const struct subject *s)
{
    struct finding *finding = case_finding(s->e, s->rule, s->one, s->f);

    if (s->one->facts->leaf & FACT_COLLECT)
        finding->variant = "collect";
    finding->what = describe(s);
    finding->advice = advise(s);
    finding->code = code(s);
    set_confidence(s, finding);
    set_saving(s, finding);
    add_evidence(s, finding);
    gate_severity_of_fault(s->e, finding);
    findings_add(s->f, finding);
}

static void judge_maps(const struct rule *rule, const struct evidence *e,
                       const struct case_of_line *one, struct findings *f)
{
    struct subject s = {.rule = rule, .e = e, .f = f, .one = one};

    s.maps = containers_of(&one->tally);
    if ((double)s.maps.steps < rule_limit(rule, MIN_STEPS))
        return;
    s.pair = tables_pair(one);
    s.pair_known = s.pair.bytes != 0;
    if (!s.pair_known)
        s.pair.bytes = (uint64_t)rule_limit(rule, UNKNOWN_PAIR_BYTES);
    find_capacity(&s);
    s.moved_exact = s.ends.known && s.maps.steps == one->tally.handovers_inside;
    s.moved =
        s.moved_exact ? s.ends.moved : tables_items(s.maps.steps, s.maps.old_bytes, s.pair.bytes);
    report(&s);
}

static bool any(const struct profile_point *point)
{
    (void)point;
    return true;
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct cases *cases = cases_find(e, &(struct case_filter){.leaf_all = FACT_HASH_GROW}, f);

    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        struct case_of_line parts[CONTAINERS_PARTS];
        uint32_t count = containers_split(e, one, any, parts, f);
        for (uint32_t p = 0; p < count; p++)
            judge_maps(rule, e, &parts[p], f);
    }
}

const struct rule rule_hash_growth = {
    .id = "hash-growth",
    .title = "a hash map grows while it is filled: give it its capacity",
    .summary =
        "HashMap, HashSet, IndexMap whose tables are replaced by bigger ones while they fill",
    .skill = "Pre-allocate When Size is Known",
    .reference = "Heap Allocations: Hash Tables",
    .needs = EVIDENCE_OWN | EVIDENCE_NAMES,
    .precedence = 70,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what =
                "Hash tables that were replaced by a bigger one of the same line at least 50 "
                "times: a "
                "table is allocated by the function of hashbrown that grows a map, and the next "
                "thing "
                "the thread frees is a smaller one. A HashMap starts with room for 3 items and "
                "doubles: 3, 7, 14, 28, 56 and so on, so a thousand inserts are nine new tables. "
                "How "
                "many items were moved follows from the sizes of the tables that were given up. "
                "With "
                "how many the maps end is told where each step led to twice the buckets, as "
                "inserts "
                "do; after reserve or extend only the average and the largest are. Without types "
                "the size of an item follows from the smallest and the largest table.",
            .why =
                "All items are hashed and moved again at each step: together about as many as the "
                "map can hold in the end. That is some 10 ns per item with the standard hasher and "
                "integer keys, 20 for texts, 3 with a fast hasher, beside the allocation of "
                "the tables; filling a map of the right capacity takes half the time or less.",
            .wrong =
                "Where the number of items is not known at all before, a capacity is a guess; too "
                "big a one costs memory, and iterating over the map and clearing it visits "
                "every bucket. A map that is filled once is below the limit on purpose.",
            .fix = "HashMap::with_capacity(n), HashSet::with_capacity(n), with_capacity_and_hasher "
                   "for "
                   "other hashers, reserve(n) before filling an existing one. Instead of collect() "
                   "behind a filter: with_capacity, then extend.",
            .before = "let mut by_id = HashMap::new();\n"
                      "for user in &users {\n"
                      "    by_id.insert(user.id, user);\n"
                      "}\n",
            .after = "let mut by_id = HashMap::with_capacity(users.len());\n"
                     "for user in &users {\n"
                     "    by_id.insert(user.id, user);\n"
                     "}\n",
        },
    .judge = judge,
};
