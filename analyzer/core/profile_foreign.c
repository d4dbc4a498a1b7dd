/* profile_foreign.c - what a profile of valgrind or dhat-rs does not say, guessed from the
 * texts of its frames: function, file, line, whose code it is, what was inlined. Called by
 * profile.c when the file has no frames of ours.
 *
 * Both write inlined frames as entries of their own with the address of the real one, and
 * valgrind names them without their path (`push<u64, Global>`), files often without their
 * folders (`mod.rs`). So a frame without a path takes its side from the real frame around
 * it. A guess can be wrong where a crate is inlined into another; the numbers are right
 * all the same.
 */
#include "analyzer/core/frame_text.h"
#include "analyzer/core/profile_read.h"

#include <ctype.h>
#include <string.h>

/* ---- lists ---- */

static bool is_one_of(const char *text, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == n && memcmp(*words, text, n) == 0)
            return true;
    return false;
}

static const char *const hook_functions[] = {
    "malloc",        "calloc",   "realloc", "reallocarray", "posix_memalign",
    "aligned_alloc", "memalign", "valloc",  "pvalloc",      NULL};
static const char *const not_paths[] = {"dyn", "mut", "const", "impl", "fn", NULL};

/* ---- the crate in a demangled name ---- */

/* The crate that a demangled path begins with: `a` of a::b, <a::B as c::D>::e, &mut a::B.
 * n 0: the name has no path (valgrind's inlined frames, C). */
static struct frame_part crate_root(const char *name)
{
    struct frame_part root = {name, 0};
    const char *at = name;
    while (*at) {
        while (*at && !isalpha((unsigned char)*at) && *at != '_' && *at != '{')
            at++;
        const char *start = at;
        while (isalnum((unsigned char)*at) || *at == '_')
            at++;
        size_t n = (size_t)(at - start);
        if (n && at[0] == ':' && at[1] == ':') {
            root.text = start;
            root.n = n;
            return root;
        }
        if (name[0] != '<' && name[0] != '&') /* f<T> and {closure#0}: T's crate says nothing */
            return root;
        if (!n || !is_one_of(start, n, not_paths)) {
            /* a type without a path: <u32 as core::fmt::Display>::fmt is the trait's crate */
            const char *as = strstr(at, " as ");
            if (!as)
                return root;
            at = as + 4;
        }
    }
    return root;
}

/* The first folder of a path that was cut to its last parts, less its version: serde_json of
 * serde_json-1.0.100/src/de.rs, alloc of library/alloc/src/vec/mod.rs. n 0: nothing such. */
static struct frame_part crate_in_path(const char *file, bool *versioned)
{
    static const char library[] = "library/";
    struct frame_part crate = {file, 0};
    *versioned = false;
    if (strncmp(file, library, sizeof(library) - 1) == 0) {
        crate.text = file + sizeof(library) - 1;
        crate.n = strcspn(crate.text, "/");
        return crate;
    }
    size_t first = strcspn(file, "/");
    for (size_t i = 1; file[first] && i + 1 < first; i++) {
        if (file[i] == '-' && isdigit((unsigned char)file[i + 1])) {
            crate.n = i;
            *versioned = true;
            return crate;
        }
    }
    return crate;
}

/* ---- one frame ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static void copy_part(char *to, size_t n, struct frame_part part)
{
    size_t kept = part.n < n ? part.n : n - 1;
    for (size_t i = 0; i < kept; i++)
        to[i] = part.text[i] == '-' ? '_' : part.text[i];
    to[kept] = 0;
}

/* What is only so in Rust programs, of frames without a path in their name. */
static enum owner owner_without_path(const struct profile_frame *frame, bool rust)
{
    if (!frame->function[0] && !frame->file[0])
        return OWNER_NONE;
    if (rust && strcmp(frame->function, "main") == 0 && !frame->file[0])
        return OWNER_RT; /* the C main that calls Rust's */
    if (rust && (ends_with(frame->file, ".c") || ends_with(frame->file, ".S")))
        return OWNER_LIBC;
    return frame->file[0] && rust ? OWNER_COUNT : OWNER_USER;
}

/* What the frame's own text says, and its crate; OWNER_COUNT: it does not say. */
static enum owner owner_by_text(const struct profile_frame *frame, bool rust, char *crate)
{
    char named[OWNERSHIP_CRATE_BYTES];
    bool versioned;
    struct frame_part in_path = crate_in_path(frame->file, &versioned);
    copy_part(named, sizeof(named), in_path.n ? in_path : crate_root(frame->function));
    struct ownership_question question = {
        .file = frame->file[0] == '/' ? frame->file : "",
        .crate = named,
        .function = frame->function,
        .module = frame->object,
    };
    crate[0] = 0;
    if (strstr(frame->object, "/vgpreload_") ||
        (!frame->file[0] && is_one_of(frame->function, strlen(frame->function), hook_functions)))
        return OWNER_HOOK;
    enum owner owner = ownership_of(&question, crate);
    if (owner == OWNER_USER && versioned)
        return OWNER_DEP;
    if (owner == OWNER_USER && !named[0] && !question.file[0])
        return owner_without_path(frame, rust);
    return owner;
}

