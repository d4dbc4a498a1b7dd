/* rule_io_buffer.c - readers and writers whose buffer is made anew each time. Asked by rules.c. */
#include "analyzer/rules/rules.h"

enum { BUFFERS, LIVE };
static const struct rule_threshold thresholds[] = {
    [BUFFERS] = {"min_buffers", 100, "a program opens some files; a loop opens hundreds"},
    [LIVE] = {"max_live_share", 0.5, "of the buffers live at once: above, each is in use"},
};

static bool comes_and_goes(const struct rule *rule, const struct tally *t)
{
    return (double)t->births >= rule_limit(rule, BUFFERS) &&
           tally_share(t->most_blocks, t->births) < rule_limit(rule, LIVE);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {.leaf_any = FACT_IO_BUFFER, .leaf_none = FACT_STD_LAZY};
    struct cases *cases = cases_find(e, &filter, f);
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        const struct tally *t = &one->tally;
        if (!comes_and_goes(rule, t))
            continue;
        struct finding *finding = case_finding(e, rule, one, f);
        struct reckoning r = reckoning_start(e, f);
        reckoning_pairs(&r, t, 1);
        reckoning_finish(&r, finding);
        finding->saving.calls = t->births + t->freed;
        finding->saving.bytes = t->bytes;
        finding->events = t->births;
        finding->what = finding_text(
            f, "%s made %s buffers of %s for readers or writers, one each time.",
            case_name(e, one, f), figure_count(t->births), figure_bytes(tally_mean_size(t)));
        finding->advice = "Read a file that is taken whole by fs::read_to_string (or fs::read), "
                          "which needs no buffer; make one BufReader or BufWriter outside of the "
                          "loop where the stream is the same; give a reader of a few bytes a "
                          "small buffer by with_capacity.";
        finding->code =
            "let text = std::fs::read_to_string(&path)?; // in place of a BufReader per file\n"
            "// one writer for all records:\n"
            "let mut out = BufWriter::new(file);\n"
            "for record in records {\n"
            "    writeln!(out, \"{record}\")?;\n"
            "}\n"
            "out.flush()?;\n";
        finding->condition = "if the file fits memory, or the stream is the same each time";
        finding_evidence_u64(f, finding, "buffers", t->births);
        finding_evidence_u64(f, finding, "bytes_each", tally_mean_size(t));
        gate_severity(e, finding);
        findings_add(f, finding);
    }
}

const struct rule rule_io_buffer = {
    .id = "io-buffer",
    .title = "a reader or writer gets a new buffer each time",
    .summary = "BufReader and BufWriter made in a loop",
    .skill = "Reuse Buffers",
    .reference = "I/O: Buffering",
    .needs = EVIDENCE_NAMES,
    .precedence = 55,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that made a hundred buffers or more for BufReader, BufWriter or "
                    "LineWriter, of which less than half were live at once.",
            .why =
                "Each is 8 KiB, above what glibc's per-thread cache holds, so making and freeing "
                "one costs more than a small block; and a buffer that serves one small read or "
                "write saves no system call.",
            .wrong =
                "Opening a file costs a hundred times as much as its buffer: for one buffer per "
                "file the gain is small, and the finding is shown with --all only.",
            .fix = "fs::read_to_string for whole files, one BufWriter around the loop, "
                   "with_capacity for small streams.",
            .before = "for record in records {\n"
                      "    let mut out = BufWriter::new(&file);\n"
                      "    writeln!(out, \"{record}\")?;\n"
                      "}\n",
            .after = "let mut out = BufWriter::new(&file);\n"
                     "for record in records {\n"
                     "    writeln!(out, \"{record}\")?;\n"
                     "}\n"
                     "out.flush()?;\n",
        },
    .judge = judge,
};
