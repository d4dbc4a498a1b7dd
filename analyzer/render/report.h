/* report.h - what a report is made of, and what the renderers share. One file per format, listed in
 * formats_list.h; the text report has several.
 *
 * Renderers know findings and never rules. All write to a stream that the caller owns and checks
 * for errors afterwards.
 */
#ifndef HEAPCOACH_REPORT_H
#define HEAPCOACH_REPORT_H

#include "analyzer/core/finding.h"
#include "analyzer/core/profile.h"
#include "analyzer/core/sites.h"
#include "analyzer/render/screen.h"

/* What renderers are told of a rule, whether it found something or not. */
struct report_rule {
    const char *id, *title, *summary;
};

struct report {
    const struct profile *profile;
    const struct sites *sites;
    const struct findings *findings;
    const struct report_rule *rules; /* ends with an id NULL; NULL: none */
    uint32_t top;                    /* sites to show per metric; 0: all */
    bool all;                        /* low and info findings, too */
    bool how;                        /* how savings were reckoned; in text and markdown */
    bool stacks;                     /* whole stacks of findings; in text and markdown */
    bool mine;                       /* only what is in the user's own crates */
    const char *crate;               /* only what is in this crate; NULL: in any */
    bool page;                       /* JSON for the page, which has the profile beside it */
};

/* Findings in two lines each, or lines that allocate most, for the end of a run. */
void report_brief(const struct report *report, const struct screen *screen);

/* ---- which findings are shown (shown.c) ---- */

/* By the report's all, mine and crate. An `also` is shown like a finding of its own severity. */
bool report_shows(const struct report *report, const struct finding *finding);
bool report_shows_also(const struct report *report, const struct finding *also);

/* Of what a crate does below one line of the user's, the findings that go with `finding`: one edit
 * is for all of them, so each is told in a line, those that save most. list: the first of them.
 * Returns how many there are. 0: what goes with it is told in full, as it is with `all`. */
#define REPORT_FEW 4
size_t report_others_in_crate(const struct report *report, const struct finding *finding,
                              const struct finding *list[REPORT_FEW]);

/* The first finding at or after place *at that is shown; *at is put behind it. NULL: no more. */
const struct finding *report_next(const struct report *report, size_t *at);

struct report_counts {
    size_t shown;
    size_t low, info; /* left out: `all` would show them */
    size_t elsewhere; /* left out: not the user's, or of other crates */
    uint64_t ns;      /* sum of the shown findings' savings, all of the run at most */
    double share;
};
struct report_counts report_count(const struct report *report);

/* Whether a site is shown, by the report's mine and crate. */
bool report_shows_site(const struct report *report, const struct site *site);

/* The line that the user can edit: of a dependency's finding the one that called it. */
const struct finding_place *report_line(const struct finding *finding);

/* The rule's title; of an unlisted one "". */
const char *report_rule_title(const struct report *report, const char *id);

/* ---- names and places (places.c) ---- */

/* A path as short as it is understood: below the program's or the reader's folder, or without
 * the folders of toolchain and registry. Points into path. */
const char *report_path(const struct profile *profile, const char *path);

/* For machines: the path below the reader's folder (the checkout, in a workflow), else below the
 * program's, else the whole. Points into path. */
const char *report_source_path(const struct profile *profile, const char *path);

/* "FILE:LINE" of a frame, the path as short as the reader's folder allows; or the module's
 * name; or "". */
void report_place(const struct profile *profile, const struct profile_frame *frame, char *to,
                  size_t n);

/* The same of a finding's place. */
void report_finding_place(const struct profile *profile, const struct finding_place *place,
                          char *to, size_t n);

/* "tiny::grow", "serde_json::de::from_str (a dependency)". */
void report_function(const struct report *report, const struct site *site, char *to, size_t n);

/* A finding in a line: "saves 1.3 ms (0.2 %): a new buffer for each use, exec_pattern,
 * parser.rs:518". */
void report_in_a_line(const struct report *report, const struct finding *finding, char *to,
                      size_t n);

/* "80,000 calls, 9.0 MB allocated, 1.0 MB copied": what is saved but for time; "" of nothing. */
void report_saving(const struct finding_saving *saving, char *to, size_t n);

/* "28.1 ms (12 %)", "about" left to the caller; "" of no time. */
void report_saved_time(const struct finding_saving *saving, char *to, size_t n);

/* Both: "Saves about 28.1 ms (12 %): 80,000 calls of the allocator." or "". */
void report_saving_sentence(const struct finding_saving *saving, char *to, size_t n);

/* What almost was advice, and what it lacks: "300 reallocs; would save about 644 us". */
void report_miss(const struct finding_miss *miss, char *to, size_t n);

/* "Confidence medium, if you only read it." */
void report_confidence_sentence(const struct finding *finding, char *to, size_t n);

/* ---- parts of the text report ---- */

/* All findings, the nearest misses where there are none. (text_findings.c) */
void report_findings(const struct report *report, const struct screen *screen);

/* One finding in full; number: from 1. (text_finding.c) */
void report_finding(const struct report *report, const struct finding *finding, uint32_t number,
                    const struct screen *screen);

/* The roll-up by crate, and the verdict on the allocator. (text_program.c) */
void report_crates(const struct report *report, const struct screen *screen);
void report_allocator(const struct report *report, const struct screen *screen);

/* One site with its source line and figures. number: from 1. (text_site.c) */
void report_site(const struct report *report, const struct site *site, uint32_t number,
                 const struct screen *screen);
void report_site_heading(const struct report *report, const struct screen *screen);

/* What the reader should know about the recording itself. (text_honesty.c) */
void report_honesty(const struct report *report, const struct screen *screen);

/* ---- parts of the JSON report (json_finding.c) ---- */

struct json_out;

void report_json_findings(struct json_out *j, const struct report *report);
void report_json_program(struct json_out *j, const struct report *report);
void report_json_stack(struct json_out *j, const struct profile *profile, uint32_t point);

/* The same for the page: source around a line, and what the profile does not say (json_page.c) */
void report_json_source(struct json_out *j, const struct profile *profile, const char *file,
                        uint32_t line);
void report_json_page(struct json_out *j, const struct report *report);

#endif
