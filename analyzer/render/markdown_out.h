/* markdown_out.h - writes Markdown (GitHub's kind) in which data stay data.
 *
 * Names and source lines come from strangers. In prose, words that look like code (they have :: or
 * < or _ and the like) become code spans: they read better so, and nothing in them is markup,
 * a mention, a link or an emoji. No backslashes are needed then. Write errors are the stream's.
 */
#ifndef HEAPCOACH_MARKDOWN_OUT_H
#define HEAPCOACH_MARKDOWN_OUT_H

#include <stddef.h>
#include <stdio.h>

/* Prose, data among it, without a line end; spans in `backquotes` are kept. */
void markdown_text(FILE *stream, const char *text);

/* A code span. Nothing for an empty text. */
void markdown_code(FILE *stream, const char *text);

/* A fenced block of lines; language may be "". Nothing for an empty text. */
void markdown_block(FILE *stream, const char *language, const char *text);

#endif
