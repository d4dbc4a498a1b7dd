/* json_page.c - parts of the JSON report for a reader that shows source and has the profile
 * beside it: the viewer's page. Used by json.c and json_finding.c; json.c describes the schema.
 */
#include "analyzer/core/json_out.h"
#include "analyzer/core/source_line.h"
#include "analyzer/render/report.h"

#define SITES_WITH_SOURCE 300 /* of the most important: the others' source is seldom looked for */
#define NAME_ROOM 4096

static void write_lines(struct json_out *j, const struct source_lines *lines)
{
    json_out_key_u64(j, "first", lines->first);
    json_out_key_bool(j, "changed", lines->state == SOURCE_LINE_CHANGED);
    json_out_key(j, "lines");
    json_out_array_line(j);
    for (uint32_t i = 0; i < lines->count; i++)
        json_out_string(j, lines->line[i]);
    json_out_end(j);
}

void report_json_source(struct json_out *j, const struct profile *profile, const char *file,
                        uint32_t line)
{
    struct source_lines lines;
    source_lines_find(&lines, profile, file, line);
    json_out_key(j, "source");
    if (lines.state == SOURCE_LINE_NONE) {
        json_out_null(j);
    } else {
        json_out_object(j);
        write_lines(j, &lines);
        json_out_end(j);
    }
    source_lines_free(&lines);
}

static void write_site_source(struct json_out *j, const struct profile *profile,
                              const struct profile_frame *frame)
{
    struct source_lines lines;
    source_lines_find(&lines, profile, frame->file, frame->line);
    if (lines.state != SOURCE_LINE_NONE) {
        json_out_object(j);
        json_out_key_string(j, "file", frame->file);
        json_out_key_u64(j, "line", frame->line);
        write_lines(j, &lines);
        json_out_end(j);
    }
    source_lines_free(&lines);
}

static void write_sources(struct json_out *j, const struct report *report)
{
    const struct sites *sites = report->sites;
    json_out_key(j, "sources");
    json_out_array(j);
    for (uint32_t i = 0; i < sites->count && i < SITES_WITH_SOURCE; i++)
        if (sites->site[i].frame)
            write_site_source(j, report->profile, sites->site[i].frame);
    json_out_end(j);
}

static void write_crates(struct json_out *j, const struct profile *profile)
{
    json_out_key(j, "crate_of_frame");
    json_out_array_line(j);
    for (uint32_t i = 0; i < profile->frame_count; i++)
        json_out_string(j, i ? profile->frames[i].crate : "");
    json_out_end(j);
}

static void write_kinds(struct json_out *j, const struct profile *profile)
{
    json_out_key(j, "kind_of_frame");
    json_out_array_line(j);
    for (uint32_t i = 0; i < profile->frame_count; i++)
        json_out_string(j, i ? ownership_name(profile->frames[i].kind) : "");
    json_out_end(j);
}

static void write_line_frames(struct json_out *j, const struct sites *sites)
{
    json_out_key(j, "frame");
    json_out_array_line(j);
    for (uint32_t i = 0; i < sites->count; i++) {
        const struct profile_frame *frame = sites->site[i].frame;
        json_out_u64(j, frame ? (uint64_t)(frame - sites->profile->frames) : 0);
    }
    json_out_end(j);
}

static void write_line_functions(struct json_out *j, const struct sites *sites)
{
    char function[NAME_ROOM];
    json_out_key(j, "function");
    json_out_array_line(j);
    for (uint32_t i = 0; i < sites->count; i++) {
        site_function(sites->profile, &sites->site[i], function, sizeof(function));
        json_out_string(j, function);
    }
    json_out_end(j);
}

/* The lines that sites stand for, and which one each program point belongs to. */
static void write_site_lines(struct json_out *j, const struct sites *sites)
{
    json_out_key(j, "lines");
    json_out_object(j);
    write_line_frames(j, sites);
    write_line_functions(j, sites);
    json_out_key(j, "of_point");
    json_out_array_line(j);
    for (uint32_t i = 0; i < sites->profile->point_count; i++)
        json_out_u64(j, sites->of_point[i]);
    json_out_end(j);
    json_out_end(j);
}

void report_json_page(struct json_out *j, const struct report *report)
{
    write_sources(j, report);
    write_site_lines(j, report->sites);
    write_kinds(j, report->profile); /* --own changes what an own profile says */
    if (!report->profile->has_own)
        write_crates(j, report->profile);
}
