/* json.c - the report for programs. Called by `heapcoach report --format json`.
 *
 * SCHEMA heapcoach-report/1. Keys are only ever added to it; a change of meaning makes it
 * /2. Numbers are non-negative integers but for shares and closeness; sizes in bytes. Texts are
 * UTF-8, "" when unknown; they are data: whoever shows them escapes them.
 *
 *   schema      "heapcoach-report/1"
 *   profile     path of the profile
 *   program     exe, args[], command (one line), cwd, pid, build_id, rustc, lines (has line
 *               numbers), start_unix_ns, duration_ns; of a profile of others what it says
 *   totals      bytes, blocks, peak_bytes, peak_blocks, peak_error_bytes, end_bytes,
 *               end_blocks, frees, reallocs, reallocs_moved, reallocs_remapped,
 *               reallocs_shrunk, bytes_copied, short_lived_blocks, and the end and the peak in
 *               the profile's time unit: end_time, peak_time, time_unit
 *   sites[]     each line of the user's that allocates, those that matter most first:
 *     location  {function, file, line}: the line to look at; the function without generic arguments
 *     basis     "own", "dependency", "std", "address" (stripped: function is FILE+0xADDRESS),
 *               "other" or "none": whose frame `location` is
 *     crate     of the location
 *     via[]     the folded functions that the line calls, most bytes first: {function
 *               ("Vec::push", "" for the line itself), bytes, blocks}
 *     inside    {crate, function, file, line}: the innermost dependency frame that was folded; only
 *               where there is one
 *     bytes, blocks, peak_bytes, peak_blocks, end_bytes, end_blocks, short_lived_blocks,
 *     reallocs, reallocs_moved, bytes_copied, births, freed_elsewhere
 *     lifetime  sum of the lifetimes of its blocks, in time_unit
 *     points    how many stacks (program points) end in this line
 *     rank      {bytes, blocks, peak_bytes, short_lived_blocks}: 1 has most; 0: has none
 *     stack[]   the stack with the most bytes, innermost first: function, file, line, crate,
 *               kind ("user", "dep", "std", "rt", "libc", "hook", "none"), module, inlined
 *   findings[]  advice, what saves most time first; those of severity low and info, and those of
 *               other crates than asked for, only on demand:
 *     id        "growth-1a2b3c4d": the same in every run while rule, function and file stay
 *     rule      its id, as `heapcoach explain` takes it; variant: of the rule, or ""
 *     severity  "high", "medium", "low", "info"
 *     confidence  "high", "medium", "low"; condition: under which it holds ("if you only read it")
 *     title     what is wrong, in a line
 *     scope     whose line it is: "own", "dependency", "runtime", "program" (no line)
 *     crate     of the location
 *     location  {function, file, line}; caller: the same of who called it, or null
 *     what      what happens, in numbers
 *     evidence  {...} what was counted; keys and their order are the rule's, with their unit
 *     advice    what to do instead; code in it stands between `backticks`, as in Markdown
 *     code      Rust with the measured figure in it, lines end in \n
 *     saving    {calls, bytes, bytes_copied, peak_bytes, ns, share}: of this run; share of its
 *               time, 0 with --costs usual
 *     how       the reckoning of ns
 *     skill, reference  where to read on: section of the performance skill, chapter of the book
 *     together  {ns, share}: the saving with those in also[] that are about other blocks; null:
 *               there are none
 *     also[]    further findings at the same line, with the same keys but for `together` and `also`
 *     point     the program point where it happens most: index in the profile's pps, or null
 *     stack[]   its stack, as of a site
 *   findings_left_out  {low, info, elsewhere}: how many of each; elsewhere: of other crates
 *   nearest_misses[]   what almost was advice: rule, location, what, lacks, closeness (below 1:
 *               part of the threshold that was reached)
 *   rules_not_judged[]  ids of rules whose data the profile lacks
 *   crates[]    every crate that asks for memory: name, owner (as `kind` of a frame), ns (that
 *               its calls took; 0: not known), bytes, blocks, short_lived_blocks, reallocs,
 *               peak_bytes, end_bytes, under_bytes and under_blocks (what passes through it),
 *               points
 *   allocator   verdict ("unknown", "light", "lines-first", "no-lines", "cached", "small-heap",
 *               "short-threads", "try", "other"), sentence, figures, advice, calls, ns, share,
 *               measured, top_share, edits_ns, foreign_share, cached_share, most_live_blocks,
 *               threads, spawned; null: nobody judged
 *   sampling    null: every event is counted. Else all figures are estimates: bytes (one sample in
 *               so many), seed, sampled (blocks), reallocs (of totals.blocks), and the standard
 *               errors reallocs_error, blocks_error, bytes_error, peak_bytes_error, end_bytes_error
 *   recorder    the honesty block, null for a profile of others: sealed, end, events_missed {early,
 *               reentrant, no_room, total}, frees_unknown, handovers_dropped, blocks_overwritten,
 *               walks {remembered, joined, full, slow, foreign, checked, differences, no_room},
 *               stacks {whole, cut_by_depth, lost, unrecorded}, truncated, repaired, memory_bytes,
 *               table_bytes, recording_bytes, sites, nodes, threads, module_changes, out_of_room,
 *               depth_limit
 *   warnings[]  what a reader should be told, in words
 *
 * For the page (struct report.page), which has the profile beside it: sites[] is empty; a finding
 * has no stack[] but `source`, {first, changed, lines[]} around its line, or null; and there are
 *   sources[]   the same, with file and line, for the lines that matter most
 *   lines       {frame[], function[]} of each line that is a site, the number of its frame in ftbl
 *               (0: it has none) and its name; {of_point[]} the line of each program point
 *   kind_of_frame[]  by number in ftbl; crate_of_frame[]  the same, of a profile of others only
 */
