/* follow.c - reads HEAPCOACH_FOLLOW: none, all, or names separated by commas. See follow.h. Called
 * at the start. A name's `*` stands for any letters, its `?` for one; without them it is the name
 * of the program's file, whole.
 */
#include "preload/follow.h"

#include <stddef.h>

#include "preload/environment.h"
#include "preload/text.h"

/* Whether the pattern [pattern, end) fits the whole of `text`. On a difference the latest `*` takes
 * one letter more; earlier ones never need to. */
static bool fits(const char *pattern, const char *end, const char *text)
{
    const char *star = NULL, *after = NULL;

    while (*text) {
        if (pattern < end && *pattern == '*') {
            star = pattern++;
            after = text;
        } else if (pattern < end && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++after;
        } else {
            return false;
        }
    }
    while (pattern < end && *pattern == '*')
        pattern++;
    return pattern == end;
}

bool follow_others(void)
{
    return !text_equal(environment_get(ENVIRONMENT_FOLLOW), "none");
}

bool follow_this(const char *program)
{
    const char *names = environment_get(ENVIRONMENT_FOLLOW);

    if (environment_is_a_strangers())
        return false;
    if (text_equal(names, "none") || text_equal(names, "all"))
        return true;
    for (const char *end = names; *names; names = *end ? end + 1 : end) {
        for (end = names; *end && *end != ',';)
            end++;
        if (fits(names, end, program))
            return true;
    }
    return false;
}
