/* profile_builder.c - see profile_builder.h.
 */
#include "tests/unit/profile_builder.h"

#include <assert.h>
#include <string.h>

#define EXE "/build/app"
#define SOURCE "/home/me/app/src/main.rs"
#define CALLER_LINE 100
#define FREE_LINES 1000 /* added to a line to free at: another line of the same function */

/* ---- frames ---- */

static uint32_t new_frame(struct profile_builder *b)
{
    assert(b->profile.frame_count < PB_FRAMES);
    struct profile_frame *frame = &b->frames[b->profile.frame_count];
    *frame = (struct profile_frame){
        .text = "", .function = "", .name = "", .file = "", .crate = "", .object = EXE};
    frame->address = b->next_address += 16;
    return b->profile.frame_count++;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

uint32_t pb_frame(struct profile_builder *b, const struct stack_frame *from)
{
    uint32_t index = new_frame(b);
    struct profile_frame *frame = &b->frames[index];
    frame->function = or_empty(from->function);
    frame->name = or_empty(from->name);
    frame->file = or_empty(from->file);
    frame->crate = or_empty(from->crate);
    frame->line = from->line;
    frame->kind = from->kind;
    frame->inlined = from->inlined;
    return index;
}

uint32_t pb_user_frame(struct profile_builder *b, const char *function, uint32_t line)
{
    for (uint32_t i = 1; i < b->profile.frame_count; i++)
        if (b->frames[i].kind == OWNER_USER && b->frames[i].line == line &&
            strcmp(b->frames[i].function, function) == 0)
            return i;
    return pb_frame(b, &(struct stack_frame){OWNER_USER, function, "", SOURCE, line, "app", false});
}

/* The frame of the interposed function. */
static uint32_t hook_frame(struct profile_builder *b, const char *hook)
{
    for (uint32_t i = 1; i < b->profile.frame_count; i++)
        if (b->frames[i].kind == OWNER_HOOK && strcmp(b->frames[i].function, hook) == 0)
            return i;
    uint32_t index = new_frame(b);
    b->frames[index].kind = OWNER_HOOK;
    b->frames[index].function = hook;
    b->frames[index].object = "/build/libheapcoach.so";
    return index;
}

/* ---- points ---- */

static uint32_t add_point(struct profile_builder *b, const char *hook)
{
    assert(b->profile.point_count < PB_POINTS && !b->built);
    uint32_t index = b->profile.point_count++;
    b->points[index] = (struct profile_point){.stack = b->stacks[index], .own = &b->own[index]};
    b->own[index] = (struct profile_own){.function = hook, .end = "whole"};
    return index;
}

static void push(struct profile_builder *b, uint32_t point, uint32_t frame)
{
    struct profile_point *p = &b->points[point];
    assert(p->depth < PB_STACK);
    b->stacks[point][p->depth++] = frame;
}

uint32_t pb_point_of(struct profile_builder *b, const char *hook, const uint32_t *frames,
                     uint32_t count)
{
    uint32_t point = add_point(b, hook);
    push(b, point, hook_frame(b, hook));
    for (uint32_t i = 0; i < count; i++)
        push(b, point, frames[i]);
    return point;
}

uint32_t pb_point_in(struct profile_builder *b, const char *hook, const struct stack_frame *via,
                     const char *function, uint32_t line, const uint32_t *outer, uint32_t count)
{
    uint32_t point = add_point(b, hook);
    push(b, point, hook_frame(b, hook));
    for (; via && via->function; via++)
        push(b, point, pb_frame(b, via));
    b->user_place[point] = b->points[point].depth;
    push(b, point, pb_user_frame(b, function, line));
    for (uint32_t i = 0; i < count; i++)
        push(b, point, outer[i]);
    return point;
}

uint32_t pb_point(struct profile_builder *b, const char *hook, const struct stack_frame *via,
                  const char *function, uint32_t line)
{
    uint32_t outer = pb_user_frame(b, "app::main", CALLER_LINE);
    return pb_point_in(b, hook, via, function, line, &outer, 1);
}

struct profile_point *pb_get(struct profile_builder *b, uint32_t point)
{
    assert(point < b->profile.point_count);
    return &b->points[point];
}

struct profile_own *pb_own(struct profile_builder *b, uint32_t point)
{
    assert(point < b->profile.point_count);
    return &b->own[point];
}

/* ---- histograms ---- */

static uint32_t bucket_of(uint64_t value)
{
    return value ? 63u - (uint32_t)__builtin_clzll(value) : 0;
}

/* Adds to a histogram, whose bars are written anew, rising. */
static void add_bar(struct profile_builder *b, struct profile_hist *hist, uint32_t bucket,
                    uint64_t count)
{
    struct profile_bar *bars = &b->bars[b->bar_count];
    uint32_t n = 0, i = 0;
    if (!count)
        return;
    assert(b->bar_count + hist->count + 1 <= PB_BARS);
    while (i < hist->count && hist->bars[i].bucket < bucket)
        bars[n++] = hist->bars[i++];
    bars[n] = (struct profile_bar){bucket, count};
    if (i < hist->count && hist->bars[i].bucket == bucket)
        bars[n].count += hist->bars[i++].count;
    n++;
    while (i < hist->count)
        bars[n++] = hist->bars[i++];
    *hist = (struct profile_hist){bars, n};
    b->bar_count += n;
}

/* ---- counters ---- */

static const struct profile_share first_thread = {0, 1};

void pb_births(struct profile_builder *b, uint32_t point, uint64_t n, uint64_t bytes)
{
    struct profile_point *p = pb_get(b, point);
    struct profile_own *own = pb_own(b, point);
    p->total_blocks += n;
    p->total_bytes += n * bytes;
    p->end_blocks += n;
    p->end_bytes += n * bytes;
    own->size_min = !own->births || bytes < own->size_min ? bytes : own->size_min;
    own->size_max = bytes > own->size_max ? bytes : own->size_max;
    own->births += n;
    if (!own->most_blocks)
        own->most_blocks = 1;
    own->threads = &first_thread;
    own->thread_count = 1;
    add_bar(b, &own->sizes, bucket_of(bytes), n);
}

/* Their bytes go in proportion to what is still there. */
static void take_away(struct profile_point *p, uint64_t n)
{
    assert(n <= p->end_blocks);
    uint64_t bytes =
        p->end_blocks ? (uint64_t)((double)p->end_bytes * (double)n / (double)p->end_blocks) : 0;
    p->end_blocks -= n;
    p->end_bytes -= bytes;
    if (!p->end_blocks)
        p->end_bytes = 0;
}

void pb_freed(struct profile_builder *b, uint32_t point, uint64_t n, uint64_t allocs)
{
    struct profile_own *own = pb_own(b, point);
    take_away(pb_get(b, point), n);
    own->freed += n;
    own->life_allocs += n * allocs;
    add_bar(b, &own->life_allocs_hist, bucket_of(allocs), n);
    add_bar(b, &own->life_units_hist, 0, n);
}

void pb_freed_all(struct profile_builder *b, uint32_t point, uint64_t allocs)
{
    pb_freed(b, point, pb_get(b, point)->end_blocks, allocs);
}

void pb_freed_elsewhere(struct profile_builder *b, uint32_t point, uint64_t n)
{
    struct profile_own *own = pb_own(b, point);
    take_away(pb_get(b, point), n);
    own->freed += n;
    own->freed_elsewhere += n;
    add_bar(b, &own->life_units_hist, 4, n);
}

void pb_live(struct profile_builder *b, uint32_t point, uint64_t most)
{
    struct profile_point *p = pb_get(b, point);
    struct profile_own *own = pb_own(b, point);
    own->most_blocks = most;
    p->max_blocks = p->peak_blocks = most;
    p->max_bytes = p->peak_bytes = own->births ? p->total_bytes / p->total_blocks * most : 0;
}

/* ---- growth ---- */

static struct profile_link *new_link(struct profile_builder *b, enum profile_link_kind kind,
                                     uint32_t from)
{
    assert(b->profile.link_count < PB_LINKS && !b->built);
    struct profile_link *link = &b->links[b->profile.link_count++];
    *link = (struct profile_link){.kind = kind, .from = from, .to = PROFILE_NONE};
    return link;
}

void pb_growth(struct profile_builder *b, uint32_t point, uint64_t chains, uint32_t steps,
               uint64_t first)
{
    struct profile_point *p = pb_get(b, point);
    struct profile_own *own = pb_own(b, point);
    struct profile_growth *g = &own->growth;
    struct profile_link *link = new_link(b, PROFILE_GREW, point);
    uint64_t final = first << steps;
    own->has_growth = true;
    g->chains += chains;
    g->steps += chains * steps;
    g->first_bytes += chains * first;
    g->final_bytes += chains * final;
    g->peak_bytes += chains * final;
    g->final_max = final > g->final_max ? final : g->final_max;
    add_bar(b, &g->steps_hist, steps < 31 ? steps : 31, chains);
    add_bar(b, &g->first_hist, bucket_of(first), chains);
    add_bar(b, &g->final_hist, bucket_of(final), chains);
    own->reallocs += chains * steps;
    p->total_blocks += chains * steps;
    link->to = point;
    link->n = chains * steps;
    for (uint32_t k = 1; k <= steps; k++) {
        p->total_bytes += chains * (first << k);
        link->to_bytes += chains * (first << k);
        link->bytes += chains * (first << (k - 1));
        add_bar(b, &link->to_hist, bucket_of(first << k), chains);
    }
    link->final_max = final;
}

void pb_moved(struct profile_builder *b, uint32_t point, uint64_t n, uint64_t copied)
{
    struct profile_own *own = pb_own(b, point);
    own->reallocs_moved += n;
    own->bytes_copied += copied;
    own->growth.moved += n;
    own->growth.copied += copied;
}

void pb_shrunk(struct profile_builder *b, uint32_t point, uint64_t n, uint64_t bytes)
{
    struct profile_point *p = pb_get(b, point);
    struct profile_own *own = pb_own(b, point);
    struct profile_growth *g = &own->growth;
    uint64_t born = own->size_max;
    own->has_growth = true;
    own->reallocs += n;
    own->reallocs_shrunk += n;
    p->total_blocks += n;
    p->total_bytes += n * bytes;
    g->chains += n;
    g->shrink_steps += n;
    g->first_bytes += n * born;
    g->final_bytes += n * bytes;
    g->peak_bytes += n * born;
    g->final_max = born > g->final_max ? born : g->final_max;
    add_bar(b, &g->steps_hist, 0, n);
    add_bar(b, &g->first_hist, bucket_of(born), n);
    add_bar(b, &g->final_hist, bucket_of(born), n);
}

void pb_handover(struct profile_builder *b, uint32_t from, uint32_t to, uint64_t n,
                 uint64_t from_bytes, uint64_t to_bytes)
{
    struct profile_link *link = new_link(b, PROFILE_HANDOVER, from);
    link->to = to;
    link->n = n;
    link->bytes = n * from_bytes;
    link->to_bytes = n * to_bytes;
    link->final_max = to_bytes;
    add_bar(b, &link->to_hist, bucket_of(to_bytes), n);
}

void pb_series(struct profile_builder *b, uint32_t point, const uint64_t blocks[PROFILE_SERIES])
{
    struct profile_own *own = pb_own(b, point);
    struct profile_series *series = &b->series[point];
    uint64_t each = own->births ? pb_get(b, point)->total_bytes / own->births : 0;
    *series = (struct profile_series){.unit_us = 6250, .count = PROFILE_SERIES};
    for (int i = 0; i < PROFILE_SERIES; i++) {
        series->blocks[i] = blocks[i];
        series->bytes[i] = blocks[i] * each;
    }
    own->series = series;
}

/* ---- frees ---- */

static const char *own_text(struct profile_builder *b, const char *before, const char *text,
                            const char *after)
{
    char *copy = arena_alloc(&b->profile.arena, strlen(before) + strlen(text) + strlen(after) + 1);
    assert(copy);
    strcat(strcat(strcpy(copy, before), text), after);
    return copy;
}

static void push_free(struct profile_builder *b, struct profile_link *link, uint32_t frame)
{
    uint32_t *stack = b->link_stacks[link - b->links];
    assert(link->to_depth < PB_STACK);
    stack[link->to_depth++] = frame;
    link->to_stack = stack;
}

static void push_library(struct profile_builder *b, struct profile_link *link, const char *function,
                         const char *name, const char *file)
{
    push_free(
        b, link,
        pb_frame(b, &(struct stack_frame){OWNER_STD, function, name, file, 1,
                                          strstr(file, "hashbrown") ? "hashbrown" : "core", true}));
}

/* The frames of the birth from a place on, the first of them at another line. */
static void push_from(struct profile_builder *b, struct profile_link *link, uint32_t place)
{
    const struct profile_point *p = &b->points[link->from];
    const struct profile_frame *frame = &b->frames[p->stack[place]];
    push_free(b, link, pb_user_frame(b, frame->function, frame->line + FREE_LINES));
    for (uint32_t i = place + 1; i < p->depth; i++)
        push_free(b, link, p->stack[i]);
}

void pb_freed_at(struct profile_builder *b, uint32_t point, uint64_t n, enum pb_place place,
                 const char *dropped)
{
    static const char core[] = "/rustc/1.95.0/library/core/src/ptr/mod.rs";
    struct profile_link *link = new_link(b, PROFILE_FREED, point);
    const struct profile_point *p = &b->points[point];
    uint32_t user = b->user_place[point];
    link->n = n;
    link->moved = place == PB_OTHER_THREAD ? n : 0;
    push_free(b, link, hook_frame(b, "free"));
    if (dropped)
        push_library(b, link, own_text(b, "core::ptr::drop_in_place::<", dropped, ">"),
                     own_text(b, "drop_in_place<", dropped, ">"), core);
    if (place == PB_IN_ENTRY)
        push_library(b, link, "std::collections::hash::map::Entry<K,V>::or_insert",
                     "or_insert<alloc::string::String, u32>",
                     "/rustc/1.95.0/library/std/src/collections/hash/map.rs");
    if (place == PB_IN_GROWTH)
        push_library(b, link, "hashbrown::raw::RawTable<T,A>::reserve_rehash",
                     "reserve_rehash<(u64, u64), alloc::alloc::Global>",
                     "/rust/deps/hashbrown-0.16.1/src/raw/mod.rs");
    if (place == PB_IN_VEC) {
        push_library(b, link, "core::ptr::drop_in_place::<[T]>", "drop_in_place<[app::T]>", core);
        push_library(b, link, "core::ptr::drop_in_place::<alloc::vec::Vec<T>>",
                     "drop_in_place<alloc::vec::Vec<app::T, alloc::alloc::Global>>", core);
    }
    if (place == PB_IN_VALUE) {
        push_library(b, link, "alloc::collections::btree::node::Handle::drop_key_val",
                     "drop_key_val<alloc::string::String, u32>",
                     "/rustc/1.95.0/library/alloc/src/collections/btree/node.rs");
        push_library(b, link, "core::ptr::drop_in_place::<serde_json::value::Value>",
                     "drop_in_place<serde_json::value::Value>", core);
    }
    switch (place) {
    case PB_IN_VEC:
    case PB_IN_VALUE:
    case PB_SAME_FUNCTION:
    case PB_IN_ENTRY:
    case PB_IN_GROWTH:
        push_from(b, link, user);
        break;
    case PB_CALLER:
        assert(user + 1 < p->depth);
        push_from(b, link, user + 1);
        break;
    case PB_FAR:
    case PB_OTHER_THREAD:
        push_free(b, link, pb_user_frame(b, "app::elsewhere", 500));
        push_free(b, link, pb_user_frame(b, "app::other", 501));
        break;
    }
}

/* ---- asking ---- */

void pb_init(struct profile_builder *b)
{
    memset(b, 0, sizeof(*b));
    struct profile *p = &b->profile;
    *p = (struct profile){.path = "made-up",
                          .has_own = true,
                          .version = "0",
                          .mode = "heap",
                          .verb = "Allocated",
                          .time_unit = "\xc2\xb5s",
                          .time_unit_mega = "s",
                          .lifetimes = true,
                          .short_time = 10,
                          .end_time = 100000};
    p->program = (struct profile_program){.exe = EXE,
                                          .command = "app",
                                          .cwd = "/home/me/app",
                                          .build_id = "",
                                          .rustc = "1.95.0",
                                          .allocator = "",
                                          .duration_ns = 100000000,
                                          .cpu_ns = 100000000,
                                          .lines = true,
                                          .symbols = true};
    p->recorder.sealed = true;
    p->recorder.end = "exit";
    p->recorder.out_of_room = "";
    p->recorder.unit_ns = 1000;
    b->module = (struct profile_module){EXE, "", "", true, true};
    b->threads[0] = (struct profile_thread){.name = "main", .tid = 1, .owners = 1};
    p->modules = &b->module;
    p->module_count = 1;
    p->threads = b->threads;
    p->thread_count = 1;
    p->frames = b->frames;
    p->points = b->points;
    p->links = b->links;
    b->frames[0] = (struct profile_frame){
        .text = "[root]", .function = "", .name = "", .file = "", .crate = "", .object = ""};
    p->frame_count = 1;
}

static void add_totals(struct profile *p)
{
    struct profile_totals *t = &p->totals;
    memset(t, 0, sizeof(*t));
    for (uint32_t i = 0; i < p->point_count; i++) {
        const struct profile_point *point = &p->points[i];
        t->bytes += point->total_bytes;
        t->blocks += point->total_blocks;
        t->peak_bytes += point->peak_bytes;
        t->peak_blocks += point->peak_blocks;
        t->end_bytes += point->end_bytes;
        t->end_blocks += point->end_blocks;
        if (!point->own)
            continue;
        t->frees += point->own->freed;
        t->reallocs += point->own->reallocs;
        t->reallocs_moved += point->own->reallocs_moved;
        t->reallocs_shrunk += point->own->reallocs_shrunk;
        t->bytes_copied += point->own->bytes_copied;
    }
}

const struct evidence *pb_evidence(struct profile_builder *b)
{
    struct error error;
    if (b->built)
        return &b->evidence;
    add_totals(&b->profile);
    int sites = sites_build(&b->sites, &b->profile, &error);
    assert(sites == 0);
    int evidence = evidence_build(&b->evidence, &b->sites, b->costs, &error);
    assert(evidence == 0);
    (void)sites;
    (void)evidence;
    b->built = true;
    return &b->evidence;
}

struct findings *pb_judge_more(struct profile_builder *b, const struct rule *rule)
{
    const struct evidence *evidence = pb_evidence(b);
    if ((rule->needs & ~evidence->data) == 0)
        rule->judge(rule, evidence, &b->findings);
    assert(!b->findings.failed);
    return &b->findings;
}

struct findings *pb_judge(struct profile_builder *b, const struct rule *rule)
{
    findings_free(&b->findings);
    return pb_judge_more(b, rule);
}

struct case_of_line pb_case(struct profile_builder *b, const struct case_filter *filter)
{
    struct findings findings = {0};
    struct case_filter whole = *filter;
    whole.no_split = true;
    struct cases *cases = cases_find(pb_evidence(b), &whole, &findings);
    const struct case_of_line *first = cases_next(cases);
    assert(first);
    struct case_of_line one = *first;
    first = cases_next(cases);
    assert(!first);
    findings_free(&findings);
    return one;
}

void pb_free(struct profile_builder *b)
{
    findings_free(&b->findings);
    if (b->built) {
        evidence_free(&b->evidence);
        sites_free(&b->sites);
    }
    arena_free(&b->profile.arena);
    b->built = false;
}
