/* recording.c - the door through which a recording comes in.
 *
 * Used by finish alone. Everything that later code takes for granted is established here,
 * for input that may be damaged or made by an enemy: after recording_open no index leads
 * out of its array, no text runs past its end, no parent comes after its child. It must
 * not write to the file, and must not believe a number of the header before comparing it
 * with the size of the file.
 */
#include "analyzer/core/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint32_t element_bytes[REC_ARRAYS] = {
    [REC_TEXT] = 1,
    [REC_MODULES] = sizeof(struct rec_module),
    [REC_LOCATIONS] = sizeof(struct rec_location),
    [REC_NODES] = sizeof(struct rec_node),
    [REC_THREADS] = sizeof(struct rec_thread),
    [REC_RECORDS] = sizeof(struct rec_record),
    [REC_GROWTHS] = sizeof(struct rec_growth),
    [REC_CHAINS] = sizeof(struct rec_chain),
    [REC_LINKS] = sizeof(struct rec_link),
};

/* When the clock was read only once, or nonsense: the middle of what the format promises
 * for a unit, 0.5 to 1 us. */
#define UNIT_NS_UNKNOWN 750.0

static uint32_t count_of(const struct recording *r, enum rec_array array)
{
    return (uint32_t)r->header->count[array];
}

static int map_file(struct recording *r, struct error *e)
{
    int fd = open(r->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(e, "cannot open the recording %s: %s", r->path, strerror(errno));
    struct stat status;
    int result = -1;
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
        void *map = mmap(NULL, r->file_bytes, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED) {
            error_set(e, "cannot read the recording %s: %s", r->path, strerror(errno));
        } else {
            r->map = map;
            result = 0;
        }
    }
    close(fd);
    return result;
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
        if (h->element_bytes[a] != element_bytes[a])
            return error_set(e,
                             "%s is a damaged recording: elements of array %d have %u bytes, "
                             "expected %u",
                             r->path, a, h->element_bytes[a], element_bytes[a]);
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
        uint64_t room = (uint64_t)of_array[a] * REC_PER_CHUNK(element_bytes[a]);
        room = room < UINT32_MAX - 1 ? room : UINT32_MAX - 1;
        if (h->count[a] > room) {
            h->count[a] = room;
            r->truncated = true;
        }
        of_array[a] = 0;
    }
    for (uint32_t i = 0; i < h->chunks; i++) {
        uint8_t a = h->chunk_array[i];
        r->chunks[a][of_array[a]++] = i;
    }
    return 0;
}

static const unsigned char *element(const struct recording *r, enum rec_array array, uint32_t index)
{
    uint32_t per_chunk = REC_PER_CHUNK(element_bytes[array]);
    uint64_t chunk = r->chunks[array][index / per_chunk];
    return r->map + REC_HEADER_BYTES + chunk * REC_CHUNK +
           (uint64_t)(index % per_chunk) * element_bytes[array];
}

/* A contiguous copy of an array, with one zeroed element behind the last. */
static void *copy_array(struct recording *r, enum rec_array array, struct error *e)
{
    uint64_t count = r->header->count[array];
    size_t size = element_bytes[array];
    uint32_t per_chunk = REC_PER_CHUNK(element_bytes[array]);
    unsigned char *copy = calloc(count + 1, size);
    if (!copy) {
        error_set(e, "out of memory while reading %s", r->path);
        return NULL;
    }
    for (uint64_t i = 0; i < count; i += per_chunk) {
        uint64_t n = count - i < per_chunk ? count - i : per_chunk;
        memcpy(copy + i * size, element(r, array, (uint32_t)i), n * size);
    }
    return copy;
}

static void check_modules(struct recording *r)
{
    for (uint32_t i = 0; i < count_of(r, REC_MODULES); i++) {
        struct rec_module *module = &r->modules[i];
        if (i == 0)
            module->end = 0;
        if (module->end == 0)
            continue;
        if (module->build_id_bytes > sizeof(module->build_id)) {
            module->build_id_bytes = 0;
            r->repaired++;
        }
        if (module->path >= count_of(r, REC_TEXT)) {
            module->path = count_of(r, REC_TEXT);
            r->repaired++;
        }
    }
}

static void check_locations(struct recording *r)
{
    uint32_t modules = count_of(r, REC_MODULES);
    for (uint32_t i = REC_FIRST_REAL_LOCATION; i < count_of(r, REC_LOCATIONS); i++) {
        struct rec_location *location = &r->locations[i];
        if (!location->live || location->module == 0)
            continue;
        if (location->module >= modules || r->modules[location->module].end == 0) {
            location->module = 0;
            r->repaired++;
        }
    }
}

static bool location_exists(const struct recording *r, uint32_t location)
{
    if (location < REC_FIRST_REAL_LOCATION)
        return location < REC_FUNCTION_COUNT;
    return location < count_of(r, REC_LOCATIONS) && r->locations[location].live;
}