#include "analyzer/core/json_out.h"
#include "analyzer/core/vias.h"
#include "analyzer/render/formats.h"
#include "analyzer/render/sampling.h"
#include "analyzer/render/report.h"

#define SCHEMA "heapcoach-report/1"
#define NAME_ROOM 4096

static const char *const basis_texts[] = {
    [USER_FRAME_OWN] = "own",         [USER_FRAME_DEP] = "dependency", [USER_FRAME_STD] = "std",
    [USER_FRAME_ADDRESS] = "address", [USER_FRAME_OTHER] = "other",    [USER_FRAME_NONE] = "none",
};

static void write_program(struct json_out *j, const struct profile_program *program)
{
    json_out_key(j, "program");
    json_out_object(j);
    json_out_key_string(j, "exe", program->exe);
    json_out_key(j, "args");
    json_out_array_line(j);
    for (uint32_t i = 0; i < program->arg_count; i++)
        json_out_string(j, program->args[i]);
    json_out_end(j);
    json_out_key_string(j, "command", program->command);
    json_out_key_string(j, "cwd", program->cwd);
    json_out_key_u64(j, "pid", program->pid);
    json_out_key_string(j, "build_id", program->build_id);
    json_out_key_string(j, "rustc", program->rustc);
    if (*program->allocator)
        json_out_key_string(j, "allocator", program->allocator);
    if (program->allocator_in_part)
        json_out_key_bool(j, "allocator_in_part", true);
    json_out_key_bool(j, "lines", program->lines);
    json_out_key_u64(j, "start_unix_ns", program->start_unix_ns);
    json_out_key_u64(j, "duration_ns", program->duration_ns);
    json_out_end(j);
}

static void write_totals(struct json_out *j, const struct profile *profile)
{
    const struct profile_totals *t = &profile->totals;
    json_out_key(j, "totals");
    json_out_object(j);
    json_out_key_u64(j, "bytes", t->bytes);
    json_out_key_u64(j, "blocks", t->blocks);
    json_out_key_u64(j, "peak_bytes", t->peak_bytes);
    json_out_key_u64(j, "peak_blocks", t->peak_blocks);
    json_out_key_u64(j, "peak_error_bytes", t->peak_error_bytes);
    json_out_key_u64(j, "end_bytes", t->end_bytes);
    json_out_key_u64(j, "end_blocks", t->end_blocks);
    json_out_key_u64(j, "frees", t->frees);
    json_out_key_u64(j, "reallocs", t->reallocs);
    json_out_key_u64(j, "reallocs_moved", t->reallocs_moved);
    json_out_key_u64(j, "reallocs_remapped", t->reallocs_remapped);
    json_out_key_u64(j, "reallocs_shrunk", t->reallocs_shrunk);
    json_out_key_u64(j, "bytes_copied", t->bytes_copied);
    json_out_key_u64(j, "short_lived_blocks", t->short_lived_blocks);
    json_out_key_u64(j, "end_time", profile->end_time);
    json_out_key_u64(j, "peak_time", profile->peak_time);
    json_out_key_string(j, "time_unit", profile->time_unit);
    json_out_end(j);
}

static void write_place(struct json_out *j, const struct profile_frame *frame)
{
    json_out_key_string(j, "function", frame->function);
    json_out_key_string(j, "file", frame->file);
    json_out_key_u64(j, "line", frame->line);
}

