/* closure_name.c - see closure_name.h. Used by facts.c and parallel.c. */
#include "analyzer/rules/closure_name.h"

#include <string.h>

/* What is before `end`, a mark behind a path. */
static const char *path_before(const char **at, const char *end, size_t *n)
{
    const char *start = end;
    while (start > *at && !strchr("<(,& ", start[-1]))
        start--;
    *at = end + 1;
    *n = (size_t)(end - start);
    return start;
}

const char *closure_name_next(const char **at, size_t *n)
{
    const char *end = strstr(*at, "::{closure_env#");
    if (!end)
        end = strstr(*at, "::{closure#");
    return end ? path_before(at, end, n) : NULL;
}

const char *closure_name_any(const char **at, size_t *n)
{
    for (const char *end = *at; (end = strstr(end, "::{")) != NULL; end++)
        if (strncmp(end + 3, "closure", 7) == 0 || strncmp(end + 3, "async_", 6) == 0)
            return path_before(at, end, n);
    return NULL;
}

const char *closure_name_readable(const char *function, size_t n, struct arena *arena)
{
    char *text = arena_text(arena, function, n);
    for (char *impl = text; impl && (impl = strstr(impl, "::{impl#")) != NULL;) {
        size_t length = strcspn(impl, "}");
        if (!impl[length])
            break;
        memmove(impl, impl + length + 1, strlen(impl + length + 1) + 1);
    }
    return text ? text : "";
}
