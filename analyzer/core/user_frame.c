/* user_frame.c - see user_frame.h. Used wherever something is said per line of the user. */
#include "analyzer/core/user_frame.h"
#include "analyzer/core/short_name.h"

#include <string.h>

static const struct profile_frame *frame_at(const struct profile *profile,
                                            const struct profile_point *point, uint32_t place)
{
    return &profile->frames[point->stack[place]];
}

/* The innermost frame of the kind, before `end`. */
static uint32_t innermost(const struct profile *profile, const struct profile_point *point,
                          enum owner kind, uint32_t end)
{
    for (uint32_t i = 0; i < end; i++)
        if (frame_at(profile, point, i)->kind == kind)
            return i;
    return PROFILE_NONE;
}

/* Frames of std that only call what they are given, so that they say nothing. */
static bool says_nothing(const struct profile_frame *frame)
{
    static const char *const callers[] = {"catch_unwind",    "do_call",   "call_once",  "try",
                                          "call_once_force", "{closure#", "{{closure}}"};
    char name[256];
    short_name_of_function(frame, name, sizeof(name));
    const char *last = name;
    for (const char *at = strstr(name, "::"); at; at = strstr(at + 2, "::"))
        last = at + 2;
    for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++)
        if (strncmp(last, callers[i], strlen(callers[i])) == 0)
            return true;
    return false;
}

/* With no frame of a crate, the outermost frame of std is the one nearest to what somebody
 * wrote; frames that only start main or a thread are outside of it. */
static uint32_t outermost_std(const struct profile *profile, const struct profile_point *point)
{
    uint32_t best = PROFILE_NONE;
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind == OWNER_RT && best != PROFILE_NONE)
            break;
        if (frame->kind == OWNER_STD && frame->function[0] && !says_nothing(frame))
            best = i;
    }
    return best;
}

/* The innermost frame of the program's own file that has no name. Its allocation functions are
 * its innermost frames too, and nothing tells them apart: the caller shows the frames around. */
static uint32_t innermost_address(const struct profile *profile, const struct profile_point *point)
{
    const char *exe = profile->program.exe;
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind == OWNER_NONE && frame->address && frame->object[0] &&
            (!exe[0] || strcmp(frame->object, exe) == 0))
            return i;
    }
    return PROFILE_NONE;
}

static uint32_t innermost_named(const struct profile *profile, const struct profile_point *point)
{
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind != OWNER_HOOK && frame->function[0])
            return i;
    }
    return PROFILE_NONE;
}

struct user_frame user_frame_find(const struct profile *profile, const struct profile_point *point)
{
    struct user_frame found = {USER_FRAME_OWN, PROFILE_NONE, PROFILE_NONE, PROFILE_NONE};
    found.at = innermost(profile, point, OWNER_USER, point->depth);
    if (found.at == PROFILE_NONE) {
        found.basis = USER_FRAME_DEP;
        found.at = innermost(profile, point, OWNER_DEP, point->depth);
    }
    if (found.at == PROFILE_NONE) {
        found.basis = USER_FRAME_STD;
        found.at = outermost_std(profile, point);
    }
    if (found.at == PROFILE_NONE) {
        found.basis = USER_FRAME_ADDRESS;
        found.at = innermost_address(profile, point);
    }
    if (found.at == PROFILE_NONE) {
        found.basis = USER_FRAME_OTHER;
        found.at = innermost_named(profile, point);
    }
    if (found.at == PROFILE_NONE) {
        found.basis = USER_FRAME_NONE;
        return found;
    }
    if (found.basis == USER_FRAME_OWN)
        found.dep = innermost(profile, point, OWNER_DEP, found.at);
    if (found.at > 0 && frame_at(profile, point, found.at - 1)->kind != OWNER_HOOK)
        found.via = found.at - 1;
    return found;
}