/* The metrics that sites are ranked by, and their ranks. */
static void write_metrics(struct json_out *j, const struct site *site)
{
    for (int m = 0; m < SITE_METRIC_COUNT; m++)
        json_out_key_u64(j, site_metric_keys[m], site->metric[m]);
    json_out_key_u64(j, "peak_blocks", site->peak_blocks);
    json_out_key_u64(j, "end_bytes", site->end_bytes);
    json_out_key_u64(j, "end_blocks", site->end_blocks);
    json_out_key_u64(j, "reallocs", site->reallocs);
    json_out_key_u64(j, "reallocs_moved", site->reallocs_moved);
    json_out_key_u64(j, "bytes_copied", site->bytes_copied);
    json_out_key_u64(j, "births", site->births);
    json_out_key_u64(j, "freed_elsewhere", site->freed_elsewhere);
    json_out_key_u64(j, "lifetime", site->life);
    json_out_key_u64(j, "points", site->points);
    json_out_key(j, "rank");
    json_out_object_line(j);
    for (int m = 0; m < SITE_METRIC_COUNT; m++)
        json_out_key_u64(j, site_metric_keys[m], site->rank[m]);
    json_out_end(j);
}

static void write_inside(struct json_out *j, const struct profile *profile, const struct site *site)
{
    if (site->top_user.dep == PROFILE_NONE)
        return;
    const struct profile_frame *frame =
        &profile->frames[profile->points[site->top].stack[site->top_user.dep]];
    json_out_key(j, "inside");
    json_out_object_line(j);
    json_out_key_string(j, "crate", frame->crate);
    write_place(j, frame);
    json_out_end(j);
}

static void write_vias(struct json_out *j, const struct sites *sites, const struct site *site)
{
    struct via vias[VIAS_MAX];
    size_t count = vias_of(sites, site, vias);
    json_out_key(j, "via");
    json_out_array(j);
    for (size_t i = 0; i < count; i++) {
        json_out_object_line(j);
        json_out_key_string(j, "function", vias[i].name);
        json_out_key_u64(j, "bytes", vias[i].bytes);
        json_out_key_u64(j, "blocks", vias[i].blocks);
        json_out_end(j);
    }
    json_out_end(j);
}

static void write_site(struct json_out *j, const struct sites *sites, const struct site *site)
{
    const struct profile *profile = sites->profile;
    char function[NAME_ROOM];
    json_out_object(j);
    json_out_key(j, "location");
    json_out_object_line(j);
    site_function(profile, site, function, sizeof(function));
    json_out_key_string(j, "function", function);
    json_out_key_string(j, "file", site->frame ? site->frame->file : "");
    json_out_key_u64(j, "line", site->frame ? site->frame->line : 0);
    json_out_end(j);
    json_out_key_string(j, "basis", basis_texts[site->basis]);
    json_out_key_string(j, "crate", site->frame ? site->frame->crate : "");
    write_vias(j, sites, site);
    write_inside(j, profile, site);
    write_metrics(j, site);
    report_json_stack(j, profile, site->top);
    json_out_end(j);
}

static void write_walks(struct json_out *j, const struct profile_recorder *r)
{
    json_out_key(j, "walks");
    json_out_object_line(j);
    json_out_key_u64(j, "remembered", r->walks.remembered);
    json_out_key_u64(j, "joined", r->walks.joined);
    json_out_key_u64(j, "full", r->walks.full);
    json_out_key_u64(j, "slow", r->walks.slow);
    json_out_key_u64(j, "foreign", r->walks.foreign);
    json_out_key_u64(j, "checked", r->walks.checked);
    json_out_key_u64(j, "differences", r->walks.differences);
    json_out_key_u64(j, "no_room", r->walks.no_room);
    json_out_end(j);
    json_out_key(j, "stacks");
    json_out_object_line(j);
    json_out_key_u64(j, "whole", r->stacks.whole);
    json_out_key_u64(j, "cut_by_depth", r->stacks.cut_by_depth);
    json_out_key_u64(j, "lost", r->stacks.lost);
    json_out_key_u64(j, "unrecorded", r->stacks.unrecorded);
    json_out_end(j);
}

static void write_missed(struct json_out *j, const struct profile_recorder *r)
{
    json_out_key(j, "events_missed");
    json_out_object_line(j);
    json_out_key_u64(j, "early", r->missed_early);
    json_out_key_u64(j, "reentrant", r->missed_reentrant);
    json_out_key_u64(j, "no_room", r->missed_no_room);
    json_out_key_u64(j, "total", r->missed_early + r->missed_reentrant + r->missed_no_room);
    json_out_end(j);
}

