/* view.h - a profile ready to be shown: loaded, grouped, judged. Commands that read a
 * profile begin and end with these two.
 */
#ifndef HEAPCOACH_VIEW_H
#define HEAPCOACH_VIEW_H

#include "analyzer/core/finding.h"
#include "analyzer/core/profile.h"
#include "analyzer/core/sites.h"

struct view {
    struct profile profile;
    struct sites sites;
    struct findings findings;
};

/* 0, and the caller ends it by view_close; or -1 with nothing to close. */
int view_open(struct view *view, const char *path, struct error *error);

void view_close(struct view *view);

#endif
