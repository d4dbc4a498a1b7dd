/* match.c - see match.h. Used by diff.c.
 *
 * Each pass puts the sites that have no partner yet into groups of equal keys and aligns the two
 * sides of each group (match_align.h). Groups of one pass share no site, so the order in which
 * they are met does not matter. Texts are numbered once; keys are made of numbers.
 */
#define HASH_NONFATAL_OOM 1
/* uthash ends the process when memory is short, unless told otherwise: then it leaves the element
 * out and calls this, and match_sites returns -1. */
#define uthash_nonfatal_oom(group) ((group)->lost = true)
#include "analyzer/core/match.h"
#include "analyzer/core/intern.h"
#include "analyzer/core/match_align.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { LEFT, RIGHT, SIDES };

/* What the keys are made of: numbers of texts. */
struct traits {
    uint32_t function, last_name; /* a::b::c, c */
    uint32_t tail, base;          /* src/main.rs, main.rs */
    uint32_t *callers; /* owned by the matcher: numbers of all stacks that begin like this one, by
                        * how many functions they have; NULL before they are needed */
};

struct key {
    uint32_t name, file;
};

struct group {
    struct key key;
    uint32_t first[SIDES], count[SIDES]; /* lists through matcher.next */
    bool lost;
    UT_hash_handle hh;
};

struct matcher {
    struct intern texts, stacks;
    const struct match_site *sites[SIDES];
    uint32_t count[SIDES];
    struct match *match[SIDES];
    struct traits *traits[SIDES];
    uint32_t *next[SIDES], *list[SIDES]; /* owned, as are: */
    struct group *groups;
    uint32_t *callers;
    enum match_kind kind; /* of the pass at hand */
    uint32_t in_common;   /* of the pass at hand: functions that a group's stacks share */
};

/* ---- traits ---- */

/* The last `parts` parts of a path. */
static const char *path_end(const char *path, int parts)
{
    const char *at = path + strlen(path);
    while (at > path)
        if (*--at == '/' && --parts == 0)
            return at + 1;
    return path;
}

static const char *last_name(const char *function)
{
    const char *last = function;
    for (const char *at = strstr(function, "::"); at; at = strstr(at + 2, "::"))
        last = at + 2;
    return last;
}

static int number(struct intern *texts, const char *text, uint32_t *to)
{
    int64_t found = intern_string(texts, text);
    *to = (uint32_t)found;
    return found < 0 ? -1 : 0;
}

static int find_traits(struct matcher *m, int side)
{
    for (uint32_t i = 0; i < m->count[side]; i++) {
        const struct match_site *site = &m->sites[side][i];
        struct traits *traits = &m->traits[side][i];
        if (number(&m->texts, site->function, &traits->function) != 0 ||
            number(&m->texts, last_name(site->function), &traits->last_name) != 0 ||
            number(&m->texts, path_end(site->file, 2), &traits->tail) != 0 ||
            number(&m->texts, path_end(site->file, 1), &traits->base) != 0)
            return -1;
    }
    return 0;
}

/* ---- a pass ---- */

typedef bool find_key(const struct matcher *m, int side, uint32_t site, struct key *key);

static bool key_tail(const struct matcher *m, int side, uint32_t site, struct key *key)
{
    *key = (struct key){m->traits[side][site].function, m->traits[side][site].tail};
    return true;
}

static bool key_base(const struct matcher *m, int side, uint32_t site, struct key *key)
{
    *key = (struct key){m->traits[side][site].function, m->traits[side][site].base};
    return true;
}

static bool key_last_name(const struct matcher *m, int side, uint32_t site, struct key *key)
{
    *key = (struct key){m->traits[side][site].last_name, m->traits[side][site].base};
    return true;
}

/* The stacks that have the first in_common functions in common. */
static bool key_stack(const struct matcher *m, int side, uint32_t site, struct key *key)
{
    if (m->sites[side][site].caller_count < m->in_common)
        return false;
    *key = (struct key){m->traits[side][site].callers[m->in_common - 1], m->in_common};
    return true;
}

static int put_into_groups(struct matcher *m, find_key *find, struct group **table)
{
    uint32_t used = 0;
    for (int side = LEFT; side < SIDES; side++) {
        for (uint32_t i = 0; i < m->count[side]; i++) {
            struct group *group, *fresh = &m->groups[used];
            if (m->match[side][i].partner != MATCH_NOBODY || !find(m, side, i, &fresh->key))
                continue;
            HASH_FIND(hh, *table, &fresh->key, sizeof(fresh->key), group);
            if (!group) {
                group = fresh;
                group->lost = false;
                group->count[LEFT] = group->count[RIGHT] = 0;
                HASH_ADD(hh, *table, key, sizeof(group->key), group);
                if (group->lost)
                    return -1;
                used++;
            }
            m->next[side][i] = group->count[side] ? group->first[side] : MATCH_NOBODY;
            group->first[side] = i;
            group->count[side]++;
        }
    }
    return 0;
}