static void check_nodes(struct recording *r)
{
    for (uint32_t i = 0; i < count_of(r, REC_NODES); i++) {
        struct rec_node *node = &r->nodes[i];
        if (i < REC_FIRST_REAL_NODE) {
            *node = (struct rec_node){.parent = i};
            continue;
        }
        if (node->parent >= i) {
            node->parent = REC_ROOT_LOST;
            r->repaired++;
        }
        if (!location_exists(r, node->location)) {
            node->location = RECORDING_NO_LOCATION;
            r->repaired++;
        }
    }
}

static bool repair_node(const struct recording *r, uint32_t *node)
{
    if (*node < REC_FIRST_REAL_NODE || *node < count_of(r, REC_NODES))
        return false;
    *node = REC_ROOT_UNRECORDED;
    return true;
}

static bool repair_index(const struct recording *r, enum rec_array array, uint32_t *index)
{
    if (*index < count_of(r, array) || *index == 0)
        return false;
    *index = 0;
    return true;
}

static bool repair_record(const struct recording *r, struct rec_record *record)
{
    bool node = repair_node(r, &record->node);
    bool thread = repair_index(r, REC_THREADS, &record->thread);
    bool growth = repair_index(r, REC_GROWTHS, &record->growth);
    return node || thread || growth;
}

static bool repair_link(const struct recording *r, struct rec_link *link)
{
    bool from = repair_node(r, &link->from);
    bool to = repair_node(r, &link->to);
    bool thread = repair_index(r, REC_THREADS, &link->thread);
    return from || to || thread;
}

/* The counters are repaired each time that they are copied out; this pass only counts, so
 * that the profile can say how whole the recording was. */
static void check_counters(struct recording *r)
{
    struct rec_record record;
    for (uint32_t i = 1; i < count_of(r, REC_RECORDS); i++) {
        memcpy(&record, element(r, REC_RECORDS, i), sizeof(record));
        r->repaired += record.node && repair_record(r, &record);
    }
    struct rec_link link;
    for (uint32_t i = 1; i < count_of(r, REC_LINKS); i++) {
        memcpy(&link, element(r, REC_LINKS, i), sizeof(link));
        r->repaired += link.kind && repair_link(r, &link);
    }
    struct rec_chain chain;
    for (uint32_t i = 1; i < count_of(r, REC_CHAINS); i++) {
        memcpy(&chain, element(r, REC_CHAINS, i), sizeof(chain));
        r->repaired += chain.live && repair_index(r, REC_RECORDS, &chain.record);
    }
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

static void calibrate(struct recording *r)
{
    const struct rec_header *h = r->header;
    double ticks = (double)(int64_t)(h->latest_ticks - h->start_ticks);
    double ns = (double)(int64_t)(h->latest_mono_ns - h->start_mono_ns);
    double ticks_per_unit = ldexp(1.0, (int)h->tick_shift);
    r->ns_per_unit = ticks > 0 && ns > 0 ? ns / ticks * ticks_per_unit : 0;
    if (!(r->ns_per_unit >= 50 && r->ns_per_unit <= 20000))
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
    *r = (struct recording){0};
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
    check_modules(r);
    check_locations(r);
    check_nodes(r);
    check_counters(r);
    find_end(r);
    calibrate(r);
    return 0;

fail:
    recording_close(r);
    return -1;
}

void recording_close(struct recording *r)
{
    if (r->map)
        munmap((void *)r->map, r->file_bytes);
    for (int a = 0; a < REC_ARRAYS; a++)
        free(r->chunks[a]);
    free(r->text);
    free(r->modules);
    free(r->locations);
    free(r->nodes);
    free(r->threads);
    free(r->header);
    free(r->path);
    *r = (struct recording){0};
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

bool recording_record(const struct recording *r, uint32_t index, struct rec_record *record)
{
    memcpy(record, element(r, REC_RECORDS, index), sizeof(*record));
    if (index == 0 || record->node == 0)
        return false;
    repair_record(r, record);
    return true;
}

bool recording_growth(const struct recording *r, uint32_t index, struct rec_growth *growth)
{
    memcpy(growth, element(r, REC_GROWTHS, index), sizeof(*growth));
    return index != 0 && growth->chains != 0;
}

bool recording_chain(const struct recording *r, uint32_t index, struct rec_chain *chain)
{
    memcpy(chain, element(r, REC_CHAINS, index), sizeof(*chain));
    if (index == 0 || !chain->live)
        return false;
    repair_index(r, REC_RECORDS, &chain->record);
    return chain->record != 0;
}

bool recording_link(const struct recording *r, uint32_t index, struct rec_link *link)
{
    memcpy(link, element(r, REC_LINKS, index), sizeof(*link));
    if (index == 0 || (link->kind != REC_LINK_GREW && link->kind != REC_LINK_HANDOVER))
        return false;
    repair_link(r, link);
    return true;
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
