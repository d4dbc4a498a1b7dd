/* page_element.h - data in a page: script elements that are no scripts.
 *
 * What is written into an element has every `<` as \u003c, so that no name, whatever bytes it has,
 * ends the element or begins a comment; and U+2028 and U+2029, which end lines of JavaScript, as
 * escapes, too. All of them stand in JSON in strings alone, where the escapes mean the same.
 */
#ifndef HEAPCOACH_PAGE_ELEMENT_H
#define HEAPCOACH_PAGE_ELEMENT_H

#include <stdio.h>

struct page_escaping {
    FILE *to;
    int held; /* bytes of a U+2028 or U+2029, e2 80 a8 and e2 80 a9, that are held back */
};

struct page_element {
    struct page_escaping escaping;
    FILE *stream; /* write the JSON here */
};

/* A profile's file, byte for byte. */
struct page_file {
    const char *name; /* as the page calls it */
    const char *text;
    size_t bytes;
};

/* Begins an element with this id in a stream that the caller owns. The element stays where it is
 * until it is closed. 0, or -1: out of memory, and there is nothing to close. */
int page_element_open(struct page_element *element, FILE *to, const char *id);

/* Ends it. 0, or -1: something of it could not be written (errno). */
int page_element_close(struct page_element *element);

/* An element of a file, without its byte order mark, which is no part of the JSON. 0 or -1. */
int page_element_file(FILE *to, const char *id, const struct page_file *file);

#endif
