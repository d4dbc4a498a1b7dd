/* closure_type.c - see closure_type.h. Used by rule_box_churn.c. Names are data of a file: any text
 * must do no harm.
 */
#include "analyzer/rules/closure_type.h"

#include <ctype.h>
#include <string.h>

#define CLOSURES_MOST 8 /* rewritten in one type: a name may be long, and each takes a copy */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Length of "Fn", "FnMut" or "FnOnce" at the text; 0: none of them. */
static size_t trait_length(const char *text)
{
    static const char *const traits[] = {"FnOnce", "FnMut", "Fn"};
    for (size_t i = 0; i < sizeof(traits) / sizeof(traits[0]); i++) {
        size_t n = strlen(traits[i]);
        if (strncmp(text, traits[i], n) == 0 && !isalnum((unsigned char)text[n]) && text[n] != '_')
            return n;
    }
    return 0;
}

/* Where the "<(" of the next one is, from `from` on; NULL: there is none. */
static const char *next_closure(const char *text, const char *from)
{
    for (const char *at = from; (at = strstr(at, "Fn")) != NULL; at++) {
        size_t n = trait_length(at);
        bool inside = at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (n && !inside && begins(at + n, "<("))
            return at + n;
    }
    return NULL;
}

/* Where what begins at `text` ends: at the first of `ends` outside of all brackets that are opened
 * from there on. NULL: nowhere. */
static const char *end_of(const char *text, const char *ends)
{
    int depth = 0;
    for (const char *at = text; *at; at++) {
        bool arrow = *at == '>' && at > text && at[-1] == '-';
        if (depth == 0 && !arrow && strchr(ends, *at))
            return at;
        depth += *at == '<' || *at == '(' || *at == '[';
        depth -= (*at == '>' && !arrow) || *at == ')' || *at == ']';
    }
    return depth == 0 && *ends == '\n' ? text + strlen(text) : NULL;
}

/* What the closure at `open` returns, and where the text goes on behind it. NULL: neither way of
 * writing it. */
static const char *result_of(const char *close, const char **end, const char **rest)
{
    static const char argument[] = ", Output=", bound[] = ">+Output = ";
    const char *start = close + 1;
    if (begins(start, argument)) {
        start += sizeof(argument) - 1;
        *end = end_of(start, ">");
        *rest = *end ? *end + 1 : NULL;
    } else if (begins(start, bound)) {
        start += sizeof(bound) - 1;
        *end = *rest = end_of(start, "\n+>),]");
    } else if (*start == '>') {
        *end = start;
        *rest = start + 1;
    } else {
        return NULL;
    }
    return *end ? start : NULL;
}

const char *closure_type(struct findings *f, const char *type)
{
    const char *from = type, *open;
    for (int i = 0; i < CLOSURES_MOST && (open = next_closure(type, from)) != NULL; i++) {
        const char *arguments = open + 2, *close = end_of(arguments, ")"), *end, *rest;
        const char *result = close ? result_of(close, &end, &rest) : NULL;
        size_t before = (size_t)(open - type);
        from = open;
        if (!result)
            continue;
        size_t n = (size_t)(close - arguments), out = (size_t)(end - result);
        if (n && arguments[n - 1] == ',') /* of one */
            n--;
        bool nothing = out == 0 || (out == 2 && begins(result, "()"));
        type = finding_text(f, "%.*s(%.*s)%s%.*s%s", (int)before, type, (int)n, arguments,
                            nothing ? "" : " -> ", nothing ? 0 : (int)out, result, rest);
        from = strlen(type) > before ? type + before : type; /* no memory: "" */
    }
    return type;
}

const char *closure_bound(struct findings *f, const char *type)
{
    const char *start = strchr(type, '<');
    size_t n = strlen(type);
    if (!start || type[n - 1] != '>')
        return "";
    bool in_brackets = start[1] == '(' && n > 2 && type[n - 2] == ')';
    start += in_brackets ? 2 : 1;
    n -= in_brackets ? 2 : 1;
    if (!begins(start, "dyn ") || !trait_length(start + 4))
        return "";
    return finding_text(f, "%.*s", (int)(type + n - start - 4), start + 4);
}
