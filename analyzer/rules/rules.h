/* rules.h - a rule looks at a profile and gives advice. One file per rule, which holds one
 * const struct rule and nothing else that is visible; one line in rules.c lists it.
 *
 * A rule is a pure function: same sites, same findings. Rules do not know each other, nor
 * who shows what they find.
 */
#ifndef HEAPCOACH_RULES_H
#define HEAPCOACH_RULES_H

#include "analyzer/core/error.h"
#include "analyzer/core/finding.h"
#include "analyzer/core/sites.h"

struct rule {
    const char *id;    /* stable: users write it in limits and read it in JSON */
    const char *title; /* one line: what is wrong */
    /* Adds its findings by findings_add. 0, or -1: no memory. */
    int (*judge)(const struct rule *rule, const struct sites *sites, struct findings *findings);
};

/* All rules, in the order in which they are asked; ends with NULL. */
extern const struct rule *const rules_all[];

/* Asks every rule. On success the caller ends *findings by findings_free. */
int rules_judge(const struct sites *sites, struct findings *findings, struct error *error);

/* Adds a copy. 0, or -1: no memory. */
int findings_add(struct findings *findings, const struct finding *finding);

void findings_free(struct findings *findings);

#endif
