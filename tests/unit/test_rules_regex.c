// sources: tests/unit/profile_builder.c tests/unit/rust_stacks.c
// libs: analyzer
//
// What regex allocates, on made profiles: patterns compiled again and again, the groups of matches,
// and that nothing else is told of them. The constants of cost.c hold: malloc and free of a small
// block are 13 ns; the program ran 100 ms, so a finding is shown from 1 ms on.
//
// Not covered: that the frames of regex's versions look like these (tests/real, where a program is
// built with the one that its lock file pins).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/rules/crate_parts.h"
#include "tests/unit/rule_checks.h"

#define CARGO "/home/me/.cargo/registry/src/index/"

static const struct rule *const others[] = {
    &rule_growth,           &rule_copy_growth,  &rule_clone,
    &rule_box_churn,        &rule_buffer_reuse, &rule_small_buffer,
    &rule_needless_collect, &rule_node_churn,   &rule_string_temp,
    &rule_many_small,       &rule_hash_growth,  &rule_shrink,
};

static struct stack_frame dep(const char *crate, const char *function, const char *file,
                              uint32_t line)
{
    return (struct stack_frame){
        .kind = OWNER_DEP, .function = function, .file = file, .line = line, .crate = crate};
}

static struct stack_frame compiler(void)
{
    return dep("regex_automata", "regex_automata::nfa::thompson::compiler::Compiler::c",
               CARGO "regex-automata-0.4.19/src/nfa/thompson/compiler.rs", 1021);
}

static struct stack_frame builder(void)
{
    return dep("regex_automata", "regex_automata::meta::regex::Builder::build",
               CARGO "regex-automata-0.4.19/src/meta/regex.rs", 3539);
}

static struct stack_frame regex_new(void)
{
    return dep("regex", "regex::regex::string::Regex::new",
               CARGO "regex-1.13.2/src/regex/string.rs", 230);
}

static struct stack_frame captures_all(void)
{
    return dep("regex_automata", "regex_automata::util::captures::Captures::all",
               CARGO "regex-automata-0.4.19/src/util/captures.rs", 217);
}

static struct stack_frame called(const char *function)
{
    return dep("regex", function, CARGO "regex-1.13.2/src/regex/string.rs", 356);
}

static struct stack_frame cache(void)
{
    return dep("regex_automata", "regex_automata::hybrid::dfa::Lazy::add_state",
               CARGO "regex-automata-0.4.19/src/hybrid/dfa.rs", 2303);
}

static struct stack_frame stemmer(void)
{
    return dep("stems", "stems::stem", CARGO "stems-1.0.0/src/lib.rs", 33);
}

/* malloc through `via` and frames of crates, by a line of the user's; the blocks stay. */
static uint32_t kept(const struct stack_frame *via, const struct stack_frame *crates, uint32_t n,
                     const char *user, uint32_t line, uint64_t blocks, uint64_t bytes)
{
    uint32_t frames[32], count = 0;
    for (; via->function; via++)
        frames[count++] = pb_frame(b, via);
    for (uint32_t i = 0; i < n; i++)
        frames[count++] = pb_frame(b, &crates[i]);
    frames[count++] = pb_user_frame(b, user, line);
    frames[count++] = pb_user_frame(b, "app::main", 100);
    uint32_t p = pb_point_of(b, "malloc", frames, count);
    pb_births(b, p, blocks, bytes);
    return p;
}

/* The same; his function frees them. */
static uint32_t point(const struct stack_frame *via, const struct stack_frame *crates, uint32_t n,
                      const char *user, uint32_t line, uint64_t blocks, uint64_t bytes)
{
    uint32_t p = kept(via, crates, n, user, line, blocks, bytes);
    pb_freed_all(b, p, 1);
    pb_freed_at(b, p, blocks / 64 + 1, PB_SAME_FUNCTION, NULL);
    return p;
}

/* The Arc that each pattern is in. */
static const struct stack_frame in_arc[] = {
    {OWNER_STD, "new<alloc::sync::ArcInner<regex_automata::meta::regex::RegexI>>", "",
     "/rustc/59807616/library/alloc/src/boxed.rs", 286, "alloc", true},
    {OWNER_STD, "new<regex_automata::meta::regex::RegexI>", "",
     "/rustc/59807616/library/alloc/src/sync.rs", 422, "alloc", true},
    {.function = NULL}};

