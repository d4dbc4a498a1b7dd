/* check_json.c - limits kept and exceeded, for programs.
 *
 * SCHEMA heapcoach-check/1. Keys are only ever added to it; a change of meaning makes it /2.
 *
 *   schema     "heapcoach-check/1"
 *   profile    its path; baseline: the other one's, or ""; tolerance_percent
 *   passed     all limits are kept
 *   exceeded   how many are not
 *   limits[]   all, in the order of the file, the options, the baseline:
 *     kind     "total", "function", "crate", "baseline" or "findings"
 *     metric   "bytes", "blocks", "peak_bytes", "end_bytes", "reallocs", "bytes_copied"; "" of
 * findings subject  function, crate, rule, "any" or "high"; "" where    who says so: FILE:LINE or
 * an option passed, found, allowed; of a baseline also before absent   a function or crate that is
 * in no stack message  in words lines[]  to blame, where it is exceeded: {function, file, line,
 * value} findings[]  {id, rule, severity, title, function, file, line, what, advice}
 */
#include "analyzer/core/json_out.h"
#include "analyzer/render/check_report.h"
#include "analyzer/render/report.h"

#define SCHEMA "heapcoach-check/1"

static const char *const kinds[] = {
    [LIMIT_TOTAL] = "total",       [LIMIT_FUNCTION] = "function", [LIMIT_CRATE] = "crate",
    [LIMIT_BASELINE] = "baseline", [LIMIT_FINDINGS] = "findings",
};

static void write_lines(struct json_out *j, const struct check_report *report,
                        const struct limits_result *result)
{
    char function[CHECK_TEXT_BYTES];
    json_out_key(j, "lines");
    json_out_array(j);
    for (uint32_t i = 0; i < result->blamed; i++) {
        const struct site *site = result->blame[i].site;
        site_function(report->profile, site, function, sizeof(function));
        json_out_object_line(j);
        json_out_key_string(j, "function", function);
        json_out_key_string(j, "file", site->frame ? site->frame->file : "");
        json_out_key_u64(j, "line", site->frame ? site->frame->line : 0);
        json_out_key_u64(j, "value", result->blame[i].value);
        json_out_end(j);
    }
    json_out_end(j);
}

static void write_findings(struct json_out *j, const struct limits_result *result)
{
    json_out_key(j, "findings");
    json_out_array(j);
    for (uint32_t i = 0; i < result->finding_count; i++) {
        const struct finding *finding = result->findings[i];
        const struct finding_place *place = report_line(finding);
        json_out_object(j);
        json_out_key_string(j, "id", finding->id);
        json_out_key_string(j, "rule", finding->rule);
        json_out_key_string(j, "severity", finding_severity_names[finding->severity]);
        json_out_key_string(j, "title", finding->title);
        json_out_key_string(j, "function", place->function);
        json_out_key_string(j, "file", place->file);
        json_out_key_u64(j, "line", place->line);
        json_out_key_string(j, "what", finding->what);
        json_out_key_string(j, "advice", finding->advice);
        json_out_end(j);
    }
    json_out_end(j);
}

static void write_result(struct json_out *j, const struct check_report *report,
                         const struct limits_result *result)
{
    char text[2 * CHECK_TEXT_BYTES];
    const struct limit *limit = result->limit;
    json_out_object(j);
    json_out_key_string(j, "kind", kinds[limit->kind]);
    json_out_key_string(
        j, "metric",
        limit->kind == LIMIT_FINDINGS ? "" : diff_metrics[limit_metrics[limit->metric].metric].key);
    json_out_key_string(j, "subject", limit->subject);
    json_out_key_string(j, "where", limit->where);
    json_out_key_bool(j, "passed", result->passed);
    json_out_key_u64(j, "found", result->found);
    json_out_key_u64(j, "allowed", result->allowed);
    if (limit->kind == LIMIT_BASELINE)
        json_out_key_u64(j, "before", result->before);
    json_out_key_bool(j, "absent", result->absent);
    check_result_text(report, result, text, sizeof(text));
    json_out_key_string(j, "message", text);
    write_lines(j, report, result);
    write_findings(j, result);
    json_out_end(j);
}

int check_report_json(const struct check_report *report, FILE *stream)
{
    const struct limits_results *results = report->results;
    struct json_out j;
    json_out_init(&j, stream, 2);
    json_out_object(&j);
    json_out_key_string(&j, "schema", SCHEMA);
    json_out_key_string(&j, "profile", report->profile->path);
    json_out_key_string(&j, "baseline", report->baseline);
    json_out_key_double(&j, "tolerance_percent", report->tolerance_percent);
    json_out_key_bool(&j, "passed", results->exceeded == 0);
    json_out_key_u64(&j, "exceeded", results->exceeded);
    json_out_key(&j, "limits");
    json_out_array(&j);
    for (uint32_t i = 0; i < results->count; i++)
        write_result(&j, report, &results->list[i]);
    json_out_end(&j);
    json_out_end(&j);
    return json_out_close(&j);
}
