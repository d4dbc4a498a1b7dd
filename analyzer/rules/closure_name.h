/* closure_name.h - the functions that the closures in a name belong to.
 *
 * Names of generic functions have the types of closures in their arguments:
 * "for_each<app::load::{closure_env#0}, rayon::iter::noop::{closure_env#0}>". Pure functions; names
 * are data of a file, so any text must do no harm.
 */
#ifndef HEAPCOACH_CLOSURE_NAME_H
#define HEAPCOACH_CLOSURE_NAME_H

#include "analyzer/core/arena.h"

#include <stddef.h>

/* The function of the next closure at or after *at, "app::load" there: *n gets its length, *at goes
 * on behind it. NULL: there is no more. */
const char *closure_name_next(const char **at, size_t *n);

/* The same of async functions and blocks, too: "app::order" of
 * "poll<app::order::{async_fn_env#0}>". */
const char *closure_name_any(const char **at, size_t *n);

/* A copy without the numbers of impl blocks: "app::{impl#2}::squares" is "app::squares". ""
 * without memory. */
const char *closure_name_readable(const char *function, size_t n, struct arena *arena);

#endif
