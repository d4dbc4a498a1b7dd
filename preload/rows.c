/* rows.c - see rows.h. Takes the recording's lock once for a page. */
#include "preload/rows.h"

#include "preload/recording.h"
#include "preload/single.h"

enum { PAGES_TIMES = 4, PAGES_MOST = 16 };

/* Without room there are none. */
static void take_pages(struct rows *rows, enum rec_array array)
{
    uint32_t pages = rows->pages ? rows->pages * PAGES_TIMES : 1, n;

    if (pages > PAGES_MOST)
        pages = PAGES_MOST;
    rows->next = rows->end = recording_add_pages(array, pages, &n);
    if (!rows->next)
        return;
    rows->end += n;
    rows->pages = pages;
}

uint32_t rows_take(struct rows *rows, enum rec_array array, void **element)
{
    if (rows->next == rows->end && !single())
        take_pages(rows, array);
    if (rows->next == rows->end) /* alone, or there is no room for a page */
        return recording_add(array, element);
    *element = recording_element(array, rows->next, recording_element_bytes[array]);
    return rows->next++;
}
