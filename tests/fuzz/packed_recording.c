/* packed_recording.c - see the header. Used by target_recording and by what makes its seeds. */
#include "tests/fuzz/packed_recording.h"
#include "analyzer/core/recording_elements.h"
#include "tests/fuzz/target.h"

#include <string.h>

#define MOST_CHUNKS 16 /* an input of some KiB has no use for more */

static void put_constants(struct rec_header *header, uint32_t chunks)
{
    memcpy(header->magic, REC_MAGIC, sizeof(header->magic));
    header->version = REC_VERSION;
    header->header_bytes = REC_HEADER_BYTES;
    header->chunk_bytes = REC_CHUNK;
    memcpy(header->element_bytes, recording_element_bytes, sizeof(recording_element_bytes));
    header->chunks = chunks;
}

unsigned char *packed_recording_unpack(const uint8_t *packed, size_t n, size_t *size)
{
    struct packed_recording how;
    struct packed_chunk chunk;
    struct rec_header header = {0};
    uint32_t chunks = 0;
    unsigned char *recording = calloc(1, REC_HEADER_BYTES + MOST_CHUNKS * (size_t)REC_CHUNK);
    MUST(recording);
    target_take(&packed, &n, &how, sizeof(how));
    target_take(&packed, &n, &header, offsetof(struct rec_header, chunk_array));
    for (; n && chunks < MOST_CHUNKS; chunks++) {
        target_take(&packed, &n, &chunk, sizeof(chunk));
        header.chunk_array[chunks] = (uint8_t)chunk.array;
        target_take(&packed, &n, recording + REC_HEADER_BYTES + chunks * (size_t)REC_CHUNK,
                    chunk.bytes);
    }
    if (!(how.flags & PACKED_RAW))
        put_constants(&header, chunks);
    memcpy(recording, &header, sizeof(header));
    *size = REC_HEADER_BYTES + chunks * (size_t)REC_CHUNK;
    if (how.flags & PACKED_CUT)
        *size -= how.cut % (*size + 1);
    return recording;
}

uint8_t *packed_recording_pack(const unsigned char *recording, size_t size, size_t *n)
{
    struct rec_header header;
    struct packed_chunk chunk;
    uint8_t *packed = calloc(1, PACKED_HEADER_BYTES + size + MOST_CHUNKS * sizeof(chunk));
    MUST(packed && size >= REC_HEADER_BYTES);
    memcpy(&header, recording, sizeof(header));
    *n = sizeof(struct packed_recording);
    memcpy(packed + *n, &header, offsetof(struct rec_header, chunk_array));
    *n = PACKED_HEADER_BYTES;
    uint32_t chunks = (uint32_t)((size - REC_HEADER_BYTES) / REC_CHUNK);
    for (uint32_t i = 0; i < chunks && i < header.chunks && i < MOST_CHUNKS; i++) {
        const unsigned char *bytes = recording + REC_HEADER_BYTES + i * (size_t)REC_CHUNK;
        uint32_t used = REC_CHUNK - 1;
        while (used && !bytes[used - 1])
            used--;
        chunk = (struct packed_chunk){header.chunk_array[i], (uint16_t)used};
        memcpy(packed + *n, &chunk, sizeof(chunk));
        memcpy(packed + *n + sizeof(chunk), bytes, used);
        *n += sizeof(chunk) + used;
    }
    return packed;
}
