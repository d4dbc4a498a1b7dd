/* rule_lines.c - a String for each line read. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "19 ns a line: fewer lines are not felt"},
};

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_LINE;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    bool is_split = !(one->tally.leaf_any & FACT_LINES) && (one->tally.leaf_any & FACT_SPLIT);
    finding->variant = is_split ? "split" : "";
    finding->what = finding_text(f, "%s read %s %s, each into a new %s (%s): %s.",
                                 case_name(e, one, f), figure_count(one->tally.births),
                                 is_split ? "pieces" : "lines", is_split ? "Vec<u8>" : "String",
                                 temporary_sizes(&one->tally, f), temporary_fate(&one->tally, f));
    finding->advice = is_split
                          ? "split() makes a new Vec for each piece. read_until into one Vec that "
                            "is cleared for each piece allocates a few times in all."
                          : "lines() makes a new String for each line. read_line into one String "
                            "that is cleared for each line allocates a few times in all; it keeps "
                            "the line's end, so trim it.";
    finding->code = is_split ? "let mut piece = Vec::new(); // once\n"
                               "while reader.read_until(b'\\n', &mut piece)? != 0 {\n"
                               "    if piece.last() == Some(&b'\\n') { piece.pop(); }\n"
                               "    handle(&piece);\n"
                               "    piece.clear(); // keeps the memory\n"
                               "}\n"
                             : "let mut line = String::new(); // once\n"
                               "while reader.read_line(&mut line)? != 0 {\n"
                               "    handle(line.trim_end_matches(&['\\n', '\\r'][..]));\n"
                               "    line.clear(); // keeps the memory\n"
                               "}\n";
    finding->confidence = FINDING_CERTAIN;
}

static const struct temporary_rule how = {
    .accept = accept, .reckon = temporary_reckon_all, .tell = tell, .gone = true};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_lines = {
    .id = "lines",
    .title = "a new String for each line that is read",
    .summary = "BufRead::lines or split where one buffer would do",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reading Lines from a File",
    .needs = EVIDENCE_NAMES | EVIDENCE_LIFETIMES,
    .precedence = 70,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that iterates over BufRead::lines() (or split()) and drops each of a "
                    "thousand Strings or more before the next one is read.",
            .why = "Each line costs a malloc and a free, sometimes a realloc: 19 ns a line. "
                   "read_line into a String that is cleared keeps its memory.",
            .wrong = "Lines that are kept (collected, put into a map, sent to a thread) need "
                     "their own String; they live longer and are not reported. In a program that "
                     "waits for its input nothing is gained.",
            .fix = "Make one String before the loop, read_line into it, clear it at the end of "
                   "each turn. read_line keeps the end of the line: trim it.",
            .before = "for line in reader.lines() {\n"
                      "    handle(&line?);\n"
                      "}\n",
            .after = "let mut line = String::new();\n"
                     "while reader.read_line(&mut line)? != 0 {\n"
                     "    handle(line.trim_end());\n"
                     "    line.clear();\n"
                     "}\n",
        },
    .judge = judge,
};
