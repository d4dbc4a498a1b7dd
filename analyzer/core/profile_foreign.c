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

static bool begins(const char *text, const char *const *beginnings)
{
    for (; *beginnings; beginnings++)
        if (strncmp(text, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

static bool contains(const char *text, const char *const *pieces)
{
    for (; *pieces; pieces++)
        if (strstr(text, *pieces))
            return true;
    return false;
}

static const char *const std_crates[] = {
    "std",          "core",    "alloc",     "hashbrown",
    "backtrace_rs", "gimli",   "addr2line", "compiler_builtins",
    "panic_unwind", "__rustc", NULL};
static const char *const std_files[] = {"library/", "/rustc/", NULL};
static const char *const std_places[] = {"/library/std/", "/library/core/", "/library/alloc/",
                                         "/rustc/", NULL};
static const char *const rt_functions[] = {
    "std::rt::",
    "std::sys::backtrace::__rust_begin_short_backtrace",
    "std::sys_common::backtrace::__rust_begin_short_backtrace",
    "__libc_start",
    "_start",
    "std::sys::thread::",
    "start_thread",
    "clone",
    NULL};
static const char *const dep_places[] = {"/.cargo/registry/", "/.cargo/git/",     "/registry/src/",
                                         "/vendor/",          "/cargo/registry/", NULL};
static const char *const libc_objects[] = {"/libc.so",  "/libc-",     "/libpthread",
                                           "/ld-linux", "/libm.so",   "/libdl",
                                           "/libgcc_s", "/libstdc++", NULL};
static const char *const hook_objects[] = {"/vgpreload_", "libheapcoach.so", NULL};
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

/* serde_json of .../serde_json-1.0.100/src/de.rs. */
static struct frame_part crate_in_path(const char *file)
{
    struct frame_part crate = {file, 0};
    const char *src = strstr(file, "/src/"); /* .cargo/registry/src/INDEX/CRATE-1.0/src/... */
    for (const char *next = src; next; next = strstr(next + 1, "/src/"))
        src = next;
    if (!src)
        return crate;
    const char *start = src;
    while (start > file && start[-1] != '/')
        start--;
    const char *end = start;
    while (end < src && !(end[0] == '-' && isdigit((unsigned char)end[1])))
        end++;
    crate.text = start;
    crate.n = (size_t)(end - start);
    return crate;
}

/* ---- one frame ---- */

static bool is_c_file(const char *file)
{
    size_t n = strlen(file);
    return n > 2 && (strcmp(file + n - 2, ".c") == 0 || strcmp(file + n - 2, ".S") == 0);
}

/* What the frame's own text says; PROFILE_KIND_COUNT: nothing. */
static enum profile_kind kind_by_text(const struct profile_frame *frame, struct frame_part crate)
{
    if (contains(frame->object, hook_objects) ||
        (!frame->file[0] && is_one_of(frame->function, strlen(frame->function), hook_functions)))
        return PROFILE_HOOK;
    if (!frame->function[0] && !frame->file[0])
        return contains(frame->object, libc_objects) ? PROFILE_LIBC : PROFILE_NO_CODE;
    if (begins(frame->function, rt_functions))
        return PROFILE_RT;
    if (contains(frame->object, libc_objects) || is_c_file(frame->file))
        return PROFILE_LIBC;
    if (begins(frame->file, std_files) || contains(frame->file, std_places) ||
        (crate.n && is_one_of(crate.text, crate.n, std_crates)))
        return PROFILE_STD;
    if (contains(frame->file, dep_places))
        return PROFILE_DEP;
    if (strcmp(frame->function, "main") == 0 && !frame->file[0])
        return PROFILE_RT; /* the C main that calls Rust's */
    return crate.n ? PROFILE_USER : PROFILE_KIND_COUNT;
}

static int keep(struct profile *profile, const char **to, struct frame_part part)
{
    *to = part.n ? arena_text(&profile->arena, part.text, part.n) : "";
    return *to ? 0 : -1;
}

static int fill_frame(struct profile *profile, struct profile_frame *frame)
{
    struct frame_text parts = frame_text_parse(frame->text);
    frame->name = frame->crate = "";
    frame->address = parts.address;
    frame->line = parts.line;
    frame->column = parts.column;
    frame->module = PROFILE_NONE;
    if (keep(profile, &frame->function, parts.function) != 0 ||
        keep(profile, &frame->file, parts.file) != 0 ||
        keep(profile, &frame->object, parts.module) != 0)
        return -1;
    struct frame_part crate = crate_root(frame->function);
    frame->kind = kind_by_text(frame, crate);
    if (frame->kind == PROFILE_DEP)
        crate = crate_in_path(frame->file);
    return keep(profile, &frame->crate, crate);
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
        if (frame->kind == PROFILE_KIND_COUNT) {
            bool others = within && (real->kind == PROFILE_STD || real->kind == PROFILE_RT);
            frame->kind = others ? PROFILE_STD : PROFILE_USER;
            if (frame->kind == PROFILE_USER && within)
                frame->crate = real->crate;
        }
        if (!within)
            real = frame;
    }
}

int profile_foreign_frames(struct profile *profile)
{
    for (uint32_t i = 0; i < profile->frame_count; i++)
        if (fill_frame(profile, &profile->frames[i]) != 0)
            return -1;
    for (uint32_t i = 0; i < profile->point_count; i++)
        mark_inlined(profile, &profile->points[i]);
    for (uint32_t i = 0; i < profile->point_count; i++)
        settle_kinds(profile, &profile->points[i]);
    for (uint32_t i = 0; i < profile->frame_count; i++) /* in no stack */
        if (profile->frames[i].kind == PROFILE_KIND_COUNT)
            profile->frames[i].kind = PROFILE_NO_CODE;
    return 0;
}

/* Sums wrap where a file lies; nothing depends on them but what is shown. */
void profile_foreign_totals(struct profile *profile)
{
    struct profile_totals *totals = &profile->totals;
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
        profile->program.lines |=
            profile->frames[i].line && profile->frames[i].kind == PROFILE_USER;
}
