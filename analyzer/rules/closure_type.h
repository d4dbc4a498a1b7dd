/* closure_type.h - traits of closures as Rust writes them. For the rules that name types.
 *
 * Debug information has `dyn Fn<(i32), Output=i32>`, symbols have `dyn Fn<(i32,)>+Output = i32`;
 * who wrote `dyn Fn(i32) -> i32` finds neither in his code. Pure functions; texts belong to the
 * findings.
 */
#ifndef HEAPCOACH_CLOSURE_TYPE_H
#define HEAPCOACH_CLOSURE_TYPE_H

#include "analyzer/core/finding.h"

#include <stdbool.h>

/* The short type (facts_short_type) with all its Fn, FnMut and FnOnce written so. What cannot be
 * taken apart stays as it is. */
const char *closure_type(struct findings *findings, const char *type);

/* "Fn(i32) -> i32 + Send" of a pointer to that, Box<dyn Fn(i32) -> i32 + Send>; "" of any other
 * type. type: as closure_type made it. */
const char *closure_bound(struct findings *findings, const char *type);

#endif
