/* made_findings.h - findings as rules would make them, of every severity and scope, for the tests
 * of the renderers. The profile is tests/cli/data/own.json; places are in tests/cli/data/tiny.rs,
 * so that there are source lines to show.
 */
#ifndef HEAPCOACH_MADE_FINDINGS_H
#define HEAPCOACH_MADE_FINDINGS_H

#include "analyzer/render/report.h"

struct made {
    struct profile profile;
    struct sites sites;
    struct findings findings;
};

/* hostile: every text that comes from the program carries it; NULL: decent names. */
void made_start(struct made *made, const char *hostile);

/* The same without any finding, with three misses. */
void made_start_quiet(struct made *made);

/* Lets so many more findings of its crate go with the one of a dependency, of 1 us and more. */
void made_add_others(struct made *made, const char *hostile, uint32_t count);

void made_end(struct made *made);

/* All findings, and rules of their names. */
struct report made_report(const struct made *made);

#endif
