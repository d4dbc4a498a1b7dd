/* rule_node_churn.c - containers that allocate node by node. Asked by rules.c. */
#include "analyzer/rules/rules.h"

#include <string.h>

enum { NODES, LIVE, BULK_SHARE, NODE_NS, REMOVED };
static const struct rule_threshold thresholds[] = {
    [NODES] = {"min_nodes", 10000, "at some 40 ns each, fewer cost less than half a millisecond"},
    [LIVE] = {"max_live_share", 0.5,
              "of a tree's nodes live at once: above, one big map is built and kept, as maps are"},
    [BULK_SHARE] = {"bulk_share", 0.45,
                    "of the nodes spared by building from sorted items: 92 instead of 167 for a "
                    "thousand inserts in rising order, as leaves are filled and not split"},
    [NODE_NS] =
        {"ns_per_split_node", 170,
         "measured, inserted one by one and collected: 280 ns for a thousand rising keys, 390 "
         "for random ones, 180 for twenty, 170 for 120 that are the same each time; the least "
         "of them"},
    [REMOVED] = {"max_removed_share", 0.5,
                 "of a tree's nodes freed by removing items: above, the tree is a queue in order, "
                 "which no Vec replaces"},
};

/* The tree's function that adds a node where there is no room for another item. A tree's first node
 * is no sign: most small maps have just that, and a node is what a small Vec would cost. Building
 * from sorted items fills one node after the other by other functions, bulk_push and the like. */
#define SPLITTING "insert_recursing"

static bool is_split_off(const struct evidence *e, uint32_t index)
{
    const struct profile_point *point = &e->profile->points[index];
    for (uint32_t i = 0; i < e->facts[index].leaf_end && i < point->depth; i++) {
        const struct profile_frame *frame = &e->profile->frames[point->stack[i]];
        if (strstr(frame->function, SPLITTING) || strstr(frame->name, SPLITTING))
            return true;
    }
    return false;
}

static uint64_t nodes_split_off(const struct evidence *e, const struct case_of_line *one)
{
    uint64_t nodes = 0;
    for (uint32_t i = 0; i < one->count; i++) {
        const struct profile_point *point = &e->profile->points[one->points[i]];
        if (is_split_off(e, one->points[i]))
            nodes += case_births(point);
    }
    return nodes;
}

/* Sums over threads and stacks, so at most too many: then it is silent. */
static uint64_t most_live(const struct tally *t)
{
    uint64_t most = t->most_blocks > t->peak_blocks ? t->most_blocks : t->peak_blocks;
    most = most < t->births ? most : t->births;
    return most ? most : 1;
}

/* ---- LinkedList ---- */

static void judge_list(const struct rule *rule, const struct evidence *e,
                       const struct case_of_line *one, struct findings *f)
{
    const struct tally *t = &one->tally;
    struct finding *finding = case_finding(e, rule, one, f);
    struct reckoning r = reckoning_start(e, f);
    reckoning_pairs(&r, t, 1);
    reckoning_finish(&r, finding);
    finding->variant = "linked-list";
    finding->title = "a LinkedList allocates every element";
    finding->saving.calls = t->births + t->freed;
    finding->saving.bytes = t->bytes;
    finding->events = t->births;
    finding->what = finding_text(f, "%s allocated %s list nodes of %s, one for each element.",
                                 case_name(e, one, f), figure_count(t->births),
                                 figure_bytes(tally_mean_size(t)));
    finding->advice =
        "Use VecDeque: it pushes and pops at both ends too and keeps its elements in one block. "
        "Filling and reading it took a sixth of the list's time.";
    const char *element = one->facts->types.element;
    bool known = element[0] && !strstr(element, "Node");
    finding->code = finding_text(f,
                                 "use std::collections::VecDeque;\n"
                                 "let mut queue: VecDeque<%s> = VecDeque::new();\n",
                                 known ? element : "_");
    finding->condition = "if the list is not split or spliced in the middle";
    finding_evidence_u64(f, finding, "nodes", t->births);
    finding_evidence_u64(f, finding, "node_bytes", tally_mean_size(t));
    gate_severity(e, finding);
    findings_add(f, finding);
}

/* ---- BTreeMap ---- */

static void tell_tree(const struct evidence *e, const struct case_of_line *one, struct findings *f,
                      struct finding *finding)
{
    const struct tally *t = &one->tally;
    const struct fact_types *types = &one->facts->types;
    finding->variant = "btree";
    finding->title = "trees are built node by node and dropped again";
    finding->what = finding_text(
        f,
        "%s allocated %s tree nodes (%s on average), at most %s of them live at once: trees are "
        "built and dropped again and again.",
        case_name(e, one, f), figure_count(t->births), figure_bytes(tally_mean_size(t)),
        figure_count(most_live(t)));
    finding->advice =
        "Is the order needed while it is built? If not, collect into a Vec, sort it and search "
        "it by binary_search; or collect the tree from all items at once, which fills its nodes "
        "(92 instead of 167 for a thousand, in a tenth of the time); or use a HashMap if the "
        "order is not needed at all.";
    const char *key = types->key[0] ? types->key : "_";
    if (strcmp(types->value, "()") == 0)
        finding->code =
            finding_text(f,
                         "let mut sorted: Vec<%s> = items.collect();\n"
                         "sorted.sort_unstable();\n"
                         "sorted.dedup();\n"
                         "// search: sorted.binary_search(&item)\n"
                         "// or a tree after all: let set: BTreeSet<_> = items.collect();\n",
                         key);
    else
        finding->code =
            finding_text(f,
                         "let mut pairs: Vec<(%s, %s)> = items.collect();\n"
                         "pairs.sort_by(|a, b| a.0.cmp(&b.0));\n"
                         "// search: pairs.binary_search_by(|p| p.0.cmp(&key))\n"
                         "// or a tree after all: let map: BTreeMap<_, _> = items.collect();\n",
                         key, types->value[0] ? types->value : "_");
    finding->condition = "if items are not looked up while others are still inserted";
    finding->confidence = FINDING_DOUBTFUL;
    finding_evidence_u64(f, finding, "nodes", t->births);
    finding_evidence_u64(f, finding, "node_bytes", tally_mean_size(t));
    finding_evidence_u64(f, finding, "live_nodes_max", most_live(t));
}

