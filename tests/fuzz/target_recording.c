// sources: tests/fuzz/packed_recording.c
// libs: analyzer
/* target_recording.c - a recording (packed_recording.h), finished.
 *
 * Whatever it says, what comes of it is an error that is told or a profile that our own reader
 * takes and finds whole.
 */
#include "analyzer/core/finish.h"
#include "analyzer/core/profile.h"
#include "tests/fuzz/packed_recording.h"
#include "tests/fuzz/target.h"

#include <string.h>
#include <unistd.h>

static void must_load(const char *path)
{
    struct profile profile;
    struct error error;
    if (profile_load(&profile, path, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        MUST(!"the profile that was written can be read");
    }
    MUST(profile.has_own && profile.repeated_points == 0);
    profile_free(&profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *folder = getenv("TMPDIR");
    char written[4096];
    struct error error = {0};
    size_t n;
    snprintf(written, sizeof(written), "%s/recording.%d", folder ? folder : ".", (int)getpid());
    unsigned char *recording = packed_recording_unpack(data, size, &n);
    struct target_file file = target_open_file(recording, n);
    free(recording);
    if (finish_recording(file.path, written, NULL, NULL, 0, &error) == 0) {
        must_load(written);
        unlink(written);
    } else {
        MUST(error.text[0]);
    }
    target_close_file(&file);
    return 0;
}

/* Inputs are structs: a change of length would move all that follows. So a field becomes a number
 * that is near an edge, or near another field's, and now and then a piece is copied over another.
 */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static uint64_t edge(uint64_t *state, const uint8_t *data, size_t size)
{
    static const uint64_t edges[] = {0,          1,          2,          3,          4,
                                     15,         16,         31,         32,         63,
                                     64,         100,        255,        256,        65535,
                                     INT32_MAX,  UINT32_MAX, 0x80000000, INT64_MAX,  UINT64_MAX,
                                     1ull << 63, 1ull << 53, 1ull << 32, 1ull << 48, 1000000};
    uint64_t other = 0;
    if (next_random(state) % 3 == 0) {
        memcpy(&other, data + next_random(state) % (size - 7), 8);
        return next_random(state) % 2 ? other : other + next_random(state) % 5 - 2;
    }
    return edges[next_random(state) % (sizeof(edges) / sizeof(edges[0]))];
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + size;
    if (size < PACKED_HEADER_BYTES + 64) /* nothing to begin with: an empty header */
        return memset(data, 0, room < 1024 ? room : 1024), room < 1024 ? room : 1024;
    for (uint64_t changes = 1 + next_random(&state) % 4; changes; changes--) {
        size_t width = (size_t)1 << next_random(&state) % 4;
        size_t at = next_random(&state) % (size - 8) / width * width;
        uint64_t value = edge(&state, data, size);
        if (next_random(&state) % 8 == 0)
            memmove(data + at, data + next_random(&state) % (size - 7), 8);
        else
            memcpy(data + at, &value, width);
    }
    if (next_random(&state) % 16 == 0) /* the last element or piece of text is missing */
        size -= next_random(&state) % (size - PACKED_HEADER_BYTES);
    return size;
}
