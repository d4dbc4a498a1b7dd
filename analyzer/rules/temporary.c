/* temporary.c - see temporary.h. Used by the rules small-buffer, box-churn, c-churn, error-box,
 * buffer-reuse, path-join, format-temp, string-temp, clone, key-temp, lines, parallel-temp,
 * needless-collect and sort-buffer.
 */
#include "analyzer/rules/temporary.h"

#include <stdlib.h>
#include <string.h>

/* log2 of TEMPORARY_LARGE_BYTES */
#define LARGE_BUCKET 13u

/* finish_grow and what calls it, for the first block of a buffer; from before/after pairs. */
#define FIRST_GROWTH_NS 3

/* Of the blocks at a line, dropped by the map they were made for: below it, a few repeated keys
 * among new ones, and looking twice costs more. */
#define KEY_SHARE 0.3

/* Of the blocks, those that must be gone before many others came (gate_passing_share), for one
 * buffer to stand for all: what is gathered and dropped together needs each its own. */
#define ONE_BY_ONE 0.5

/* What other rules tell, and what nobody can change. */
#define OTHERS                                                                                     \
    (FACT_THREAD_SPAWN | FACT_CHANNEL | FACT_PANIC | FACT_BACKTRACE | FACT_ARENA | FACT_STD_LAZY | \
     FACT_C_STRING | FACT_IO_BUFFER | FACT_BEFORE_MAIN | FACT_AT_EXIT)
#define MAPS (FACT_HASH | FACT_BTREE | FACT_LINKED_LIST | FACT_INDEX_MAP)
#define BOXES (FACT_BOX | FACT_RC | FACT_ARC)
#define BUFFERS                                                                                    \
    (FACT_GROW | FACT_RESERVE_EXACT | FACT_WITH_CAPACITY | FACT_EXTEND | FACT_VEC_LITERAL |        \
     FACT_ZEROED | FACT_VEC_DEQUE | FACT_BINARY_HEAP | FACT_READ_LINE | FACT_READ_TO_END |         \
     FACT_FMT_WRITE | FACT_SHRINK | FACT_PATH | FACT_OVER_ALIGNED)

/* ---- types ---- */

bool temporary_type_is(const char *type, const char *name)
{
    const char *base = type, *s;
    for (s = type; *s && *s != '<' && *s != ' '; s++)
        if (s[0] == ':' && s[1] == ':')
            base = s + 2;
    size_t n = strlen(name);
    return (size_t)(s - base) == n && strncmp(base, name, n) == 0;
}

/* A boxed slice is a Vec that gave up growing. */
static bool is_boxed(const char *type)
{
    return (temporary_type_is(type, "Box") && !strstr(type, "Box<[")) ||
           temporary_type_is(type, "Rc") || temporary_type_is(type, "Arc");
}

static bool is_buffer(const char *type)
{
    return temporary_type_is(type, "Vec") || temporary_type_is(type, "String") ||
           temporary_type_is(type, "VecDeque") || temporary_type_is(type, "BinaryHeap") ||
           temporary_type_is(type, "RawVec");
}

/* Is there a "dyn core::error::Error" or the like in it, n bytes long? Not "dyn app::ErrorSink". */
static bool names_dyn_error(const char *type, size_t n)
{
    const char *end = type + n;
    for (const char *at = type; (at = strstr(at, "dyn ")) != NULL && at < end;) {
        at += strlen("dyn ");
        size_t length = strcspn(at, " +>,)");
        const char *last = at + length - strlen("Error");
        if (last >= at && strncmp(last, "Error", strlen("Error")) == 0 &&
            (last == at || last[-1] == ':'))
            return true;
    }
    return false;
}

/* Box<dyn Error>, and any crate's own type of that name: io::Error, serde_json::Error. */
static bool is_error(const char *type)
{
    if (temporary_type_is(type, "Box") || temporary_type_is(type, "Arc"))
        return names_dyn_error(type, strlen(type));
    return temporary_type_is(type, "Error");
}

/* Of what was dropped with something else in it: an error, or a Result that can hold memory in the
 * error only. */
