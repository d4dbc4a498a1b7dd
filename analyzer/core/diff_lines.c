/* diff_lines.c - see diff_lines.h. Turns sites into what match.h compares, and joins the runs of a
 * side.
 */
#include "analyzer/core/diff_lines.h"
#include "analyzer/core/short_name.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 4096
#define MOST_CALLERS 48 /* of a stack: the outer half and the inner half of a longer one */

/* Where the metrics are found. */
#define SITE(field) offsetof(struct site, field)
#define TOTAL(field) offsetof(struct profile_totals, field)
static const struct {
    size_t in_site, in_totals;
} fields[DIFF_METRIC_COUNT] = {
    [DIFF_BYTES] = {SITE(metric[SITE_BYTES]), TOTAL(bytes)},
    [DIFF_BLOCKS] = {SITE(metric[SITE_BLOCKS]), TOTAL(blocks)},
    [DIFF_PEAK_BYTES] = {SITE(metric[SITE_PEAK]), TOTAL(peak_bytes)},
    [DIFF_PEAK_BLOCKS] = {SITE(peak_blocks), TOTAL(peak_blocks)},
    [DIFF_END_BYTES] = {SITE(end_bytes), TOTAL(end_bytes)},
    [DIFF_END_BLOCKS] = {SITE(end_blocks), TOTAL(end_blocks)},
    [DIFF_REALLOCS] = {SITE(reallocs), TOTAL(reallocs)},
    [DIFF_BYTES_COPIED] = {SITE(bytes_copied), TOTAL(bytes_copied)},
    [DIFF_SHORT_LIVED] = {SITE(metric[SITE_SHORT_LIVED]), TOTAL(short_lived_blocks)},
};

static uint64_t field(const void *base, size_t offset)
{
    uint64_t value;
    memcpy(&value, (const char *)base + offset, sizeof(value));
    return value;
}

diff_number diff_total(const struct profile *profile, enum diff_metric metric)
{
    return field(&profile->totals, fields[metric].in_totals);
}

/* ---- what a site is ---- */

/* One run's sites on their way into match_sites. */
struct taker {
    const struct diff_run *run;
    struct intern *names;
    const char **frame_name; /* owned: last names by frame, NULL: not asked for yet */
    struct arena *arena;
    const char *callers[MOST_CALLERS];
};

static const char *keep(struct taker *t, const char *text)
{
    int64_t number = intern_string(t->names, text);
    return number < 0 ? NULL : intern_text(t->names, (uint32_t)number);
}

void diff_cut_closures(char *name)
{
    for (char *at = strstr(name, "::{"); at; at = strstr(at + 1, "::{"))
        if (strncmp(at + 3, "closure#", 8) == 0 || strncmp(at + 3, "{closure}}", 10) == 0) {
            *at = 0;
            return;
        }
}

static const char *caller_name(struct taker *t, uint32_t frame)
{
    char name[NAME_ROOM];
    if (t->frame_name[frame])
        return t->frame_name[frame];
    short_name_of_function(&t->run->profile->frames[frame], name, sizeof(name));
    diff_cut_closures(name);
    const char *last = name;
    for (const char *at = strstr(name, "::"); at; at = strstr(at + 2, "::"))
        last = at + 2;
    return t->frame_name[frame] = keep(t, last);
}

/* The user's functions from the outermost to the site's own, repetitions left out. Those beyond
 * the outer half overwrite each other, but for the inner half. */
static int take_callers(struct taker *t, const struct site *site, struct match_site *what)
{
    const struct profile *profile = t->run->profile;
    const struct profile_point *point = &profile->points[site->top];
    uint32_t n = 0;
    if (site->basis != USER_FRAME_OWN)
        return 0;
    for (uint32_t i = point->depth; i-- > site->top_user.at;) {
        if (profile->frames[point->stack[i]].kind != OWNER_USER)
            continue;
        const char *name = caller_name(t, point->stack[i]);
        if (!name)
            return -1;
        if (name[0] == '{' ||
            (n && t->callers[n - 1] == name)) /* a closure: its function has been */
            continue;
        if (n == MOST_CALLERS) {
            const char **inner = t->callers + MOST_CALLERS / 2;
            memmove(inner, inner + 1, (MOST_CALLERS / 2 - 1) * sizeof(*inner));
            n--;
        }
        t->callers[n++] = name;
    }
    const char **callers = arena_alloc(t->arena, (size_t)n * sizeof(*callers));
    if (!callers)
        return -1;
    memcpy(callers, t->callers, n * sizeof(*callers));
    what->callers = callers;
    what->caller_count = n;
    return 0;
}

