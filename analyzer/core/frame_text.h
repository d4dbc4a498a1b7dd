/* frame_text.h - takes a DHAT frame's text apart:
 *
 *     0xADDR: FUNCTION (FILE:LINE)        0xADDR: FUNCTION (FILE:LINE:COLUMN)
 *     0xADDR: FUNCTION (in MODULE)        0xADDR: ???
 *
 * as valgrind, dhat-rs and heapcoach write it. Whatever does not look so is all function.
 */
#ifndef HEAPCOACH_FRAME_TEXT_H
#define HEAPCOACH_FRAME_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* A part of the text; n 0: absent. */
struct frame_part {
    const char *text;
    size_t n;
};

struct frame_text {
    uint64_t address; /* 0: absent */
    struct frame_part function, file, module;
    uint32_t line, column; /* 0: absent */
};

/* The parts point into text. A `???` is an absent function; a hash (`::h` and 16 digits) at
 * the end of a name is left out. Never fails. */
struct frame_text frame_text_parse(const char *text);

#endif
