/* rule_copy_growth.c - buffers that grow by making a bigger one, copying, and freeing the old one.
 *
 * Asked by rules_judge. Where std would call realloc and cannot: a #[global_allocator] without a
 * realloc of its own, and elements aligned beyond what malloc gives. Or where the program itself
 * writes so: acc = format!("{acc}..") and concat() in a loop, which copy all that is there for
 * each piece. Hash tables grow so by design: hash-growth.
 */
#include "analyzer/rules/containers.h"
#include "analyzer/rules/temporary.h"

#include <string.h>

enum { MIN_STEPS, MIN_SHARE, MIN_REBUILT_SHARE, CACHED_BYTES, STRAY_REALLOCS };

static const struct rule_threshold thresholds[] = {
    [MIN_STEPS] = {"min_steps", 200, "a buffer that is filled once doubles 20 to 30 times"},
    [MIN_SHARE] = {"min_share", 0.5,
                   "of the blocks took a smaller one's place: with less, most containers of the "
                   "line do not grow"},
    [MIN_REBUILT_SHARE] = {"min_rebuilt_share", 0.8,
                           "texts of any length that replace each other are longer than the last "
                           "one half of the time; one that is added to always is"},
    [STRAY_REALLOCS] = {"stray_reallocs", 16,
                        "of the C library itself, in a program whose allocator calls none"},
    [CACHED_BYTES] = {"cached_bytes", 262144, "copies of blocks up to this size hit the caches"},
};

enum variant { ALLOCATOR, ALIGNED, FORMAT, CONCAT, VARIANTS };

struct subject {
    const struct rule *rule;
    const struct evidence *e;
    struct findings *f;
    const struct case_of_line *one;
    enum variant variant;
    struct containers all;
};

static const struct {
    const char *name, *title, *skill, *reference;
    struct case_filter filter;
} variants[VARIANTS] = {
    [ALLOCATOR] = {"global-alloc",
                   "the program's allocator has no realloc: growing always copies",
                   "Build Configuration for Performance",
                   "Build Configuration: Alternative Allocators",
                   {.leaf_all = FACT_GROW,
                    .leaf_none = FACT_HASH | FACT_OVER_ALIGNED | FACT_FORMAT | FACT_LINES}},
    [ALIGNED] = {"over-aligned",
                 "elements of large alignment cannot be realloc'd: growing always copies",
                 "Pre-allocate When Size is Known",
                 "Heap Allocations: Vec Growth",
                 {.leaf_all = FACT_OVER_ALIGNED | FACT_GROW, .leaf_none = FACT_HASH}},
    [FORMAT] = {"format",
                "a text is formatted anew for each piece that is added",
                "Reuse Buffers",
                "Heap Allocations: String",
                {.leaf_all = FACT_FORMAT, .leaf_none = FACT_HASH}},
    [CONCAT] = {"concat",
                "a container is built anew for each piece that is added",
                "Pre-allocate When Size is Known",
                "Heap Allocations: Vec Growth",
                {.leaf_all = FACT_CONCAT, .leaf_none = FACT_HASH | FACT_FORMAT}},
};

static bool rebuilt(enum variant variant)
{
    return variant == FORMAT || variant == CONCAT;
}

/* concat or join, not repeat, replace and what else makes a new text: these begin with the old
 * one by chance only. */
static bool joins(const struct subject *s)
{
    const struct profile *p = s->e->profile;
    const struct profile_point *point = &p->points[s->one->top];

    for (uint32_t i = 0; i < point->depth && i < s->one->facts->leaf_end; i++) {
        const char *function = p->frames[point->stack[i]].function;
        if (strstr(function, "concat") || strstr(function, "join"))
            return true;
    }
    return false;
}

/* The frames show the program's allocator; or, where it is inlined and there are no lines, blocks
 * double without any realloc, of which std would have called one each time. */
