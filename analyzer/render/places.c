/* places.c - names, places and savings in few words, for all formats that are read by people.
 */
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_ROOM 4096

/* The part of path below folder, or path. */
static const char *below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return n > 1 && strncmp(path, folder, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

/* The part of a path that tells: the toolchain's and cargo's folders are long and the same
 * for all. /rustc/HASH/library/..., .../registry/src/INDEX/NAME-VERSION/... */
static const char *without_home(const char *path)
{
    static const char rustc[] = "/rustc/", registry[] = "/registry/src/";
    const char *at = strncmp(path, rustc, sizeof(rustc) - 1) == 0 ? path + sizeof(rustc) - 1 : NULL;
    const char *found = strstr(path, registry);
    if (found)
        at = found + sizeof(registry) - 1;
    const char *slash = at ? strchr(at, '/') : NULL;
    return slash ? slash + 1 : path;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *report_path(const struct profile *profile, const char *path)
{
    char here[TEXT_ROOM];
    const char *file = below(without_home(path), profile->program.cwd);
    if (file == path && getcwd(here, sizeof(here)))
        file = below(file, here);
    return file;
}

const char *report_source_path(const struct profile *profile, const char *path)
{
    char here[TEXT_ROOM];
    const char *file = getcwd(here, sizeof(here)) ? below(path, here) : path;
    return file == path ? below(path, profile->program.cwd) : file;
}

static void put_place(const struct profile *profile, const char *path, uint32_t line, char *to,
                      size_t n)
{
    if (line)
        snprintf(to, n, "%s:%u", report_path(profile, path), line);
    else
        snprintf(to, n, "%s", report_path(profile, path));
}

void report_place(const struct profile *profile, const struct profile_frame *frame, char *to,
                  size_t n)
{
    to[0] = 0;
    if (frame && frame->file[0])
        put_place(profile, frame->file, frame->line, to, n);
    else if (frame)
        snprintf(to, n, "%s", base_name(frame->object));
}

void report_finding_place(const struct profile *profile, const struct finding_place *place,
                          char *to, size_t n)
{
    if (place->file[0])
        put_place(profile, place->file, place->line, to, n);
    else
        report_place(profile, place->frame, to, n);
}

void report_function(const struct report *report, const struct site *site, char *to, size_t n)
{
    static const char *const notes[] = {
        [USER_FRAME_OWN] = "",
        [USER_FRAME_DEP] = " (a dependency)",
        [USER_FRAME_STD] = " (std, not from your code)",
        [USER_FRAME_ADDRESS] = "",
        [USER_FRAME_OTHER] = " (not from your code)",
        [USER_FRAME_NONE] = "(stacks without any name)",
    };
    size_t used = site_function(report->profile, site, to, n);
    snprintf(to + used, n - used, "%s", notes[site->basis]);
}

/* ---- savings ---- */

static void __attribute__((format(printf, 3, 4))) add(char *to, size_t n, const char *format, ...)
{
    size_t used = strlen(to);
    if (used && used + 2 < n) {
        strcpy(to + used, ", ");
        used += 2;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(to + used, n - used, format, args);
    va_end(args);
}

void report_saving(const struct finding_saving *saving, char *to, size_t n)
{
    char text[UNITS_ROOM];
    to[0] = 0;
    if (saving->calls)
        add(to, n, "%s %s of the allocator", units_count(text, saving->calls),
            saving->calls == 1 ? "call" : "calls");
    if (saving->bytes)
        add(to, n, "%s allocated", units_bytes(text, saving->bytes));
    if (saving->bytes_copied)
        add(to, n, "%s copied", units_bytes(text, saving->bytes_copied));
    if (saving->peak_bytes)
        add(to, n, "%s at the peak", units_bytes(text, saving->peak_bytes));
}

void report_saved_time(const struct finding_saving *saving, char *to, size_t n)
{
    to[0] = 0;
    if (!saving->ns)
        return;
    if (saving->share > 0)
        snprintf(to, n, "%s (%s)", figure_ns((double)saving->ns), figure_percent(saving->share));
    else
        snprintf(to, n, "%s", figure_ns((double)saving->ns));
}

void report_saving_sentence(const struct finding_saving *saving, char *to, size_t n)
{
    char time[48], rest[400];
    report_saved_time(saving, time, sizeof(time));
    report_saving(saving, rest, sizeof(rest));
    to[0] = 0;
    if (time[0] || rest[0])
        snprintf(to, n, "Saves %s%s%s%s.", time[0] ? "about " : "", time,
                 time[0] && rest[0] ? ": " : "", rest);
}

void report_confidence_sentence(const struct finding *finding, char *to, size_t n)
{
    snprintf(to, n, "Confidence %s%s%s.", finding_confidence_names[finding->confidence],
             finding->condition[0] ? ", " : "", finding->condition);
}

void report_in_a_line(const struct report *report, const struct finding *finding, char *to,
                      size_t n)
{
    char place[TEXT_ROOM], time[48];
    report_finding_place(report->profile, &finding->location, place, sizeof(place));
    report_saved_time(&finding->saving, time, sizeof(time));
    snprintf(to, n, "%s%s%s%s, %s%s%s", time[0] ? "saves " : "", time, time[0] ? ": " : "",
             finding->title, finding->location.function[0] ? finding->location.function : "?",
             place[0] ? ", " : "", place);
}

void report_miss(const struct finding_miss *miss, char *to, size_t n)
{
    size_t length = strlen(miss->what);
    bool both = length && miss->lacks[0];
    if (both && miss->what[length - 1] == '.') /* a whole sentence goes on */
        length--;
    snprintf(to, n, "%.*s%s%s", (int)length, miss->what, both ? "; " : "", miss->lacks);
}
