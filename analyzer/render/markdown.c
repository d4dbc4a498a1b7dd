/* markdown.c - the findings as Markdown, to be pasted into a pull request or an issue. One of
 * the formats of `heapcoach report`.
 */
#include "analyzer/core/short_name.h"
#include "analyzer/core/source_line.h"
#include "analyzer/render/formats.h"
#include "analyzer/render/markdown_out.h"
#include "analyzer/render/sampling.h"
#include "analyzer/render/units.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_ROOM 4096

/* A paragraph; %s may be data. */
static void __attribute__((format(printf, 2, 3))) say(FILE *stream, const char *format, ...)
{
    char text[3 * TEXT_ROOM];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!text[0])
        return;
    markdown_text(stream, text);
    fputs("\n\n", stream);
}

/* ---- head ---- */

static void write_head(const struct report *report, const struct report_counts *counts,
                       FILE *stream)
{
    const struct profile *profile = report->profile;
    char blocks[UNITS_ROOM], bytes[UNITS_ROOM], peak[UNITS_ROOM], n[UNITS_ROOM];
    fputs("## heapcoach: ", stream);
    if (!counts->shown)
        fputs("nothing worth changing", stream);
    else
        fprintf(stream, "%s %s to change", units_exact(n, counts->shown),
                counts->shown == 1 ? "thing" : "things");
    if (counts->ns)
        fprintf(stream, ", about %s", figure_ns((double)counts->ns));
    if (counts->ns && counts->share > 0)
        fprintf(stream, " (%s of the run)", figure_percent(counts->share));
    fputs("\n\n", stream);
    const char *about = profile->sampling.bytes ? "about " : "";
    markdown_code(stream, profile->program.command);
    fprintf(stream, " allocated %s%s in %s%s blocks, at most %s%s at once.\n\n", about,
            units_bytes(bytes, profile->totals.bytes), about,
            units_exact(blocks, profile->totals.blocks), about,
            units_bytes(peak, profile->totals.peak_bytes));
    if (profile->sampling.bytes) {
        char text[SAMPLING_ROOM];
        sampling_text(profile, text, sizeof(text));
        say(stream, "%s", text);
    }
}

/* ---- a finding ---- */

static void write_place(const struct report *report, const struct finding_place *place,
                        const char *lead, FILE *stream)
{
    char where[TEXT_ROOM];
    if (!place->function[0] && !place->file[0])
        return;
    report_finding_place(report->profile, place, where, sizeof(where));
    fputs(lead, stream);
    markdown_code(stream, place->function);
    if (place->function[0] && where[0])
        fputs(" at ", stream);
    markdown_code(stream, where);
}

static void write_places(const struct report *report, const struct finding *finding, FILE *stream)
{
    bool called = finding->caller.function[0] || finding->caller.file[0];
    if (!called && !finding->location.function[0] && !finding->location.file[0])
        return;
    write_place(report, &finding->location, "", stream);
    if (finding->scope == FINDING_DEPENDENCY && finding->location.crate[0]) {
        fputs(" in crate ", stream);
        markdown_code(stream, finding->location.crate);
    }
    write_place(report, &finding->caller, ", called from ", stream);
    fputs("\n\n", stream);
}

static void write_source(const struct report *report, const struct finding *finding, FILE *stream)
{
    const struct finding_place *place = report_line(finding);
    struct source_lines lines;
    char *text = NULL;
    size_t n = 0;
    source_lines_find(&lines, report->profile, place->file, place->line);
    FILE *to = lines.count ? open_memstream(&text, &n) : NULL;
    for (uint32_t i = 0; to && i < lines.count; i++)
        fprintf(to, "%c%5u  %s\n", i == lines.at ? '>' : ' ', lines.first + i, lines.line[i]);
    if (to && fclose(to) == 0) {
        markdown_block(stream, "text", text);
        fputs(lines.state == SOURCE_LINE_CHANGED ? "\n(The file was changed after this run.)\n\n"
                                                 : "\n",
              stream);
    }
    free(text);
    source_lines_free(&lines);
}

static void write_edit(const struct finding *finding, FILE *stream)
{
    say(stream, "%s", finding->advice);
    markdown_block(stream, "rust", finding->code);
    if (finding->code[0])
        fputc('\n', stream);
}

