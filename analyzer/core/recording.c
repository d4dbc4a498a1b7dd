/* recording.c - the door through which a recording comes in.
 *
 * Used by finish alone. Everything that later code takes for granted is established here,
 * for input that may be damaged or made by an enemy: after recording_open no index leads
 * out of its array, no text runs past its end, no parent comes after its child. It must
 * not write to the file, and must not believe a number of the header before comparing it
 * with the size of the file.
 */
#include "analyzer/core/recording.h"
#include "analyzer/core/mapped.h"
#include "analyzer/core/recording_elements.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* When the clock was read only once, or nonsense: the middle of what the format promises
 * for a unit, 0.5 to 1 us. */
#define UNIT_NS_UNKNOWN 750.0

static uint32_t count_of(const struct recording *r, enum rec_array array)
{
    return (uint32_t)r->header->count[array];
}

static int map_file(struct recording *r, struct error *e)
{
    /* A name may lead anywhere: opening a pipe must not wait, nor a terminal become ours. */
    int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_set(e, "cannot open the recording %s: %s", r->path, strerror(errno));
    struct stat status;
    if (fstat(fd, &status) != 0) {
        error_set(e, "cannot look at the recording %s: %s", r->path, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        error_set(e, "%s is not a recording: expected a regular file, found %s", r->path,
                  S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe");
    } else if ((uint64_t)status.st_size < REC_HEADER_BYTES) {
        error_set(e, "%s is not a whole recording: expected at least %u bytes, found %lld", r->path,
                  REC_HEADER_BYTES, (long long)status.st_size);
    } else {
        r->file_bytes = (uint64_t)status.st_size;
        mapped_watch();
        void *map = mmap(NULL, r->file_bytes, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED) {
            error_set(e, "cannot read the recording %s: %s", r->path, strerror(errno));
        } else {
            r->map = map;
            r->fd = fd;
            return 0;
        }
    }
    close(fd);
    return -1;
}

static int check_header(struct recording *r, struct error *e)
{
    struct rec_header *h = r->header;
    if (memcmp(h->magic, REC_MAGIC, sizeof(h->magic)) != 0)
        return error_set(e,
                         "%s is not a heapcoach recording: it does not begin with \"" REC_MAGIC
                         "\"; give the file that libheapcoach.so wrote (profiles, *.json, need "
                         "no finishing)",
                         r->path);
    if (h->version != REC_VERSION)
        return error_set(e,
                         "%s is a recording of format version %u, expected %u: finish it with "
                         "the heapcoach that recorded it",
                         r->path, h->version, REC_VERSION);
    if (h->header_bytes != REC_HEADER_BYTES || h->chunk_bytes != REC_CHUNK)
        return error_set(e,
                         "%s is a damaged recording: expected a header and chunks of %u and %u "
                         "bytes, found %u and %u",
                         r->path, REC_HEADER_BYTES, REC_CHUNK, h->header_bytes, h->chunk_bytes);
    for (int a = 0; a < REC_ARRAYS; a++)
        if (h->element_bytes[a] != recording_element_bytes[a])
            return error_set(e,
                             "%s is a damaged recording: elements of array %d have %u bytes, "
                             "expected %u",
                             r->path, a, h->element_bytes[a], recording_element_bytes[a]);
    if (h->chunks > sizeof(h->chunk_array) || h->tick_shift >= 64)
        return error_set(e, "%s is a damaged recording: %u chunks and tick shift %u are impossible",
                         r->path, h->chunks, h->tick_shift);
    return 0;
}

/* Which chunks of the file are which array's, and how many elements each array can have at
 * most by them. */
static int sort_chunks(struct recording *r, struct error *e)
{
    struct rec_header *h = r->header;
    uint64_t there = (r->file_bytes - REC_HEADER_BYTES) / REC_CHUNK;
    if (h->chunks > there) {
        h->chunks = (uint32_t)there;
        r->truncated = true;
    }
    uint32_t of_array[REC_ARRAYS] = {0};
    for (uint32_t i = 0; i < h->chunks; i++) {
        if (h->chunk_array[i] >= REC_ARRAYS)
            return error_set(e,
                             "%s is a damaged recording: chunk %u belongs to array %u, expected "
                             "less than %d",
                             r->path, i, h->chunk_array[i], REC_ARRAYS);
        of_array[h->chunk_array[i]]++;
    }
    for (int a = 0; a < REC_ARRAYS; a++) {
        r->chunks[a] = malloc((of_array[a] + 1) * sizeof(uint32_t));
        if (!r->chunks[a])
            return error_set(e, "out of memory while reading %s", r->path);
        uint64_t room = (uint64_t)of_array[a] * REC_PER_CHUNK(recording_element_bytes[a]);
        room = room < UINT32_MAX - 1 ? room : UINT32_MAX - 1;
        if (h->count[a] > room) {
            /* an array that was never used has no chunk, and its element 0 stands for none */
            r->truncated = r->truncated || h->count[a] > 1;
            h->count[a] = room;
        }
        of_array[a] = 0;
    }
    for (uint32_t i = 0; i < h->chunks; i++) {
        uint8_t a = h->chunk_array[i];
        r->chunks[a][of_array[a]++] = i;
    }
    return 0;
}

/* A contiguous copy of an array, with one zeroed element behind the last. */
static void *copy_array(struct recording *r, enum rec_array array, struct error *e)
{
    uint64_t count = r->header->count[array];
    size_t size = recording_element_bytes[array];
    uint32_t per_chunk = REC_PER_CHUNK(recording_element_bytes[array]);
    unsigned char *copy = calloc(count + 1, size);
    if (!copy) {
        error_set(e, "out of memory while reading %s", r->path);
        return NULL;
    }
    for (uint64_t i = 0; i < count; i += per_chunk) {
        uint64_t n = count - i < per_chunk ? count - i : per_chunk;
        memcpy(copy + i * size, recording_element(r, array, (uint32_t)i), n * size);
    }
    return copy;
}

/* A sealed recording knows its end; in any other the latest time that anybody read the
 * clock is the best there is. Taken as the latest of all even when sealed, because other
 * threads may run on during exit, and no block may die after the end. */
static void find_end(struct recording *r)
{
    const struct rec_header *h = r->header;
    uint64_t end = h->state == REC_SEALED ? h->end_ticks : h->latest_ticks;
    end = end > h->max_ticks ? end : h->max_ticks;
    for (uint32_t i = 1; i < count_of(r, REC_THREADS); i++)
        if (r->threads[i].live && r->threads[i].now_ticks > end)
            end = r->threads[i].now_ticks;
    r->end_ticks = end > h->start_ticks ? end : h->start_ticks;
    r->end_units = (r->end_ticks - h->start_ticks) >> h->tick_shift;
}

static bool is_unit(double ns)
{
    return ns >= 50 && ns <= 20000;
}

/* By start and end; where these are one moment or no time, by what was measured at the start. */
static void calibrate(struct recording *r)
{
    const struct rec_header *h = r->header;
    double ticks = (double)(int64_t)(h->latest_ticks - h->start_ticks);
    double ns = (double)(int64_t)(h->latest_mono_ns - h->start_mono_ns);
    double ticks_per_unit = ldexp(1.0, (int)h->tick_shift);
    r->ns_per_unit = ticks > 0 && ns > 0 ? ns / ticks * ticks_per_unit : 0;
    if (!is_unit(r->ns_per_unit) && h->us_ticks)
        r->ns_per_unit = ticks_per_unit * 1000 / h->us_ticks;
    if (!is_unit(r->ns_per_unit))
        r->ns_per_unit = UNIT_NS_UNKNOWN;
    r->ns_per_tick = r->ns_per_unit / ticks_per_unit;
}

static int copy_arrays(struct recording *r, struct error *e)
{
    r->text = copy_array(r, REC_TEXT, e);
    r->modules = copy_array(r, REC_MODULES, e);
    r->locations = copy_array(r, REC_LOCATIONS, e);
    r->nodes = copy_array(r, REC_NODES, e);
    r->threads = copy_array(r, REC_THREADS, e);
    return r->text && r->modules && r->locations && r->nodes && r->threads ? 0 : -1;
}

int recording_open(struct recording *r, const char *path, struct error *e)
{
    *r = (struct recording){.fd = -1};
    r->path = strdup(path);
    r->header = malloc(sizeof(*r->header));
    if (!r->path || !r->header) {
        error_set(e, "out of memory while opening %s", path);
        goto fail;
    }
    if (map_file(r, e) != 0)
        goto fail;
    /* One copy of the counts, before anything they count: a living program only adds. */
    memcpy(r->header, r->map, sizeof(*r->header));
    if (check_header(r, e) != 0 || sort_chunks(r, e) != 0 || copy_arrays(r, e) != 0)
        goto fail;
    recording_check_elements(r);
    find_end(r);
    calibrate(r);
    if (recording_take_line(r) == 0)
        return 0;
    error_set(e, "out of memory while reading %s", path);

fail:
    recording_close(r);
    return -1;
}

void recording_close(struct recording *r)
{
    if (r->map) {
        munmap((void *)r->map, r->file_bytes);
        close(r->fd);
    }
    for (int a = 0; a < REC_ARRAYS; a++)
        free(r->chunks[a]);
    free(r->text);
    free(r->line);
    free(r->modules);
    free(r->locations);
    free(r->nodes);
    free(r->threads);
    free(r->header);
    free(r->path);
    *r = (struct recording){.fd = -1};
}

int recording_is_whole(const struct recording *r, struct error *e)
{
    if (!mapped_cut_short(r->fd, r->file_bytes))
        return 0;
    return error_set(e,
                     "the recording %s was cut short by another program while it was read: it had "
                     "%llu bytes",
                     r->path, (unsigned long long)r->file_bytes);
}

uint64_t recording_used_bytes(const struct recording *r)
{
    return REC_HEADER_BYTES + (uint64_t)r->header->chunks * REC_CHUNK;
}

const char *recording_text(const struct recording *r, uint64_t offset)
{
    return offset < r->header->count[REC_TEXT] ? r->text + offset : "";
}

const char *recording_text_bytes(const struct recording *r, uint64_t offset, uint64_t *length)
{
    uint64_t count = r->header->count[REC_TEXT];
    if (offset >= count) {
        *length = 0;
        return "";
    }
    if (*length > count - offset)
        *length = count - offset;
    return r->text + offset;
}

static uint64_t to_us(long double ns)
{
    long double us = ns / 1000;
    if (!(us > 0))
        return 0;
    return us >= 0x1p64L ? UINT64_MAX : (uint64_t)us;
}

uint64_t recording_units_to_us(const struct recording *r, uint64_t units)
{
    return to_us((long double)units * r->ns_per_unit);
}

uint64_t recording_ticks_to_us(const struct recording *r, uint64_t ticks)
{
    return to_us((long double)ticks * r->ns_per_tick);
}
