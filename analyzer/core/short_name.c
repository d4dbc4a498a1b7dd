/* short_name.c - see short_name.h. Used by the report. Names are untrusted data: any bytes,
 * brackets that do not match; nothing here recurses or writes beyond n.
 */
#include "analyzer/core/short_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NAME_ROOM 4096 /* longer names are cut; no one recognises those */

/* The type whose methods a file of std holds, for functions named without it. */
static const struct {
    const char *file, *type;
} types_by_file[] = {
    {"raw_vec/mod.rs", "RawVec"},
    {"raw_vec.rs", "RawVec"},
    {"vec_deque/mod.rs", "VecDeque"},
    {"vec/mod.rs", "Vec"},
    {"string.rs", "String"},
    {"boxed.rs", "Box"},
    {"alloc/src/rc.rs", "Rc"},
    {"alloc/src/sync.rs", "Arc"},
    {"alloc/src/slice.rs", "slice"},
    {"alloc/src/str.rs", "str"},
    {"binary_heap/mod.rs", "BinaryHeap"},
    {"btree/map.rs", "BTreeMap"},
    {"btree/set.rs", "BTreeSet"},
    {"btree/map/entry.rs", "BTreeMap::entry"},
    {"hash/map.rs", "HashMap"},
    {"hash/set.rs", "HashSet"},
    {"traits/iterator.rs", "Iterator"},
    {"std/src/path.rs", "Path"},
    {"ffi/os_str.rs", "OsString"},
    {"std/src/thread/mod.rs", "thread"},
    {"std/src/fs.rs", "fs"},
    {"alloc/src/fmt.rs", "fmt"},
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static void append(char *to, size_t n, const char *text)
{
    size_t have = strlen(to);
    size_t more = strlen(text);
    if (have + 1 >= n)
        return;
    if (more > n - have - 1)
        more = n - have - 1;
    memcpy(to + have, text, more);
    to[have + more] = 0;
}

/* Where the bracket opened at `open` closes, or the end. `->` closes nothing. */
static const char *closing(const char *open)
{
    int depth = 0;
    for (const char *at = open; *at; at++) {
        if (*at == '<')
            depth++;
        else if (*at == '>' && !(at > open && at[-1] == '-') && --depth == 0)
            return at;
    }
    return open + strlen(open);
}

/* ` as ` of `<T as Trait>`, outside of inner brackets; NULL: there is none. */
static const char *find_as(const char *from, const char *end)
{
    int depth = 0;
    for (const char *at = from; at < end; at++) {
        depth += (*at == '<') - (*at == '>' && at[-1] != '-');
        if (depth == 0 && end - at > 4 && memcmp(at, " as ", 4) == 0)
            return at;
    }
    return NULL;
}

/* T, Self, K1: a generic parameter, which names nothing. */
static bool is_parameter(const char *type, size_t n)
{
    return (n == 4 && memcmp(type, "Self", 4) == 0) ||
           (n > 0 && n <= 2 && isupper((unsigned char)type[0]));
}

/* Copies a name without its generic arguments, `<Type as Trait>::f` as `Type::f`, but
 * `<T as Trait>::f` as `Trait::f`. A qualified type can only stand at the beginning. */
static void strip_generics(const char *name, char *to, size_t n)
{
    char type[NAME_ROOM] = "";
    size_t out = 0;
    for (int level = 0; *name == '<' && level < 4; level++) { /* <<T>::U as V>::f is possible */
        const char *end = closing(name);
        const char *as = find_as(name + 1, end);
        const char *start = name + 1;
        if (as && is_parameter(start, (size_t)(as - start))) {
            start = as + 4;
            as = NULL;
        }
        size_t length = (size_t)((as ? as : end) - start);
        const char *after = *end ? end + 1 : end;
        if (length >= sizeof(type))
            length = sizeof(type) - 1;
        char rest[NAME_ROOM] = "";
        append(rest, sizeof(rest), after);
        memmove(type, start, length);
        type[length] = 0;
        append(type, sizeof(type), rest);
        name = type;
    }
    for (const char *at = name; *at && out + 1 < n; at++) {
        if (*at == '<') {
            at = closing(at);
            if (!*at)
                break;
            if (out >= 2 && memcmp(to + out - 2, "::", 2) == 0)
                out -= 2; /* f::<T> */
            continue;
        }
        to[out++] = *at;
    }
    to[out] = 0;
}

/* Where the last `count` parts of a path begin; braces hold parts of their own. */
static const char *last_parts(const char *path, int count)
{
    const char *at = path + strlen(path);
    int depth = 0;
    while (at > path) {
        at--;
        depth += (*at == '}' || *at == ')' || *at == ']');
        depth -= (*at == '{' || *at == '(' || *at == '[');
        if (depth == 0 && at > path && at[0] == ':' && at[-1] == ':' && --count == 0)
            return at + 1;
        if (depth == 0 && (*at == ' ' || *at == '&'))
            return at + 1;
    }
    return path;
}

void short_name_of_function(const struct profile_frame *frame, char *to, size_t n)
{
    strip_generics(frame->function[0] ? frame->function : frame->name, to, n);
    if (!to[0] && n > 1) {
        to[0] = '?';
        to[1] = 0;
    }
}

void short_name_of_callee(const struct profile_frame *frame, char *to, size_t n)
{
    char whole[NAME_ROOM];
    to[0] = 0;
    short_name_of_function(frame, whole, sizeof(whole));
    if (strstr(whole, "::")) {
        const char *part = last_parts(whole, 2);
        append(to, n, part);
        return;
    }
    for (size_t i = 0; i < sizeof(types_by_file) / sizeof(types_by_file[0]); i++) {
        if (ends_with(frame->file, types_by_file[i].file)) {
            append(to, n, types_by_file[i].type);
            append(to, n, "::");
            break;
        }
    }
    append(to, n, whole);
}
