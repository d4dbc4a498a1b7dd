/* mode_exact.c - libheapcoach.so: every event is recorded; see mode.h. Says so where a sample is
 * asked for, since figures that are taken for something else would mislead.
 */
#include <stddef.h>

#include "preload/environment.h"
#include "preload/message.h"
#include "preload/mode.h"

void mode_start(void)
{
    if (*environment_get(ENVIRONMENT_SAMPLE))
        message("every event is recorded: HEAPCOACH_SAMPLE is for " HEAPCOACH_SAMPLE_LIBRARY, NULL,
                NULL);
}

void mode_forget(void)
{
}
