/* rule_path_join.c - paths joined for one use. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "a join is two calls, 30 ns: fewer are not felt"},
};

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_PATH;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const struct tally *t = &one->tally;
    finding->what =
        finding_text(f, "%s joined %s paths (%s), with %.1f reallocs for each: %s.",
                     case_name(e, one, f), figure_count(t->births), temporary_sizes(t, f),
                     tally_share(t->steps, t->births), temporary_fate(t, f));
    finding->advice = "Keep one PathBuf of the folder, push the name, use it, pop it again: the "
                      "memory stays. For names in one folder, set_file_name on a PathBuf does too.";
    finding->code = "let mut path = dir.to_path_buf(); // once\n"
                    "for name in names {\n"
                    "    path.push(name);\n"
                    "    handle(&path);\n"
                    "    path.pop(); // keeps the memory\n"
                    "}\n";
    finding->condition = "if the folder is the same for many names";
    finding->confidence = FINDING_LIKELY;
}

static const struct temporary_rule how = {
    .accept = accept, .reckon = temporary_reckon_all, .tell = tell, .gone = true};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_path_join = {
    .id = "path-join",
    .title = "a new PathBuf for each name in a folder",
    .summary = "Path::join in a loop, for one use of the path",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_NAMES | EVIDENCE_LIFETIMES,
    .precedence = 70,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where Path::join made a thousand paths or more that were dropped in "
                    "the same function or by its direct caller.",
            .why = "join copies the folder's path into a new buffer that is just large enough, "
                   "and then grows it for the name: a malloc, mostly a realloc, and a free for "
                   "each.",
            .wrong = "What follows is mostly a system call (open, stat), which takes a hundred "
                     "times longer; then the saving is real but small, and the share says so. "
                     "Paths that are kept need their own buffer and are not reported.",
            .fix = "Push the name onto one PathBuf and pop it after use, or use set_file_name.",
            .before = "for name in names {\n"
                      "    handle(&dir.join(name));\n"
                      "}\n",
            .after = "let mut path = dir.to_path_buf();\n"
                     "for name in names {\n"
                     "    path.push(name);\n"
                     "    handle(&path);\n"
                     "    path.pop();\n"
                     "}\n",
        },
    .judge = judge,
};
