/* demangle_crate.c - the crate that a Rust function was written in, from its mangled name.
 *
 * Used by symbols for every name. Reads only as much of a name as it must, in bounded work:
 * no recursion deeper than the steps allowed, no copy of the name but one impl header.
 */
#include "analyzer/core/demangle.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool demangle_is_std_crate(const char *crate)
{
    /* std, what it is made of, and the crates that it links in (as of Rust 1.60 to 1.95). */
    static const char *const names[] = {
        "std",
        "core",
        "alloc",
        "proc_macro",
        "test",
        "panic_unwind",
        "panic_abort",
        "unwind",
        "std_detect",
        "compiler_builtins",
        "hashbrown",
        "rustc_demangle",
        "addr2line",
        "gimli",
        "object",
        "miniz_oxide",
        "adler",
        "adler2",
        "backtrace_rs",
        "rustc_std_workspace_core",
        "profiler_builtins",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(crate, names[i]) == 0)
            return true;
    return false;
}

/* ---- v0 (RFC 2603): the crate at the root of the path of the definition ---- */

struct v0 {
    const char *start; /* behind "_R": back references count from here */
    const char *at;
    int work; /* steps left */
};

static bool v0_skip_path(struct v0 *v);
static bool v0_skip_type(struct v0 *v);

/* Base 62, ended by '_'; alone it is 0, and "0_" is 1. */
static bool v0_number(struct v0 *v, size_t *value)
{
    size_t number = 0;
    bool any = false;
    for (; *v->at != '_'; v->at++, any = true) {
        unsigned char c = (unsigned char)*v->at;
        if (!isalnum(c))
            return false;
        size_t digit = isdigit(c) ? c - '0' + 0u : islower(c) ? c - 'a' + 10u : c - 'A' + 36u;
        if (number < SIZE_MAX / 128)
            number = number * 62 + digit;
    }
    v->at++;
    if (value)
        *value = number + any;
    return true;
}

static bool v0_disambiguator(struct v0 *v)
{
    if (*v->at != 's')
        return true;
    while (*v->at && *v->at != '_')
        v->at++;
    return *v->at++ == '_';
}

static bool v0_identifier(struct v0 *v, char *name, size_t n)
{
    if (!v0_disambiguator(v))
        return false;
    if (*v->at == 'u')
        v->at++;
    size_t length = 0;
    if (!isdigit((unsigned char)*v->at))
        return false;
    if (*v->at == '0') /* no leading zeros: a 0 is a number of its own (closures have no name) */
        v->at++;
    else
        while (isdigit((unsigned char)*v->at) && length < DEMANGLE_MOST_BYTES)
            length = length * 10 + (size_t)(*v->at++ - '0');
    if (*v->at == '_')
        v->at++;
    if (strnlen(v->at, length) < length)
        return false;
    if (name && n) {
        size_t kept = length < n ? length : n - 1;
        memcpy(name, v->at, kept);
        name[kept] = '\0';
    }
    v->at += length;
    return true;
}

static bool v0_skip_const(struct v0 *v)
{
    if (--v->work < 0)
        return false;
    if (*v->at == 'B') {
        v->at++;
        return v0_number(v, NULL);
    }
    if (*v->at == 'p') {
        v->at++;
        return true;
    }
    if (!v0_skip_type(v))
        return false;
    while (*v->at && *v->at != '_')
        v->at++;
    return *v->at++ == '_';
}

static bool v0_generic_argument(struct v0 *v)
{
    if (*v->at == 'L') {
        v->at++;
        return v0_number(v, NULL);
    }
    if (*v->at == 'K') {
        v->at++;
        return v0_skip_const(v);
    }
    return v0_skip_type(v);
}

static bool v0_until_end(struct v0 *v, bool (*part)(struct v0 *))
{
    while (*v->at != 'E')
        if (!*v->at || !part(v))
            return false;
    v->at++;
    return true;
}