/* What takes a node out of a tree that lives on. */
static const char *const removing[] = {"do_merge", "merge_tracking", "remove_leaf_kv",
                                       "remove_kv_tracking", "pop_internal_level"};

static bool is_removal(const struct profile *p, const struct profile_link *link)
{
    for (uint32_t i = 0; i < link->to_depth; i++) {
        const struct profile_frame *frame = &p->frames[link->to_stack[i]];
        for (size_t r = 0; r < sizeof(removing) / sizeof(removing[0]); r++)
            if (strstr(frame->function, removing[r]) || strstr(frame->name, removing[r]))
                return true;
    }
    return false;
}

/* Of the sampled frees of nodes, those by removing items: a queue in order, that is filled and
 * emptied and needs to be a tree. */
static double removed_share(const struct evidence *e, const struct case_of_line *one)
{
    uint64_t removed = 0, all = 0;
    for (uint32_t i = 0; i < one->count; i++)
        for (uint32_t l = e->first_from[one->points[i]]; l != PROFILE_NONE; l = e->next_from[l]) {
            const struct profile_link *link = &e->profile->links[l];
            if (link->kind != PROFILE_FREED)
                continue;
            all += link->n;
            removed += is_removal(e->profile, link) ? link->n : 0;
        }
    return tally_share(removed, all);
}

static void judge_tree(const struct rule *rule, const struct evidence *e,
                       const struct case_of_line *one, struct findings *f)
{
    const struct tally *t = &one->tally;
    double spared = rule_limit(rule, BULK_SHARE);
    uint64_t split = nodes_split_off(e, one);
    if ((double)split < rule_limit(rule, NODES) ||
        tally_share(most_live(t), t->births) > rule_limit(rule, LIVE) ||
        removed_share(e, one) > rule_limit(rule, REMOVED))
        return;
    struct finding *finding = case_finding(e, rule, one, f);
    struct reckoning r = reckoning_start(e, f);
    reckoning_term(&r, (double)split * rule_limit(rule, NODE_NS),
                   "%s nodes split off by inserting one by one, at %s more each than built at once",
                   figure_count(split), figure_ns(rule_limit(rule, NODE_NS)));
    reckoning_finish(&r, finding);
    finding->saving.calls = tally_count(spared * (double)(t->births + t->freed));
    finding->saving.bytes = tally_count(spared * (double)t->bytes);
    finding->events = t->births;
    tell_tree(e, one, f, finding);
    finding_evidence_u64(f, finding, "split_nodes", split);
    gate_severity(e, finding);
    if (finding->severity > FINDING_MEDIUM) /* it is a question */
        finding->severity = FINDING_MEDIUM;
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    static const struct {
        uint64_t fact;
        void (*judge)(const struct rule *, const struct evidence *, const struct case_of_line *,
                      struct findings *);
    } kinds[] = {{FACT_LINKED_LIST, judge_list}, {FACT_BTREE, judge_tree}};
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        struct case_filter filter = {.leaf_any = kinds[k].fact,
                                     .no_split = true,
                                     .amount = case_births,
                                     .least = rule_limit(rule, NODES)};
        struct cases *cases = cases_find(e, &filter, f);
        const struct case_of_line *one;
        while ((one = cases_next(cases)))
            if ((double)one->tally.births >= rule_limit(rule, NODES))
                kinds[k].judge(rule, e, one, f);
    }
}

const struct rule rule_node_churn = {
    .id = "node-churn",
    .title = "a container allocates node by node",
    .summary = "nodes of LinkedList, and of BTreeMaps that are built and dropped again",
    .skill = "",
    .reference = "Standard Library Types",
    .needs = EVIDENCE_NAMES,
    .precedence = 50,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what =
                "Ten thousand nodes of a LinkedList from one line, or of BTreeMaps and BTreeSets "
                "of which at most half are live at once, so that trees come and go. Trees that "
                "are collected from sorted items are left out.",
            .why = "A LinkedList has a malloc and a free for every element and a cache miss at "
                   "every step: pushing a hundred elements takes six times as long as with "
                   "VecDeque. Inserting into a BTreeMap in rising order leaves every leaf half "
                   "empty: 167 nodes for a thousand items, 92 when built from a sorted iterator.",
            .wrong =
                "If items are looked up in order while others are inserted and removed, a tree "
                "is right. A list that is split and spliced a lot may be, too. The recorder sees "
                "nodes, not how the map is used, so for trees this is a question.",
            .fix = "VecDeque for a LinkedList. For trees: a sorted Vec with binary_search, "
                   "BTreeMap::from_iter of sorted items, or a HashMap.",
            .before = "let mut map = BTreeMap::new();\n"
                      "for (k, v) in pairs { map.insert(k, v); }\n"
                      "sum_in_order(&map)\n",
            .after = "let mut pairs: Vec<_> = pairs.collect();\n"
                     "pairs.sort_unstable_by_key(|p| p.0);\n"
                     "sum_in_order(&pairs)\n",
        },
    .judge = judge,
};
