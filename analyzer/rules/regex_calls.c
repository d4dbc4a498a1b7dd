/* regex_calls.c - see regex_calls.h. Used by crate_parts.c, rule_regex_compile.c and
 * rule_regex_captures.c.
 */
#include "analyzer/rules/regex_calls.h"
#include "analyzer/rules/frame_facts.h"

#include <string.h>

#define BASE_BYTES 128

static const struct profile_frame *frame_at(const struct profile *profile,
                                            const struct profile_point *point, uint32_t place)
{
    return &profile->frames[point->stack[place]];
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* What patterns are made of. Others call aho_corasick, memchr and thread_local, too. */
static bool is_of_family(const struct profile_frame *frame)
{
    static const char *const family[] = {
        "regex",        "regex_automata", "regex_syntax", "regex_lite",
        "aho_corasick", "memchr",         "thread_local", NULL};
    return is_one_of(frame->crate, family);
}

static bool is_of_regex(const struct profile_frame *frame)
{
    static const char *const crates[] = {"regex", "regex_automata", "regex_lite", NULL};
    return is_one_of(frame->crate, crates);
}

uint32_t regex_called(const struct profile *profile, const struct profile_point *point,
                      uint32_t leaf_end)
{
    uint32_t called = PROFILE_NONE;
    for (uint32_t i = leaf_end; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind == OWNER_USER || (frame->kind == OWNER_DEP && !is_of_family(frame)))
            break;
        if (frame->kind == OWNER_DEP && is_of_regex(frame))
            called = i;
    }
    return called;
}

/* The places of groups are kept by one file alone, before regex 1.9 made by one function. */
static bool keeps_groups(const struct profile_frame *frame)
{
    char base[BASE_BYTES];
    if (strcmp(frame->crate, "regex") != 0)
        return strstr(frame->file, "/util/captures.rs") != NULL;
    frame_base(frame, base, sizeof(base));
    return strcmp(base, "locations") == 0;
}

/* Asked for, that is: a pattern has some for its searches, too. */
static bool is_of_captures(const struct profile *profile, const struct profile_point *point,
                           uint32_t called, const char *base)
{
    static const char *const asking[] = {"captures", "captures_at", "captures_iter", "next",
                                         "replace",  "replace_all", "replacen",      NULL};
    for (uint32_t i = 0; is_one_of(base, asking) && i <= called; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind == OWNER_DEP && keeps_groups(frame))
            return true;
    }
    return false;
}

enum crate_part regex_part(const struct profile *profile, const struct profile_point *point,
                           uint32_t leaf_end)
{
    static const char *const compile[] = {"new",      "new_many", "build",          "build_many",
                                          "from_str", "try_from", "build_from_hir", NULL};
    char base[BASE_BYTES];
    if (!is_of_family(frame_at(profile, point, leaf_end)))
        return CRATE_PART_NONE;
    uint32_t called = regex_called(profile, point, leaf_end);
    if (called == PROFILE_NONE || !frame_at(profile, point, called)->line)
        return CRATE_PART_NONE;
    frame_base(frame_at(profile, point, called), base, sizeof(base));
    if (is_one_of(base, compile))
        return CRATE_PART_COMPILED;
    return is_of_captures(profile, point, called, base) ? CRATE_PART_CAPTURES : CRATE_PART_SEARCH;
}

bool regex_is_whole(const struct profile *profile, const struct profile_point *point,
                    uint32_t leaf_end)
{
    static const char of_automata[] = "regex_automata::meta::regex::RegexI>"; /* in its Arc */
    static const char before_1_9[] = "regex::exec::ExecReadOnly>";
    for (uint32_t i = 0; i < leaf_end && i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        const char *name = frame->name[0] ? frame->name : frame->function;
        if (strstr(name, of_automata) || strstr(name, before_1_9))
            return true;
    }
    return false;
}
