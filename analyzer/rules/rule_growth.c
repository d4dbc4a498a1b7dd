/* rule_growth.c - Vec, String, VecDeque, BinaryHeap that grow step by step by realloc.
 *
 * Asked by rules_judge. What a growing container costs is in the growth chains of its birth
 * points; what to write instead follows from how it is made: empty (plain), by collect(), with a
 * capacity that is too small, or by reserve_exact. Containers whose growth another rule's edit
 * removes with the container (format!, lines, Path::join, a clone) are left to that rule.
 */
#include "analyzer/rules/containers.h"
#include "analyzer/rules/rules.h"

#include <string.h>

enum {
    MIN_REALLOCS,
    MIN_PER_BUFFER,
    TOO_SMALL_PER_BUFFER,
    READ_PER_BUFFER,
    MIN_EQUAL_STEPS,
    CACHED_BYTES,
    CACHED_BLOCKS,
    SETTLED_BYTES
};

static const struct rule_threshold thresholds[] = {
    [MIN_REALLOCS] = {"min_reallocs", 200,
                      "a container that is filled once doubles 20 to 30 times at most: with more "
                      "there are many of them, or one that grows by constant steps"},
    [MIN_PER_BUFFER] = {"min_reallocs_per_buffer", 0.5,
                        "where most buffers never grow their capacity is right already, and a "
                        "larger one would be paid by all"},
    [TOO_SMALL_PER_BUFFER] = {"too_small_reallocs_per_buffer", 1,
                              "a capacity that someone chose is called too small only where the "
                              "usual buffer outgrows it"},
    [READ_PER_BUFFER] = {"read_reallocs_per_buffer", 2,
                         "a file that is read itself tells its length, and std asks for that at "
                         "once; one of unknown length that is short grows once"},
    [MIN_EQUAL_STEPS] = {"min_equal_steps_per_buffer", 8,
                         "std doubles: so many steps of one size in a row come from reserve_exact "
                         "in a loop alone"},
    [CACHED_BYTES] = {"cached_bytes", 1032, "the largest block that glibc keeps per thread"},
    [CACHED_BLOCKS] = {"cached_blocks", 7, "as many of a size as glibc keeps per thread"},
    [SETTLED_BYTES] = {"settled_bytes", 65536,
                       "above, what malloc costs depends on what else is on the heap"},
};

/* Whose growth goes away with another edit, or is not the user's to change. */
#define NOT_OURS                                                                                   \
    (FACT_HASH | FACT_FORMAT | FACT_CLONE | FACT_TO_VEC | FACT_TO_OWNED | FACT_TO_STRING |         \
     FACT_CONCAT | FACT_LINES | FACT_SPLIT | FACT_PATH_JOIN | FACT_C_STRING | FACT_THREAD_SPAWN |  \
     FACT_PANIC | FACT_BACKTRACE | FACT_ARENA | FACT_BTREE | FACT_IO_BUFFER | FACT_ERROR_BOX |     \
     FACT_IO_ERROR | FACT_SORT | FACT_C_CODE)

enum variant { PLAIN, LONG_TAIL, TOO_SMALL, COLLECT, LATER, EXACT, READ };

struct subject {
    const struct rule *rule;
    const struct evidence *e;
    struct findings *f;
    const struct case_of_line *one; /* only points with growth, of one type */
    struct capacity_plan plan;
    const struct capacity_choice *best; /* NULL: none */
    enum variant variant;
    double share;    /* of the reallocs that the edit saves */
    uint64_t copied; /* bytes */
};

/* ---- which ---- */

static uint64_t steps(const struct profile_point *point)
{
    return point->own && point->own->has_growth ? point->own->growth.steps : 0;
}

static bool grows(const struct profile_point *point)
{
    return steps(point) != 0;
}

/* Whether most of the reallocs happen after collect() is done with the container: by none of its
 * functions. */
static bool grows_later(const struct subject *s)
{
    const struct evidence *e = s->e;
    const struct profile *p = e->profile;
    uint64_t all = 0, later = 0;

    for (uint32_t i = 0; i < s->one->count; i++)
        for (uint32_t l = e->first_from[s->one->points[i]]; l != PROFILE_NONE;
             l = e->next_from[l]) {
            const struct profile_link *link = &p->links[l];
            if (link->kind != PROFILE_GREW)
                continue;
            all += link->n;
            if (link->to_stack && !(facts_inside(p, e->by_frame, link->to_stack, link->to_depth) &
                                    (FACT_COLLECT | FACT_TRY_COLLECT)))
                later += link->n;
        }
    return later * 2 > all;
}

