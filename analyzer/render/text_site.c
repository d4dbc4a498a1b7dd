/* text_site.c - one site as text: where it is, the source line, how the allocation comes
 * about, and its figures in columns. Used by text.c.
 */
#include "analyzer/core/short_name.h"
#include "analyzer/core/source_line.h"
#include "analyzer/core/vias.h"
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <string.h>

#define TEXT_ROOM 4096
#define VALUE_COLUMNS 9
#define SHARE_COLUMNS 6
#define GAP_MAX 5
#define INDENT 4
#define VIAS_SHOWN 3
#define CALLERS 4 /* shown where there are only addresses */

/* The columns under each site. A new figure is a line here. */
static const struct {
    const char *heading;
    enum { CELL_METRIC, CELL_END } from;
    enum site_metric metric;
    bool bytes; /* else a count */
} columns[] = {
    {"allocated", CELL_METRIC, SITE_BYTES, true},
    {"blocks", CELL_METRIC, SITE_BLOCKS, false},
    {"at the peak", CELL_METRIC, SITE_PEAK, true},
    {"at the end", CELL_END, SITE_BYTES, true},
    {"short-lived", CELL_METRIC, SITE_SHORT_LIVED, false},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* ---- lines ---- */

static int gap_of(const struct screen *screen)
{
    int cells = (VALUE_COLUMNS + SHARE_COLUMNS) * (int)COLUMNS;
    int gap = (screen->width - INDENT - cells) / (int)COLUMNS;
    return gap < 1 ? 1 : gap > GAP_MAX ? GAP_MAX : gap;
}

/* How many columns of figures fit. */
static size_t columns_that_fit(const struct screen *screen)
{
    size_t fit =
        (size_t)(screen->width - INDENT) / (size_t)(VALUE_COLUMNS + SHARE_COLUMNS + gap_of(screen));
    return fit < COLUMNS ? fit : COLUMNS;
}

void report_site_heading(const struct report *report, const struct screen *screen)
{
    (void)report;
    screen_spaces(screen, INDENT);
    for (size_t i = 0; i < columns_that_fit(screen); i++)
        screen_print(screen, SCREEN_FAINT, "%*s",
                     VALUE_COLUMNS + SHARE_COLUMNS + (i ? gap_of(screen) : 0), columns[i].heading);
    fputc('\n', screen->stream);
}

static void print_title(const struct report *report, const struct site *site, uint32_t number,
                        const struct screen *screen)
{
    char place[TEXT_ROOM], function[TEXT_ROOM];
    report_place(report->profile, site->frame, place, sizeof(place));
    report_function(report, site, function, sizeof(function));
    int place_columns = screen_width_of(place);
    if (place_columns > screen->width / 2)
        place_columns = screen->width / 2;
    screen_print(screen, SCREEN_FAINT, "%2u. ", number);
    int room = screen->width - INDENT - place_columns - 2;
    int used = screen_data(screen, SCREEN_STRONG, function, room);
    screen_spaces(screen, room - used + 2);
    screen_data_end(screen, SCREEN_PLACE, place, place_columns);
    fputc('\n', screen->stream);
}

static void print_source(const struct report *report, const struct site *site,
                         const struct screen *screen)
{
    char line[TEXT_ROOM];
    if (!site->frame || site->basis > USER_FRAME_DEP)
        return;
    enum source_line_state state =
        source_line_find(report->profile, site->frame, line, sizeof(line));
    if (state == SOURCE_LINE_NONE)
        return;
    screen_print(screen, SCREEN_FAINT, "%*s│ ", INDENT, "");
    screen_data(screen, SCREEN_SOURCE, line, screen->width - INDENT - 2);
    if (state == SOURCE_LINE_CHANGED)
        screen_print(screen, SCREEN_WARNING, "\n%*s│ (the file was changed after this run)", INDENT,
                     "");
    fputc('\n', screen->stream);
}

/* The crates of dependencies in which the most bytes of the site are allocated, or NULL. */
static const char *inside_crate(const struct profile *profile, const struct site *site)
{
    if (site->top_user.dep == PROFILE_NONE)
        return NULL;
    const char *crate = profile->frames[profile->points[site->top].stack[site->top_user.dep]].crate;
    return crate[0] ? crate : NULL;
}

/* "via Vec::push (13.5 MB, 17 blocks), String::to_string (0.2 MB, 200,000 blocks); allocated
 * in crate serde_json" */
static void print_via(const struct report *report, const struct site *site,
                      const struct screen *screen)
{
    struct via vias[VIAS_MAX];
    char text[TEXT_ROOM] = "", bytes[UNITS_ROOM], blocks[UNITS_ROOM];
    if (site->basis > USER_FRAME_DEP)
        return;
    size_t count = vias_of(report->sites, site, vias), used = 0;
    for (size_t i = 0; i < count && i < VIAS_SHOWN; i++) {
        const char *name = vias[i].name[0] ? vias[i].name : "the line itself";
        if (count == 1 && vias[i].name[0])
            used += (size_t)snprintf(text, sizeof(text), "via %s", name);
        else if (count > 1)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s (%s, %s %s)",
                                     used ? ", " : "via ", name, units_bytes(bytes, vias[i].bytes),
                                     units_count(blocks, vias[i].blocks),
                                     vias[i].blocks == 1 ? "block" : "blocks");
    }
    const char *crate = inside_crate(report->profile, site);
    if (crate)
        snprintf(text + used, sizeof(text) - used, "%sallocated in crate %.100s", used ? "; " : "",
                 crate);
    if (text[0])
        screen_paragraph(screen, SCREEN_FAINT, INDENT, text);
}