/* A pattern is compiled n times at the line, each of 200 blocks and the Arc. */
static void compile(const char *user, uint32_t line, uint64_t n)
{
    struct stack_frame inner[] = {compiler(), builder(), regex_new()};
    struct stack_frame outer[] = {builder(), regex_new()};
    point(stack_push, inner, 3, user, line, 200 * n, 32);
    point(in_arc, outer, 2, user, line, n, 48);
}

static const struct finding *told(const struct rule *rule)
{
    const struct finding *finding = only(rule);
    assert_told(finding);
    assert_true(finding->code[0] && finding->how[0]);
    return finding;
}

static void assert_nobody_else(void)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (pb_judge(b, others[i])->count)
            fail_msg("%s tells it, too", others[i]->id);
}

/* ---- compiling ---- */

static void a_pattern_compiled_in_a_loop_is_told_at_the_users_line(void **state)
{
    (void)state;
    compile("app::load", 12, 3000);
    const struct finding *finding = told(&rule_regex_compile);
    assert_int_equal(finding->scope, FINDING_OWN);
    assert_string_equal(finding->location.function, "app::load");
    assert_int_equal(finding->location.line, 12);
    assert_string_equal(finding->caller.function, "");
    assert_int_equal(evidence_of(finding, "times_compiled"), 3000);
    assert_non_null(strstr(finding->what, "compiled a regular expression 3,000 times: 603,000"));
    assert_non_null(strstr(finding->what, "201 for each, always the same, as of one pattern"));
    assert_int_equal(finding->confidence, FINDING_CERTAIN);
    /* pairs of 13 ns, the Vecs' 3 for growing from nothing; and six tenths for the rest */
    assert_int_equal(finding->saving.ns, (603000 * 13 + 603000 * 3) * 8 / 5);
    assert_int_equal(finding->point_count, 2);
    assert_nobody_else();
    assert_quiet(&rule_regex_captures);
}

static void few_patterns_are_quiet(void **state)
{
    (void)state;
    compile("app::load", 12, 99);
    assert_quiet(&rule_regex_compile);
    assert_nobody_else();
    again();
    compile("app::load", 12, 100); /* the edge */
    told(&rule_regex_compile);
}

static void patterns_that_differ_are_said_to_be_less_sure(void **state)
{
    (void)state;
    struct stack_frame inner[] = {compiler(), builder(), regex_new()};
    compile("app::load", 12, 3000);
    point(stack_push_str, inner, 3, "app::load", 12, 500001, 24); /* not as often, or a multiple */
    const struct finding *finding = told(&rule_regex_compile);
    assert_null(strstr(finding->what, "always the same"));
    assert_int_equal(finding->confidence, FINDING_LIKELY);
    assert_string_equal(finding->condition, "if the patterns come again");
}

static void what_its_searches_remember_goes_with_it(void **state)
{
    (void)state;
    struct stack_frame search[] = {cache(), called("regex::regex::string::Regex::is_match")};
    compile("app::load", 12, 3000);
    point(stack_push, search, 2, "app::load", 13, 9000, 256);  /* another line of the function */
    point(stack_push, search, 2, "app::other", 40, 9000, 256); /* another pattern's */
    assert_int_equal(evidence_of(told(&rule_regex_compile), "blocks"), 603000 + 9000);
    assert_nobody_else();
}

static void a_search_alone_is_nothing_to_tell(void **state)
{
    (void)state;
    struct stack_frame search[] = {cache(), called("regex::regex::string::Regex::is_match")};
    struct stack_frame groups[] = {captures_all(), called("regex::regex::string::Regex::is_match")};
    point(stack_push, search, 2, "app::load", 13, 900000, 256);
    point(stack_with_capacity, groups, 2, "app::load", 13, 900000, 256); /* its cache has some */
    assert_quiet(&rule_regex_compile);
    assert_quiet(&rule_regex_captures);
    assert_nobody_else();
}

static void another_crate_is_told_of_its_own_line(void **state)
{
    (void)state;
    struct stack_frame inner[] = {compiler(), builder(), regex_new(), stemmer()};
    struct stack_frame outer[] = {builder(), regex_new(), stemmer()};
    point(stack_push, inner, 4, "app::load", 12, 600000, 32);
    point(in_arc, outer, 3, "app::load", 12, 3000, 48);
    const struct finding *finding = told(&rule_regex_compile);
    assert_int_equal(finding->scope, FINDING_DEPENDENCY);
    assert_string_equal(finding->location.crate, "stems");
    assert_int_equal(finding->location.line, 33);
    assert_string_equal(finding->caller.function, "app::load");
    assert_non_null(strstr(finding->advice, "inside crate stems"));
}

