/* growth.c - keeps growth chains and folds them; see growth.h. Slow path of realloc and of
 * the death of realloc'd blocks: tens of ns.
 */
#include "preload/growth.h"

#include "preload/histogram.h"
#include "preload/recording.h"

uint32_t growth_begin(struct thread *t, const struct block *b, uint64_t birth_units,
                      uint64_t birth_clock)
{
    uint32_t index = t->free_chain;
    void *element;

    if (index) {
        element = recording_chain(index);
        t->free_chain = recording_chain(index)->record; /* free ones are linked through it */
    } else {
        index = rows_take(&t->chain_rows, REC_CHAINS, &element);
        if (!index)
            return 0;
    }
    struct rec_chain *chain = element;
    *chain = (struct rec_chain){.record = recording_record_index(b->record),
                                .size = b->size,
                                .birth_units = birth_units,
                                .birth_clock = birth_clock,
                                .first_bytes = b->size,
                                .peak_bytes = b->size};
    __atomic_store_n(&chain->live, 1, __ATOMIC_RELEASE);
    return index;
}

void growth_step(struct rec_chain *chain, uint64_t new_size, bool moved, uint64_t copied)
{
    if (new_size > chain->size) {
        uint64_t by = new_size - chain->size;
        chain->steps++;
        chain->equal_steps += chain->steps > 1 && by == chain->last_step_bytes;
        chain->last_step_bytes = by;
    } else if (new_size < chain->size) {
        chain->shrink_steps++;
    }
    chain->size = new_size;
    if (new_size > chain->peak_bytes)
        chain->peak_bytes = new_size;
    chain->moved += moved;
    chain->bytes_copied += copied;
}

struct rec_growth *growth_row(struct thread *t, struct rec_record *r)
{
    void *element;

    if (r->growth)
        return recording_growth(r->growth);
    uint32_t row = rows_take(&t->growth_rows, REC_GROWTHS, &element);
    if (!row)
        return NULL;
    struct rec_growth *g = element;
    histogram_start(&g->steps_hist);
    histogram_start(&g->first_hist);
    histogram_start(&g->final_hist);
    __atomic_store_n(&r->growth, row, __ATOMIC_RELEASE);
    return g;
}

static void fold(struct rec_growth *g, const struct rec_chain *chain)
{
    uint32_t bucket = chain->steps < REC_BUCKETS ? chain->steps : REC_BUCKETS - 1;

    g->chains++;
    g->steps += chain->steps;
    g->shrink_steps += chain->shrink_steps;
    g->moved += chain->moved;
    g->bytes_copied += chain->bytes_copied;
    g->first_bytes += chain->first_bytes;
    g->final_bytes += chain->size;
    g->peak_bytes += chain->peak_bytes;
    g->equal_steps += chain->equal_steps;
    histogram_count_at(histogram_find(&g->steps_hist, bucket));
    histogram_count(&g->first_hist, chain->first_bytes);
    histogram_count(&g->final_hist, chain->peak_bytes);
    if (chain->peak_bytes > g->final_max)
        g->final_max = chain->peak_bytes;
}

void growth_end(struct thread *t, struct rec_record *r, uint32_t index)
{
    struct rec_chain *chain = recording_chain(index);

    if (chain->steps || chain->shrink_steps) { /* else it was made for its size only */
        struct rec_growth *g = growth_row(t, r);
        if (g)
            fold(g, chain);
        else
            t->counts->missed_no_room++;
    }
    __atomic_store_n(&chain->live, 0, __ATOMIC_RELEASE);
    chain->record = t->free_chain;
    t->free_chain = index;
}
