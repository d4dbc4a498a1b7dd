/* open_recording.h - a recording for a test to count in. Needs preload/recording.c and
 * preload/memory.c. */
#ifndef HEAPCOACH_TESTS_OPEN_RECORDING_H
#define HEAPCOACH_TESTS_OPEN_RECORDING_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/recording.h"

/* Creates the one recording that a process can have, under no name any more. Ends the program
 * if that fails: there is nothing to test then. */
static inline void open_recording(void)
{
    char folder[] = "/tmp/heapcoach-unit-XXXXXX";
    static char path[64];

    if (mkdtemp(folder) == NULL)
        abort();
    snprintf(path, sizeof path, "%s/rec", folder);
    int error = recording_create(path);
    unlink(path);
    rmdir(folder);
    if (error != 0)
        abort();
    recording.header->stamp = recording.header->fall_stamp = REC_STAMP_FIRST;
}

#endif
