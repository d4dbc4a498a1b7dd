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

#include <stdio.h>

/* The value of a property. */
void workflow_property(FILE *stream, const char *text);

/* Part of the message; line ends stay line ends. */
void workflow_message(FILE *stream, const char *text);

#endif
