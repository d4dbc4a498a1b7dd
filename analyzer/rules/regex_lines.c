/* regex_lines.c - see regex_lines.h. Used by rule_regex_compile.c and rule_regex_captures.c. */
#include "analyzer/rules/regex_lines.h"
#include "analyzer/core/frame_name.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/frame_facts.h"
#include "analyzer/rules/regex_calls.h"

#include <string.h>

#define NAME_ROOM 1024
#define BASE_BYTES 128

/* What is being put together: the part that lines are made of. */
struct collection {
    struct regex_lines *lines;
    enum crate_part part;
};

/* Place of the frame that called regex: the user's or another crate's; PROFILE_NONE: none is known.
 */
static uint32_t calling_place(const struct evidence *e, uint32_t point)
{
    const struct profile_point *p = &e->profile->points[point];
    uint32_t called = regex_called(e->profile, p, e->facts[point].leaf_end);
    for (uint32_t i = called; called != PROFILE_NONE && ++i < p->depth;) {
        enum owner kind = e->profile->frames[p->stack[i]].kind;
        if (kind == OWNER_USER || kind == OWNER_DEP)
            return i;
    }
    return PROFILE_NONE;
}

static uint32_t calling_frame(const struct evidence *e, uint32_t point)
{
    uint32_t place = calling_place(e, point);
    return place == PROFILE_NONE ? PROFILE_NONE : e->profile->points[point].stack[place];
}

static uint32_t line_of(void *context, uint32_t point)
{
    struct collection *c = context;
    struct regex_lines *lines = c->lines;
    const struct evidence *e = lines->groups.evidence;
    uint32_t frame, i = 0;
    if (e->facts[point].part != c->part || (frame = calling_frame(e, point)) == PROFILE_NONE)
        return PART_GROUPS_NONE;
    while (i < lines->groups.count && e->place[lines->list[i].frame] != e->place[frame])
        i++;
    if (i == lines->groups.count && i < PART_GROUPS_MOST)
        lines->list[i] = (struct regex_line){c->part, frame};
    return i;
}

/* Of a search: the line in the same function at which a pattern is compiled. */
static uint32_t line_of_search(void *context, uint32_t point)
{
    const struct regex_lines *lines = ((struct collection *)context)->lines;
    const struct evidence *e = lines->groups.evidence;
    const struct profile_frame *frames = e->profile->frames;
    uint32_t frame;
    if (e->facts[point].part != CRATE_PART_SEARCH ||
        (frame = calling_frame(e, point)) == PROFILE_NONE)
        return PART_GROUPS_NONE;
    for (uint32_t i = 0; i < lines->groups.count; i++)
        if (strcmp(frames[lines->list[i].frame].function, frames[frame].function) == 0)
            return i;
    return PART_GROUPS_NONE;
}

int regex_lines_find(struct regex_lines *lines, const struct evidence *evidence,
                     enum crate_part part)
{
    struct collection collection = {lines, part};
    if (part_groups_start(&lines->groups, evidence))
        return -1;
    part_groups_add(&lines->groups, line_of, &collection);
    if (part == CRATE_PART_COMPILED)
        part_groups_add(&lines->groups, line_of_search, &collection);
    return 0;
}

struct finding *regex_lines_finding(const struct regex_lines *lines, uint32_t line,
                                    const struct rule *rule, const struct case_of_line *one,
                                    struct findings *f)
{
    const struct evidence *e = lines->groups.evidence;
    const struct profile_frame *frame = &e->profile->frames[lines->list[line].frame];
    struct finding *finding = case_finding(e, rule, one, f);
    char name[NAME_ROOM];

    frame_name(e->profile, &e->profile->points[one->top], calling_place(e, one->top), name,
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

const char *regex_lines_called(const struct evidence *e, const struct case_of_line *one,
                               struct findings *f)
{
    const struct profile_point *point = &e->profile->points[one->top];
    uint32_t place = regex_called(e->profile, point, one->facts->leaf_end);
    char base[BASE_BYTES] = "";
    if (place != PROFILE_NONE)
        frame_base(&e->profile->frames[point->stack[place]], base, sizeof(base));
    return finding_text(f, "%s", base);
}