static bool is_error_owner(const char *type)
{
    static const char *const holders[] = {"String", "Vec", "Box", "Map", "Set", "Rc", "Arc"};
    if (is_error(type))
        return true;
    const char *ok = strchr(type, '<');
    if (!ok || !temporary_type_is(type, "Result"))
        return false;
    size_t n = 0;
    for (int depth = 0; ok[n] && !(depth == 1 && ok[n] == ','); n++)
        depth += (ok[n] == '<' || ok[n] == '(') - (ok[n] == '>' || ok[n] == ')');
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
        const char *at = strstr(ok, holders[i]);
        if (at && at < ok + n)
            return false;
    }
    const char *error = ok + n + strspn(ok + n, ", ");
    return names_dyn_error(error, strlen(error)) || strcmp(error, "Error>") == 0;
}

/* ---- kinds ---- */

static double key_share_of(const struct fact_ends *ends)
{
    return tally_share(ends->in_map_entry, ends->samples);
}

double temporary_key_share(const struct tally *tally)
{
    return key_share_of(&tally->ends) * tally_share(tally->freed, tally->births);
}

/* A slice's to_owned is a copy of a container, of bytes too; a str's one of text. */
static bool is_text(const struct facts *facts)
{
    if (facts->leaf & (FACT_TO_STRING | FACT_CONCAT))
        return true;
    return (facts->leaf & FACT_TO_OWNED) &&
           (strcmp(facts->types.container, "String") == 0 || (facts->leaf & FACT_PATH));
}

static enum temporary of_dropped_type(const struct facts *facts)
{
    if (is_boxed(facts->ends.dropped))
        return TEMPORARY_BOX;
    return is_buffer(facts->ends.dropped) ? TEMPORARY_BUFFER : TEMPORARY_UNKNOWN;
}

/* Most telling first: a format!'s String inside of an error is the error's. */
static enum temporary of_text_or_copy(const struct facts *facts)
{
    uint64_t leaf = facts->leaf;
    if (leaf & FACT_FORMAT || ((leaf & FACT_FMT_WRITE) && (leaf & FACT_TO_STRING)))
        return TEMPORARY_FORMAT;
    if (leaf & FACT_CLONE)
        return TEMPORARY_CLONE;
    if (is_text(facts))
        return TEMPORARY_STRING;
    return leaf & (FACT_TO_VEC | FACT_TO_OWNED) ? TEMPORARY_CLONE : TEMPORARY_OTHER;
}

enum temporary temporary_find(const struct facts *facts)
{
    uint64_t leaf = facts->leaf;
    if (leaf & OTHERS)
        return TEMPORARY_OTHER;
    if (leaf & FACT_C_CODE)
        return TEMPORARY_C;
    if (!(leaf & MAPS) && key_share_of(&facts->ends) >= KEY_SHARE)
        return TEMPORARY_KEY;
    if (leaf & FACT_SORT)
        return TEMPORARY_SORT;
    if (leaf & FACT_PATH_JOIN)
        return TEMPORARY_PATH;
    if (leaf & (FACT_LINES | FACT_SPLIT))
        return TEMPORARY_LINE;
    if (leaf & (FACT_ERROR_BOX | FACT_IO_ERROR) || is_error(facts->ends.dropped) ||
        is_error_owner(facts->ends.owner))
        return TEMPORARY_ERROR;
    enum temporary kind = leaf & FACT_FILL ? TEMPORARY_OTHER : of_text_or_copy(facts);
    if (kind != TEMPORARY_OTHER)
        return kind;
    if (leaf & (MAPS | FACT_SMALL_VEC))
        return TEMPORARY_OTHER;
    /* vec![a, b] is made as a box too: what was dropped tells, where it is known. */
    if (is_boxed(facts->ends.dropped) && !(leaf & ~(uint64_t)(BOXES | FACT_VEC_LITERAL)))
        return TEMPORARY_BOX;
    if ((leaf & BOXES) && !(leaf & FACT_VEC_LITERAL))
        return TEMPORARY_BOX;
    if (leaf & (FACT_COLLECT | FACT_TRY_COLLECT))
        return TEMPORARY_COLLECT;
    return leaf & BUFFERS ? TEMPORARY_BUFFER : of_dropped_type(facts);
}