static void each_line_is_told(void **state)
{
    (void)state;
    compile("app::load", 12, 3000);
    compile("app::load", 14, 2000);
    struct findings *found = pb_judge(b, &rule_regex_compile);
    assert_int_equal(found->count, 2);
    assert_int_equal(found->list[0]->location.line, 12);
    assert_int_equal(found->list[1]->location.line, 14);
}

/* Inlined twice, it is two frames. */
static void a_line_at_two_addresses_is_one(void **state)
{
    (void)state;
    const struct stack_frame user = {OWNER_USER, "app::load", "",  "/app/src/load.rs",
                                     12,         "app",       true};
    struct stack_frame outer[] = {builder(), regex_new()};
    for (int twice = 0; twice < 2; twice++) {
        uint32_t frames[16], count = 0;
        for (const struct stack_frame *via = in_arc; via->function; via++)
            frames[count++] = pb_frame(b, via);
        for (int i = 0; i < 2; i++)
            frames[count++] = pb_frame(b, &outer[i]);
        frames[count++] = pb_frame(b, &user);
        uint32_t p = pb_point_of(b, "malloc", frames, count);
        pb_births(b, p, 1000, 48);
        pb_freed_all(b, p, 1);
    }
    assert_int_equal(evidence_of(told(&rule_regex_compile), "times_compiled"), 2000);
}

/* A handler that two threads run: each of its stacks has a part of the blocks. */
static void from_other_callers_it_is_the_same_pattern(void **state)
{
    (void)state;
    struct stack_frame list[] = {compiler(), builder(), regex_new()};
    struct stack_frame whole[] = {builder(), regex_new()};
    uint32_t inner[2][16], outer[2], n[2] = {0, 0};
    for (const struct stack_frame *via = stack_push; via->function; via++)
        inner[0][n[0]++] = pb_frame(b, via);
    for (int i = 0; i < 3; i++)
        inner[0][n[0]++] = pb_frame(b, &list[i]);
    for (const struct stack_frame *via = in_arc; via->function; via++)
        inner[1][n[1]++] = pb_frame(b, via);
    for (int i = 0; i < 2; i++)
        inner[1][n[1]++] = pb_frame(b, &whole[i]);
    for (int i = 0; i < 2; i++)
        inner[i][n[i]++] = pb_user_frame(b, "app::load", 12);
    outer[0] = pb_user_frame(b, "app::here", 100);
    outer[1] = pb_user_frame(b, "app::there", 200);
    for (int i = 0; i < 2; i++)
        for (int by = 0; by < 2; by++) {
            inner[i][n[i]] = outer[by];
            uint32_t p = pb_point_of(b, "malloc", inner[i], n[i] + 1);
            uint64_t share = by ? 1301 : 1699; /* of 3,000 */
            pb_births(b, p, i ? share : 200 * share + (by ? 7 : 0) - (by ? 0 : 7), 48);
            pb_freed_all(b, p, 1);
            pb_freed_at(b, p, 100, PB_SAME_FUNCTION, NULL);
        }
    const struct finding *finding = told(&rule_regex_compile);
    assert_int_equal(evidence_of(finding, "times_compiled"), 3000);
    assert_non_null(strstr(finding->what, "always the same"));
    assert_int_equal(finding->confidence, FINDING_CERTAIN);
}

/* ---- groups ---- */

static const struct finding *groups_by(const char *function)
{
    struct stack_frame frames[] = {captures_all(), called(function)};
    again();
    point(stack_with_capacity, frames, 2, "app::load", 12, 200000, 48);
    return told(&rule_regex_captures);
}

static void the_groups_of_matches_are_told_by_what_was_called(void **state)
{
    (void)state;
    const struct finding *finding = groups_by("regex::regex::string::Regex::captures");
    assert_string_equal(finding->location.function, "app::load");
    assert_non_null(strstr(finding->what, "groups, by captures: 200,000 blocks (48 B each)"));
    assert_non_null(strstr(finding->code, "captures_read(&mut groups, line)"));
    assert_nobody_else();
    finding = groups_by("<regex::regex::string::CaptureMatches as Iterator>::next");
    assert_non_null(strstr(finding->what, "by captures_iter:"));
    assert_non_null(strstr(finding->code, "find_iter"));
    finding = groups_by("regex::regex::string::Regex::replace_all");
    assert_non_null(strstr(finding->code, "NoExpand"));
}

