/* facts.h - what the frames of a program point tell: how its allocation came about.
 *
 * Three zones of a stack are told apart, innermost first:
 *
 *     malloc            hook
 *     finish_grow       \
 *     grow_one           > LEAF: what the innermost code that is not std's asked std for
 *     Vec::push         /
 *     serde::visit_seq  } a dependency, if one lies between; LEAF and this are INSIDE
 *     app::load         the user frame (user_frame.h)
 *     rayon::...        } AROUND: outside of the user frame
 *     main
 *
 * hashbrown and indexmap count as std there: a map is what the code asked for, whoever
 * wrote it. A mechanism is recognised by the base name of the function and by what it belongs to:
 * the file under library/ or the crate's folder, or the path of the name where there are
 * no lines. Never by a full path alone. So it works for inlined frames with debug information
 * (all mechanisms), for real frames with symbols only (those marked S), and for rustc 1.63 and
 * 1.95, with LTO or without.
 *
 * Computed once per profile; read-only afterwards. Texts belong to the evidence's arena or to
 * the profile.
 */
#ifndef HEAPCOACH_FACTS_H
#define HEAPCOACH_FACTS_H

#include "analyzer/core/arena.h"
#include "analyzer/core/profile.h"
#include "analyzer/core/user_frame.h"

#include <stdbool.h>
#include <stdint.h>

