/* profile_write_own.c - writes the key "heapcoach": what DHAT's format has no place for.
 *
 * Called by profile_write after the points, whose sums it tells. The reader's tables in
 * profile_own.c name the same keys.
 */
#include "analyzer/core/carried.h"
#include "analyzer/core/own_cost.h"
#include "analyzer/core/profile_totals.h"
#include "analyzer/core/timed_costs.h"
#include "analyzer/core/timeline.h"
#include "analyzer/core/version.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void write_hex(struct json_out *j, const char *key, const struct rec_module *module)
{
    char hex[2 * sizeof(module->build_id) + 1] = "";
    for (unsigned i = 0; module && i < module->build_id_bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", module->build_id[i]);
    json_out_key_string(j, key, hex);
}

static void write_arguments(struct json_out *j, const struct recording *r)
{
    uint64_t length = r->header->command_bytes;
    const char *arguments = recording_text_bytes(r, r->header->command, &length);
    json_out_key(j, "args");
    json_out_array_line(j);
    for (uint64_t at = 0, first = 1; at < length; first = 0) {
        size_t n = strnlen(arguments + at, length - at);
        if (!first) /* the program's own name is no argument */
            json_out_bytes(j, arguments + at, n);
        at += n + 1;
    }
    json_out_end(j);
}

/* The program's own allocator, if it carries one, and whether not all of its calls were seen. */
static void write_allocator(struct json_out *j, const struct recording *r, const char *exe)
{
    bool whole;
    const char *allocator = carried_allocator_of(exe, &whole);
    if (!allocator && !r->header->carried)
        return;
    json_out_key_string(j, "allocator",
                        allocator ? allocator : recording_text(r, r->header->carried));
    if (allocator && !(whole && r->header->carried))
        json_out_key_bool(j, "allocator_in_part", true);
}

static void write_program(const struct profile_parts *parts, struct json_out *j)
{
    const struct recording *r = parts->recording;
    const struct frames *f = parts->frames;
    const struct frames_module *exe = f->exe == FRAMES_NO_MODULE ? NULL : &f->modules[f->exe];
    json_out_key(j, "program");
    json_out_object(j);
    json_out_key_string(j, "exe", recording_text(r, r->header->exe));
    write_arguments(j, r);
    json_out_key_string(j, "cwd", recording_text(r, r->header->cwd));
    json_out_key_u64(j, "pid", r->header->pid);
    json_out_key_u64(j, "start_unix_ns", r->header->start_unix_ns);
    double duration = (double)(r->end_ticks - r->header->start_ticks) * r->ns_per_tick;
    json_out_key_u64(j, "duration_ns", duration < 0x1p63 ? (uint64_t)duration : INT64_MAX);
    if (parts->cpu_ns) {
        json_out_key_u64(j, "cpu_ns", parts->cpu_ns);
        json_out_key_u64(j, "recorder_ns", own_cost_ns(r, parts->cpu_ns));
    }
    if (parts->page_faults)
        json_out_key_u64(j, "page_faults", parts->page_faults);
    write_hex(j, "build_id", exe ? exe->recorded : NULL);
    json_out_key_string(j, "rustc", exe ? exe->info.rustc : "");
    /* without symbols it cannot be known, nor of another file that has taken the program's place */
    write_allocator(j, r, exe && exe->info.symbols ? exe->path : "");
    json_out_key_bool(j, "lines", exe && exe->info.lines);
    json_out_key_bool(j, "symbols", exe && exe->info.symbols);
    if (exe && exe->info.knows_opt_level)
        json_out_key_bool(j, "opt_level_0", exe->info.opt_level_0);
    json_out_end(j);
}

static void write_totals(const struct profile_parts *parts, struct json_out *j,
                         const struct profile_totals_sum *t)
{
    uint64_t peak = parts->recording->header->max_bytes;
    uint64_t slack = parts->recording->header->slack_bytes;
    uint64_t error = peak > t->peak_bytes ? peak - t->peak_bytes : t->peak_bytes - peak;
    json_out_key(j, "totals");
    json_out_object(j);
    json_out_key_u64(j, "bytes", t->bytes);
    json_out_key_u64(j, "blocks", t->blocks);
    json_out_key_u64(j, "peak_bytes", peak);
    json_out_key_u64(j, "peak_blocks", t->peak_blocks);
    json_out_key_u64(j, "peak_error_bytes", error > slack ? error : slack);
    json_out_key_u64(j, "end_bytes", t->end_bytes);
    json_out_key_u64(j, "end_blocks", t->end_blocks);
    json_out_key_u64(j, "frees", t->frees);
    json_out_key_u64(j, "reallocs", t->reallocs);
    json_out_key_u64(j, "reallocs_moved", t->reallocs_moved);
    json_out_key_u64(j, "reallocs_remapped", t->reallocs_remapped);
    json_out_key_u64(j, "reallocs_shrunk", t->reallocs_shrunk);
    json_out_key_u64(j, "bytes_copied", t->bytes_copied);
    json_out_key_u64(j, "short_lived_blocks", (uint64_t)t->short_lived_blocks);
    json_out_key_u64(j, "life_allocs", t->life_allocs);
    json_out_end(j);
}

/* Of a sampled run: how, and how good the estimates are. Standard errors. Those of what is live
 * follow from the bytes alone: a sum of sampled sizes varies by no more than sample_bytes times
 * itself. */
static void write_sampling(const struct profile_parts *parts, struct json_out *j,
                           const struct profile_totals_sum *t)
{
    const struct rec_header *h = parts->recording->header;
    double mean = (double)h->sample_bytes;
    if (!h->sample_bytes)
        return;
    json_out_key(j, "sampling");
    json_out_object(j);
    json_out_key_u64(j, "bytes", h->sample_bytes);
    json_out_key_u64(j, "seed", h->sample_seed);
    json_out_key_u64(j, "sampled", t->sampled);
    json_out_key_u64(j, "reallocs", t->sampled_reallocs);
    json_out_key_u64(j, "reallocs_error", (uint64_t)sqrt(t->reallocs_variance));
    json_out_key_u64(j, "blocks_error", (uint64_t)sqrt(t->blocks_variance));
    json_out_key_u64(j, "bytes_error", (uint64_t)sqrt(t->bytes_variance));
    json_out_key_u64(j, "peak_bytes_error", (uint64_t)sqrt(mean * (double)t->peak_bytes));
    json_out_key_u64(j, "end_bytes_error", (uint64_t)sqrt(mean * (double)t->end_bytes));
    json_out_end(j);
}

/* Sums over the threads' sets. */
static struct rec_thread sum_threads(const struct recording *r)
{
    struct rec_thread sum = {0};
    for (uint32_t i = 1; i < r->header->count[REC_THREADS]; i++) {
        const struct rec_thread *t = &r->threads[i];
        if (!t->live)
            continue;
        sum.live++;
        sum.allocs += t->allocs;
        sum.walks_freed += t->walks_freed;
        sum.walks_joined += t->walks_joined;
        sum.walks_full += t->walks_full;
        sum.walks_slow += t->walks_slow;
        sum.walks_foreign += t->walks_foreign;
        sum.checked += t->checked;
        sum.check_differences += t->check_differences;
        sum.frees_unknown += t->frees_unknown;
        sum.blocks_overwritten += t->blocks_overwritten;
        sum.links_dropped += t->links_dropped;
        sum.missed_reentrant += t->missed_reentrant;
        sum.missed_no_room += t->missed_no_room;
        sum.owners += t->owners;
    }
    return sum;
}

static void write_walks(struct json_out *j, const struct recording *r, const struct rec_thread *sum)
{
    json_out_key(j, "walks");
    json_out_object_line(j);
    uint64_t walks = sum->allocs + sum->walks_freed;
    uint64_t walked = sum->walks_joined + sum->walks_full + sum->walks_slow;
    json_out_key_u64(j, "remembered", walks > walked ? walks - walked : 0);
    json_out_key_u64(j, "joined", sum->walks_joined);
    json_out_key_u64(j, "full", sum->walks_full);
    json_out_key_u64(j, "slow", sum->walks_slow);
    json_out_key_u64(j, "foreign", sum->walks_foreign);
    json_out_key_u64(j, "checked", sum->checked);
    json_out_key_u64(j, "differences", sum->check_differences);
    json_out_key_u64(j, "no_room", r->header->walks_no_room);
    json_out_end(j);
}

static void write_stacks(struct json_out *j, const struct profile_totals_sum *t)
{
    json_out_key(j, "stacks");
    json_out_object_line(j);
    json_out_key_u64(j, "whole", t->stacks_by_root[REC_ROOT_WHOLE]);
    json_out_key_u64(j, "cut_by_depth", t->stacks_by_root[REC_ROOT_DEPTH]);
    json_out_key_u64(j, "lost", t->stacks_by_root[REC_ROOT_LOST]);
    json_out_key_u64(j, "unrecorded", t->stacks_by_root[REC_ROOT_UNRECORDED]);
    json_out_end(j);
}

static void write_recorder(const struct profile_parts *parts, struct json_out *j,
                           const struct profile_totals_sum *t)
{
    const struct recording *r = parts->recording;
    const struct rec_header *h = r->header;
    struct rec_thread sum = sum_threads(r);
    bool sealed = h->state == REC_SEALED;
    json_out_key(j, "recorder");
    json_out_object(j);
    json_out_key_bool(j, "sealed", sealed);
    json_out_key_string(j, "end", sealed ? "exit" : "unknown");
    json_out_key_bool(j, "truncated", r->truncated);
    json_out_key_u64(j, "repaired", r->repaired);
    json_out_key_u64(j, "events_missed_early", h->missed_early);
    json_out_key_u64(j, "events_missed_reentrant", sum.missed_reentrant);
    json_out_key_u64(j, "events_missed_no_room", h->missed_no_room + sum.missed_no_room);
    json_out_key_u64(j, "frees_unknown", sum.frees_unknown);
    json_out_key_u64(j, "blocks_overwritten", sum.blocks_overwritten);
    json_out_key_u64(j, "handovers_dropped", sum.links_dropped);
    write_walks(j, r, &sum);
    write_stacks(j, t);
    json_out_key_u64(j, "memory_bytes", h->memory_bytes);
    json_out_key_u64(j, "table_bytes", h->table_bytes);
    json_out_key_u64(j, "recording_bytes", recording_used_bytes(r));
    json_out_key_u64(j, "sites", parts->points->count);
    json_out_key_u64(j, "nodes", h->count[REC_NODES]);
    json_out_key_u64(j, "threads", sum.owners);
    json_out_key_u64(j, "module_changes", h->module_changes);
    json_out_key_string(j, "out_of_room",
                        h->out_of_room ? strerror((int)(h->out_of_room & INT32_MAX)) : "");
    json_out_key_u64(j, "depth_limit", h->depth_limit);
    json_out_key(j, "clock");
    json_out_object_line(j);
    json_out_key_double(j, "unit_ns", r->ns_per_unit);
    json_out_end(j);
    json_out_end(j);
}

/* What real calls cost, without what timing them added, of each kind a list by log2 of the size:
 * [[bucket, calls, ns, slow calls, their ns], ...]; see rec_cost_bucket for what slow is. Names in
 * the order of enum rec_cost. */
static const char *const cost_names[REC_COSTS] = {"alloc", "free", "grow_in_place", "grow_moved"};

static struct rec_cost_bucket sum_costs(const struct recording *r, int kind, int b)
{
    struct rec_cost_bucket sum = {0, 0, 0, 0};
    for (uint32_t i = 1; i < r->header->count[REC_THREADS]; i++)
        if (r->threads[i].live)
            timed_costs_add(&sum, &r->threads[i].costs[kind][b]);
    return sum;
}

static void write_cost(struct json_out *j, const struct recording *r, int kind)
{
    json_out_key(j, cost_names[kind]);
    json_out_array_line(j);
    for (int b = 0; b < REC_COST_BUCKETS; b++) {
        struct rec_cost_bucket sum = sum_costs(r, kind, b);
        timed_costs_write(j, r, (uint64_t)b, &sum);
    }
    json_out_end(j);
}

static void write_costs(struct json_out *j, const struct recording *r)
{
    json_out_key(j, "costs");
    json_out_object(j);
    for (int kind = 0; kind < REC_COSTS; kind++)
        write_cost(j, r, kind);
    json_out_end(j);
}

static void write_modules(const struct profile_parts *parts, struct json_out *j)
{
    json_out_key(j, "modules");
    json_out_array(j);
    for (uint32_t i = 0; i < parts->frames->module_count; i++) {
        const struct frames_module *module = &parts->frames->modules[i];
        json_out_object_line(j);
        json_out_key_string(j, "path", module->path);
        write_hex(j, "build_id", module->recorded);
        json_out_key_bool(j, "lines", module->info.lines);
        json_out_key_bool(j, "symbols", module->info.symbols);
        json_out_key_string(j, "note", module->info.note);
        json_out_end(j);
    }
    json_out_end(j);
}

static void write_threads(struct json_out *j, const struct recording *r)
{
    json_out_key(j, "threads");
    json_out_array(j);
    for (uint32_t i = 1; i < r->header->count[REC_THREADS]; i++) {
        const struct rec_thread *thread = &r->threads[i];
        if (!thread->live)
            continue;
        json_out_object_line(j);
        json_out_key_u64(j, "tid", thread->tid);
        json_out_key(j, "name");
        json_out_bytes(j, thread->name, strnlen(thread->name, sizeof(thread->name)));
        json_out_key_u64(j, "owners", thread->owners);
        json_out_key_u64(j, "allocs", thread->allocs);
        json_out_key_u64(j, "frees", thread->frees);
        json_out_end(j);
    }
    json_out_end(j);
}

/* The peak's moment, of which the line itself may have only the neighbours. */
static void write_peak(const struct profile_parts *parts, struct json_out *j,
                       const struct profile_totals_sum *t)
{
    const struct rec_header *h = parts->recording->header;
    json_out_key(j, "peak");
    json_out_array_line(j);
    json_out_u64(j, profile_peak_us(parts->recording));
    json_out_u64(j, h->max_bytes);
    json_out_u64(j, t->peak_blocks);
    json_out_end(j);
}

static void write_timeline(const struct profile_parts *parts, struct json_out *j,
                           const struct profile_totals_sum *t)
{
    struct timeline_moment moments[TIMELINE_ROOM];
    struct rec_moment end = {t->end_bytes, t->end_blocks, t->bytes, t->blocks};
    uint32_t count = timeline_of(parts->recording, &end, moments);
    json_out_key(j, "timeline");
    json_out_object(j);
    json_out_key_u64(j, "unit_us", 1);
    json_out_key(j, "points");
    json_out_array(j);
    for (uint32_t i = 0; i < count; i++) {
        json_out_array_line(j);
        json_out_u64(j, moments[i].us);
        json_out_u64(j, moments[i].had.live_bytes);
        json_out_u64(j, moments[i].had.live_blocks);
        json_out_u64(j, moments[i].had.total_bytes);
        json_out_u64(j, moments[i].had.total_blocks);
        json_out_end(j);
    }
    json_out_end(j);
    write_peak(parts, j, t);
    json_out_end(j);
}

static void write_text(const struct frames *f, struct json_out *j, const char *key, uint32_t text)
{
    if (*frames_text(f, text))
        json_out_key_string(j, key, frames_text(f, text));
}

static void write_frame(const struct frames *f, struct json_out *j, const struct frame *frame)
{
    json_out_object_line(j);
    write_text(f, j, "fn", frame->function);
    write_text(f, j, "file", frame->file);
    profile_write_nonzero(j, "line", frame->line);
    profile_write_nonzero(j, "col", frame->column);
    profile_write_nonzero(j, "inl", frame->inlined);
    profile_write_nonzero(j, "jumped", frame->jumped);
    if (frame->module != FRAMES_NO_MODULE)
        json_out_key_u64(j, "mod", frame->module);
    profile_write_nonzero(j, "addr", frame->address);
    write_text(f, j, "name", frame->name);
    write_text(f, j, "crate", frame->crate);
    json_out_key_string(j, "kind", ownership_name(frame->owner));
    json_out_end(j);
}

static void write_frames(const struct frames *f, struct json_out *j,
                         const struct profile_totals_sum *totals)
{
    json_out_key(j, "frames");
    json_out_array(j);
    json_out_null(j); /* the root */
    for (uint32_t i = 1; i < f->count; i++)
        if (totals->frame_number[i])
            write_frame(f, j, &f->list[i]);
    json_out_end(j);
}

static const char *const link_kinds[] = {
    [REC_LINK_GREW] = "grew", [REC_LINK_HANDOVER] = "handover", [REC_LINK_FREED] = "freed"};

static void write_link(const struct profile_parts *parts, struct json_out *j,
                       const struct link_part *pair, const struct rec_link *sum,
                       const uint64_t *to_hist, const struct profile_totals_sum *totals)
{
    uint32_t from = points_of_stack(parts->points, pair->from),
             to = points_of_stack(parts->points, pair->to);
    json_out_object_line(j);
    json_out_key_string(j, "kind", link_kinds[sum->kind]);
    json_out_key_u64(j, "from", from);
    if (to != POINTS_NONE) {
        json_out_key_u64(j, "to", to);
    } else {
        json_out_key(j, "to_fs");
        profile_write_stack(parts, j, pair->to, totals);
    }
    json_out_key_u64(j, "n", sum->n);
    profile_write_nonzero(j, "bytes", sum->bytes);
    profile_write_nonzero(j, "to_bytes", sum->to_bytes);
    profile_write_nonzero(j, "moved", sum->moved);
    profile_write_nonzero(j, "final_max", sum->final_max);
    profile_write_hist(j, "to_hist", to_hist);
    json_out_end(j);
}

static void write_links(const struct profile_parts *parts, struct json_out *j,
                        const struct profile_totals_sum *totals)
{
    const struct links *links = parts->links;
    json_out_key(j, "links");
    json_out_array(j);
    for (uint32_t i = 0; i < links->count;) {
        struct rec_link sum;
        uint64_t to_hist[REC_BUCKETS];
        const struct link_part *pair = &links->parts[i];
        i = links_sum(links, parts->recording, i, &sum, to_hist);
        /* A killed program may leave a link from a site that has no block yet. */
        if (points_of_stack(parts->points, pair->from) != POINTS_NONE)
            write_link(parts, j, pair, &sum, to_hist, totals);
    }
    json_out_end(j);
}

void profile_write_own(const struct profile_parts *parts, struct json_out *j,
                       const struct profile_totals_sum *totals)
{
    json_out_object(j);
    json_out_key_string(j, "schema", "heapcoach-profile/1");
    json_out_key_string(j, "version", HEAPCOACH_VERSION);
    write_program(parts, j);
    write_totals(parts, j, totals);
    write_sampling(parts, j, totals);
    write_recorder(parts, j, totals);
    write_costs(j, parts->recording);
    write_modules(parts, j);
    write_threads(j, parts->recording);
    write_timeline(parts, j, totals);
    write_frames(parts->frames, j, totals);
    write_links(parts, j, totals);
    json_out_end(j);
}
