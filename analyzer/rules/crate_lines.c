/* crate_lines.c - see crate_lines.h. Used by the rules about crates. */
#include "analyzer/rules/crate_lines.h"
#include "analyzer/core/frame_name.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/frame_facts.h"

#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 1024
#define BASE_BYTES 128

/* Place of the frame that called the crate: the user's or another crate's; PROFILE_NONE: none is
 * known. */
static uint32_t calling_place(const struct crate_lines *lines, uint32_t point)
{
    const struct evidence *e = lines->groups.evidence;
    const struct profile_point *p = &e->profile->points[point];
    uint32_t called = lines->called(e->profile, p, e->facts[point].leaf_end);
    if (called == PROFILE_NONE)
        return PROFILE_NONE;
    const char *crate = e->profile->frames[p->stack[called]].crate;
    for (uint32_t i = called + 1; i < p->depth; i++) {
        const struct profile_frame *frame = &e->profile->frames[p->stack[i]];
        if (frame->kind == OWNER_USER ||
            (frame->kind == OWNER_DEP && strcmp(frame->crate, crate) != 0))
            return i;
    }
    return PROFILE_NONE;
}

/* Of a point with that part: its frame; PROFILE_NONE: of none. */
static uint32_t calling_frame(const struct crate_lines *lines, uint32_t point, enum crate_part part)
{
    const struct evidence *e = lines->groups.evidence;
    if (e->facts[point].part != part)
        return PROFILE_NONE;
    uint32_t place = calling_place(lines, point);
    return place == PROFILE_NONE ? PROFILE_NONE : e->profile->points[point].stack[place];
}

static uint32_t line_of(void *context, uint32_t point)
{
    struct crate_lines *lines = context;
    const uint32_t *place = lines->groups.evidence->place;
    uint32_t frame = calling_frame(lines, point, lines->part), i = 0;
    if (frame == PROFILE_NONE)
        return PART_GROUPS_NONE;
    while (i < lines->groups.count && place[lines->frame[i]] != place[frame])
        i++;
    if (i == lines->groups.count && i < PART_GROUPS_MOST)
        lines->frame[i] = frame;
    return i;
}

int crate_lines_find(struct crate_lines *lines, const struct evidence *evidence,
                     enum crate_part part, crate_called *called)
{
    lines->part = part;
    lines->called = called;
    if (part_groups_start(&lines->groups, evidence))
        return -1;
    part_groups_add(&lines->groups, line_of, lines);
    return 0;
}

static uint32_t line_of_function(void *context, uint32_t point)
{
    const struct crate_lines *lines = context;
    const struct profile_frame *frames = lines->groups.evidence->profile->frames;
    uint32_t frame = calling_frame(lines, point, lines->part);
    for (uint32_t i = 0; frame != PROFILE_NONE && i < lines->groups.count; i++)
        if (strcmp(frames[lines->frame[i]].function, frames[frame].function) == 0)
            return i;
    return PART_GROUPS_NONE;
}

void crate_lines_add(struct crate_lines *lines, enum crate_part part)
{
    enum crate_part own = lines->part;
    lines->part = part;
    part_groups_add(&lines->groups, line_of_function, lines);
    lines->part = own;
}

/* ---- how often ---- */

struct block {
    uint64_t path; /* hash of the frames up to the crate's function */
    uint64_t births;
};

static int compare_paths(const void *left, const void *right)
{
    const struct block *a = left, *b = right;
    return (a->path > b->path) - (a->path < b->path);
}

static int compare_births(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* FNV-1a over the frames. */
static uint64_t path_of(const struct crate_lines *lines, uint32_t point)
{
    const struct evidence *e = lines->groups.evidence;
    const struct profile_point *p = &e->profile->points[point];
    uint32_t called = lines->called(e->profile, p, e->facts[point].leaf_end);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < p->depth && i <= called; i++)
        hash = (hash ^ p->stack[i]) * UINT64_C(0x100000001b3);
    return hash;
}

int crate_lines_births(const struct crate_lines *lines, const struct case_of_line *one,
                       enum crate_part part, uint64_t **births, uint32_t *count)
{
    const struct evidence *e = lines->groups.evidence;
    struct block *blocks = arena_alloc(e->scratch, (one->count + 1) * sizeof(*blocks));
    uint32_t n = 0;
    *births = arena_alloc(e->scratch, (one->count + 1) * sizeof(**births));
    *count = 0;
    if (!blocks || !*births)
        return -1;
    for (uint32_t i = 0; i < one->count; i++) {
        uint32_t point = one->points[i];
        if (part == CRATE_PART_NONE || e->facts[point].part == part)
            blocks[n++] =
                (struct block){path_of(lines, point), case_births(&e->profile->points[point])};
    }
    qsort(blocks, n, sizeof(*blocks), compare_paths);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || blocks[i].path != blocks[i - 1].path)
            (*births)[(*count)++] = 0;
        (*births)[*count - 1] += blocks[i].births;
    }
    qsort(*births, *count, sizeof(**births), compare_births);
    return 0;
}

double crate_lines_same_share(const uint64_t *births, uint32_t count, uint64_t times)
{
    uint64_t same = 0, all = 0;
    for (uint32_t i = 0; i < count; i++) {
        all += births[i];
        same += births[i] % times == 0 ? births[i] : 0;
    }
    return tally_share(same, all);
}

/* ---- what is found ---- */

struct finding *crate_lines_finding(const struct crate_lines *lines, uint32_t line,
                                    const struct rule *rule, const struct case_of_line *one,
                                    struct findings *f)
{
    const struct evidence *e = lines->groups.evidence;
    const struct profile_frame *frame = &e->profile->frames[lines->frame[line]];
    struct finding *finding = case_finding(e, rule, one, f);
    char name[NAME_ROOM];

    frame_name(e->profile, &e->profile->points[one->top], calling_place(lines, one->top), name,
               sizeof(name));
    finding->location = (struct finding_place){.frame = frame,
                                               .function = finding_text(f, "%s", name),
                                               .file = frame->file,
                                               .crate = frame->crate,
                                               .line = frame->line};
    finding->scope = frame->kind == OWNER_USER ? FINDING_OWN : FINDING_DEPENDENCY;
    if (finding->scope == FINDING_OWN)
        finding->caller = (struct finding_place){.function = "", .file = "", .crate = ""};
    return finding;
}

const char *crate_lines_called(const struct crate_lines *lines, const struct case_of_line *one,
                               struct findings *f)
{
    const struct profile *profile = lines->groups.evidence->profile;
    const struct profile_point *point = &profile->points[one->top];
    uint32_t place = lines->called(profile, point, one->facts->leaf_end);
    char base[BASE_BYTES] = "";
    if (place != PROFILE_NONE)
        frame_base(&profile->frames[point->stack[place]], base, sizeof(base));
    return finding_text(f, "%s", base);
}
