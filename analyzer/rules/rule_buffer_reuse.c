/* rule_buffer_reuse.c - buffers made anew for each use, where one could be cleared. Asked by
 * rules.c. */
#include "analyzer/rules/temporary.h"

#include <string.h>

enum { MIN_BLOCKS, MAX_LIVE_UNKNOWN, ALONE, NESTED };
static const struct rule_threshold thresholds[] = {
    [MIN_BLOCKS] = {"min_blocks", 1000, "fewer are made at start or once per file"},
    [MAX_LIVE_UNKNOWN] = {"max_live_unknown", 8,
                          "live at once per thread where no frame tells what the blocks are: the "
                          "nodes of a tree, the elements of a Vec die together, in inlined code "
                          "that has no name, and no buffer replaces them; or"},
    [ALONE] = {"min_alone", 0.9,
               "of these freed before the thread allocates twice more: then none had company, "
               "whatever several ways to the line add up to"},
    [NESTED] = {"max_nested", 0.1,
                "of them dropped by a type that was dropped by itself, where no frame tells what "
                "they are: the nodes of trees, however small these trees are"},
};

/* With lines, Vecs and Strings that small-buffer does not take. Without (only symbols), all that
 * is short-lived, since small-buffer does not judge there: what it is nobody knows. Nor is a text
 * more than that there, since the rule about texts wants to see more than the name of a function
 * that joins or replaces. */
static bool accept(const struct facts *facts)
{
    enum temporary kind = temporary_of(facts);
    return kind == TEMPORARY_BUFFER || kind == TEMPORARY_COLLECT || kind == TEMPORARY_UNKNOWN ||
           kind == TEMPORARY_STRING;
}

static bool is_unknown(const struct case_of_line *one)
{
    enum temporary kind = temporary_of(one->facts);
    return kind == TEMPORARY_UNKNOWN || kind == TEMPORARY_STRING;
}

/* Elements of a container: of one that lives on, which is cleared or loses them one by one, no
 * buffer could stand for all of them. A table that dies with its rows can be kept as a whole. */
static bool is_element(const struct case_of_line *one)
{
    const struct fact_ends *ends = &one->tally.ends;
    return ends->samples && ends->in_container * 2 >= ends->samples;
}

static bool outlives_elements(const struct case_of_line *one)
{
    return one->tally.ends.owner[0] == '[';
}

/* vec![vec![0; width]; rows] */
static bool is_filled(const struct case_of_line *one)
{
    return (one->facts->leaf & FACT_FILL) != 0;
}

static bool is_single(const struct rule *rule, const struct tally *t)
{
    if (tally_share(t->ends.in_nested, t->ends.samples) > rule_limit(rule, NESTED))
        return false;
    return (double)tally_most_per_thread(t) <= rule_limit(rule, MAX_LIVE_UNKNOWN) ||
           tally_short_lived_share(t, 1) >= rule_limit(rule, ALONE);
}

static bool is_case(const struct rule *rule, const struct evidence *e,
                    const struct case_of_line *one)
{
    if (is_unknown(one))
        return !(e->data & EVIDENCE_LINES) && is_single(rule, &one->tally);
    if (is_element(one) && outlives_elements(one))
        return false;
    bool small_buffers = (e->data & EVIDENCE_LINES) && temporary_fits_stack(one);
    return !small_buffers || one->tally.steps > one->tally.births;
}

static bool is_zeroed(const struct case_of_line *one)
{
    return (one->tally.leaf_any & FACT_ZEROED) != 0;
}

/* Bytes are zeroed to be read into: then one buffer needs no zeroing either. */
static bool is_overwritten(const struct case_of_line *one)
{
    return is_zeroed(one) && strcmp(one->facts->types.element, "u8") == 0;
}

static void reckon(struct reckoning *r, const struct case_of_line *one)
{
    temporary_reckon_reuse(r, &one->tally);
    if (is_overwritten(one))
        reckoning_constant(r, (double)one->tally.birth_bytes, COST_ZEROED_BYTE,
                           "bytes set to zero before they are read into");
}

static const char *container(const struct case_of_line *one)
{
    const char *name = one->facts->types.container;
    return strcmp(name, "String") == 0 || strcmp(name, "VecDeque") == 0 ||
                   strcmp(name, "BinaryHeap") == 0
               ? name
               : "Vec";
}

static uint64_t capacity(const struct case_of_line *one)
{
    uint64_t each = temporary_element_bytes(one);
    if (strcmp(container(one), "String") == 0)
        each = 1;
    if (!each)
        return 0;
    if (one->tally.chains * 2 > one->tally.births) {
        struct capacity_plan plan = capacity_plan(one);
        if (plan.choice_count)
            return plan.choice[plan.best].elements;
    }
    return temporary_largest(&one->tally) / each;
}

