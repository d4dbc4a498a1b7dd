/* environment.c - reads and cleans the environment on the initial stack; see environment.h.
 *
 * The layout at __libc_stack_end is the System V ABI's: argc, argv[], NULL, envp[], NULL, and the
 * auxiliary vector.
 */
#include "preload/environment.h"

#include <elf.h>
#include <stddef.h>

#include "preload/calls.h"
#include "preload/text.h"

extern void *__libc_stack_end;

static char **arguments, **variables;
static bool secure;
static uintptr_t loader;
static const char *started_as = "", *started_name = ""; /* the path that the kernel was given, its
                                                         * last part */

#define DEFAULT_VALUE(name, value, meaning) value,
static const char *values[ENVIRONMENT_NAMES] = {HEAPCOACH_ENV(DEFAULT_VALUE)};
#define NAME_TEXT(name, value, meaning) "HEAPCOACH_" #name "=",
static const char *const names[ENVIRONMENT_NAMES] = {HEAPCOACH_ENV(NAME_TEXT)};

void environment_start(void)
{
    uintptr_t *stack = __libc_stack_end;

    arguments = (char **)(stack + 1);
    variables = arguments + stack[0] + 1;
    char **v = variables;
    for (; *v; v++)
        for (int i = 0; i < ENVIRONMENT_NAMES; i++) {
            const char *value = text_after(*v, names[i]);
            if (value && *value)
                values[i] = value;
        }
    for (const Elf64_auxv_t *a = (const void *)(v + 1); a->a_type != AT_NULL; a++)
        if (a->a_type == AT_EXECFN)
            started_as = (const char *)a->a_un.a_val;
        else if (a->a_type == AT_SECURE)
            secure = a->a_un.a_val != 0;
        else if (a->a_type == AT_BASE)
            loader = a->a_un.a_val;
    started_name = started_as;
    for (const char *p = started_as; *p; p++)
        if (*p == '/')
            started_name = p + 1;
}

bool environment_is_a_strangers(void)
{
    return secure;
}

uintptr_t environment_loader(void)
{
    return loader;
}

const char *environment_started_as(void)
{
    return started_name;
}

void environment_absolute(char to[ENVIRONMENT_PATH_BYTES], const char *path)
{
    struct text t = {to, 0, ENVIRONMENT_PATH_BYTES};

    if (*path != '/' && !sys_failed(sys_getcwd(to, ENVIRONMENT_PATH_BYTES))) {
        t.used = text_length(to);
        text_add(&t, *path ? "/" : "");
    }
    text_add(&t, path);
}

/* Asked for once: the kernel puts the path together each time. */
static const char *executable(void)
{
    static char path[ENVIRONMENT_PATH_BYTES];

    if (*path)
        return path;
    long n = sys_readlink("/proc/self/exe", path, sizeof path - 1);
    if (!sys_failed(n))
        path[n] = '\0';
    else if (*started_as)
        environment_absolute(path, started_as);
    return path;
}

void environment_executable(char path[ENVIRONMENT_PATH_BYTES])
{
    struct text t = {path, 0, ENVIRONMENT_PATH_BYTES};

    *path = '\0';
    text_add(&t, executable());
}

void environment_program(char name[ENVIRONMENT_PATH_BYTES])
{
    char *last = name;

    environment_executable(name);
    for (char *p = name; *p; p++)
        if (*p == '/')
            last = p + 1;
    struct text t = {name, 0, ENVIRONMENT_PATH_BYTES};
    text_add(&t, *last ? last : "program");
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

/* The last part of the path that `text` begins with. */
static const char *last_part(const char *text)
{
    const char *last = text;

    for (; !is_separator(*text); text++)
        if (*text == '/')
            last = text + 1;
    return last;
}

static bool same_entry(const char *a, const char *b)
{
    while (!is_separator(*a) && *a == *b)
        a++, b++;
    return is_separator(*a) && is_separator(*b);
}

/* Whether an entry of LD_PRELOAD is us. The loader's name for us, `library`, need not be how it is
 * spelled there: without a folder it was searched for, $ORIGIN and the like are expanded, and of
 * two spellings of one file only the first becomes a name. So the last part decides. */
static bool is_us(const char *entry, const char *library)
{
    return same_entry(entry, library) || same_entry(last_part(entry), last_part(library)) ||
           same_entry(last_part(entry), HEAPCOACH_LIBRARY) ||
           same_entry(last_part(entry), HEAPCOACH_SAMPLE_LIBRARY);
}

/* Cuts us out of a LD_PRELOAD list, in place, as often as we are named there. */
static void cut(char *list, const char *library)
{
    for (char *at = list; *at;) {
        size_t entry = 0;
        while (!is_separator(at[entry]))
            entry++;
        if (entry && is_us(at, library)) {
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

void environment_drop(const char *name)
{
    char **keep = variables;

    for (char **v = variables; *v; v++) {
        const char *rest = text_after(*v, name);
        if (!rest || *rest != '=')
            *keep++ = *v;
    }
    *keep = NULL;
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
