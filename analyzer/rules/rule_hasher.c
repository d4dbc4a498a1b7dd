/* rule_hasher.c - hash maps with std's hasher where many items are hashed.
 *
 * Asked by rules_judge. A remark, never more: a heap profiler sees how maps grow and how large
 * they become, but neither look-ups nor whom the keys come from.
 */
#include "analyzer/rules/containers.h"
#include "analyzer/rules/rules.h"
#include "analyzer/rules/tables.h"

#include <string.h>

enum { MIN_ITEMS, MIN_ITEMS_GROWN, MIN_STEPS };

static const struct rule_threshold thresholds[] = {
    [MIN_ITEMS] = {"min_items", 1e6,
                   "hashed to fill the maps: about 10 ms by SipHash, which a fast hasher would "
                   "bring down to 3"},
    [MIN_ITEMS_GROWN] = {"min_items_grown", 1e5,
                         "the same where maps grow again and again: what they grow for is more "
                         "than what is counted here"},
    [MIN_STEPS] = {"min_steps", 1000, "new tables that make maps ones that grow again and again"},
};

/* Items put into the maps while they grew, and moved by growing; a lower bound of what was
 * hashed. */
static double items_hashed(const struct case_of_line *one)
{
    struct containers maps = containers_of(&one->tally);
    uint64_t pair_bytes = tables_pair(one).bytes;

    if (!pair_bytes)
        return 0;
    double moved = tables_items(maps.steps, maps.old_bytes, pair_bytes);
    uint64_t last = one->tally.bytes > maps.old_bytes ? one->tally.bytes - maps.old_bytes : 0;
    return moved + tables_items(maps.count, last, pair_bytes) / 2; /* half full, or more */
}

static bool is_text(const char *key)
{
    return strstr(key, "str") || strstr(key, "String") || strstr(key, "[u8]");
}

static void report(const struct rule *rule, const struct evidence *e,
                   const struct case_of_line *one, double items, struct findings *f)
{
    struct finding *finding = case_finding(e, rule, one, f);
    const struct fact_types *types = &one->facts->types;
    const char *container = types->container[0] ? types->container : "HashMap";

    finding->what = finding_text(
        f,
        "%s hashed %s or more items with keys of type %s by std's SipHash while its maps were "
        "filled.",
        case_name(e, one, f), figure_count((uint64_t)items), types->key[0] ? types->key : "?");
    finding->advice = finding_text(
        f,
        "SipHash withstands keys that someone chose to collide, and takes about %s per key for "
        "that. If nobody hostile can choose the keys, a faster hasher takes a third: rustc-hash "
        "(FxHash%s) or ahash. Look-ups cannot be seen in a heap profile; they gain likewise.",
        is_text(types->key) ? "20 ns" : "10 ns", strstr(container, "Set") ? "Set" : "Map");
    finding->code = strstr(container, "Set")
                        ? "use rustc_hash::FxHashSet;\nlet mut set: FxHashSet<_> = "
                          "FxHashSet::default();\n"
                        : "use rustc_hash::FxHashMap;\nlet mut map: FxHashMap<_, _> = "
                          "FxHashMap::default();\n";
    finding->confidence = FINDING_DOUBTFUL;
    finding->condition = "if the keys do not come from someone who may want to do harm";
    finding->events = (uint64_t)items;
    finding_evidence_u64(f, finding, "items_hashed_at_least", (uint64_t)items);
    finding_evidence_text(f, finding, "key", types->key);
    finding_evidence_text(f, finding, "hasher", types->hasher);
    finding->severity = FINDING_INFO;
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct cases *cases = cases_find(e, &(struct case_filter){.leaf_all = FACT_HASH}, f);

    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        bool grown = (double)one->tally.handovers_in >= rule_limit(rule, MIN_STEPS);
        double items = items_hashed(one);
        if (strncmp(one->facts->types.hasher, "RandomState", strlen("RandomState")) == 0 &&
            items >= rule_limit(rule, grown ? MIN_ITEMS_GROWN : MIN_ITEMS))
            report(rule, e, one, items, f);
    }
}

const struct rule rule_hasher = {
    .id = "hasher",
    .title = "many items are hashed by SipHash",
    .summary = "hash maps with std's hasher that take in very many items",
    .skill = "Faster Hashing",
    .reference = "Hashing",
    .needs = EVIDENCE_OWN | EVIDENCE_LINES,
    .precedence = 5,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "Hash maps and sets whose hasher is std's RandomState, by the types that debug "
                    "information names, and whose tables were filled with at least a million items "
                    "over the run, or with 100,000 where they grow again and again. Counted are "
                    "those that there must have been: what growing has moved, and half of what "
                    "the last tables hold.",
            .why =
                "The standard hasher, SipHash 1-3, is made to withstand keys that are chosen to "
                "collide. An integer costs it some 10 ns, a short text 20; FxHash and ahash take "
                "1 to 5.",
            .wrong =
                "Keys that come from outside, such as names in a request, are the reason for the "
                "default: keep it there. FxHash is weak for keys that differ in their high bits "
                "only. Whether look-ups matter at all only a CPU profile tells.",
            .fix =
                "FxHashMap of the crate rustc-hash, or ahash's AHashMap: drop-in replacements but "
                "for new(), which is default().",
            .before = "let mut ids: HashMap<u64, Item> = HashMap::new();\n",
            .after = "use rustc_hash::FxHashMap;\n"
                     "let mut ids: FxHashMap<u64, Item> = FxHashMap::default();\n",
        },
    .judge = judge,
};
