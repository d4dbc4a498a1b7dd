/* frames.h - the frame table of a profile: what each return address of a recording stands for.
 *
 * Each distinct location is looked up once, and each distinct text of a frame is one entry,
 * as DHAT's ftbl wants it. Entries are sorted by text, so that two runs of one program give
 * the same table but for what they did differently. Entry 0 is "[root]".
 *
 * Everything is valid until frames_free; read-only after frames_build.
 */
#ifndef HEAPCOACH_FRAMES_H
#define HEAPCOACH_FRAMES_H

#include "analyzer/core/error.h"
#include "analyzer/core/intern.h"
#include "analyzer/core/ownership.h"
#include "analyzer/core/recording.h"
#include "analyzer/core/symbols.h"
#include "analyzer/core/tail_calls.h"

#include <stdbool.h>
#include <stdint.h>

#define FRAMES_NO_MODULE UINT32_MAX

struct frame {
    const char *text;                     /* as in ftbl: valid UTF-8 without control characters */
    uint32_t function, name, crate, file; /* texts of symbols; SYMBOLS_NONE: not known */
    uint32_t line, column;                /* 0: not known */
    uint32_t module;                      /* index in modules, or FRAMES_NO_MODULE */
    uint64_t address;                     /* link-time; 0 for those that are no code */
    enum owner owner;
    bool inlined; /* into the next outer frame */
    bool jumped;  /* left by a tail call: address is that of the jump, which no walk met */
};

struct frames_module {
    const struct rec_module *recorded; /* of several loads the first */
    const char *path;
    struct symbols_info info;
};

struct frames {
    struct frame *list; /* by number; 0 is the root */
    uint32_t count;
    struct frames_module *modules; /* the files that frames are in, and the program; each once */
    uint32_t module_count;
    uint32_t exe; /* index in modules of the program itself, or FRAMES_NO_MODULE */
    /* frames that stand for what is not known */
    uint32_t omitted;    /* outer frames, cut off or not recorded */
    uint32_t unknown;    /* outer frames, lost by the unwinder */
    uint32_t unrecorded; /* the whole stack */
    uint32_t nowhere;    /* a location that the recording does not have */
    /* private */
    struct symbols symbols;
    struct intern texts;
    struct intern files; /* paths and build-ids, numbered as modules */
    uint32_t room;
    struct frames_span *spans; /* by location */
    uint32_t *expansions;
    uint32_t expansion_count, expansion_room;
    uint32_t *module_of; /* by recorded module */
    struct tail_calls tails;
    uint32_t locations; /* of the recording; those of tail calls follow them */
};

/* Looks up all locations of a recording, which must outlive the table. 0, or -1 with the
 * reason and nothing to free. */
int frames_build(struct frames *frames, const struct recording *recording, struct error *e);

/* The frames of a location (or RECORDING_NO_LOCATION), innermost first; at least one. */
const uint32_t *frames_of(const struct frames *frames, uint32_t location, uint32_t *count);

/* The location of the function that left by a tail call between two frames of a stack, or
 * RECORDING_NO_LOCATION: nothing is missing there. */
uint32_t frames_tail_call(const struct frames *frames, uint32_t inner, uint32_t outer);

/* A text of a frame: function, name, crate or file; "" where it is not known. */
const char *frames_text(const struct frames *frames, uint32_t text);

/* Frees everything; harmless on a zeroed struct. */
void frames_free(struct frames *frames);

#endif
