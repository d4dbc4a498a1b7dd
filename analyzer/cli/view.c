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

struct view_how view_how(const struct command_values *values, enum costs otherwise)
{
    enum costs costs = !values->costs                        ? otherwise
                       : strcmp(values->costs, "usual") == 0 ? COSTS_USUAL
                                                             : COSTS_MEASURED;
    return (struct view_how){values->own, costs};
}

/* What comes when the profile is loaded. */
static int judge(struct view *view, const struct view_how *how, struct error *error)
{
    const struct view_how usual = {NULL, COSTS_MEASURED};
    if (!how)
        how = &usual;
    list_rules(view);
    if (how->own && own_crates_apply(&view->profile, how->own, error) != 0)
        goto no_sites;
    if (sites_build(&view->sites, &view->profile, error) != 0)
        goto no_sites;
    if (rules_judge(&view->sites, how->costs, &view->findings, error) != 0)
        goto no_findings;
    return 0;
no_findings:
    sites_free(&view->sites);
no_sites:
    profile_free(&view->profile);
    return -1;
}

int view_open(struct view *view, const char *path, const struct view_how *how, struct error *error)
{
    return profile_load(&view->profile, path, error) == 0 ? judge(view, how, error) : -1;
}

int view_open_text(struct view *view, const char *text, size_t n, const char *path,
                   const struct view_how *how, struct error *error)
{
    return profile_load_memory(&view->profile, text, n, path, error) == 0 ? judge(view, how, error)
                                                                          : -1;
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
