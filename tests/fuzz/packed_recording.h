/* packed_recording.h - a recording without its empty parts, as the input of target_recording.
 *
 * A recording is a header of 64 KiB and chunks of 64 KiB, nearly all zeros where it is small: a
 * fuzzer would change zeros only. Packed, it is
 *
 *   OFFSET  SIZE  DESCRIPTION
 *   0       4     PACKED_RAW, PACKED_CUT
 *   4       4     PACKED_CUT: how many bytes are missing at the end of the file
 *   8       ...   struct rec_header up to chunk_array
 *   ...           for each chunk: its array (2 bytes), how many bytes follow (2), the bytes; the
 * rest of the chunk is zeros
 *
 * The fields by which the loader knows its own format, which every mutation would break, are put in
 * when unpacking, but with PACKED_RAW.
 */
#ifndef HEAPCOACH_TESTS_FUZZ_PACKED_RECORDING_H
#define HEAPCOACH_TESTS_FUZZ_PACKED_RECORDING_H

#include "preload/recording_format.h"

#include <stddef.h>
#include <stdint.h>

enum { PACKED_RAW = 1, PACKED_CUT = 2 };

struct packed_recording {
    uint32_t flags, cut;
};

#define PACKED_HEADER_BYTES                                                                        \
    (sizeof(struct packed_recording) + offsetof(struct rec_header, chunk_array))

struct packed_chunk {
    uint16_t array, bytes;
};

/* The recording of n packed bytes, of *size bytes. The caller frees it. Never fails. */
unsigned char *packed_recording_unpack(const uint8_t *packed, size_t n, size_t *size);

/* The other way round. The caller frees it. */
uint8_t *packed_recording_pack(const unsigned char *recording, size_t size, size_t *n);

#endif