/* ---- figures ---- */

uint64_t temporary_largest(const struct tally *tally)
{
    return tally->size_max > tally->final_max ? tally->size_max : tally->final_max;
}

double temporary_grown_share(const struct tally *tally)
{
    return tally_share(tally->chains, tally->births);
}

uint64_t temporary_replaced(const struct tally *tally)
{
    uint64_t without_realloc = FACT_OVER_ALIGNED | FACT_GLOBAL_ALLOC;
    if (!(tally->leaf_any & FACT_GROW) || !(tally->leaf_any & without_realloc) || tally->reallocs ||
        tally->handovers_inside >= tally->births)
        return 0;
    return tally->handovers_inside;
}

bool temporary_in_parallel(const struct case_of_line *one)
{
    return (one->tally.around_any & FACT_RAYON) != 0;
}

/* Of vec![a, b], which is made as a box of an array: "[T; N]" is the box's element. */
static bool is_literal(const struct case_of_line *one)
{
    return (one->facts->leaf & FACT_VEC_LITERAL) != 0;
}

static uint64_t literal_length(const struct case_of_line *one)
{
    const char *semicolon = strrchr(one->facts->types.element, ';');
    return semicolon && is_literal(one) ? strtoull(semicolon + 1, NULL, 10) : 0;
}

uint64_t temporary_element_bytes(const struct case_of_line *one)
{
    const struct fact_types *types = &one->facts->types;
    const struct tally *t = &one->tally;
    uint64_t n = literal_length(one);
    if (n)
        return t->size_max / n;
    if (types->element_bytes)
        return types->element_bytes;
    bool from_empty = (one->facts->leaf & FACT_GROW) && !(one->facts->leaf & FACT_EXTEND) &&
                      t->size_min == t->size_max && t->size_min > 8 && t->size_min % 4 == 0 &&
                      t->size_min <= TEMPORARY_LARGE_BYTES;
    return from_empty ? t->size_min / 4 : 0;
}

const char *temporary_element(const struct case_of_line *one, struct findings *findings)
{
    const char *element = one->facts->types.element;
    if (literal_length(one))
        return finding_text(findings, "%.*s", (int)(strrchr(element, ';') - element - 1),
                            element + 1);
    bool of_its_drop = strcmp(one->facts->types.container, "Vec") == 0;
    return is_literal(one) && !of_its_drop ? "" : element;
}

bool temporary_is_vec(const struct case_of_line *one)
{
    const char *container = one->facts->types.container;
    if (one->facts->leaf & (FACT_READ_LINE | FACT_READ_TO_END | FACT_FMT_WRITE | FACT_PATH))
        return false; /* of bytes, whatever is below them */
    if (is_literal(one) || strcmp(container, "Vec") == 0)
        return true;
    return !container[0] && temporary_type_is(one->tally.ends.dropped, "Vec");
}

bool temporary_fits_stack(const struct case_of_line *one)
{
    uint64_t largest = temporary_largest(&one->tally), each = temporary_element_bytes(one);
    if (!temporary_is_vec(one) || !largest || largest > TEMPORARY_STACK_BYTES)
        return false;
    return !each || largest / each <= TEMPORARY_STACK_ELEMENTS;
}

/* ---- what a String is made of ---- */

/* Does the text begin with the name of one of those types? NULL ends them. */
static bool names_one(const char *text, const char *const *types)
{
    for (; *types; types++) {
        size_t n = strlen(*types);
        if (strncmp(text, *types, n) == 0 && (text[n] == ' ' || text[n] == '>'))
            return true;
    }
    return false;
}

