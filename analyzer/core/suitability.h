/* suitability.h - can a program be profiled, and if not or not well, what to change.
 *
 * Pure functions of the facts of elf_facts.h.
 */
#ifndef HEAPCOACH_SUITABILITY_H
#define HEAPCOACH_SUITABILITY_H

#include "analyzer/core/elf_facts.h"

enum suitability_weight {
    SUITABILITY_BLOCKS, /* nothing or next to nothing would be recorded */
    SUITABILITY_HIDES,  /* perhaps much would not be recorded: `run` must say so */
    SUITABILITY_LIMITS  /* all is recorded, but the profile says less of it */
};

struct suitability_problem {
    const char *id;
    enum suitability_weight weight;
    bool (*holds)(const struct elf_facts *facts);
    /* What is found; the one %s in it, if any, stands for what `detail` says. */
    const char *found;
    const char *(*detail)(const struct elf_facts *facts);
    const char *advice; /* what to change; lines are kept */
};

/* All that is looked for, the worst first; ends with id NULL. */
extern const struct suitability_problem suitability_problems[];

/* The first problem of that weight, or NULL: there is none. */
const struct suitability_problem *suitability_find(const struct elf_facts *facts,
                                                   enum suitability_weight weight);

/* "carries jemalloc ...", filled in. */
void suitability_describe(const struct suitability_problem *problem, const struct elf_facts *facts,
                          char *to, size_t n);

#endif
