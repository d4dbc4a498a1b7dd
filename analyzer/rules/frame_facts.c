/* frame_facts.c - the table of signatures: which function of std or of a crate means what.
 *
 * Called by facts.c for every frame of a profile. A signature is the function's own name and
 * where it is: the file below library/ (or in its crate), or without line information the path of
 * the name. Names and places are those of rustc 1.63 to 1.95; both are kept when std moves a
 * function. Nothing is recognised by a whole path, which differs by version and by how the
 * name was mangled.
 */
#include "analyzer/rules/frame_facts.h"
#include "analyzer/rules/facts.h"

#include <string.h>

#define BASE_BYTES 128

struct signature {
    const char *bases; /* own names, separated by blanks; "*": any */
    const char *file;  /* part of the file's path */
    const char *path;  /* part of the function's name, where the file is not known */
    const char *names; /* part of name or function that must be there as well; NULL: none */
    uint64_t facts;
};

#define MAP_FILES                                                                                  \
    X("hash/map.rs", "hash::map::")                                                                \
    X("hash/set.rs", "hash::set::")                                                                \
    X("hashbrown", "hashbrown::")                                                                  \
    X("btree/map", "btree::map::")                                                                 \
    X("btree/set", "btree::set::")                                                                 \
    X("indexmap", "indexmap::")
#define MAP_BASES                                                                                  \
    "insert entry rustc_entry entry_ref insert_entry insert_full insert_unique or_insert "         \
    "or_insert_with or_insert_with_key or_default replace_entry get_or_insert_with"

