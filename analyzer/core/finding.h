/* finding.h - one piece of advice: rules make them, renderers show them, and neither knows
 * the other.
 *
 * Everything in a finding lives in the arena of the struct findings it was made by, in the
 * profile, or is static; findings_free gives it back. Memory that runs out is remembered in
 * `failed` and told once, by whoever asked the rules: the builders below never return NULL, so
 * that a rule needs no check after each line. A struct findings belongs to one thread while
 * it is filled and is read-only afterwards.
 */
#ifndef HEAPCOACH_FINDING_H
#define HEAPCOACH_FINDING_H

#include "analyzer/core/allocator.h"
#include "analyzer/core/arena.h"
#include "analyzer/core/crates.h"
#include "analyzer/core/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much it matters. LOW and INFO are shown on demand only: LOW is a fact below the gate
 * that makes it advice, INFO is a remark without a saving. */
enum finding_severity {
    FINDING_INFO,
    FINDING_LOW,
    FINDING_MEDIUM,
    FINDING_HIGH,
    FINDING_SEVERITIES
};

/* How sure it is that the change helps and is possible. */
enum finding_confidence {
    FINDING_DOUBTFUL, /* a question */
    FINDING_LIKELY,   /* true unless the condition fails */
    FINDING_CERTAIN,  /* follows from what was counted */
    FINDING_CONFIDENCES
};

/* Whose line it is. */
enum finding_scope {
    FINDING_OWN,        /* the user's */
    FINDING_DEPENDENCY, /* another crate's: `caller` is the user's line */
    FINDING_RUNTIME,    /* std's own, before main or while printing a backtrace */
    FINDING_PROGRAM,    /* the whole program: no line */
    FINDING_SCOPES
};

/* Words as written in JSON: "medium", "low", "dependency". */
extern const char *const finding_severity_names[FINDING_SEVERITIES];
extern const char *const finding_confidence_names[FINDING_CONFIDENCES]; /* low, medium, high */
extern const char *const finding_scope_names[FINDING_SCOPES];

/* A line of source. All texts are never NULL; frame may be. */
struct finding_place {
    const struct profile_frame *frame; /* NULL: none, then the rest is "" and 0 */
    const char *function;              /* without generic arguments: site_function's name */
    const char *file;                  /* full path, or "" */
    const char *crate;
    uint32_t line;
};

/* What was counted, in the order in which the rule added it. Keys are stable and carry their
 * unit: "reallocs", "first_bytes_p50", "life_allocs_p50". */
struct finding_fact {
    const char *key;
    enum { FINDING_FACT_U64, FINDING_FACT_REAL, FINDING_FACT_TEXT } kind;
    uint64_t number;  /* FINDING_FACT_U64 */
    double real;      /* FINDING_FACT_REAL: shares in 0..1, ratios */
    const char *text; /* FINDING_FACT_TEXT */
};

/* What the edit saves, of this run. 0: nothing, or not known. */
struct finding_saving {
    uint64_t calls;        /* of malloc, realloc, free; a pair of malloc and free is 2 */
    uint64_t bytes;        /* allocated over the run */
    uint64_t bytes_copied; /* by realloc and by containers that copy themselves */
    uint64_t peak_bytes;   /* at the peak of the program */
    uint64_t ns;
    double share; /* of the un-instrumented CPU time; 1 at most. 0: that is not known */
};

