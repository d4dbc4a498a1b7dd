/* carried_list.h - the allocators that Rust programs carry as #[global_allocator], by those
 * functions of theirs that the crates call, listed once.
 *
 * From this list come the hooks (carried_hooks.c, carried_sampled.c) and what is looked for in a
 * program, by the recorder (carried.c) and by `heapcoach doctor`. `as` says as which function of
 * the C library a block is recorded: as the one that Rust's default allocator would have called for
 * it.
 *
 * GIVES(allocator, name, as, parameters, arguments, size): gives out a block of `size` bytes
 * RESIZES(allocator, name, parameters, arguments, block, size)
 * FREES(allocator, name, parameters, arguments, block)
 */
#ifndef HEAPCOACH_CARRIED_LIST_H
#define HEAPCOACH_CARRIED_LIST_H

/* Rust's default allocator takes posix_memalign where malloc does not align enough. */
#define CARRIED_ALIGNED(alignment, size)                                                           \
    ((alignment) > 16 || (alignment) > (size) ? REC_FN_posix_memalign : REC_FN_malloc)

/* jemalloc's mallocx is called for what malloc does not align enough; 0x40 is MALLOCX_ZERO of
 * jemalloc.h. */
#define CARRIED_MALLOCX(flags) ((flags)&0x40 ? REC_FN_calloc : REC_FN_posix_memalign)

/* clang-format off */
#define HEAPCOACH_CARRIED(GIVES, RESIZES, FREES)                                                   \
    /* the crate mimalloc */                                                                       \
    GIVES(mimalloc, mi_malloc, REC_FN_malloc, (size_t size), (size), size)                         \
    GIVES(mimalloc, mi_zalloc, REC_FN_calloc, (size_t size), (size), size)                         \
    GIVES(mimalloc, mi_malloc_aligned, CARRIED_ALIGNED(alignment, size),                           \
          (size_t size, size_t alignment), (size, alignment), size)                                \
    GIVES(mimalloc, mi_zalloc_aligned, REC_FN_calloc,                                              \
          (size_t size, size_t alignment), (size, alignment), size)                                \
    RESIZES(mimalloc, mi_realloc, (void *block, size_t size), (block, size), block, size)          \
    RESIZES(mimalloc, mi_realloc_aligned,                                                          \
            (void *block, size_t size, size_t alignment), (block, size, alignment), block, size)   \
    FREES(mimalloc, mi_free, (void *block), (block), block)                                        \
    /* tikv-jemallocator and jemallocator */                                                       \
    GIVES(jemalloc, _rjem_malloc, REC_FN_malloc, (size_t size), (size), size)                      \
    GIVES(jemalloc, _rjem_mallocx, CARRIED_MALLOCX(flags),                                         \
          (size_t size, int flags), (size, flags), size)                                           \
    GIVES(jemalloc, _rjem_calloc, REC_FN_calloc,                                                   \
          (size_t count, size_t each), (count, each), count * each)                                \
    RESIZES(jemalloc, _rjem_realloc, (void *block, size_t size), (block, size), block, size)       \
    RESIZES(jemalloc, _rjem_rallocx,                                                               \
            (void *block, size_t size, int flags), (block, size, flags), block, size)              \
    FREES(jemalloc, _rjem_free, (void *block), (block), block)                                     \
    FREES(jemalloc, _rjem_sdallocx,                                                                \
          (void *block, size_t size, int flags), (block, size, flags), block)                      \
    /* the same where they take the C library's names (unprefixed_malloc_on_supported_platforms) */ \
    GIVES(jemalloc, malloc, REC_FN_malloc, (size_t size), (size), size)                            \
    GIVES(jemalloc, mallocx, CARRIED_MALLOCX(flags),                                               \
          (size_t size, int flags), (size, flags), size)                                           \
    GIVES(jemalloc, calloc, REC_FN_calloc,                                                         \
          (size_t count, size_t each), (count, each), count * each)                                \
    RESIZES(jemalloc, realloc, (void *block, size_t size), (block, size), block, size)             \
    RESIZES(jemalloc, rallocx,                                                                     \
            (void *block, size_t size, int flags), (block, size, flags), block, size)              \
    FREES(jemalloc, free, (void *block), (block), block)                                           \
    FREES(jemalloc, sdallocx,                                                                      \
          (void *block, size_t size, int flags), (block, size, flags), block)                      \
    /* snmalloc-rs */                                                                              \
    GIVES(snmalloc, sn_rust_alloc, CARRIED_ALIGNED(alignment, size),                               \
          (size_t alignment, size_t size), (alignment, size), size)                                \
    GIVES(snmalloc, sn_rust_alloc_zeroed, REC_FN_calloc,                                           \
          (size_t alignment, size_t size), (alignment, size), size)                                \
    RESIZES(snmalloc, sn_rust_realloc,                                                             \
            (void *block, size_t alignment, size_t old, size_t size),                              \
            (block, alignment, old, size), block, size)                                            \
    FREES(snmalloc, sn_rust_dealloc,                                                               \
          (void *block, size_t alignment, size_t size), (block, alignment, size), block)
/* clang-format on */

/* How many functions there are. */
#define CARRIED_ONE(...) +1
enum { CARRIED_FUNCTIONS = 0 HEAPCOACH_CARRIED(CARRIED_ONE, CARRIED_ONE, CARRIED_ONE) };
#undef CARRIED_ONE

#endif
