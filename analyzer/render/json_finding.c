/* json_finding.c - findings, crates and the allocator as JSON. Used by json.c, whose header
 * describes the schema; the keys here are part of it.
 */
#include "analyzer/core/json_out.h"
#include "analyzer/render/report.h"

/* ---- parts of a finding ---- */

static void write_place(struct json_out *j, const char *key, const struct finding_place *place)
{
    json_out_key(j, key);
    json_out_object_line(j);
    json_out_key_string(j, "function", place->function);
    json_out_key_string(j, "file", place->file);
    json_out_key_u64(j, "line", place->line);
    json_out_end(j);
}

static void write_caller(struct json_out *j, const struct finding_place *caller)
{
    if (caller->function[0] || caller->file[0]) {
        write_place(j, "caller", caller);
        return;
    }
    json_out_key(j, "caller");
    json_out_null(j);
}

static void write_evidence(struct json_out *j, const struct finding *finding)
{
    json_out_key(j, "evidence");
    json_out_object(j);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct finding_fact *fact = &finding->evidence[i];
        json_out_key(j, fact->key);
        switch (fact->kind) {
        case FINDING_FACT_U64:
            json_out_u64(j, fact->number);
            break;
        case FINDING_FACT_REAL:
            json_out_double(j, fact->real);
            break;
        case FINDING_FACT_TEXT:
            json_out_string(j, fact->text);
            break;
        }
    }
    json_out_end(j);
}

static void write_saving(struct json_out *j, const struct finding_saving *saving)
{
    json_out_key(j, "saving");
    json_out_object_line(j);
    json_out_key_u64(j, "calls", saving->calls);
    json_out_key_u64(j, "bytes", saving->bytes);
    json_out_key_u64(j, "bytes_copied", saving->bytes_copied);
    json_out_key_u64(j, "peak_bytes", saving->peak_bytes);
    json_out_key_u64(j, "ns", saving->ns);
    json_out_key_double(j, "share", saving->share);
    json_out_end(j);
}

/* What the whole story saves, where that is more than the finding's own saving. */
static void write_together(struct json_out *j, const struct finding *finding)
{
    const struct finding_saving *all = finding_saving_in_all(finding);
    json_out_key(j, "together");
    if (all == &finding->saving) {
        json_out_null(j);
        return;
    }
    json_out_object_line(j);
    json_out_key_u64(j, "ns", all->ns);
    json_out_key_double(j, "share", all->share);
    json_out_end(j);
}

void report_json_stack(struct json_out *j, const struct profile *profile, uint32_t point)
{
    json_out_key(j, "stack");
    json_out_array(j);
    uint32_t depth = point < profile->point_count ? profile->points[point].depth : 0;
    for (uint32_t i = 0; i < depth; i++) {
        const struct profile_frame *frame = &profile->frames[profile->points[point].stack[i]];
        json_out_object_line(j);
        json_out_key_string(j, "function", frame->function);
        json_out_key_string(j, "file", frame->file);
        json_out_key_u64(j, "line", frame->line);
        json_out_key_string(j, "crate", frame->crate);
        json_out_key_string(j, "kind", ownership_name(frame->kind));
        json_out_key_string(j, "module", frame->object);
        json_out_key_bool(j, "inlined", frame->inlined);
        json_out_end(j);
    }
    json_out_end(j);
}

/* ---- findings ---- */

static void write_finding(struct json_out *j, const struct report *report,
                          const struct finding *finding, bool leads);

/* The page has the profile, and shows source; other readers have neither. */
static void write_point(struct json_out *j, const struct report *report,
                        const struct finding *finding)
{
    const struct finding_place *line = report_line(finding);
    json_out_key(j, "point");
    if (finding->stack < report->profile->point_count)
        json_out_u64(j, finding->stack);
    else
        json_out_null(j);
    if (report->page)
        report_json_source(j, report->profile, line->file, line->line);
    else
        report_json_stack(j, report->profile, finding->stack);
}

static void write_also(struct json_out *j, const struct report *report,
                       const struct finding *finding)
{
    json_out_key(j, "also");
    json_out_array(j);
    for (size_t i = 0; i < finding->also_count; i++)
        if (report_shows_also(report, finding->also[i]))
            write_finding(j, report, finding->also[i], false);
    json_out_end(j);
}

static void write_finding(struct json_out *j, const struct report *report,
                          const struct finding *finding, bool leads)
{
    json_out_object(j);
    json_out_key_string(j, "id", finding->id);
    json_out_key_string(j, "rule", finding->rule);
    json_out_key_string(j, "variant", finding->variant);
    json_out_key_string(j, "severity", finding_severity_names[finding->severity]);
    json_out_key_string(j, "confidence", finding_confidence_names[finding->confidence]);
    json_out_key_string(j, "condition", finding->condition);
    json_out_key_string(j, "title", finding->title);
    json_out_key_string(j, "scope", finding_scope_names[finding->scope]);
    json_out_key_string(j, "crate", finding->location.crate);
    write_place(j, "location", &finding->location);
    write_caller(j, &finding->caller);
    json_out_key_string(j, "what", finding->what);
    write_evidence(j, finding);
    json_out_key_string(j, "advice", finding->advice);
    json_out_key_string(j, "code", finding->code);
    write_saving(j, &finding->saving);
    json_out_key_string(j, "how", finding->how);
    json_out_key_string(j, "skill", finding->skill);
    json_out_key_string(j, "reference", finding->reference);
    if (leads) {
        write_together(j, finding);
        write_also(j, report, finding);
    }
    write_point(j, report, finding);
    json_out_end(j);
}

