/* text_finding.c - one finding as text: what is wrong at which line, the line itself, what
 * happens in numbers, the edit, what it saves, and what else happens at the line. Used by
 * text_findings.c.
 *
 *      1. HIGH    Vec grows step by step                        saves 28.1 ms (12 %)
 *         demo::read_numbers                                           src/main.rs:9
 *              8 │ for line in lines {
 *         >    9 │     numbers.push(line.parse()?);
 *             10 │ }
 *         It grew 10,000 Vecs ...
 *         → Make it large enough at once ...
 *           let mut numbers = Vec::with_capacity(1024);
 *         Saves about 28.1 ms (12 %): 80,000 calls of the allocator, 1.0 MB copied.
 */
#include "analyzer/core/short_name.h"
#include "analyzer/core/source_line.h"
#include "analyzer/render/report.h"

#include <stdio.h>
#include <string.h>

#define TEXT_ROOM 4096
#define INDENT 4
#define SEVERITY_COLUMNS 8

static const struct {
    const char *word;
    enum screen_style style;
} severities[FINDING_SEVERITIES] = {
    [FINDING_INFO] = {"info", SCREEN_FAINT},
    [FINDING_LOW] = {"low", SCREEN_FAINT},
    [FINDING_MEDIUM] = {"MEDIUM", SCREEN_HOT},
    [FINDING_HIGH] = {"HIGH", SCREEN_GRAVE},
};

/* ---- head ---- */

/* Two texts at the edges of the line; the left one gives way. */
static void print_edges(const struct screen *screen, int used, enum screen_style left_style,
                        const char *left, enum screen_style right_style, const char *right)
{
    int whole = screen->width - used;
    int right_columns = screen_width_of(right);
    if (right_columns > whole / 2)
        right_columns = whole / 2;
    int room = whole - right_columns - (right_columns ? 2 : 0);
    int taken = screen_data(screen, left_style, left, room);
    if (right_columns) {
        screen_spaces(screen, room - taken + 2);
        screen_data_end(screen, right_style, right, right_columns);
    }
    fputc('\n', screen->stream);
}

static void print_title(const struct finding *finding, uint32_t number, const struct screen *screen)
{
    char saved[64] = "", time[48];
    report_saved_time(finding_saving_in_all(finding), time, sizeof(time));
    int room = screen->width - INDENT - SEVERITY_COLUMNS - screen_width_of(finding->title) - 2;
    if (time[0] && screen_width_of(time) + 6 <= room) /* else the sentence below says it alone */
        snprintf(saved, sizeof(saved), "saves %s", time);
    screen_print(screen, SCREEN_FAINT, "%2u. ", number);
    screen_print(screen, severities[finding->severity].style, "%-*s", SEVERITY_COLUMNS,
                 severities[finding->severity].word);
    print_edges(screen, INDENT + SEVERITY_COLUMNS, SCREEN_STRONG, finding->title, SCREEN_HOT,
                saved);
}

static void print_place(const struct report *report, const char *lead,
                        const struct finding_place *place, const char *note,
                        const struct screen *screen)
{
    char where[TEXT_ROOM], name[TEXT_ROOM];
    if (!place->function[0] && !place->file[0])
        return;
    report_finding_place(report->profile, place, where, sizeof(where));
    snprintf(name, sizeof(name), "%s%s", place->function[0] ? place->function : "?", note);
    screen_print(screen, SCREEN_FAINT, "%*s%s", INDENT, "", lead);
    print_edges(screen, INDENT + screen_width_of(lead), SCREEN_STRONG, name, SCREEN_PLACE, where);
}

/* Whose line it is, and who called it. */
static void print_places(const struct report *report, const struct finding *finding,
                         const struct screen *screen)
{
    char note[128] = "";
    const char *crate = finding->location.crate;
    if (finding->scope == FINDING_DEPENDENCY)
        snprintf(note, sizeof(note), " (in crate %.80s)", crate[0] ? crate : "?");
    if (finding->scope == FINDING_RUNTIME)
        snprintf(note, sizeof(note), " (the runtime's, not yours)");
    print_place(report, "", &finding->location, note, screen);
    print_place(report, "called from ", &finding->caller, "", screen);
}

/* ---- source ---- */

static void print_source_line(const struct screen *screen, uint32_t number, const char *text,
                              bool marked)
{
    enum screen_style style = marked ? SCREEN_SOURCE : SCREEN_FAINT;
    screen_print(screen, marked ? SCREEN_HOT : SCREEN_FAINT, "%*s%s%6u ", INDENT, "",
                 marked ? ">" : " ", number);
    screen_print(screen, SCREEN_FAINT, "│ ");
    screen_data(screen, style, text, screen->width - INDENT - 10);
    fputc('\n', screen->stream);
}

static void print_source(const struct report *report, const struct finding *finding,
                         const struct screen *screen)
{
    const struct finding_place *place = report_line(finding);
    struct source_lines lines;
    source_lines_find(&lines, report->profile, place->file, place->line);
    for (uint32_t i = 0; i < lines.count; i++)
        print_source_line(screen, lines.first + i, lines.line[i], i == lines.at);
    if (lines.state == SOURCE_LINE_CHANGED)
        screen_print(screen, SCREEN_WARNING, "%*s        │ (the file was changed after this run)\n",
                     INDENT, "");
    source_lines_free(&lines);
}

/* ---- words ---- */

static void print_edit(const struct finding *finding, int indent, const struct screen *screen)
{
    if (finding->advice[0])
        screen_hanging(screen, SCREEN_PLAIN, indent, "→ ", finding->advice);
    screen_lines(screen, SCREEN_CODE, indent + 2, "  ", finding->code);
}