static enum variant variant_of(const struct subject *s)
{
    const struct tally *t = &s->one->tally;
    uint64_t leaf = s->one->facts->leaf;

    if (leaf & FACT_READ_TO_END)
        return READ;
    if (tally_share(t->equal_steps, t->chains) >= rule_limit(s->rule, MIN_EQUAL_STEPS))
        return EXACT;
    if (leaf & (FACT_COLLECT | FACT_TRY_COLLECT))
        return grows_later(s) ? LATER : COLLECT;
    if ((leaf & FACT_WITH_CAPACITY) && !(leaf & (FACT_GROW | FACT_VEC_LITERAL)) &&
        tally_share(t->steps, t->births) >= rule_limit(s->rule, TOO_SMALL_PER_BUFFER))
        return TOO_SMALL;
    return s->plan.wide ? LONG_TAIL : PLAIN;
}

/* Steps of a chain that doubles instead: log2 of how much it grew. */
static double doubling_steps(const struct tally *t)
{
    double ratio = tally_share(t->chain_peak_bytes, t->first_bytes ? t->first_bytes : 1);
    double steps = 0;
    while (ratio > 1) {
        ratio /= 2;
        steps++;
    }
    return steps * (double)t->chains;
}

static double share_saved(const struct subject *s)
{
    const struct tally *t = &s->one->tally;

    if (s->variant == EXACT)
        return t->steps ? 1 - doubling_steps(t) / (double)t->steps : 0;
    if (s->variant == LATER) /* one realloc to the final size stays */
        return t->steps ? 1 - (double)t->chains / (double)t->steps : 0;
    if (s->variant == READ || !s->best || !s->plan.wide)
        return 1;
    return tally_share(s->best->calls_saved, t->steps);
}

/* ---- words ---- */

static const char *const variant_names[] = {
    [PLAIN] = "",           [LONG_TAIL] = "long-tail", [TOO_SMALL] = "capacity-too-small",
    [COLLECT] = "collect",  [LATER] = "after-collect", [EXACT] = "reserve-exact",
    [READ] = "read-to-end",
};

static const char *const variant_titles[] = {
    [PLAIN] = "grows step by step: give it its capacity",
    [LONG_TAIL] = "grows step by step, some much longer than most",
    [TOO_SMALL] = "with_capacity is too small",
    [COLLECT] = "collect() cannot know the length and grows step by step",
    [LATER] = "grows step by step after it was collected",
    [EXACT] = "reserve_exact in a loop reallocates each time",
    [READ] = "a reader that cannot tell its length fills a buffer step by step",
};

static const char *container_of(const struct case_of_line *one)
{
    if (one->facts->leaf & FACT_VEC_LITERAL)
        return "Vec";
    return one->facts->types.container[0] ? one->facts->types.container : "buffer";
}

/* "4 each", "2 to 9 each". */
static const char *steps_each(const struct tally *t, struct findings *f)
{
    uint64_t low = tally_percentile_exact(&t->steps_hist, 0.1);
    uint64_t high = tally_percentile_exact(&t->steps_hist, 0.9);
    if (low == high)
        return finding_text(f, "%s each%s", figure_count(low), low == 31 ? " or more" : "");
    return finding_text(f, "%s to %s each", figure_count(low), figure_count(high));
}

/* Where the size of an element is not known all figures are bytes. */
static const char *capacities(const struct capacity_plan *p, struct findings *f)
{
    const char *unit = p->element[0]
                           ? p->element
                           : finding_text(f, "elements of %s", figure_bytes(p->element_bytes));
    const char *length = capacity_bracket(p->capacity_p50);
    if (!p->element_known) {
        unit = "bytes";
        length = finding_text(f, "%s of them", length);
    }
    if (p->capacity_p50 == p->capacity_max)
        return finding_text(f, "The final capacity is %s %s, so %s %s.",
                            figure_count(p->capacity_max), unit,
                            p->element_known ? "the length is" : "the elements take", length);
    return finding_text(
        f, "The final capacity is %s %s for half of them (%s %s), %s for nine in ten, %s at most.",
        figure_count(p->capacity_p50), unit, p->element_known ? "length" : "in use", length,
        figure_count(p->capacity_p90), figure_count(p->capacity_max));
}

