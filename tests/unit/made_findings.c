/* made_findings.c - see made_findings.h. Used by test_findings_shown.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/made_findings.h"

#define OWN "tests/cli/data/own.json"
#define SOURCE "tests/cli/data/tiny.rs"

static const struct report_rule rules[] = {
    {"growth", "Vec grows step by step", "buffers that are realloc'd many times"},
    {"format-temp", "format! makes a String that is dropped", "temporary Strings of format!"},
    {"clone", "clone is dropped unread", "clones that die young"},
    {"debug-build", "built without optimisation", "opt-level 0"},
    {NULL, NULL, NULL},
};

/* ---- places ---- */

static struct finding_place place(struct made *made, const char *hostile, const char *function,
                                  const char *file, const char *crate, uint32_t line)
{
    struct findings *f = &made->findings;
    return (struct finding_place){
        .function = finding_text(f, "%s%s", function, hostile),
        .file = hostile[0] ? finding_text(f, "src/%s.rs", hostile) : file,
        .crate = finding_text(f, "%s%s", crate, hostile),
        .line = line,
    };
}

/* ---- findings ---- */

static struct finding *start(struct made *made, size_t rule, enum finding_severity severity,
                             const char *id)
{
    struct finding *finding = finding_start(&made->findings);
    finding->rule = rules[rule].id;
    finding->title = rules[rule].title;
    finding->severity = severity;
    finding->id = id;
    return finding;
}

static void add_also(struct made *made, struct finding *to, const struct finding *also)
{
    const struct finding **list =
        arena_alloc(&made->findings.arena, (to->also_count + 1) * sizeof(*list));
    for (size_t i = 0; i < to->also_count; i++)
        list[i] = to->also[i];
    list[to->also_count++] = also;
    to->also = list;
}

static struct finding *growth(struct made *made, const char *hostile)
{
    struct findings *f = &made->findings;
    struct finding *finding = start(made, 0, FINDING_HIGH, "growth-00000001");
    finding->variant = "collect";
    finding->confidence = FINDING_CERTAIN;
    finding->location = place(made, hostile, "tiny::grow", SOURCE, "tiny", 5);
    finding->what = finding_text(
        f,
        "tiny::grow%s grew 10,000 Vecs by push: 80,000 reallocs (8 each, 32 B -> 8,192 B), 10,000 "
        "moved, 320 kB copied. Final capacity 1,024 x 8 B (length 513..1,024).",
        hostile);
    finding->advice = "Make it as large as it will be before the loop; if the number is not known, "
                      "1,024 fits all.";
    finding->code =
        finding_text(f, "let mut numbers: Vec<u64%s> = Vec::with_capacity(1024);\n", hostile);
    finding->how = "80,000 reallocs at 14.2 ns, 10,000 moves at 24.8 ns, as timed in this run";
    finding->skill = "Pre-allocate When Size is Known";
    finding->reference = "Heap Allocations: Vec growth";
    finding->saving = (struct finding_saving){.calls = 80000,
                                              .bytes = 9000000,
                                              .bytes_copied = 320000,
                                              .peak_bytes = 0,
                                              .ns = 1380000,
                                              .share = 0.055};
    finding->stack = 0;
    finding_evidence_u64(f, finding, "reallocs", 80000);
    finding_evidence_real(f, finding, "moved_share", 0.125);
    finding_evidence_text(f, finding, "element", finding_text(f, "u64%s", hostile));
    return finding;
}

static struct finding *format_temp(struct made *made, enum finding_severity severity)
{
    struct finding *finding = start(made, 1, severity, "format-temp-00000002");
    finding->location = place(made, "", "tiny::grow", SOURCE, "tiny", 5);
    finding->what = "20,000 temporaries of 16 B, freed in the same call.";
    finding->advice = "Write into one String that is cleared.";
    finding->code = "buffer.clear();\nwrite!(buffer, \"{i}\")?;\n";
    finding->condition = "if you only read it";
    finding->how = "20,000 times 35 ns";
    finding->saving = (struct finding_saving){.calls = 40000, .ns = 700000, .share = 0.028};
    return finding;
}

static struct finding *of_dependency(struct made *made, const char *hostile)
{
    struct findings *f = &made->findings;
    struct finding *finding = start(made, 2, FINDING_MEDIUM, "clone-00000003");
    finding->scope = FINDING_DEPENDENCY;
    finding->location = place(
        made, hostile, "serde_json::value::to_value",
        "/home/user/.cargo/registry/src/index/serde_json-1.0.100/src/value.rs", "serde_json", 99);
    finding->caller = place(made, hostile, "tiny::churn", SOURCE, "tiny", 17);
    finding->what = finding_text(f, "50,000 clones of 800 B%s, all freed at once.", hostile);
    finding->advice = "Pass a reference, or to_value(&x).";
    finding->condition = finding_text(f, "if you only read it%s", hostile);
    finding->saving = (struct finding_saving){
        .calls = 100000, .bytes = 40000000, .peak_bytes = 800, .ns = 1100000, .share = 0.044};
    finding->stack = 2;
    return finding;
}

