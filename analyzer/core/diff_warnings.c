/* diff_warnings.c - see diff_warnings.h. Used by `heapcoach diff`. */
#include "analyzer/core/diff_warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <inttypes.h>
#include <string.h>

/* Times. A program that allocates less runs shorter, and even more so while it is recorded: that
 * is no other amount of work. */
#define LENGTHS_DIFFER 3.0
#define SHORTEST_US 500e3 /* below, starting the program is most of the run */
#define MICROSECOND "µs"

static void __attribute__((format(printf, 2, 3)))
warn(struct diff_warnings *warnings, const char *format, ...)
{
    va_list arguments;
    if (warnings->count == DIFF_WARNINGS_MOST)
        return;
    va_start(arguments, format);
    vsnprintf(warnings->text[warnings->count++], DIFF_WARNING_BYTES, format, arguments);
    va_end(arguments);
}

/* The file name of the program; of a profile of others the first word of the command line. */
static void program_name(const struct profile *profile, char *to, size_t n)
{
    const struct profile_program *program = &profile->program;
    size_t length = program->exe[0] ? strlen(program->exe) : strcspn(program->command, " ");
    const char *text = program->exe[0] ? program->exe : program->command, *end = text + length;
    const char *start = end;
    while (start > text && start[-1] != '/')
        start--;
    snprintf(to, n, "%.*s", (int)(end - start), start);
}

static void compare_programs(struct diff_warnings *warnings, const struct profile *before,
                             const struct profile *after)
{
    char one[128], other[128];
    program_name(before, one, sizeof(one));
    program_name(after, other, sizeof(other));
    if (strcmp(one, other) != 0)
        warn(warnings, "these are two programs: %s and %s", one, other);
}

static void compare_tools(struct diff_warnings *warnings, const struct profile *before,
                          const struct profile *after)
{
    if (before->has_own != after->has_own || strcmp(before->time_unit, after->time_unit) != 0)
        warn(warnings, "the two profiles were made by different tools: what they call a frame and "
                       "count as a block may differ");
    if (before->program.opt_level_0 || after->program.opt_level_0)
        warn(warnings, "%s built without optimisation: figures mislead",
             before->program.opt_level_0 && after->program.opt_level_0 ? "both programs were"
             : before->program.opt_level_0                             ? "the old program was"
                                                                       : "the new program was");
}

static void compare_lengths(struct diff_warnings *warnings, const struct diff *diff)
{
    const struct profile *before = diff->side[DIFF_OLD].runs[0].profile;
    const struct profile *after = diff->side[DIFF_NEW].runs[0].profile;
    double one = (double)before->end_time, other = (double)after->end_time;
    bool timed = strcmp(before->time_unit, MICROSECOND) == 0;
    double shorter = one < other ? one : other, longer = one < other ? other : one;
    if (diff->side[DIFF_OLD].per != 1 || diff->side[DIFF_NEW].per != 1 ||
        strcmp(before->time_unit, after->time_unit) != 0 || longer < LENGTHS_DIFFER * shorter ||
        (timed && longer < SHORTEST_US))
        return;
    if (timed)
        warn(warnings,
             "the runs took %.2f s and %.2f s: if they did different amounts of work, say how much "
             "by --per-old and --per-new",
             one / 1e6, other / 1e6);
    else
        warn(warnings,
             "the runs took %.0f and %.0f %s: if they did different amounts of work, say how much "
             "by --per-old and --per-new",
             one, other, before->time_unit);
}

static void check_recording(struct diff_warnings *warnings, const struct profile *profile)
{
    const struct profile_recorder *r = &profile->recorder;
    uint64_t missed = r->missed_early + r->missed_reentrant + r->missed_no_room;
    if (!profile->has_own)
        return;
    if (profile->sampling.bytes)
        warn(warnings,
             "%.200s is sampled: its figures are estimates, and a difference below about two "
             "standard errors (bytes allocated: %" PRIu64 ") says nothing",
             profile->path, profile->sampling.bytes_error);
    if (r->truncated || r->out_of_room[0] || missed)
        warn(warnings, "%.200s is not the whole run: %s", profile->path,
             r->out_of_room[0] ? "the recorder had no more room"
             : missed          ? "some events were missed"
                               : "its recording was cut off");
}

void diff_warnings_find(struct diff_warnings *warnings, const struct diff *diff)
{
    memset(warnings, 0, sizeof(*warnings));
    compare_programs(warnings, diff->side[DIFF_OLD].runs[0].profile,
                     diff->side[DIFF_NEW].runs[0].profile);
    compare_tools(warnings, diff->side[DIFF_OLD].runs[0].profile,
                  diff->side[DIFF_NEW].runs[0].profile);
    compare_lengths(warnings, diff);
    for (int s = 0; s < DIFF_SIDES; s++)
        for (uint32_t r = 0; r < diff->side[s].count; r++)
            check_recording(warnings, diff->side[s].runs[r].profile);
}
