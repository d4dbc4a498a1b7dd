/* sites.h - the program points of a profile by the user's own line: the view that reports
 * and rules share.
 *
 * A site is all program points whose user frame (user_frame.h) is in the same file and line,
 * or in the same function where no line is known. Every program point is in exactly one site, so
 * the sums over the sites are the sums over the profile. Read-only once built; refers to the
 * profile, which must outlive it.
 */
#ifndef HEAPCOACH_SITES_H
#define HEAPCOACH_SITES_H

#include "analyzer/core/error.h"
#include "analyzer/core/profile.h"
#include "analyzer/core/user_frame.h"

#include <stdint.h>

/* What sites are ranked by: key in JSON, and what it counts. */
#define SITE_METRICS(X)                                                                            \
    X(BYTES, "bytes", "bytes allocated")                                                           \
    X(BLOCKS, "blocks", "blocks allocated")                                                        \
    X(PEAK, "peak_bytes", "bytes at the peak")                                                     \
    X(SHORT_LIVED, "short_lived_blocks", "short-lived blocks")

#define SITE_METRIC_ENUM(name, key, title) SITE_##name,
enum site_metric { SITE_METRICS(SITE_METRIC_ENUM) SITE_METRIC_COUNT };

struct site {
    const struct profile_frame *frame; /* the user frame of `top`; NULL: no frame has a name */
    enum user_frame_basis basis;
    struct user_frame top_user; /* that of `top` */
    uint32_t top;               /* the program point with the most bytes: its stack is shown */
    uint32_t points;            /* how many program points: sites.point[first] and on */
    uint32_t first;
    uint64_t metric[SITE_METRIC_COUNT];
    uint64_t peak_blocks, end_bytes, end_blocks, life;
    uint64_t reallocs, reallocs_moved, bytes_copied, births, freed_elsewhere;
    uint32_t rank[SITE_METRIC_COUNT]; /* 1: has the most; 0: has none of it */
    uint32_t leads; /* the best rank among metrics of which it has a share worth speaking of, a
                     * thousandth; UINT32_MAX: of none */
};

struct sites {
    const struct profile *profile;
    struct site *site; /* owned; those that matter most first */
    uint32_t count;
    uint32_t *of_point;              /* owned: index in `site` of every program point */
    uint32_t *point;                 /* owned: the program points, site by site */
    uint64_t sum[SITE_METRIC_COUNT]; /* over all sites */
};

/* 0, or -1 (no memory) with nothing to free. */
int sites_build(struct sites *sites, const struct profile *profile, struct error *error);

void sites_free(struct sites *sites);

/* How many sites matter: those that are among the first `top` by any metric. They stand at
 * the front: the first by any metric, then the second by any, and so on; shares below a
 * thousandth count for nothing. top 0: all. */
uint32_t sites_that_matter(const struct sites *sites, uint32_t top);

/* The name of the site's function without generic arguments: "tiny::grow"; of a stripped
 * program "tiny+0x1234"; a closure's is frame_name.h's. Returns its length, less than n. */
size_t site_function(const struct profile *profile, const struct site *site, char *to, size_t n);

/* "tiny+0x1234": a frame of which no more is known. Returns its length, less than n. */
size_t site_address(const struct profile_frame *frame, char *to, size_t n);

extern const char *const site_metric_keys[SITE_METRIC_COUNT];
extern const char *const site_metric_titles[SITE_METRIC_COUNT];

#endif
