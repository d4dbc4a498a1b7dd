/* report.h - the reports on one profile: for a person, for a program, and in brief.
 *
 * All write to a stream that the caller owns and checks for errors afterwards.
 */
#ifndef HEAPCOACH_REPORT_H
#define HEAPCOACH_REPORT_H

#include "analyzer/core/finding.h"
#include "analyzer/core/profile.h"
#include "analyzer/core/sites.h"
#include "analyzer/render/screen.h"

struct report {
    const struct profile *profile;
    const struct sites *sites;
    const struct findings *findings;
    uint32_t top; /* sites to show per metric; 0: all */
};

/* Totals, the sites that matter, what to know about the recording. */
void report_text(const struct report *report, const struct screen *screen);

/* Schema heapcoach-report/1, described in json.c. 0, or -1: the stream failed (errno). */
int report_json(const struct report *report, FILE *stream);

/* A few lines for the end of a run. */
void report_brief(const struct report *report, const struct screen *screen);

/* ---- parts that the text reports share ---- */

/* "FILE:LINE" of a frame, the path as short as the reader's folder allows; or the module's
 * name; or "". */
void report_place(const struct profile *profile, const struct profile_frame *frame, char *to,
                  size_t n);

/* "tiny::grow", "serde_json::de::from_str (a dependency)". */
void report_function(const struct report *report, const struct site *site, char *to, size_t n);

/* One site with its source line and figures. number: from 1. */
void report_site(const struct report *report, const struct site *site, uint32_t number,
                 const struct screen *screen);
void report_site_heading(const struct report *report, const struct screen *screen);

/* What the reader should know about the recording itself: lines of plain words. */
void report_honesty(const struct report *report, const struct screen *screen);

#endif
