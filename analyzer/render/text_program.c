/* text_program.c - the program as a whole: which crates allocate, and whether another allocator
 * is worth a try. Used by text.c.
 */
#include "analyzer/render/report.h"
#include "analyzer/render/units.h"

#include <stdio.h>
#include <string.h>

#define TEXT_ROOM 1024
#define INDENT 2
#define NAME_COLUMNS 18
#define CRATES_SHOWN 8
#define CELL_COLUMNS 10
#define SHARE_COLUMNS 6

/* ---- crates ---- */

/* The columns of the roll-up. A new figure is a line here and in value_of. */
enum cell { CELL_TIME, CELL_BYTES, CELL_BLOCKS, CELL_SHORT, CELL_UNDER, CELL_COUNT };
static const char *const headings[CELL_COUNT] = {
    [CELL_TIME] = "time",         [CELL_BYTES] = "allocated",    [CELL_BLOCKS] = "blocks",
    [CELL_SHORT] = "short-lived", [CELL_UNDER] = "in and below",
};

/* Time as picoseconds would overflow: whole nanoseconds are enough for shares. */
static uint64_t value_of(const struct crate_sums *crate, enum cell cell)
{
    switch (cell) {
    case CELL_TIME:
        return crate->ns > 0 ? (uint64_t)crate->ns : 0;
    case CELL_BYTES:
        return crate->bytes;
    case CELL_BLOCKS:
        return crate->blocks;
    case CELL_SHORT:
        return crate->short_lived_blocks;
    default:
        return crate->under_bytes;
    }
}

static void print_cell(const struct crate_sums *crate, const struct crate_sums *all, enum cell cell,
                       const struct screen *screen)
{
    char text[UNITS_ROOM], share[UNITS_ROOM];
    uint64_t value = value_of(crate, cell);
    if (cell == CELL_TIME)
        snprintf(text, sizeof(text), "%s", figure_ns((double)value));
    else if (cell == CELL_BLOCKS || cell == CELL_SHORT)
        units_count(text, value);
    else
        units_bytes(text, value);
    units_percent(share, value, value_of(all, cell));
    screen_print(screen, value ? SCREEN_PLAIN : SCREEN_FAINT, "%*s", CELL_COLUMNS, text);
    screen_print(screen, SCREEN_FAINT, "%*s", SHARE_COLUMNS, share[0] ? share : "-");
}

/* Columns that say something and fit; time is left out where it is not known. */
static size_t choose_cells(const struct crates *crates, const struct screen *screen,
                           enum cell *cells)
{
    size_t fit = (size_t)(screen->width - INDENT - NAME_COLUMNS) / (CELL_COLUMNS + SHARE_COLUMNS);
    size_t count = 0;
    for (enum cell cell = 0; cell < CELL_COUNT && count < fit; cell++)
        if (cell != CELL_TIME || crates->all.ns > 0)
            cells[count++] = cell;
    return count;
}

static void print_crate(const struct crates *crates, const struct crate_sums *crate,
                        const enum cell *cells, size_t count, const struct screen *screen)
{
    bool mine = crate->owner == OWNER_USER;
    screen_print(screen, SCREEN_STRONG, "%-*s", INDENT, mine ? "*" : "");
    int used = screen_data(screen, mine ? SCREEN_STRONG : SCREEN_PLAIN,
                           crate->name[0] ? crate->name : "(not known)", NAME_COLUMNS - 1);
    screen_spaces(screen, NAME_COLUMNS - used);
    for (size_t i = 0; i < count; i++)
        print_cell(crate, &crates->all, cells[i], screen);
    fputc('\n', screen->stream);
}

void report_crates(const struct report *report, const struct screen *screen)
{
    const struct crates *crates = &report->findings->crates;
    enum cell cells[CELL_COUNT];
    char n[UNITS_ROOM];
    if (!crates->count)
        return;
    size_t count = choose_cells(crates, screen, cells);
    screen_print(screen, SCREEN_STRONG, "\nWhich crates allocate");
    screen_print(screen, SCREEN_FAINT, "  * yours\n");
    screen_spaces(screen, INDENT + NAME_COLUMNS);
    for (size_t i = 0; i < count; i++)
        screen_print(screen, SCREEN_FAINT, "%*s", CELL_COLUMNS + SHARE_COLUMNS, headings[cells[i]]);
    fputc('\n', screen->stream);
    size_t shown = report->all || crates->count <= CRATES_SHOWN ? crates->count : CRATES_SHOWN;
    for (size_t i = 0; i < shown; i++)
        print_crate(crates, &crates->list[i], cells, count, screen);
    if (shown < crates->count)
        screen_print(screen, SCREEN_FAINT, "%*sand %s more: --all shows them\n", INDENT, "",
                     units_exact(n, crates->count - shown));
}

/* ---- the allocator ---- */

void report_allocator(const struct report *report, const struct screen *screen)
{
    const struct allocator_verdict *verdict = &report->findings->allocator;
    char sentence[TEXT_ROOM];
    if (!verdict->key)
        return;
    snprintf(sentence, sizeof(sentence), "Verdict: %s.", verdict->verdict);
    screen_print(screen, SCREEN_STRONG, "\nThe allocator\n");
    screen_paragraph(screen, verdict->kind == ALLOCATOR_TRY ? SCREEN_HOT : SCREEN_PLAIN, INDENT,
                     sentence);
    screen_paragraph(screen, SCREEN_FAINT, INDENT, verdict->figures ? verdict->figures : "");
    if (verdict->advice && verdict->advice[0])
        screen_hanging(screen, SCREEN_PLAIN, INDENT, "→ ", verdict->advice);
}
