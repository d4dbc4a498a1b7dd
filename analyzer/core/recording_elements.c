/* recording_elements.c - the elements of a recording: where they are, and what is wrong in them.
 *
 * Private to recording.c but for the accessors of recording.h. Copies are repaired once, when
 * the recording is opened; counters each time that they are copied out, because the program
 * may still write them.
 */
#include "analyzer/core/recording_elements.h"

#include <stdlib.h>
#include <string.h>

const uint32_t recording_element_bytes[REC_ARRAYS] = REC_ELEMENT_BYTES;

static uint32_t count_of(const struct recording *r, enum rec_array array)
{
    return (uint32_t)r->header->count[array];
}

const unsigned char *recording_element(const struct recording *r, enum rec_array array,
                                       uint32_t index)
{
    uint32_t per_chunk = REC_PER_CHUNK(recording_element_bytes[array]);
    uint64_t chunk = r->chunks[array][index / per_chunk];
    return r->map + REC_HEADER_BYTES + chunk * REC_CHUNK +
           (uint64_t)(index % per_chunk) * recording_element_bytes[array];
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

/* Where the counts of a window belong that begins nowhere is not known. */
static bool repair_histogram(const struct recording *r, struct rec_histogram *h)
{
    uint32_t first = h->place & REC_PLACE_FIRST, row = h->place >> REC_PLACE_ROW_SHIFT;
    bool no_row = repair_index(r, REC_OUTLIERS, &row);
    bool no_window = first > REC_BUCKETS - REC_WINDOW;
    if (no_window)
        *h = (struct rec_histogram){0};
    else
        h->place = row << REC_PLACE_ROW_SHIFT | first;
    return no_row || (no_window && first != REC_NO_WINDOW);
}

/* No record is of one size that the recorder would not keep so. */
static bool repair_one_size(struct rec_record *record)
{
    if (record->one_size <= REC_ONE_SIZE_MAX || record->one_size == REC_MIXED_SIZES)
        return false;
    record->one_size = REC_MIXED_SIZES;
    return true;
}

static bool repair_record(const struct recording *r, struct rec_record *record)
{
    bool node = repair_node(r, &record->node);
    record->thread &= REC_RECORD_THREAD;
    bool thread = repair_index(r, REC_THREADS, &record->thread);
    bool growth = repair_index(r, REC_GROWTHS, &record->growth);
    bool timed = repair_index(r, REC_TIMED, &record->timed);
    bool sample = repair_index(r, REC_SAMPLES, &record->sample);
    bool series = repair_index(r, REC_SERIES, &record->series);
    bool sizes = repair_histogram(r, &record->size_hist);
    bool allocs = repair_histogram(r, &record->life_allocs_hist);
    bool units = repair_histogram(r, &record->life_units_hist);
    bool size = repair_one_size(record);
    return node || thread || growth || timed || sample || series || sizes || allocs || units ||
           size;
}

static bool repair_link(const struct recording *r, struct rec_link *link)
{
    bool from = repair_node(r, &link->from);
    bool to = repair_node(r, &link->to);
    bool sizes = repair_histogram(r, &link->to_hist);
    return from || to || sizes;
}

static bool repair_growth(const struct recording *r, struct rec_growth *growth)
{
    bool steps = repair_histogram(r, &growth->steps_hist);
    bool first = repair_histogram(r, &growth->first_hist);
    bool final = repair_histogram(r, &growth->final_hist);
    return steps || first || final;
}

/* The counters are repaired each time that they are copied out; this pass only counts, so
 * that the profile can say how whole the recording was. */
static void check_counters(struct recording *r)
{
    struct rec_record record;
    for (uint32_t i = 1; i < count_of(r, REC_RECORDS); i++) {
        memcpy(&record, recording_element(r, REC_RECORDS, i), sizeof(record));
        r->repaired += record.node && repair_record(r, &record);
    }
    struct rec_link link;
    for (uint32_t i = 1; i < count_of(r, REC_LINKS); i++) {
        memcpy(&link, recording_element(r, REC_LINKS, i), sizeof(link));
        r->repaired += link.kind && repair_link(r, &link);
    }
    struct rec_growth growth;
    for (uint32_t i = 1; i < count_of(r, REC_GROWTHS); i++) {
        memcpy(&growth, recording_element(r, REC_GROWTHS, i), sizeof(growth));
        r->repaired += repair_growth(r, &growth);
    }
    struct rec_chain chain;
    for (uint32_t i = 1; i < count_of(r, REC_CHAINS); i++) {
        memcpy(&chain, recording_element(r, REC_CHAINS, i), sizeof(chain));
        r->repaired += chain.live && repair_index(r, REC_RECORDS, &chain.record);
    }
}

void recording_check_elements(struct recording *r)
{
    check_modules(r);
    check_locations(r);
    check_nodes(r);
    check_counters(r);
}

/* How many of the line's moments are within the run and follow from each other. */
static uint32_t sound_moments(const struct recording *r, const struct rec_line *line)
{
    uint32_t count = 0;
    if (line->shift >= 48)
        return 0;
    while (count < line->count && count < REC_MOMENTS &&
           (uint64_t)(count + 1) << line->shift <= r->end_units &&
           (count == 0 ||
            (line->moments[count].total_bytes >= line->moments[count - 1].total_bytes &&
             line->moments[count].total_blocks >= line->moments[count - 1].total_blocks)))
        count++;
    return count;
}

int recording_take_line(struct recording *r)
{
    struct rec_timeline *timeline;
    if (count_of(r, REC_TIMELINES) < 2) /* there was no room for it */
        return 0;
    timeline = malloc(sizeof(*timeline));
    r->line = malloc(sizeof(*r->line));
    if (timeline && r->line) {
        memcpy(timeline, recording_element(r, REC_TIMELINES, 1), sizeof(*timeline));
        *r->line = timeline->line[timeline->current & 1];
        uint32_t sound = sound_moments(r, r->line);
        r->repaired += timeline->current > 1 || r->line->count != sound;
        r->line->count = sound;
        r->line->shift &= 63;
    }
    free(timeline);
    return timeline && r->line ? 0 : -1;
}

/* Sets what follows from the record's one size; see struct rec_record. */
static void spell_out(struct rec_record *record)
{
    uint64_t size = record->one_size;
    bool born = record->total_blocks != record->reallocs;
    record->total_bytes = record->total_blocks * size;
    record->live_bytes = (int64_t)((uint64_t)record->live_blocks * size);
    record->peak_bytes = (int64_t)((uint64_t)record->peak_blocks * size);
    record->max_bytes = (int64_t)((uint64_t)record->most_blocks * size);
    record->max_blocks = record->most_blocks;
    record->size_min = born ? (uint32_t)size : UINT32_MAX;
    record->size_max = born ? (uint32_t)size : 0;
}

bool recording_record(const struct recording *r, uint32_t index, struct rec_record *record)
{
    memcpy(record, recording_element(r, REC_RECORDS, index), sizeof(*record));
    if (index == 0 || record->node == 0)
        return false;
    repair_record(r, record);
    if (record->one_size != REC_MIXED_SIZES)
        spell_out(record);
    return true;
}

uint64_t recording_frees(const struct rec_record *record)
{
    uint64_t frees = record->total_blocks - record->reallocs - (uint64_t)record->live_blocks;
    return frees > INT64_MAX ? 0 : frees;
}

bool recording_growth(const struct recording *r, uint32_t index, struct rec_growth *growth)
{
    memcpy(growth, recording_element(r, REC_GROWTHS, index), sizeof(*growth));
    repair_growth(r, growth);
    return index != 0;
}

bool recording_timed(const struct recording *r, uint32_t index, struct rec_timed *timed)
{
    memcpy(timed, recording_element(r, REC_TIMED, index), sizeof(*timed));
    return index != 0;
}

bool recording_chain(const struct recording *r, uint32_t index, struct rec_chain *chain)
{
    memcpy(chain, recording_element(r, REC_CHAINS, index), sizeof(*chain));
    if (index == 0 || !chain->live)
        return false;
    repair_index(r, REC_RECORDS, &chain->record);
    return chain->record != 0;
}

bool recording_link(const struct recording *r, uint32_t index, struct rec_link *link)
{
    memcpy(link, recording_element(r, REC_LINKS, index), sizeof(*link));
    if (index == 0 || link->kind < REC_LINK_GREW || link->kind > REC_LINK_FREED)
        return false;
    repair_link(r, link);
    return true;
}

void recording_add_histogram(const struct recording *r, const struct rec_histogram *histogram,
                             uint64_t *to)
{
    uint32_t first = histogram->place & REC_PLACE_FIRST;
    uint32_t row = histogram->place >> REC_PLACE_ROW_SHIFT;
    struct rec_outliers outliers = {{0}};
    for (uint32_t i = 0; i < REC_WINDOW; i++)
        to[first + i] += histogram->window[i];
    if (row)
        memcpy(&outliers, recording_element(r, REC_OUTLIERS, row), sizeof(outliers));
    for (int b = 0; b < REC_BUCKETS && row; b++)
        to[b] += outliers.counts[b];
}

/* The same for one of `n` counts in all, of which some may not have been made. */
static void add_completed(const struct recording *r, const struct rec_histogram *histogram,
                          uint64_t n, uint64_t *to)
{
    uint64_t counts[REC_BUCKETS] = {0}, sum = 0;
    int rest = 0;
    recording_add_histogram(r, histogram, counts);
    for (int b = 0; b < REC_BUCKETS; b++) {
        sum += counts[b];
        if (counts[b] >= UINT32_MAX)
            rest = b;
    }
    if (n > sum)
        counts[rest] += n - sum;
    for (int b = 0; b < REC_BUCKETS; b++)
        to[b] += counts[b];
}

void recording_add_histograms(const struct recording *r, const struct rec_record *record,
                              uint64_t *sizes, uint64_t *life_allocs, uint64_t *life_units)
{
    uint64_t frees = recording_frees(record), elsewhere = record->freed_elsewhere;
    if (record->one_size == REC_MIXED_SIZES)
        recording_add_histogram(r, &record->size_hist, sizes);
    else if (record->one_size)
        sizes[63 - __builtin_clzll(record->one_size)] += record->total_blocks - record->reallocs;
    add_completed(r, &record->life_allocs_hist, frees > elsewhere ? frees - elsewhere : 0,
                  life_allocs);
    add_completed(r, &record->life_units_hist, frees, life_units);
}

struct rec_series recording_series(const struct recording *r, const struct rec_record *record)
{
    struct rec_series series = {{0}, {0}};
    if (record->series)
        memcpy(&series, recording_element(r, REC_SERIES, record->series), sizeof(series));
    return series;
}

bool recording_sample(const struct recording *r, uint32_t index, struct rec_sample *sample)
{
    memcpy(sample, recording_element(r, REC_SAMPLES, index), sizeof(*sample));
    return index != 0;
}
