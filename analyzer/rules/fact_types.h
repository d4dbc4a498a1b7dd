/* fact_types.h - the types that debug information names in the generic arguments of frames.
 * Private to the facts; the functions that rules may use are in facts.h.
 */
#ifndef HEAPCOACH_FACT_TYPES_H
#define HEAPCOACH_FACT_TYPES_H

#include "analyzer/rules/facts.h"

/* Adds to *types what the frame's name tells and *types does not have. Texts go to the arena. */
void fact_types_add(struct fact_types *types, const struct profile_frame *frame,
                    struct arena *arena);

/* Sets the container, unless it is set, if the frame is a method of one. Of a String, which has no
 * generic argument, also the element. */
void fact_types_container(struct fact_types *types, const struct profile_frame *frame,
                          struct arena *arena);

/* T of `drop_in_place<T>`, whole; NULL if the frame is no such. *n gets its length. */
const char *fact_types_dropped(const struct profile_frame *frame, size_t *n);

/* Does the frame drop a type that tells what the block was? If it is a Vec, sets container and
 * element. Not of a Vec<u8>, which may be a String's, and not of a frame that is not inlined:
 * identical functions of different types are one in the file. */
bool fact_types_of_drop(struct fact_types *types, const struct profile_frame *frame,
                        struct arena *arena);

#endif
