/* demangle.h - names of functions as their authors wrote them.
 *
 * Rust's two manglings (legacy, v0) and C++'s. The hash at the end of a Rust name and the
 * suffixes that LLVM and gcc add (.llvm.123, .cold, .part.0) are dropped. A name is given
 * whole or as it stands in the file, never cut: names that would need more than
 * DEMANGLE_MOST_BYTES, which only an enemy makes, stay mangled.
 *
 * Format: the Rust RFC 2603 (v0) and rustc's legacy scheme. No state; not for signal handlers.
 */
#ifndef HEAPCOACH_DEMANGLE_H
#define HEAPCOACH_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

#define DEMANGLE_MOST_BYTES 65536 /* of a name, mangled or not */

/* The demangled name, or a copy of the name itself where it is not mangled. The caller
 * frees it. NULL: out of memory. */
char *demangle(const char *mangled);

/* The crate in which a Rust function was written, from its mangled name alone: `core` for
 * core::fmt::num::<impl Display for u32>::fmt, whoever instantiated it. For an impl block
 * whose crate the legacy scheme does not say it follows from the orphan rule: it is the one
 * crate other than the standard library's that its header names. false and "" if the name
 * is not Rust's. */
bool demangle_crate(const char *mangled, char *crate, size_t n);

/* Does the hash that ends a legacy name, "17h", 16 digits and 'E', begin here? */
bool demangle_is_legacy_hash(const char *s);

/* Is it one of the standard library's crates, or of those that it is built from? */
bool demangle_is_std_crate(const char *crate);

#endif
