/* intern.c - a hash table from byte strings to small numbers.
 *
 * Used wherever the analyzer meets the same text again and again. Not uthash: its handles
 * and separately allocated keys cost 80 bytes and more per string, and a million stacks
 * must fit in memory; and here a failed allocation comes back as a value.
 */
#include "analyzer/core/intern.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK_BYTES 4096u
#define MOST_BLOCK_BYTES (1u << 20)

struct intern_entry {
    const char *bytes;
    uint32_t length;
    uint32_t hash;
};

struct intern_block {
    struct intern_block *next;
    size_t used, size;
    char bytes[];
};

/* FNV-1a by 8 bytes at a time, then mixed: names share long beginnings and ends. */
static uint32_t hash_of(const unsigned char *bytes, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325u ^ length;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    for (; length; bytes++, length--)
        hash = (hash ^ *bytes) * 0x100000001b3u;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    return (uint32_t)(hash >> 32);
}

static char *store(struct intern *table, const void *bytes, size_t length)
{
    size_t need = (length + 1 + 3) & ~(size_t)3;
    struct intern_block *block = table->blocks;
    if (!block || block->size - block->used < need) {
        size_t size = block ? block->size * 2 : FIRST_BLOCK_BYTES;
        size = size > MOST_BLOCK_BYTES ? MOST_BLOCK_BYTES : size;
        size = size > need ? size : need;
        block = malloc(sizeof(*block) + size);
        if (!block)
            return NULL;
        *block = (struct intern_block){.next = table->blocks, .size = size};
        table->blocks = block;
    }
    char *place = block->bytes + block->used;
    block->used += need;
    if (length)
        memcpy(place, bytes, length);
    place[length] = '\0';
    return place;
}

static int grow_entries(struct intern *table)
{
    if (table->count < table->capacity)
        return 0;
    if (table->capacity >= 1u << 31)
        return -1;
    uint32_t capacity = table->capacity ? table->capacity * 2 : 64;
    struct intern_entry *entries = realloc(table->entries, capacity * sizeof(*entries));
    if (!entries)
        return -1;
    table->entries = entries;
    table->capacity = capacity;
    return 0;
}

/* Kept at most half full, so that a search stays short. */
static int grow_slots(struct intern *table)
{
    if (table->slots && table->count < (table->slot_mask >> 1))
        return 0;
    uint64_t slots = table->slots ? ((uint64_t)table->slot_mask + 1) * 2 : 256;
    if (slots > 1ull << 32)
        return -1;
    uint32_t *fresh = calloc(slots, sizeof(*fresh));
    if (!fresh)
        return -1;
    uint32_t mask = (uint32_t)(slots - 1);
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t at = table->entries[i].hash & mask;
        while (fresh[at])
            at = (at + 1) & mask;
        fresh[at] = i + 1;
    }
    free(table->slots);
    table->slots = fresh;
    table->slot_mask = mask;
    return 0;
}

int64_t intern_bytes(struct intern *table, const void *bytes, size_t length)
{
    if (length > UINT32_MAX || grow_entries(table) != 0 || grow_slots(table) != 0)
        return -1;
    uint32_t hash = hash_of(bytes, length);
    uint32_t at = hash & table->slot_mask;
    for (; table->slots[at]; at = (at + 1) & table->slot_mask) {
        uint32_t number = table->slots[at] - 1;
        const struct intern_entry *entry = &table->entries[number];
        if (entry->hash == hash && entry->length == length &&
            (length == 0 || memcmp(entry->bytes, bytes, length) == 0))
            return number;
    }
    char *place = store(table, bytes, length);
    if (!place)
        return -1;
    table->entries[table->count] =
        (struct intern_entry){.bytes = place, .length = (uint32_t)length, .hash = hash};
    table->slots[at] = table->count + 1;
    return table->count++;
}

int64_t intern_string(struct intern *table, const char *text)
{
    return intern_bytes(table, text, strlen(text));
}

const void *intern_get(const struct intern *table, uint32_t number, size_t *length)
{
    if (length)
        *length = table->entries[number].length;
    return table->entries[number].bytes;
}

const char *intern_text(const struct intern *table, uint32_t number)
{
    return number == UINT32_MAX ? "" : table->entries[number].bytes;
}

void intern_free(struct intern *table)
{
    while (table->blocks) {
        struct intern_block *next = table->blocks->next;
        free(table->blocks);
        table->blocks = next;
    }
    free(table->entries);
    free(table->slots);
    *table = (struct intern){0};
}