static bool allocator_copies(const struct subject *s)
{
    const struct tally *t = &s->one->tally;
    double ratio = tally_share(t->handovers_in_to_bytes, t->handovers_in_bytes);

    if (s->one->facts->leaf & FACT_GLOBAL_ALLOC)
        return true;
    return (double)s->e->profile->totals.reallocs <= rule_limit(s->rule, STRAY_REALLOCS) &&
           ratio >= 1.9 && ratio <= 2.1;
}

static bool signature(const struct subject *s)
{
    const struct tally *t = &s->one->tally;
    if ((s->variant == CONCAT && !joins(s)) || (s->variant == ALLOCATOR && !allocator_copies(s)))
        return false;
    double share = rebuilt(s->variant) ? tally_share(t->handovers_inside, t->births)
                                       : tally_share(s->all.steps, t->births);

    return (double)s->all.steps >= rule_limit(s->rule, MIN_STEPS) &&
           share >= rule_limit(s->rule, rebuilt(s->variant) ? MIN_REBUILT_SHARE : MIN_SHARE);
}

/* ---- the saving ---- */

/* By each new block all that was in the old one. A String of format! first gets the room of the
 * old text exactly. */
static uint64_t copied_bytes(const struct subject *s)
{
    const struct tally *t = &s->one->tally;
    return s->variant == FORMAT ? t->birth_bytes + t->chain_copied : s->all.old_bytes;
}

static void reckon_copies(const struct subject *s, struct reckoning *r)
{
    uint64_t copied = copied_bytes(s);
    bool cached = (double)copied / (double)s->all.steps <= rule_limit(s->rule, CACHED_BYTES);
    double ns = cost_constant(cached ? COST_COPIED_CACHED_BYTE : COST_COPIED_BYTE);
    reckoning_term(r, (double)copied * ns, "%s copied at %.0f us per MB", figure_bytes(copied),
                   ns * 1000);
}

static void set_saving(const struct subject *s, struct finding *finding)
{
    const struct tally *t = &s->one->tally;
    struct reckoning r = reckoning_start(s->e, s->f);
    double steps = (double)s->all.steps;

    reckoning_pairs(&r, t, tally_share(s->all.steps, t->births));
    reckon_copies(s, &r);
    if (s->variant == ALLOCATOR) {
        reckoning_constant(&r, steps, COST_OWN_ALLOCATOR, NULL);
        struct cost grow = cost_grow(s->e, tally_mean_size(t), false);
        reckoning_term(&r, -grow.ns * steps, "%s reallocs in place instead at %s",
                       figure_count(s->all.steps), figure_ns(grow.ns));
    } else if (s->variant == ALIGNED) {
        reckoning_constant(&r, steps, COST_ALIGNED, NULL);
        reckoning_constant(&r, steps, COST_GROW_CODE, NULL);
    } else if (s->variant == FORMAT) {
        reckoning_growth(&r, t, 1);
    }
    reckoning_finish(&r, finding);
    finding->saving.calls = 2 * s->all.steps + (s->variant == FORMAT ? t->steps : 0);
    finding->saving.bytes =
        rebuilt(s->variant) ? t->bytes - t->bytes / (t->births ? t->births : 1) : s->all.old_bytes;
    finding->saving.bytes_copied = copied_bytes(s);
    finding->events = s->all.steps;
}

/* ---- words ---- */

/* Where the program's allocator is: "alloc.rs:12"; "" if not found. */
static const char *allocator_at(const struct subject *s)
{
    const struct profile *p = s->e->profile;
    const struct profile_point *point = &p->points[s->one->top];
    uint32_t past = user_frame_past_allocator(p, point);

    for (uint32_t i = 0; i < past; i++) {
        const struct profile_frame *frame = &p->frames[point->stack[i]];
        if ((frame->kind != OWNER_USER && frame->kind != OWNER_DEP) || !frame->line)
            continue;
        const char *base = strrchr(frame->file, '/');
        return finding_text(s->f, "%s:%u", base ? base + 1 : frame->file, frame->line);
    }
    return "";
}

