/* diff_json.c - a diff for programs. Called by `heapcoach diff --format json`.
 *
 * SCHEMA heapcoach-diff/1. Keys are only ever added to it; a change of meaning makes it /2. Texts
 * are UTF-8, "" when unknown.
 *
 *   schema     "heapcoach-diff/1"
 *   old, new   {profiles[], command, per}: per are the units of work that each run did
 *   warnings[] what makes the comparison doubtful, in words
 *   totals     by metric: a change (below)
 *   sites[]    the lines that changed, those that changed most first; one that only the clock
 *              changed (short_lived_blocks) is no change unless --metric asks for it:
 *     match    "same"; "function": the line was rewritten; "stack": found by its callers; "new";
 *              "gone"; "rest": what no line accounts for
 *     old, new {function, file, line, callee}, null where it is not on this side
 *     changes  by metric, those that changed: a change
 *   hidden     how many lines changed but were left out by --top or --threshold
 *   others     by metric, what all lines that are not in sites[] changed by together, those that
 * only the clock changed too: it and the sites add up to the totals findings   fixed[], new[],
 * better[], worse[], unchanged[]: {old, new}, null where it is not on this side; each {id, rule,
 * variant, title, severity, confidence, function, file, line, what, advice, code, saving {calls,
 * bytes, bytes_copied, peak_bytes}}
 *
 * Metrics are bytes, blocks, peak_bytes, peak_blocks, end_bytes, end_blocks, reallocs,
 * bytes_copied, short_lived_blocks; one that a profile does not know is left out everywhere. A
 * change: old, new     integers; of several runs the median; of units of work a fraction: per unit
 *   change       new - old
 *   relative     change / old, null where old is 0
 *   changed      exactly
 *   within_spread, old_min, old_max, new_min, new_max    where a side has several runs
 */
#include "analyzer/core/json_out.h"
#include "analyzer/render/diff_report.h"

#define SCHEMA "heapcoach-diff/1"

/* ---- changes ---- */

/* An integer where there are no units of work; out of 64 bits only where totals lie. */
static void write_number(struct json_out *j, const struct diff *diff, const char *key,
                         diff_number n, double value)
{
    if (diff->side[DIFF_OLD].per != 1 || diff->side[DIFF_NEW].per != 1)
        json_out_key_double(j, key, value);
    else if (n > INT64_MAX || n < INT64_MIN)
        json_out_key_i64(j, key, n < 0 ? INT64_MIN : INT64_MAX);
    else
        json_out_key_i64(j, key, (int64_t)n);
}

static void write_spread(struct json_out *j, const struct diff *diff, const struct diff_cell *cell)
{
    const struct diff_side *side = diff->side;
    static const char *const keys[DIFF_SIDES][2] = {{"old_min", "old_max"}, {"new_min", "new_max"}};
    if (side[DIFF_OLD].count == 1 && side[DIFF_NEW].count == 1)
        return;
    json_out_key_bool(j, "within_spread", cell->within);
    for (int s = 0; s < DIFF_SIDES; s++) {
        write_number(j, diff, keys[s][0], cell->min[s], (double)cell->min[s] / side[s].per);
        write_number(j, diff, keys[s][1], cell->max[s], (double)cell->max[s] / side[s].per);
    }
}

static void write_change(struct json_out *j, const struct diff *diff, const struct diff_row *row,
                         enum diff_metric metric)
{
    struct diff_cell cell = diff_cell(diff, row, metric);
    json_out_key(j, diff_metrics[metric].key);
    json_out_object_line(j);
    write_number(j, diff, "old", cell.median[DIFF_OLD], cell.value[DIFF_OLD]);
    write_number(j, diff, "new", cell.median[DIFF_NEW], cell.value[DIFF_NEW]);
    write_number(j, diff, "change", cell.median[DIFF_NEW] - cell.median[DIFF_OLD], cell.change);
    json_out_key(j, "relative");
    if (cell.median[DIFF_OLD])
        json_out_double(j, cell.change / cell.value[DIFF_OLD]);
    else
        json_out_null(j);
    json_out_key_bool(j, "changed", cell.changed);
    write_spread(j, diff, &cell);
    json_out_end(j);
}

static void write_totals(struct json_out *j, const struct diff *diff)
{
    json_out_key(j, "totals");
    json_out_object(j);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++)
        if (diff->has[m])
            write_change(j, diff, &diff->total, m);
    json_out_end(j);
}

/* ---- sites ---- */

static void write_place(struct json_out *j, const char *key, const struct diff_place *place)
{
    json_out_key(j, key);
    if (!place->profile) {
        json_out_null(j);
        return;
    }
    char function[4096];
    site_function(place->profile, place->site, function, sizeof(function));
    json_out_object_line(j);
    json_out_key_string(j, "function", function);
    json_out_key_string(j, "file", place->what.file);
    json_out_key_u64(j, "line", place->what.line);
    json_out_key_string(j, "callee", place->what.callee);
    json_out_end(j);
}