/* `<u32 as alloc::string::SpecToString>::spec_to_string`, `to_string<u32>`. */
static bool is_string_of(const struct evidence *e, const struct case_of_line *one,
                         const char *const *types)
{
    const struct profile_point *point = &e->profile->points[one->top];
    for (uint32_t i = 0; i < point->depth && i < one->facts->leaf_end; i++) {
        const struct profile_frame *frame = &e->profile->frames[point->stack[i]];
        if (strstr(frame->function, "o_string") && frame->function[0] == '<' &&
            names_one(frame->function + 1, types))
            return true;
        /* with line tables alone there is no other name than the function's */
        const char *name = frame->name[0] ? frame->name : frame->function;
        const char *argument = strstr(name, "to_string<");
        if (argument && names_one(argument + strlen("to_string<"), types))
            return true;
    }
    return false;
}

bool temporary_of_integer(const struct evidence *e, const struct case_of_line *one)
{
    static const char *const integers[] = {"u8",  "u16", "u32", "u64",  "usize", "u128", "i8",
                                           "i16", "i32", "i64", "i128", "isize", NULL};

    return is_string_of(e, one, integers);
}

bool temporary_of_char(const struct evidence *e, const struct case_of_line *one)
{
    static const char *const chars[] = {"char", "core::char::ToUppercase",
                                        "core::char::ToLowercase", NULL};

    return is_string_of(e, one, chars);
}

/* ---- for comparisons ---- */

static bool is_in_sort(const struct case_of_line *one)
{
    return (one->facts->around & FACT_SORT) != 0;
}

static void tell_in_sort(struct finding *finding)
{
    finding->variant = "sort-key";
    finding->title = "a new key for each comparison of a sort";
    finding->advice =
        "Two keys are made for each comparison, n log n times. Compare a field by reference, in "
        "sort_by; where a key has to be made, sort_by_cached_key makes it once for each element.";
    finding->code =
        "all.sort_by(|a, b| a.name.cmp(&b.name)); // not sort_by_key(|a| a.name.clone())\n"
        "// a key that has to be made:\n"
        "all.sort_by_cached_key(|a| a.name.to_lowercase());\n";
    finding->condition = "if the keys are only compared";
    finding->confidence = FINDING_LIKELY;
}

/* ---- sentences ---- */

const char *temporary_sizes(const struct tally *tally, struct findings *findings)
{
    uint64_t largest = temporary_largest(tally);
    if (tally->size_min == largest || !tally->size_min || !tally->sizes.sum)
        return finding_text(findings, "%s each",
                            figure_bytes(largest ? largest : tally_mean_size(tally)));
    const struct tally_hist *hist =
        tally->chains * 2 > tally->births ? &tally->final_hist : &tally->sizes;
    uint64_t half = tally_percentile(hist, 0.5).high;
    if (half >= largest)
        return finding_text(findings, "%s to %s", figure_bytes(tally->size_min),
                            figure_bytes(largest));
    return finding_text(findings, "%s to %s, half of them at most %s",
                        figure_bytes(tally->size_min), figure_bytes(largest), figure_bytes(half));
}

const char *temporary_fate(const struct tally *tally, struct findings *findings)
{
    const struct fact_ends *ends = &tally->ends;
    const char *where = "freed soon after";
    if (ends->samples && ends->in_container * 2 >= ends->samples)
        where = "freed with the container that they are in";
    else if (ends->samples && ends->same_function * 2 >= ends->samples)
        where = "freed before the function returns";
    else if (ends->samples && (ends->same_function + ends->caller) * 2 >= ends->samples)
        where = "freed by the caller right away";
    uint64_t most = tally_most_per_thread(tally);
    if (!most)
        return where;
    const char *thread = tally->most_threads > 1 ? " in a thread" : "";
    if (most > tally->most_of_path) /* a sum over call paths, which need not meet */
        return finding_text(findings, "%s, never more than %s alive at once%s by any one call path",
                            where, figure_count(tally->most_of_path), thread);
    return finding_text(findings, "%s, never more than %s alive at once%s", where,
                        figure_count(most), thread);
}

/* ---- what each finding has ---- */

static uint64_t part_of(uint64_t n, double share)
{
    return share >= 1 ? n : (uint64_t)((double)n * share + 0.5);
}

