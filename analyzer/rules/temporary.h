/* temporary.h - what the rules about short-lived blocks share: which of them a block belongs to,
 * and the sentences and figures that they have in common.
 *
 * A block that dies where it was born may be a copy, a text, a box, a key that was not needed, a
 * buffer. Its frames often say several of these (a String's clone calls to_vec, which calls
 * with_capacity), so each program point is given to exactly one kind, the most telling first;
 * a rule takes the points of its own kind and no others. So no line is told twice.
 */
#ifndef HEAPCOACH_TEMPORARY_H
#define HEAPCOACH_TEMPORARY_H

#include "analyzer/rules/rules.h"

#include <stdbool.h>
#include <stdint.h>

enum temporary {
    TEMPORARY_OTHER,   /* not of these rules: maps, threads, channels, std's own */
    TEMPORARY_C,       /* a C library's own */
    TEMPORARY_KEY,     /* made for a map's entry or insert and dropped there */
    TEMPORARY_SORT,    /* a stable sort's */
    TEMPORARY_PATH,    /* Path::join's */
    TEMPORARY_LINE,    /* BufRead::lines' and split's */
    TEMPORARY_ERROR,   /* a boxed error and what is in it */
    TEMPORARY_FORMAT,  /* format!'s String */
    TEMPORARY_CLONE,   /* a copy of a container */
    TEMPORARY_STRING,  /* a text copied or transformed: to_string, to_owned, replace */
    TEMPORARY_BOX,     /* Box, Rc, Arc */
    TEMPORARY_COLLECT, /* of an iterator into a Vec or String */
    TEMPORARY_BUFFER,  /* any other Vec, String, VecDeque, BinaryHeap */
    TEMPORARY_UNKNOWN  /* the frames say nothing: a program without debug information */
};

/* Of a point, by its facts: which every rule asks, so it is found once, by evidence_build. */
enum temporary temporary_find(const struct facts *facts);
static inline enum temporary temporary_of(const struct facts *facts)
{
    return (enum temporary)facts->temporary;
}

/* Are there mostly many others by the time that one of the case's blocks dies? Elements of one
 * container are, and what is handed back to be gathered. */
bool temporary_live_together(const struct case_of_line *one);

/* Share of the case's blocks that a map's entry or insert dropped. */
double temporary_key_share(const struct tally *tally);

/* Is the type's own name this, whatever its path and arguments? ("alloc::boxed::Box<u8>", "Box") */
bool temporary_type_is(const char *type, const char *name);

/* Vec whose elements all fit the stack: 16 at most, of 128 B together. */
#define TEMPORARY_STACK_ELEMENTS 16
#define TEMPORARY_STACK_BYTES 128
bool temporary_fits_stack(const struct case_of_line *one);
bool temporary_is_vec(const struct case_of_line *one);

/* From this size on the work done in a buffer outweighs asking for it: measured, nothing is gained
 * by keeping one that is neither grown nor zeroed. */
#define TEMPORARY_LARGE_BYTES 8192u

/* Bytes of an element: by the type, else by the first size of growing from empty; 0: not known. */
uint64_t temporary_element_bytes(const struct case_of_line *one);

/* The element's type, or "". */
const char *temporary_element(const struct case_of_line *one, struct findings *findings);

/* The largest that a block became. */
uint64_t temporary_largest(const struct tally *tally);

/* Of the blocks, the share that was realloc'd. */
double temporary_grown_share(const struct tally *tally);

/* Of the blocks, those that took the place of a smaller one of the same container, where growing
 * cannot realloc: elements of large alignment, an allocator of the program's. The containers are
 * fewer by so many. */
uint64_t temporary_replaced(const struct tally *tally);

/* Does it run inside of a parallel iterator, per item or per split? */
bool temporary_in_parallel(const struct case_of_line *one);

/* Is it the to_string of an integer? */
bool temporary_of_integer(const struct evidence *evidence, const struct case_of_line *one);

/* Or that of a char, or of what its to_uppercase or to_lowercase gives? */
bool temporary_of_char(const struct evidence *evidence, const struct case_of_line *one);

/* ---- sentences ---- */

/* "12 B each", "1 B to 41 B, half of them at most 31 B". */
const char *temporary_sizes(const struct tally *tally, struct findings *findings);

/* What becomes of them: "freed before the function returns, never more than 1 alive at once". */
const char *temporary_fate(const struct tally *tally, struct findings *findings);

/* ---- what each of these findings has ---- */

/* Evidence, events, and the saving's calls and bytes when `share` of the blocks are not made any
 * more, with their reallocs; peak_bytes too if `gone`: else one buffer stays. */
void temporary_fill(const struct evidence *evidence, const struct case_of_line *one,
                    struct finding *finding, struct findings *findings, double share, bool gone);

/* Lowers confidence where no free was sampled, or where the line is a dependency's; the latter's
 * advice begins with what the user himself can do. Call it last, before gate_severity. */
void temporary_doubts(const struct case_of_line *one, struct finding *finding,
                      struct findings *findings);

/* Reckons what reusing the buffer saves: growth, and malloc and free of blocks that are small
 * enough for these to be felt. */
void temporary_reckon_reuse(struct reckoning *reckoning, const struct tally *tally);

/* ---- the way most of these rules go ---- */

struct temporary_rule {
    bool (*accept)(const struct facts *facts); /* which points */
    uint64_t around_any, around_none;          /* sets of facts, as in case_filter */
    bool (*is_case)(const struct rule *rule, const struct evidence *evidence,
                    const struct case_of_line *one); /* which lines; NULL: all */
    bool (*ends_well)(const struct tally *tally);    /* how they are to end; NULL: by gate L */
    /* Of blocks that died with a container whose elements they were: may they be told all the same?
     * NULL: no, as one buffer cannot hold them all. */
    bool (*may_be_elements)(const struct evidence *evidence, const struct case_of_line *one);
    void (*reckon)(struct reckoning *reckoning, const struct case_of_line *one);
    /* Sets what, advice, code, condition, confidence; may set title, variant, add evidence. */
    void (*tell)(const struct evidence *evidence, const struct case_of_line *one,
                 struct finding *finding, struct findings *findings);
    bool (*is_remark)(const struct case_of_line *one); /* no more than LOW; NULL: none */
    bool for_caller; /* the advice is for who calls, also where that is into another crate */
    bool gone;       /* the edit needs no block at all, not even one */
    bool may_be_key; /* where a sort compares them, that is told instead */
};

/* Finds the lines, gates them, reckons, tells. The first threshold of the rule is how many blocks
 * a line must have. */
void temporary_judge(const struct rule *rule, const struct temporary_rule *how,
                     const struct evidence *evidence, struct findings *findings);

/* The reckoning of most: the blocks are not made, nor realloc'd. */
void temporary_reckon_all(struct reckoning *reckoning, const struct case_of_line *one);

#endif