/* Before regex 1.9 one crate did it all. */
static void older_versions_are_known(void **state)
{
    (void)state;
    static const struct stack_frame in_its_arc[] = {
        {OWNER_STD, "new<alloc::sync::ArcInner<regex::exec::ExecReadOnly>>", "",
         "/rustc/59807616/library/alloc/src/boxed.rs", 286, "alloc", true},
        {.function = NULL}};
    struct stack_frame compiling[] = {
        dep("regex", "regex::exec::ExecBuilder::build", CARGO "regex-1.4.3/src/exec.rs", 344),
        dep("regex", "regex::re_unicode::Regex::new", CARGO "regex-1.4.3/src/re_unicode.rs", 176)};
    point(in_its_arc, compiling, 2, "app::load", 12, 100000, 600);
    assert_int_equal(evidence_of(told(&rule_regex_compile), "times_compiled"), 100000);
    again();
    struct stack_frame groups[] = {dep("regex", "regex::re_trait::RegularExpression::locations",
                                       CARGO "regex-1.4.3/src/re_trait.rs", 100),
                                   dep("regex", "regex::re_unicode::Regex::captures",
                                       CARGO "regex-1.4.3/src/re_unicode.rs", 300)};
    point(stack_with_capacity, groups, 2, "app::load", 12, 200000, 48);
    told(&rule_regex_captures);
    assert_nobody_else();
}

/* A replacement that searches by itself, of another crate. */
static void of_a_search_within_a_search_the_inner_is_meant(void **state)
{
    (void)state;
    struct stack_frame frames[] = {captures_all(), called("regex::regex::string::Regex::captures"),
                                   stemmer(), called("regex::regex::string::Regex::replace_all")};
    point(stack_with_capacity, frames, 4, "app::load", 12, 200000, 48);
    const struct finding *finding = told(&rule_regex_captures);
    assert_string_equal(finding->location.crate, "stems");
    assert_non_null(strstr(finding->what, "groups, by captures:"));
}

static void few_or_kept_groups_are_quiet(void **state)
{
    (void)state;
    struct stack_frame frames[] = {captures_all(), called("regex::regex::string::Regex::captures")};
    point(stack_with_capacity, frames, 2, "app::load", 12, 999, 48);
    assert_quiet(&rule_regex_captures);
    again();
    pb_live(b, kept(stack_with_capacity, frames, 2, "app::load", 12, 200000, 48), 200000);
    assert_quiet(&rule_regex_captures);
}

/* ---- whose ---- */

static void others_of_the_family_are_regex_only_below_it(void **state)
{
    (void)state;
    struct stack_frame alone[] = {dep("aho_corasick", "aho_corasick::packed::api::Builder::find",
                                      CARGO "aho-corasick-1.1.4/src/packed/api.rs", 200)};
    uint32_t p = point(stack_with_capacity, alone, 1, "app::load", 12, 200000, 48);
    assert_int_equal(pb_evidence(b)->facts[p].part, CRATE_PART_NONE);
    again();
    struct stack_frame below[] = {alone[0], builder()};
    p = point(stack_with_capacity, below, 2, "app::load", 12, 200000, 48);
    assert_int_equal(pb_evidence(b)->facts[p].part, CRATE_PART_COMPILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(a_pattern_compiled_in_a_loop_is_told_at_the_users_line),
        RULE_TEST(few_patterns_are_quiet),
        RULE_TEST(patterns_that_differ_are_said_to_be_less_sure),
        RULE_TEST(what_its_searches_remember_goes_with_it),
        RULE_TEST(a_search_alone_is_nothing_to_tell),
        RULE_TEST(another_crate_is_told_of_its_own_line),
        RULE_TEST(each_line_is_told),
        RULE_TEST(a_line_at_two_addresses_is_one),
        RULE_TEST(from_other_callers_it_is_the_same_pattern),
        RULE_TEST(the_groups_of_matches_are_told_by_what_was_called),
        RULE_TEST(older_versions_are_known),
        RULE_TEST(of_a_search_within_a_search_the_inner_is_meant),
        RULE_TEST(few_or_kept_groups_are_quiet),
        RULE_TEST(others_of_the_family_are_regex_only_below_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
