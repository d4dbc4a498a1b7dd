/* mapped.h - files that are read through a mapping, and may be cut short meanwhile.
 *
 * A mapping does not end with its file: who reads where another program has cut the end off gets
 * SIGBUS, and dies. After mapped_watch such a page reads as zeros instead, for the rest of the
 * mapping's life; whoever reads must bear zeros in any place, and asks mapped_cut_short in the end,
 * before it believes what it has read. What is cut off and put back unseen is as good as
 * overwritten: nobody can tell.
 *
 * mapped_watch changes what SIGBUS does, for the whole process, and may be called again. A SIGBUS
 * of any other kind ends the process as before. Both functions are for one thread at a time.
 */
#ifndef HEAPCOACH_MAPPED_H
#define HEAPCOACH_MAPPED_H

#include <stdbool.h>
#include <stdint.h>

void mapped_watch(void);

/* Whether the open file has fewer bytes now than it had. */
bool mapped_cut_short(int fd, uint64_t bytes);

#endif
