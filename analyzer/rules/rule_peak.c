/* rule_peak.c - who makes the most memory that the program ever has. Asked by rules.c. */
#include "analyzer/rules/over_time.h"
#include "analyzer/rules/rules.h"

enum { SHARE, SPIKE_BYTES, SPIKE_TIME, SPIKE_RATIO, SPIKE_PLACE, HIGH_BYTES, TINY };
static const struct rule_threshold thresholds[] = {
    [SHARE] = {"min_share", 0.2, "of the peak: five lines at most"},
    [SPIKE_BYTES] = {"min_spike_bytes", 8 << 20, "a smaller one is lost in what the process maps"},
    [SPIKE_TIME] = {"max_spike_time", 0.25,
                    "of the run with half of it live: longer is what the program works with"},
    [SPIKE_RATIO] = {"min_spike_ratio", 2, "the peak over what is live for most of the run"},
    [SPIKE_PLACE] = {"max_spike_place", 0.9,
                     "of the run at which the peak is: later it is what the program built up"},
    [HIGH_BYTES] = {"high_bytes", 256 << 20, "decides how big a machine or container must be"},
    [TINY] = {"min_peak_bytes", 64 << 10, "a program with less has no peak to speak of"},
};

/* Is it there until the program ends? Then it is what the last phase works with. The last point is
 * the end of the run, when everything may be freed. */
static bool is_there_to_the_end(const struct over_time *line, uint64_t peak)
{
    return line->count > 1 && line->bytes[line->count - 2] >= peak / 2;
}

/* Most of the time there is far less memory, and this line's is there for a moment. */
static bool is_spike(const struct rule *rule, const struct evidence *e,
                     const struct case_of_line *one)
{
    struct over_time line = over_time_of(e, one), all = over_time_of_program(e);
    uint64_t peak = e->profile->totals.peak_bytes;
    if (all.count < PROFILE_SERIES / 2 ||
        (double)one->tally.peak_bytes < rule_limit(rule, SPIKE_BYTES))
        return false;
    if ((double)e->profile->peak_time >
        rule_limit(rule, SPIKE_PLACE) * (double)e->profile->end_time)
        return false;
    if (is_there_to_the_end(&line, one->tally.peak_bytes))
        return false;
    double time = over_time_above(line.bytes, all.count, one->tally.peak_bytes / 2);
    double usual = (double)over_time_median(all.bytes, all.count);
    return time <= rule_limit(rule, SPIKE_TIME) &&
           (double)peak >= rule_limit(rule, SPIKE_RATIO) * usual;
}

static void tell_spike(const struct rule *rule, const struct evidence *e,
                       const struct case_of_line *one, struct findings *f, struct finding *finding)
{
    struct over_time all = over_time_of_program(e);
    uint64_t peak = e->profile->totals.peak_bytes, usual = over_time_median(all.bytes, all.count);
    finding->variant = "spike";
    finding->title = "a short spike makes the peak of memory";
    finding->what = finding_text(
        f,
        "%s of the peak of %s is %s: %s in %s, there for a moment only. For half of the "
        "run the program has %s or less.",
        figure_percent(tally_share(one->tally.peak_bytes, peak)), figure_bytes(peak),
        case_name(e, one, f), figure_bytes(one->tally.peak_bytes),
        figure_of(one->tally.peak_blocks, "block"), figure_bytes(usual));
    finding->advice =
        "Work through the data in pieces: take one item (or a chunk of them) at a time from an "
        "iterator instead of collecting all of them first, and drop what is done before the next "
        "begins.";
    finding->code = "// one at a time instead of all at once\n"
                    "for item in source { // an iterator, not a collected Vec\n"
                    "    consume(load(item)); // dropped before the next is made\n"
                    "}\n";
    finding->condition = "if the items are not needed all at once";
    uint64_t above = peak > usual ? peak - usual : 0;
    finding->saving.peak_bytes = one->tally.peak_bytes < above ? one->tally.peak_bytes : above;
    bool high = (double)finding->saving.peak_bytes >= rule_limit(rule, HIGH_BYTES);
    finding->severity = high ? FINDING_HIGH : FINDING_MEDIUM;
}

static void tell_share(const struct evidence *e, const struct case_of_line *one, struct findings *f,
                       struct finding *finding)
{
    uint64_t peak = e->profile->totals.peak_bytes;
    finding->what =
        finding_text(f, "%s of the peak of %s is %s: %s in %s.",
                     figure_percent(tally_share(one->tally.peak_bytes, peak)), figure_bytes(peak),
                     case_name(e, one, f), figure_bytes(one->tally.peak_bytes),
                     figure_of(one->tally.peak_blocks, "block"));
    finding->advice =
        "To have less memory at the peak, begin here: smaller elements, fewer of them at a time, "
        "capacity that fits, or dropping them before the peak is reached.";
    finding->confidence = FINDING_CERTAIN;
    finding->severity = FINDING_INFO;
}

static uint64_t peak_bytes(const struct profile_point *point)
{
    return point->peak_bytes;
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    uint64_t peak = e->profile->totals.peak_bytes;
    if ((double)peak < rule_limit(rule, TINY))
        return;
    struct case_filter filter = {.no_split = true,
                                 .parts = true,
                                 .amount = peak_bytes,
                                 .least = rule_limit(rule, SHARE) / 2 * (double)peak};
    struct cases *cases = cases_find(e, &filter, f);
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        double share = tally_share(one->tally.peak_bytes, peak);
        if (share < rule_limit(rule, SHARE))
            continue;
        struct finding *finding = case_finding(e, rule, one, f);
        finding->events = one->tally.peak_blocks;
        finding_evidence_u64(f, finding, "peak_bytes", one->tally.peak_bytes);
        finding_evidence_u64(f, finding, "peak_blocks", one->tally.peak_blocks);
        finding_evidence_u64(f, finding, "program_peak_bytes", peak);
        finding_evidence_real(f, finding, "share", share);
        if (is_spike(rule, e, one))
            tell_spike(rule, e, one, f, finding);
        else
            tell_share(e, one, f, finding);
        findings_add(f, finding);
    }
}

const struct rule rule_peak = {
    .id = "peak",
    .title = "a line holds a large part of the peak of memory",
    .summary = "a fifth or more of the most memory that was live at once",
    .skill = "Chunked Processing for Cache Efficiency",
    .reference = "Heap Allocations: Profiling",
    .needs = EVIDENCE_LIFETIMES,
    .precedence = 20,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that held a fifth or more of the live bytes when the program had the "
                    "most. Where that is 8 MiB or more, is there for at most a quarter of the "
                    "run, and the program has less than half of its peak for most of the time, "
                    "it is called a spike and is advice; else it is a remark.",
            .why = "The peak decides how big a machine or a container must be, and what is "
                   "swapped out. Fresh memory also has to be faulted in page by page.",
            .wrong =
                "Somebody has to hold the memory: a share of the peak alone is no mistake. The "
                "line over time has 16 points, so in a very short run a spike and a phase look "
                "alike.",
            .fix = "Stream instead of collecting, work in chunks, drop early (a block or drop(x) "
                   "before the next big step), give back capacity by shrink_to_fit where it is "
                   "kept for long.",
            .before = "let pages: Vec<Page> = files.iter().map(load).collect();\n"
                      "for page in &pages { index(page); }\n",
            .after = "for file in &files {\n"
                     "    index(&load(file)); // one page at a time\n"
                     "}\n",
        },
    .judge = judge,
};
