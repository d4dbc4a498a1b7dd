/* recording_builder.c - writes recordings for tests. See the header. */
#include "tests/unit/recording_builder.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t sizes[REC_ARRAYS] = {
    [REC_TEXT] = 1,
    [REC_MODULES] = sizeof(struct rec_module),
    [REC_LOCATIONS] = sizeof(struct rec_location),
    [REC_NODES] = sizeof(struct rec_node),
    [REC_THREADS] = sizeof(struct rec_thread),
    [REC_RECORDS] = sizeof(struct rec_record),
    [REC_GROWTHS] = sizeof(struct rec_growth),
    [REC_CHAINS] = sizeof(struct rec_chain),
    [REC_LINKS] = sizeof(struct rec_link),
    [REC_TIMELINES] = sizeof(struct rec_timeline),
    [REC_TIMED] = sizeof(struct rec_timed),
    [REC_OUTLIERS] = sizeof(struct rec_outliers),
    [REC_SERIES] = sizeof(struct rec_series),
    [REC_SAMPLES] = sizeof(struct rec_sample),
};

void builder_init(struct recording_builder *b)
{
    memset(b, 0, sizeof(*b));
    struct rec_header *h = &b->header;
    memcpy(h->magic, REC_MAGIC, 8);
    h->version = REC_VERSION;
    h->header_bytes = REC_HEADER_BYTES;
    h->chunk_bytes = REC_CHUNK;
    memcpy(h->element_bytes, sizes, sizeof(sizes));
    h->state = REC_SEALED;
    h->pid = 4711;
    h->tick_shift = 10;
    h->depth_limit = 512;
    h->start_ticks = 1000000;
    h->latest_ticks = h->end_ticks = h->start_ticks + 1024000;
    h->start_mono_ns = 5000;
    h->latest_mono_ns = h->start_mono_ns + 1024000;
    h->start_unix_ns = 1700000000000000000u;

    static const unsigned char nothing[REC_CHUNK]; /* as big as any element */
    builder_add(b, REC_TEXT, nothing);
    builder_add(b, REC_MODULES, nothing);
    builder_add(b, REC_THREADS, nothing);
    builder_add(b, REC_RECORDS, nothing);
    builder_add(b, REC_GROWTHS, nothing);
    builder_add(b, REC_CHAINS, nothing);
    builder_add(b, REC_LINKS, nothing);
    builder_add(b, REC_TIMED, nothing);
    builder_add(b, REC_OUTLIERS, nothing);
    builder_add(b, REC_SERIES, nothing);
    for (uint32_t i = 0; i < REC_FIRST_REAL_LOCATION; i++)
        builder_add(b, REC_LOCATIONS, nothing);
    for (uint32_t i = 0; i < REC_FIRST_REAL_NODE; i++)
        builder_add(b, REC_NODES, nothing);
    h->exe = builder_text(b, "/no/such/demo");
    h->cwd = builder_text(b, "/tmp");
    builder_command(b, "demo\0-x", 8);
}

uint32_t builder_add(struct recording_builder *b, enum rec_array array, const void *element)
{
    uint64_t index = b->arrays[array].count++;
    if (index == b->arrays[array].room) {
        b->arrays[array].room = index * 2 + 16;
        b->arrays[array].bytes =
            realloc(b->arrays[array].bytes, b->arrays[array].room * sizes[array]);
        assert(b->arrays[array].bytes);
    }
    memcpy(b->arrays[array].bytes + index * sizes[array], element, sizes[array]);
    return (uint32_t)index;
}

void *builder_get(struct recording_builder *b, enum rec_array array, uint32_t index)
{
    assert(index < b->arrays[array].count);
    return b->arrays[array].bytes + (uint64_t)index * sizes[array];
}

uint64_t builder_text(struct recording_builder *b, const char *text)
{
    uint64_t offset = b->arrays[REC_TEXT].count;
    for (size_t i = 0; i <= strlen(text); i++)
        builder_add(b, REC_TEXT, text + i);
    return offset;
}

void builder_command(struct recording_builder *b, const char *arguments, size_t bytes)
{
    b->header.command = b->arrays[REC_TEXT].count;
    b->header.command_bytes = bytes;
    for (size_t i = 0; i < bytes; i++)
        builder_add(b, REC_TEXT, arguments + i);
}

