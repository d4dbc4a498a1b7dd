/* utf8.h - the bytes that programs and file systems call text, made into text.
 *
 * Names of functions, files and arguments are bytes of anyone's choice. JSON, terminals and
 * pages want UTF-8 without control characters. Pure functions: no state, no allocation.
 */
#ifndef HEAPCOACH_UTF8_H
#define HEAPCOACH_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD, 3 bytes */

/* Length in bytes of the well-formed UTF-8 sequence that starts at text, of which `left`
 * bytes may be looked at (at least 1); 0 if there is none. */
size_t utf8_sequence(const char *text, size_t left);

/* Copies `length` bytes to `to`, each malformed byte as U+FFFD and each control character
 * (U+0000 to U+001F, U+007F) as '?', and ends with NUL. `to` has room for 3 * length + 1
 * bytes. Returns the length without the NUL. */
size_t utf8_clean(char *to, const char *text, size_t length);

#endif