void temporary_fill(const struct evidence *evidence, const struct case_of_line *one,
                    struct finding *finding, struct findings *findings, double share, bool gone)
{
    const struct tally *t = &one->tally;
    (void)evidence;
    finding->events = t->births + t->steps;
    finding->saving.calls = part_of(2 * t->births + t->steps, share);
    finding->saving.bytes = part_of(t->bytes, share);
    finding->saving.bytes_copied = part_of(t->copied, share);
    finding->saving.peak_bytes = gone ? part_of(t->peak_bytes, share) : 0;

    finding_evidence_u64(findings, finding, "blocks", t->births);
    finding_evidence_u64(findings, finding, "bytes", t->bytes);
    finding_evidence_u64(findings, finding, "size_min", t->size_min);
    finding_evidence_u64(findings, finding, "size_max", temporary_largest(t));
    finding_evidence_u64(findings, finding, "reallocs", t->steps);
    finding_evidence_u64(findings, finding, "most_live_per_thread", tally_most_per_thread(t));
    finding_evidence_real(findings, finding, "freed_share", tally_share(t->freed, t->births));
    if (t->ends.samples) {
        finding_evidence_u64(findings, finding, "frees_sampled", t->ends.samples);
        finding_evidence_real(findings, finding, "freed_in_function_share",
                              tally_share(t->ends.same_function, t->ends.samples));
        finding_evidence_real(findings, finding, "freed_in_caller_share",
                              tally_share(t->ends.caller, t->ends.samples));
    }
    if (t->ends.dropped[0])
        finding_evidence_text(findings, finding, "dropped_type", t->ends.dropped);
}

void temporary_doubts(const struct case_of_line *one, struct finding *finding,
                      struct findings *findings)
{
    if (!one->tally.ends.samples && finding->confidence == FINDING_CERTAIN)
        finding->confidence = FINDING_LIKELY;
    if (finding->scope != FINDING_DEPENDENCY)
        return;
    if (finding->confidence > FINDING_DOUBTFUL)
        finding->confidence--;
    const char *crate = finding->location.crate;
    finding->advice = finding_text(
        findings,
        "This happens inside %s%s: call it less often, or look for a variant of the call that "
        "takes a buffer or borrows; what its authors could change: %s",
        crate[0] ? "crate " : "another crate", crate, finding->advice);
}

/* ---- reckoning ---- */

/* Blocks smaller than TEMPORARY_LARGE_BYTES, of the sizes at birth. */
static struct tally small_ones(const struct tally *tally)
{
    struct tally small = *tally;
    uint64_t blocks = 0;
    for (uint32_t b = 0; b < PROFILE_BUCKETS; b++) {
        if (b >= LARGE_BUCKET)
            small.sizes.count[b] = 0;
        blocks += small.sizes.count[b];
    }
    if (blocks != tally->births) /* what was timed is not told apart by size */
        memset(small.timed, 0, sizeof(small.timed));
    small.births = small.sizes.sum = blocks;
    return small;
}

void temporary_reckon_reuse(struct reckoning *reckoning, const struct tally *tally)
{
    struct tally small = small_ones(tally);
    if (!tally->sizes.sum) { /* a foreign file: by the average */
        if (tally_mean_size(tally) < TEMPORARY_LARGE_BYTES)
            reckoning_pairs(reckoning, tally, 1);
    } else if (small.births) {
        reckoning_pairs(reckoning, &small, 1);
    }
    uint64_t pages = cost_fresh_pages(reckoning->evidence, tally);
    if (pages)
        reckoning_constant(reckoning, (double)pages, COST_PAGE,
                           "a page touched for the first time, as the system gives these buffers "
                           "anew for each use (by the calls that were timed)");
    else if (tally->sizes.sum > small.births)
        reckoning_term(reckoning, 0,
                       "%s buffers of 8 KiB and more: nothing for malloc and free, which are lost "
                       "in the time that using them takes",
                       figure_count(tally->sizes.sum - small.births));
    if (tally->steps)
        reckoning_growth(reckoning, tally, 1);
}

