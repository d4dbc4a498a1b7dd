/* text.h - the few string functions that the recorder needs, without the C library: its own
 * may be interposed, resolved lazily (which walks the loader's tables), or not yet relocated
 * when the first hook runs. All are pure but for their output buffer; none allocates.
 */
#ifndef HEAPCOACH_TEXT_H
#define HEAPCOACH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t text_length(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

static inline bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

/* The rest of `s` after `prefix`, or NULL if it does not start so. */
static inline const char *text_after(const char *s, const char *prefix)
{
    while (*prefix)
        if (*s++ != *prefix++)
            return NULL;
    return s;
}

/* A bounded line under construction; what does not fit is cut, and it stays terminated. */
struct text {
    char *at;
    size_t used, room;
};

static inline void text_add(struct text *t, const char *s)
{
    while (*s && t->used + 1 < t->room)
        t->at[t->used++] = *s++;
    t->at[t->used] = '\0';
}

static inline void text_add_number(struct text *t, uint64_t n)
{
    char digits[24], *p = digits + sizeof digits;

    *--p = '\0';
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    text_add(t, p);
}

/* A decimal number that fills all of `s`; -1 if it is none or above `max`. */
static inline int64_t text_number(const char *s, int64_t max)
{
    int64_t n = 0;

    if (!*s)
        return -1;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return -1;
        n = n * 10 + (*s - '0');
        if (n > max)
            return -1;
    }
    return n;
}

#endif
