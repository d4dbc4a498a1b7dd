/* formats.h - the shape of a format of the report, and the table of all. */
#ifndef HEAPCOACH_FORMATS_H
#define HEAPCOACH_FORMATS_H

#include "analyzer/render/formats_list.h"
#include "analyzer/render/report.h"

#include <stdio.h>

struct report_format {
    const char *name;    /* as --format has it */
    const char *summary; /* one line: who it is for */
    uint32_t top;        /* sites to show unless the user says it; 0: all */
    /* Writes the report. 0, or -1: the stream failed (errno); formats that leave the errors to
     * the stream's owner return 0. */
    int (*write)(const struct report *report, FILE *stream);
};

#define FORMAT_DECLARE(name) extern const struct report_format report_format_##name;
REPORT_FORMATS(FORMAT_DECLARE)
#undef FORMAT_DECLARE

/* All formats, the default first; ends with NULL. */
extern const struct report_format *const report_formats[];

/* The format of that name, or NULL; of no name (NULL) the default. */
const struct report_format *report_format_find(const char *name);

/* "text|json|...", a constant. */
#define FORMAT_WORD(name) "|" #name
#define REPORT_FORMAT_NAMES (&("" REPORT_FORMATS(FORMAT_WORD))[1])

#endif
