/* histogram.c - sets a histogram's window, and gives it a row for what lies outside; see
 * histogram.h.
 *
 * Always holds: a count stays in the place where it was made, so a program that is killed at any
 * moment, or read while it runs, has each in one place; the window's start and the row's index are
 * one word.
 */
#include "preload/histogram.h"

/* Of the window, how many buckets lie below the first value's. */
enum { ROOM_BELOW = REC_WINDOW / 2 };

static void set_window(struct rec_histogram *h, unsigned bucket)
{
    unsigned first = bucket < ROOM_BELOW ? 0 : bucket - ROOM_BELOW;

    if (first > REC_BUCKETS - REC_WINDOW)
        first = REC_BUCKETS - REC_WINDOW;
    __atomic_store_n(&h->place, first, __ATOMIC_RELAXED);
}

static void add_row(struct rec_histogram *h)
{
    void *element;
    uint32_t row = recording_add(REC_OUTLIERS, &element);

    if (row <= UINT32_MAX >> REC_PLACE_ROW_SHIFT) /* 0: no room */
        __atomic_store_n(&h->place, h->place | row << REC_PLACE_ROW_SHIFT, __ATOMIC_RELAXED);
}

void histogram_make_row(struct rec_histogram *h)
{
    if (h->place != REC_NO_WINDOW && !(h->place >> REC_PLACE_ROW_SHIFT))
        add_row(h);
}

uint32_t *__attribute__((noinline)) histogram_make_place(struct rec_histogram *h, unsigned bucket)
{
    if (bucket >= REC_BUCKETS)
        bucket = REC_BUCKETS - 1;
    if (h->place == REC_NO_WINDOW)
        set_window(h, bucket);
    uint32_t *place = histogram_place(h, bucket);
    if (!place) {
        add_row(h);
        place = histogram_place(h, bucket);
    }
    if (!place)
        __atomic_fetch_add(&recording.header->missed_no_room, 1, __ATOMIC_RELAXED);
    return place ? place : &h->window[bucket < h->place ? 0 : REC_WINDOW - 1];
}
