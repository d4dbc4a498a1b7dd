/* view.c - see view.h. */
#include "analyzer/cli/view.h"
#include "analyzer/core/own_crates.h"
#include "analyzer/rules/rules.h"

#include <string.h>

static void list_rules(struct view *view)
{
    memset(view->rules, 0, sizeof(view->rules));
    for (size_t i = 0; rules_all[i]; i++)
        view->rules[i] =
            (struct report_rule){rules_all[i]->id, rules_all[i]->title, rules_all[i]->summary};
}

int view_open(struct view *view, const char *path, const char *own, struct error *error)
{
    list_rules(view);
    if (profile_load(&view->profile, path, error) != 0)
        return -1;
    if (own && own_crates_apply(&view->profile, own, error) != 0)
        goto no_sites;
    if (sites_build(&view->sites, &view->profile, error) != 0)
        goto no_sites;
    if (rules_judge(&view->sites, &view->findings, error) != 0)
        goto no_findings;
    return 0;
no_findings:
    sites_free(&view->sites);
no_sites:
    profile_free(&view->profile);
    return -1;
}

struct report view_report(const struct view *view)
{
    return (struct report){
        .profile = &view->profile,
        .sites = &view->sites,
        .findings = &view->findings,
        .rules = view->rules,
    };
}

void view_close(struct view *view)
{
    findings_free(&view->findings);
    sites_free(&view->sites);
    profile_free(&view->profile);
}
