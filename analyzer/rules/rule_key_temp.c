/* rule_key_temp.c - keys made for a map that had them. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "fewer keys are not felt"},
    {"min_dropped_share", 0.3, "of the keys dropped by the map: below, looking twice costs more"},
};
enum { MIN_DROPPED = 1 };

/* Looking up a key that is not there before inserting it, in ns: hashing and probing a table that
 * is in the cache. */
#define LOOKUP_NS 20

/* What entry() and insert() do with an owned key that is dropped, beyond malloc and free: copying
 * it, and carrying it through the entry. Before/after pairs show 4 to 8 for keys of 5 to 40 bytes,
 * less where the code around is longer. */
#define CARRY_NS 5.5

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_KEY;
}

static const char *map_of(const struct tally *t)
{
    if (strstr(t->ends.owner, "BTree"))
        return "BTreeMap";
    return "map";
}

/* What the keys were made of. */
enum kind { KIND_COPY, KIND_VALUE, KIND_BUILT };

static enum kind kind_of(const struct evidence *e, const struct case_of_line *one)
{
    if (temporary_of_integer(e, one) || temporary_of_char(e, one))
        return KIND_VALUE;
    return one->facts->leaf & FACT_FORMAT ? KIND_BUILT : KIND_COPY;
}

static const struct {
    const char *variant, *advice, *code, *condition;
} kinds[] = {
    [KIND_COPY] =
        {
            "",
            "Look up by a borrowed key and do the update right there, inside the `if let`; make "
            "the owned key only in the else branch. Asking contains_key first and looking up "
            "again hashes each key twice, which costs about what the key did. hashbrown's "
            "entry_ref does all in one lookup.",
            "if let Some(count) = map.get_mut(word) { // &str finds a String key\n"
            "    *count += 1; // here, not after a second lookup\n"
            "} else {\n"
            "    map.insert(word.to_owned(), 1); // only for new keys\n"
            "}\n"
            "// a set: if !set.contains(word) { set.insert(word.to_owned()); }\n"
            "// hashbrown: *map.entry_ref(word).or_insert(0) += 1;\n",
            "if the key can be looked up borrowed, as a String by &str",
        },
    [KIND_VALUE] =
        {
            "value",
            "Make the number or char itself the key: it needs no memory of its own, and is hashed "
            "and compared as what it is.",
            "let mut map: HashMap<char, u64> = HashMap::new(); // or u32; not HashMap<String, _>\n"
            "*map.entry(c).or_insert(0) += 1; // not entry(c.to_string())\n",
            "if all keys of the map are such",
        },
    [KIND_BUILT] =
        {
            "built",
            "Make the parts themselves the key, as a tuple: nothing is formatted or allocated "
            "then. Where it must be a text, write it into one String that is cleared for each "
            "key, look up by that, and copy it only for a new key.",
            "*map.entry((a, b)).or_insert(0) += 1; // HashMap<(u32, u32), u64>\n"
            "// or a text:\n"
            "use std::fmt::Write;\n"
            "let mut key = String::new(); // once, before the loop\n"
            "key.clear();\n"
            "write!(key, \"{a}/{b}\").unwrap(); // not entry(format!(..))\n"
            "if let Some(count) = map.get_mut(key.as_str()) {\n"
            "    *count += 1;\n"
            "} else {\n"
            "    map.insert(key.clone(), 1);\n"
            "}\n",
            "if the key is used for nothing else",
        },
};

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f, double share)
{
    enum kind kind = kind_of(e, one);
    const struct tally *t = &one->tally;
    uint64_t dropped = tally_count((double)t->births * share);
    bool all_sampled = t->ends.samples >= t->freed;
    finding->what = finding_text(
        f,
        "%s made %s keys (%s) for a %s; %s%s of them were dropped at once, because the %s had "
        "them already.",
        case_name(e, one, f), figure_count(t->births), temporary_sizes(t, f), map_of(t),
        all_sampled ? "" : "about ", figure_count(dropped), map_of(t));
    finding->variant = kinds[kind].variant;
    finding->advice = kinds[kind].advice;
    finding->code = kinds[kind].code;
    finding->condition = kinds[kind].condition;
    finding->confidence = FINDING_LIKELY;
    finding_evidence_u64(f, finding, "keys_dropped", dropped);
    finding_evidence_real(f, finding, "dropped_share", share);
}

static void judge_line(const struct rule *rule, const struct evidence *e,
                       const struct case_of_line *one, struct findings *f)
{
    const struct tally *t = &one->tally;
    double share = temporary_key_share(t), births = (double)t->births;
    enum kind kind = kind_of(e, one);
    struct finding *finding = case_finding(e, rule, one, f);
    struct reckoning r = reckoning_start(e, f);
    reckoning_pairs(&r, t, share);
    if (t->steps)
        reckoning_growth(&r, t, share);
    if (kind == KIND_BUILT)
        reckoning_constant(&r, births * share, COST_FORMAT, NULL);
    reckoning_term(&r, births * share * CARRY_NS, "%s keys copied and carried",
                   figure_count(tally_count(births * share)));
    if (kind != KIND_VALUE)
        reckoning_term(&r, -births * (1 - share) * LOOKUP_NS, "%s new keys looked up twice",
                       figure_count(tally_count(births * (1 - share))));
    temporary_fill(e, one, finding, f, share, false);
    tell(e, one, finding, f, share);
    reckoning_finish(&r, finding);
    temporary_doubts(one, finding, f);
    gate_severity(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct cases *cases =
        cases_find(e,
                   &(struct case_filter){
                       .accept = accept, .amount = case_births, .least = rule_limit(rule, 0)},
                   f);
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        if ((double)one->tally.births >= rule_limit(rule, 0) &&
            temporary_key_share(&one->tally) >= rule_limit(rule, MIN_DROPPED))
            judge_line(rule, e, one, f);
    }
}

const struct rule rule_key_temp = {
    .id = "key-temp",
    .title = "keys are made for a map that has them already",
    .summary = "entry(key.to_string()) and insert(key.clone()) with keys that are mostly there",
    .skill = "Avoid Cloning in Hot Paths",
    .reference = "Heap Allocations: to_owned; Hashing",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES | EVIDENCE_ENDS,
    .precedence = 85,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where a thousand keys or more were allocated for entry() or insert() "
                    "of a HashMap, HashSet, BTreeMap or BTreeSet, and the map dropped at least "
                    "three in ten of them, as sampled frees show, because the key was there.",
            .why = "entry() wants an owned key even to find what is there: a malloc, a copy and a "
                   "free per lookup.",
            .wrong = "Where most keys are new, looking first costs a second lookup for each of "
                     "them, which is reckoned. A key that cannot be borrowed (a tuple of Strings) "
                     "needs hashbrown's raw_entry or an Equivalent type.",
            .fix = "get_mut(&str) first and insert only if it is missing; contains() for sets; "
                   "entry_ref of the hashbrown crate does it in one lookup. A key that is put "
                   "together of parts is better a tuple of them, a number or char itself the key "
                   "(variants \"built\" and \"value\").",
            .before = "*counts.entry(word.to_string()).or_insert(0) += 1;\n",
            .after = "if let Some(n) = counts.get_mut(word) {\n"
                     "    *n += 1;\n"
                     "} else {\n"
                     "    counts.insert(word.to_string(), 1);\n"
                     "}\n",
        },
    .judge = judge,
};
