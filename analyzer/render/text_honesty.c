/* text_honesty.c - what to know about the recording before believing it: what was missed,
 * which stacks are not whole, what the recorder itself took; and how to get lines. Two or
 * three plain lines when all went well. Used by text.c.
 */
#include "analyzer/render/report.h"
#include "analyzer/render/sampling.h"
#include "analyzer/render/units.h"

#include <inttypes.h>
#include <stdarg.h>

#define INDENT 2
#define TEXT_ROOM 2048

/* One paragraph; %s may be data. */
static void __attribute__((format(printf, 3, 4)))
say(const struct screen *screen, enum screen_style style, const char *format, ...)
{
    char text[TEXT_ROOM];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    screen_paragraph(screen, style, INDENT, text);
}

static void say_sampling(const struct profile *profile, const struct screen *screen)
{
    char text[SAMPLING_ROOM];
    sampling_text(profile, text, sizeof(text));
    say(screen, SCREEN_WARNING, "%s", text);
    say(screen, SCREEN_WARNING,
        "A realloc counts as a free and an allocation at the place of the realloc. So what needs "
        "each event was not judged: growth and its copies, containers that are made anew, "
        "buffers that are reused, and how many blocks live at once. Record without --sample for "
        "these.");
}

static void say_missed(const struct profile *profile, const struct screen *screen)
{
    const struct profile_recorder *r = &profile->recorder;
    char a[UNITS_ROOM], b[UNITS_ROOM], c[UNITS_ROOM];
    static const char how[] =
        "it ended without exit (killed, aborted, _exit, or exec of another program, "
        "which `heapcoach run --follow NAME` records)";
    uint64_t missed = r->missed_early + r->missed_reentrant + r->missed_no_room;
    if (profile->program.allocator_in_part)
        say(screen, SCREEN_WARNING,
            "Not all is counted: calls of %s, the program's allocator, were not seen, or not all "
            "of them. `heapcoach doctor` says more.",
            profile->program.allocator);
    else if (missed)
        say(screen, SCREEN_WARNING,
            "Not counted: %s calls before the recorder stood, %s inside of it, %s for want of "
            "room.",
            units_exact(a, r->missed_early), units_exact(b, r->missed_reentrant),
            units_exact(c, r->missed_no_room));
    else if (r->sealed && profile->sampling.bytes)
        say(screen, SCREEN_FAINT, "No sample was missed, up to the program's exit.");
    else if (r->sealed)
        say(screen, SCREEN_FAINT,
            "Nothing was missed: every allocation is counted, up to the program's exit.");
    else
        say(screen, SCREEN_FAINT, "Nothing was missed, up to the program's last instruction; %s.",
            how);
    if (missed && !r->sealed && !profile->program.allocator_in_part)
        say(screen, SCREEN_FAINT, "All else is counted up to the program's last instruction; %s.",
            how);
    if (r->truncated || r->repaired)
        say(screen, SCREEN_WARNING,
            "The recording was damaged: %s, and %s of its parts made no sense and were passed "
            "over.",
            r->truncated ? "its end is missing" : "it is whole", units_exact(a, r->repaired));
    if (r->out_of_room[0])
        say(screen, SCREEN_WARNING, "The recording could not grow: %s.", r->out_of_room);
    if (r->blocks_overwritten || r->frees_unknown)
        say(screen, SCREEN_FAINT,
            "%s frees were of blocks that were not seen allocated; %s blocks were not seen freed "
            "before their address was given out again.",
            units_exact(a, r->frees_unknown), units_exact(b, r->blocks_overwritten));
}

static void say_allocator(const struct profile *profile, const struct screen *screen)
{
    if (*profile->program.allocator && !profile->program.allocator_in_part)
        say(screen, SCREEN_FAINT,
            "The program's allocator is %s: what Rust's code asks of it is recorded, by the names "
            "of the C library's functions.",
            profile->program.allocator);
}