/* X(name, key, meaning). S: seen with symbols only, too. */
#define FACTS(X)                                                                                   \
    X(GROW, "grow", "a Vec, String, VecDeque or heap grows: grow_one, do_reserve_and_handle (S)")  \
    X(RESERVE_EXACT, "reserve_exact",                                                              \
      "grows by exactly what was asked: grow_exact (S for CString)")                               \
    X(WITH_CAPACITY, "with_capacity", "with_capacity of Vec, String, VecDeque, or vec![x; n]")     \
    X(FILL, "fill", "vec![x; n], resize: the value is copied for each element")                    \
    X(COLLECT, "collect", "from_iter, SpecFromIter (S where not inlined)")                         \
    X(TRY_COLLECT, "try_collect", "collect into Result or Option: GenericShunt, try_process")      \
    X(EXTEND, "extend", "Vec::extend, extend_from_slice, spec_extend")                             \
    X(HASH, "hash", "a hash table's memory: hashbrown's raw table (S)")                            \
    X(HASH_GROW, "hash_grow", "of these, a table that grows: reserve_rehash, resize (S)")          \
    X(HASH_CAPACITY, "hash_capacity",                                                              \
      "of these, with_capacity or from_iter: one table of the right size")                         \
    X(FORMAT, "format", "format!: alloc::fmt::format (S), or to_string of anything by Display")    \
    X(FMT_WRITE, "fmt_write", "core::fmt::write: any formatting (S)")                              \
    X(CLONE, "clone", "a Clone::clone of Vec, String, Box or a map")                               \
    X(TO_VEC, "to_vec", "slice::to_vec, the copy under clone and to_owned")                        \
    X(TO_OWNED, "to_owned", "ToOwned::to_owned, str::to_owned, Cow::into_owned")                   \
    X(TO_STRING, "to_string", "ToString, SpecToString, String::from(&str)")                        \
    X(CONCAT, "concat", "concat, join of slices; str::repeat, replace, to_lowercase")              \
    X(BOX, "box", "Box::new, and the like")                                                        \
    X(RC, "rc", "Rc::new, Rc::from")                                                               \
    X(ARC, "arc", "Arc::new, Arc::from")                                                           \
    X(VEC_LITERAL, "vec_literal", "vec![a, b]: a box of an array made a Vec")                      \
    X(BTREE, "btree", "a node of BTreeMap or BTreeSet (S where not inlined)")                      \
    X(LINKED_LIST, "linked_list", "a node of LinkedList")                                          \
    X(VEC_DEQUE, "vec_deque", "a VecDeque's buffer (S)")                                           \
    X(BINARY_HEAP, "binary_heap", "a BinaryHeap's buffer")                                         \
    X(LINES, "lines", "BufRead::lines: a String per line")                                         \
    X(SPLIT, "split", "BufRead::split: a Vec per piece")                                           \
    X(READ_LINE, "read_line", "read_line, read_until into a buffer of the caller's")               \
    X(READ_TO_END, "read_to_end", "read_to_end, read_to_string, fs::read")                         \
    X(PATH_JOIN, "path_join", "Path::join (S before LTO)")                                         \
    X(PATH, "path", "any PathBuf or OsString")                                                     \
    X(C_STRING, "c_string", "CString: std's own way to the system (S)")                            \
    X(THREAD_SPAWN, "thread_spawn", "what thread::spawn allocates (S)")                            \
    X(IO_BUFFER, "io_buffer", "the buffer of BufReader, BufWriter, LineWriter")                    \
    X(SORT, "sort", "the buffer of a stable sort (S); AROUND: for a comparison of any sort")       \
    X(RAYON, "rayon", "rayon's machinery (AROUND: the closure runs per item or per split)")        \
    X(CHANNEL, "channel", "a block or node of a channel: std mpsc, crossbeam (S)")                 \
    X(ERROR_BOX, "error_box", "Box<dyn Error> from a text or an error (S before LTO)")             \
    X(IO_ERROR, "io_error", "io::Error::new, other (S)")                                           \
    X(PANIC, "panic", "a panic's payload or message (S)")                                          \
    X(BACKTRACE, "backtrace", "std::backtrace_rs, addr2line, gimli: printing a backtrace (S)")     \
    X(BEFORE_MAIN, "before_main",                                                                  \
      "std's start of the program or of a thread, not the user's code")                            \
    X(AT_EXIT, "at_exit", "a destructor of thread-local storage, or an atexit function")           \
    X(GLOBAL_ALLOC, "global_alloc", "goes through a GlobalAlloc impl of the program (S)")          \
    X(GLOBAL_ALLOC_REALLOC, "global_alloc_realloc", "of these, GlobalAlloc's default realloc")     \
    X(ZEROED, "zeroed", "calloc: vec![0; n], alloc_zeroed (S)")                                    \
    X(OVER_ALIGNED, "over_aligned", "an alignment beyond malloc's: posix_memalign (S)")            \
    X(MAP_ENTRY, "map_entry", "inside entry, insert or rustc_entry of a map")                      \
    X(MAP_INSERT, "map_insert", "INSIDE or AROUND an insert of a map: a clone of a key or value")  \
    X(INDEX_MAP, "index_map", "IndexMap's or IndexSet's: table and entries")                       \
    X(SMALL_VEC, "small_vec", "a SmallVec that spilled")                                           \
    X(ARENA, "arena", "a chunk of bumpalo, typed-arena or like: not to be advised on")             \
    X(ASYNC, "async", "AROUND: inside a Future's poll")                                            \
    X(SHRINK, "shrink", "shrink_to_fit, into_boxed_slice")                                         \
    X(STD_LAZY, "std_lazy", "first use of a std static: stdout's buffer, OnceLock, thread-local")  \
    X(C_CODE, "c_code", "a function of C's, not of the C library, called malloc itself (S)")       \
    X(ITER_ADAPTER, "iter_adapter",                                                                \
      "filter, flat_map, take_while and like between collect and source: no lower bound of the "   \
      "length")

enum fact_number {
#define FACTS_NUMBER(name, key, meaning) FACT_NUMBER_##name,
    FACTS(FACTS_NUMBER)
#undef FACTS_NUMBER
        FACT_COUNT
};

/* Sets of facts are uint64_t: FACT_GROW | FACT_COLLECT. Enumerators beyond int are an extension
 * of gcc and clang; unlike constants they may stand in the tables of rules. */
enum fact {
#define FACTS_BIT(name, key, meaning) FACT_##name = 1ull << FACT_NUMBER_##name,
    FACTS(FACTS_BIT)
#undef FACTS_BIT
};
_Static_assert(FACT_COUNT <= 57, "a set of facts and the marks of frame_facts.h fit 64 bits");

extern const char *const fact_keys[FACT_COUNT];