static const char *container_of(const struct subject *s)
{
    const char *container = s->one->facts->types.container;
    return container[0] ? container : "Vec";
}

/* Elements that the usual container ends with room for; 0 where not known. */
static uint64_t usual_capacity(const struct subject *s)
{
    const struct fact_types *types = &s->one->facts->types;
    const struct tally *t = &s->one->tally;
    uint64_t element = types->element_bytes;

    if (!element && s->variant == ALIGNED && t->size_min % 256 == 0 && t->size_min <= 4096)
        element = t->size_min / 4; /* the first of an empty Vec is for 4, of up to 1024 bytes */
    if (!element)
        return 0;
    struct tally_range p90 = tally_percentile(&s->all.finals, 0.9);
    uint64_t bytes = element * 4;
    while (bytes * 2 <= p90.high)
        bytes *= 2;
    return bytes / element;
}

static const char *describe(const struct subject *s)
{
    struct findings *f = s->f;
    const char *name = case_name(s->e, s->one, f);
    const char *copied = figure_bytes(copied_bytes(s));

    switch (s->variant) {
    case FORMAT:
        return finding_text(
            f,
            "%s made its text anew by format! %s times, each time with all that was "
            "there before: %s were copied to build texts of %s at most.",
            name, figure_count(s->all.steps), copied,
            figure_bytes(temporary_largest(&s->one->tally)));
    case CONCAT:
        return finding_text(
            f,
            "%s made its container anew %s times, each time with all that was in it "
            "before: %s were copied to build %s at most.",
            name, figure_count(s->all.steps), copied,
            figure_bytes(temporary_largest(&s->one->tally)));
    case ALLOCATOR:
        return finding_text(f,
                            "%s grew %s %s times. The program's #[global_allocator] has no "
                            "realloc of its own, so each time a new block was taken, the old one "
                            "copied and freed: %s copied in all.",
                            name, figure_of(s->all.count, "container"), figure_count(s->all.steps),
                            copied);
    default:
        return finding_text(
            f,
            "%s grew %s of elements with an alignment above 16 %s times. malloc and "
            "realloc do not give that, so each time an aligned block was taken, the "
            "old one copied and freed: %s copied in all.",
            name, figure_of(s->all.count, container_of(s)), figure_count(s->all.steps), copied);
    }
}

static const char *advise(const struct subject *s)
{
    uint64_t capacity = usual_capacity(s);
    const char *at = s->variant == ALLOCATOR ? allocator_at(s) : "";
    const char *figure =
        capacity ? finding_text(s->f, " (%s elements fit nine in ten)", figure_count(capacity))
                 : "";

    switch (s->variant) {
    case FORMAT:
        return "Write into the text that is there: write!(text, ..) from std::fmt::Write, or "
               "push_str. Then each piece costs what it is long, not what all before it are.";
    case CONCAT:
        return "Add to the container that is there: extend_from_slice, push or append. Then each "
               "piece costs what it is long, not what all before it are.";
    case ALLOCATOR:
        return finding_text(
            s->f,
            "Implement realloc in the allocator%s%s, too, and hand it on to the one "
            "underneath: that grows blocks in place where it can, and moves big ones "
            "without copying. with_capacity at this line%s spares even that.",
            at[0] ? " at " : "", at, figure);
    default:
        return finding_text(s->f,
                            "Give the %s its final capacity where it is made: the length where the "
                            "code knows it, else a bound%s.",
                            container_of(s), figure);
    }
}

static const char *code(const struct subject *s)
{
    uint64_t capacity = usual_capacity(s);

    switch (s->variant) {
    case FORMAT:
        return "use std::fmt::Write;\n"
               "write!(text, \"{piece}\").unwrap(); // not text = format!(\"{text}{piece}\")\n";
    case CONCAT:
        return "all.extend_from_slice(&piece); // not all = [all, piece].concat()\n";
    case ALLOCATOR:
        return "unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut "
               "u8 {\n"
               "    System.realloc(block, layout, new_size) // the allocator underneath\n"
               "}\n";
    default:
        return capacity
                   ? finding_text(s->f,
                                  "let mut all = %s::with_capacity(%llu); // better: the length, "
                                  "where it is known\n",
                                  container_of(s), (unsigned long long)capacity)
                   : finding_text(s->f, "let mut all = %s::with_capacity(items.len());\n",
                                  container_of(s));
    }
}