/* In std and the crates that stand for it. */
static const struct signature library[] = {
    {"grow_one grow_amortized do_reserve_and_handle reserve_for_push", "raw_vec", "raw_vec::", NULL,
     FACT_GROW},
    {"finish_grow", "raw_vec", "raw_vec::", NULL, FRAME_FINISH_GROW},
    {"grow_exact", "raw_vec", "raw_vec::", NULL, FACT_GROW | FACT_RESERVE_EXACT},
    {"with_capacity with_capacity_in from_elem", "alloc/src/vec", "alloc::vec", NULL,
     FACT_WITH_CAPACITY},
    {"from_elem extend_with", "alloc/src/vec", "alloc::vec", NULL, FACT_FILL},
    {"with_capacity", "alloc/src/string.rs", "alloc::string::", NULL, FACT_WITH_CAPACITY},
    {"with_capacity with_capacity_in", "vec_deque", "vec_deque::", NULL, FACT_WITH_CAPACITY},
    {"new new_in", "vec_deque", "vec_deque::", NULL, FRAME_EMPTY},
    {"with_capacity", "binary_heap", "binary_heap::", NULL, FACT_WITH_CAPACITY},
    {"from_iter from_iter_in_place from_iter_exact", "", "", NULL, FACT_COLLECT},
    {"collect unzip partition", "iter/traits/iterator.rs", "iterator::Iterator::", NULL,
     FACT_COLLECT},
    {"try_process", "", "", NULL, FACT_COLLECT | FACT_TRY_COLLECT},
    {"from_iter collect", "", "", "GenericShunt<", FACT_TRY_COLLECT},
    {"extend spec_extend extend_desugared extend_trusted extend_from_slice append_elements "
     "extend_with extend_from_within extend_one",
     "alloc/src", "alloc::", NULL, FACT_EXTEND},
    {"*", "/raw", "hashbrown::raw", "hashbrown", FACT_HASH},
    {"reserve_rehash reserve_rehash_inner resize resize_inner", "/raw", "hashbrown::raw",
     "hashbrown", FACT_HASH | FACT_HASH_GROW},
    {"with_capacity with_capacity_and_hasher with_capacity_and_hasher_in from_iter clone",
     "hash/map.rs", "hash::map::", NULL, FACT_HASH_CAPACITY},
    {"with_capacity with_capacity_and_hasher with_capacity_and_hasher_in from_iter clone",
     "hash/set.rs", "hash::set::", NULL, FACT_HASH_CAPACITY},
    {"with_capacity with_capacity_and_hasher with_capacity_in from_iter clone", "hashbrown",
     "hashbrown::", NULL, FACT_HASH_CAPACITY},
#define X(file, path) {MAP_BASES, file, path, NULL, FACT_MAP_ENTRY | FACT_MAP_INSERT},
    MAP_FILES
#undef X
    {"format format_inner", "alloc/src/fmt.rs", "alloc::fmt::", NULL, FACT_FORMAT},
    {"write write_fmt spec_write_fmt", "core/src/fmt", "core::fmt::", NULL, FACT_FMT_WRITE},
    {"clone", "alloc/src", "Clone>::clone", NULL, FACT_CLONE},
    {"clone", "std/src", "Clone>::clone", NULL, FACT_CLONE},
    {"clone", "hashbrown", "hashbrown::", NULL, FACT_CLONE},
    {"clone_from", "alloc/src", "Clone>::clone_from", NULL, FACT_CLONE},
    {"to_vec to_vec_in", "alloc/src/slice.rs", "alloc::slice::", NULL, FACT_TO_VEC},
    {"to_owned into_owned to_path_buf to_os_string", "", "", NULL, FACT_TO_OWNED},
    {"to_string spec_to_string", "alloc/src/string.rs", "ToString", NULL, FACT_TO_STRING},
    {"from", "alloc/src/string.rs", "<alloc::string::String as core::convert::From<", NULL,
     FACT_TO_STRING},
    {"concat join join_generic_copy join_generic repeat", "alloc/src/s", "alloc::s", NULL,
     FACT_CONCAT},
    {"replace replacen to_lowercase to_uppercase to_ascii_lowercase to_ascii_uppercase",
     "alloc/src/str.rs", "alloc::str::", NULL, FACT_CONCAT},
    {"new pin new_uninit new_zeroed new_in box_new_uninit box_new from", "alloc/src/boxed",
     "alloc::boxed::Box", NULL, FACT_BOX},
    {"exchange_malloc", "alloc/src/alloc.rs", "alloc::alloc::", NULL, FRAME_EXCHANGE},
    {"new_uninit", "alloc/src/boxed", "alloc::boxed::Box", "new_uninit<[", FRAME_NEW_UNINIT},
    {"box_assume_init_into_vec_unsafe into_vec", "alloc/src/slice.rs", "alloc::slice::", NULL,
     FRAME_NEW_UNINIT},
    {"*", "alloc/src/rc.rs", "alloc::rc::", NULL, FACT_RC},
    {"*", "alloc/src/sync.rs", "alloc::sync::", NULL, FACT_ARC},
    {"*", "collections/btree", "collections::btree", NULL, FACT_BTREE},
    {"*", "collections/linked_list", "collections::linked_list", NULL, FACT_LINKED_LIST},
    {"*", "collections/vec_deque", "collections::vec_deque", NULL, FACT_VEC_DEQUE},
    {"*", "collections/binary_heap", "collections::binary_heap", NULL, FACT_BINARY_HEAP},
    {"next", "std/src/io/mod.rs", "std::io::Lines", NULL, FRAME_IO_NEXT},
    {"next", "std/src/io/mod.rs", "std::io::Split", NULL, FRAME_IO_NEXT},
    {"read_line append_to_string", "std/src/io", "std::io::", NULL,
     FACT_READ_LINE | FRAME_READ_LINE},
    {"read_until", "std/src/io", "std::io::", NULL, FACT_READ_LINE},
    {"realloc", "core/src/alloc/global.rs", "core::alloc::global::GlobalAlloc::realloc", NULL,
     FACT_GLOBAL_ALLOC_REALLOC},
    {"read_to_end read_to_string default_read_to_end default_read_to_string", "std/src", "std::io",
     NULL, FACT_READ_TO_END},
    {"read read_to_string", "std/src/fs.rs", "std::fs::", NULL, FACT_READ_TO_END},
    {"_join join", "std/src/path.rs", "std::path::Path", NULL, FACT_PATH_JOIN | FACT_PATH},
    {"*", "std/src/path.rs", "std::path::", NULL, FACT_PATH},
    {"*", "std/src/ffi/os_str", "std::ffi::os_str", NULL, FACT_PATH},
    {"*", "os_str", "os_str::", NULL, FACT_PATH},
    {"*", "ffi/c_str", "ffi::c_str", NULL, FACT_C_STRING},
    {"run_with_cstr run_with_cstr_allocating run_path_with_cstr", "", "", NULL, FACT_C_STRING},
    {"spawn spawn_unchecked spawn_unchecked_ spawn_scoped", "std/src/thread", "std::thread", NULL,
     FACT_THREAD_SPAWN},
    {"new with_capacity", "std/src/io/buffered", "std::io::buffered", NULL, FACT_IO_BUFFER},
    {"driftsort_main driftsort merge_sort stable_sort sort_by sort_by_key sort_unstable_by "
     "sort_unstable_by_key ipnsort",
     "slice", "slice::", NULL, FACT_SORT},
    {"sort_by_cached_key", "alloc/src/slice.rs", "alloc::slice::", NULL, FACT_SORT},
    {"*", "std/src/sync/mpsc", "std::sync::mpsc", NULL, FACT_CHANNEL},
    {"*", "std/src/sync/mpmc", "std::sync::mpmc", NULL, FACT_CHANNEL},
    {"from", "alloc/src/boxed/convert.rs", "alloc::boxed::", "rror", FACT_ERROR_BOX},
    {"from", "std/src/error.rs", "std::error::", NULL, FACT_ERROR_BOX},
    {"*", "std/src/io/error", "std::io::error::", NULL, FACT_IO_ERROR},
    {"panic_fmt panic_with_hook rust_panic_with_hook begin_panic begin_panic_handler "
     "panic_handler rust_begin_unwind __rust_start_panic rust_panic default_hook",
     "", "", NULL, FACT_PANIC},
    {"*", "backtrace", "std::backtrace_rs::", NULL, FACT_BACKTRACE},
    {"shrink_to_fit into_boxed_slice shrink_to shrink shrink_unchecked into_boxed_str", "alloc/src",
     "alloc::", NULL, FACT_SHRINK},
    {"*", "std/src/io/stdio.rs", "std::io::stdio::", NULL, FACT_STD_LAZY},
    {"register_dtor", "thread_local", "thread_local", NULL, FACT_STD_LAZY},
};

