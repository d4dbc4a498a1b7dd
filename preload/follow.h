/* follow.h - which processes are recorded, of those that come of the program (HEAPCOACH_FOLLOW). */
#ifndef HEAPCOACH_FOLLOW_H
#define HEAPCOACH_FOLLOW_H

#include <stdbool.h>

/* Whether what the program starts is to find us in its environment. */
bool follow_others(void);

/* Whether this program, whose file is called `program`, is recorded itself. */
bool follow_this(const char *program);

#endif
