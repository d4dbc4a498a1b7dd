/* rule_string_temp.c - texts copied into a String for one use. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "13 ns each: fewer are not felt"},
};

/* Integers are formatted exactly, without core::fmt, since 1.73 or so; before by Display, as the
 * rest still is. Of what goes that way only integers and chars are this rule's. */
static bool accept(const struct facts *facts)
{
    enum temporary kind = temporary_of(facts);
    return kind == TEMPORARY_STRING || (kind == TEMPORARY_FORMAT && (facts->leaf & FACT_TO_STRING));
}

static bool is_case(const struct rule *rule, const struct evidence *e,
                    const struct case_of_line *one)
{
    (void)rule;
    return temporary_of(one->facts) == TEMPORARY_STRING || temporary_of_integer(e, one) ||
           temporary_of_char(e, one);
}

enum kind { KIND_COPY, KIND_ELEMENT, KIND_INTEGER, KIND_CHAR, KIND_TRANSFORM, KIND_SLICES };

/* Does the name or the file of the frame speak of text? "concat<&str, str>", alloc/src/str.rs. */
static bool is_of_text(const struct profile_frame *frame)
{
    static const char *const files[] = {"/src/str.rs", "/src/string.rs", "/os_str.rs"};
    static const char *const names[] = {"<str>", "<str,",  "<str ", "&str",
                                        " str",  "String", "OsStr"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (strstr(frame->file, files[i]))
            return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strstr(frame->name, names[i]) || strstr(frame->function, names[i]))
            return true;
    return false;
}

/* concat, join and repeat are slices' methods; of texts they go by the str's own. */
static bool joins_slices(const struct evidence *e, const struct case_of_line *one)
{
    const struct profile_point *point = &e->profile->points[one->top];
    for (uint32_t i = 0; i < point->depth && i < one->facts->leaf_end; i++)
        if (is_of_text(&e->profile->frames[point->stack[i]]))
            return false;
    return true;
}

/* Did most of them die with a Vec of Strings? */
static bool are_elements(const struct tally *t)
{
    const struct fact_ends *ends = &t->ends;
    return ends->samples && ends->in_container * 2 >= ends->samples &&
           temporary_type_is(ends->owner, "Vec");
}

static enum kind kind_of(const struct evidence *e, const struct case_of_line *one)
{
    if (one->facts->leaf & FACT_CONCAT)
        return joins_slices(e, one) ? KIND_SLICES : KIND_TRANSFORM;
    if (temporary_of_integer(e, one))
        return KIND_INTEGER;
    if (temporary_of_char(e, one))
        return KIND_CHAR;
    return are_elements(&one->tally) ? KIND_ELEMENT : KIND_COPY;
}