static bool v0_function_type(struct v0 *v)
{
    if (*v->at == 'G') {
        v->at++;
        if (!v0_number(v, NULL))
            return false;
    }
    if (*v->at == 'U')
        v->at++;
    if (*v->at == 'K') {
        v->at++;
        if (*v->at == 'C')
            v->at++;
        else if (!v0_identifier(v, NULL, 0))
            return false;
    }
    return v0_until_end(v, v0_skip_type) && v0_skip_type(v);
}

static bool v0_dyn_trait(struct v0 *v)
{
    if (!v0_skip_path(v))
        return false;
    while (*v->at == 'p') {
        v->at++;
        if (!v0_identifier(v, NULL, 0) || !v0_skip_type(v))
            return false;
    }
    return true;
}

static bool v0_dyn_type(struct v0 *v)
{
    if (*v->at == 'G') {
        v->at++;
        if (!v0_number(v, NULL))
            return false;
    }
    if (!v0_until_end(v, v0_dyn_trait) || *v->at++ != 'L')
        return false;
    return v0_number(v, NULL);
}

/* Reads over a type. */
static bool v0_skip_type(struct v0 *v)
{
    if (--v->work < 0 || !*v->at)
        return false;
    char tag = *v->at;
    if (islower((unsigned char)tag)) {
        v->at++;
        return true;
    }
    switch (tag) {
    case 'A':
        v->at++;
        return v0_skip_type(v) && v0_skip_const(v);
    case 'S':
    case 'P':
    case 'O':
        v->at++;
        return v0_skip_type(v);
    case 'R':
    case 'Q':
        v->at++;
        if (*v->at == 'L') {
            v->at++;
            if (!v0_number(v, NULL))
                return false;
        }
        return v0_skip_type(v);
    case 'T':
        v->at++;
        return v0_until_end(v, v0_skip_type);
    case 'F':
        v->at++;
        return v0_function_type(v);
    case 'D':
        v->at++;
        return v0_dyn_type(v);
    case 'B':
        v->at++;
        return v0_number(v, NULL);
    default:
        return v0_skip_path(v);
    }
}

/* Reads over a path. */
static bool v0_skip_path(struct v0 *v)
{
    if (--v->work < 0 || !*v->at)
        return false;
    switch (*v->at++) {
    case 'C':
        return v0_identifier(v, NULL, 0);
    case 'N':
        return *v->at && v->at++ && v0_skip_path(v) && v0_identifier(v, NULL, 0);
    case 'M':
        return v0_disambiguator(v) && v0_skip_path(v) && v0_skip_type(v);
    case 'X':
        return v0_disambiguator(v) && v0_skip_path(v) && v0_skip_type(v) && v0_skip_path(v);
    case 'Y':
        return v0_skip_type(v) && v0_skip_path(v);
    case 'I':
        return v0_skip_path(v) && v0_until_end(v, v0_generic_argument);
    case 'B':
        return v0_number(v, NULL);
    default:
        return false;
    }
}

/* The crate in which the thing at the end of a path is defined: the root of the path; for
 * an impl block the path of the block (not its type's, not its trait's); for the default
 * method of a trait the trait's. */
static bool v0_crate(struct v0 *v, char *crate, size_t n)
{
    while (--v->work >= 0 && *v->at) {
        size_t offset;
        const char *here = v->at++;
        switch (*here) {
        case 'C':
            return v0_identifier(v, crate, n);
        case 'N':
            if (!*v->at)
                return false;
            v->at++;
            break;
        case 'M':
        case 'X':
            if (!v0_disambiguator(v))
                return false;
            break;
        case 'Y':
            if (!v0_skip_type(v))
                return false;
            break;
        case 'I':
            break;
        case 'B':
            if (!v0_number(v, &offset) || offset >= (size_t)(here - v->start))
                return false;
            v->at = v->start + offset;
            break;
        default:
            return false;
        }
    }
    return false;
}

/* ---- legacy: _ZN, then components as <length><text>, then the hash ---- */