/* Where the reallocs come from, if that is another line than where it is made: "file.rs:12". */
static const char *grown_at(const struct subject *s)
{
    const struct evidence *e = s->e;
    const struct profile *p = e->profile;
    const struct profile_frame *found = NULL;
    uint64_t most = 0;

    for (uint32_t l = e->first_from[s->one->top]; l != PROFILE_NONE; l = e->next_from[l]) {
        const struct profile_link *link = &p->links[l];
        if (link->kind != PROFILE_GREW || link->n <= most || !link->to_stack)
            continue;
        struct profile_point stack = {.stack = link->to_stack, .depth = link->to_depth};
        struct user_frame user = user_frame_find(p, &stack);
        most = link->n;
        found = user.at == PROFILE_NONE ? NULL : &p->frames[link->to_stack[user.at]];
    }
    const struct user_frame *birth = &s->one->facts->user;
    if (!found || !found->line || birth->at == PROFILE_NONE)
        return "";
    const struct profile_frame *made = &p->frames[p->points[s->one->top].stack[birth->at]];
    if (made->line == found->line && strcmp(made->file, found->file) == 0)
        return "";
    const char *base = strrchr(found->file, '/');
    return finding_text(s->f, "%s:%u", base ? base + 1 : found->file, found->line);
}

static const char *describe(const struct subject *s, const char *grower)
{
    const struct tally *t = &s->one->tally;
    struct findings *f = s->f;
    const char *text = finding_text(
        f, "%s grew %s of %s %s%s%s by %s (%s), from %s to %s on average",
        case_name(s->e, s->one, f), figure_count(t->chains), figure_count(t->births),
        container_of(s->one), strcmp(container_of(s->one), "buffer") == 0 ? "" : " container",
        t->births == 1 ? "" : "s", figure_of(t->steps, "realloc"), steps_each(t, f),
        figure_bytes(t->chains ? t->first_bytes / t->chains : 0),
        figure_bytes(tally_mean_final(t)));
    if (t->chain_moved)
        finding_more(f, &text, "; %s moved, %s copied", figure_count(t->chain_moved),
                     figure_bytes(t->chain_copied));
    finding_more(f, &text, ".");
    if (s->variant != EXACT)
        finding_more(f, &text, " %s", capacities(&s->plan, f));
    if (grower[0])
        finding_more(f, &text, " It is made here and grows at %s.", grower);
    return text;
}

/* "1,024, which fits all of them" */
static const char *choice_text(const struct subject *s)
{
    const struct capacity_choice *c = s->best;
    const char *text = finding_text(
        s->f, "%s, which fits %s",
        s->plan.element_known
            ? figure_count(c->elements)
            : finding_text(s->f, "room for %s of elements", figure_bytes(c->elements)),
        c->of >= 0.995 ? "all of them" : finding_text(s->f, "%s of them", figure_percent(c->of)));
    if (c->waste_each)
        finding_more(s->f, &text, " (and takes %s more per buffer on average)",
                     figure_bytes(c->waste_each));
    return text;
}

static const char *advise_capacity(const struct subject *s)
{
    if (!s->best)
        return "Make it with the capacity that it needs in the end.";
    return finding_text(s->f,
                        "Make it with its final capacity: the length where the code knows it "
                        "(items.len(), a count that was read), else %s.",
                        choice_text(s));
}

static const char *advise(const struct subject *s)
{
    struct findings *f = s->f;
    switch (s->variant) {
    case LONG_TAIL:
        return finding_text(
            f,
            "Best is the length itself, where the code knows it. No one figure suits "
            "all, since a few are far longer than most: %s.",
            capacity_table(&s->plan, f));
    case TOO_SMALL:
        return finding_text(f,
                            "The capacity given here is too small for %s of the buffers, so it is "
                            "paid for and then grown away from. %s",
                            figure_percent(tally_share(s->one->tally.chains, s->one->tally.births)),
                            advise_capacity(s));
    case COLLECT:
        if (s->one->facts->leaf & FACT_TRY_COLLECT)
            return finding_text(
                f,
                "collect() into a Result or an Option cannot reserve, because any item "
                "may end it. Reserve yourself and push in a loop with `?`. %s",
                s->best ? finding_text(f, "Capacity: %s.", choice_text(s)) : "");
        return finding_text(
            f,
            "The iterator has no useful lower bound of its length (filter, flat_map, "
            "take_while and the like have 0), so collect() starts small. Reserve "
            "yourself and extend; for an iterator of your own implement size_hint. %s",
            s->best ? finding_text(f, "Capacity: %s.", choice_text(s)) : "");
    case LATER:
        return "collect() makes it with the length that it has then, and it grows where more is "
               "added. Reserve once there, before the loop or the extends that add, where it is "
               "known how much will be added.";
    case EXACT:
        return "reserve_exact asks for just the room named, so the next call reallocates again, "
               "and "
               "copying grows with the square of the length. Use reserve, which doubles, or "
               "with_capacity once where the length is known.";
    case READ:
        return "A File and a slice tell how much is left, and std asks for it at once. "
               "Behind a decoder, take(), a pipe or a socket that is lost, so tell it: make the "
               "buffer with the file's length, the Content-Length or whatever is known of it. "
               "Where nothing is, keep one buffer and clear() it: it grows in its first uses only.";
    case PLAIN:
        break;
    }
    return s->plan.wide && s->plan.choice_count > 1
               ? finding_text(s->f, "%s %s.", advise_capacity(s), capacity_table(&s->plan, s->f))
               : advise_capacity(s);
}

