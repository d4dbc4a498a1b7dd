/* shown.c - which findings and sites a report shows, and which line stands for a finding. The
 * same for all formats.
 */
#include "analyzer/core/own_crates.h"
#include "analyzer/render/report.h"

#include <string.h>

static bool is_severe_enough(const struct report *report, const struct finding *finding)
{
    return report->all || finding->severity >= FINDING_MEDIUM;
}

/* A finding in a dependency is in two crates: that of the line, and that of who called it. */
static bool is_in_scope(const struct report *report, const struct finding *finding)
{
    if (report->mine && finding->scope != FINDING_OWN)
        return false;
    return !report->crate || own_crates_same(finding->location.crate, report->crate);
}

bool report_shows_also(const struct report *report, const struct finding *also)
{
    return is_severe_enough(report, also);
}

size_t report_others_in_crate(const struct report *report, const struct finding *finding,
                              const struct finding *list[REPORT_FEW])
{
    size_t count = 0;
    if (report->all || finding->scope != FINDING_DEPENDENCY)
        return 0;
    for (size_t i = 0; i < finding->also_count; i++) {
        if (!report_shows_also(report, finding->also[i]))
            continue;
        if (count < REPORT_FEW)
            list[count] = finding->also[i];
        count++;
    }
    return count;
}

/* What leads at a line may be less severe than what comes with it. */
static bool has_severe(const struct report *report, const struct finding *finding)
{
    bool severe = is_severe_enough(report, finding);
    for (size_t i = 0; i < finding->also_count && !severe; i++)
        severe = is_severe_enough(report, finding->also[i]);
    return severe;
}

bool report_shows(const struct report *report, const struct finding *finding)
{
    return is_in_scope(report, finding) && has_severe(report, finding);
}

const struct finding *report_next(const struct report *report, size_t *at)
{
    const struct findings *findings = report->findings;
    while (*at < findings->count) {
        const struct finding *finding = findings->list[(*at)++];
        if (report_shows(report, finding))
            return finding;
    }
    return NULL;
}

struct report_counts report_count(const struct report *report)
{
    struct report_counts counts = {0};
    struct finding_saving sum = {0};
    uint64_t largest = 0;
    for (size_t i = 0; i < report->findings->count; i++) {
        const struct finding *finding = report->findings->list[i];
        if (!is_in_scope(report, finding)) {
            counts.elsewhere += finding->severity >= FINDING_MEDIUM;
        } else if (has_severe(report, finding)) {
            counts.shown++;
            const struct finding_saving *saving = finding_saving_in_all(finding);
            sum.ns += saving->ns;
            sum.share += saving->share;
            if (largest < saving->ns)
                largest = saving->ns;
        } else {
            counts.low += finding->severity == FINDING_LOW;
            counts.info += finding->severity == FINDING_INFO;
        }
    }
    finding_saving_bound(&sum, largest);
    counts.ns = sum.ns;
    counts.share = sum.share;
    return counts;
}

bool report_shows_site(const struct report *report, const struct site *site)
{
    if (report->mine && site->basis != USER_FRAME_OWN)
        return false;
    if (!report->crate)
        return true;
    if (site->frame && own_crates_same(site->frame->crate, report->crate))
        return true;
    if (site->top_user.dep == PROFILE_NONE)
        return false;
    const struct profile *profile = report->profile;
    uint32_t inside = profile->points[site->top].stack[site->top_user.dep];
    return own_crates_same(profile->frames[inside].crate, report->crate);
}

const struct finding_place *report_line(const struct finding *finding)
{
    bool called = finding->scope == FINDING_DEPENDENCY && finding->caller.function[0];
    return called ? &finding->caller : &finding->location;
}

const char *report_rule_title(const struct report *report, const char *id)
{
    for (const struct report_rule *rule = report->rules; rule && rule->id; rule++)
        if (strcmp(rule->id, id) == 0)
            return rule->title;
    return "";
}
