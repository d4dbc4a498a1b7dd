/* rows.c - see rows.h. Takes the recording's lock once for a page. */
#include "preload/rows.h"

#include "preload/recording.h"
#include "preload/single.h"

uint32_t rows_take(struct rows *rows, enum rec_array array, void **element)
{
    if (rows->next == rows->end && !single()) {
        uint32_t n;
        rows->next = recording_add_page(array, &n);
        rows->end = rows->next ? rows->next + n : 0;
    }
    if (rows->next == rows->end) /* alone, or there is no room for a page */
        return recording_add(array, element);
    *element = recording_element(array, rows->next, recording_element_bytes[array]);
    return rows->next++;
}
