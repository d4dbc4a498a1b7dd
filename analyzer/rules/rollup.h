/* rollup.h - the profile crate by crate, with what the allocator's calls of each took. Asked once,
 * by rules.c; the reports read findings->crates.
 */
#ifndef HEAPCOACH_ROLLUP_H
#define HEAPCOACH_ROLLUP_H

#include "analyzer/core/error.h"
#include "analyzer/core/finding.h"

struct evidence;

/* Fills findings->crates. 0, or -1: no memory. */
int rollup_crates(const struct evidence *evidence, struct findings *findings, struct error *error);

#endif
