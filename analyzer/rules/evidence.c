/* evidence.c - see evidence.h. Called by rules_judge, and by tests of rules.
 */
#include "analyzer/rules/evidence.h"
#include "analyzer/core/intern.h"
#include "analyzer/rules/temporary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_INSTRUCTION 0.3 /* about: for files that count instructions for time */
/* Programs that are worth looking at for their allocations spend a tenth to a third of their time
 * on them: where no time may be asked for, it is so many times what the allocator's calls take. */
#define HEAP_SHARE_OF_TIME 5

/* ---- time ---- */

/* The un-instrumented CPU time, and how it is known. */
static void find_time(struct evidence *e)
{
    const struct profile *p = e->profile;
    uint64_t cpu = p->program.cpu_ns, own = p->program.recorder_ns;
    if (cpu && own < cpu - cpu / 10) {
        e->cpu_ns = (double)(cpu - own);
        e->cpu_basis = "the CPU time of the run without the recorder's own";
    } else if (cpu) { /* an estimate that leaves next to nothing is not to be trusted */
        e->cpu_ns = (double)cpu / 10;
        e->cpu_basis = "a tenth of the CPU time of the run, of which the recorder took nearly all";
    } else if (p->program.duration_ns) {
        e->cpu_ns = (double)p->program.duration_ns;
        e->cpu_basis = "the duration of the run, with the recorder's own time";
    } else if (strcmp(p->time_unit, "instrs") == 0) {
        e->cpu_ns = (double)p->end_time * NS_PER_INSTRUCTION;
        e->cpu_basis = "the instructions that were counted, at about 0.3 ns each";
    } else {
        e->cpu_ns = (double)p->end_time * 1000;
        e->cpu_basis = "the duration of the run";
    }
    if (e->cpu_ns < 1)
        e->cpu_ns = 1;
    e->most_ns = fmax(e->cpu_ns, (double)cpu);
}

/* The recorder's part is an estimate: of a program that does little but allocate it may leave less
 * than the timed calls of the allocator alone took. */
static void raise_time(struct evidence *e)
{
    double spent = e->profile->costs[PROFILE_COST_ALLOC].count ? cost_of_program(e) : 0;
    e->cpu_ns = fmax(e->cpu_ns, spent);
    e->most_ns = fmax(e->most_ns, spent);
}

/* With the usual costs shares are of what follows from counts. */
static void reckon_time(struct evidence *e)
{
    e->cpu_ns = fmax(1, HEAP_SHARE_OF_TIME * cost_of_program(e));
    e->cpu_basis = "five times what the allocator's calls cost usually, in place of the CPU time";
}

/* ---- what the file has ---- */

static unsigned data_of(const struct profile *p)
{
    unsigned data = 0;
    if (profile_is_exact(p))
        data |= EVIDENCE_OWN;
    if (p->lifetimes)
        data |= EVIDENCE_LIFETIMES;
    for (uint32_t i = 1; i < p->frame_count; i++) {
        const struct profile_frame *frame = &p->frames[i];
        if (frame->function[0] && (frame->kind == OWNER_USER || frame->kind == OWNER_STD))
            data |= EVIDENCE_NAMES;
        if (frame->function[0] && frame->line && frame->kind == OWNER_USER)
            data |= EVIDENCE_LINES;
    }
    for (uint32_t i = 0; i < p->link_count; i++)
        if (p->links[i].kind == PROFILE_FREED)
            data |= EVIDENCE_ENDS;
    return data;
}

/* ---- places ---- */

static int find_places(struct evidence *e)
{
    const struct profile *p = e->profile;
    struct intern texts = {0}, places = {0};
    int result = -1;
    e->place = calloc((size_t)p->frame_count + 1, sizeof(*e->place));
    if (!e->place)
        return -1;
    for (uint32_t i = 0; i < p->frame_count; i++) {
        const struct profile_frame *frame = &p->frames[i];
        int64_t function = intern_string(&texts, frame->function);
        int64_t file = intern_string(&texts, frame->file);
        uint64_t key[3] = {(uint64_t)function, (uint64_t)file,
                           frame->function[0] ? frame->line : frame->address};
        int64_t place = function < 0 || file < 0 ? -1 : intern_bytes(&places, key, sizeof(key));
        if (place < 0)
            goto out;
        e->place[i] = (uint32_t)place;
    }
    result = 0;
out:
    intern_free(&texts);
    intern_free(&places);
    return result;
}

static int find_dependencies(struct evidence *e)
{
    const struct profile *p = e->profile;
    e->dependency = calloc((size_t)p->point_count + 1, sizeof(*e->dependency));
    if (!e->dependency)
        return -1;
    for (uint32_t i = 0; i < p->point_count; i++) {
        const struct profile_point *point = &p->points[i];
        uint32_t end = e->facts[i].leaf_end;
        bool own = end >= point->depth || p->frames[point->stack[end]].kind != OWNER_DEP;
        e->dependency[i] = own ? PROFILE_NONE : e->place[point->stack[end]];
    }
    return 0;
}

