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
#include "analyzer/core/json_out.h"
#include "analyzer/core/version.h"
#include "analyzer/render/formats.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define TEXT_ROOM 8192

/* ---- texts ---- */

static void write_text(struct json_out *j, const char *key, const char *text)
{
    json_out_key(j, key);
    json_out_object_line(j);
    json_out_key_string(j, "text", text);
    json_out_end(j);
}

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

static void write_message(struct json_out *j, const struct report *report,
                          const struct finding *finding)
{
    char text[TEXT_ROOM] = "";
    add(text, sizeof(text), "", finding->title);
    add_finding(text, sizeof(text), finding);
    for (size_t i = 0; i < finding->also_count; i++) {
        if (!report_shows_also(report, finding->also[i]))
            continue;
        add(text, sizeof(text), "Also: ", finding->also[i]->title);
        add_finding(text, sizeof(text), finding->also[i]);
    }
    write_text(j, "message", text);
}

/* ---- places ---- */

/* Bytes that mean something in a URI, or that none may have, as %XX. */
static void encode_path(const char *path, char *to, size_t n)
{
    size_t used = 0;
    for (; *path && used + 4 < n; path++) {
        unsigned char c = (unsigned char)*path;
        if (isalnum(c) || strchr("/-._~", c))
            to[used++] = (char)c;
        else
            used += (size_t)snprintf(to + used, n - used, "%%%02X", c);
    }
    to[used] = 0;
}

static void write_physical(struct json_out *j, const struct profile *profile,
                           const struct finding_place *place)
{
    char uri[TEXT_ROOM] = "file://";
    const char *path = report_source_path(profile, place->file);
    bool whole = path[0] == '/';
    size_t used = whole ? strlen(uri) : 0;
    encode_path(path, uri + used, sizeof(uri) - used);
    json_out_key(j, "physicalLocation");
    json_out_object(j);
    json_out_key(j, "artifactLocation");
    json_out_object_line(j);
    json_out_key_string(j, "uri", uri);
    if (!whole)
        json_out_key_string(j, "uriBaseId", "%SRCROOT%");
    json_out_end(j);
    if (place->line) {
        json_out_key(j, "region");
        json_out_object_line(j);
        json_out_key_u64(j, "startLine", place->line);
        json_out_end(j);
    }
    json_out_end(j);
}

/* An object of the schema's kind `location`; note: what it is, or "". */
static void write_location(struct json_out *j, const struct profile *profile,
                           const struct finding_place *place, const char *note)
{
    json_out_object(j);
    if (place->file[0])
        write_physical(j, profile, place);
    if (place->function[0]) {
        json_out_key(j, "logicalLocations");
        json_out_array(j);
        json_out_object_line(j);
        json_out_key_string(j, "fullyQualifiedName", place->function);
        json_out_key_string(j, "kind", "function");
        json_out_end(j);
        json_out_end(j);
    }
    if (note[0])
        write_text(j, "message", note);
    json_out_end(j);
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
    json_out_object(j);
    write_rule_id(j, report, finding->rule);
    json_out_key_string(j, "level", level_of(finding));
    write_message(j, report, finding);
    write_locations(j, report, finding);
    json_out_key(j, "partialFingerprints");
    json_out_object_line(j);
    json_out_key_string(j, "heapcoach/v1", finding->id);
    json_out_end(j);
    write_stack(j, report, finding);
    write_properties(j, finding);
    json_out_end(j);
}

static bool has_place(const struct finding *finding)
{
    const struct finding_place *line = report_line(finding);
    return line->file[0] || line->function[0];
}

static void write_results(struct json_out *j, const struct report *report)
{
    const struct finding *finding;
    json_out_key(j, "results");
    json_out_array(j);
    for (size_t at = 0; (finding = report_next(report, &at));)
        if (has_place(finding))
            write_result(j, report, finding);
    json_out_end(j);
}

/* ---- the run ---- */

static void write_notification(struct json_out *j, const struct report *report,
                               const struct finding *finding)
{
    json_out_object(j);
    json_out_key_string(j, "level", level_of(finding));
    write_message(j, report, finding);
    json_out_key(j, "associatedRule");
    json_out_object_line(j);
    json_out_key_string(j, "id", finding->rule);
    json_out_end(j);
    json_out_end(j);
}

static void write_invocation(struct json_out *j, const struct report *report)
{
    const struct finding *finding;
    json_out_key(j, "invocations");
    json_out_array(j);
    json_out_object(j);
    json_out_key_bool(j, "executionSuccessful", true);
    json_out_key(j, "toolExecutionNotifications");
    json_out_array(j);
    for (size_t at = 0; (finding = report_next(report, &at));)
        if (!has_place(finding))
            write_notification(j, report, finding);
    json_out_end(j);
    json_out_end(j);
    json_out_end(j);
}

static void write_rules(struct json_out *j, const struct report *report)
{
    json_out_key(j, "rules");
    json_out_array(j);
    for (const struct report_rule *rule = report->rules; rule && rule->id; rule++) {
        json_out_object(j);
        json_out_key_string(j, "id", rule->id);
        write_text(j, "shortDescription", rule->title);
        write_text(j, "fullDescription", rule->summary);
        json_out_end(j);
    }
    json_out_end(j);
}

static void write_tool(struct json_out *j, const struct report *report)
{
    json_out_key(j, "tool");
    json_out_object(j);
    json_out_key(j, "driver");
    json_out_object(j);
    json_out_key_string(j, "name", "heapcoach");
    json_out_key_string(j, "version", HEAPCOACH_VERSION);
    json_out_key_string(j, "semanticVersion", HEAPCOACH_VERSION);
    write_rules(j, report);
    json_out_end(j);
    json_out_end(j);
}

static int write_sarif(const struct report *report, FILE *stream)
{
    struct json_out j;
    json_out_init(&j, stream, 2);
    json_out_object(&j);
    json_out_key_string(&j, "$schema", SCHEMA);
    json_out_key_string(&j, "version", "2.1.0");
    json_out_key(&j, "runs");
    json_out_array(&j);
    json_out_object(&j);
    write_tool(&j, report);
    write_invocation(&j, report);
    write_results(&j, report);
    json_out_key_string(&j, "columnKind", "unicodeCodePoints");
    json_out_end(&j);
    json_out_end(&j);
    json_out_end(&j);
    if (json_out_finish(&j) == 0)
        return 0;
    errno = j.failed;
    return -1;
}

const struct report_format report_format_sarif = {
    .name = "sarif",
    .summary = "SARIF 2.1.0, for code scanning and editors",
    .write = write_sarif,
};
