/* short_name.h - function names cut to what a person recognises: `Vec::push` for
 * `alloc::vec::Vec<T,A>::push`, and also for the bare `push<u64, alloc::alloc::Global>` of
 * vec/mod.rs, which is all that line tables keep of an inlined function.
 */
#ifndef HEAPCOACH_SHORT_NAME_H
#define HEAPCOACH_SHORT_NAME_H

#include "analyzer/core/profile.h"

#include <stddef.h>

/* Type and function of a frame, without generic arguments; "?" for an unknown one. to gets
 * at most n bytes with the NUL; never fails. */
void short_name_of_callee(const struct profile_frame *frame, char *to, size_t n);

/* The whole path of the frame's function, without generic arguments. */
void short_name_of_function(const struct profile_frame *frame, char *to, size_t n);

#endif
