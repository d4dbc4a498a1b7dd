/* arena.c - see arena.h. Used by the profile reader and by the views on a profile.
 *
 * Chunks come from calloc, so that fresh memory needs no clearing here; what does not fit
 * in the usual chunk gets one of its own. Nothing is ever given back singly.
 */
#include "analyzer/core/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)256 * 1024)
#define ALIGN 16u

struct arena_chunk {
    struct arena_chunk *before;
    char padding[ALIGN - sizeof(struct arena_chunk *)]; /* keeps what follows aligned */
};

static char *new_chunk(struct arena *arena, size_t n)
{
    if (n > SIZE_MAX - sizeof(struct arena_chunk))
        return NULL;
    struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + n);
    if (!chunk)
        return NULL;
    chunk->before = arena->chunks;
    arena->chunks = chunk;
    return (char *)(chunk + 1);
}

void *arena_alloc(struct arena *arena, size_t n)
{
    if (n > SIZE_MAX - ALIGN)
        return NULL;
    n = (n + !n + ALIGN - 1) / ALIGN * ALIGN; /* of nothing, too: NULL says no memory */
    if (n > CHUNK_BYTES / 4)
        return new_chunk(arena, n);
    if (n > arena->room) {
        char *fresh = new_chunk(arena, CHUNK_BYTES);
        if (!fresh)
            return NULL;
        arena->next = fresh;
        arena->room = CHUNK_BYTES;
    }
    void *given = arena->next;
    arena->next += n;
    arena->room -= n;
    return given;
}

char *arena_text(struct arena *arena, const char *text, size_t n)
{
    char *copy = n < SIZE_MAX ? arena_alloc(arena, n + 1) : NULL;
    if (copy && n)
        memcpy(copy, text, n);
    return copy;
}

void arena_free(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->before;
        free(chunk);
    }
    memset(arena, 0, sizeof(*arena));
}
