/* arena.h - memory that is given back all at once.
 *
 * A loaded profile is many small strings and arrays that live exactly as long as the
 * profile: they come from one arena, so that freeing is one call and an error on the way
 * leaks nothing. Not shared by threads.
 */
#ifndef HEAPCOACH_ARENA_H
#define HEAPCOACH_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* owned; all zero is an empty arena */
    char *next;
    size_t room;
};

/* n zeroed bytes, aligned for any type; they belong to the arena. NULL: no memory. */
void *arena_alloc(struct arena *arena, size_t n);

/* A copy of the n bytes at text, NUL-terminated. NULL: no memory. */
char *arena_text(struct arena *arena, const char *text, size_t n);

/* Gives everything back; the arena is empty afterwards and may be used again. */
void arena_free(struct arena *arena);

#endif
