/* budget.h - how much of what is limited the recorder may take from the program.
 *
 * Where addresses or memory are bounded, what the recorder takes is missing to the program, whose
 * own allocations then fail earlier than without us. So it takes a share, and stops recording when
 * that is used up; of little it takes nothing at all.
 *
 * Not thread-safe, but for budget_lower. Errno untouched.
 */
#ifndef HEAPCOACH_BUDGET_H
#define HEAPCOACH_BUDGET_H

#include <stdint.h>

/* Sets memory_limit and recording_limit, where there is a bound. NULL, or why nothing is to be
 * recorded. To be called before anything is mapped. */
const char *budget_set(void);

/* The program is about to limit its addresses to so many bytes: gives back what is reserved beyond
 * our share. Any thread may call it. */
void budget_lower(uint64_t addresses);

#endif