/* The number of an earlier finding whose edit is the same word for word; 0: none. Those of the
 * runtime are numbered apart. */
static uint32_t same_edit_before(const struct report *report, const struct finding *finding)
{
    const struct finding *other;
    uint32_t number = 0;
    for (size_t at = 0; finding->code[0] && (other = report_next(report, &at));) {
        if (other == finding || finding->scope == FINDING_RUNTIME)
            return 0;
        number += other->scope != FINDING_RUNTIME;
        if (other->scope != FINDING_RUNTIME && strcmp(other->advice, finding->advice) == 0 &&
            strcmp(other->code, finding->code) == 0)
            return number;
    }
    return 0;
}

static void print_edit_once(const struct report *report, const struct finding *finding,
                            const struct screen *screen)
{
    uint32_t before = same_edit_before(report, finding);
    if (before)
        screen_print(screen, SCREEN_PLAIN, "%*s→ The same edit as in %u.\n", INDENT, "", before);
    else
        print_edit(finding, INDENT, screen);
}

static void print_saving(const struct finding *finding, int indent, const struct screen *screen)
{
    char text[600];
    report_saving_sentence(&finding->saving, text, sizeof(text));
    screen_paragraph(screen, SCREEN_PLAIN, indent, text);
}

static void print_confidence(const struct finding *finding, int indent, const struct screen *screen)
{
    char text[TEXT_ROOM];
    report_confidence_sentence(finding, text, sizeof(text));
    screen_paragraph(screen, SCREEN_FAINT, indent, text);
}

static void print_how(const struct report *report, const struct finding *finding, int indent,
                      const struct screen *screen)
{
    if (report->how && finding->how[0])
        screen_hanging(screen, SCREEN_FAINT, indent, "Reckoned: ", finding->how);
}

static void print_references(const struct finding *finding, const struct screen *screen)
{
    char text[TEXT_ROOM];
    snprintf(text, sizeof(text), "More: heapcoach explain %s%s%s", finding->rule,
             finding->reference[0] ? "; The Rust Performance Book, " : "", finding->reference);
    screen_paragraph(screen, SCREEN_FAINT, INDENT, text);
}

/* ---- what else happens at the line ---- */

static void print_also(const struct report *report, const struct finding *also,
                       const struct screen *screen)
{
    char text[TEXT_ROOM];
    snprintf(text, sizeof(text), "%s. %s", also->title, also->what);
    screen_hanging(screen, SCREEN_PLAIN, INDENT, "Also: ", text);
    print_edit(also, INDENT + 6, screen);
    print_saving(also, INDENT + 6, screen);
    if (also->condition[0])
        print_confidence(also, INDENT + 6, screen);
    print_how(report, also, INDENT + 6, screen);
}

static void print_others_in_crate(const struct report *report, const struct finding *finding,
                                  const struct finding *const *list, size_t count,
                                  const struct screen *screen)
{
    char text[TEXT_ROOM];
    snprintf(text, sizeof(text),
             "Crate %.80s does more in this call; --all tells all of it:", finding->location.crate);
    screen_paragraph(screen, SCREEN_PLAIN, INDENT, text);
    for (size_t i = 0; i < count && i < REPORT_FEW; i++) {
        report_in_a_line(report, list[i], text, sizeof(text));
        screen_hanging(screen, SCREEN_PLAIN, INDENT, "- ", text);
    }
    if (count > REPORT_FEW)
        screen_print(screen, SCREEN_PLAIN, "%*s- and %zu more\n", INDENT, "", count - REPORT_FEW);
}

static void print_also_of(const struct report *report, const struct finding *finding,
                          const struct screen *screen)
{
    const struct finding *list[REPORT_FEW];
    size_t count = report_others_in_crate(report, finding, list);
    if (count) {
        print_others_in_crate(report, finding, list, count, screen);
        return;
    }
    for (size_t i = 0; i < finding->also_count; i++)
        if (report_shows_also(report, finding->also[i]))
            print_also(report, finding->also[i], screen);
}

/* ---- stack ---- */

static void print_stack(const struct report *report, const struct finding *finding,
                        const struct screen *screen)
{
    const struct profile *profile = report->profile;
    char place[TEXT_ROOM], name[TEXT_ROOM];
    if (!report->stacks || finding->stack >= profile->point_count)
        return;
    const struct profile_point *point = &profile->points[finding->stack];
    screen_print(screen, SCREEN_FAINT, "%*sStack, the innermost frame first:\n", INDENT, "");
    for (uint32_t i = 0; i < point->depth; i++) {
        const struct profile_frame *frame = &profile->frames[point->stack[i]];
        if (frame->function[0])
            short_name_of_function(frame, name, sizeof(name));
        else
            site_address(frame, name, sizeof(name));
        report_place(profile, frame, place, sizeof(place));
        screen_spaces(screen, INDENT + 2);
        print_edges(screen, INDENT + 2, frame->kind == OWNER_USER ? SCREEN_STRONG : SCREEN_PLAIN,
                    name, frame->kind == OWNER_USER ? SCREEN_PLACE : SCREEN_FAINT, place);
    }
}

void report_finding(const struct report *report, const struct finding *finding, uint32_t number,
                    const struct screen *screen)
{
    fputc('\n', screen->stream);
    print_title(finding, number, screen);
    print_places(report, finding, screen);
    print_source(report, finding, screen);
    screen_paragraph(screen, SCREEN_PLAIN, INDENT, finding->what);
    print_edit_once(report, finding, screen);
    print_saving(finding, INDENT, screen);
    print_confidence(finding, INDENT, screen);
    print_how(report, finding, INDENT, screen);
    print_also_of(report, finding, screen);
    print_references(finding, screen);
    print_stack(report, finding, screen);
}