static void pair(void *context, uint32_t left, uint32_t right)
{
    struct matcher *m = context;
    m->match[LEFT][left] = (struct match){right, m->kind};
    m->match[RIGHT][right] = (struct match){left, m->kind};
}

static struct match_align_list list_of(struct matcher *m, const struct group *group, int side)
{
    struct match_align_list list = {m->sites[side], m->list[side], 0};
    for (uint32_t i = group->first[side]; list.count < group->count[side]; i = m->next[side][i])
        list.index[list.count++] = i;
    return list;
}

static int run_pass(struct matcher *m, find_key *find, enum match_kind kind, bool same_callee)
{
    struct group *table = NULL;
    struct match_align_rule rule = {same_callee, kind == MATCH_STACK ? m->in_common : 0};
    m->kind = kind;
    int result = put_into_groups(m, find, &table);
    for (struct group *group = table; result == 0 && group; group = group->hh.next)
        if (group->count[LEFT] && group->count[RIGHT])
            result = match_align(list_of(m, group, LEFT), list_of(m, group, RIGHT), rule, pair, m);
    HASH_CLEAR(hh, table);
    return result;
}

/* ---- common stacks ---- */

static uint64_t callers_left_over(const struct matcher *m, int side)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < m->count[side]; i++)
        if (m->match[side][i].partner == MATCH_NOBODY)
            sum += m->sites[side][i].caller_count;
    return sum;
}

/* Numbers the beginnings of the stacks of what is left over. The longest stack goes to *depth. */
static int number_stacks(struct matcher *m, uint32_t *depth)
{
    m->callers =
        calloc(callers_left_over(m, LEFT) + callers_left_over(m, RIGHT) + 1, sizeof(uint32_t));
    uint32_t *at = m->callers;
    if (!at)
        return -1;
    for (int side = LEFT; side < SIDES; side++) {
        for (uint32_t i = 0; i < m->count[side]; i++) {
            const struct match_site *site = &m->sites[side][i];
            if (m->match[side][i].partner != MATCH_NOBODY)
                continue;
            m->traits[side][i].callers = at;
            for (uint32_t c = 0; c < site->caller_count; c++) {
                uint32_t step[2] = {c ? at[-1] : UINT32_MAX, 0};
                if (number(&m->texts, site->callers[c], &step[1]) != 0)
                    return -1;
                int64_t found = intern_bytes(&m->stacks, step, sizeof(step));
                if (found < 0)
                    return -1;
                *at++ = (uint32_t)found;
            }
            if (site->caller_count > *depth)
                *depth = site->caller_count;
        }
    }
    return 0;
}

/* The longest common stacks first. */
static int match_stacks(struct matcher *m)
{
    uint32_t depth = 0;
    if (number_stacks(m, &depth) != 0)
        return -1;
    for (m->in_common = depth; m->in_common > 0; m->in_common--)
        if (run_pass(m, key_stack, MATCH_STACK, true) != 0)
            return -1;
    return 0;
}

/* ---- all passes ---- */

static int start(struct matcher *m)
{
    for (int side = LEFT; side < SIDES; side++) {
        size_t n = (size_t)m->count[side] + 1;
        m->traits[side] = calloc(n, sizeof(struct traits));
        m->next[side] = calloc(n, sizeof(uint32_t));
        m->list[side] = calloc(n, sizeof(uint32_t));
        if (!m->traits[side] || !m->next[side] || !m->list[side] || find_traits(m, side) != 0)
            return -1;
        for (uint32_t i = 0; i < m->count[side]; i++)
            m->match[side][i] = (struct match){MATCH_NOBODY, MATCH_NONE};
    }
    m->groups = calloc((size_t)m->count[LEFT] + m->count[RIGHT] + 1, sizeof(struct group));
    return m->groups ? 0 : -1;
}

static void finish(struct matcher *m)
{
    for (int side = LEFT; side < SIDES; side++) {
        free(m->traits[side]);
        free(m->next[side]);
        free(m->list[side]);
    }
    free(m->groups);
    free(m->callers);
    intern_free(&m->texts);
    intern_free(&m->stacks);
}

int match_sites(const struct match_site *left, uint32_t left_count, const struct match_site *right,
                uint32_t right_count, struct match *left_match, struct match *right_match)
{
    struct matcher m = {
        .sites = {left, right},
        .count = {left_count, right_count},
        .match = {left_match, right_match},
    };
    int result = start(&m);
    if (result == 0 &&
        (run_pass(&m, key_tail, MATCH_SAME, true) != 0 ||
         run_pass(&m, key_base, MATCH_SAME, true) != 0 ||
         run_pass(&m, key_last_name, MATCH_SAME, true) != 0 ||
         run_pass(&m, key_base, MATCH_FUNCTION, false) != 0 || match_stacks(&m) != 0))
        result = -1;
    finish(&m);
    return result;
}
