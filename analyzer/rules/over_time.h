/* over_time.h - what a line over time tells: does it rise to the end, is it a short spike.
 *
 * The points of the line are the ends of periods of equal length, of which the last is the end of
 * the run (struct profile_series). Pure functions.
 */
#ifndef HEAPCOACH_OVER_TIME_H
#define HEAPCOACH_OVER_TIME_H

#include "analyzer/rules/cases.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence;

struct over_time {
    uint32_t count; /* periods; 0: not known */
    uint64_t blocks[PROFILE_SERIES], bytes[PROFILE_SERIES];
};

/* Of a case, of the whole program. */
struct over_time over_time_of(const struct evidence *evidence, const struct case_of_line *one);
struct over_time over_time_of_program(const struct evidence *evidence);

/* Leaves out the periods in which the whole program stood still (evidence.h): how long the machine
 * kept it waiting is nothing that a line did. For questions of how a line rises, not of how long
 * something was there. */
void over_time_drop_stalls(struct over_time *over, const struct evidence *evidence);

struct over_time_rise {
    bool rises;     /* steadily, over the time from its first rise to its last */
    bool to_end;    /* and that lasted to the end of the run */
    double of_run;  /* the part of the run in which it rose */
    uint64_t final; /* the last value */
};

/* How steady is steady. A program also waits, or is not scheduled for a while, so not every period
 * has to rise. */
struct over_time_steady {
    double periods; /* share of the periods that rise at least */
    double half;    /* what each half adds at least, of the final value */
};

/* Of values[count]: steady, and the final value is the largest. */
struct over_time_rise over_time_rise(const uint64_t *values, uint32_t count,
                                     const struct over_time_steady *steady);

/* The part of the periods at whose end the value is at least `level`. 0 if none are known. */
double over_time_above(const uint64_t *values, uint32_t count, uint64_t level);

/* The part of the periods from the first to the last at whose end the value is at least `level`; 0
 * if it is less at one in between, as of what is built and dropped again and again, or never so
 * large. */
double over_time_stays(const uint64_t *values, uint32_t count, uint64_t level);

/* The value that half of the periods do not exceed. 0 if none are known. */
uint64_t over_time_median(const uint64_t *values, uint32_t count);

#endif
