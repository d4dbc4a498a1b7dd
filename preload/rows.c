/* rows.c - see rows.h. Takes the recording's lock once for a page. */
#include "preload/rows.h"

enum { PAGES_TIMES = 4, PAGES_MOST = 16 };

void rows_take_pages(struct rows *rows, enum rec_array array)
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