/* What vec![x; n] filled with zero bytes, for fill(): "0" also where the type is not known. */
static const char *zero_of(const char *element)
{
    if (strcmp(element, "bool") == 0)
        return "false";
    if (strcmp(element, "f32") == 0 || strcmp(element, "f64") == 0)
        return "0.0";
    bool number = (element[0] == 'i' || element[0] == 'u') &&
                  (element[1] == 's' || (element[1] & ~15) == '0');
    return !element[0] || number ? "0" : "Default::default()";
}

/* The same with its type, for a Vec that is made: "0u32". */
static const char *typed_zero_of(const char *element, struct findings *f)
{
    const char *zero = zero_of(element);
    if (strcmp(zero, "0") == 0)
        return finding_text(f, "0%s", element);
    return strcmp(zero, "0.0") == 0 ? finding_text(f, "0_%s", element) : zero;
}

/* "u16" of the rows of a table, Vec<u16>. */
static const char *cell_of(const struct case_of_line *one, struct findings *f)
{
    const char *row = one->facts->types.element;
    size_t n = strlen(row);
    if (n < 5 || strncmp(row, "Vec<", 4) != 0)
        return row;
    return finding_text(f, "%.*s", (int)(n - 5), row + 4);
}

static const char *code(const struct case_of_line *one, struct findings *f)
{
    uint64_t n = capacity(one);
    if (is_element(one) && !is_filled(one))
        return "for item in items {\n"
               "    for row in &mut rows { // the rows stay, and what they have room for\n"
               "        row.clear();\n"
               "        fill(row, item);\n"
               "    }\n"
               "}\n";
    if (is_element(one))
        return finding_text(f,
                            "let mut table = vec![%s; rows * width]; // once, before the loop\n"
                            "for item in items {\n"
                            "    table.fill(%s);\n"
                            "    table[row * width + column] = use_it(item);\n"
                            "}\n",
                            typed_zero_of(cell_of(one, f), f), zero_of(cell_of(one, f)));
    if (is_zeroed(one))
        return finding_text(f,
                            "let mut buf = vec![%s; %llu]; // once, before the loop\n"
                            "for item in items {\n"
                            "    buf.fill(%s); // %s\n"
                            "    use_it(&mut buf, item);\n"
                            "}\n",
                            typed_zero_of(one->facts->types.element, f),
                            (unsigned long long)(n ? n : 1), zero_of(one->facts->types.element),
                            is_overwritten(one) ? "only if it is read before it is written"
                                                : "as vec![0; n] did");
    return finding_text(f,
                        "let mut buf = %s; // once, before the loop\n"
                        "for item in items {\n"
                        "    buf.clear(); // keeps the memory\n"
                        "    fill(&mut buf, item);\n"
                        "}\n",
                        n ? capacity_code(one, n, f)
                          : finding_text(f, "%s::new()", container(one)));
}

static const char *type_words(const struct case_of_line *one, struct findings *f)
{
    const char *element = temporary_element(one, f);
    if (strcmp(container(one), "String") == 0 || !element[0])
        return container(one);
    return finding_text(f, "%s<%s>", container(one), element);
}

/* Steps of growing, by realloc or, where that cannot be, by a new block. */
static uint64_t steps_of(const struct tally *t)
{
    return t->steps + temporary_replaced(t);
}

static uint64_t buffers_of(const struct tally *t)
{
    return t->births - temporary_replaced(t);
}

static const char *sizes(const struct tally *t, struct findings *f)
{
    return temporary_replaced(t) ? finding_text(f, "up to %s", figure_bytes(temporary_largest(t)))
                                 : temporary_sizes(t, f);
}

static const char *growing_words(const struct tally *t, struct findings *f)
{
    double each = tally_share(steps_of(t), buffers_of(t));
    if (each < 0.05)
        return steps_of(t) ? " and grew a few of them" : "";
    return finding_text(f, " and grew them %.1f times each", each);
}