/* In std's runtime, libc, or anybody's code. */
static const struct signature anywhere[] = {
    {"run_dtors destroy_value destroy run __call_tls_dtors __run_exit_handlers exit",
     "thread_local", "thread_local", NULL, FACT_AT_EXIT},
    {"__call_tls_dtors __run_exit_handlers __cxa_finalize", "", "", NULL, FACT_AT_EXIT},
    {"poll", "", "", NULL, FACT_ASYNC},
    {"rust_begin_unwind __rust_start_panic rust_panic", "", "", NULL, FACT_PANIC},
};

/* By the crate alone. */
static const struct {
    const char *crate; /* one ending in _ stands for all that begin so */
    uint64_t facts;
} crates[] = {
    {"rayon", FACT_RAYON},
    {"rayon_core", FACT_RAYON},
    {"crossbeam_channel", FACT_CHANNEL},
    {"flume", FACT_CHANNEL},
    {"indexmap", FACT_INDEX_MAP},
    {"smallvec", FACT_SMALL_VEC},
    {"tinyvec", FACT_SMALL_VEC},
    {"bumpalo", FACT_ARENA},
    {"typed_arena", FACT_ARENA},
    {"addr2line", FACT_BACKTRACE},
    {"gimli", FACT_BACKTRACE},
    {"backtrace", FACT_BACKTRACE},
    {"object", FACT_BACKTRACE},
    {"rustc_demangle", FACT_BACKTRACE},
    {"miniz_oxide", FACT_BACKTRACE},
};

/* Adapters that may drop items, so that a collect has no lower bound of the length. */
static const char *const dropping_adapters[] = {
    "::Filter<",    "::FilterMap<", "::FlatMap<",        "::Flatten<",       "::FlattenCompat<",
    "::TakeWhile<", "::SkipWhile<", "::MapWhile<",       "::Scan<",          "::FromFn<",
    "::Unfold<",    "str::Split",   "::SplitWhitespace", "str::iter::Split", "str::iter::Lines"};

