/* environment.c - reads and cleans the environment on the initial stack; see environment.h.
 *
 * The layout at __libc_stack_end is the System V ABI's: argc, argv[], NULL, envp[], NULL.
 */
#include "preload/environment.h"

#include <stddef.h>

#include "preload/text.h"

extern void *__libc_stack_end;

static char **arguments, **variables;

#define DEFAULT_VALUE(name, value, meaning) value,
static const char *values[ENVIRONMENT_NAMES] = {HEAPCOACH_ENV(DEFAULT_VALUE)};
#define NAME_TEXT(name, value, meaning) "HEAPCOACH_" #name "=",
static const char *const names[ENVIRONMENT_NAMES] = {HEAPCOACH_ENV(NAME_TEXT)};

void environment_start(void)
{
    uintptr_t *stack = __libc_stack_end;

    arguments = (char **)(stack + 1);
    variables = arguments + stack[0] + 1;
    for (char **v = variables; *v; v++)
        for (int i = 0; i < ENVIRONMENT_NAMES; i++) {
            const char *value = text_after(*v, names[i]);
            if (value && *value)
                values[i] = value;
        }
}

const char *environment_get(enum environment_name name)
{
    return values[name];
}

const char *environment_other(const char *name)
{
    for (char **v = variables; *v; v++) {
        const char *rest = text_after(*v, name);
        if (rest && *rest == '=')
            return rest + 1;
    }
    return NULL;
}

const char *environment_arguments(uint64_t *bytes)
{
    *bytes = 0;
    if (!arguments[0])
        return "";
    for (char **a = arguments; *a && *a == arguments[0] + *bytes; a++)
        *bytes += text_length(*a) + 1;
    return arguments[0];
}

char **environment_all(void)
{
    return variables;
}

static bool is_separator(char c)
{
    return c == ':' || c == ' ' || c == '\0';
}

/* Cuts `library` out of a LD_PRELOAD list, in place, as often as it is named there. */
static void cut(char *list, const char *library)
{
    size_t n = text_length(library);

    for (char *at = list; *at;) {
        size_t entry = 0;
        while (!is_separator(at[entry]))
            entry++;
        const char *rest = text_after(at, library);
        if (entry == n && rest == at + n) {
            size_t skip = at[entry] ? entry + 1 : entry;
            char *to = at;
            while ((*to = to[skip]) != '\0')
                to++;
            if (at > list && !*at) /* the last entry: its separator goes, too */
                at[-1] = '\0';
        } else {
            at += entry + (at[entry] != '\0');
        }
    }
}

static bool is_ours(const char *variable)
{
    return text_after(variable, "HEAPCOACH_") != NULL;
}

void environment_strip(const char *library)
{
    char **keep = variables;

    for (char **v = variables; *v; v++) {
        const char *list = text_after(*v, "LD_PRELOAD=");
        if (list) {
            cut((char *)(uintptr_t)list, library);
            if (!*list)
                continue;
        }
        if (!is_ours(*v))
            *keep++ = *v;
    }
    *keep = NULL;
}
