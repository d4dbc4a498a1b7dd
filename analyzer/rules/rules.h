/* rules.h - a rule looks at the evidence and gives advice. One file per rule, rule_ID.c, which
 * holds one const struct rule and nothing else that is visible; one line in rules_list.h lists it.
 *
 * A rule is a pure function: same evidence, same findings. Rules do not know each other, nor
 * who shows what they find. Its figures that decide are its table of thresholds, each with
 * its reason; its texts for `heapcoach explain` stand in the same struct.
 *
 * How a rule goes about it:
 *
 *     static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
 *     {
 *         struct cases *cases = cases_find(e, &(struct case_filter){.leaf_any = FACT_LINES}, f);
 *         const struct case_of_line *one;
 *         while ((one = cases_next(cases))) {
 *             if (one->tally.births < rule_limit(rule, LIMIT_LINES) || !gate_local(&one->tally))
 *                 continue;
 *             struct finding *finding = case_finding(e, rule, one, f);
 *             struct reckoning r = reckoning_start(e, f);
 *             reckoning_pairs(&r, &one->tally, 1);
 *             reckoning_finish(&r, finding);
 *             ... what, advice, code, evidence, saving ...
 *             gate_severity(e, finding);
 *             findings_add(f, finding);
 *         }
 *     }
 *
 * It adds a finding also when gate G fails (gate_severity makes it LOW then): `--all` shows it,
 * and the nearest misses are taken from these. What fails the rule's own signature is no
 * finding; findings_miss may tell of it.
 */
#ifndef HEAPCOACH_RULES_H
#define HEAPCOACH_RULES_H

#include "analyzer/core/error.h"
#include "analyzer/core/finding.h"
#include "analyzer/core/sites.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/rules_list.h"

struct rule_threshold {
    const char *key; /* stable, with its unit: "min_reallocs" */
    double value;
    const char *why; /* why this and not half or twice of it */
};

/* The texts of `heapcoach explain` and of the rule's page; plain paragraphs, lines of any
 * length; code as Rust. */
struct rule_explanation {
    const char *what;   /* what it detects, from which signs */
    const char *why;    /* why it costs */
    const char *wrong;  /* when it is wrong, or not worth it */
    const char *fix;    /* how to change the code */
    const char *before; /* Rust */
    const char *after;
};

struct rule {
    const char *id;      /* stable: users write it in limits and read it in JSON */
    const char *title;   /* one line: what is wrong */
    const char *summary; /* one line for the list of rules: what it looks for */
    const char *skill;   /* section of the performance skill, or "" */
    const char
        *reference; /* "Heap Allocations: Vec growth": chapter and heading of the book; or "" */
    unsigned needs; /* of enum evidence_data: without, the rule is not asked */
    int precedence; /* at one line, of two findings of about the same saving the higher one
                     * leads: a rule whose edit makes the other's needless has more. 0..100 */
    const struct rule_threshold *thresholds;
    size_t threshold_count;
    struct rule_explanation explain;
    /* Adds its findings. Memory that runs out is remembered in *findings. */
    void (*judge)(const struct rule *rule, const struct evidence *evidence,
                  struct findings *findings);
};

#define RULE_THRESHOLDS(table)                                                                     \
    .thresholds = (table), .threshold_count = sizeof(table) / sizeof((table)[0])

/* The threshold of that index in the rule's table. */
double rule_limit(const struct rule *rule, size_t index);

#define RULE_DECLARE(name) extern const struct rule rule_##name;
RULES(RULE_DECLARE)
#undef RULE_DECLARE

/* All rules, in the order in which they are asked; ends with NULL. */
extern const struct rule *const rules_all[];

/* The rule of that id, or NULL. */
const struct rule *rules_find(const char *id);

/* Asks every rule whose data the profile has, then merges findings at one line, orders them and
 * names them. On success the caller ends *findings by findings_free; on -1 (no memory) there is
 * nothing to free. */
int rules_judge(const struct sites *sites, enum costs costs, struct findings *findings,
                struct error *error);

#endif
