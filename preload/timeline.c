/* timeline.c - takes the points of the program's line over time; see timeline.h.
 *
 * Called through clock_read by the thread that finds a period ended. Always holds: the line that
 * rec_timeline.current names is whole, whenever the program is killed: a point counts after it was
 * filled in, and thinning writes the other line before naming it. It must not wait: of several
 * threads one takes the point and the others go on.
 */
#include "preload/timeline.h"

#include <stdbool.h>
#include <stddef.h>

#include "preload/recording.h"

enum {
    FIRST_SHIFT = 5,      /* about 25 us; taking a point costs about 0.1 us a thread */
    UNITS_PER_THREAD = 32 /* a period lasts at least so long for each set of counters to add up */
};

uint64_t timeline_due = UINT64_MAX;

static struct rec_timeline *timeline;
static uint32_t taking;

void timeline_start(void)
{
    void *element;

    timeline = recording_add(REC_TIMELINES, &element) ? element : NULL;
    taking = 0; /* another thread of the parent may have been at it when this child was forked */
    timeline_due = UINT64_MAX;
    if (!timeline)
        return;
    timeline->line[0].shift = FIRST_SHIFT;
    timeline_due = (uint64_t)1 << FIRST_SHIFT;
}

/* Their owners add to them by plain stores of a word, which are whole on our machines. */
__attribute__((no_sanitize("thread"))) static uint64_t read_counter(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* As all threads' counters stand now. Their owners go on counting, so a block may be seen to die
 * whose birth was not seen: then there are none rather than fewer. */
static struct rec_moment now_of(uint32_t threads)
{
    struct rec_moment now = {.live_bytes = read_counter(&recording.header->live_bytes)};
    uint64_t gone = 0;

    for (uint32_t i = 1; i < threads; i++) {
        const struct rec_thread *t = recording_element(REC_THREADS, i, sizeof(struct rec_thread));
        now.total_blocks += read_counter(&t->allocs);
        now.total_bytes += read_counter(&t->bytes);
        gone += read_counter(&t->frees) + read_counter(&t->reallocs);
    }
    now.live_blocks = now.total_blocks > gone ? now.total_blocks - gone : 0;
    if ((int64_t)now.live_bytes < 0)
        now.live_bytes = 0;
    return now;
}

/* Doubles the periods: of two points the later stays, and a last one without a partner is dropped;
 * the period it is now in has not ended. */
static struct rec_line *thin(struct rec_line *line)
{
    uint32_t other = !timeline->current;
    struct rec_line *thinned = &timeline->line[other];

    thinned->shift = line->shift + 1;
    thinned->count = line->count / 2;
    for (uint32_t i = 0; i < thinned->count; i++)
        thinned->moments[i] = line->moments[2 * i + 1];
    __atomic_store_n(&timeline->current, other, __ATOMIC_RELEASE);
    return thinned;
}

static void set_points(uint64_t units)
{
    struct rec_line *line = &timeline->line[timeline->current];
    uint32_t threads =
        (uint32_t)__atomic_load_n(&recording.header->count[REC_THREADS], __ATOMIC_ACQUIRE);

    while (units >> line->shift > REC_MOMENTS ||
           (uint64_t)1 << line->shift < (uint64_t)UNITS_PER_THREAD * (threads - 1))
        line = thin(line);
    uint64_t ended = units >> line->shift;
    struct rec_moment now = now_of(threads);
    while (line->count < ended) {
        line->moments[line->count] = now;
        __atomic_store_n(&line->count, line->count + 1, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&timeline_due, (ended + 1) << line->shift, __ATOMIC_RELAXED);
}

void timeline_take(uint64_t units)
{
    if (__atomic_exchange_n(&taking, 1, __ATOMIC_ACQUIRE))
        return;
    if (units >= timeline_due) /* else another thread was first */
        set_points(units);
    __atomic_store_n(&taking, 0, __ATOMIC_RELEASE);
}
