/* suitability.h - can a program be profiled, and if not or not well, what to change.
 *
 * Pure functions of the facts of elf_facts.h.
 */
#ifndef HEAPCOACH_SUITABILITY_H
#define HEAPCOACH_SUITABILITY_H

#include "analyzer/core/elf_facts.h"

struct suitability_problem {
    const char *id;
    bool blocks; /* nothing or next to nothing would be recorded; else the profile says less */
    bool (*holds)(const struct elf_facts *facts);
    /* What is found; the one %s in it, if any, stands for what `detail` says. */
    const char *found;
    const char *(*detail)(const struct elf_facts *facts);
    const char *advice; /* what to change; lines are kept */
};

/* All that is looked for, the worst first; ends with id NULL. */
extern const struct suitability_problem suitability_problems[];

/* The first problem that blocks, or NULL: the program can be profiled. */
const struct suitability_problem *suitability_blocker(const struct elf_facts *facts);

/* "carries jemalloc ...", filled in. */
void suitability_describe(const struct suitability_problem *problem, const struct elf_facts *facts,
                          char *to, size_t n);

#endif
