/* glyph.h - data made fit to be shown, character by character.
 *
 * Names of functions and files and source lines are data of strangers: bytes of any kind. A glyph
 * is what stands for the next few of them: UTF-8 without control characters, without marks
 * that turn the writing direction, without invisible characters that make a text look like
 * another. Every renderer but JSON shows data through it. Pure functions; nothing is allocated.
 */
#ifndef HEAPCOACH_GLYPH_H
#define HEAPCOACH_GLYPH_H

#include <stddef.h>

/* One character of data as it is shown. */
struct glyph {
    const char *bytes; /* not NUL-terminated */
    size_t n;          /* bytes to write */
    size_t step;       /* bytes of the data that it stands for, at least 1 */
    int columns;       /* on a terminal */
};

/* The first glyph of a text that is not empty. A tab is a blank; what cannot be shown, line
 * ends too, is U+FFFD. */
struct glyph glyph_next(const char *text);

/* The columns that the first n bytes of text take. */
int glyph_columns(const char *text, size_t n);

#endif