static uint32_t changes_of(const struct profile_series *series)
{
    uint32_t changes = 0;
    for (uint32_t i = 0; i < series->count; i++) {
        uint64_t blocks = i ? series->blocks[i - 1] : 0, bytes = i ? series->bytes[i - 1] : 0;
        changes |= (uint32_t)(series->blocks[i] != blocks || series->bytes[i] != bytes) << i;
    }
    return changes;
}

static void find_stalls(struct evidence *e)
{
    uint32_t changes = 0, last = 0;
    for (uint32_t i = 0; i < e->profile->point_count; i++) {
        const struct profile_own *own = e->profile->points[i].own;
        changes |= own && own->series ? changes_of(own->series) : 0;
    }
    if (!changes)
        return;
    last = 31u - (uint32_t)__builtin_clz(changes);
    for (uint32_t i = (uint32_t)__builtin_ctz(changes); i < last; i++)
        e->stalls |= ~changes & (1u << i);
}

static void find_temporaries(struct evidence *e)
{
    for (uint32_t i = 0; i < e->profile->point_count; i++)
        e->facts[i].temporary = temporary_find(&e->facts[i]);
}

static int find_short_lived(struct evidence *e)
{
    const struct profile *p = e->profile;
    e->short_lived = calloc((size_t)p->point_count + 1, sizeof(*e->short_lived));
    if (!e->short_lived)
        return -1;
    for (uint32_t i = 0; i < p->point_count; i++)
        e->short_lived[i] = profile_short_lived(p, &p->points[i]);
    return 0;
}

/* What the allocator's calls took is asked for the whole program and for each of its crates. */
static int find_heap_costs(struct evidence *e)
{
    e->heap_ns = calloc((size_t)e->profile->point_count + 1, sizeof(*e->heap_ns));
    if (!e->heap_ns)
        return -1;
    for (uint32_t i = 0; i < e->profile->point_count; i++)
        e->heap_ns[i] = cost_of_point(e, i);
    return 0;
}

/* ---- links by point ---- */

/* Backwards, so that each list comes out in the order of the file. */
static int list_links(struct evidence *e)
{
    const struct profile *p = e->profile;
    size_t points = (size_t)p->point_count + 1, links = (size_t)p->link_count + 1;
    e->first_from = malloc(points * sizeof(uint32_t));
    e->first_to = malloc(points * sizeof(uint32_t));
    e->next_from = malloc(links * sizeof(uint32_t));
    e->next_to = malloc(links * sizeof(uint32_t));
    if (!e->first_from || !e->first_to || !e->next_from || !e->next_to)
        return -1;
    memset(e->first_from, 0xff, points * sizeof(uint32_t));
    memset(e->first_to, 0xff, points * sizeof(uint32_t));
    for (uint32_t i = p->link_count; i-- > 0;) {
        const struct profile_link *link = &p->links[i];
        e->next_from[i] = e->first_from[link->from];
        e->first_from[link->from] = i;
        e->next_to[i] = PROFILE_NONE;
        if (link->to == PROFILE_NONE)
            continue;
        e->next_to[i] = e->first_to[link->to];
        e->first_to[link->to] = i;
    }
    return 0;
}

int evidence_build(struct evidence *e, const struct sites *sites, enum costs costs,
                   struct error *error)
{
    const struct profile *p = sites->profile;
    memset(e, 0, sizeof(*e));
    e->profile = p;
    e->sites = sites;
    e->costs = costs;
    e->data = data_of(p);
    e->events = p->totals.blocks + p->totals.frees;
    find_time(e);
    e->facts = calloc((size_t)p->point_count + 1, sizeof(*e->facts));
    e->by_frame = calloc((size_t)p->frame_count + 1, sizeof(*e->by_frame));
    e->arena = calloc(1, sizeof(*e->arena));
    e->scratch = calloc(1, sizeof(*e->scratch));
    if (e->facts && e->by_frame && e->arena && e->scratch && list_links(e) == 0 &&
        facts_find(e->facts, e->by_frame, p, e->arena) == 0 && find_places(e) == 0 &&
        find_dependencies(e) == 0 && find_short_lived(e) == 0 && find_heap_costs(e) == 0) {
        find_temporaries(e);
        find_stalls(e);
        if (costs == COSTS_USUAL)
            reckon_time(e);
        else
            raise_time(e);
        return 0;
    }
    evidence_free(e);
    return error_set(error, "%s: not enough memory to judge its %u program points", p->path,
                     p->point_count);
}

void evidence_free(struct evidence *e)
{
    if (e->arena)
        arena_free(e->arena);
    if (e->scratch)
        arena_free(e->scratch);
    free(e->arena);
    free(e->scratch);
    free(e->facts);
    free(e->by_frame);
    free(e->place);
    free(e->dependency);
    free(e->short_lived);
    free(e->heap_ns);
    free(e->first_from);
    free(e->next_from);
    free(e->first_to);
    free(e->next_to);
    memset(e, 0, sizeof(*e));
}