uint32_t builder_module(struct recording_builder *b, const char *path, uint64_t start, uint64_t end)
{
    struct rec_module module = {.start = start, .end = end, .bias = start};
    module.path = builder_text(b, path);
    return builder_add(b, REC_MODULES, &module);
}

uint32_t builder_location(struct recording_builder *b, uint64_t pc, uint32_t module)
{
    struct rec_location location = {.pc = pc, .module = module, .live = 1};
    return builder_add(b, REC_LOCATIONS, &location);
}

uint32_t builder_node(struct recording_builder *b, uint32_t parent, uint32_t location)
{
    struct rec_node node = {.parent = parent, .location = location};
    return builder_add(b, REC_NODES, &node);
}

uint32_t builder_thread(struct recording_builder *b, const char *name)
{
    struct rec_thread thread = {.live = 1, .tid = 4711, .owners = 1};
    strncpy(thread.name, name, sizeof(thread.name) - 1);
    return builder_add(b, REC_THREADS, &thread);
}

struct rec_record *builder_record(struct recording_builder *b, uint32_t node, uint32_t thread)
{
    struct rec_record record = {.node = node,
                                .one_size = REC_MIXED_SIZES,
                                .thread = thread,
                                .size_hist.place = REC_NO_WINDOW,
                                .life_allocs_hist.place = REC_NO_WINDOW,
                                .life_units_hist.place = REC_NO_WINDOW};
    return builder_get(b, REC_RECORDS, builder_add(b, REC_RECORDS, &record));
}

void builder_count(struct recording_builder *b, struct rec_histogram *h, unsigned bucket,
                   uint32_t n)
{
    if (h->place == REC_NO_WINDOW)
        h->place = bucket < REC_BUCKETS - REC_WINDOW ? bucket : REC_BUCKETS - REC_WINDOW;
    uint32_t from_first = bucket - (h->place & REC_PLACE_FIRST);
    if (from_first < REC_WINDOW) {
        h->window[from_first] += n;
        return;
    }
    static const struct rec_outliers none;
    if (!(h->place >> REC_PLACE_ROW_SHIFT))
        h->place |= builder_add(b, REC_OUTLIERS, &none) << REC_PLACE_ROW_SHIFT;
    struct rec_outliers *row = builder_get(b, REC_OUTLIERS, h->place >> REC_PLACE_ROW_SHIFT);
    row->counts[bucket] += n;
}

unsigned char *builder_bytes(struct recording_builder *b, size_t *size)
{
    struct rec_header h = b->header;
    uint64_t done[REC_ARRAYS] = {0};
    uint32_t chunks = 0;
    for (int a = 0; a < REC_ARRAYS; a++) {
        uint32_t per_chunk = REC_PER_CHUNK(sizes[a]);
        chunks += (uint32_t)((b->arrays[a].count + per_chunk - 1) / per_chunk);
        if (!h.count[a])
            h.count[a] = b->arrays[a].count;
    }
    *size = REC_HEADER_BYTES + (size_t)chunks * REC_CHUNK;
    unsigned char *file = calloc(1, *size);
    assert(file && chunks <= sizeof(h.chunk_array));
    /* One chunk of each array in turn, as long as they have any. */
    for (uint32_t chunk = 0; chunk < chunks;) {
        for (int a = REC_ARRAYS - 1; a >= 0; a--) {
            uint64_t left = b->arrays[a].count - done[a], n = REC_PER_CHUNK(sizes[a]);
            if (!left)
                continue;
            n = left < n ? left : n;
            memcpy(file + REC_HEADER_BYTES + (size_t)chunk * REC_CHUNK,
                   b->arrays[a].bytes + done[a] * sizes[a], n * sizes[a]);
            done[a] += n;
            h.chunk_array[chunk++] = (uint8_t)a;
        }
    }
    if (!h.chunks)
        h.chunks = chunks;
    memcpy(file, &h, sizeof(h));
    return file;
}

void builder_write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    assert(file);
    size_t written = fwrite(bytes, 1, size, file);
    int closed = fclose(file);
    assert(written == size && closed == 0);
    (void)written;
    (void)closed;
}

void builder_write(struct recording_builder *b, const char *path)
{
    size_t size;
    unsigned char *bytes = builder_bytes(b, &size);
    builder_write_bytes(path, bytes, size);
    free(bytes);
}

void builder_free(struct recording_builder *b)
{
    for (int a = 0; a < REC_ARRAYS; a++)
        free(b->arrays[a].bytes);
}