/* Tables that are replaced by bigger ones are known by these pairs alone. */
static void say_handovers(const struct profile_recorder *r, const struct screen *screen)
{
    char n[UNITS_ROOM];
    if (r->handovers_dropped)
        say(screen, SCREEN_WARNING,
            "%s times a block took over from another, and of which sites they were was not kept: "
            "there were too many pairs. Hash tables, and what else grows by copying, may have "
            "grown more often than is said here.",
            units_exact(n, r->handovers_dropped));
}

static void say_stacks(const struct profile_recorder *r, const struct screen *screen)
{
    char a[UNITS_ROOM], b[UNITS_ROOM], c[UNITS_ROOM];
    uint64_t walks = r->walks.remembered + r->walks.joined + r->walks.full + r->walks.slow;
    if (r->stacks.cut_by_depth || r->stacks.lost || r->stacks.unrecorded)
        say(screen, SCREEN_WARNING,
            "Stacks: %s blocks cut at %" PRIu64
            " frames, %s with outer frames unknown, %s without any.",
            units_exact(a, r->stacks.cut_by_depth), r->depth_limit, units_exact(b, r->stacks.lost),
            units_exact(c, r->stacks.unrecorded));
    else
        say(screen, SCREEN_FAINT, "All stacks are whole; %s of %s were walked the slow way.",
            units_exact(a, r->walks.slow), units_exact(b, walks));
    if (r->walks.checked)
        say(screen, r->walks.differences ? SCREEN_WARNING : SCREEN_FAINT,
            "%s walks were compared with libunwind's: %s differ.", units_exact(a, r->walks.checked),
            units_exact(b, r->walks.differences));
}

static void say_cost(const struct profile *profile, const struct screen *screen)
{
    char a[UNITS_ROOM], b[UNITS_ROOM];
    const struct profile_recorder *r = &profile->recorder;
    say(screen, SCREEN_FAINT, "The recorder mapped %s for itself and kept %s of recording.",
        units_bytes(a, r->memory_bytes), units_bytes(b, r->recording_bytes));
    if (profile->totals.peak_error_bytes)
        say(screen, SCREEN_FAINT,
            "With threads, the peak and the sites' shares of it may be off by %s.",
            units_bytes(a, profile->totals.peak_error_bytes));
}

static void say_modules(const struct profile *profile, const struct screen *screen)
{
    for (uint32_t i = 0; i < profile->module_count; i++)
        if (profile->modules[i].note[0])
            say(screen, SCREEN_WARNING, "%s: %s", profile->modules[i].path,
                profile->modules[i].note);
}

static void say_hints(const struct profile *profile, const struct screen *screen)
{
    char n[UNITS_ROOM];
    bool stripped = profile->has_own && !profile->program.symbols;
    if (profile->repeated_points)
        say(screen, SCREEN_WARNING,
            "%s stacks occur twice in this file; DHAT's own viewer will refuse it.",
            units_exact(n, profile->repeated_points));
    if (profile->program.opt_level_0)
        say(screen, SCREEN_WARNING,
            "Built without optimisation: profile a release build, these figures mislead.");
    if (profile->program.lines || !profile->point_count)
        return;
    fputc('\n', screen->stream);
    say(screen, SCREEN_WARNING,
        "The program has no %s. To get them, add to Cargo.toml and build again:",
        stripped ? "function names and no line numbers" : "line numbers");
    screen_print(screen, SCREEN_PLAIN,
                 "\n      [profile.release]\n%s      debug = \"line-tables-only\"\n",
                 stripped ? "      strip = false\n" : "");
}

void report_honesty(const struct report *report, const struct screen *screen)
{
    const struct profile *profile = report->profile;
    screen_print(screen, SCREEN_STRONG, "About this recording\n");
    if (profile->has_own) {
        if (profile->sampling.bytes)
            say_sampling(profile, screen);
        say_missed(profile, screen);
        say_allocator(profile, screen);
        say_handovers(&profile->recorder, screen);
        say_stacks(&profile->recorder, screen);
        say_cost(profile, screen);
    } else {
        say(screen, SCREEN_FAINT,
            "Made by another profiler (mode %s): it does not tell reallocs, copied bytes and "
            "lifetimes of single blocks, and whose code a frame is was guessed from its name.",
            profile->mode);
    }
    say_modules(profile, screen);
    say_hints(profile, screen);
}
