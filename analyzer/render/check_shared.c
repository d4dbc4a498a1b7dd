/* check_shared.c - what the formats of `heapcoach check` share: sentences and marks. */
#include "analyzer/render/check_report.h"
#include "analyzer/render/report.h"
#include "analyzer/render/sampling.h"
#include "analyzer/render/units.h"

#include <string.h>

#define FUNCTION_BUDGET "function-budget"
#define CRATE_BUDGET "crate-budget"
#define BASELINE "baseline"

#define TOTAL_RULE(metric, key, option, budget_key)                                                \
    {option, "The whole run exceeds its limit " option},
const struct check_rule check_rules[] = {
    LIMIT_METRICS(TOTAL_RULE){FUNCTION_BUDGET,
                              "A function, with all that it calls, exceeds its budget"},
    {CRATE_BUDGET, "The code of a crate exceeds its budget"},
    {BASELINE, "The run exceeds another one by more than is tolerated"},
    {NULL, NULL},
};

const char *check_rule_of(const struct limit *limit)
{
    switch (limit->kind) {
    case LIMIT_TOTAL:
        return limit_metrics[limit->metric].option;
    case LIMIT_FUNCTION:
        return FUNCTION_BUDGET;
    case LIMIT_CRATE:
        return CRATE_BUDGET;
    case LIMIT_BASELINE:
        return BASELINE;
    default:
        return NULL;
    }
}

static const char *title_of(const struct limits_result *result)
{
    return diff_metrics[limit_metrics[result->limit->metric].metric].title;
}

/* ---- sentences ---- */

void check_limit_text(const struct check_report *report, const struct limits_result *result,
                      char *to, size_t n)
{
    const struct limit *limit = result->limit;
    const struct limit_metric_facts *metric = &limit_metrics[limit->metric];
    switch (limit->kind) {
    case LIMIT_TOTAL:
        snprintf(to, n, "%s", metric->option);
        break;
    case LIMIT_FUNCTION:
    case LIMIT_CRATE:
        snprintf(to, n, "%s of %s %s", metric->budget_key,
                 limit->kind == LIMIT_FUNCTION ? "function" : "crate", limit->subject);
        break;
    case LIMIT_BASELINE:
        snprintf(to, n, "%s, compared with %s", title_of(result), report->baseline);
        break;
    default:
        snprintf(to, n, "fail-on %s", limit->subject);
    }
}

static void percent_text(uint64_t part, uint64_t whole, char *to, size_t n)
{
    char percent[UNITS_ROOM];
    if (whole)
        snprintf(to, n, " (%s)", units_percent(percent, part, whole));
    else
        to[0] = 0;
}

/* How much more, as far as percent say it: "(8 %)", "(4,000 times as much)". */
static void excess_text(uint64_t found, uint64_t allowed, char *to, size_t n)
{
    char times[UNITS_ROOM];
    if (allowed && found / allowed >= 10)
        snprintf(to, n, " (%s times as much)", units_exact(times, found / allowed));
    else
        percent_text(found - allowed, allowed, to, n);
}

static void exceeded_text(const struct check_report *report, const struct limits_result *result,
                          char *to, size_t n)
{
    char found[UNITS_ROOM], over[UNITS_ROOM], allowed[UNITS_ROOM], percent[UNITS_ROOM + 20];
    uint64_t more = result->found - result->allowed;
    excess_text(result->found, result->allowed, percent, sizeof(percent));
    snprintf(to, n, "%s %s: %s%s more than the %s allowed", units_exact(found, result->found),
             title_of(result), units_exact(over, more), percent,
             units_exact(allowed, result->allowed));
    size_t used = strlen(to);
    if (result->limit->kind == LIMIT_BASELINE && used < n)
        snprintf(to + used, n - used, " (%s before, and %g %%)", units_exact(found, result->before),
                 report->tolerance_percent);
}

void check_result_text(const struct check_report *report, const struct limits_result *result,
                       char *to, size_t n)
{
    char found[UNITS_ROOM], allowed[UNITS_ROOM];
    if (result->limit->kind == LIMIT_FINDINGS)
        snprintf(to, n, "%s %s", units_exact(found, result->finding_count),
                 result->finding_count == 1 ? "finding" : "findings");
    else if (!result->passed)
        exceeded_text(report, result, to, n);
    else
        snprintf(to, n, "%s %s of %s allowed%s", units_exact(found, result->found),
                 title_of(result), units_exact(allowed, result->allowed),
                 result->absent ? "; it is in no stack" : "");
    size_t used = strlen(to);
    if (used < n)
        sampling_check_text(report->profile, result, to + used, n - used);
}

