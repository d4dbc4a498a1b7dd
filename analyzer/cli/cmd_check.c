/* cmd_check.c - `heapcoach check`: holds a profile to limits, for a build to fail when allocations
 * creep back.
 */
#include "analyzer/cli/command.h"
#include "analyzer/cli/view.h"
#include "analyzer/render/check_report.h"
#include "analyzer/rules/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_DEFAULT "heapcoach.json" /* in the current folder */

/* ---- limits ---- */

static int add_totals(struct limits *limits, const struct command_values *values,
                      struct error *error)
{
    for (int m = 0; m < LIMIT_METRIC_COUNT; m++) {
        char where[64];
        struct limit limit = {.kind = LIMIT_TOTAL, .metric = m, .subject = "", .where = where};
        if (!values->max[m])
            continue;
        snprintf(where, sizeof(where), "--%s", limit_metrics[m].option);
        if (limits_number(values->max[m], where, &limit.most, error) != 0 ||
            limits_add(limits, &limit, error) != 0)
            return -1;
    }
    return 0;
}

static int add_rules(struct limits *limits, const char *list, struct error *error)
{
    char rule[64];
    while (list) {
        size_t n = strcspn(list, ",");
        struct limit limit = {.kind = LIMIT_FINDINGS, .subject = rule, .where = "--fail-on"};
        snprintf(rule, sizeof(rule), "%.*s", (int)n, list);
        if (limits_add(limits, &limit, error) != 0)
            return -1;
        list = list[n] ? list + n + 1 : NULL;
    }
    return 0;
}

/* Rules are known here and not where limits are read. */
static int check_rules_exist(const struct limits *limits, struct error *error)
{
    for (size_t i = 0; i < limits->count; i++) {
        const struct limit *limit = &limits->list[i];
        if (limit->kind != LIMIT_FINDINGS || strcmp(limit->subject, "any") == 0 ||
            strcmp(limit->subject, "high") == 0 || rules_find(limit->subject))
            continue;
        return error_set(error,
                         "%s: there is no rule `%s`; `heapcoach explain` lists them, and any and "
                         "high stand for all",
                         limit->where, limit->subject);
    }
    return 0;
}

static int read_limits(struct limits *limits, const struct command_values *values,
                       struct error *error)
{
    const char *file = values->limits                    ? values->limits
                       : access(FILE_DEFAULT, F_OK) == 0 ? FILE_DEFAULT
                                                         : NULL;
    if (file && limits_read(limits, file, error) != 0)
        return -1;
    if (add_totals(limits, values, error) != 0 || add_rules(limits, values->fail_on, error) != 0 ||
        check_rules_exist(limits, error) != 0)
        return -1;
    if (values->baseline && limits_set_baseline(limits, values->baseline, "--baseline", error) != 0)
        return -1;
    if (values->tolerance &&
        limits_set_tolerance(limits, values->tolerance, "--tolerance", error) != 0)
        return -1;
    if (limits->tolerance_where && !limits->baseline)
        return error_set(error, "%s: a tolerance of what? expected a baseline, too",
                         limits->tolerance_where);
    if (!limits->count && !limits->baseline)
        return error_set(error,
                         file ? "%s: expected a limit at least, found none"
                              : "check: expected limits: no %s is here, and no option gives "
                                "one; `heapcoach check --help` says more",
                         file ? file : FILE_DEFAULT);
    return 0;
}

/* ---- the check ---- */

static const struct {
    const char *name;
    int (*write)(const struct check_report *report, FILE *stream);
} formats[] = {
    {"json", check_report_json},
    {"github", check_report_github},
    {"sarif", check_report_sarif},
    {"junit", check_report_junit},
};

static int write_report(const struct check_report *report, const char *name, struct error *error)
{
    struct screen screen = screen_of(stdout);
    for (size_t i = 0; name && i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name) != 0)
            continue;
        if (formats[i].write(report, stdout) == 0)
            return 0;
        error_set(error, "cannot write to the standard output: %s", strerror(errno));
        clearerr(stdout); /* said once */
        return -1;
    }
    check_report_text(report, &screen);
    return 0;
}

/* Holds the view to the limits and writes how that went. The number of exceeded limits, or -1. */
static int hold(const struct view *view, const struct diff *diff, const struct limits *limits,
                const char *format, struct error *error)
{
    struct limits_results results;
    struct limits_input input = {&view->profile, &view->sites, &view->findings, diff};
    if (limits_check(&results, limits, &input, error) != 0)
        return -1;
    struct check_report report = {&view->profile, &results, limits->baseline,
                                  limits->tolerance_percent};
    int exceeded = results.exceeded > 0;
    if (write_report(&report, format, error) != 0)
        exceeded = -1;
    limits_results_free(&results);
    return exceeded;
}

