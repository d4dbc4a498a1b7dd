/* rules.c - the list of rules, and the one function that asks them all. Called by the
 * commands that give advice. A new rule is a new file and a line here.
 */
#include "analyzer/rules/rules.h"

#include <stdlib.h>
#include <string.h>

const struct rule *const rules_all[] = {
    NULL,
};

int rules_judge(const struct sites *sites, struct findings *findings, struct error *error)
{
    memset(findings, 0, sizeof(*findings));
    for (const struct rule *const *rule = rules_all; *rule; rule++) {
        if ((*rule)->judge(*rule, sites, findings) != 0) {
            findings_free(findings);
            return error_set(error, "%s: not enough memory for the findings of rule %s",
                             sites->profile->path, (*rule)->id);
        }
    }
    return 0;
}

int findings_add(struct findings *findings, const struct finding *finding)
{
    struct finding *bigger =
        reallocarray(findings->finding, findings->count + 1, sizeof(*findings->finding));
    if (!bigger)
        return -1;
    findings->finding = bigger;
    findings->finding[findings->count++] = *finding;
    return 0;
}

void findings_free(struct findings *findings)
{
    free(findings->finding);
    memset(findings, 0, sizeof(*findings));
}