/* null: every event is counted. */
static void write_sampling(struct json_out *j, const struct profile *profile)
{
    const struct profile_sampling *s = &profile->sampling;
    json_out_key(j, "sampling");
    if (!s->bytes) {
        json_out_null(j);
        return;
    }
    json_out_object(j);
    json_out_key_u64(j, "bytes", s->bytes);
    json_out_key_u64(j, "seed", s->seed);
    json_out_key_u64(j, "sampled", s->sampled);
    json_out_key_u64(j, "reallocs", s->reallocs);
    json_out_key_u64(j, "reallocs_error", s->reallocs_error);
    json_out_key_u64(j, "blocks_error", s->blocks_error);
    json_out_key_u64(j, "bytes_error", s->bytes_error);
    json_out_key_u64(j, "peak_bytes_error", s->peak_bytes_error);
    json_out_key_u64(j, "end_bytes_error", s->end_bytes_error);
    json_out_end(j);
}

static void write_recorder(struct json_out *j, const struct profile *profile)
{
    const struct profile_recorder *r = &profile->recorder;
    json_out_key(j, "recorder");
    if (!profile->has_own) {
        json_out_null(j);
        return;
    }
    json_out_object(j);
    json_out_key_bool(j, "sealed", r->sealed);
    json_out_key_string(j, "end", r->end);
    json_out_key_bool(j, "truncated", r->truncated);
    json_out_key_u64(j, "repaired", r->repaired);
    write_missed(j, r);
    json_out_key_u64(j, "frees_unknown", r->frees_unknown);
    json_out_key_u64(j, "handovers_dropped", r->handovers_dropped);
    json_out_key_u64(j, "blocks_overwritten", r->blocks_overwritten);
    write_walks(j, r);
    json_out_key_u64(j, "memory_bytes", r->memory_bytes);
    json_out_key_u64(j, "table_bytes", r->table_bytes);
    json_out_key_u64(j, "recording_bytes", r->recording_bytes);
    json_out_key_u64(j, "sites", r->sites);
    json_out_key_u64(j, "nodes", r->nodes);
    json_out_key_u64(j, "threads", r->threads);
    json_out_key_u64(j, "module_changes", r->module_changes);
    json_out_key_string(j, "out_of_room", r->out_of_room);
    json_out_key_u64(j, "depth_limit", r->depth_limit);
    json_out_end(j);
}

static void write_warnings(struct json_out *j, const struct profile *profile)
{
    char text[SAMPLING_ROOM];
    json_out_key(j, "warnings");
    json_out_array(j);
    if (profile->sampling.bytes) {
        sampling_text(profile, text, sizeof(text));
        json_out_string(j, text);
        json_out_string(j, "sampled: findings that need every event (growth, reuse, blocks alive "
                           "at once) are not judged");
    }
    if (!profile->has_own)
        json_out_string(j, "not heapcoach's own recording: reallocs, copied bytes and single "
                           "lifetimes are unknown");
    if (profile->repeated_points)
        json_out_string(j, "some stacks occur twice; DHAT's own viewer will refuse this file");
    if (profile->program.opt_level_0)
        json_out_string(j, "built without optimisation: figures mislead");
    if (!profile->program.lines)
        json_out_string(j, "the program has no line numbers: build with debug = "
                           "\"line-tables-only\" in [profile.release]");
    json_out_end(j);
}

static int write_json(const struct report *report, FILE *stream)
{
    const struct profile *profile = report->profile;
    uint32_t shown = sites_that_matter(report->sites, report->top);
    struct json_out j;
    json_out_init(&j, stream, 2);
    json_out_object(&j);
    json_out_key_string(&j, "schema", SCHEMA);
    json_out_key_string(&j, "profile", profile->path);
    write_program(&j, &profile->program);
    write_totals(&j, profile);
    json_out_key(&j, "sites");
    json_out_array(&j);
    for (uint32_t i = 0; i < shown && !report->page; i++)
        if (report_shows_site(report, &report->sites->site[i]))
            write_site(&j, report->sites, &report->sites->site[i]);
    json_out_end(&j);
    report_json_findings(&j, report);
    report_json_program(&j, report);
    if (report->page)
        report_json_page(&j, report);
    write_sampling(&j, profile);
    write_recorder(&j, profile);
    write_warnings(&j, profile);
    json_out_end(&j);
    return json_out_close(&j);
}

const struct report_format report_format_json = {
    .name = "json",
    .summary = "for programs; schema " SCHEMA,
    .top = 0,
    .write = write_json,
};