static void tell_unknown(const struct evidence *e, const struct case_of_line *one,
                         struct finding *finding, struct findings *f)
{
    const struct tally *t = &one->tally;
    finding->variant = "short-lived";
    finding->what = finding_text(f, "%s made %s short-lived blocks (%s)%s: %s.",
                                 case_name(e, one, f), figure_count(buffers_of(t)), sizes(t, f),
                                 growing_words(t, f), temporary_fate(t, f));
    finding->advice = "The program has no debug information, so whether these are buffers, texts, "
                      "copies or boxes cannot be told. Build with debug = \"line-tables-only\" "
                      "to see the line and its kind. A buffer can be kept and cleared; a copy or a "
                      "text may not be needed at all.";
    finding->code = "[profile.release]\n"
                    "debug = \"line-tables-only\"\n";
    finding->condition = "if it is a buffer, a text or a copy that can be kept or left out";
    finding->confidence = FINDING_DOUBTFUL;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const struct tally *t = &one->tally;
    if (is_unknown(one)) {
        tell_unknown(e, one, finding, f);
        return;
    }
    finding->variant = is_zeroed(one) ? "zeroed" : "";
    finding->what = finding_text(f, "%s made %s buffers (%s, %s)%s: %s.", case_name(e, one, f),
                                 figure_count(buffers_of(t)), type_words(one, f), sizes(t, f),
                                 growing_words(t, f), temporary_fate(t, f));
    finding->advice =
        "Make the buffer once, outside the loop (or take it as a `&mut` parameter, or keep it in "
        "a struct), and clear() it before each use: its capacity stays.";
    if (is_element(one))
        finding->advice =
            is_filled(one)
                ? "These are the rows of a table that is made and dropped with them. Make "
                  "it one flat Vec (row * width + column), which is one allocation "
                  "instead of one for each row, and keep that outside the loop."
                : "These are the elements of a container that is made and dropped with "
                  "them. Keep the whole container outside the loop and fill its elements "
                  "anew: clear() leaves them their memory.";
    if (steps_of(t))
        finding_more(f, &finding->advice, " It then also grows no more, after the first times.");
    if (is_zeroed(one))
        finding_more(f, &finding->advice, " fill(%s) sets it back to zero, where that is needed.",
                     zero_of(is_filled(one) ? cell_of(one, f) : one->facts->types.element));
    if (cost_fresh_pages(e, t))
        finding_more(
            f, &finding->advice,
            " The allocator gives buffers of this size back to the system, so each new one "
            "is faulted in page by page; one that is kept is not.");
    else if (temporary_largest(t) >= TEMPORARY_LARGE_BYTES && !steps_of(t) && !is_overwritten(one))
        finding_more(f, &finding->advice,
                     " That is less churn; of buffers this large the time saved is small.");
    finding->code = code(one, f);
    finding->condition = is_overwritten(one)
                             ? "if the buffer is written before it is read, as for reading a file"
                             : "if the contents are not handed on to somebody who keeps them";
    finding->confidence = FINDING_LIKELY;
    finding_evidence_text(f, finding, "container", container(one));
    finding_evidence_text(f, finding, "element", temporary_element(one, f));
    finding_evidence_u64(f, finding, "buffers", buffers_of(t));
    finding_evidence_u64(f, finding, "capacity", capacity(one));
}

static const struct temporary_rule how = {.accept = accept,
                                          .around_none = FACT_RAYON,
                                          .is_case = is_case,
                                          .reckon = reckon,
                                          .tell = tell};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_buffer_reuse = {
    .id = "buffer-reuse",
    .title = "a new buffer for each use",
    .summary = "Vecs and Strings made, used and freed in a loop, where one could be cleared",
    .skill = "Reuse Buffers",
    .reference = "Heap Allocations: Reusing Collections",
    .needs = EVIDENCE_NAMES | EVIDENCE_LIFETIMES,
    .precedence = 45,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where a thousand Vecs, Strings or VecDeques or more were made, freed "
                    "in the same function or by its direct caller, with hardly ever more than one "
                    "alive in a thread; larger than what small-buffer tells of. In a program "
                    "without debug information: any blocks that live like this.",
            .why = "Each use pays for malloc and free, and for growing from nothing again. A "
                   "buffer that is cleared keeps its capacity: after the first uses it allocates "
                   "no more. From 128 KiB on the allocator may give each buffer back to the "
                   "system; then every page of a new one is faulted in again, at about 1.4 us, "
                   "which often takes longer than all else. Calls that were timed tell.",
            .wrong = "For buffers of 8 KiB and more, which are not grown and whose memory stays "
                     "with the program, malloc and free are lost in the time that using them "
                     "takes; the saving says so. vec![0; n] needs a "
                     "fill(0) when it is reused. A buffer that is kept across uses keeps its "
                     "largest size: shrink_to it where a rare giant would stay.",
            .fix = "Hoist the buffer out of the loop; pass &mut Vec<T> to the function that fills "
                   "it; or keep it in the struct whose method needs it. In parallel code, one per "
                   "thread.",
            .before = "for record in records {\n"
                      "    let mut out = Vec::new();\n"
                      "    encode(record, &mut out);\n"
                      "    writer.write_all(&out)?;\n"
                      "}\n",
            .after = "let mut out = Vec::new();\n"
                     "for record in records {\n"
                     "    out.clear();\n"
                     "    encode(record, &mut out);\n"
                     "    writer.write_all(&out)?;\n"
                     "}\n",
        },
    .judge = judge,
};
