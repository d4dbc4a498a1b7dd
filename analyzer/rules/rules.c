/* rules.c - the list of rules, and the one function that asks them all. Called by the
 * commands that give advice. A new rule is a new file and a line in rules_list.h.
 */
#include "analyzer/rules/rules.h"
#include "analyzer/rules/merge.h"
#include "analyzer/rules/sums.h"
#include "analyzer/rules/ways.h"

#include <string.h>

const struct rule *const rules_all[] = {
#define RULE_ENTRY(name) &rule_##name,
    RULES(RULE_ENTRY)
#undef RULE_ENTRY
        NULL,
};

double rule_limit(const struct rule *rule, size_t index)
{
    return index < rule->threshold_count ? rule->thresholds[index].value : 0;
}

const struct rule *rules_find(const char *id)
{
    for (const struct rule *const *rule = rules_all; *rule; rule++)
        if (strcmp((*rule)->id, id) == 0)
            return *rule;
    return NULL;
}

/* Asks those whose data the file has; lists the others. */
static void ask_all(const struct evidence *evidence, struct findings *findings)
{
    size_t count = 0;
    const char **not_judged = arena_alloc(&findings->arena, sizeof(rules_all));
    for (const struct rule *const *rule = rules_all; *rule; rule++) {
        if (((*rule)->needs & ~evidence->data) == 0)
            (*rule)->judge(*rule, evidence, findings);
        else if (not_judged)
            not_judged[count++] = (*rule)->id;
        arena_free(evidence->scratch);
    }
    findings->not_judged = not_judged;
    findings->failed = findings->failed || !not_judged;
}

int rules_judge(const struct sites *sites, enum costs costs, struct findings *findings,
                struct error *error)
{
    struct evidence evidence;
    memset(findings, 0, sizeof(*findings));
    if (evidence_build(&evidence, sites, costs, error) != 0)
        return -1;
    ask_all(&evidence, findings);
    sums_raise(&evidence, findings);
    merge_findings(findings);
    ways_tell(evidence.profile, findings);
    if (!findings->failed &&
        crates_build(&findings->crates, evidence.profile, evidence.heap_ns, error) != 0)
        findings->failed = true;
    evidence_free(&evidence);
    if (!findings->failed)
        return 0;
    findings_free(findings);
    return error_set(error, "%s: not enough memory for the findings", sites->profile->path);
}
