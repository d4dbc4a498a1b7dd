/* rule_map_reuse.c - hash maps that are made for each call and could be kept and cleared.
 *
 * Asked by rules_judge. Only a remark beside hash-growth: clear() writes all control bytes, so
 * that reusing a map of the right capacity gains nothing that can be measured; what it saves is
 * the growing, and that is hash-growth's figure.
 */
#include "analyzer/rules/containers.h"
#include "analyzer/rules/rules.h"

enum { MIN_MAPS, MIN_STEPS };

static const struct rule_threshold thresholds[] = {
    [MIN_MAPS] = {"min_maps", 200, "fewer are made once each, not in a loop"},
    [MIN_STEPS] = {"min_steps_per_map", 1,
                   "without growth there is nothing to save: clearing costs what a new one does"},
};

static void report(const struct rule *rule, const struct evidence *e,
                   const struct case_of_line *one, const struct containers *maps,
                   struct findings *f)
{
    struct finding *finding = case_finding(e, rule, one, f);
    uint64_t most = tally_most_per_thread(&one->tally);

    finding->what = finding_text(f, "%s made %s maps and dropped them where they were made.",
                                 case_name(e, one, f), figure_count(maps->count));
    finding->advice =
        "A map that is kept by whoever calls and cleared for each use has its capacity from the "
        "second use on, without knowing how many items come. It saves the growing and no more: "
        "with the right capacity a new map costs what clearing an old one does.";
    finding->code = "map.clear(); // keeps its table\n";
    finding->confidence = FINDING_DOUBTFUL;
    finding->condition = "if the number of items is not known before";
    finding->events = maps->count;
    finding_evidence_u64(f, finding, "maps", maps->count);
    finding_evidence_u64(f, finding, "most_tables_at_once", most);
    finding->severity = FINDING_INFO;
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct cases *cases = cases_find(e, &(struct case_filter){.leaf_all = FACT_HASH_GROW}, f);

    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        struct containers maps = containers_of(&one->tally);
        if ((double)maps.count >= rule_limit(rule, MIN_MAPS) &&
            tally_share(maps.steps, maps.count) >= rule_limit(rule, MIN_STEPS) &&
            containers_local(&one->tally))
            report(rule, e, one, &maps, f);
    }
}

const struct rule rule_map_reuse = {
    .id = "map-reuse",
    .title = "a hash map is made for each call",
    .summary =
        "hash maps that grow, are dropped where they were made, and could be kept and cleared",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_OWN | EVIDENCE_NAMES,
    .precedence = 10,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "At least 200 hash maps of a line that grow while they are filled and are "
                    "dropped in the function that made them, or its caller: judged by the last "
                    "table of each, and by how many tables are there at once. It is only a remark "
                    "(info), shown with --all or beside another finding of the line: these maps "
                    "grow, so what can be saved is what hash-growth tells, which leads.",
            .why = "Each of them grows from nothing again.",
            .wrong =
                "With a capacity that is right, reuse saves nothing: clear() has to write a byte "
                "for each bucket, and a table costs little to allocate. A map that was once "
                "large stays slow to clear and to iterate over.",
            .fix =
                "Take the map from the caller by &mut and clear it at the start, where the number "
                "of items is not known; where it is, with_capacity is simpler.",
            .before = "fn distinct(words: &[&str]) -> usize {\n"
                      "    let mut seen: HashSet<&str> = HashSet::new();\n"
                      "    seen.extend(words);\n"
                      "    seen.len()\n"
                      "}\n",
            .after = "fn distinct<'a>(words: &[&'a str], seen: &mut HashSet<&'a str>) -> usize {\n"
                     "    seen.clear();\n"
                     "    seen.extend(words);\n"
                     "    seen.len()\n"
                     "}\n",
        },
    .judge = judge,
};