static const char *code(const struct subject *s)
{
    struct findings *f = s->f;
    uint64_t n = s->best ? s->best->elements : s->plan.capacity_max;
    const char *made =
        s->plan.element_known ? capacity_code(s->one, n, f) : capacity_code_of_bytes(s->one, n, f);

    if (s->variant == READ) {
        bool text = strcmp(s->one->facts->types.container, "String") == 0;
        return finding_text(f,
                            "let length = file.metadata().map_or(0, |m| m.len() as usize);\n"
                            "let mut all = %s::with_capacity(length);\n"
                            "reader.read_to_%s(&mut all)?;\n",
                            text ? "String" : "Vec", text ? "string" : "end");
    }
    if (s->variant == EXACT)
        return "all.reserve(1); // not reserve_exact: doubles, so that pushes are cheap\n";
    if (s->variant == LATER)
        return "all.reserve(added); // once, before what adds to it\n";
    if (s->variant == COLLECT && (s->one->facts->leaf & FACT_TRY_COLLECT))
        return finding_text(f, "let mut all = %s;\nfor item in items {\n    all.push(item?);\n}\n",
                            made);
    if (s->variant == COLLECT)
        return finding_text(f, "let mut all = %s;\nall.extend(items); // instead of collect()\n",
                            made);
    return finding_text(f, "let mut all = %s; // better: the length, where it is known\n", made);
}

/* ---- the finding ---- */

static void add_evidence(const struct subject *s, struct finding *finding, const char *grower)
{
    const struct tally *t = &s->one->tally;
    const struct capacity_plan *p = &s->plan;
    struct findings *f = s->f;

    finding_evidence_u64(f, finding, "buffers", t->births);
    finding_evidence_u64(f, finding, "grown", t->chains);
    finding_evidence_u64(f, finding, "reallocs", t->steps);
    finding_evidence_u64(f, finding, "reallocs_per_buffer_p50",
                         tally_percentile_exact(&t->steps_hist, 0.5));
    finding_evidence_u64(f, finding, "moved", t->chain_moved);
    finding_evidence_u64(f, finding, "bytes_copied", t->chain_copied);
    finding_evidence_u64(f, finding, "first_bytes_mean",
                         t->chains ? t->first_bytes / t->chains : 0);
    finding_evidence_u64(f, finding, "final_bytes_mean", tally_mean_final(t));
    finding_evidence_u64(f, finding, "final_bytes_max", t->final_max);
    finding_evidence_text(f, finding, "element", p->element);
    finding_evidence_u64(f, finding, "element_bytes", p->element_known ? p->element_bytes : 0);
    finding_evidence_u64(f, finding, "capacity_p50", p->capacity_p50);
    finding_evidence_u64(f, finding, "capacity_p90", p->capacity_p90);
    finding_evidence_u64(f, finding, "capacity_max", p->capacity_max);
    if (s->variant == EXACT)
        finding_evidence_u64(f, finding, "equal_steps", t->equal_steps);
    if (s->best)
        finding_evidence_u64(f, finding, "advised_capacity", s->best->elements);
    if (grower[0])
        finding_evidence_text(f, finding, "grown_at", grower);
}

/* What malloc and free of the final size cost instead. Sizes that are freed as they are made come
 * from the thread's cache; of large ones, the end of the heap is cut and grown again; of blocks
 * that stay in numbers each is cut from what the heap has left. */
