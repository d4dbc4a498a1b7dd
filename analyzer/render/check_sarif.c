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
#include "analyzer/render/check_report.h"
#include "analyzer/render/sarif_out.h"

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
    sarif_fingerprint(j, mark->finding ? mark->finding->id : fingerprint);
    json_out_end(j);
}

static void write_notification(void *context, const struct check_mark *mark)
{
    if (!has_place(mark) && !mark->again)
        sarif_notification(context, "error", mark->message, mark->rule);
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
                sarif_rule(j, results->list[i].findings[f]->rule,
                           results->list[i].findings[f]->title, NULL);
}

int check_report_sarif(const struct check_report *report, FILE *stream)
{
    struct json_out j;
    sarif_open(&j, stream, "heapcoach check");
    for (const struct check_rule *rule = check_rules; rule->id; rule++)
        sarif_rule(&j, rule->id, rule->text, NULL);
    write_finding_rules(&j, report->results);
    sarif_invocation(&j, report->results->exceeded ? 1 : 0);
    check_marks(report, write_notification, &j);
    sarif_results(&j);
    check_marks(report, write_result, &j);
    return sarif_close(&j);
}
