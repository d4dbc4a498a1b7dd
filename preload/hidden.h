/* hidden.h - marks on declarations: what one file of the recorder has and others use, and what
 * must be quick.
 *
 * -fvisibility=hidden hides definitions, but lets the compiler believe that what is declared
 * only may be in another library: it would be reached through a table. HIDDEN says that it is here.
 */
#ifndef HEAPCOACH_HIDDEN_H
#define HEAPCOACH_HIDDEN_H

#define HIDDEN __attribute__((visibility("hidden")))

/* Part of the way of every event: no call is to be made for it. */
#define HOT inline __attribute__((always_inline))

#endif
