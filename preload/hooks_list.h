/* hooks_list.h - the interposed functions, listed once.
 *
 * From this list come the exported symbols, the table of real functions (real.h), and the
 * test that compares the library's dynamic symbols with it. HOOK(return type, name,
 * parameters). What a function allocates is named in recording_format.h (REC_FUNCTIONS).
 *
 * dlopen and dlclose are not here on purpose: an interposed dlopen would be the caller
 * whose RUNPATH the loader honours. How modules come and go is seen otherwise (modules.c).
 */
#ifndef HEAPCOACH_HOOKS_LIST_H
#define HEAPCOACH_HOOKS_LIST_H

#define HEAPCOACH_HOOKS(HOOK)                                                                      \
    HOOK(void *, malloc, (size_t))                                                                 \
    HOOK(void *, calloc, (size_t, size_t))                                                         \
    HOOK(void *, realloc, (void *, size_t))                                                        \
    HOOK(void *, reallocarray, (void *, size_t, size_t))                                           \
    HOOK(void, free, (void *))                                                                     \
    HOOK(void, cfree, (void *))                                                                    \
    HOOK(int, posix_memalign, (void **, size_t, size_t))                                           \
    HOOK(void *, aligned_alloc, (size_t, size_t))                                                  \
    HOOK(void *, memalign, (size_t, size_t))                                                       \
    HOOK(void *, valloc, (size_t))                                                                 \
    HOOK(void *, pvalloc, (size_t))                                                                \
    HOOK(size_t, malloc_usable_size, (void *))                                                     \
    HOOK(void, free_sized, (void *, size_t))                                                       \
    HOOK(void, free_aligned_sized, (void *, size_t, size_t))

/* Those by which a program limits itself: see limits.c. Nothing real is looked up for them. */
#define HEAPCOACH_LIMIT_HOOKS(HOOK)                                                                \
    HOOK(int, setrlimit, (__rlimit_resource_t, const struct rlimit *))                             \
    HOOK(int, setrlimit64, (__rlimit_resource_t, const struct rlimit64 *))                         \
    HOOK(int, prlimit, (pid_t, enum __rlimit_resource, const struct rlimit *, struct rlimit *))    \
    HOOK(int, prlimit64,                                                                           \
         (pid_t, enum __rlimit_resource, const struct rlimit64 *, struct rlimit64 *))

#endif