static double pair_of_final(const struct subject *s, uint64_t final)
{
    if (tally_most_per_thread(&s->one->tally) > rule_limit(s->rule, CACHED_BLOCKS))
        return cost_constant(COST_PAIR_LARGE);
    return cost_constant(final <= rule_limit(s->rule, CACHED_BYTES) ? COST_PAIR_AGAIN
                                                                    : COST_PAIR_AT_END);
}

/* A buffer that is freed with another size than it was made with misses the allocator's caches:
 * malloc finds none of the small ones, since none is given back, or finds one where a block of
 * the final size would have to be cut from the heap. So the edit changes what malloc costs. */
static void reckon_other_size(const struct subject *s, struct reckoning *r)
{
    const struct tally *t = &s->one->tally;
    uint64_t first = t->chains ? t->first_bytes / t->chains : 0, final = tally_mean_final(t);

    if (s->variant == EXACT || s->share < 1 || final > rule_limit(s->rule, SETTLED_BYTES) ||
        t->freed * 10 < t->births * 9)
        return;
    struct cost made = cost_alloc_of(s->e, t), freed = cost_free_of(s->e, t);
    made = made.here ? made : cost_alloc(s->e, first);
    freed = freed.here ? freed : cost_free(s->e, final);
    if (!made.measured || !freed.measured)
        return;
    double pair = pair_of_final(s, final), each = made.ns + freed.ns - pair;
    if (final > rule_limit(s->rule, CACHED_BYTES) && each > 0)
        return; /* what made small ones dear here makes large ones no cheaper */
    reckoning_term(r, each * (double)t->chains,
                   "%s pairs of malloc and free at %s, made with the final size, instead of %s",
                   figure_count(t->chains), figure_ns(pair), figure_ns(made.ns + freed.ns));
}

/* Item by item: not as texts are, by pieces of any length, nor with a realloc for each. */
static bool is_pushed(const struct subject *s)
{
    return s->variant != EXACT && s->plan.element_known && s->plan.element_bytes > 1;
}

static void set_saving(const struct subject *s, struct finding *finding)
{
    const struct tally *t = &s->one->tally;
    struct reckoning r = reckoning_start(s->e, s->f);
    uint64_t by_reallocs = t->bytes > t->birth_bytes ? t->bytes - t->birth_bytes : 0;
    uint64_t instead = s->variant == LATER ? 0 : t->first_bytes;
    uint64_t at_once = t->chain_peak_bytes > instead ? t->chain_peak_bytes - instead : 0;

    if (is_pushed(s))
        reckoning_pushes(&r, t, s->share, s->plan.element_bytes);
    else
        reckoning_growth(&r, t, s->share);
    if (s->variant == COLLECT)
        reckoning_constant(&r, s->share * (double)t->steps, COST_COLLECT_CODE, NULL);
    reckon_other_size(s, &r);
    if (s->plan.element_known && s->plan.element_bytes > 1 && s->variant != LATER && !gate_local(t))
        reckoning_slack(&r, t, s->share); /* of a text the length is seldom known before */
    reckoning_finish(&r, finding);
    finding->saving.calls = tally_count(s->share * (double)t->steps);
    finding->saving.bytes_copied = tally_count(s->share * (double)t->chain_copied);
    if (by_reallocs > at_once)
        finding->saving.bytes =
            tally_count((s->variant == LATER ? 1 : s->share) * (double)(by_reallocs - at_once));
    finding->events = t->steps;
}

/* How sure: the capacity of a container that is made in another crate is not the user's to
 * say, and of a wide distribution no figure suits all. */
static void set_confidence(const struct subject *s, struct finding *finding)
{
    if (finding->scope == FINDING_DEPENDENCY) {
        finding->confidence = FINDING_DOUBTFUL;
        finding->condition = "if the crate takes a capacity, a size hint, or a buffer of yours";
    } else if (s->variant == READ) {
        finding->confidence = FINDING_LIKELY;
        finding->condition = "if the length is known before, or about";
    } else if (s->variant == LATER) {
        finding->confidence = FINDING_LIKELY;
        finding->condition = "if it is known there how much will be added";
    } else if (s->variant == LONG_TAIL || (s->best && s->best->of < 0.85)) {
        finding->confidence = FINDING_LIKELY;
        finding->condition = "if other runs have lengths like this one";
    } else {
        finding->confidence = FINDING_CERTAIN;
    }
}

