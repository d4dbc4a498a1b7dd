/* rule_box_churn.c - Box, Rc and Arc made and dropped over and over. Asked by rules.c. */
#include "analyzer/rules/closure_type.h"
#include "analyzer/rules/temporary.h"

#include <string.h>

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 10000, "a malloc and free of this size take 11 to 13 ns: fewer are not felt"},
};

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_BOX;
}

enum pointer { POINTER_BOX, POINTER_RC, POINTER_ARC };

static enum pointer pointer_of(const struct case_of_line *one)
{
    const char *dropped = one->tally.ends.dropped;
    if ((one->facts->leaf & FACT_ARC) || temporary_type_is(dropped, "Arc"))
        return POINTER_ARC;
    if ((one->facts->leaf & FACT_RC) || temporary_type_is(dropped, "Rc"))
        return POINTER_RC;
    return POINTER_BOX;
}

/* A type that holds boxes of itself, a tree's or a list's, needs them. */
static bool is_recursive(const struct case_of_line *one)
{
    const struct fact_ends *ends = &one->tally.ends;
    return ends->samples && ends->in_own_type * 2 >= ends->samples;
}

/* Of what is boxed, not of what that holds. */
static bool is_dyn(const struct case_of_line *one)
{
    const char *boxed = strchr(one->tally.ends.dropped, '<');
    return boxed && (strncmp(boxed, "<dyn ", 5) == 0 || strncmp(boxed, "<(dyn ", 6) == 0);
}

/* "Box<P>", "Box<dyn Shape>", "Box<dyn Fn(u64) -> u64>", "Rc". */
static const char *type_name(const struct case_of_line *one, struct findings *f)
{
    static const char *const names[] = {"Box", "Rc", "Arc"};
    const char *name = names[pointer_of(one)];
    if (temporary_type_is(one->tally.ends.dropped, name))
        return closure_type(f, facts_short_type(&f->arena, one->tally.ends.dropped));
    const char *element = one->facts->types.element;
    return element[0] ? finding_text(f, "%s<%s>", name, element) : name;
}

struct pointer_advice {
    const char *advice, *code, *condition;
};
static const struct pointer_advice box_advice = {
    "Keep the value itself: a local variable or a return value needs no Box, and moving a few "
    "words costs less than a malloc and a free.",
    "let value = make(); // by value, not Box::new(make())\n"
    "use_it(&value);\n",
    "if nothing needs it at a fixed address and the type is not recursive",
};
static const struct pointer_advice dyn_advice = {
    "A trait object does not need a Box to be used at once: pass &dyn Trait to a value on the "
    "stack, make the function generic, or, if the kinds are known, use an enum.",
    "enum Shape { Square(Square), Circle(Circle) } // one type for all kinds, by value\n"
    "// or, for use at the place where it is made:\n"
    "let square = Square(side);\n"
    "let shape: &dyn Area = &square;\n",
    "if the set of types is known, or the object is used at the place where it is made",
};
static const struct pointer_advice recursive_advice = {
    "A type that contains itself needs its boxes. Where many are made and dropped together, keep "
    "the "
    "nodes in one Vec and let them name each other by index, or take them from an arena (bumpalo, "
    "typed-arena): then a whole tree is one allocation or a few, and is dropped at once.",
    "struct Tree { nodes: Vec<Node> } // one allocation for all, reused for the next tree\n"
    "enum Node { Leaf(u32), Pair(u32, u32) } // the numbers are indexes of nodes\n",
    "if whole trees come and go, not single nodes",
};
static const struct pointer_advice rc_advice = {
    "Nobody else holds it any more when it is dropped so soon: pass the value by reference, or "
    "make the shared pointer once, outside the loop, and clone that (a clone only counts).",
    "let shared = Rc::new(value); // once\n"
    "for item in items {\n"
    "    use_it(&shared, item); // or Rc::clone(&shared)\n"
    "}\n",
    "if no other owner outlives the function",
};

/* The code has the closure's own trait in it. */
static const struct pointer_advice closure_advice = {
    "A closure that is called at once, or always made from the same source, needs no Box: return "
    "impl Fn, take it as a generic parameter (f: impl Fn), or pass &dyn Fn to one on the stack. "
    "Where it is one of several, an enum of what they capture does, with a method in place of the "
    "call.",
    "", "if it is always the same closure, or is called at the place where it is made"};
