/* recording_elements.h - what recording.c and recording_elements.c share. Private to them.
 */
#ifndef HEAPCOACH_RECORDING_ELEMENTS_H
#define HEAPCOACH_RECORDING_ELEMENTS_H

#include "analyzer/core/recording.h"

/* Size of an element of each array. */
extern const uint32_t recording_element_bytes[REC_ARRAYS];

/* Where an element lies in the file; index is below header->count[array]. */
const unsigned char *recording_element(const struct recording *recording, enum rec_array array,
                                       uint32_t index);

/* Repairs the copies of the small arrays and counts what is wrong in the others. */
void recording_check_elements(struct recording *recording);

/* Copies the line over time, once the end of the run is known; of a damaged one what makes sense.
 * 0, or -1: no memory. */
int recording_take_line(struct recording *recording);

#endif
