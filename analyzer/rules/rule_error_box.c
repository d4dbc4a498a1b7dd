/* rule_error_box.c - errors that are allocated, looked at and dropped. Asked by rules.c. */
#include "analyzer/rules/temporary.h"

static const struct rule_threshold thresholds[] = {
    {"min_blocks", 1000, "errors on a rare path are meant to cost something"},
    {"max_life_allocs", 16, "an error that is kept for a report lives longer"},
};
#define SHORT_LIFE_ALLOCS 16

static bool accept(const struct facts *facts)
{
    return temporary_of(facts) == TEMPORARY_ERROR;
}

/* Errors travel up by `?`, so they may be dropped further out than gate L allows. */
static bool ends_well(const struct tally *t)
{
    if (gate_local(t))
        return true;
    return tally_share(t->freed, t->births) >= gate_limits[GATE_LOCAL_FREED].value &&
           tally_share(t->elsewhere, t->births) <= gate_limits[GATE_LOCAL_ELSEWHERE].value &&
           tally_short_lived_share(t, SHORT_LIFE_ALLOCS) >= 0.5;
}

/* The most blocks of one point of the line is how many errors there were. */
static uint64_t errors_of(const struct evidence *e, const struct case_of_line *one)
{
    const struct profile_point *top = &e->profile->points[one->top];
    uint64_t births = case_births(top);
    return births ? births : 1;
}

static void tell(const struct evidence *e, const struct case_of_line *one, struct finding *finding,
                 struct findings *f)
{
    uint64_t errors = errors_of(e, one), blocks = one->tally.births;
    bool is_io = (one->tally.leaf_any & FACT_IO_ERROR) != 0;
    finding->variant = is_io ? "io" : "";
    finding->what = finding_text(
        f, "%s made %s boxed errors, %.1f allocations for each, and they were dropped: %s.",
        case_name(e, one, f), figure_count(errors), (double)blocks / (double)errors,
        temporary_fate(&one->tally, f));
    finding->advice =
        is_io ? "io::Error::new with a text allocates three times. An io::ErrorKind alone makes an "
                "error without any allocation: io::Error::from(kind); or use an error enum of "
                "your own and turn it into an io::Error only where it leaves your code."
              : "Use an enum for the errors of your own functions: it is made and matched without "
                "an allocation, and `?` turns it into Box<dyn Error> only where it is reported. "
                "Where absence is no error, return Option.";
    finding->code = is_io ? "return Err(io::ErrorKind::InvalidData.into()); // allocates nothing\n"
                          : "#[derive(Debug, Clone, Copy, PartialEq, Eq)]\n"
                            "enum RecordError { Empty, BadNumber { column: u32 } }\n"
                            "impl std::error::Error for RecordError {}\n"
                            "// Display for RecordError says the text when somebody prints it\n"
                            "fn parse(line: &str) -> Result<u32, RecordError> { /* .. */ }\n";
    finding->condition = "if the callers mostly test for the error and rarely print it";
    finding->confidence = FINDING_LIKELY;
    finding_evidence_u64(f, finding, "errors", errors);
}

static const struct temporary_rule how = {.accept = accept,
                                          .ends_well = ends_well,
                                          .reckon = temporary_reckon_all,
                                          .tell = tell,
                                          .gone = true};

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    temporary_judge(rule, &how, e, f);
}

const struct rule rule_error_box = {
    .id = "error-box",
    .title = "errors are boxed and thrown away",
    .summary = "Box<dyn Error> and io::Error::new on a path that is taken often",
    .skill = "Use Stack Allocation for Small Collections",
    .reference = "Heap Allocations: Box",
    .needs = EVIDENCE_NAMES | EVIDENCE_LIFETIMES,
    .precedence = 75,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what = "A line where a thousand blocks or more were allocated for errors: a text or "
                    "an error turned into Box<dyn Error>, io::Error::new or other, or a box that "
                    "was dropped as Box<dyn Error>; and which were dropped soon.",
            .why = "A text in a Box<dyn Error> is two allocations, in an io::Error three, and a "
                   "format! around it one or two more, all of it for an error that somebody only "
                   "tests for. An enum is made in registers.",
            .wrong = "Errors on a rare path are worth their text, and the limit of a thousand and "
                     "the gate on time keep those out. An error that ends the program may cost "
                     "what it likes.",
            .fix = "Define an error enum for functions that fail often and keep figures in it, "
                   "not text; implement Display for the text. For io::Error use an ErrorKind "
                   "alone. Return Option where the reason does not matter.",
            .before = "fn parse(s: &str) -> Result<u32, Box<dyn Error>> {\n"
                      "    if s.is_empty() { return Err(\"empty field\".into()); }\n"
                      "    Ok(s.parse()?)\n"
                      "}\n",
            .after = "enum FieldError { Empty, Number(ParseIntError) }\n"
                     "fn parse(s: &str) -> Result<u32, FieldError> {\n"
                     "    if s.is_empty() { return Err(FieldError::Empty); }\n"
                     "    s.parse().map_err(FieldError::Number)\n"
                     "}\n",
        },
    .judge = judge,
};
