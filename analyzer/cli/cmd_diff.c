/* cmd_diff.c - `heapcoach diff`: compares two profiles, or two groups of runs. */
#include "analyzer/cli/command.h"
#include "analyzer/cli/view.h"
#include "analyzer/render/diff_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOP_DEFAULT 10 /* lines in text and Markdown */

/* ---- sides ---- */

/* A side's profiles, loaded; all zero is one without any. */
struct loaded {
    char *paths; /* owned: the argument, its commas made NULs */
    struct view *views;
    struct diff_run *runs;
    uint32_t count;
};

static uint32_t count_paths(const char *list)
{
    uint32_t n = 1;
    for (; *list; list++)
        n += *list == ',';
    return n;
}

static void unload(struct loaded *side)
{
    for (uint32_t i = 0; i < side->count; i++)
        view_close(&side->views[i]);
    free(side->views);
    free(side->runs);
    free(side->paths);
}

static int open_run(struct loaded *side, const char *path, const struct view_how *how,
                    struct error *error)
{
    if (!*path)
        return error_set(error, "diff: expected paths between the commas, found an empty one");
    if (view_open(&side->views[side->count], path, how, error) != 0)
        return -1;
    side->runs[side->count] =
        (struct diff_run){&side->views[side->count].profile, &side->views[side->count].sites};
    side->count++;
    return 0;
}

/* "FILE,FILE,..."; a file that has this very name, commas and all, is one. On -1 the caller
 * unloads, too. */
static int load(struct loaded *side, const char *list, const struct view_how *how,
                struct error *error)
{
    FILE *whole = strchr(list, ',') ? fopen(list, "rb") : NULL;
    uint32_t n = whole ? 1 : count_paths(list);
    if (n > DIFF_MOST_RUNS) {
        return error_set(error, "diff: expected at most %d profiles on a side, found %u",
                         DIFF_MOST_RUNS, n);
    }
    side->paths = strdup(list);
    side->views = calloc(n, sizeof(*side->views));
    side->runs = calloc(n, sizeof(*side->runs));
    if (!side->paths || !side->views || !side->runs)
        return error_set(error, "diff: not enough memory");
    char *at = side->paths;
    for (uint32_t i = 0; i < n; i++) {
        char *comma = whole ? NULL : strchr(at, ',');
        if (comma)
            *comma = 0;
        if (open_run(side, at, how, error) != 0)
            break;
        at = comma ? comma + 1 : at;
    }
    if (whole)
        fclose(whole);
    return side->count == n ? 0 : -1;
}

/* ---- options ---- */

/* Units of work; of NULL `fallback`. */
static int read_units(const char *option, const char *text, uint32_t fallback, uint32_t *units,
                      struct error *error)
{
    char *end;
    errno = 0;
    unsigned long value = text ? strtoul(text, &end, 10) : fallback;
    if (text && (*text < '0' || *text > '9' || *end || errno || value == 0 || value > UINT32_MAX))
        return error_set(error, "--%s: expected a number from 1 to %u, found `%s`", option,
                         UINT32_MAX, text);
    *units = (uint32_t)value;
    return 0;
}

/* Of --per-old and --per-new what is given, else --per, else 1. */
static int read_per(const struct command_values *values, struct diff_side sides[DIFF_SIDES],
                    struct error *error)
{
    uint32_t per;
    if (read_units("per", values->per, 1, &per, error) != 0 ||
        read_units("per-old", values->per_old, per, &sides[DIFF_OLD].per, error) != 0)
        return -1;
    return read_units("per-new", values->per_new, per, &sides[DIFF_NEW].per, error);
}

static int read_threshold(const char *text, double *share, struct error *error)
{
    char *end;
    double percent = text ? strtod(text, &end) : 0;
    if (text && (end == text || *end || !(percent >= 0) || percent > 100))
        return error_set(error, "--threshold: expected percent from 0 to 100, found `%s`", text);
    *share = percent / 100;
    return 0;
}

#define METRIC_WORD(name, key, title, bytes, scale, needs) ", " key
#define METRIC_WORDS &("" DIFF_METRICS(METRIC_WORD))[2]

static int read_metric(const char *key, enum diff_metric *metric, struct error *error)
{
    *metric = key ? diff_metric_find(key) : DIFF_METRIC_COUNT;
    if (key && *metric == DIFF_METRIC_COUNT)
        return error_set(error, "--metric: expected one of %s; found `%s`", METRIC_WORDS, key);
    return 0;
}

/* ---- the command ---- */

static int write(const struct diff_report *report, const char *format, struct error *error)
{
    if (format && strcmp(format, "json") == 0) {
        if (diff_report_json(report, stdout) == 0)
            return 0;
        error_set(error, "cannot write to the standard output: %s", strerror(errno));
        clearerr(stdout); /* said once */
        return -1;
    }
    if (format && strcmp(format, "markdown") == 0) {
        diff_report_markdown(report, stdout);
        return 0;
    }
    struct screen screen = screen_of(stdout);
    diff_report_text(report, &screen);
    return 0;
}

