/* demangle.c - names of functions, demangled within a budget.
 *
 * Used by symbols for every name that it meets. The work is libiberty's; here is what it
 * lacks: a bound (a v0 name of 200 bytes can stand for megabytes) and one rule for which
 * scheme a name is in.
 */
#include "analyzer/core/demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct sink {
    char *text;
    size_t length, room;
    bool no_memory;
    jmp_buf full;
};

/* libiberty offers no way to stop from the callback, and the work left may be exponential:
 * jump out. It holds no memory at that point but a small buffer while it prints an
 * identifier in punycode, which is lost then; only a hostile name gets here. */
static void collect(const char *text, size_t length, void *opaque)
{
    struct sink *sink = opaque;
    if (!length) /* an identifier that is empty but for punycode comes as NULL */
        return;
    if (sink->length + length >= sink->room) {
        size_t room = (sink->length + length + 1) * 2;
        bool fits = sink->length + length < DEMANGLE_MOST_BYTES;
        char *more = fits ? realloc(sink->text, room) : NULL;
        sink->no_memory = fits && !more;
        if (!more)
            longjmp(sink->full, 1);
        sink->text = more;
        sink->room = room;
    }
    memcpy(sink->text + sink->length, text, length);
    sink->length += length;
}

/* *to gets the demangled text, or NULL if the name is in neither scheme or too big. 0, or -1
 * without memory. */
static int run(const char *mangled, bool rust, char **to)
{
    struct sink *sink = calloc(1, sizeof(*sink));
    *to = NULL;
    if (!sink)
        return -1;
    if (setjmp(sink->full) == 0) {
        int done =
            rust ? rust_demangle_callback(mangled, 0, collect, sink)
                 : cplus_demangle_v3_callback(mangled, DMGL_PARAMS | DMGL_ANSI, collect, sink);
        if (done && sink->length) {
            sink->text[sink->length] = '\0'; /* collect keeps room for it */
            *to = sink->text;
            sink->text = NULL;
        }
    }
    int result = sink->no_memory ? -1 : 0;
    free(sink->text);
    free(sink);
    return result;
}

bool demangle_is_legacy_hash(const char *s)
{
    if (strncmp(s, "17h", 3) != 0)
        return false;
    for (int i = 3; i < 19; i++)
        if (!isxdigit((unsigned char)s[i]))
            return false;
    return s[19] == 'E';
}

/* Where the mangled name ends and suffixes of the compiler's back end begin. A legacy name
 * may hold dots itself, so its end is known by the hash; no other scheme uses dots. */
static size_t length_without_suffix(const char *mangled)
{
    if (strncmp(mangled, "_ZN", 3) == 0)
        for (const char *s = strstr(mangled, "17h"); s; s = strstr(s + 1, "17h"))
            if (demangle_is_legacy_hash(s))
                return (size_t)(s + 20 - mangled);
    const char *dot = strchr(mangled + (*mangled != '\0'), '.');
    return dot ? (size_t)(dot - mangled) : strlen(mangled);
}

/* Whether a v0 name binds thousands of lifetimes (`for<...>` of a function type or a dyn one: F or
 * D, G, a number in base 62). libiberty goes on counting to any number after it has met an error,
 * when it prints nothing any more and cannot be stopped. An identifier that reads so stays mangled,
 * too. */
static bool binds_too_much(const char *mangled)
{
    for (const char *s = mangled; (s = strchr(s, 'G')) != NULL; s++) {
        size_t digits = 0;
        while (isalnum((unsigned char)s[1 + digits]))
            digits++;
        if (s > mangled && (s[-1] == 'F' || s[-1] == 'D') && digits > 2 && s[1 + digits] == '_')
            return true;
    }
    return false;
}

char *demangle(const char *mangled)
{
    size_t whole = strlen(mangled);
    if (strncmp(mangled, "_Z", 2) != 0 && strncmp(mangled, "_R", 2) != 0) {
        /* C; a version (name@@GLIBC_2.34) is the linker's, not the name's. */
        const char *version = strchr(mangled + (whole > 0), '@');
        return strndup(mangled, version ? (size_t)(version - mangled) : whole);
    }
    if (whole > DEMANGLE_MOST_BYTES || (mangled[1] == 'R' && binds_too_much(mangled)))
        return strdup(mangled);

    char *bare = strndup(mangled, length_without_suffix(mangled));
    if (!bare)
        return NULL;
    char *text;
    int result = run(bare, true, &text);
    if (result == 0 && !text && bare[1] == 'Z')
        result = run(bare, false, &text);
    free(bare);
    return text || result != 0 ? text : strdup(mangled);
}