/* Line ends of ours part a message; data have none. */
static void join_lines(char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\r')
            *text = ' ';
}

void check_blame_text(const struct check_report *report, const struct limits_result *result,
                      const struct limits_blame *blame, char *to, size_t n)
{
    char value[UNITS_ROOM], percent[UNITS_ROOM + 4], function[CHECK_TEXT_BYTES];
    bool baseline = result->limit->kind == LIMIT_BASELINE;
    const struct report names = {.profile = report->profile};
    report_function(&names, blame->site, function, sizeof(function));
    percent_text(blame->value, baseline ? 0 : result->found, percent, sizeof(percent));
    snprintf(to, n, "%s %s%s%s by %s", units_exact(value, blame->value), title_of(result),
             baseline ? " more" : "", percent, function);
    join_lines(to);
}

/* ---- marks ---- */

static void limit_message(const struct check_report *report, const struct limits_result *result,
                          const struct limits_blame *blame, char *to, size_t n)
{
    char limit[CHECK_TEXT_BYTES / 4], text[CHECK_TEXT_BYTES / 4], line[CHECK_TEXT_BYTES / 4];
    check_limit_text(report, result, limit, sizeof(limit));
    check_result_text(report, result, text, sizeof(text));
    line[0] = 0;
    if (blame)
        check_blame_text(report, result, blame, line, sizeof(line));
    snprintf(to, n, "%s is exceeded: %s.%s%s%s", limit, text, blame ? "\n" : "", line,
             blame ? "." : "");
}

static void mark_blame(const struct check_report *report, const struct limits_result *result,
                       check_each *each, void *context)
{
    struct check_mark mark = {.result = result, .rule = check_rule_of(result->limit), .path = ""};
    for (uint32_t i = 0; i < result->blamed; i++) {
        const struct profile_frame *frame = result->blame[i].site->frame;
        limit_message(report, result, &result->blame[i], mark.message, sizeof(mark.message));
        site_function(report->profile, result->blame[i].site, mark.function, sizeof(mark.function));
        mark.path = frame ? report_source_path(report->profile, frame->file) : "";
        mark.line = frame ? frame->line : 0;
        each(context, &mark);
    }
    if (result->blamed)
        return;
    limit_message(report, result, NULL, mark.message, sizeof(mark.message));
    each(context, &mark);
}

/* `any`, `high` and its rule may all mean one finding. */
static bool is_marked_before(const struct check_report *report, const struct limits_result *result,
                             const struct finding *finding)
{
    for (const struct limits_result *before = report->results->list; before < result; before++)
        for (uint32_t i = 0; i < before->finding_count; i++)
            if (before->findings[i] == finding)
                return true;
    return false;
}

static void mark_findings(const struct check_report *report, const struct limits_result *result,
                          check_each *each, void *context)
{
    for (uint32_t i = 0; i < result->finding_count; i++) {
        const struct finding *finding = result->findings[i];
        const struct finding_place *place = report_line(finding);
        struct check_mark mark = {.result = result,
                                  .rule = finding->rule,
                                  .line = place->line,
                                  .finding = finding,
                                  .again = is_marked_before(report, result, finding)};
        snprintf(mark.message, sizeof(mark.message), "%s%s%s%s%s", finding->title,
                 finding->what[0] ? "\n" : "", finding->what, finding->advice[0] ? "\n" : "",
                 finding->advice);
        snprintf(mark.function, sizeof(mark.function), "%s", place->function);
        mark.path = report_source_path(report->profile, place->file);
        each(context, &mark);
    }
}

void check_marks(const struct check_report *report, check_each *each, void *context)
{
    const struct limits_results *results = report->results;
    for (uint32_t i = 0; i < results->count; i++) {
        if (results->list[i].passed)
            continue;
        if (results->list[i].limit->kind == LIMIT_FINDINGS)
            mark_findings(report, &results->list[i], each, context);
        else
            mark_blame(report, &results->list[i], each, context);
    }
}