static void write_row(struct json_out *j, const struct diff_report *report,
                      const struct diff_row *row)
{
    json_out_object(j);
    json_out_key_string(j, "match", diff_row_kind(row));
    write_place(j, "old", &row->place[DIFF_OLD]);
    write_place(j, "new", &row->place[DIFF_NEW]);
    json_out_key(j, "changes");
    json_out_object(j);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++)
        if (report->diff->has[m] && diff_cell(report->diff, row, m).changed)
            write_change(j, report->diff, row, m);
    json_out_end(j);
    json_out_end(j);
}

static void write_rows(struct json_out *j, const struct diff_report *report)
{
    struct diff_shown shown = diff_shown(report);
    json_out_key(j, "sites");
    json_out_array(j);
    for (uint32_t i = 0; i < shown.rows; i++)
        write_row(j, report, &report->diff->rows[i]);
    if (shown.rest)
        write_row(j, report, &report->diff->rows[report->diff->row_count - 1]);
    json_out_end(j);
    json_out_key_u64(j, "hidden", shown.hidden);
    json_out_key(j, "others");
    json_out_object_line(j);
    for (int m = 0; m < DIFF_METRIC_COUNT; m++)
        if (report->diff->has[m]) {
            struct diff_cell sum = diff_others(report, &shown, m);
            write_number(j, report->diff, diff_metrics[m].key, sum.median[DIFF_NEW], sum.change);
        }
    json_out_end(j);
}

/* ---- findings ---- */

static void write_finding(struct json_out *j, const char *key, const struct finding *finding)
{
    json_out_key(j, key);
    if (!finding) {
        json_out_null(j);
        return;
    }
    json_out_object(j);
    json_out_key_string(j, "id", finding->id);
    json_out_key_string(j, "rule", finding->rule);
    json_out_key_string(j, "variant", finding->variant);
    json_out_key_string(j, "title", finding->title);
    json_out_key_string(j, "severity", finding_severity_names[finding->severity]);
    json_out_key_string(j, "confidence", finding_confidence_names[finding->confidence]);
    json_out_key_string(j, "function", finding->location.function);
    json_out_key_string(j, "file", finding->location.file);
    json_out_key_u64(j, "line", finding->location.line);
    json_out_key_string(j, "what", finding->what);
    json_out_key_string(j, "advice", finding->advice);
    json_out_key_string(j, "code", finding->code);
    json_out_key(j, "saving");
    json_out_object_line(j);
    json_out_key_u64(j, "calls", finding->saving.calls);
    json_out_key_u64(j, "bytes", finding->saving.bytes);
    json_out_key_u64(j, "bytes_copied", finding->saving.bytes_copied);
    json_out_key_u64(j, "peak_bytes", finding->saving.peak_bytes);
    json_out_end(j);
    json_out_end(j);
}

static void write_findings(struct json_out *j, const struct diff_findings *findings)
{
    json_out_key(j, "findings");
    json_out_object(j);
    for (int f = 0; f < DIFF_FATES; f++) {
        json_out_key(j, diff_fate_names[f]);
        json_out_array(j);
        for (uint32_t i = 0; i < findings->count; i++) {
            if ((int)findings->list[i].fate != f)
                continue;
            json_out_object(j);
            write_finding(j, "old", findings->list[i].old_finding);
            write_finding(j, "new", findings->list[i].new_finding);
            json_out_end(j);
        }
        json_out_end(j);
    }
    json_out_end(j);
}

/* ---- the whole ---- */

static void write_side(struct json_out *j, const char *key, const struct diff_side *side)
{
    json_out_key(j, key);
    json_out_object(j);
    json_out_key(j, "profiles");
    json_out_array_line(j);
    for (uint32_t r = 0; r < side->count; r++)
        json_out_string(j, side->runs[r].profile->path);
    json_out_end(j);
    json_out_key_string(j, "command", side->runs[0].profile->program.command);
    json_out_key_u64(j, "per", side->per);
    json_out_end(j);
}

int diff_report_json(const struct diff_report *report, FILE *stream)
{
    struct json_out j;
    json_out_init(&j, stream, 2);
    json_out_object(&j);
    json_out_key_string(&j, "schema", SCHEMA);
    write_side(&j, "old", &report->diff->side[DIFF_OLD]);
    write_side(&j, "new", &report->diff->side[DIFF_NEW]);
    json_out_key(&j, "warnings");
    json_out_array(&j);
    for (uint32_t i = 0; i < report->warnings->count; i++)
        json_out_string(&j, report->warnings->text[i]);
    json_out_end(&j);
    write_totals(&j, report->diff);
    write_rows(&j, report);
    write_findings(&j, report->findings);
    json_out_end(&j);
    return json_out_close(&j);
}
