/* case_finding.c - from a case to a finding: where it is, whose it is, and what the rule says of
 * every one. Part of cases.h.
 */
#include "analyzer/core/frame_name.h"
#include "analyzer/rules/cases.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/rules.h"

#include <string.h>

#define NAME_ROOM 1024

static struct finding_place place_of(const struct profile_frame *frame, const char *function)
{
    return (struct finding_place){
        .frame = frame,
        .function = function,
        .file = frame ? frame->file : "",
        .crate = frame ? frame->crate : "",
        .line = frame ? frame->line : 0,
    };
}

/* The frame at `at` in the stack that the case shows. */
static struct finding_place place_of_frame(const struct evidence *e, const struct case_of_line *one,
                                           uint32_t at, struct findings *findings)
{
    char name[NAME_ROOM];
    const struct profile_point *point = &e->profile->points[one->top];
    const struct profile_frame *frame = &e->profile->frames[point->stack[at]];
    if (frame->function[0])
        frame_name(e->profile, point, at, name, sizeof(name));
    else
        site_address(frame, name, sizeof(name));
    return place_of(frame, finding_text(findings, "%s", name));
}

static struct finding_place place_of_site(const struct evidence *e, uint32_t index,
                                          struct findings *findings)
{
    char name[NAME_ROOM];
    const struct site *site = &e->sites->site[index];
    site_function(e->profile, site, name, sizeof(name));
    return place_of(site->frame, finding_text(findings, "%s", name));
}

/* Is it a line of a dependency, at leaf_end of the stack? */
static bool is_of_dependency(const struct evidence *e, const struct case_of_line *one)
{
    return e->dependency[one->top] != PROFILE_NONE;
}

static bool is_runtime(const struct facts *facts)
{
    const uint64_t runtime =
        FACT_BEFORE_MAIN | FACT_PANIC | FACT_BACKTRACE | FACT_AT_EXIT | FACT_STD_LAZY;
    return (facts->inside & runtime) || facts->user.basis == USER_FRAME_STD ||
           facts->user.basis == USER_FRAME_OTHER;
}

/* Sets location, caller and scope. */
static void set_places(const struct evidence *e, const struct case_of_line *one,
                       struct findings *findings, struct finding *finding)
{
    struct finding_place site = place_of_site(e, one->site, findings);
    finding->location = site;
    finding->scope = FINDING_OWN;
    if (is_runtime(one->facts)) {
        finding->scope = FINDING_RUNTIME;
    } else if (is_of_dependency(e, one)) {
        finding->scope = FINDING_DEPENDENCY;
        finding->location = place_of_frame(e, one, one->facts->leaf_end, findings);
        if (one->facts->user.basis == USER_FRAME_OWN)
            finding->caller = site;
    } else if (one->facts->tail_called) {
        finding->location.function = finding_text(findings, "%s", one->facts->closure);
        finding->caller = site;
    } else if (one->caller_frame != PROFILE_NONE) {
        finding->caller = place_of_frame(e, one, one->facts->caller, findings);
    }
}

struct finding_place case_place(const struct evidence *e, const struct case_of_line *one,
                                struct findings *findings)
{
    struct finding holder = {.location = {.function = "", .file = "", .crate = ""}};
    set_places(e, one, findings, &holder);
    return holder.location;
}

const char *case_name(const struct evidence *e, const struct case_of_line *one,
                      struct findings *findings)
{
    struct finding_place place = case_place(e, one, findings);
    if (one->caller_frame == PROFILE_NONE)
        return place.function;
    struct finding_place caller = place_of_frame(e, one, one->facts->caller, findings);
    return finding_text(findings, "%s (called from %s)", place.function, caller.function);
}

static struct finding *start(const struct rule *rule, struct findings *findings)
{
    struct finding *finding = finding_start(findings);
    finding->rule = rule->id;
    finding->title = rule->title;
    finding->skill = rule->skill ? rule->skill : "";
    finding->reference = rule->reference ? rule->reference : "";
    finding->precedence = rule->precedence;
    return finding;
}

struct finding *case_finding(const struct evidence *e, const struct rule *rule,
                             const struct case_of_line *one, struct findings *findings)
{
    struct finding *finding = start(rule, findings);
    set_places(e, one, findings, finding);
    uint32_t *points = arena_alloc(&findings->arena, one->count * sizeof(*points));
    if (points)
        memcpy(points, one->points, one->count * sizeof(*points));
    else
        findings->failed = true;
    finding->points = points;
    finding->point_count = points ? one->count : 0;
    finding->stack = one->top;
    finding->site = one->site;
    return finding;
}

struct finding *program_finding(const struct rule *rule, struct findings *findings)
{
    struct finding *finding = start(rule, findings);
    finding->scope = FINDING_PROGRAM;
    return finding;
}
