/* rule_live_at_exit.c - what grows all the time and is never freed. Asked by rules.c. */
#include "analyzer/rules/over_time.h"
#include "analyzer/rules/rules.h"

enum { BLOCKS, BYTES, FEW, SHARE, PERIODS, HALF, OF_RUN, PHASE, SHORT_NS, HIGH_BYTES, HIGH_SHARE };
static const struct rule_threshold thresholds[] = {
    [BLOCKS] = {"min_blocks", 1000, "never freed; fewer are a table that is built once"},
    [BYTES] = {"or_min_bytes", 1 << 20, "few but big blocks that stay weigh as much"},
    [FEW] = {"min_blocks_of_bytes", 16, "then: fewer do not make a line over time"},
    [SHARE] = {"min_share", 0.5, "of the blocks never freed: below, it is a cache that is emptied"},
    [PERIODS] = {"min_rising_periods", 0.625,
                 "of the time in which it rises: five of eight, as a program also waits"},
    [HALF] = {"min_rise_per_half", 0.15,
              "of the final number in each half of that time: a steady rise adds a half in each"},
    [OF_RUN] = {"min_part_of_run", 0.5,
                "in which it rises: what is built once is built in a smaller part"},
    [PHASE] = {"min_part_of_run_for_remark", 0.15,
               "in less it is set up once and meant to stay: not even a remark"},
    [SHORT_NS] = {"short_run_ns", 1e7,
                  "of a shorter run a sixteenth is less than what starting takes: no line to see"},
    [HIGH_BYTES] = {"high_bytes", 64 << 20, "a process that grows by this is noticed by its users"},
    [HIGH_SHARE] = {"high_peak_share", 0.25, "and it must be a good part of all memory"},
};

static bool stays(const struct rule *rule, const struct tally *t)
{
    bool many = (double)t->end_blocks >= rule_limit(rule, BLOCKS);
    bool big = (double)t->end_bytes >= rule_limit(rule, BYTES) &&
               (double)t->end_blocks >= rule_limit(rule, FEW);
    return (many || big) && tally_share(t->end_blocks, t->births) >= rule_limit(rule, SHARE);
}

static void tell_growing(const struct evidence *e, const struct case_of_line *one,
                         struct findings *f, struct finding *finding,
                         const struct over_time_rise *rise)
{
    const struct tally *t = &one->tally;
    finding->what = finding_text(
        f,
        "%s of the %s blocks that %s allocated (%s) were never freed; their number rose steadily "
        "over %s of the run%s.",
        figure_count(t->end_blocks), figure_count(t->births), case_name(e, one, f),
        figure_bytes(t->end_bytes), figure_percent(rise->of_run),
        rise->to_end ? ", up to its end" : "");
    finding->advice =
        "Find out who keeps them. Usual owners: a static cache or registry that nothing is "
        "removed from, Box::leak or mem::forget in a path that runs often, a cycle of Rc or Arc, "
        "a channel that nobody reads. Bound the cache, make the back reference a Weak, or drop "
        "what is done.";
    finding->code =
        "// a cycle: the reference back must not own\n"
        "struct Node { parent: RefCell<Weak<Node>>, children: RefCell<Vec<Rc<Node>>> }\n"
        "// a cache: give it a bound\n"
        "if cache.len() >= MOST { cache.clear(); }\n";
    finding->condition = "if the program is meant to run longer, and did not end by "
                         "process::exit, which drops nothing";
}

/* LOW: cannot be told from a table that is meant to stay. */
static void tell_phase(const struct evidence *e, const struct case_of_line *one, struct findings *f,
                       struct finding *finding, const struct over_time_rise *rise)
{
    const struct tally *t = &one->tally;
    finding->variant = "phase";
    finding->title = "what a phase of the run allocated is never freed";
    finding->what =
        finding_text(f, "%s of the %s blocks that %s allocated (%s) are live at exit%s%s.",
                     figure_count(t->end_blocks), figure_count(t->births), case_name(e, one, f),
                     figure_bytes(t->end_bytes),
                     rise->rises ? "; they came in this part of the run: "
                                 : "; the run was too short to see a line",
                     rise->rises ? figure_percent(rise->of_run) : "");
    finding->advice =
        "It may be meant to stay: a static, a thread-local, what process::exit left behind, "
        "Box::leak on purpose. If a longer run has more of it, look for who keeps it.";
    finding->confidence = FINDING_DOUBTFUL;
    finding->condition = "if a longer run has more of it";
}