/* ---- the finding ---- */

static void report(const struct subject *s)
{
    struct finding *finding = case_finding(s->e, s->rule, s->one, s->f);

    finding->variant = variants[s->variant].name;
    finding->title = variants[s->variant].title;
    finding->skill = variants[s->variant].skill;
    finding->reference = variants[s->variant].reference;
    finding->what = describe(s);
    finding->advice = advise(s);
    finding->code = code(s);
    finding->confidence = FINDING_CERTAIN;
    if (rebuilt(s->variant)) {
        finding->confidence = FINDING_LIKELY;
        finding->condition = "if the new text or container begins with the old one";
    }
    finding_evidence_u64(s->f, finding, "containers", s->all.count);
    finding_evidence_u64(s->f, finding, "steps", s->all.steps);
    finding_evidence_u64(s->f, finding, "bytes_copied", copied_bytes(s));
    finding_evidence_u64(s->f, finding, "bytes_max", temporary_largest(&s->one->tally));
    finding_evidence_text(s->f, finding, "element", s->one->facts->types.element);
    set_saving(s, finding);
    gate_severity_of_fault(s->e, finding);
    findings_add(s->f, finding);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    for (enum variant v = 0; v < VARIANTS; v++) {
        struct cases *cases = cases_find(e, &variants[v].filter, f);
        const struct case_of_line *one;
        while ((one = cases_next(cases))) {
            struct subject s = {.rule = rule,
                                .e = e,
                                .f = f,
                                .one = one,
                                .variant = v,
                                .all = containers_of(&one->tally)};
            if (signature(&s))
                report(&s);
        }
    }
}

const struct rule rule_copy_growth = {
    .id = "copy-growth",
    .title = "grows by copying everything into a new block",
    .summary = "buffers that grow without realloc: allocators that lack it, over-aligned elements, "
               "acc = format!(\"{acc}..\"), concat in a loop",
    .skill = "Pre-allocate When Size is Known",
    .reference = "Heap Allocations: Vec Growth",
    .needs = EVIDENCE_OWN | EVIDENCE_NAMES,
    .precedence = 80,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what =
                "Blocks that take the place of a smaller one of the same line, which is freed "
                "right "
                "afterwards, at least 200 times. Variants: \"global-alloc\", where the program's "
                "#[global_allocator] implements alloc and dealloc only, so that Rust's default "
                "realloc copies always; \"over-aligned\", where the elements have an alignment "
                "above 16, which realloc does not keep; \"format\", where a text is made anew from "
                "itself and a piece by format!; \"concat\", where slices are joined so.",
            .why = "A realloc often grows a block in place, and moves large ones without copying. "
                   "Copying to a new block costs an allocation, the copy, and a free each time. "
                   "Text that is formatted anew for each piece is copied as often as there are "
                   "pieces: twice the pieces take four times as long.",
            .wrong = "Some texts that replace each other are always longer than the last without "
                     "being built from it, such as a counter's. An allocator that cannot realloc "
                     "(an arena) is right not to.",
            .fix = "Implement realloc in the allocator by the allocator underneath. Give Vecs of "
                   "over-aligned elements their capacity. Add to the text or Vec that is there by "
                   "write!, push_str, extend_from_slice.",
            .before = "let mut list = String::new();\n"
                      "for name in names {\n"
                      "    list = format!(\"{list}{name}, \");\n"
                      "}\n",
            .after = "use std::fmt::Write;\n"
                     "let mut list = String::new();\n"
                     "for name in names {\n"
                     "    write!(list, \"{name}, \").unwrap();\n"
                     "}\n",
        },
    .judge = judge,
};
