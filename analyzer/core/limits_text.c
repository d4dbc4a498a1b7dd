/* limits_text.c - see limits_text.h. Used by limits_file.c.
 *
 * cJSON parses, but neither skips comments nor knows where a value stood. So comments are made
 * blanks here (cJSON_Minify would remove line ends with them), and the lines of all values are
 * noted in the order of the text, which is the order in which cJSON keeps them.
 */
#include "analyzer/core/limits_text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t line_at(const char *text, const char *at)
{
    uint32_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* Behind the string that begins at the quote. */
static char *string_end(char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

static char *comment_end(char *at)
{
    if (at[1] == '/')
        return at + strcspn(at, "\n");
    char *end = strstr(at + 2, "*/");
    return end ? end + 2 : NULL;
}

/* Comments become blanks; line ends stay. */
static int blank_comments(struct limits_text *t, struct error *error)
{
    for (char *at = t->text; *at;) {
        if (*at == '"') {
            at = string_end(at);
        } else if (*at == '/' && (at[1] == '/' || at[1] == '*')) {
            char *end = comment_end(at);
            if (!end)
                return error_set(error, "%s:%u: this comment has no end", t->path,
                                 line_at(t->text, at));
            for (; at < end; at++)
                if (*at != '\n')
                    *at = ' ';
        } else {
            at++;
        }
    }
    return 0;
}

/* Notes the lines of values; the text is known to be JSON. A key's line waits for its value. */
static void note_lines(struct limits_text *t)
{
    uint32_t line = 1, key_line = 0;
    for (char *at = t->text; *at;) {
        for (size_t separators = strspn(at, " \t\r,:]}\n"); separators; separators--)
            line += *at++ == '\n';
        if (!*at)
            break;
        char *end = *at == '"'                 ? string_end(at)
                    : *at == '{' || *at == '[' ? at + 1
                                               : at + strcspn(at, " \t\r\n,:]}[{\"");
        const char *after = end + strspn(end, " \t\r\n");
        if (*at == '"' && *after == ':') {
            key_line = line;
        } else {
            t->list[t->values++].line = key_line ? key_line : line;
            key_line = 0;
        }
        for (; at < end; at++)
            line += *at == '\n'; /* cJSON lets them be in texts */
    }
}

/* Which value is which line's, from the number `count` on; returns the next number. */
static uint32_t name_values(struct limits_text *t, const cJSON *value, uint32_t count)
{
    for (; value && count < t->values; value = value->next) {
        t->list[count++].value = value;
        count = name_values(t, value->child, count);
    }
    return count;
}

static int compare_values(const void *a, const void *b)
{
    const struct limits_value *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

int limits_text_parse(struct limits_text *t, const char *text, size_t n, const char *path,
                      struct error *error)
{
    const char *end = NULL;
    *t = (struct limits_text){.path = path};
    t->text = malloc(n + 1);
    t->list = calloc(n + 1, sizeof(*t->list)); /* no value is shorter than a byte */
    int result = -1;
    if (!t->text || !t->list) {
        error_set(error, "%s: not enough memory to read it", path);
        goto out;
    }
    memcpy(t->text, text, n);
    t->text[n] = 0;
    if (strlen(t->text) != n) {
        error_set(error, "%s: expected a limit file (JSON), found a NUL byte", path);
        goto out;
    }
    if (blank_comments(t, error) != 0)
        goto out;
    t->root = cJSON_ParseWithLengthOpts(t->text, n + 1, &end, 1);
    if (!t->root) {
        error_set(error, "%s:%u: expected a limit file (JSON with comments), found what is no JSON",
                  path, line_at(t->text, end ? end : t->text));
        goto out;
    }
    note_lines(t);
    t->values = name_values(t, t->root, 0);
    qsort(t->list, t->values, sizeof(*t->list), compare_values);
    result = 0;
out:
    if (result != 0)
        limits_text_free(t);
    return result;
}

uint32_t limits_text_line(const struct limits_text *t, const cJSON *value)
{
    struct limits_value wanted = {.value = value};
    const struct limits_value *found =
        bsearch(&wanted, t->list, t->values, sizeof(wanted), compare_values);
    return found ? found->line : 1;
}

int limits_text_fail(const struct limits_text *t, const cJSON *value, struct error *error,
                     const char *format, ...)
{
    char text[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return error_set(error, "%s:%u: %s", t->path, limits_text_line(t, value), text);
}

void limits_text_free(struct limits_text *t)
{
    cJSON_Delete(t->root);
    free(t->text);
    free(t->list);
    memset(t, 0, sizeof(*t));
}
