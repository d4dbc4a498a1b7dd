/* mode.h - in what the two libraries differ at their start.
 *
 * libheapcoach.so records every event: hooks.c is what the program calls, and mode_exact.c has
 * these functions. libheapcoach_sample.so records some: entry.c and entry_x86_64.c are what the
 * program calls, and mode_sample.c has them. All else is the same in both. So neither asks at any
 * event which it is.
 */
#ifndef HEAPCOACH_MODE_H
#define HEAPCOACH_MODE_H

/* Reads the options of sampling, before the gate opens. Says what is wrong with them. */
void mode_start(void);

/* In a forked child: what was sampled is the parent's. */
void mode_forget(void);

#endif
