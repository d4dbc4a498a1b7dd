/* figures.c - numbers as the sentences of findings have them. Used by the rules.
 *
 * A ring of buffers, per thread, so that one call of finding_text can have several.
 */
#include "analyzer/core/finding.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RING 16
#define ROOM 40

static char *next_buffer(void)
{
    static _Thread_local char ring[RING][ROOM];
    static _Thread_local unsigned at;
    return ring[at++ % RING];
}

const char *figure_count(uint64_t n)
{
    char digits[24], *to = next_buffer(), *start = to;
    int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = 0;
    return start;
}

const char *figure_of(uint64_t n, const char *thing)
{
    const char *count = figure_count(n);
    char *to = next_buffer();
    snprintf(to, ROOM, "%s %s%s", count, thing, n == 1 ? "" : "s");
    return to;
}

/* Three digits at least, no more than one behind the point. */
static const char *scaled(double value, const char *const *units, double step, size_t count)
{
    char *to = next_buffer();
    size_t unit = 0;
    while (unit + 1 < count && value >= step) {
        value /= step;
        unit++;
    }
    /* 999.96 kB would print as 1000.0 kB */
    if (unit + 1 < count && value >= step - 0.05) {
        value /= step;
        unit++;
    }
    if (value >= 99.95 || value == floor(value))
        snprintf(to, ROOM, "%.0f %s", value, units[unit]);
    else
        snprintf(to, ROOM, "%.1f %s", value, units[unit]);
    return to;
}

/* Decimal units, as in all of the report (render/units.h): the figure and the exact count begin
 * with the same digits. */
const char *figure_bytes(uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 10240) { /* 8,192 B says more than 8.2 kB */
        char *to = next_buffer();
        snprintf(to, ROOM, "%s B", figure_count(bytes));
        return to;
    }
    return scaled((double)bytes, units, 1000, sizeof(units) / sizeof(units[0]));
}

const char *figure_ns(double ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    if (ns > 0 && ns < 0.1) { /* of a byte that is copied */
        char *to = next_buffer();
        snprintf(to, ROOM, "%.2g ns", ns);
        return to;
    }
    return scaled(ns < 0 ? 0 : ns, units, 1000, sizeof(units) / sizeof(units[0]));
}

const char *figure_percent(double share)
{
    char *to = next_buffer();
    double percent = share * 100;
    if (percent > 0 && percent < 0.1)
        strcpy(to, "below 0.1 %");
    else
        snprintf(to, ROOM, percent < 9.95 && percent != floor(percent) ? "%.1f %%" : "%.0f %%",
                 percent);
    return to;
}
