/* source_line.h - finds the text of a source line, where the file is at hand.
 *
 * Looked for: the full path; the path under the folder that the program ran in; the path
 * under the current folder, there also without its first folders (profiles of others keep
 * the last three parts only). Only regular files of moderate size are read: the name comes
 * from a profile, which may come from anywhere.
 */
#ifndef HEAPCOACH_SOURCE_LINE_H
#define HEAPCOACH_SOURCE_LINE_H

#include "analyzer/core/profile.h"

#include <stddef.h>

enum source_line_state {
    SOURCE_LINE_NONE, /* no file, or it has no such line */
    SOURCE_LINE_FOUND,
    SOURCE_LINE_CHANGED /* found, but the file was changed after the program was started */
};

/* Copies the frame's source line without its indentation and its end to `to` (n bytes with
 * the NUL; a longer line is cut). The bytes are the file's: clean them before showing. */
enum source_line_state source_line_find(const struct profile *profile,
                                        const struct profile_frame *frame, char *to, size_t n);

#endif
