/* frame_text.c - see frame_text.h. Used for profiles that others wrote; ours say the parts
 * of a frame singly.
 *
 * The place stands in the last parentheses: functions may hold " (" too (`<fn(A) -> (B, C)
 * as ...>`), files hardly ever do.
 */
#include "analyzer/core/frame_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HASH_CHARS 19 /* "::h" and 16 hexadecimal digits */

static struct frame_part part(const char *start, const char *end)
{
    struct frame_part p = {start, end > start ? (size_t)(end - start) : 0};
    return p;
}

static struct frame_part function_part(const char *start, const char *end)
{
    struct frame_part p = part(start, end);
    if (p.n == 3 && memcmp(start, "???", 3) == 0)
        p.n = 0;
    if (p.n > HASH_CHARS && memcmp(end - HASH_CHARS, "::h", 3) == 0) {
        const char *digit = end - 16;
        while (digit < end && isxdigit((unsigned char)*digit))
            digit++;
        if (digit == end)
            p.n -= HASH_CHARS;
    }
    return p;
}

/* The number after the last ':' of the part, which is cut off with it; 0: there is none. */
static uint32_t take_number(struct frame_part *p)
{
    size_t i = p->n;
    while (i > 0 && isdigit((unsigned char)p->text[i - 1]))
        i--;
    if (i == p->n || i < 2 || p->text[i - 1] != ':')
        return 0;
    unsigned long value = strtoul(p->text + i, NULL, 10); /* stops at ':' or ')' */
    p->n = i - 1;
    return value <= UINT32_MAX ? (uint32_t)value : 0;
}

static void parse_place(struct frame_text *f, struct frame_part place)
{
    if (place.n > 3 && memcmp(place.text, "in ", 3) == 0) {
        f->module = part(place.text + 3, place.text + place.n);
        return;
    }
    uint32_t last = take_number(&place);
    uint32_t before = last ? take_number(&place) : 0;
    f->line = before ? before : last;
    f->column = before ? last : 0;
    f->file = place;
}

/* Where " (" begins for the last time, or NULL. */
static const char *last_opening(const char *start, const char *end)
{
    for (const char *at = end - 1; at > start; at--)
        if (at[0] == '(' && at[-1] == ' ')
            return at - 1;
    return NULL;
}

struct frame_text frame_text_parse(const char *text)
{
    struct frame_text f;
    memset(&f, 0, sizeof(f));
    const char *end = text + strlen(text);
    if (text[0] == '0' && text[1] == 'x' && isxdigit((unsigned char)text[2])) {
        char *after;
        uint64_t address = strtoull(text + 2, &after, 16);
        if (after[0] == ':' && after[1] == ' ') {
            f.address = address;
            text = after + 2;
        }
    }
    const char *opening = end > text && end[-1] == ')' ? last_opening(text, end) : NULL;
    if (opening)
        parse_place(&f, part(opening + 2, end - 1));
    f.function = function_part(text, opening ? opening : end);
    return f;
}