static enum finding_severity severity_of(const struct rule *rule, const struct evidence *e,
                                         const struct tally *t)
{
    double share = tally_share(t->end_bytes, e->profile->totals.peak_bytes);
    bool high = (double)t->end_bytes >= rule_limit(rule, HIGH_BYTES) &&
                share >= rule_limit(rule, HIGH_SHARE);
    return high ? FINDING_HIGH : FINDING_MEDIUM;
}

/* Whether there is something to say of a line that stays. */
static bool is_telling(const struct rule *rule, const struct evidence *e,
                       const struct over_time_rise *rise)
{
    if (rise->rises && rise->of_run >= rule_limit(rule, PHASE))
        return true;
    uint64_t ns = e->profile->program.duration_ns;
    return ns && (double)ns < rule_limit(rule, SHORT_NS);
}

static void judge_case(const struct rule *rule, const struct evidence *e,
                       const struct case_of_line *one, struct findings *f)
{
    const struct tally *t = &one->tally;
    struct over_time over = over_time_of(e, one);
    over_time_drop_stalls(&over, e);
    struct over_time_steady steady = {rule_limit(rule, PERIODS), rule_limit(rule, HALF)};
    struct over_time_rise rise = over_time_rise(over.blocks, over.count, &steady);
    if (!is_telling(rule, e, &rise))
        return;
    struct finding *finding = case_finding(e, rule, one, f);
    finding->events = t->end_blocks;
    finding_evidence_u64(f, finding, "blocks", t->births);
    finding_evidence_u64(f, finding, "end_blocks", t->end_blocks);
    finding_evidence_u64(f, finding, "end_bytes", t->end_bytes);
    finding_evidence_real(f, finding, "rises_part_of_run", rise.of_run);
    finding->severity = FINDING_LOW;
    if (rise.rises && rise.of_run >= rule_limit(rule, OF_RUN)) {
        tell_growing(e, one, f, finding, &rise);
        finding->saving.peak_bytes = t->peak_bytes;
        if (finding->scope != FINDING_RUNTIME)
            finding->severity = severity_of(rule, e, t);
    } else {
        tell_phase(e, one, f, finding, &rise);
    }
    findings_add(f, finding);
}

static uint64_t end_blocks(const struct profile_point *point)
{
    return point->end_blocks;
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    double few = rule_limit(rule, FEW), blocks = rule_limit(rule, BLOCKS);
    struct case_filter filter = {.leaf_none = FACT_STD_LAZY,
                                 .no_split = true,
                                 .parts = true,
                                 .amount = end_blocks,
                                 .least = few < blocks ? few : blocks};
    struct cases *cases = cases_find(e, &filter, f);
    const struct case_of_line *one;
    while ((one = cases_next(cases)))
        if (stays(rule, &one->tally))
            judge_case(rule, e, one, f);
}

const struct rule rule_live_at_exit = {
    .id = "live-at-exit",
    .title = "memory grows over the run and is never freed",
    .summary = "blocks never freed, more of them all the time",
    .skill = "",
    .reference = "",
    .needs = EVIDENCE_OWN,
    .precedence = 60,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line most of whose blocks are still live when the program ends, and of "
                    "which ever more are live over the run: a thousand blocks, or a mebibyte. "
                    "The recorder keeps the number of live blocks of each line at 16 points of "
                    "the run. What rose in a part of the run only is shown by --all; what was "
                    "set up in a short time is not.",
            .why = "A program that keeps what it no longer needs grows for as long as it runs, "
                   "until it swaps or is killed. In Rust that is seldom forgotten memory; mostly "
                   "somebody owns it who never lets go.",
            .wrong =
                "It is called live at exit, not a leak: a program that ends by process::exit "
                "drops nothing, statics are never dropped, and an interner is meant to keep what "
                "it has. A short run of a program that loads data for all of it looks the same "
                "as growth without end.",
            .fix =
                "Bound caches, break cycles of Rc and Arc with Weak, leak only once per program, "
                "read every channel to its end.",
            .before = "static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());\n"
                      "fn handle(request: &str) {\n"
                      "    SEEN.lock().unwrap().push(request.to_string()); // for ever\n"
                      "}\n",
            .after = "static SEEN: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());\n"
                     "fn handle(request: &str) {\n"
                     "    let mut seen = SEEN.lock().unwrap();\n"
                     "    if seen.len() == 1000 { seen.pop_front(); }\n"
                     "    seen.push_back(request.to_string());\n"
                     "}\n",
        },
    .judge = judge,
};
