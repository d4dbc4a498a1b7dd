/* screen.h - writes text for a person: as wide as the terminal, in colour only on one.
 *
 * Names of functions and files are data of strangers: what screen_data writes has no
 * control characters (a name could otherwise move the cursor or recolour the terminal), no
 * marks that turn the writing direction, and is UTF-8. Widths are in columns.
 *
 * Write errors are the stream's and are checked by who owns it. One thread at a time.
 */
#ifndef HEAPCOACH_SCREEN_H
#define HEAPCOACH_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

enum screen_style {
    SCREEN_PLAIN,
    SCREEN_STRONG, /* headings, names */
    SCREEN_FAINT,  /* what one may skip */
    SCREEN_PLACE,  /* file and line */
    SCREEN_SOURCE, /* source code */
    SCREEN_HOT,    /* figures that stand out */
    SCREEN_WARNING,
    SCREEN_GRAVE, /* the gravest kind of finding */
    SCREEN_CODE   /* code to write */
};

struct screen {
    FILE *stream; /* not owned */
    int width;    /* columns to use */
    bool colour;
};

/* The stream as it is: a terminal's width, else 100; colour on a terminal that knows it,
 * unless NO_COLOR is set and not empty. */
struct screen screen_of(FILE *stream);

/* Our own words, as they are. */
void screen_print(const struct screen *screen, enum screen_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Data, in at most `columns`; where it is longer its end (or its beginning) becomes an
 * ellipsis. Returns the columns written. */
int screen_data(const struct screen *screen, enum screen_style style, const char *text,
                int columns);
int screen_data_end(const struct screen *screen, enum screen_style style, const char *text,
                    int columns);

/* A paragraph of words, data among them, in lines of at most the width and behind `indent`
 * columns each; line ends in it are blanks. Code between `backticks` stands out on a terminal with
 * colour, and is shown without them everywhere. Nothing for an empty text. */
void screen_paragraph(const struct screen *screen, enum screen_style style, int indent,
                      const char *text);

/* The same behind `lead` (words of ours); further lines stand under the first one's text. */
void screen_hanging(const struct screen *screen, enum screen_style style, int indent,
                    const char *lead, const char *text);

/* Lines of code, data among them, each behind `lead`. Code is to be copied, so it is neither
 * wrapped nor cut: a terminal that is too narrow wraps it by itself. */
void screen_lines(const struct screen *screen, enum screen_style style, int indent,
                  const char *lead, const char *text);

/* The columns that text would take. */
int screen_width_of(const char *text);

void screen_spaces(const struct screen *screen, int n);

#endif
