/* rule_json_value.c - JSON that is parsed into serde_json::Value. Asked by rules.c. */
#include "analyzer/rules/crate_lines.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/json_calls.h"
#include "analyzer/rules/rules.h"
#include "analyzer/rules/temporary.h"

static const struct rule_threshold thresholds[] = {
    {"min_spared", 1000, "keys and tables, which a struct has not: a configuration has fewer"},
};

/* Of the line's blocks, those of a kind. */
static struct case_of_line blocks_of(const struct evidence *e, const struct case_of_line *all,
                                     enum json_block kind, uint32_t *room)
{
    struct case_of_line one = *all;
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        uint32_t point = all->points[i];
        if (json_block(e->profile, &e->profile->points[point], e->facts[point].leaf_end) == kind)
            room[n++] = point;
    }
    one.count = 0;
    if (n)
        case_of_points(&one, e, room, n);
    return one;
}

static void tell(const struct case_of_line *all, uint64_t keys, uint64_t tables,
                 struct finding *finding, struct findings *f)
{
    const struct tally *t = &all->tally;
    finding->what = finding_text(
        f,
        "%s parsed JSON into serde_json::Value: %s blocks, %s. Of these, %s are the keys of "
        "objects, each a String, and %s the tables that hold them.",
        finding->location.function, figure_count(t->births), figure_bytes(t->bytes),
        figure_count(keys), figure_count(tables));
    finding->advice =
        "Where it is known what fields there are, derive Deserialize for a struct of them: that "
        "has neither keys nor tables, and what it does not name is passed over without a block. "
        "Its texts may be &str or Cow<str> of the input. Parts whose shape is not known can stay "
        "a Value, or &RawValue, which is not parsed at all.";
    finding->code =
        "#[derive(serde::Deserialize)]\n"
        "struct Document<'a> {\n"
        "    id: u64,\n"
        "    #[serde(borrow)]\n"
        "    name: std::borrow::Cow<'a, str>, // no block, unless there are escapes in it\n"
        "    tags: Vec<String>,\n"
        "}\n"
        "let document: Document = serde_json::from_str(text)?;\n";
    finding->confidence = FINDING_LIKELY;
    finding->condition = "if it is known what the JSON looks like";
    finding_evidence_u64(f, finding, "keys", keys);
    finding_evidence_u64(f, finding, "tables", tables);
}

/* What a struct spares of one kind. */
static void reckon(struct reckoning *r, const struct case_of_line *spared)
{
    if (spared->count)
        temporary_reckon_all(r, spared);
}

static void judge_line(const struct rule *rule, const struct crate_lines *lines, uint32_t line,
                       struct findings *f)
{
    const struct evidence *e = lines->groups.evidence;
    struct case_of_line all = part_groups_case(&lines->groups, line, 0);
    uint32_t *room = arena_alloc(e->scratch, (2 * (size_t)all.count + 1) * sizeof(*room));
    if (!all.count || !room)
        return;
    struct case_of_line keys = blocks_of(e, &all, JSON_KEY, room);
    struct case_of_line tables = blocks_of(e, &all, JSON_TABLE, room + all.count);
    uint64_t made = keys.count ? keys.tally.births : 0;
    uint64_t held = tables.count ? tables.tally.births : 0;
    if ((double)(made + held) < rule_limit(rule, 0))
        return;
    struct finding *finding = crate_lines_finding(lines, line, rule, &all, f);
    struct reckoning r = reckoning_start(e, f);
    reckon(&r, &keys);
    reckon(&r, &tables);
    reckoning_finish(&r, finding);
    temporary_fill(e, &all, finding, f, tally_share(made + held, all.tally.births), false);
    tell(&all, made, held, finding, f);
    temporary_doubts(&all, finding, f);
    gate_severity(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct crate_lines lines;
    if (crate_lines_find(&lines, e, CRATE_PART_VALUE, json_called)) {
        f->failed = true;
        return;
    }
    for (uint32_t i = 0; i < lines.groups.count; i++)
        judge_line(rule, &lines, i, f);
}

const struct rule rule_json_value = {
    .id = "json-value",
    .title = "JSON is parsed into a Value, with a block for each key",
    .summary = "serde_json::Value where a struct of the fields would do",
    .skill = "Stack Allocation for Small Collections",
    .reference = "Heap Allocations: String",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES,
    .precedence = 85,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that parses JSON into serde_json::Value, with a thousand blocks or "
                    "more for the keys of objects and the tables that hold them.",
            .why = "Of each object a Value has a map, and in it each key once more as a String. "
                   "What is looked up later is compared with these. A struct has its fields at "
                   "fixed places, and takes texts from the input as they are.",
            .wrong = "Where any JSON may come, and is passed on or shown as it came, there is no "
                     "struct of it.",
            .fix = "#[derive(Deserialize)] for a struct of the fields that are used; Cow<str> with "
                   "#[serde(borrow)] for texts; &RawValue for parts that are only passed on.",
            .before = "let document: Value = serde_json::from_str(text)?;\n"
                      "let name = document[\"name\"].as_str().unwrap_or(\"\");\n"
                      "show(name);\n",
            .after = "#[derive(Deserialize)]\n"
                     "struct Document<'a> {\n"
                     "    #[serde(borrow, default)]\n"
                     "    name: Cow<'a, str>,\n"
                     "}\n"
                     "let document: Document = serde_json::from_str(text)?;\n"
                     "show(&document.name);\n",
        },
    .judge = judge,
};
