/* finish.h - from a recording to a profile: the analyzer's first half in one call.
 *
 * Used by `heapcoach finish`, and by `heapcoach run` when its child is gone. The program
 * may still run: then the profile shows what was recorded so far.
 */
#ifndef HEAPCOACH_FINISH_H
#define HEAPCOACH_FINISH_H

#include "analyzer/core/error.h"

#include <stddef.h>
#include <stdint.h>

struct finish_options {
    const char *dir;      /* folder for a profile without a given name; NULL: the current folder */
    uint64_t cpu_ns;      /* user and system time of the program; 0: not known */
    uint64_t page_faults; /* of it, without reading a disk; 0: not known */
};

/* Reads the recording and writes its profile to output_path. With output_path NULL it is
 * named heapcoach.PROGRAM.PID.json in options->dir, or as the recording if that has such a name.
 * options may be NULL. The name written goes to written_path (n bytes, may be NULL). The recording
 * is left as it is. 0, or -1 with the reason and no new file; a file of that name from before is
 * then untouched. */
int finish_recording(const char *recording_path, const char *output_path,
                     const struct finish_options *options, char *written_path, size_t n,
                     struct error *e);

#endif