static void write_saving(const struct finding *finding, FILE *stream)
{
    char saves[600], confidence[TEXT_ROOM];
    report_saving_sentence(&finding->saving, saves, sizeof(saves));
    report_confidence_sentence(finding, confidence, sizeof(confidence));
    say(stream, "%s%s%s", saves, saves[0] ? " " : "", confidence);
}

static void write_also(const struct finding *also, FILE *stream)
{
    say(stream, "Also: %s. %s", also->title, also->what);
    write_edit(also, stream);
    write_saving(also, stream);
}

static void write_also_of(const struct report *report, const struct finding *finding, FILE *stream)
{
    char text[TEXT_ROOM];
    const struct finding *list[REPORT_FEW];
    size_t count = report_others_in_crate(report, finding, list);
    if (count)
        say(stream, "Crate %s does more in this call:", finding->location.crate);
    for (size_t i = 0; i < count && i < REPORT_FEW; i++) {
        report_in_a_line(report, list[i], text, sizeof(text));
        fputs("- ", stream);
        markdown_text(stream, text);
        fputc('\n', stream);
    }
    if (count > REPORT_FEW)
        fprintf(stream, "- and %zu more\n", count - REPORT_FEW);
    if (count)
        fputc('\n', stream);
    for (size_t i = 0; !count && i < finding->also_count; i++)
        if (report_shows_also(report, finding->also[i]))
            write_also(finding->also[i], stream);
}

static void write_stack(const struct report *report, const struct finding *finding, FILE *stream)
{
    const struct profile *profile = report->profile;
    char name[TEXT_ROOM], place[TEXT_ROOM], *text = NULL;
    size_t n = 0;
    if (!report->stacks || finding->stack >= profile->point_count)
        return;
    const struct profile_point *point = &profile->points[finding->stack];
    FILE *to = open_memstream(&text, &n);
    for (uint32_t i = 0; to && i < point->depth; i++) {
        const struct profile_frame *frame = &profile->frames[point->stack[i]];
        short_name_of_function(frame, name, sizeof(name));
        report_place(profile, frame, place, sizeof(place));
        fprintf(to, "%s  %s\n", name, place);
    }
    if (to && fclose(to) == 0) {
        fputs("<details><summary>Stack</summary>\n\n", stream);
        markdown_block(stream, "text", text);
        fputs("\n</details>\n\n", stream);
    }
    free(text);
}

static void write_finding(const struct report *report, const struct finding *finding, size_t number,
                          FILE *stream)
{
    fprintf(stream, "### %zu. ", number);
    markdown_text(stream, finding->title);
    fprintf(stream, " (%s)\n\n", finding_severity_names[finding->severity]);
    write_places(report, finding, stream);
    write_source(report, finding, stream);
    say(stream, "%s", finding->what);
    write_edit(finding, stream);
    write_saving(finding, stream);
    if (report->how && finding->how[0])
        say(stream, "Reckoned: %s", finding->how);
    write_also_of(report, finding, stream);
    write_stack(report, finding, stream);
}

/* ---- the whole ---- */

static void write_misses(const struct report *report, FILE *stream)
{
    char text[TEXT_ROOM];
    const struct findings *findings = report->findings;
    if (findings->miss_count)
        fputs("What came nearest:\n\n", stream);
    for (size_t i = 0; i < findings->miss_count; i++) {
        const struct finding_miss *miss = &findings->miss[i];
        fputs("- ", stream);
        markdown_text(stream, miss->rule);
        write_place(report, &miss->location, ", ", stream);
        fputs(": ", stream);
        report_miss(miss, text, sizeof(text));
        markdown_text(stream, text);
        fputc('\n', stream);
    }
    if (findings->miss_count)
        fputc('\n', stream);
}

static int write_markdown(const struct report *report, FILE *stream)
{
    struct report_counts counts = report_count(report);
    const struct finding *finding;
    size_t number = 0;
    write_head(report, &counts, stream);
    for (size_t at = 0; (finding = report_next(report, &at));)
        write_finding(report, finding, ++number, stream);
    if (!counts.shown)
        write_misses(report, stream);
    if (counts.low + counts.info)
        fprintf(stream, "%zu of less weight: `--all` shows them.\n", counts.low + counts.info);
    return 0;
}

const struct report_format report_format_markdown = {
    .name = "markdown",
    .summary = "the findings, to be pasted into a pull request",
    .write = write_markdown,
};
