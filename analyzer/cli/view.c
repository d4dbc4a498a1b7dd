/* view.c - see view.h. */
#include "analyzer/cli/view.h"
#include "analyzer/rules/rules.h"

int view_open(struct view *view, const char *path, struct error *error)
{
    if (profile_load(&view->profile, path, error) != 0)
        return -1;
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

void view_close(struct view *view)
{
    findings_free(&view->findings);
    sites_free(&view->sites);
    profile_free(&view->profile);
}