/* The text of a component with its escapes undone: $LT$ and so on, ".." for "::". */
static void legacy_decode(const char *s, size_t length, char *text, size_t n)
{
    static const struct {
        const char *escape;
        char plain;
    } escapes[] = {{"$LT$", '<'},  {"$GT$", '>'},  {"$u20$", ' '},  {"$RF$", '&'},  {"$BP$", '*'},
                   {"$C$", ','},   {"$LP$", '('},  {"$RP$", ')'},   {"$u5b$", '['}, {"$u5d$", ']'},
                   {"$u7b$", '{'}, {"$u7d$", '}'}, {"$u27$", '\''}, {"$u3b$", ';'}, {"$u2b$", '+'}};
    size_t at = 0;
    for (size_t i = 0; i < length && at + 3 < n;) {
        size_t width = 1;
        char plain = s[i];
        for (size_t k = 0; plain == '$' && k < sizeof(escapes) / sizeof(escapes[0]); k++) {
            size_t escape = strlen(escapes[k].escape);
            if (i + escape <= length && memcmp(s + i, escapes[k].escape, escape) == 0) {
                plain = escapes[k].plain;
                width = escape;
            }
        }
        if (plain == '.' && i + 1 < length && s[i + 1] == '.') {
            text[at++] = ':';
            plain = ':';
            width = 2;
        }
        text[at++] = plain;
        i += width;
    }
    text[at] = '\0';
}

/* The crate of an impl block by its header, `<alloc::vec::Vec<T> as mine::Grow>`. The orphan
 * rule wants the trait or one of the types to be the crate's own; so if the header names a
 * crate other than the standard library's, that is the one (of two, the first: the type's),
 * and else the block is in the standard library. */
static bool legacy_impl_crate(const char *header, char *crate, size_t n)
{
    char standard[64] = "";
    for (const char *s = header; *s;) {
        if (!isalpha((unsigned char)*s) && *s != '_') {
            s++;
            continue;
        }
        const char *word = s;
        while (isalnum((unsigned char)*s) || *s == '_')
            s++;
        bool root = s[0] == ':' && s[1] == ':' && (word == header || word[-1] != ':');
        size_t length = (size_t)(s - word);
        if (!root || length >= sizeof(standard) || length >= n)
            continue;
        memcpy(crate, word, length);
        crate[length] = '\0';
        if (!demangle_is_std_crate(crate))
            return true;
        if (!*standard)
            strcpy(standard, crate);
    }
    if (!*standard || strlen(standard) >= n)
        return false;
    strcpy(crate, standard);
    return true;
}

static bool legacy_crate(const char *mangled, char *crate, size_t n)
{
    bool has_hash = false;
    for (const char *s = strstr(mangled, "17h"); s && !has_hash; s = strstr(s + 1, "17h"))
        has_hash = demangle_is_legacy_hash(s);
    const char *s = mangled + 3;
    if (!has_hash || !isdigit((unsigned char)*s))
        return false;
    size_t length = 0;
    while (isdigit((unsigned char)*s) && length < DEMANGLE_MOST_BYTES)
        length = length * 10 + (size_t)(*s++ - '0');
    if (length == 0 || strnlen(s, length) < length)
        return false;
    if (!memchr(s, '$', length)) {
        if (length >= n)
            return false;
        memcpy(crate, s, length);
        crate[length] = '\0';
        return true;
    }
    char header[4096];
    legacy_decode(s, length, header, sizeof(header));
    return legacy_impl_crate(header, crate, n);
}

bool demangle_crate(const char *mangled, char *crate, size_t n)
{
    bool found = false;
    if (strncmp(mangled, "_R", 2) == 0) {
        const char *path = mangled + 2;
        struct v0 v = {.start = path, .at = path, .work = 1000};
        found = strlen(mangled) <= DEMANGLE_MOST_BYTES && v0_crate(&v, crate, n);
    } else if (strncmp(mangled, "_ZN", 3) == 0) {
        found = legacy_crate(mangled, crate, n);
    }
    if (!found)
        crate[0] = '\0';
    return found;
}