/* Findings are those of the first run of each side. */
static int compare(const struct loaded loaded[DIFF_SIDES], struct diff_side sides[DIFF_SIDES],
                   const struct command_values *values, struct error *error)
{
    struct diff diff = {0};
    struct diff_findings findings = {0};
    struct diff_warnings warnings;
    bool json = values->format && strcmp(values->format, "json") == 0;
    struct diff_report report = {&diff,
                                 &findings,
                                 &warnings,
                                 DIFF_METRIC_COUNT,
                                 values->top_given ? values->top
                                 : json            ? 0
                                                   : TOP_DEFAULT,
                                 0};
    int result =
        read_metric(values->metric, &report.metric, error) == 0 &&
                read_threshold(values->threshold, &report.threshold, error) == 0 &&
                diff_build(&diff, &sides[DIFF_OLD], &sides[DIFF_NEW], report.metric, error) == 0 &&
                diff_findings_build(&findings, &loaded[DIFF_OLD].views[0].findings,
                                    sides[DIFF_OLD].per, &loaded[DIFF_NEW].views[0].findings,
                                    sides[DIFF_NEW].per, error) == 0
            ? 0
            : -1;
    if (result == 0 && values->metric && !diff.has[report.metric])
        result = error_set(error, "--metric: %s is not known of both profiles", values->metric);
    if (result == 0) {
        diff_warnings_find(&warnings, &diff);
        result = write(&report, values->format, error);
    }
    diff_findings_free(&findings);
    diff_free(&diff);
    return result;
}

static int diff(const struct command_values *values, int count, char **arguments)
{
    struct loaded loaded[DIFF_SIDES] = {0};
    struct diff_side sides[DIFF_SIDES] = {0};
    struct view_how how = view_how(values, COSTS_USUAL);
    struct error error;
    (void)count;
    int result = read_per(values, sides, &error);
    for (int s = 0; result == 0 && s < DIFF_SIDES; s++) {
        result = load(&loaded[s], arguments[s], &how, &error);
        sides[s].runs = loaded[s].runs;
        sides[s].count = loaded[s].count;
    }
    if (result == 0)
        result = compare(loaded, sides, values, &error);
    for (int s = 0; s < DIFF_SIDES; s++)
        unload(&loaded[s]);
    return result == 0 ? COMMAND_FINE : command_fail(&error);
}

static const struct command_option options[] = {
    {"format", 0, OPTION_CHOICE, offsetof(struct command_values, format), "FORMAT",
     "text|json|markdown",
     "text for a person (the default), JSON (schema heapcoach-diff/1), or Markdown for a pull "
     "request"},
    {"metric", 0, OPTION_TEXT, offsetof(struct command_values, metric), "METRIC", NULL,
     "sort lines by their change of one metric only" DIFF_METRICS(
         METRIC_WORD) "; default: by the "
                      "largest of their changes, as shares of the totals"},
    {"top", 0, OPTION_NUMBER, offsetof(struct command_values, top), "N", NULL,
     "show N lines; 0: all (default: 10, in JSON all)"},
    {"threshold", 0, OPTION_TEXT, offsetof(struct command_values, threshold), "PERCENT", NULL,
     "leave out lines whose change is less than this part of the total"},
    {"per", 0, OPTION_TEXT, offsetof(struct command_values, per), "N", NULL,
     "both programs did N units of work (requests, lines, ...): show numbers per unit"},
    {"per-old", 0, OPTION_TEXT, offsetof(struct command_values, per_old), "N", NULL,
     "the old one did N units of work"},
    {"per-new", 0, OPTION_TEXT, offsetof(struct command_values, per_new), "N", NULL,
     "the new one did N units of work"},
    {"costs", 0, OPTION_CHOICE, offsetof(struct command_values, costs), "COSTS", VIEW_COSTS_CHOICES,
     "judge findings by the usual costs of the allocator's calls (usual, the default): they come "
     "and go with the counts alone; or by what the calls took in each run (measured)"},
    {"own", 0, OPTION_TEXT, offsetof(struct command_values, own), "NAME,...", NULL,
     "these crates are your own, and no others"},
    {0},
};

const struct command cmd_diff = {
    .name = "diff",
    .arguments = "[OPTION...] OLD[,OLD...] NEW[,NEW...]",
    .summary = "Compare two profiles, line by line and finding by finding",
    .help =
        "OLD and NEW are files of `heapcoach run`, `valgrind --tool=dhat` or dhat-rs. Lines are\n"
        "matched by what they are (function, file, what they call), not by where they stand: a\n"
        "rebuild, moved lines and another folder are no difference. With several runs of one\n"
        "side, separated by commas, medians are compared, and changes within their spread are\n"
        "marked.\n",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = diff,
};