/* Types as debug information names them, shortened: "u64", "String", "Vec<u8>"; "" where not
 * known. Bytes: 0 where not known. */
struct fact_types {
    const char *element;    /* of the Vec, VecDeque, Box, Rc, Arc that allocates */
    uint64_t element_bytes; /* of the primitive types, pointers, String, Vec, and arrays and tuples
                             * of them; else 0: then the first size tells (capacity.h) */
    const char
        *container; /* "Vec", "String", "VecDeque", "HashMap", "BTreeMap", "Box", "Rc", ... */
    const char *key, *value, *hasher; /* of maps; value "()" or "" of sets */
};

/* Where and how sampled blocks of a point were freed. Counts are of samples. */
struct fact_ends {
    uint64_t samples;
    uint64_t same_function; /* in the activation of the user's function that allocated, or deeper */
    uint64_t caller;        /* in its direct caller, not counted in same_function */
    uint64_t other_thread;
    uint64_t in_map_entry;  /* inside entry, insert, rustc_entry of a map: a key that was there */
    uint64_t in_growth;     /* inside a function that grows a container: its old memory */
    uint64_t in_extend;     /* inside an assignment or clone_from of the same container */
    uint64_t at_exit;       /* by destructors of the thread or the program */
    uint64_t in_container;  /* with a slice, Vec or map that it was an element or key of */
    uint64_t in_other_type; /* of these, inside of a type that is not std's: serde_json::Value */
    uint64_t in_struct;     /* in a container or not, inside of a type that is not std's */
    uint64_t in_own_type;   /* of these, a pointer to that very type: Box<Expr> in an Expr */
    uint64_t in_nested;  /* of these, inside of a type that was dropped inside of itself: a tree's,
                          * for which no inlined frames are needed */
    const char *dropped; /* T of the innermost telling drop_in_place<T>, the most frequent; "" */
    const char *owner;   /* T of the outermost drop_in_place<T>: what dropped it with itself; "" */
    const uint32_t *free_stack; /* the most frequent one, frames innermost first; NULL: none */
    uint32_t free_depth;
};

struct facts {
    struct user_frame user;        /* of the point */
    uint64_t leaf, inside, around; /* sets; leaf is part of inside */
    enum owner owner;              /* of the user frame */
    uint32_t leaf_end;   /* place of the innermost frame that is not std's, or the depth */
    uint32_t caller;     /* place of the next frame of a crate outside the user's function, or
                          * PROFILE_NONE */
    bool tail_called;    /* the user frame shown is a caller of the one that really asked: that
                          * one was lost by a tail call; see closure */
    const char *closure; /* what names the lost frame: the closure type's function; "" */
    struct fact_types types;
    struct fact_ends ends;
    unsigned temporary; /* of enum temporary (temporary.h) */
    unsigned part;      /* of enum crate_part (crate_parts.h) */
    bool of_c;          /* a function of C's or C++'s called malloc itself, so that no allocator of
                         * Rust's is between them; false where that is not sure */
    bool of_whole_copy; /* a Vec is copied with what is in it, and the block is of what is in it */
};

/* Fills the facts of every program point (facts[point_count]), and what each frame alone gives
 * (by_frame[frame_count], zeros before). 0, or -1: no memory. */
int facts_find(struct facts *facts, uint64_t *by_frame, const struct profile *profile,
               struct arena *arena);

/* The facts of a stack that is no point's, of its frames inside the user's function, or of all
 * where none is the user's: as struct facts' `inside`, but for what follows from several frames
 * together. by_frame: as facts_find filled it. */
uint64_t facts_inside(const struct profile *profile, const uint64_t *by_frame,
                      const uint32_t *stack, uint32_t depth);

/* A type's name without the paths of std: "alloc::vec::Vec<u8, alloc::alloc::Global>" is "Vec<u8>".
 * Returns a text of the arena, or "" without memory. */
const char *facts_short_type(struct arena *arena, const char *type);

/* The size of a type by its name where the name tells, else 0. 64-bit targets. */
uint64_t facts_type_bytes(const char *type);

#endif