static void report(struct subject *s)
{
    struct finding *finding = case_finding(s->e, s->rule, s->one, s->f);
    const char *grower = grown_at(s);

    finding->variant = variant_names[s->variant];
    finding->title = variant_titles[s->variant];
    finding->what = describe(s, grower);
    finding->advice = advise(s);
    finding->code = code(s);
    if (s->variant == COLLECT)
        finding->reference = "Iterators: collect and extend";
    set_confidence(s, finding);
    set_saving(s, finding);
    add_evidence(s, finding, grower);
    gate_severity_of_fault(s->e, finding);
    findings_add(s->f, finding);
}

static bool signature(const struct rule *rule, const struct case_of_line *one)
{
    const struct tally *t = &one->tally;
    bool read = one->facts->leaf & FACT_READ_TO_END;
    if (t->steps < rule_limit(rule, MIN_REALLOCS))
        return false;
    return tally_share(t->steps, t->births) >=
           rule_limit(rule, read ? READ_PER_BUFFER : MIN_PER_BUFFER);
}

static void judge_containers(const struct rule *rule, const struct evidence *e,
                             const struct case_of_line *one, struct findings *f)
{
    if (!signature(rule, one))
        return;
    struct subject s = {.rule = rule, .e = e, .f = f, .one = one, .plan = capacity_plan(one)};
    if (s.plan.choice_count && s.plan.best < s.plan.choice_count)
        s.best = &s.plan.choice[s.plan.best];
    s.variant = variant_of(&s);
    s.share = share_saved(&s);
    report(&s);
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct case_filter filter = {
        .leaf_none = NOT_OURS, .amount = steps, .least = rule_limit(rule, MIN_REALLOCS)};
    struct cases *cases = cases_find(e, &filter, f);

    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        struct case_of_line parts[CONTAINERS_PARTS];
        uint32_t count = containers_split(e, one, grows, parts, f);
        for (uint32_t p = 0; p < count; p++)
            judge_containers(rule, e, &parts[p], f);
    }
}

const struct rule rule_growth = {
    .id = "growth",
    .title = "grows step by step: give it its capacity",
    .summary = "Vec, String, VecDeque and BinaryHeap that are realloc'd again and again while "
               "they fill",
    .skill = "Pre-allocate When Size is Known",
    .reference = "Heap Allocations: Vec Growth",
    .needs = EVIDENCE_OWN,
    .precedence = 60,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what =
                "Containers whose buffer is realloc'd while it fills: at least 200 reallocs at a "
                "line, and one for every second buffer. An empty Vec takes room for 4 elements (8 "
                "of one byte, 1 of more than 1,024 bytes) at the first push and doubles from "
                "there, so 1,000 pushes are 8 reallocs. Variants: \"long-tail\", where a few "
                "buffers become far longer than most; \"capacity-too-small\", where with_capacity "
                "was given less than is needed; \"collect\", where the iterator cannot say how "
                "many "
                "items come (filter, flat_map, take_while, collect into Result or Option); "
                "\"after-collect\", where it was collected and grows elsewhere; "
                "\"reserve-exact\", where each step asks for just one more; \"read-to-end\", where "
                "read_to_end or read_to_string takes from a reader that cannot tell how much is "
                "left, with two reallocs or more for each buffer.",
            .why = "Each step is a call of realloc: some 10 to 20 ns where the block can grow in "
                   "place, "
                   "twice that and the copying where it must move. In programs that keep other "
                   "data alive most of them move. reserve_exact in a loop copies the whole buffer "
                   "for each item.",
            .wrong =
                "The length is not seen, only the capacity: a Vec that ended with room for 1,024 "
                "held 513 to 1,024 elements. Where lengths vary widely a capacity for the longest "
                "wastes memory in all others; the finding then lists what each choice costs. A "
                "buffer that is made again and again in a loop may better be made once and "
                "cleared: that removes its growth too.",
            .fix =
                "Give the capacity where the container is made: with_capacity with the length of "
                "the input, a count that was read, or the figure of the finding. Before "
                "extending a container that exists: reserve.",
            .before = "let mut squares = Vec::new();\n"
                      "for n in numbers {\n"
                      "    squares.push(n * n);\n"
                      "}\n",
            .after = "let mut squares = Vec::with_capacity(numbers.len());\n"
                     "for n in numbers {\n"
                     "    squares.push(n * n);\n"
                     "}\n",
        },
    .judge = judge,
};
