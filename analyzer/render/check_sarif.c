/* check_sarif.c - exceeded limits as SARIF 2.1.0 (OASIS), which code scanning and editors read.
 *
 *   one run; tool.driver.rules: the kinds of limits, and the rules of the findings
 *   results: one for each line to blame and each finding, level "error"
 *   partialFingerprints  heapcoach/v1: the finding's id; else rule, function and what is limited,
 * the same in every run
 *
 * Code scanning refuses a result without a place: a limit that blames no line becomes a
 * notification of the invocation.
 */
#include "analyzer/core/version.h"
#include "analyzer/render/check_report.h"
#include "analyzer/render/sarif_out.h"

#include <errno.h>
#include <string.h>

#define FINGERPRINT_BYTES (3 * CHECK_TEXT_BYTES)

static bool has_place(const struct check_mark *mark)
{
    return mark->path[0] || mark->function[0];
}

static void write_result(void *context, const struct check_mark *mark)
{
    struct json_out *j = context;
    struct sarif_place place = {mark->path, mark->function, mark->line};
    char fingerprint[FINGERPRINT_BYTES];
    if (!has_place(mark) || mark->again)
        return;
    snprintf(fingerprint, sizeof(fingerprint), "%s/%s/%s", mark->rule, mark->result->limit->subject,
             mark->function);
    json_out_object(j);
    json_out_key_string(j, "ruleId", mark->rule);
    json_out_key_string(j, "level", "error");
    sarif_text(j, "message", mark->message);
    json_out_key(j, "locations");
    json_out_array(j);
    sarif_location(j, &place, "");
    json_out_end(j);
    json_out_key(j, "partialFingerprints");
    json_out_object_line(j);
    json_out_key_string(j, "heapcoach/v1", mark->finding ? mark->finding->id : fingerprint);
    json_out_end(j);
    json_out_end(j);
}

static void write_notification(void *context, const struct check_mark *mark)
{
    struct json_out *j = context;
    if (has_place(mark) || mark->again)
        return;
    json_out_object(j);
    json_out_key_string(j, "level", "error");
    sarif_text(j, "message", mark->message);
    json_out_key(j, "associatedRule");
    json_out_object_line(j);
    json_out_key_string(j, "id", mark->rule);
    json_out_end(j);
    json_out_end(j);
}

/* The invocation (3.20): the tool itself did what it should. */
static void write_invocation(struct json_out *j, const struct check_report *report)
{
    json_out_key(j, "invocations");
    json_out_array(j);
    json_out_object(j);
    json_out_key_bool(j, "executionSuccessful", true);
    json_out_key_u64(j, "exitCode", report->results->exceeded ? 1 : 0);
    json_out_key(j, "toolExecutionNotifications");
    json_out_array(j);
    check_marks(report, write_notification, j);
    json_out_end(j);
    json_out_end(j);
    json_out_end(j);
}

static void write_rule(struct json_out *j, const char *id, const char *text)
{
    json_out_object(j);
    json_out_key_string(j, "id", id);
    sarif_text(j, "shortDescription", text);
    json_out_end(j);
}

/* Is the f-th finding of limit i the first one of its rule? Rules are told once. */
static bool is_first_of_rule(const struct limits_results *results, uint32_t i, uint32_t f)
{
    const char *rule = results->list[i].findings[f]->rule;
    for (uint32_t limit = 0; limit <= i; limit++)
        for (uint32_t n = 0; n < (limit < i ? results->list[limit].finding_count : f); n++)
            if (strcmp(results->list[limit].findings[n]->rule, rule) == 0)
                return false;
    return true;
}

static void write_finding_rules(struct json_out *j, const struct limits_results *results)
{
    for (uint32_t i = 0; i < results->count; i++)
        for (uint32_t f = 0; f < results->list[i].finding_count; f++)
            if (is_first_of_rule(results, i, f))
                write_rule(j, results->list[i].findings[f]->rule,
                           results->list[i].findings[f]->title);
}

static void write_tool(struct json_out *j, const struct check_report *report)
{
    json_out_key(j, "tool");
    json_out_object(j);
    json_out_key(j, "driver");
    json_out_object(j);
    json_out_key_string(j, "name", "heapcoach check");
    json_out_key_string(j, "version", HEAPCOACH_VERSION);
    json_out_key_string(j, "semanticVersion", HEAPCOACH_VERSION);
    json_out_key(j, "rules");
    json_out_array(j);
    for (const struct check_rule *rule = check_rules; rule->id; rule++)
        write_rule(j, rule->id, rule->text);
    write_finding_rules(j, report->results);
    json_out_end(j);
    json_out_end(j);
    json_out_end(j);
}

int check_report_sarif(const struct check_report *report, FILE *stream)
{
    struct json_out j;
    json_out_init(&j, stream, 2);
    json_out_object(&j);
    json_out_key_string(&j, "$schema", SARIF_SCHEMA);
    json_out_key_string(&j, "version", "2.1.0");
    json_out_key(&j, "runs");
    json_out_array(&j);
    json_out_object(&j);
    write_tool(&j, report);
    write_invocation(&j, report);
    json_out_key(&j, "results");
    json_out_array(&j);
    check_marks(report, write_result, &j);
    json_out_end(&j);
    json_out_key_string(&j, "columnKind", "unicodeCodePoints");
    json_out_end(&j);
    json_out_end(&j);
    json_out_end(&j);
    if (json_out_finish(&j) == 0)
        return 0;
    errno = j.failed;
    return -1;
}