struct finding {
    /* set by finding_start and the rules */
    const char *rule;      /* its id; static */
    const char *variant;   /* or "" */
    const char *title;     /* the rule's, or a better one for this variant; one line, no figures */
    const char *what;      /* one or two sentences in numbers: what happens at the line */
    const char *advice;    /* what to do instead, in words */
    const char *code;      /* Rust, with the measured figure in it; lines end in \n; or "" */
    const char *how;       /* the reckoning of saving.ns, shown on demand; or "" */
    const char *skill;     /* section of the performance skill, or "" */
    const char *reference; /* chapter and heading of The Rust Performance Book, or "" */
    enum finding_severity severity;
    enum finding_confidence confidence;
    const char *condition; /* under which it holds: "if you only read it"; or "" */
    enum finding_scope scope;
    struct finding_place location, caller; /* caller: of a dependency or of a shared helper */
    struct finding_fact *evidence;
    size_t evidence_count;
    struct finding_saving saving;
    const uint32_t *points; /* the program points it covers */
    uint32_t point_count;
    uint32_t stack;   /* the program point whose stack is shown; PROFILE_NONE: none */
    uint32_t site;    /* index in struct sites; PROFILE_NONE: none */
    int precedence;   /* of the rule: at one line the higher one tells the story when the
                       * savings do not decide */
    uint64_t events;  /* how often it happened: what gates count; 0: saving.calls is it */
    double closeness; /* to gate G, set by gate_severity: 1 and above passes */
    /* set when all rules have been asked */
    const char *id;              /* stable across runs: "growth-1a2b3c4d" */
    const struct finding **also; /* others at the same line, merged into this; no `also` of
                                  * their own */
    size_t also_count;
    struct finding_saving together; /* with those in `also` that are about other blocks; only ns
                                     * and share; zero where there are none */
};

/* What the edit of the whole story saves: with others or alone. */
const struct finding_saving *finding_saving_in_all(const struct finding *finding);

/* Cuts a sum of several savings, of which the largest is of `largest` ns, to the whole run: parts
 * that were reckoned one by one may overlap, or be somewhat too large. */
void finding_saving_bound(struct finding_saving *sum, uint64_t largest);

/* What almost fired: told where nothing is worth changing. */
struct finding_miss {
    const char *rule;
    struct finding_place location;
    const char *what;  /* what was seen, in numbers */
    const char *lacks; /* what it lacks to be advice */
    double closeness;  /* below 1: the part of the threshold that was reached */
};
#define FINDING_MISSES 3

/* Those of one profile, the most important first. */
struct findings {
    struct finding **list; /* owned: the array, not what it points to */
    size_t count, room;
    struct finding_miss miss[FINDING_MISSES]; /* nearest first */
    size_t miss_count;
    const char *const *not_judged; /* ids of rules whose data this file lacks; ends with NULL;
                                    * NULL before the rules have been asked */
    struct crates crates;          /* owned; empty before the rules have been asked */
    struct allocator_verdict allocator;
    bool failed;          /* memory ran out; the list is not whole */
    struct arena arena;   /* owned */
    struct finding spare; /* stands in for what there was no memory for */
};

/* A zeroed struct findings is empty and ready. */
void findings_free(struct findings *findings);

/* ---- for rules ---- */

/* A finding with all texts "", indexes PROFILE_NONE, severity INFO, confidence LIKELY. It is not in
 * the list before findings_add. */
struct finding *finding_start(struct findings *findings);

/* Puts it into the list. */
void findings_add(struct findings *findings, struct finding *finding);

/* A text in the arena; "" if memory ran out. */
const char *finding_text(struct findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds to *text, which finding_text made or "" is: for texts of several parts. */
void finding_more(struct findings *findings, const char **text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add evidence. key is static; a text is copied. */
void finding_evidence_u64(struct findings *findings, struct finding *finding, const char *key,
                          uint64_t number);
void finding_evidence_real(struct findings *findings, struct finding *finding, const char *key,
                           double real);
void finding_evidence_text(struct findings *findings, struct finding *finding, const char *key,
                           const char *text);

/* The evidence of that key, or NULL. */
const struct finding_fact *finding_evidence(const struct finding *finding, const char *key);

/* Notes what almost fired; the nearest FINDING_MISSES are kept, one per place and rule. */
void findings_miss(struct findings *findings, const struct finding_miss *miss);

/* Figures for sentences, from a ring of 16 buffers: good until 16 calls later, so for the
 * arguments of one finding_text. "1,234,567"; "8 B", "12.3 kB", "1.5 MB"; "12 ns", "3.4 us",
 * "1.4 ms", "2.1 s"; "12 %", "0.4 %". */
const char *figure_count(uint64_t n);
const char *figure_of(uint64_t n, const char *thing); /* "1 block", "1,234 blocks" */
const char *figure_bytes(uint64_t bytes);
const char *figure_ns(double ns);
const char *figure_percent(double share);

#endif