static void write_left_out(struct json_out *j, const struct report *report)
{
    struct report_counts counts = report_count(report);
    json_out_key(j, "findings_left_out");
    json_out_object_line(j);
    json_out_key_u64(j, "low", counts.low);
    json_out_key_u64(j, "info", counts.info);
    json_out_key_u64(j, "elsewhere", counts.elsewhere);
    json_out_end(j);
}

static void write_misses(struct json_out *j, const struct findings *findings)
{
    json_out_key(j, "nearest_misses");
    json_out_array(j);
    for (size_t i = 0; i < findings->miss_count; i++) {
        const struct finding_miss *miss = &findings->miss[i];
        json_out_object(j);
        json_out_key_string(j, "rule", miss->rule);
        write_place(j, "location", &miss->location);
        json_out_key_string(j, "what", miss->what);
        json_out_key_string(j, "lacks", miss->lacks);
        json_out_key_double(j, "closeness", miss->closeness);
        json_out_end(j);
    }
    json_out_end(j);
}

void report_json_findings(struct json_out *j, const struct report *report)
{
    const struct findings *findings = report->findings;
    const struct finding *finding;
    json_out_key(j, "findings");
    json_out_array(j);
    for (size_t at = 0; (finding = report_next(report, &at));)
        write_finding(j, report, finding, true);
    json_out_end(j);
    write_left_out(j, report);
    write_misses(j, findings);
    json_out_key(j, "rules_not_judged");
    json_out_array_line(j);
    for (size_t i = 0; findings->not_judged && findings->not_judged[i]; i++)
        json_out_string(j, findings->not_judged[i]);
    json_out_end(j);
}

/* ---- the program as a whole ---- */

static uint64_t whole_ns(double ns)
{
    return ns > 0 ? (uint64_t)ns : 0;
}

static void write_crate(struct json_out *j, const struct crate_sums *crate)
{
    json_out_object(j);
    json_out_key_string(j, "name", crate->name);
    json_out_key_string(j, "owner", ownership_name(crate->owner));
    json_out_key_u64(j, "ns", whole_ns(crate->ns));
    json_out_key_u64(j, "bytes", crate->bytes);
    json_out_key_u64(j, "blocks", crate->blocks);
    json_out_key_u64(j, "short_lived_blocks", crate->short_lived_blocks);
    json_out_key_u64(j, "reallocs", crate->reallocs);
    json_out_key_u64(j, "peak_bytes", crate->peak_bytes);
    json_out_key_u64(j, "end_bytes", crate->end_bytes);
    json_out_key_u64(j, "under_bytes", crate->under_bytes);
    json_out_key_u64(j, "under_blocks", crate->under_blocks);
    json_out_key_u64(j, "points", crate->points);
    json_out_end(j);
}

static void write_allocator(struct json_out *j, const struct allocator_verdict *verdict)
{
    json_out_key(j, "allocator");
    if (!verdict->key) {
        json_out_null(j);
        return;
    }
    json_out_object(j);
    json_out_key_string(j, "verdict", verdict->key);
    json_out_key_string(j, "sentence", verdict->verdict);
    json_out_key_string(j, "figures", verdict->figures);
    json_out_key_string(j, "advice", verdict->advice);
    json_out_key_u64(j, "calls", verdict->calls);
    json_out_key_u64(j, "ns", whole_ns(verdict->ns));
    json_out_key_double(j, "share", verdict->share);
    json_out_key_bool(j, "measured", verdict->measured);
    json_out_key_double(j, "top_share", verdict->top_share);
    json_out_key_u64(j, "edits_ns", verdict->edits_ns);
    json_out_key_double(j, "foreign_share", verdict->foreign_share);
    json_out_key_double(j, "cached_share", verdict->cached_share);
    json_out_key_u64(j, "most_live_blocks", verdict->most_live_blocks);
    json_out_key_u64(j, "threads", verdict->threads);
    json_out_key_u64(j, "spawned", verdict->spawned);
    json_out_end(j);
}

void report_json_program(struct json_out *j, const struct report *report)
{
    const struct crates *crates = &report->findings->crates;
    json_out_key(j, "crates");
    json_out_array(j);
    for (size_t i = 0; i < crates->count; i++)
        write_crate(j, &crates->list[i]);
    json_out_end(j);
    write_allocator(j, &report->findings->allocator);
}
