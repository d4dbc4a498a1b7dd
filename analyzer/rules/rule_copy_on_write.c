/* rule_copy_on_write.c - make_mut of what is shared each time. Asked by rules.c. */
#include "analyzer/rules/part_groups.h"
#include "analyzer/rules/temporary.h"

static const struct rule_threshold thresholds[] = {
    {"min_copies", 1000, "a copy now and then is what make_mut is for"},
};

/* The lines that call make_mut: of the user's, or where none is known a dependency's. */
struct lines {
    struct part_groups groups;
    uint32_t site[PART_GROUPS_MOST];
    uint64_t copies[PART_GROUPS_MOST];
};

static uint32_t line_of(void *context, uint32_t point)
{
    struct lines *lines = context;
    const struct evidence *e = lines->groups.evidence;
    unsigned part = e->facts[point].part;
    uint32_t site = e->sites->of_point[point], i = 0;
    if (part != CRATE_PART_COPY && part != CRATE_PART_COPY_WHOLE)
        return PART_GROUPS_NONE;
    while (i < lines->groups.count && lines->site[i] != site)
        i++;
    if (i == PART_GROUPS_MOST)
        return PART_GROUPS_NONE;
    if (i == lines->groups.count) {
        lines->site[i] = site;
        lines->copies[i] = 0;
    }
    if (part == CRATE_PART_COPY_WHOLE)
        lines->copies[i] += case_births(&e->profile->points[point]);
    return i;
}

static void tell(const struct evidence *e, const struct case_of_line *one, uint64_t copies,
                 struct finding *finding, struct findings *f)
{
    const struct tally *t = &one->tally;
    finding->what = finding_text(
        f,
        "%s made %s copies of a value by make_mut, since somebody else had it, too, each time: %s "
        "blocks, %s; the largest of %s.",
        case_name(e, one, f), figure_count(copies), figure_count(t->births), figure_bytes(t->bytes),
        figure_bytes(temporary_largest(t)));
    finding->advice =
        "make_mut copies only while there is another Arc or Rc of the value. Let go of that one "
        "first: change the value where it is kept, or take it out (mem::take, Option::take, "
        "swap), change it and put it back; a Mutex or RwLock around it does, too. Where readers "
        "keep old versions, a persistent map or vector (of crates such as imbl or rpds) shares "
        "what does not change. A value that grows with each copy is copied quadratically.";
    finding->code = "// not: let mut all = Arc::clone(&self.all); Arc::make_mut(&mut "
                    "all).push(item); self.all = all;\n"
                    "Arc::make_mut(&mut self.all).push(item); // the only Arc there is: no copy\n"
                    "// or, out of an Option and back:\n"
                    "let mut all = self.all.take().unwrap_or_default();\n"
                    "Arc::make_mut(&mut all).push(item);\n"
                    "self.all = Some(all);\n";
    finding->confidence = FINDING_LIKELY;
    finding->condition = "if nobody needs the old versions";
    finding_evidence_u64(f, finding, "copies", copies);
}

/* malloc, free and the copying itself, and what grows the copies. */
static void reckon(const struct evidence *e, const struct case_of_line *one,
                   struct finding *finding, struct findings *f)
{
    struct reckoning r = reckoning_start(e, f);
    temporary_reckon_all(&r, one);
    reckoning_constant(&r, (double)one->tally.births, COST_CLONED_BLOCK, NULL);
    reckoning_constant(&r, (double)one->tally.birth_bytes, COST_CLONED_BYTE, "bytes copied");
    reckoning_finish(&r, finding);
}

static void judge_line(const struct rule *rule, const struct lines *lines, uint32_t line,
                       struct findings *f)
{
    const struct evidence *e = lines->groups.evidence;
    if ((double)lines->copies[line] < rule_limit(rule, 0))
        return;
    struct case_of_line one = part_groups_case(&lines->groups, line, 0);
    if (!one.count)
        return;
    struct finding *finding = case_finding(e, rule, &one, f);
    reckon(e, &one, finding, f);
    temporary_fill(e, &one, finding, f, 1, false);
    tell(e, &one, lines->copies[line], finding, f);
    temporary_doubts(&one, finding, f);
    gate_severity(e, finding);
    findings_add(f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct lines lines;
    if (part_groups_start(&lines.groups, e)) {
        f->failed = true;
        return;
    }
    part_groups_add(&lines.groups, line_of, &lines);
    for (uint32_t i = 0; i < lines.groups.count; i++)
        judge_line(rule, &lines, i, f);
}

const struct rule rule_copy_on_write = {
    .id = "copy-on-write",
    .title = "make_mut copies each time, since the value is shared",
    .summary = "Arc::make_mut and Rc::make_mut of what somebody else has, too, each time",
    .skill = "Avoid Cloning in Hot Paths",
    .reference = "Heap Allocations: clone, Cow",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES,
    .precedence = 90,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line at which Arc::make_mut or Rc::make_mut made a thousand copies or more.",
            .why = "make_mut copies the whole value if there is another pointer to it. Where one "
                   "is made just before, by clone or by a load from where the value is kept, that "
                   "is always so: nothing is ever changed in place. Where the value grows by one "
                   "item each time, n items are copied n times. What is saved counts blocks and "
                   "bytes alone: items that are pointers or texts are cloned and dropped one by "
                   "one, which took two thirds of a run of taplo's, by perf, and is not seen here.",
            .wrong = "Somebody may need the old version: a reader in another thread, an undo list. "
                     "Then the copies are the point, and a persistent data structure makes them "
                     "cheap.",
            .fix = "Change it where it is kept, or take it out before, so that there is one "
                   "pointer to it; a Mutex or RwLock; a persistent data structure.",
            .before = "let mut all = Arc::clone(&kept.all);\n"
                      "Arc::make_mut(&mut all).push(item); // copies: kept.all has it, too\n"
                      "kept.all = all;\n",
            .after = "Arc::make_mut(&mut kept.all).push(item); // in place\n",
        },
    .judge = judge,
};