/* ---- names ---- */

/* Does a segment of a path, between "::", name a function or a type? Closures and turbofishes do
 * not. */
static bool is_naming(const char *segment)
{
    return *segment != '{' && *segment != '<';
}

/* The last naming segment of a function's path; *n gets its length. */
static const char *last_segment(const char *function, size_t *n)
{
    const char *start = function, *best = function, *end = function;
    int depth = 0;
    for (const char *s = function;; s++) {
        bool ends = *s == 0 || (depth == 0 && s[0] == ':' && s[1] == ':');
        if (ends) {
            if (s > start && (is_naming(start) || best == function)) {
                best = start;
                end = s;
            }
            if (!*s)
                break;
            start = ++s + 1;
        } else if (*s == '<' || *s == '(' || *s == '[') {
            depth++;
        } else if ((*s == '>' && s > function && s[-1] != '-') || *s == ')' || *s == ']') {
            depth--;
        }
    }
    *n = (size_t)(end - best);
    return best;
}

size_t frame_base(const struct profile_frame *frame, char *to, size_t n)
{
    const char *base = frame->name;
    size_t length = strlen(base);
    if (!*base || *base == '{')
        base = last_segment(frame->function, &length);
    size_t own = 0;
    while (own < length && base[own] != '<' && base[own] != ' ')
        own++;
    if (own >= n)
        own = n - 1;
    memcpy(to, base, own);
    to[own] = 0;
    return own;
}

static bool is_word_of(const char *words, const char *word, size_t n)
{
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += n)
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
            return true;
    return false;
}

/* ---- matching ---- */

static bool matches(const struct signature *s, const struct profile_frame *frame, const char *base,
                    size_t n)
{
    if (s->bases[0] != '*' && (!n || !is_word_of(s->bases, base, n)))
        return false;
    const char *where = frame->file[0] ? frame->file : frame->function;
    if (!strstr(where, frame->file[0] ? s->file : s->path))
        return false;
    return !s->names || strstr(frame->name, s->names) || strstr(frame->function, s->names) ||
           strstr(frame->file, s->names);
}

static bool drops_items(const struct profile_frame *frame)
{
    for (size_t i = 0; i < sizeof(dropping_adapters) / sizeof(dropping_adapters[0]); i++)
        if (strstr(frame->name, dropping_adapters[i]))
            return true;
    return false;
}

static uint64_t crate_facts(const char *crate)
{
    for (size_t i = 0; i < sizeof(crates) / sizeof(crates[0]); i++)
        if (strcmp(crate, crates[i].crate) == 0)
            return crates[i].facts;
    return 0;
}

bool frame_is_library(const struct profile_frame *frame)
{
    /* allocator_api2 is what hashbrown calls for its memory outside of std (0.14 on). */
    static const char *const stand_ins[] = {"hashbrown", "indexmap", "allocator_api2"};

    if (frame->kind == OWNER_STD)
        return true;
    for (size_t i = 0; frame->kind == OWNER_DEP && i < sizeof(stand_ins) / sizeof(stand_ins[0]);
         i++)
        if (strcmp(frame->crate, stand_ins[i]) == 0)
            return true;
    return false;
}

uint64_t frame_facts(const struct profile_frame *frame)
{
    char base[BASE_BYTES];
    size_t n = frame_base(frame, base, sizeof(base));
    uint64_t facts = 0;
    if (frame->kind == OWNER_DEP || frame->kind == OWNER_STD)
        facts |= crate_facts(frame->crate);
    if (frame_is_library(frame))
        for (size_t i = 0; i < sizeof(library) / sizeof(library[0]); i++)
            if (matches(&library[i], frame, base, n))
                facts |= library[i].facts;
    for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
        if (matches(&anywhere[i], frame, base, n))
            facts |= anywhere[i].facts;
    if ((facts & (FACT_COLLECT | FACT_EXTEND)) && drops_items(frame))
        facts |= FACT_ITER_ADAPTER;
    return facts;
}
