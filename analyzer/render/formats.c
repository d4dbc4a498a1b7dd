/* formats.c - the table of formats, from formats_list.h. Used by the commands that show a
 * profile.
 */
#include "analyzer/render/formats.h"

#include <string.h>

const struct report_format *const report_formats[] = {
#define FORMAT_ENTRY(name) &report_format_##name,
    REPORT_FORMATS(FORMAT_ENTRY)
#undef FORMAT_ENTRY
        NULL,
};

const struct report_format *report_format_find(const char *name)
{
    if (!name)
        return report_formats[0];
    for (const struct report_format *const *format = report_formats; *format; format++)
        if (strcmp((*format)->name, name) == 0)
            return *format;
    return NULL;
}
