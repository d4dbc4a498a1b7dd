/* user_frame.c - see user_frame.h. Used wherever something is said per line of the user. */
#include "analyzer/core/user_frame.h"
#include "analyzer/core/short_name.h"

#include <string.h>

static const struct profile_frame *frame_at(const struct profile *profile,
                                            const struct profile_point *point, uint32_t place)
{
    return &profile->frames[point->stack[place]];
}

/* The innermost frame of the kind, from `start` on, before `end`. */
static uint32_t innermost(const struct profile *profile, const struct profile_point *point,
                          enum owner kind, uint32_t start, uint32_t end)
{
    for (uint32_t i = start; i < end; i++)
        if (frame_at(profile, point, i)->kind == kind)
            return i;
    return PROFILE_NONE;
}

/* ---- frames of the user that do not ask for memory themselves ---- */

/* Most texts differ early, and are many: a call of strncmp each is what this spares. */
static inline bool begins(const char *text, const char *with)
{
    while (*with && *text == *with) {
        text++;
        with++;
    }
    return !*with;
}

/* Is the function's own name this? In `<T as Trait>::name`, `path::name`, or the bare
 * `name<args>` that line tables keep. */
static bool is_called(const struct profile_frame *frame, const char *name)
{
    size_t n = strlen(name), length = strlen(frame->function);
    const char *bare[] = {frame->name, frame->function};
    for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
        if (begins(bare[i], name) && (bare[i][n] == 0 || bare[i][n] == '<'))
            return true;
    if (length < n || strcmp(frame->function + length - n, name) != 0)
        return false;
    return length == n || frame->function[length - n - 1] == ':';
}

static bool ends(const char *text, const char *with)
{
    size_t n = strlen(with), length = strlen(text);
    return length >= n && memcmp(text + length - n, with, n) == 0;
}

/* What containers call to get memory: all frames inside of these are the allocator's, a
 * GlobalAlloc of the program's among them. Asked for every frame of every stack, so names are
 * looked at only where the frame may be one of these. */
static bool enters_allocator(const struct profile_frame *frame)
{
    static const char *const entries[] = {"alloc::alloc::",
                                          "<alloc::alloc::Global",
                                          "__rust_alloc",
                                          "__rust_realloc",
                                          "__rust_dealloc",
                                          "__rustc::__rust_alloc",
                                          "__rustc::__rust_realloc",
                                          "__rustc::__rust_dealloc",
                                          "__rustc::__rg_",
                                          "__rg_",
                                          "__rustc::__rdl_",
                                          "__rdl_"};
    if (frame->kind == OWNER_STD || frame->kind == OWNER_RT) {
        for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
            if (begins(frame->function, entries[i]))
                return true;
        if (frame->kind == OWNER_STD && ends(frame->file, "/library/alloc/src/alloc.rs"))
            return true;
    }
    return frame->function[0] == '<' &&
           strstr(frame->function, "core::alloc::global::GlobalAlloc>::");
}

uint32_t user_frame_past_allocator(const struct profile *profile, const struct profile_point *point)
{
    uint32_t past = 0;
    for (uint32_t i = 0; i < point->depth; i++)
        if (enters_allocator(frame_at(profile, point, i)))
            past = i + 1;
    return past;
}

/* Does a formatting function at this place write into the buffer of whoever formats? Then the
 * buffer is not its own. */
static bool writes_for_another(const struct profile *profile, const struct profile_point *point,
                               uint32_t at)
{
    bool writes = false;
    if (!is_called(frame_at(profile, point, at), "fmt"))
        return false;
    for (uint32_t i = at; i-- > 0;) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (is_called(frame, "format") || is_called(frame, "format_inner"))
            return false;
        writes = writes || is_called(frame, "write_str") || is_called(frame, "write_char");
    }
    return writes;
}

/* Code that serde derives for a type of the user's bears the line of the attribute, where nobody
 * can change what it does: whoever serializes or deserializes asks for the memory. What it is
 * called tells, and that it lies in a nameless constant or, where inlined code has no path, that a
 * method of its visitor is at the line of the derived deserialize around it; a visitor written by
 * hand has lines of its own. */
static bool is_derived(const struct profile *profile, const struct profile_point *point,
                       uint32_t at)
{
    static const char *const methods[] = {
        "deserialize",          "serialize",           "visit_map", "visit_seq", "visit_enum",
        "visit_newtype_struct", "deserialize_in_place"};
    const struct profile_frame *frame = frame_at(profile, point, at);
    bool is_method = false;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]) && !is_method; i++)
        is_method = is_called(frame, methods[i]);
    if (!is_method || strstr(frame->function, "::_::"))
        return is_method;
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *other = frame_at(profile, point, i);
        if (i != at && other->kind == frame->kind && other->line == frame->line && frame->line &&
            strcmp(other->file, frame->file) == 0 &&
            is_called(other, i > at ? "deserialize" : "visit_map"))
            return true;
    }
    return false;
}

/* The innermost frame of the kind, from `start` on, before `end`, that wants the memory for itself:
 * neither a Clone impl nor one that serde derives or that writes for another. */
static uint32_t asking(const struct profile *profile, const struct profile_point *point,
                       enum owner kind, uint32_t start, uint32_t end)
{
    uint32_t at = innermost(profile, point, kind, start, end);
    while (at != PROFILE_NONE &&
           (is_called(frame_at(profile, point, at), "clone") || is_derived(profile, point, at) ||
            writes_for_another(profile, point, at)))
        at = innermost(profile, point, kind, at + 1, end);
    return at;
}

/* The innermost frame of the kind that wants the memory for itself: a clone is asked for by the
 * caller of a Clone impl (mostly derived: its line is that of the attribute), and text by whoever
 * formats. If there is no other, it stands for itself. */
static uint32_t innermost_that_asks(const struct profile *profile,
                                    const struct profile_point *point, enum owner kind,
                                    uint32_t start)
{
    uint32_t at = asking(profile, point, kind, start, point->depth);
    return at != PROFILE_NONE ? at : innermost(profile, point, kind, start, point->depth);
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
    uint32_t past = user_frame_past_allocator(profile, point);
    found.at = innermost_that_asks(profile, point, OWNER_USER, past);
    if (found.at == PROFILE_NONE) {
        found.basis = USER_FRAME_DEP;
        found.at = innermost_that_asks(profile, point, OWNER_DEP, past);
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
        found.dep = asking(profile, point, OWNER_DEP, past, found.at);
    if (found.at > 0 && frame_at(profile, point, found.at - 1)->kind != OWNER_HOOK)
        found.via = found.at - 1;
    return found;
}
