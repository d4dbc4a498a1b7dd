/* finding.h - one piece of advice: rules make them, renderers show them, and neither knows
 * the other.
 */
#ifndef HEAPCOACH_FINDING_H
#define HEAPCOACH_FINDING_H

#include <stddef.h>
#include <stdint.h>

enum finding_severity { FINDING_INFO, FINDING_LOW, FINDING_MEDIUM, FINDING_HIGH };

struct finding {
    const char *rule;  /* its id; static */
    const char *title; /* static */
    enum finding_severity severity;
    uint32_t site; /* index in struct sites */
};

/* Those of one profile, the most important first. */
struct findings {
    struct finding *finding; /* owned by whoever ran the rules; freed by findings_free */
    size_t count;
};

#endif