static const char arc_code[] = "let shared = Arc::new(value); // once\n"
                               "for item in items {\n"
                               "    use_it(&shared, item); // or Arc::clone(&shared)\n"
                               "}\n";

static const char *closure_code(const char *bound, struct findings *f)
{
    return finding_text(f,
                        "fn make(..) -> impl %s { move |..| .. } // no Box\n"
                        "fn use_it(f: impl %s) {} // or f: &dyn ..\n",
                        bound, bound);
}

static struct pointer_advice advice_for(const struct case_of_line *one, const char *type,
                                        struct findings *f)
{
    const char *bound = closure_bound(f, type);
    if (is_recursive(one))
        return recursive_advice;
    if (pointer_of(one) == POINTER_ARC)
        return (struct pointer_advice){rc_advice.advice, arc_code, rc_advice.condition};
    if (pointer_of(one) == POINTER_RC)
        return rc_advice;
    if (bound[0])
        return (struct pointer_advice){closure_advice.advice, closure_code(bound, f),
                                       closure_advice.condition};
    return is_dyn(one) ? dyn_advice : box_advice;
}

static const char *variant_of(const struct case_of_line *one)
{
    if (is_recursive(one))
        return "recursive";
    if (pointer_of(one) != POINTER_BOX)
        return "shared";
    return is_dyn(one) ? "dyn" : "";
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    const char *type = type_name(one, f);
    struct pointer_advice a = advice_for(one, type, f);
    finding->variant = variant_of(one);
    if (is_recursive(one))
        finding->title = "the boxes of trees that are made and dropped again";
    finding->what = finding_text(f, "%s made and dropped %s values of type %s, %s: %s.",
                                 case_name(e, one, f), figure_count(one->tally.births), type,
                                 temporary_sizes(&one->tally, f), temporary_fate(&one->tally, f));
    finding->advice = a.advice;
    finding->code = a.code;
    finding->condition = a.condition;
    finding->confidence = is_recursive(one) ? FINDING_DOUBTFUL : FINDING_LIKELY;
    finding_evidence_text(f, finding, "type", type);
}

static const struct temporary_rule how = {.accept = accept,
                                          .reckon = temporary_reckon_all,
                                          .tell = tell,
                                          .is_remark = is_recursive,
                                          .gone = true};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_box_churn = {
    .id = "box-churn",
    .title = "short-lived boxes that could be plain values",
    .summary = "Box, Rc or Arc made and dropped in the same place, over and over",
    .skill = "Use Stack Allocation for Small Collections",
    .reference = "Heap Allocations: Box, Rc/Arc",
    .needs = EVIDENCE_NAMES | EVIDENCE_LINES | EVIDENCE_LIFETIMES,
    .precedence = 60,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where ten thousand boxes or more were allocated by Box::new, Rc::new "
                    "or Arc::new (or where what was dropped is a Box, Rc or Arc) and freed in the "
                    "same function or by its direct caller, with hardly ever more than one alive. "
                    "Boxes that another thread frees, that live in a structure, or that are made "
                    "by vec![..] are not counted.",
            .why = "A malloc and a free take 11 to 13 ns and the value then lies apart from what "
                   "is used with it. By value it would be a few words on the stack.",
            .wrong =
                "A recursive type needs its box: where the frees show one, this is no more than a "
                "remark, with what an arena would do. So does a value whose address must not "
                "change, and a trait object that outlives the place that knows its type. "
                "Very large values are moved faster as a pointer.",
            .fix = "Return and pass values by value or by reference; take &dyn Trait or impl "
                   "Trait (impl Fn of a closure) instead of Box<dyn Trait>; use an enum for a "
                   "known set of types; make "
                   "an Rc or Arc once outside the loop.",
            .before = "fn shape(kind: u32) -> Box<dyn Shape> {\n"
                      "    if kind == 0 { Box::new(Square(1.0)) } else { Box::new(Circle(1.0)) }\n"
                      "}\n",
            .after = "enum AnyShape { Square(Square), Circle(Circle) }\n"
                     "fn shape(kind: u32) -> AnyShape {\n"
                     "    if kind == 0 { AnyShape::Square(Square(1.0)) }\n"
                     "    else { AnyShape::Circle(Circle(1.0)) }\n"
                     "}\n",
        },
    .judge = judge,
};
