/* message.h - the one line that the recorder may say to the user.
 *
 * Written to standard error by a raw call, at most MESSAGES_MAX in a process, so that trouble
 * never floods the program's output. Signal- and thread-safe.
 */
#ifndef HEAPCOACH_MESSAGE_H
#define HEAPCOACH_MESSAGE_H

enum { MESSAGES_MAX = 4 };

/* Before the first message, with the name of the program: takes down whether `heapcoach run` wants
 * what is said in its folder, since standard error of a followed program is not the user's. */
void message_start(const char *program);

/* "heapcoach: " a b c "\n"; b and c may be NULL. */
void message(const char *a, const char *b, const char *c);

#endif