static const struct {
    const char *variant, *made, *advice, *code, *condition, *title; /* title: NULL: the rule's */
} kinds[] = {
    [KIND_COPY] =
        {
            "",
            "copied a text into a new String",
            "Use the `&str` itself: `HashMap<String, _>::get`, comparisons and most functions take "
            "it. A function that returns one of some literals can return `&'static str`; one that "
            "sometimes has to build a text, `Cow<'static, str>`.",
            "fn name(kind: u32) -> &'static str { // not String\n"
            "    match kind { 0 => \"GET\", _ => \"POST\" }\n"
            "}\n"
            "map.get(word)      // not map.get(&word.to_string())\n"
            "if text == \"abc\" {} // not String::from(text) == \"abc\"\n",
            "if the text is only read, and what it borrows from lives long enough",
            NULL,
        },
    [KIND_ELEMENT] =
        {
            "element",
            "copied a text into a new String",
            "Put `&str`s into the Vec: they borrow from the text that they are parts of, and "
            "nothing "
            "is allocated or copied for them. A function or struct that hands them on has the "
            "lifetime of that text (`Vec<&'a str>`).",
            "fn fields(line: &str) -> Vec<&str> { // not Vec<String>\n"
            "    line.split(',').map(str::trim).collect() // no to_string()\n"
            "}\n",
            "if they are only read, and what they borrow from lives as long",
            "a Vec of new Strings where &strs would do",
        },
    [KIND_INTEGER] =
        {
            "integer",
            "turned an integer into a new String",
            "itoa::Buffer formats an integer on the stack; write! appends it to a String that is "
            "there, or to one that is cleared for each use.",
            "let mut digits = itoa::Buffer::new();\n"
            "use_it(digits.format(n)); // a &str on the stack\n"
            "// or, with std alone:\n"
            "use std::fmt::Write;\n"
            "buf.clear();\n"
            "write!(buf, \"{n}\").unwrap();\n",
            "if the String is not kept",
            NULL,
        },
    [KIND_CHAR] =
        {
            "char",
            "turned a char into a new String",
            "A char needs no String: push appends it to one that is there, extend what "
            "to_uppercase and to_lowercase give; find, split, replace and comparisons take the "
            "char itself; encode_utf8 gives a &str of it on the stack.",
            "out.push(c);                  // not out.push_str(&c.to_string())\n"
            "out.extend(c.to_uppercase()); // not out += &c.to_uppercase().to_string()\n"
            "let mut bytes = [0; 4];\n"
            "use_it(c.encode_utf8(&mut bytes)); // where a &str is wanted\n",
            "if the String is not kept",
            "a new String for a char",
        },
    [KIND_TRANSFORM] =
        {
            "transform",
            "made a changed or joined copy of a text",
            "Compare or search without the copy (eq_ignore_ascii_case for to_lowercase, chars() "
            "and bytes() for what is looked at piece by piece), change ASCII in place "
            "(make_ascii_lowercase), or push the pieces into one String that is cleared for each "
            "use.",
            "if name.eq_ignore_ascii_case(\"content-type\") {} // not name.to_lowercase() == ..\n"
            "// or one buffer for all:\n"
            "buf.clear();\n"
            "buf.push_str(a);\n"
            "buf.push_str(b);            // not [a, b].concat()\n"
            "buf.make_ascii_lowercase(); // in place\n",
            "if the new text is only read and not kept",
            NULL,
        },
    [KIND_SLICES] =
        {
            "slices",
            "joined slices into a new Vec",
            "Use the pieces one after the other (iterate over them, write each to the writer), or "
            "put them into one Vec that is cleared for each use.",
            "for piece in [a, b] { use_it(piece); } // not use_it(&[a, b].concat())\n"
            "// or one buffer for all:\n"
            "buf.clear();\n"
            "buf.extend_from_slice(a);\n"
            "buf.extend_from_slice(b);\n",
            "if the new Vec is only read and not kept",
            "a new Vec for slices that are joined",
        },
};

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    enum kind kind = kind_of(e, one);
    finding->variant = kinds[kind].variant;
    if (kinds[kind].title)
        finding->title = kinds[kind].title;
    finding->what = finding_text(f, "%s %s %s times (%s): %s.", case_name(e, one, f),
                                 kinds[kind].made, figure_count(one->tally.births),
                                 temporary_sizes(&one->tally, f), temporary_fate(&one->tally, f));
    finding->advice = kinds[kind].advice;
    finding->code = kinds[kind].code;
    finding->condition = kinds[kind].condition;
    finding->confidence = FINDING_LIKELY;
}

/* push and extend need no core::fmt, as write! of an integer does. */
static void reckon(struct reckoning *r, const struct case_of_line *one)
{
    temporary_reckon_all(r, one);
    if ((one->facts->leaf & FACT_FORMAT) && temporary_of_char(r->evidence, one))
        reckoning_constant(r, (double)one->tally.births, COST_FORMAT, NULL);
}

static const struct temporary_rule how = {.accept = accept,
                                          .is_case = is_case,
                                          .reckon = reckon,
                                          .tell = tell,
                                          .gone = true,
                                          .may_be_key = true};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_string_temp = {
    .id = "string-temp",
    .title = "a new String where a &str would do",
    .summary = "to_string, to_owned, String::from, to_lowercase, replace, concat for one use",
    .skill = "Avoid Cloning in Hot Paths",
    .reference = "Heap Allocations: String, to_owned, Cow",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES | EVIDENCE_LIFETIMES,
    .precedence = 60,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line that turned a text, an integer or a char into a String of its own a "
                    "thousand times or more (to_string, to_owned, String::from, into, "
                    "to_lowercase, replace, concat, join), each dropped in the same function or by "
                    "its direct caller, or with a Vec that was (variant \"element\"). Slices of "
                    "bytes or anything else that concat, join or repeat made a "
                    "Vec of count as well (variant \"slices\").",
            .why = "A malloc, a copy and a free, 13 ns and more, for a text that was there "
                   "already as a &str.",
            .wrong = "Whether the String was changed cannot be seen. An interface that wants a "
                     "String leaves no choice. Integers are formatted into a buffer of the exact "
                     "size: only the 13 ns are saved.",
            .fix = "Pass &str; return &'static str for literals, Cow<str> where a text is "
                   "sometimes built; look up maps of String by &str; collect a Vec<&str>; itoa or "
                   "write! for integers; push for chars; one cleared String for texts that are put "
                   "together; sort_by_cached_key for what a sort compares.",
            .before = "fn method(kind: u32) -> String {\n"
                      "    if kind == 0 { \"GET\".to_string() } else { \"POST\".to_string() }\n"
                      "}\n"
                      "let n = map.get(&word.to_string());\n",
            .after = "fn method(kind: u32) -> &'static str {\n"
                     "    if kind == 0 { \"GET\" } else { \"POST\" }\n"
                     "}\n"
                     "let n = map.get(word);\n",
        },
    .judge = judge,
};
