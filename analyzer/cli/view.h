/* view.h - a profile ready to be shown: loaded, grouped, judged. Commands that read a
 * profile begin and end with these two.
 */
#ifndef HEAPCOACH_VIEW_H
#define HEAPCOACH_VIEW_H

#include "analyzer/cli/command.h"
#include "analyzer/core/finding.h"
#include "analyzer/core/profile.h"
#include "analyzer/core/sites.h"
#include "analyzer/render/report.h"
#include "analyzer/rules/cost.h"
#include "analyzer/rules/rules_list.h"

#define VIEW_COUNT_RULE(name) +1
enum { VIEW_RULES = 0 RULES(VIEW_COUNT_RULE) };
#undef VIEW_COUNT_RULE

struct view {
    struct profile profile;
    struct sites sites;
    struct findings findings;
    struct report_rule
        rules[VIEW_RULES + 1]; /* all there are, whether they found something or not */
};

/* How a profile is judged. */
struct view_how {
    const char *own; /* names of the user's crates (own_crates.h); NULL: as the profile has it */
    enum costs costs;
};

/* As --own and --costs say; without --costs as the command has it. */
struct view_how view_how(const struct command_values *values, enum costs otherwise);
#define VIEW_COSTS_CHOICES "measured|usual"

/* how may be NULL: as without options. 0, and the caller ends it by view_close; or -1 with nothing
 * to close. */
int view_open(struct view *view, const char *path, const struct view_how *how, struct error *error);

/* The same of a file that has been read: n bytes, which may be freed afterwards. */
int view_open_text(struct view *view, const char *text, size_t n, const char *path,
                   const struct view_how *how, struct error *error);

/* A report on the view, with all that is optional left out. Refers to the view. */
struct report view_report(const struct view *view);

void view_close(struct view *view);

#endif