static int take_site(struct taker *t, const struct site *site, struct match_site *what)
{
    const struct profile *profile = t->run->profile;
    const struct profile_frame *frame = site->frame;
    char name[NAME_ROOM];
    site_function(profile, site, name, sizeof(name));
    diff_cut_closures(name);
    what->function = keep(t, name);
    what->file = !frame ? "" : frame->file[0] ? frame->file : frame->object;
    what->line = frame && frame->file[0] ? frame->line : 0;
    what->bytes = site->metric[SITE_BYTES];
    what->blocks = site->metric[SITE_BLOCKS];
    name[0] = 0;
    if (site->top_user.via != PROFILE_NONE)
        short_name_of_callee(&profile->frames[profile->points[site->top].stack[site->top_user.via]],
                             name, sizeof(name));
    what->callee = keep(t, name);
    return what->function && what->callee ? take_callers(t, site, what) : -1;
}

/* ---- joining runs ---- */

static int take_run(struct diff_lines *lines, const struct diff_run *run, struct intern *names,
                    struct match_site *what)
{
    struct taker t = {.run = run, .names = names, .arena = &lines->arena};
    t.frame_name = calloc((size_t)run->profile->frame_count + 1, sizeof(*t.frame_name));
    int result = t.frame_name ? 0 : -1;
    for (uint32_t i = 0; result == 0 && i < run->sites->count; i++)
        result = take_site(&t, &run->sites->site[i], &what[i]);
    free(t.frame_name);
    return result;
}

static void add_numbers(struct diff_lines *lines, uint32_t line, const struct site *site,
                        uint32_t run)
{
    for (uint32_t m = 0; m < DIFF_METRIC_COUNT; m++) {
        uint64_t value = field(site, fields[m].in_site);
        lines->line[line].numbers[m * lines->runs + run] += value;
        lines->sums[m * lines->runs + run] += value;
    }
}

static struct match_site *all_of(const struct diff_lines *lines)
{
    struct match_site *all = calloc((size_t)lines->count + 1, sizeof(*all));
    for (uint32_t i = 0; all && i < lines->count; i++)
        all[i] = lines->line[i].place.what;
    return all;
}

/* match[i]: the line that site i of the run belongs to; a new one for those without. */
static void put_run(struct diff_lines *lines, const struct diff_run *run, uint32_t number,
                    const struct match_site *what, const struct match *match)
{
    for (uint32_t i = 0; i < run->sites->count; i++) {
        uint32_t line = match[i].partner;
        if (line == MATCH_NOBODY) {
            line = lines->count++;
            lines->line[line].place =
                (struct diff_place){run->profile, &run->sites->site[i], what[i]};
        }
        add_numbers(lines, line, &run->sites->site[i], number);
    }
}

static int join_run(struct diff_lines *lines, const struct diff_run *run, uint32_t number,
                    struct intern *names)
{
    uint32_t count = run->sites->count;
    struct match_site *what = calloc((size_t)count + 1, sizeof(*what)), *before = all_of(lines);
    struct match *match = calloc((size_t)count + 1, sizeof(*match));
    struct match *unused = calloc((size_t)lines->count + 1, sizeof(*unused));
    int result = -1;
    if (what && before && match && unused && take_run(lines, run, names, what) == 0 &&
        match_sites(before, lines->count, what, count, unused, match) == 0) {
        put_run(lines, run, number, what, match);
        result = 0;
    }
    free(what);
    free(before);
    free(match);
    free(unused);
    return result;
}

int diff_lines_build(struct diff_lines *lines, const struct diff_side *side, struct intern *names)
{
    lines->runs = side->count;
    for (uint32_t r = 0; r < side->count; r++)
        lines->room += side->runs[r].sites->count;
    size_t each = (size_t)DIFF_METRIC_COUNT * side->count;
    lines->line = calloc((size_t)lines->room + 1, sizeof(*lines->line));
    lines->numbers = calloc(((size_t)lines->room + 2) * each, sizeof(*lines->numbers));
    if (!lines->line || !lines->numbers)
        return -1;
    for (uint32_t i = 0; i < lines->room; i++)
        lines->line[i].numbers = lines->numbers + i * each;
    lines->zeros = lines->numbers + lines->room * each;
    lines->sums = lines->zeros + each;
    for (uint32_t r = 0; r < side->count; r++)
        if (join_run(lines, &side->runs[r], r, names) != 0)
            return -1;
    return 0;
}

void diff_lines_free(struct diff_lines *lines)
{
    free(lines->line);
    free(lines->numbers);
    arena_free(&lines->arena);
    memset(lines, 0, sizeof(*lines));
}

int diff_lines_match(const struct diff_lines *left, const struct diff_lines *right,
                     struct match *left_match, struct match *right_match)
{
    struct match_site *a = all_of(left), *b = all_of(right);
    int result =
        a && b ? match_sites(a, left->count, b, right->count, left_match, right_match) : -1;
    free(a);
    free(b);
    return result;
}
