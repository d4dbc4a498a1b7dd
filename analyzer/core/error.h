/* error.h - why a library function failed, for the person at the terminal.
 *
 * Every function of the analyzer that can fail returns 0 or -1 and fills one of these: one
 * clear line that says which file, what was expected, what was found and what to do. Only
 * cli/ prints it. A plain value of the caller: no ownership, no lock; not shared by threads.
 */
#ifndef HEAPCOACH_ERROR_H
#define HEAPCOACH_ERROR_H

struct error {
    char text[1024]; /* NUL-terminated, no newline at its end */
};

/* Sets the text, printf-like; a longer one ends in "...". Control characters, which a file
 * name may carry, become '?'. e may be NULL: nothing is kept. Always returns -1, so that a
 * failing function can end with `return error_set(e, ...)`. errno is left as it was. */
int error_set(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
