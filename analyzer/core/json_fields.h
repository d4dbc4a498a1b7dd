/* json_fields.h - reads a JSON object into a struct, by a table that says which key goes
 * where. The table is the master copy of what a reader knows: keys that it does not name
 * are passed over, keys that are missing leave their field as it was.
 *
 * Texts and arrays are allocated from the arena and live as long as it.
 */
#ifndef HEAPCOACH_JSON_FIELDS_H
#define HEAPCOACH_JSON_FIELDS_H

#include "analyzer/core/arena.h"
#include "analyzer/core/json_in.h"

#include <stddef.h>

enum json_field_type {
    JSON_U64,  /* uint64_t */
    JSON_U32,  /* uint32_t */
    JSON_REAL, /* double */
    JSON_BOOL, /* bool */
    JSON_TEXT, /* const char *, NUL-terminated */
    JSON_TAKE  /* whatever `take` makes of it */
};

struct json_field {
    const char *key;
    enum json_field_type type;
    size_t offset; /* in the struct; for JSON_TAKE what `take` gets is base + offset */
    /* Reads the value that comes next. context is json_fields_read's. 0, or -1 with the
     * reader's error filled. */
    int (*take)(struct json_in *in, void *field, void *context);
};

/* Sixty-four fields at most. */
struct json_fields {
    const struct json_field *field;
    size_t count;
};

#define JSON_FIELDS(array)                                                                         \
    {                                                                                              \
        (array), sizeof(array) / sizeof((array)[0])                                                \
    }

/* Reads the object that must come next into base. Bit i of *seen (may be NULL) is set when
 * field i was there; of a key that comes twice the last counts. 0 or -1. */
int json_fields_read(struct json_in *in, const struct json_fields *fields, void *base,
                     struct arena *arena, void *context, uint64_t *seen);

/* A text that must come next, copied into the arena. */
int json_fields_text(struct json_in *in, const char **text, struct arena *arena);

/* An array under construction, grown by doubling; zero it first. The caller frees items. */
struct json_list {
    void *items;
    size_t count, room;
};

/* Room for one more zeroed item of n bytes, or NULL with the reader's error filled. */
void *json_list_add(struct json_list *list, size_t n, struct json_in *in);

#endif
