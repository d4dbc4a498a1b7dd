/* sarif.c - the findings as SARIF 2.1.0 (OASIS), which code scanning and editors read. One of the
 * formats of `heapcoach report`.
 *
 *   one run; tool.driver.rules: all rules; results: the findings
 *   level          "warning" for high and medium, "note" below
 *   locations      the line that the user can edit; relatedLocations: the dependency's line
 *   uri            relative to %SRCROOT% where the file lies below the reader's or the program's
 *                  folder, else file://
 *   partialFingerprints  heapcoach/v1: the finding's id, which is the same in every run
 *   stacks         with --stacks
 *   properties     severity, confidence, condition, variant, code, saving
 *
 * Code scanning refuses a result without a place, so what is said of the whole program becomes a
 * notification of the invocation.
 */
#include "analyzer/render/formats.h"
#include "analyzer/render/sarif_out.h"

#include <stdio.h>
#include <string.h>

#define TEXT_ROOM 8192

/* ---- texts ---- */

static void add(char *to, size_t n, const char *lead, const char *text)
{
    size_t used = strlen(to);
    if (text[0] && used < n)
        snprintf(to + used, n - used, "%s%s%s", used ? "\n" : "", lead, text);
}

static void add_finding(char *to, size_t n, const struct finding *finding)
{
    char time[48];
    report_saved_time(&finding->saving, time, sizeof(time));
    add(to, n, "", finding->what);
    add(to, n, "", finding->advice);
    add(to, n, "", finding->code);
    add(to, n, "Saves about ", time);
    add(to, n, "Holds ", finding->condition);
}

/* All that is said of a finding and those that go with it. */
static void message_text(const struct report *report, const struct finding *finding, char *to,
                         size_t n)
{
    to[0] = 0;
    add(to, n, "", finding->title);
    add_finding(to, n, finding);
    char text[TEXT_ROOM / 2];
    const struct finding *list[REPORT_FEW];
    size_t count = report_others_in_crate(report, finding, list);
    for (size_t i = 0; i < count && i < REPORT_FEW; i++) {
        report_in_a_line(report, list[i], text, sizeof(text));
        add(to, n, "Also: ", text);
    }
    for (size_t i = 0; !count && i < finding->also_count; i++) {
        if (!report_shows_also(report, finding->also[i]))
            continue;
        add(to, n, "Also: ", finding->also[i]->title);
        add_finding(to, n, finding->also[i]);
    }
}

/* ---- places ---- */

static void write_location(struct json_out *j, const struct profile *profile,
                           const struct finding_place *place, const char *note)
{
    struct sarif_place out = {report_source_path(profile, place->file), place->function,
                              place->line};
    sarif_location(j, &out, note);
}

static void write_locations(struct json_out *j, const struct report *report,
                            const struct finding *finding)
{
    const struct finding_place *line = report_line(finding);
    json_out_key(j, "locations");
    json_out_array(j);
    write_location(j, report->profile, line, "");
    json_out_end(j);
    const struct finding_place *other =
        line == &finding->location ? &finding->caller : &finding->location;
    if (!other->function[0] && !other->file[0])
        return;
    json_out_key(j, "relatedLocations");
    json_out_array(j);
    write_location(j, report->profile, other,
                   other == &finding->caller ? "called from here" : "inside of a dependency");
    json_out_end(j);
}

static void write_stack(struct json_out *j, const struct report *report,
                        const struct finding *finding)
{
    const struct profile *profile = report->profile;
    if (!report->stacks || finding->stack >= profile->point_count)
        return;
    const struct profile_point *point = &profile->points[finding->stack];
    json_out_key(j, "stacks");
    json_out_array(j);
    json_out_object(j);
    json_out_key(j, "frames");
    json_out_array(j);
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = &profile->frames[point->stack[i]];
        struct finding_place place = {frame, frame->function, frame->file, frame->crate,
                                      frame->line};
        json_out_object(j);
        json_out_key(j, "location");
        write_location(j, profile, &place, "");
        json_out_key_string(j, "module", frame->object);
        json_out_end(j);
    }
    json_out_end(j);
    json_out_end(j);
    json_out_end(j);
}

/* ---- results ---- */

static const char *level_of(const struct finding *finding)
{
    return finding->severity >= FINDING_MEDIUM ? "warning" : "note";
}

static void write_properties(struct json_out *j, const struct finding *finding)
{
    json_out_key(j, "properties");
    json_out_object(j);
    json_out_key_string(j, "severity", finding_severity_names[finding->severity]);
    json_out_key_string(j, "confidence", finding_confidence_names[finding->confidence]);
    json_out_key_string(j, "condition", finding->condition);
    json_out_key_string(j, "variant", finding->variant);
    json_out_key_string(j, "code", finding->code);
    json_out_key(j, "saving");
    json_out_object_line(j);
    json_out_key_u64(j, "calls", finding->saving.calls);
    json_out_key_u64(j, "bytes", finding->saving.bytes);
    json_out_key_u64(j, "bytes_copied", finding->saving.bytes_copied);
    json_out_key_u64(j, "peak_bytes", finding->saving.peak_bytes);
    json_out_key_u64(j, "ns", finding->saving.ns);
    json_out_key_double(j, "share", finding->saving.share);
    json_out_end(j);
    json_out_end(j);
}

static void write_rule_id(struct json_out *j, const struct report *report, const char *id)
{
    json_out_key_string(j, "ruleId", id);
    for (uint64_t i = 0; report->rules && report->rules[i].id; i++)
        if (strcmp(report->rules[i].id, id) == 0)
            json_out_key_u64(j, "ruleIndex", i);
}

static void write_result(struct json_out *j, const struct report *report,
                         const struct finding *finding)
{
    char message[TEXT_ROOM];
    message_text(report, finding, message, sizeof(message));
    json_out_object(j);
    write_rule_id(j, report, finding->rule);
    json_out_key_string(j, "level", level_of(finding));
    sarif_text(j, "message", message);
    write_locations(j, report, finding);
    sarif_fingerprint(j, finding->id);
    write_stack(j, report, finding);
    write_properties(j, finding);
    json_out_end(j);
}

static bool has_place(const struct finding *finding)
{
    const struct finding_place *line = report_line(finding);
    return line->file[0] || line->function[0];
}

/* ---- the run ---- */

static void write_notification(struct json_out *j, const struct report *report,
                               const struct finding *finding)
{
    char message[TEXT_ROOM];
    message_text(report, finding, message, sizeof(message));
    sarif_notification(j, level_of(finding), message, finding->rule);
}

static int write_sarif(const struct report *report, FILE *stream)
{
    const struct finding *finding;
    struct json_out j;
    sarif_open(&j, stream, "heapcoach");
    for (const struct report_rule *rule = report->rules; rule && rule->id; rule++)
        sarif_rule(&j, rule->id, rule->title, rule->summary);
    sarif_invocation(&j, -1);
    for (size_t at = 0; (finding = report_next(report, &at));)
        if (!has_place(finding))
            write_notification(&j, report, finding);
    sarif_results(&j);
    for (size_t at = 0; (finding = report_next(report, &at));)
        if (has_place(finding))
            write_result(&j, report, finding);
    return sarif_close(&j);
}

const struct report_format report_format_sarif = {
    .name = "sarif",
    .summary = "SARIF 2.1.0, for code scanning and editors",
    .write = write_sarif,
};
