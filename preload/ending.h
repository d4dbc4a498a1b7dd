/* ending.h - what happens when the program ends by exit. */
#ifndef HEAPCOACH_ENDING_H
#define HEAPCOACH_ENDING_H

/* Seals the recording and, unless HEAPCOACH_FINISH=0, has `heapcoach finish` make the profile.
 * Called by the C library, last of all handlers. Does nothing in a forked child. */
void ending_at_exit(void *unused);

#endif
