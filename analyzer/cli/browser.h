/* browser.h - shows a page to whoever sits at the machine, if anyone does. */
#ifndef HEAPCOACH_BROWSER_H
#define HEAPCOACH_BROWSER_H

#include <stdbool.h>
#include <stddef.h>

/* Starts a browser on a URL and does not wait for it: $BROWSER where that is set ("firefox", or
 * several after each other, separated by ':', of which the first that exists is taken), else
 * xdg-open where there is a display. False: there is none, which is no error. */
bool browser_open(const char *url);

/* "file://" and the absolute path with what a URL cannot hold escaped. to has n bytes; false: no
 * room, or no such file. */
bool browser_file_url(const char *path, char *to, size_t n);

#endif
