/* workflow_out.h - writes GitHub's workflow commands, in which data stay data.
 *
 *     ::error file=src/main.rs,line=9,title=growth%3A Vec grows::It grew ...%0A...
 *
 * GitHub reads one command per line; values are escaped as its toolkit does it: %, CR and LF in
 * the message, also : and , in properties. So a name can neither end its command nor begin another.
 * Write errors are the stream's.
 */
#ifndef HEAPCOACH_WORKFLOW_OUT_H
#define HEAPCOACH_WORKFLOW_OUT_H

#include <stdint.h>
#include <stdio.h>

/* A command up to its title's beginning, which ends in "title=". level: "error", "warning",
 * "notice"; path: "" where unknown; line: 0 where unknown. */
void workflow_begin(FILE *stream, const char *level, const char *path, uint32_t line);

/* The value of a property, or part of it. */
void workflow_property(FILE *stream, const char *text);

/* Part of the message; line ends stay line ends. */
void workflow_message(FILE *stream, const char *text);

/* Part of the message; line ends become blanks. */
void workflow_words(FILE *stream, const char *text);

/* A line end of the message. */
void workflow_line_end(FILE *stream);

#endif