static int hold_to_baseline(const struct view *view, const struct limits *limits,
                            const struct command_values *values, struct error *error)
{
    struct view before;
    struct diff diff;
    struct view_how how = view_how(values, COSTS_USUAL);
    if (view_open(&before, limits->baseline, &how, error) != 0)
        return -1;
    struct diff_run runs[] = {{&before.profile, &before.sites}, {&view->profile, &view->sites}};
    struct diff_side sides[] = {{&runs[0], 1, 1}, {&runs[1], 1, 1}};
    int exceeded = diff_build(&diff, &sides[0], &sides[1], DIFF_METRIC_COUNT, error);
    if (exceeded == 0) {
        exceeded = hold(view, &diff, limits, values->format, error);
        diff_free(&diff);
    }
    view_close(&before);
    return exceeded;
}

static int check(const struct command_values *values, int count, char **arguments)
{
    struct limits limits = {0};
    struct view view;
    struct view_how how = view_how(values, COSTS_USUAL);
    struct error error;
    int exceeded = -1;
    (void)count;
    if (read_limits(&limits, values, &error) != 0 ||
        view_open(&view, arguments[0], &how, &error) != 0)
        goto out;
    exceeded = limits.baseline ? hold_to_baseline(&view, &limits, values, &error)
                               : hold(&view, NULL, &limits, values->format, &error);
    view_close(&view);
out:
    limits_free(&limits);
    return exceeded < 0 ? command_fail(&error) : exceeded ? COMMAND_EXCEEDED : COMMAND_FINE;
}

#define AT(field) offsetof(struct command_values, field)

#define MAX_OPTION(metric, key, option, budget_key)                                                \
    {option, 0, OPTION_TEXT, AT(max[LIMIT_##metric]), "N", NULL, "the same as " key " in the file"},

_Static_assert(sizeof(((struct command_values *)0)->max) ==
                   LIMIT_METRIC_COUNT * sizeof(const char *),
               "command.h has one max per metric");

static const struct command_option options[] = {
    {"limits", 0, OPTION_TEXT, AT(limits), "FILE", NULL,
     "the limit file (default: " FILE_DEFAULT ", if it is in the current folder)"},
    LIMIT_METRICS(MAX_OPTION){
        "fail-on", 0, OPTION_TEXT, AT(fail_on), "RULE,...", NULL,
        "allow no finding of these rules; any: none that is medium or high; high: none that is "
        "high"},
    {"baseline", 0, OPTION_TEXT, AT(baseline), "OLD", NULL,
     "allow no more than this profile has: bytes, blocks, peak, end, reallocs, bytes copied"},
    {"tolerance", 0, OPTION_TEXT, AT(tolerance), "PERCENT", NULL,
     "and that much on top (default: 0)"},
    {"format", 0, OPTION_CHOICE, AT(format), "FORMAT", "text|json|github|sarif|junit",
     "text for a person (the default), JSON (schema heapcoach-check/1), GitHub's workflow "
     "annotations, SARIF 2.1.0, or JUnit's XML"},
    {"costs", 0, OPTION_CHOICE, AT(costs), "COSTS", VIEW_COSTS_CHOICES,
     "judge findings by the usual costs of the allocator's calls (usual, the default): the same "
     "counts pass or fail on any machine; or by what the calls took in that run (measured)"},
    {"own", 0, OPTION_TEXT, AT(own), "NAME,...", NULL, "these crates are your own, and no others"},
    {0},
};

const struct command cmd_check = {
    .name = "check",
    .arguments = "[OPTION...] PROFILE",
    .summary = "Hold a profile to limits: exit status 1 if one is exceeded",
    .help = "Limits come from a file and from options, which overrule it. The file is JSON with\n"
            "comments:\n"
            "\n"
            "    {\n"
            "      \"max_total_blocks\": 50000,  // of the whole run; also max_total_bytes,\n"
            "                                  // max_peak_bytes, max_end_bytes, max_reallocs,\n"
            "                                  // max_bytes_copied\n"
            "      \"fail_on\": [\"growth\", \"high\"],\n"
            "      \"budgets\": [\n"
            "        // in the function and all that it calls; max_bytes, max_peak_bytes, ...\n"
            "        {\"function\": \"mycrate::parse\", \"max_blocks\": 0},\n"
            "        {\"function\": \"mycrate::codec::*\", \"max_bytes\": 1000000},\n"
            "        // asked for by the crate's own code\n"
            "        {\"crate\": \"serde_json\", \"max_blocks\": 2000}\n"
            "      ],\n"
            "      \"baseline\": \"main.json\",    // beside this file\n"
            "      \"tolerance_percent\": 2\n"
            "    }\n"
            "\n"
            "An unknown key, a wrong type, and a name that neither a stack of the profile nor the\n"
            "program has are errors; \"may_be_absent\": true in a budget allows the last.\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = check,
};
