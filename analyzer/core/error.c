/* error.c - the one place where the text of a failure is made.
 *
 * Called by every part of the analyzer on its way out. It must work when memory is short,
 * so it allocates nothing, and it must not disturb errno, which the caller may still want
 * to put into words.
 */
#include "analyzer/core/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *e, const char *format, ...)
{
    if (!e)
        return -1;

    int saved_errno = errno;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(e->text, sizeof(e->text), format, arguments);
    va_end(arguments);
    if (length < 0)
        strcpy(e->text, "an error that could not be put into words");
    else if ((size_t)length >= sizeof(e->text))
        memcpy(e->text + sizeof(e->text) - 4, "...", 4);

    /* The text holds names of files, which are bytes of anyone's choice: they must not
     * move the cursor of the terminal that shows them. */
    for (char *c = e->text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    errno = saved_errno;
    return -1;
}
