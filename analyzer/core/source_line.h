/* source_line.h - finds the text of a source line, alone or with its neighbours, where the file
 * is at hand.
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

#define SOURCE_LINES_AROUND 2 /* neighbours on each side */
#define SOURCE_LINES_MAX (2 * SOURCE_LINES_AROUND + 1)

/* A line and its neighbours, less the indentation that all of them have; tabs are blanks. Empty
 * lines at either edge are left out. */
struct source_lines {
    enum source_line_state state; /* NONE: there are no lines */
    uint32_t first;               /* number of the first one */
    uint32_t count;
    uint32_t at;                  /* index of the line asked for */
    char *line[SOURCE_LINES_MAX]; /* owned */
};

/* Lines around file:line, as source_line_find does it. The caller ends it by source_lines_free,
 * whatever the state. Without memory the state is NONE. */
void source_lines_find(struct source_lines *lines, const struct profile *profile, const char *file,
                       uint32_t line);

void source_lines_free(struct source_lines *lines);

#endif