void temporary_reckon_all(struct reckoning *reckoning, const struct case_of_line *one)
{
    reckoning_pairs(reckoning, &one->tally, 1);
    if (one->tally.steps)
        reckoning_growth(reckoning, &one->tally, 1);
    if (one->facts->leaf & FACT_GROW)
        reckoning_term(reckoning, (double)one->tally.births * FIRST_GROWTH_NS,
                       "%s times std's own code for growing from nothing",
                       figure_count(one->tally.births));
}

/* ---- judging ---- */

static void judge_line(const struct rule *rule, const struct temporary_rule *how,
                       const struct evidence *evidence, const struct case_of_line *one,
                       struct findings *findings)
{
    struct finding *finding = case_finding(evidence, rule, one, findings);
    struct reckoning reckoning = reckoning_start(evidence, findings);
    how->reckon(&reckoning, one);
    temporary_fill(evidence, one, finding, findings, 1, how->gone);
    how->tell(evidence, one, finding, findings);
    if (how->may_be_key && is_in_sort(one))
        tell_in_sort(finding);
    reckoning_finish(&reckoning, finding);
    if (!how->for_caller)
        temporary_doubts(one, finding, findings);
    gate_severity(evidence, finding);
    if (how->is_remark && how->is_remark(one) && finding->severity > FINDING_LOW)
        finding->severity = FINDING_LOW;
    findings_add(findings, finding);
}

/* Did most of the blocks die with a container whose elements they were? One buffer cannot hold
 * them all. A copied text may still give way to the &str, a small Vec to an array, in a Vec or map
 * whose type is written at hand, not in one that is the part of another type. A copy of the whole
 * container is a clone's matter, and lines are better read into one buffer even where they are
 * gathered. */
static bool is_kept_in_container(const struct case_of_line *one)
{
    const struct fact_ends *ends = &one->tally.ends;
    switch (temporary_of(one->facts)) {
    case TEMPORARY_STRING:
    case TEMPORARY_COLLECT:
    case TEMPORARY_BUFFER:
        return ends->samples && ends->in_other_type * 2 >= ends->samples;
    case TEMPORARY_FORMAT:
    case TEMPORARY_PATH:
        return ends->samples && ends->in_container * 2 >= ends->samples;
    default:
        return false;
    }
}

bool temporary_live_together(const struct case_of_line *one)
{
    return gate_one_by_one_share(&one->tally) < ONE_BY_ONE;
}

static bool is_kept(const struct temporary_rule *how, const struct evidence *evidence,
                    const struct case_of_line *one)
{
    return is_kept_in_container(one) &&
           (!how->may_be_elements || !how->may_be_elements(evidence, one));
}

/* gate_passing_share of the blocks that containers end with. Those before them pass at once, as the
 * next takes their place. */
static double finished_passing_share(const struct tally *t)
{
    double replaced = (double)temporary_replaced(t), births = (double)t->births;
    return (gate_passing_share(t) * births - replaced) / (births - replaced);
}

/* Whether the edit is to keep one where there are many: then these must not be live together. */
static bool are_gathered(const struct case_of_line *one)
{
    enum temporary kind = temporary_of(one->facts);
    return (kind == TEMPORARY_BUFFER || kind == TEMPORARY_COLLECT) &&
           finished_passing_share(&one->tally) < ONE_BY_ONE;
}

void temporary_judge(const struct rule *rule, const struct temporary_rule *how,
                     const struct evidence *evidence, struct findings *findings)
{
    struct case_filter filter = {.accept = how->accept,
                                 .around_any = how->around_any,
                                 .around_none = how->around_none,
                                 .amount = case_births,
                                 .least = rule_limit(rule, 0)};
    struct cases *cases = cases_find(evidence, &filter, findings);
    bool (*ends_well)(const struct tally *) = how->ends_well ? how->ends_well : gate_local;
    const struct case_of_line *one;
    while ((one = cases_next(cases))) {
        if ((double)one->tally.births < rule_limit(rule, 0) || !ends_well(&one->tally) ||
            is_kept(how, evidence, one) || are_gathered(one))
            continue;
        if (!how->is_case || how->is_case(rule, evidence, one))
            judge_line(rule, how, evidence, one, findings);
    }
}
