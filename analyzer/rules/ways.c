/* ways.c - see ways.h. Called by rules.c. */
#include "analyzer/rules/ways.h"
#include "analyzer/rules/frame_facts.h"
#include "analyzer/rules/parallel.h"

#include <stdbool.h>
#include <string.h>

#define CRATES_MOST 4 /* told; of more the innermost ones, which are nearest to the edit */
#define BASE_BYTES 128

static const struct profile_frame *frame_at(const struct profile *profile,
                                            const struct profile_point *point, uint32_t place)
{
    return &profile->frames[point->stack[place]];
}

/* Place of the finding's own line in the stack that it shows; the depth: it is not there. */
static uint32_t place_of(const struct profile *profile, const struct profile_point *point,
                         const struct finding *finding)
{
    uint32_t i = 0;
    while (i < point->depth && frame_at(profile, point, i) != finding->location.frame)
        i++;
    return i;
}

static void name_crate(struct findings *f, const char **text, const struct profile_frame *frame)
{
    char base[BASE_BYTES];
    const char *file = strrchr(frame->file, '/');
    frame_base(frame, base, sizeof(base));
    finding_more(f, text, "%s's %s", frame->crate, base[0] && base[0] != '{' ? base : "code");
    if (file && frame->line)
        finding_more(f, text, " (%s:%u)", file + 1, frame->line);
}

/* Place of the user's frame that called it; the depth: another thread took the work over from it.
 */
static uint32_t caller_place(const struct profile *profile, const struct profile_point *point,
                             const struct finding *finding, uint32_t from)
{
    uint32_t i = from;
    while (i < point->depth && frame_at(profile, point, i)->kind != OWNER_USER &&
           frame_at(profile, point, i) != finding->caller.frame)
        i++;
    return i;
}

static bool is_among(const char *const *crates, uint32_t count, const char *crate)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(crates[i], crate) == 0)
            return true;
    return false;
}

/* "regex's captures_at (string.rs:1150), stems's stem (en.rs:238)", each crate once; "" if there
 * are none between. */
static const char *crates_between(const struct profile *profile, const struct finding *finding,
                                  struct findings *f)
{
    const struct profile_point *point = &profile->points[finding->stack];
    const char *text = "", *crates[CRATES_MOST + 1] = {finding->location.crate};
    uint32_t count = 1, i = place_of(profile, point, finding) + 1;
    uint32_t end = caller_place(profile, point, finding, i);
    for (; end < point->depth && i < end && count <= CRATES_MOST; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind != OWNER_DEP || frame_is_library(frame) ||
            is_among(crates, count, frame->crate))
            continue;
        crates[count++] = frame->crate;
        if (text[0])
            finding_more(f, &text, ", ");
        else
            text = finding_text(f, "%s", "");
        name_crate(f, &text, frame);
    }
    return text;
}

void ways_tell(const struct profile *profile, struct findings *f)
{
    struct parallel_crates users;
    parallel_crates_find(&users, profile);
    for (size_t i = 0; i < f->count; i++) {
        struct finding *finding = f->list[i];
        if (finding->scope != FINDING_DEPENDENCY || finding->stack >= profile->point_count)
            continue;
        if (!finding->caller.function[0]) {
            const char *function =
                parallel_function(&users, profile, &profile->points[finding->stack], 0, &f->arena);
            if (function[0])
                finding_more(f, &finding->what, " It is done for %s.", function);
            continue;
        }
        const char *crates = crates_between(profile, finding, f);
        if (crates[0])
            finding_more(f, &finding->what, " It is called by way of %s.", crates);
    }
}