static void without_line(struct made *made, size_t rule, enum finding_scope scope,
                         enum finding_severity severity, const char *id, const char *what)
{
    struct finding *finding = start(made, rule, severity, id);
    finding->scope = scope;
    finding->what = what;
    if (scope == FINDING_RUNTIME)
        finding->location =
            place(made, "", "std::rt::init", "/rustc/0123/library/std/src/rt.rs", "std", 118);
    findings_add(&made->findings, finding);
}

static void verdict(struct made *made)
{
    made->findings.allocator = (struct allocator_verdict){
        .kind = ALLOCATOR_CACHED,
        .key = "cached",
        .verdict = allocator_verdict_sentences[ALLOCATOR_CACHED],
        .figures = "203,000 calls took 2.6 ms, 0.1 % of the CPU time.",
        .advice = "",
        .calls = 203000,
        .ns = 2600000,
        .share = 0.001,
        .measured = true,
    };
}

static void load(struct made *made)
{
    struct error error;
    memset(made, 0, sizeof(*made));
    if (profile_load(&made->profile, OWN, &error) != 0 ||
        sites_build(&made->sites, &made->profile, &error) != 0 ||
        crates_build(&made->findings.crates, &made->profile, NULL, &error) != 0)
        fail_msg("%s", error.text);
    verdict(made);
}

/* The profile's own texts, as far as reports show them. */
static void poison(struct made *made, const char *hostile)
{
    struct findings *f = &made->findings;
    made->profile.program.command = finding_text(f, "./demo %s", hostile);
    made->profile.program.exe = finding_text(f, "/bin/%s", hostile);
    for (uint32_t i = 1; i < made->profile.frame_count; i++) {
        struct profile_frame *frame = &made->profile.frames[i];
        frame->function = finding_text(f, "%s%s", frame->function, hostile);
        frame->file = finding_text(f, "%s%s", frame->file, hostile);
        frame->crate = finding_text(f, "%s%s", frame->crate, hostile);
        frame->object = finding_text(f, "%s%s", frame->object, hostile);
    }
}

void made_start(struct made *made, const char *hostile)
{
    load(made);
    if (hostile)
        poison(made, hostile);
    const char *evil = hostile ? hostile : "";
    struct finding *first = growth(made, evil);
    add_also(made, first, format_temp(made, FINDING_MEDIUM));
    add_also(made, first, format_temp(made, FINDING_LOW));
    findings_add(&made->findings, first);
    findings_add(&made->findings, of_dependency(made, evil));
    without_line(made, 3, FINDING_PROGRAM, FINDING_MEDIUM, "debug-build-00000004",
                 "The program was built with opt-level 0: figures mislead.");
    without_line(made, 2, FINDING_RUNTIME, FINDING_LOW, "clone-00000005",
                 "1,000 blocks before main.");
    without_line(made, 2, FINDING_PROGRAM, FINDING_INFO, "clone-00000006", "A remark.");
}

void made_add_others(struct made *made, const char *hostile, uint32_t count)
{
    struct finding *leader = made->findings.list[1];
    assert_int_equal(leader->scope, FINDING_DEPENDENCY);
    for (uint32_t i = 0; i < count; i++) {
        struct finding *other = of_dependency(made, hostile ? hostile : "");
        other->location.line = 100 + i;
        other->saving.ns = 1000 * (count - i);
        other->saving.share = 0;
        add_also(made, leader, other);
    }
}

void made_start_quiet(struct made *made)
{
    static const char *const not_judged[] = {"growth", "hash-growth", NULL};
    load(made);
    made->findings.not_judged = not_judged;
    for (uint32_t line = 5; line <= 17; line += 6)
        findings_miss(&made->findings,
                      &(struct finding_miss){
                          .rule = "growth",
                          .location = place(made, "", "tiny::grow", SOURCE, "tiny", line),
                          .what = line == 5 ? "100 Vecs grew by push, 300 reallocs"
                                            : "A line has 100 Vecs. They grew by 300 reallocs.",
                          .lacks = "saves 4.3 us of the 1 ms that are worth an edit",
                          .closeness = line / 100.0,
                      });
}

void made_end(struct made *made)
{
    findings_free(&made->findings);
    sites_free(&made->sites);
    profile_free(&made->profile);
}

struct report made_report(const struct made *made)
{
    return (struct report){
        .profile = &made->profile,
        .sites = &made->sites,
        .findings = &made->findings,
        .rules = rules,
        .top = 1,
    };
}
