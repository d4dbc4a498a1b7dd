/* text_honesty.c - what to know about the recording before believing it: what was missed,
 * which stacks are not whole, what the recorder itself took; and how to get lines. Two or
 * three plain lines when all went well. Used by text.c.
 */
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <inttypes.h>

static void line(const struct screen *screen, enum screen_style style, const char *text)
{
    screen_print(screen, style, "  %s\n", text);
}

static void print_foreign(const struct profile *profile, const struct screen *screen)
{
    screen_print(screen, SCREEN_FAINT, "  Made by another profiler (mode ");
    screen_data(screen, SCREEN_FAINT, profile->mode, 30);
    screen_print(screen, SCREEN_FAINT,
                 "): it does not tell reallocs, copied bytes and\n"
                 "  lifetimes of single blocks, and whose code a frame is "
                 "was guessed from its name.\n");
}

static void print_missed(const struct profile_recorder *r, const struct screen *screen)
{
    char a[UNITS_ROOM], b[UNITS_ROOM], c[UNITS_ROOM];
    uint64_t missed = r->missed_early + r->missed_reentrant + r->missed_no_room;
    if (missed == 0)
        line(screen, SCREEN_FAINT,
             r->sealed
                 ? "Nothing was missed: every allocation is counted, up to the program's exit."
                 : "Nothing was missed up to the program's last instruction; it ended without "
                   "exit (killed, aborted, _exit).");
    else
        screen_print(screen, SCREEN_WARNING,
                     "  Not counted: %s calls before the recorder stood, %s inside of it, %s for "
                     "want of room.\n",
                     units_exact(a, r->missed_early), units_exact(b, r->missed_reentrant),
                     units_exact(c, r->missed_no_room));
    if (missed && !r->sealed)
        line(screen, SCREEN_FAINT, "The program ended without exit (killed, aborted, _exit).");
    if (r->out_of_room[0]) {
        screen_print(screen, SCREEN_WARNING, "  The recording could not grow: ");
        screen_data(screen, SCREEN_WARNING, r->out_of_room, 60);
        fputc('\n', screen->stream);
    }
    if (r->blocks_overwritten || r->frees_unknown)
        screen_print(
            screen, SCREEN_FAINT,
            "  %s blocks were freed that were not seen allocated, %s the other way round.\n",
            units_exact(a, r->frees_unknown), units_exact(b, r->blocks_overwritten));
}

static void print_stacks(const struct profile_recorder *r, const struct screen *screen)
{
    char a[UNITS_ROOM], b[UNITS_ROOM], c[UNITS_ROOM];
    uint64_t walks = r->walks.remembered + r->walks.joined + r->walks.full + r->walks.slow;
    if (r->stacks.cut_by_depth || r->stacks.lost || r->walks.no_room)
        screen_print(screen, SCREEN_WARNING,
                     "  Stacks: %s blocks cut at %" PRIu64
                     " frames, %s with outer frames unknown, %s without any.\n",
                     units_exact(a, r->stacks.cut_by_depth), r->depth_limit,
                     units_exact(b, r->stacks.lost), units_exact(c, r->walks.no_room));
    else
        screen_print(screen, SCREEN_FAINT,
                     "  All stacks are whole; %s of %s were walked the slow way.\n",
                     units_exact(a, r->walks.slow), units_exact(b, walks));
    if (r->walks.checked)
        screen_print(screen, r->walks.differences ? SCREEN_WARNING : SCREEN_FAINT,
                     "  %s walks were compared with libunwind's: %s differ.\n",
                     units_exact(a, r->walks.checked), units_exact(b, r->walks.differences));
}

static void print_cost(const struct profile *profile, const struct screen *screen)
{
    char a[UNITS_ROOM], b[UNITS_ROOM], c[UNITS_ROOM];
    const struct profile_recorder *r = &profile->recorder;
    screen_print(screen, SCREEN_FAINT,
                 "  The recorder mapped %s for itself and kept %s of recording",
                 units_bytes(a, r->memory_bytes), units_bytes(b, r->recording_bytes));
    if (profile->totals.peak_error_bytes)
        screen_print(screen, SCREEN_FAINT, "; with threads the peak may be off by %s",
                     units_bytes(c, profile->totals.peak_error_bytes));
    screen_print(screen, SCREEN_FAINT, ".\n");
}

static void print_modules(const struct profile *profile, const struct screen *screen)
{
    for (uint32_t i = 0; i < profile->module_count; i++) {
        const struct profile_module *module = &profile->modules[i];
        if (!module->note[0])
            continue;
        screen_print(screen, SCREEN_WARNING, "  ");
        int used = screen_data_end(screen, SCREEN_WARNING, module->path, screen->width / 2);
        screen_print(screen, SCREEN_WARNING, ": ");
        screen_data(screen, SCREEN_WARNING, module->note, screen->width - used - 4);
        fputc('\n', screen->stream);
    }
}

static void print_hints(const struct profile *profile, const struct screen *screen)
{
    char n[UNITS_ROOM];
    if (profile->repeated_points)
        screen_print(screen, SCREEN_WARNING,
                     "  %s stacks occur twice in this file; DHAT's own viewer will refuse it.\n",
                     units_exact(n, profile->repeated_points));
    if (profile->program.opt_level_0)
        line(screen, SCREEN_WARNING,
             "Built without optimisation: profile a release build, these "
             "figures mislead.");
    if (profile->program.lines || !profile->point_count)
        return;
    screen_print(
        screen, SCREEN_WARNING,
        "\n  The program has no line numbers. To get them, add to Cargo.toml and build again:"
        "\n\n      [profile.release]\n      debug = \"line-tables-only\"\n");
}

void report_honesty(const struct report *report, const struct screen *screen)
{
    const struct profile *profile = report->profile;
    screen_print(screen, SCREEN_STRONG, "About this recording\n");
    if (profile->has_own) {
        print_missed(&profile->recorder, screen);
        print_stacks(&profile->recorder, screen);
        print_cost(profile, screen);
    } else {
        print_foreign(profile, screen);
    }
    print_modules(profile, screen);
    print_hints(profile, screen);
}