static int keep(struct profile *profile, const char **to, struct frame_part part)
{
    *to = part.n ? arena_text(&profile->arena, part.text, part.n) : "";
    return *to ? 0 : -1;
}

static int fill_frame(struct profile *profile, struct profile_frame *frame, bool rust)
{
    char crate[OWNERSHIP_CRATE_BYTES];
    struct frame_text parts = frame_text_parse(frame->text);
    frame->name = "";
    frame->address = parts.address;
    frame->line = parts.line;
    frame->column = parts.column;
    frame->module = PROFILE_NONE;
    if (keep(profile, &frame->function, parts.function) != 0 ||
        keep(profile, &frame->file, parts.file) != 0 ||
        keep(profile, &frame->object, parts.module) != 0)
        return -1;
    frame->kind = owner_by_text(frame, rust, crate);
    struct frame_part crate_part = {crate, strlen(crate)};
    return keep(profile, &frame->crate, crate_part);
}

/* ---- frames in their stacks ---- */

/* Frames of one address that follow each other are one real frame, the outermost, and what
 * was inlined into it. */
static void mark_inlined(struct profile *profile, const struct profile_point *point)
{
    for (uint32_t i = 0; i + 1 < point->depth; i++) {
        uint32_t inner = point->stack[i], outer = point->stack[i + 1];
        if (inner >= profile->frame_count || outer >= profile->frame_count) /* checked later */
            continue;
        struct profile_frame *frame = &profile->frames[inner];
        frame->inlined |= frame->address && frame->address == profile->frames[outer].address;
    }
}

/* From outer to inner: a frame that says nothing itself is on the side of the real frame
 * that it was inlined into. */
static void settle_kinds(struct profile *profile, const struct profile_point *point)
{
    const struct profile_frame *real = NULL;
    for (uint32_t i = point->depth; i-- > 0;) {
        if (point->stack[i] >= profile->frame_count)
            continue;
        struct profile_frame *frame = &profile->frames[point->stack[i]];
        bool within = real && frame->inlined && frame->address == real->address;
        if (frame->kind == OWNER_COUNT) {
            bool others = within && (real->kind == OWNER_STD || real->kind == OWNER_RT);
            frame->kind = others ? OWNER_STD : OWNER_USER;
            if (frame->kind == OWNER_USER && within)
                frame->crate = real->crate;
        }
        if (!within)
            real = frame;
    }
}

int profile_foreign_frames(struct profile *profile)
{
    bool rust = false;
    for (uint32_t i = 0; i < profile->frame_count; i++)
        rust |= strstr(profile->frames[i].text, "::") != NULL;
    for (uint32_t i = 0; i < profile->frame_count; i++)
        if (fill_frame(profile, &profile->frames[i], rust) != 0)
            return -1;
    for (uint32_t i = 0; i < profile->point_count; i++)
        mark_inlined(profile, &profile->points[i]);
    for (uint32_t i = 0; i < profile->point_count; i++)
        settle_kinds(profile, &profile->points[i]);
    for (uint32_t i = 0; i < profile->frame_count; i++) /* in no stack */
        if (profile->frames[i].kind == OWNER_COUNT)
            profile->frames[i].kind = OWNER_NONE;
    return 0;
}

/* Sums wrap where a file lies; nothing depends on them but what is shown. */
void profile_foreign_totals(struct profile *profile)
{
    struct profile_totals *totals = &profile->totals;
    /* a file of ours that says 0 blocks may say more of the rest: it is not counted twice */
    totals->bytes = totals->blocks = totals->peak_bytes = totals->peak_blocks = 0;
    totals->end_bytes = totals->end_blocks = totals->short_lived_blocks = 0;
    for (uint32_t i = 0; i < profile->point_count; i++) {
        const struct profile_point *point = &profile->points[i];
        totals->bytes += point->total_bytes;
        totals->blocks += point->total_blocks;
        totals->peak_bytes += point->peak_bytes;
        totals->peak_blocks += point->peak_blocks;
        totals->end_bytes += point->end_bytes;
        totals->end_blocks += point->end_blocks;
        totals->short_lived_blocks += profile_short_lived(profile, point);
    }
    for (uint32_t i = 0; i < profile->frame_count; i++)
        profile->program.lines |= profile->frames[i].line && profile->frames[i].kind == OWNER_USER;
}
