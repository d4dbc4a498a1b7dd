/* frame_name.c - see frame_name.h. Used by sites and by findings.
 *
 * The function around a closure is looked for outwards: a frame of the same file, or a generic
 * frame that has the closure among its arguments: call_mut<&app::smoothed::{closure_env#0}>. The
 * second is all there is where a pool of threads runs the closure, or a runtime an async function.
 */
#include "analyzer/core/frame_name.h"
#include "analyzer/core/short_name.h"

#include <stdio.h>
#include <string.h>

#define ENVIRONMENT_BYTES 64

static bool is_bare_closure(const char *function)
{
    return function[0] == '{';
}

static bool is_stds(const char *path)
{
    return strncmp(path, "core::", 6) == 0 || strncmp(path, "alloc::", 7) == 0 ||
           strncmp(path, "std::", 5) == 0;
}

static bool is_of_crate(const char *path, const char *crate)
{
    size_t n = strlen(crate);
    return n == 0 || (strncmp(path, crate, n) == 0 && path[n] == ':');
}

/* "::{closure_env#0}", the type of what "{closure#0}" is the code of; async functions and blocks
 * have types likewise: "::{async_fn_env#0}". Empty where it is none of these. */
static void environment_of(const char *closure, char *env, size_t n)
{
    const char *number = strchr(closure, '#');
    size_t digits = number ? strcspn(number, "}") : 0;
    env[0] = 0;
    if (number && number[digits] == '}')
        snprintf(env, n, "::%.*s_env%.*s}", (int)(number - closure), closure, (int)digits, number);
}

/* "app::smoothed" before "::{closure_env#0}" for the closure "{closure#0}" of crate app, its length
 * in *n. NULL: none, or only closures of others, which wrap it. */
static const char *owner_in_arguments(const char *name, const char *closure, const char *crate,
                                      size_t *n)
{
    char env[ENVIRONMENT_BYTES];
    const char *from = strchr(name, '<'), *end;
    environment_of(closure, env, sizeof(env));
    for (; env[0] && from && (end = strstr(from, env)); from = end + 2) {
        const char *start = end;
        while (start > name && !strchr("<(,& ", start[-1]))
            start--;
        *n = (size_t)(end - start);
        if (!is_stds(start) && is_of_crate(start, crate))
            return start;
    }
    return NULL;
}

/* The function around the closure at `at`; "" if nothing tells. */
static void owner_of(const struct profile *profile, const struct profile_point *point, uint32_t at,
                     char *to, size_t n)
{
    const struct profile_frame *closure = &profile->frames[point->stack[at]];
    for (uint32_t i = at + 1; i < point->depth; i++) {
        const struct profile_frame *outer = &profile->frames[point->stack[i]];
        size_t bytes;
        const char *owner =
            owner_in_arguments(outer->function, closure->function, closure->crate, &bytes);
        if (!owner)
            owner = owner_in_arguments(outer->name, closure->function, closure->crate, &bytes);
        if (owner) {
            snprintf(to, n, "%.*s", (int)bytes, owner);
            return;
        }
        if (outer->kind == closure->kind && strcmp(outer->file, closure->file) == 0 &&
            !is_bare_closure(outer->function)) {
            short_name_of_function(outer, to, n);
            return;
        }
    }
}

size_t frame_name(const struct profile *profile, const struct profile_point *point, uint32_t at,
                  char *to, size_t n)
{
    const struct profile_frame *frame = &profile->frames[point->stack[at]];
    const char *slash = strrchr(frame->file, '/');
    to[0] = 0;
    if (!is_bare_closure(frame->function)) {
        short_name_of_function(frame, to, n);
        return strlen(to);
    }
    owner_of(profile, point, at, to, n);
    size_t used = strlen(to);
    if (used && used + 3 < n) {
        strcpy(to + used, "::");
        used += 2;
    }
    short_name_of_function(frame, to + used, n - used);
    size_t length = strlen(to);
    if (!used && frame->file[0])
        snprintf(to + length, n - length, " in %s", slash ? slash + 1 : frame->file);
    return strlen(to);
}
