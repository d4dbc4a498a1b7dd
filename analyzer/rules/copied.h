/* copied.h - of what type the values are that a line copies: for the rule "clone".
 *
 * The blocks are those of a copy's fields and elements. What the line asked for a copy of is the
 * outermost type whose Clone is in the stack: of a struct the struct, not its first field.
 */
#ifndef HEAPCOACH_COPIED_H
#define HEAPCOACH_COPIED_H

#include "analyzer/core/finding.h"
#include "analyzer/rules/cases.h"

#include <stdbool.h>

struct evidence;

struct copied {
    const char *type;      /* "Config", "Vec<[u8; 3]>", "String"; "" where no name tells */
    const char *container; /* "Vec", "String", "HashMap"; "" of a crate's own type */
    const char *element;   /* of the container; "" */
    bool of_crate;         /* a type of some crate's, mostly with a derived Clone */
    const char *clone_at;  /* of that one: "main.rs:104"; "" where there are no lines */
    bool holds;            /* some of the blocks are of what the values hold */
    bool others;           /* values of other types are copied at the line, too; not known where
                            * inlined frames have no names */
};

/* Texts belong to the findings. */
struct copied copied_of(const struct evidence *evidence, const struct case_of_line *one,
                        struct findings *findings);

#endif