/* "called from rg+0x1234, rg+0x5678, ...": where names are missing, addresses around. */
static void print_callers(const struct report *report, const struct site *site,
                          const struct screen *screen)
{
    const struct profile *profile = report->profile;
    const struct profile_point *point = &profile->points[site->top];
    char text[TEXT_ROOM] = "called from", name[TEXT_ROOM / 8];
    if (site->basis != USER_FRAME_ADDRESS)
        return;
    for (uint32_t i = site->top_user.at + 1, n = 0; i < point->depth && n < CALLERS; i++, n++) {
        const struct profile_frame *frame = &profile->frames[point->stack[i]];
        if (frame->function[0])
            short_name_of_function(frame, name, sizeof(name));
        else
            site_address(frame, name, sizeof(name));
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %s", n ? "," : "", name);
    }
    screen_spaces(screen, INDENT);
    screen_data(screen, SCREEN_FAINT, text, screen->width - INDENT);
    fputc('\n', screen->stream);
}

static void print_growth(const struct site *site, const struct screen *screen)
{
    char reallocs[UNITS_ROOM], moved[UNITS_ROOM], copied[UNITS_ROOM];
    if (!site->reallocs)
        return;
    screen_print(screen, SCREEN_FAINT, "%*s%s %s, %s moved, %s copied\n", INDENT, "",
                 units_exact(reallocs, site->reallocs),
                 site->reallocs == 1 ? "realloc" : "reallocs",
                 units_exact(moved, site->reallocs_moved), units_bytes(copied, site->bytes_copied));
}

static void print_figures(const struct report *report, const struct site *site,
                          const struct screen *screen)
{
    const struct sites *sites = report->sites;
    screen_spaces(screen, INDENT);
    for (size_t i = 0; i < columns_that_fit(screen); i++) {
        bool end = columns[i].from == CELL_END;
        uint64_t value = end ? site->end_bytes : site->metric[columns[i].metric];
        uint64_t whole = end ? report->profile->totals.end_bytes : sites->sum[columns[i].metric];
        uint32_t rank = end ? 0 : site->rank[columns[i].metric];
        char text[UNITS_ROOM], share[UNITS_ROOM];
        if (columns[i].bytes)
            units_bytes(text, value);
        else
            units_count(text, value);
        units_percent(share, value, whole);
        enum screen_style style = rank && rank <= 3 ? SCREEN_HOT
                                  : value == 0      ? SCREEN_FAINT
                                                    : SCREEN_PLAIN;
        screen_spaces(screen, i ? gap_of(screen) : 0);
        screen_print(screen, style, "%*s", VALUE_COLUMNS, text);
        screen_print(screen, SCREEN_FAINT, "%*s", SHARE_COLUMNS, share[0] ? share : "-");
    }
    fputc('\n', screen->stream);
}

void report_site(const struct report *report, const struct site *site, uint32_t number,
                 const struct screen *screen)
{
    print_title(report, site, number, screen);
    print_source(report, site, screen);
    print_via(report, site, screen);
    print_callers(report, site, screen);
    print_growth(site, screen);
    print_figures(report, site, screen);
}
