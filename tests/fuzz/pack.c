/* pack.c - packs recordings to be seeds of target_recording.
 *
 *     pack RECORDING PACKED       a recording of a real program
 *     pack --made PACKED          one by hand, with an element of every array
 */
#include "tests/fuzz/packed_recording.h"
#include "tests/fuzz/target.h"
#include "tests/unit/recording_builder.h"

#include <string.h>

static unsigned char *read_recording(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    MUST(file && fseek(file, 0, SEEK_END) == 0);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size);
    MUST(bytes && fread(bytes, 1, *size, file) == *size);
    fclose(file);
    return bytes;
}

/* Paths of the machine lead nowhere then: a target looks at nothing but its input. */
static void bend_paths(unsigned char *recording, size_t size)
{
    struct rec_header header;
    memcpy(&header, recording, sizeof(header));
    for (size_t i = 0; i < header.chunks && REC_HEADER_BYTES + (i + 1) * REC_CHUNK <= size; i++) {
        unsigned char *text = recording + REC_HEADER_BYTES + i * REC_CHUNK;
        for (size_t at = 1; header.chunk_array[i] == REC_TEXT && at + 1 < REC_CHUNK; at++)
            if (!text[at - 1] && text[at] == '/')
                text[at + 1] = '!';
    }
}

/* Two sites of two threads: a Vec that grows, whose blocks the other thread frees. */
static unsigned char *make_recording(size_t *size)
{
    struct recording_builder b;
    builder_init(&b);
    b.header.live_bytes = b.header.max_bytes = 64;
    uint32_t module = builder_module(&b, "/no/such/demo", 0x1000, 0x9000);
    uint32_t main_thread = builder_thread(&b, "main"), other = builder_thread(&b, "other");
    uint32_t main_node = builder_node(&b, REC_ROOT_WHOLE, builder_location(&b, 0x1100, module));
    uint32_t push = builder_node(&b, main_node, builder_location(&b, 0x2200, module));
    uint32_t alloc = builder_node(&b, push, REC_FN_malloc),
             grow = builder_node(&b, push, REC_FN_realloc);
    uint32_t freed = builder_node(&b, REC_ROOT_LOST, REC_FN_free);
    struct rec_record *record = builder_record(&b, alloc, main_thread);
    record->total_bytes = 96;
    record->total_blocks = 2;
    record->live_bytes = record->max_bytes = 64;
    record->live_blocks = record->max_blocks = record->most_blocks = 1;
    record->size_min = record->size_max = 32;
    record->reallocs = 1;
    builder_count(&b, &record->size_hist, 5, 2);
    builder_count(&b, &record->size_hist, 25, 1);
    record->series_count = 2;
    record->series = builder_add(&b, REC_SERIES, &(struct rec_series){.bytes = {32}});
    record->growth = 1;
    record = builder_record(&b, alloc, other);
    record->freed_elsewhere = 1;
    record->live_blocks = -1;
    record = builder_record(&b, builder_node(&b, main_node, REC_FN_malloc), main_thread);
    record->one_size = 24;
    record->total_blocks = 3;
    record->live_blocks = 1;
    record->most_blocks = 2;
    struct rec_growth growth = {
        .reallocs_moved = 1, .chains = 1, .steps = 1, .moved = 1, .first_bytes = 32};
    growth.final_bytes = growth.peak_bytes = growth.final_max = 64;
    builder_count(&b, &growth.steps_hist, 1, 1);
    builder_count(&b, &growth.first_hist, 5, 1);
    builder_count(&b, &growth.final_hist, 6, 1);
    builder_add(&b, REC_GROWTHS, &growth);
    struct rec_chain chain = {.live = 1, .record = 1, .size = 64, .first_bytes = 32, .steps = 1};
    builder_add(&b, REC_CHAINS, &chain);
    struct rec_link link = {.kind = REC_LINK_GREW, .from = alloc, .to = grow};
    link.n = 1;
    link.bytes = 32;
    builder_add(&b, REC_LINKS, &link);
    link.kind = REC_LINK_FREED;
    link.to = freed;
    builder_add(&b, REC_LINKS, &link);
    unsigned char *bytes = builder_bytes(&b, size);
    builder_free(&b);
    return bytes;
}

int main(int count, char **arguments)
{
    size_t size, n;
    MUST(count == 3);
    unsigned char *recording = strcmp(arguments[1], "--made") == 0
                                   ? make_recording(&size)
                                   : read_recording(arguments[1], &size);
    bend_paths(recording, size);
    uint8_t *packed = packed_recording_pack(recording, size, &n);
    FILE *file = fopen(arguments[2], "wb");
    MUST(file && fwrite(packed, 1, n, file) == n && fclose(file) == 0);
    free(packed);
    free(recording);
    return 0;
}
