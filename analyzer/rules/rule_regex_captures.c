/* rule_regex_captures.c - the blocks that a match's groups take. Asked by rules.c. */
#include "analyzer/rules/crate_lines.h"
#include "analyzer/rules/regex_calls.h"
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "at some 20 ns each, fewer are nothing beside the searches"},
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void tell_replace(struct finding *finding)
{
    finding->advice =
        "A replacement with $ in it, or a closure, needs the groups of each match. If it is plain "
        "text, say so by NoExpand: then none are taken. Else write the result yourself, with "
        "captures_read_at into one CaptureLocations.";
    finding->code = "pattern.replace_all(text, regex::NoExpand(\"plain $ text\"))\n";
}

static void tell_iter(struct finding *finding)
{
    finding->advice = "Where the whole match is all that is used, find_iter takes no block. Else "
                      "captures_read_at fills one CaptureLocations, made outside of the loop.";
    finding->code = "for found in pattern.find_iter(text) {} // no groups, no block\n"
                    "// or, with groups:\n"
                    "let mut groups = pattern.capture_locations(); // once\n"
                    "let mut at = 0;\n"
                    "while let Some(found) = pattern.captures_read_at(&mut groups, text, at) {\n"
                    "    let (start, end) = groups.get(1).unwrap();\n"
                    "    at = found.end(); // one character on, if it may be empty\n"
                    "}\n";
}

static void tell_captures(struct finding *finding)
{
    finding->advice =
        "is_match and find take no block: use them where no group is asked for, and to pass over "
        "what does not match, since captures takes its block in any case. Else captures_read "
        "fills one CaptureLocations, made outside of the loop.";
    finding->code = "let mut groups = pattern.capture_locations(); // once\n"
                    "for line in lines {\n"
                    "    if pattern.captures_read(&mut groups, line).is_some() {\n"
                    "        let (start, end) = groups.get(1).unwrap();\n"
                    "        work(&line[start..end]);\n"
                    "    }\n"
                    "}\n";
}

static void tell(const struct crate_lines *lines, const struct case_of_line *one,
                 struct finding *finding, struct findings *f)
{
    const char *called = crate_lines_called(lines, one, f);
    bool iterates = strcmp(called, "next") == 0 || strcmp(called, "captures_iter") == 0;
    finding->what =
        finding_text(f, "%s had a regular expression tell its groups, by %s: %s blocks (%s), %s.",
                     finding->location.function, iterates ? "captures_iter" : called,
                     figure_count(one->tally.births), temporary_sizes(&one->tally, f),
                     temporary_fate(&one->tally, f));
    if (begins(called, "replace"))
        tell_replace(finding);
    else if (iterates)
        tell_iter(finding);
    else
        tell_captures(finding);
    finding->confidence = FINDING_LIKELY;
    finding->condition = "if the groups are not kept";
}

static void judge_line(const struct rule *rule, const struct crate_lines *lines, uint32_t line,
                       struct findings *f)
{
    const struct evidence *e = lines->groups.evidence;
    if ((double)lines->groups.blocks[line] < rule_limit(rule, 0))
        return;
    struct case_of_line one = part_groups_case(&lines->groups, line, 0);
    if (!one.count || !gate_local(&one.tally))
        return;
    struct finding *finding = crate_lines_finding(lines, line, rule, &one, f);
    struct reckoning r = reckoning_start(e, f);
    temporary_reckon_all(&r, &one);
    reckoning_finish(&r, finding);
    temporary_fill(e, &one, finding, f, 1, false);
    tell(lines, &one, finding, f);
    temporary_doubts(&one, finding, f);
    gate_severity(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct crate_lines lines;
    if (crate_lines_find(&lines, e, CRATE_PART_CAPTURES, regex_called)) {
        f->failed = true;
        return;
    }
    for (uint32_t i = 0; i < lines.groups.count; i++)
        judge_line(rule, &lines, i, f);
}

const struct rule rule_regex_captures = {
    .id = "regex-captures",
    .title = "a regular expression's groups take a block for each match",
    .summary = "captures, captures_iter and replace of regex, where find would do or one block",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES,
    .precedence = 85,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that calls captures, captures_iter, replace or replace_all of "
                    "regex, for which a thousand blocks or more were made to hold where "
                    "the groups are, and dropped again soon after.",
            .why = "The places of the groups are a Vec, of each match another one, and of "
                   "captures even where nothing matches. To find groups also takes another engine "
                   "than to find a match. Measured, of three pairs of words in a line: captures "
                   "62 ns, captures_read 44, find 25; captures_iter 357, find_iter 182.",
            .wrong = "Where groups are needed and the match itself is much work, the blocks are "
                     "little of it.",
            .fix = "is_match, find, find_iter; captures_read and captures_read_at with one "
                   "CaptureLocations; NoExpand for a replacement that is plain text.",
            .before = "for line in lines {\n"
                      "    if let Some(groups) = pattern.captures(line) {\n"
                      "        count(&groups[0]);\n"
                      "    }\n"
                      "}\n",
            .after = "for line in lines {\n"
                     "    if let Some(found) = pattern.find(line) {\n"
                     "        count(found.as_str());\n"
                     "    }\n"
                     "}\n",
        },
    .judge = judge,
};
