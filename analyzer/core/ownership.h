/* ownership.h - whose code a frame is: the user's own, a dependency's, the standard
 * library's, the runtime's around main, the C library's, or our hooks'.
 *
 * Decided from the source file's path and the crate of the mangled name, never from what a
 * demangled name looks like: `<u32 as core::fmt::Display>::fmt` may be in any crate. Pure
 * functions; no allocation.
 */
#ifndef HEAPCOACH_OWNERSHIP_H
#define HEAPCOACH_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>

enum owner {
    OWNER_NONE, /* nothing is known */
    OWNER_USER,
    OWNER_DEP,
    OWNER_STD,  /* std, core, alloc and what they are built from */
    OWNER_RT,   /* what rustc and std put around main and the allocator */
    OWNER_LIBC, /* the C library and its loader */
    OWNER_HOOK, /* libheapcoach.so */
    OWNER_COUNT
};

#define OWNERSHIP_CRATE_BYTES 64

struct ownership_question {
    const char *file;       /* full path of the source; NULL or "": not known */
    const char *crate;      /* of the mangled name (demangle_crate); NULL or "": not known */
    const char *function;   /* demangled; NULL or "": not known */
    const char *module;     /* path of the executable or library; NULL: none */
    const char *main_crate; /* the crate of the module's Rust main; NULL or "": not known */
};

/* The owner; the crate or library that it is goes to crate[OWNERSHIP_CRATE_BYTES] ("" where
 * not known), with '_' for '-' as in paths. */
enum owner ownership_of(const struct ownership_question *question, char *crate);

/* By the path of a source file alone: OWNER_STD, OWNER_DEP, or OWNER_USER for any other. */
enum owner ownership_of_path(const char *file, char *crate);

/* Whether a build script of cargo's wrote the file (it is in an OUT_DIR); of which package goes to
 * crate[OWNERSHIP_CRATE_BYTES], "" if not. Nothing in the path says whose package that is: for
 * ownership_of it is the user's. */
bool ownership_is_generated(const char *file, char *crate);

/* "user", "dep", ... as written in profiles; and back, OWNER_NONE for an unknown word. */
const char *ownership_name(enum owner owner);
enum owner ownership_from_name(const char *name);

#endif
