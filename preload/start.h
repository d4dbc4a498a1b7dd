/* start.h - brings the recorder up, once, at the first hook or the constructor. */
#ifndef HEAPCOACH_START_H
#define HEAPCOACH_START_H

/* Starts recording if it has not been tried yet. Whatever fails, the program runs on and one
 * line says what is not recorded. */
void start_once(void);

/* A call passed through because the recorder does not stand yet. */
void start_count_early(void);

/* The same, because the gate is closed: in a forked child, where handlers of others may come before
 * ours. */
void start_count_closed(void);

#endif
