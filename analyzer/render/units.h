/* units.h - numbers as people read them. Decimal units: 1 kB is 1,000 bytes, so that a
 * figure with its unit and the exact count begin with the same digits.
 *
 * Each function writes a NUL-terminated text of less than UNITS_ROOM bytes and returns `to`.
 */
#ifndef HEAPCOACH_UNITS_H
#define HEAPCOACH_UNITS_H

#include <stdint.h>

#define UNITS_ROOM 40

char *units_exact(char *to, uint64_t n);                      /* 1,234,567 */
char *units_bytes(char *to, uint64_t bytes);                  /* 9,216 B, 412.3 MB */
char *units_count(char *to, uint64_t n);                      /* 1,234,567, 12.3 M */
char *units_percent(char *to, uint64_t part, uint64_t whole); /* 33 %, 0.4 %, "" of nothing */
char *units_seconds(char *to, double seconds);                /* 1.24 s, 12.1 ms, 3 min 20 s */
char *units_rate(char *to, double per_second);                /* 8.0 M */

#endif
