/* units.c - see units.h. */
#include "analyzer/render/units.h"

#include <stdio.h>
#include <string.h>

#define EXACT_BYTES_BELOW 10000u    /* up to here bytes are shown exactly, */
#define EXACT_COUNT_BELOW 10000000u /* and counts up to here */

static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};

char *units_exact(char *to, uint64_t n)
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
    char *out = to;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = 0;
    return to;
}

/* Three to four digits and a prefix. */
static char *scaled(char *to, double value, const char *unit)
{
    size_t prefix = 0;
    while (value >= 999.95 && prefix + 1 < sizeof(prefixes) / sizeof(prefixes[0])) {
        value /= 1000;
        prefix++;
    }
    snprintf(to, UNITS_ROOM, prefix || value < 10 ? "%.1f %s%s" : "%.0f %s%s", value,
             prefixes[prefix], unit);
    return to;
}

char *units_bytes(char *to, uint64_t bytes)
{
    if (bytes >= EXACT_BYTES_BELOW)
        return scaled(to, (double)bytes, "B");
    return strcat(units_exact(to, bytes), " B");
}

char *units_count(char *to, uint64_t n)
{
    return n >= EXACT_COUNT_BELOW ? scaled(to, (double)n, "") : units_exact(to, n);
}

char *units_percent(char *to, uint64_t part, uint64_t whole)
{
    double percent = whole ? 100.0 * (double)part / (double)whole : 0;
    if (!whole)
        to[0] = 0;
    else if (part == 0)
        strcpy(to, "0 %");
    else if (percent < 0.05)
        strcpy(to, "~0 %");
    else
        snprintf(to, UNITS_ROOM, percent < 0.95 ? "%.1f %%" : "%.0f %%", percent);
    return to;
}

char *units_seconds(char *to, double seconds)
{
    if (seconds >= 60)
        snprintf(to, UNITS_ROOM, "%.0f min %.0f s", (double)(uint64_t)(seconds / 60),
                 seconds - 60 * (double)(uint64_t)(seconds / 60));
    else if (seconds >= 1)
        snprintf(to, UNITS_ROOM, "%.2f s", seconds);
    else if (seconds >= 0.001)
        snprintf(to, UNITS_ROOM, "%.1f ms", seconds * 1e3);
    else
        snprintf(to, UNITS_ROOM, "%.0f µs", seconds * 1e6);
    return to;
}

char *units_rate(char *to, double per_second)
{
    scaled(to, per_second, "");
    size_t n = strlen(to);
    if (n && to[n - 1] == ' ')
        to[n - 1] = 0;
    return to;
}
