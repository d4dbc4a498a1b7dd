// libs: analyzer
//
// Comparing profiles: which line of one is which line of the other, that rows sum up to the
// difference of the totals for every metric, that equal profiles have no difference, and that
// swapping the sides swaps the result. Profiles are made here, by hand and at random (a fixed
// seed). What the command prints is tested in tests/cli/test_diff.py.
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/diff.h"
#include "analyzer/core/diff_findings.h"

// ---- making profiles ----

// A line that allocates: the callee, then the user's frames, innermost first. A frame is
// "function file line"; lines are moved by `shift`, files lie below `folder`.
struct line {
    const char *callee;
    const char *stack[8];
    uint64_t bytes, blocks, peak, end, reallocs, copied;
};

struct made {
    struct profile profile;
    struct sites sites;
    struct diff_run run;
};

static void write_frame(FILE *texts, FILE *frames, const char *frame, const char *folder, int shift)
{
    char function[100], file[100];
    int line;
    assert_int_equal(sscanf(frame, "%99s %99s %d", function, file, &line), 3);
    fprintf(texts, ",\"0x%x: %s (%s:%d)\"", rand() & 0xffff, function, file, line + shift);
    fprintf(frames, ",{\"fn\":\"%s\",\"file\":\"%s/%s\",\"line\":%d,\"kind\":\"user\",\"addr\":%d}",
            function, folder, file, line + shift, rand() & 0xffff);
}

static void write_line(FILE *points, FILE *texts, FILE *frames, const struct line *line, int *frame,
                       const char *folder, int shift)
{
    fprintf(texts, ",\"0x1: %s (vec/mod.rs:1)\"", line->callee);
    fprintf(frames,
            ",{\"fn\":\"%s\",\"file\":\"/rustc/1/library/alloc/src/vec/mod.rs\","
            "\"line\":1,\"kind\":\"std\"}",
            line->callee);
    fprintf(points,
            "%s{\"tb\":%llu,\"tbk\":%llu,\"tl\":0,\"mb\":0,\"mbk\":0,\"gb\":%llu,\"gbk\":1,"
            "\"eb\":%llu,\"ebk\":1,\"hc\":{\"rl\":%llu,\"bc\":%llu},\"fs\":[%d",
            *frame ? "," : "", (unsigned long long)line->bytes, (unsigned long long)line->blocks,
            (unsigned long long)line->peak, (unsigned long long)line->end,
            (unsigned long long)line->reallocs, (unsigned long long)line->copied, *frame + 1);
    ++*frame;
    for (int i = 0; i < 8 && line->stack[i]; i++) {
        write_frame(texts, frames, line->stack[i], folder, shift);
        fprintf(points, ",%d", ++*frame);
    }
    fprintf(points, "]}");
}

static void write_totals(FILE *out, const struct line *lines, size_t n)
{
    struct line sum = {0};
    for (size_t i = 0; i < n; i++) {
        sum.bytes += lines[i].bytes;
        sum.blocks += lines[i].blocks;
        sum.peak += lines[i].peak;
        sum.end += lines[i].end;
        sum.reallocs += lines[i].reallocs;
        sum.copied += lines[i].copied;
    }
    fprintf(out,
            "\"totals\":{\"bytes\":%llu,\"blocks\":%llu,\"peak_bytes\":%llu,\"peak_blocks\":%zu,"
            "\"end_bytes\":%llu,\"end_blocks\":%zu,\"reallocs\":%llu,\"bytes_copied\":%llu}",
            (unsigned long long)sum.bytes, (unsigned long long)sum.blocks,
            (unsigned long long)sum.peak, n, (unsigned long long)sum.end, n,
            (unsigned long long)sum.reallocs, (unsigned long long)sum.copied);
}

static void make(struct made *made, const struct line *lines, size_t n, const char *folder,
                 int shift)
{
    char *points, *texts, *frames, *all;
    size_t size;
    int frame = 0;
    FILE *p = open_memstream(&points, &size), *t = open_memstream(&texts, &size);
    FILE *f = open_memstream(&frames, &size);
    for (size_t i = 0; i < n; i++)
        write_line(p, t, f, &lines[i], &frame, folder, shift);
    fclose(p);
    fclose(t);
    fclose(f);
    FILE *out = open_memstream(&all, &size);
    fprintf(out,
            "{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\",\"bklt\":true,"
            "\"bkacc\":false,\"cmd\":\"x\",\"pid\":1,\"te\":9,\"tg\":1,\"tuth\":10,\"pps\":[%s],"
            "\"ftbl\":[\"[root]\"%s],\"heapcoach\":{\"schema\":\"heapcoach-profile/1\","
            "\"frames\":[null%s],",
            points, texts, frames);
    write_totals(out, lines, n);
    fprintf(out, "}}");
    fclose(out);
    struct error error;
    if (profile_load_memory(&made->profile, all, size, "made", &error) != 0 ||
        sites_build(&made->sites, &made->profile, &error) != 0)
        fail_msg("%s", error.text);
    made->run = (struct diff_run){&made->profile, &made->sites};
    free(points);
    free(texts);
    free(frames);
    free(all);
}

static void unmake(struct made *made)
{
    sites_free(&made->sites);
    profile_free(&made->profile);
}

static void compare(struct diff *diff, const struct made *old_made, const struct made *new_made)
{
    struct error error;
    struct diff_side old_side = {&old_made->run, 1, 1}, new_side = {&new_made->run, 1, 1};
    if (diff_build(diff, &old_side, &new_side, DIFF_METRIC_COUNT, &error) != 0)
        fail_msg("%s", error.text);
}

static uint32_t changed_rows(const struct diff *diff)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < diff->row_count; i++)
        n += diff_row_changed(diff, &diff->rows[i]);
    return n;
}

// The row whose old (new) place is in that line.
static const struct diff_row *row_at(const struct diff *diff, int side, uint32_t line)
{
    for (uint32_t i = 0; i < diff->row_count; i++)
        if (diff->rows[i].place[side].profile && diff->rows[i].place[side].what.line == line)
            return &diff->rows[i];
    fail_msg("no row in line %u", line);
    return NULL;
}

static void assert_moved(const struct diff *diff, uint32_t from, uint32_t to, enum match_kind kind)
{
    const struct diff_row *row = row_at(diff, DIFF_OLD, from);
    assert_int_equal(row->kind, kind);
    if (kind == MATCH_NONE) {
        assert_null(row->place[DIFF_NEW].profile);
        return;
    }
    assert_non_null(row->place[DIFF_NEW].profile);
    assert_int_equal(row->place[DIFF_NEW].what.line, to);
}

// ---- which line is which ----

static const struct line program[] = {
    {"alloc::vec::Vec::push",
     {"demo::read src/main.rs 10", "demo::main src/main.rs 50"},
     1000,
     10,
     500,
     0,
     9,
     400},
    {"alloc::vec::Vec::push",
     {"demo::read src/main.rs 14", "demo::main src/main.rs 50"},
     2000,
     20,
     600,
     0,
     19,
     800},
    {"alloc::string::String::clone",
     {"demo::names src/names.rs 7", "demo::main src/main.rs 51"},
     3000,
     30,
     700,
     70,
     0,
     0},
    {"alloc::boxed::Box::new",
     {"demo::keep::{closure#1} src/keep.rs 3", "demo::keep src/keep.rs 2",
      "demo::main src/main.rs 52"},
     4000,
     40,
     800,
     80,
     0,
     0},
};
#define LINES (sizeof(program) / sizeof(program[0]))

static void a_profile_does_not_differ_from_itself(void **state)
{
    struct made made;
    struct diff diff;
    (void)state;
    make(&made, program, LINES, "/home/user/demo", 0);
    compare(&diff, &made, &made);
    assert_int_equal(diff.row_count, LINES + 1);
    assert_int_equal(changed_rows(&diff), 0);
    diff_free(&diff);
    unmake(&made);
}

static void moved_lines_other_addresses_and_another_folder_are_no_difference(void **state)
{
    struct made made, again;
    struct diff diff;
    (void)state;
    make(&made, program, LINES, "/home/user/demo", 0);
    make(&again, program, LINES, "/tmp/elsewhere", 4); // line 10 is now where 14 was
    compare(&diff, &made, &again);
    assert_int_equal(diff.row_count, LINES + 1);
    assert_int_equal(changed_rows(&diff), 0);
    for (uint32_t i = 0; i < LINES; i++)
        assert_int_equal(diff.rows[i].kind, MATCH_SAME);
    assert_moved(&diff, 10, 14, MATCH_SAME);
    assert_moved(&diff, 14, 18, MATCH_SAME);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

static void a_line_put_between_two_is_the_new_one(void **state)
{
    const struct line more[] = {
        {"alloc::vec::Vec::push",
         {"demo::read src/main.rs 11", "demo::main src/main.rs 50"},
         1000,
         10,
         500,
         0,
         9,
         400},
        {"alloc::vec::Vec::push",
         {"demo::read src/main.rs 13", "demo::main src/main.rs 50"},
         77,
         7,
         7,
         0,
         0,
         0},
        {"alloc::vec::Vec::push",
         {"demo::read src/main.rs 16", "demo::main src/main.rs 50"},
         2000,
         20,
         600,
         0,
         19,
         800},
    };
    struct made made, again;
    struct diff diff;
    (void)state;
    make(&made, program, 2, "/d", 0);
    make(&again, more, 3, "/d", 0);
    compare(&diff, &made, &again);
    assert_int_equal(diff.row_count, 4);
    assert_moved(&diff, 10, 11, MATCH_SAME);
    assert_moved(&diff, 14, 16, MATCH_SAME);
    assert_null(row_at(&diff, DIFF_NEW, 13)->place[DIFF_OLD].profile);
    assert_int_equal(changed_rows(&diff), 1);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

static void closures_are_told_apart_by_their_function_and_line_not_their_number(void **state)
{
    struct line other = program[3];
    struct made made, again;
    struct diff diff;
    (void)state;
    other.stack[0] = "demo::keep::{closure#0} src/keep.rs 9";
    make(&made, &program[3], 1, "/d", 0);
    make(&again, &other, 1, "/d", 0);
    compare(&diff, &made, &again);
    assert_moved(&diff, 3, 9, MATCH_SAME);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

static void a_rewritten_line_is_found_in_its_function(void **state)
{
    const struct line with_capacity[] = {
        {"alloc::vec::Vec::with_capacity",
         {"demo::read src/main.rs 9", "demo::main src/main.rs 50"},
         800,
         1,
         800,
         0,
         0,
         0},
    };
    struct made made, again;
    struct diff diff;
    (void)state;
    make(&made, program, 1, "/d", 0);
    make(&again, with_capacity, 1, "/d", 0);
    compare(&diff, &made, &again);
    assert_int_equal(diff.row_count, 2);
    assert_moved(&diff, 10, 9, MATCH_FUNCTION);
    struct diff_cell cell = diff_cell(&diff, &diff.rows[0], DIFF_REALLOCS);
    assert_true(cell.changed);
    assert_int_equal(cell.median[DIFF_OLD], 9);
    assert_int_equal(cell.median[DIFF_NEW], 0);
    assert_true(cell.change == -9);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

static void a_renamed_function_is_found_by_its_callers(void **state)
{
    struct line renamed = program[2];
    struct made made, again;
    struct diff diff;
    (void)state;
    renamed.stack[0] = "demo::labels src/labels.rs 70";
    make(&made, &program[2], 1, "/d", 0);
    make(&again, &renamed, 1, "/d", 0);
    compare(&diff, &made, &again);
    assert_int_equal(diff.row_count, 2);
    assert_moved(&diff, 7, 70, MATCH_STACK);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

static void the_longest_common_stack_wins(void **state)
{
    const struct line before[] = {
        {"V::f", {"d::old a.rs 1", "d::inner a.rs 2", "d::main a.rs 3"}, 5, 1, 0, 0, 0, 0},
    };
    const struct line after[] = {
        {"V::f", {"d::far a.rs 11", "d::other a.rs 12", "d::main a.rs 3"}, 5, 1, 0, 0, 0, 0},
        {"V::f", {"d::near a.rs 21", "d::inner a.rs 2", "d::main a.rs 3"}, 5, 1, 0, 0, 0, 0},
    };
    struct made made, again;
    struct diff diff;
    (void)state;
    make(&made, before, 1, "/d", 0);
    make(&again, after, 2, "/d", 0);
    compare(&diff, &made, &again);
    assert_moved(&diff, 1, 21, MATCH_STACK);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

static void what_has_little_in_common_is_gone_and_new(void **state)
{
    struct line other = program[2], deep = program[2];
    struct made made, again;
    struct diff diff;
    (void)state;
    other.callee = "alloc::boxed::Box::new"; // same callers, but does something else
    other.stack[0] = "demo::labels src/labels.rs 70";
    deep.stack[0] = "demo::a src/a.rs 81"; // only main in common
    deep.stack[1] = "demo::b src/a.rs 82";
    deep.stack[2] = "demo::main src/main.rs 51";
    const struct line after[] = {other, deep};
    make(&made, &program[2], 1, "/d", 0);
    make(&again, after, 2, "/d", 0);
    compare(&diff, &made, &again);
    assert_int_equal(diff.row_count, 4);
    assert_moved(&diff, 7, 0, MATCH_NONE);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

// ---- properties, on random profiles ----

#define RANDOM_LINES 120

// In every other profile numbers are so few that many lines are alike: ties must not depend on the
// side.
static bool few_numbers;

static uint64_t random_number(void)
{
    return few_numbers ? (uint64_t)(rand() % 2) : (uint64_t)rand() << (rand() % 12);
}

// Few functions, callees and files, so that all ways of matching come up.
static size_t random_lines(struct line *lines, char (*texts)[4][64])
{
    size_t n = (size_t)(rand() % RANDOM_LINES);
    for (size_t i = 0; i < n; i++) {
        static const char *const callees[] = {"a::Vec::push", "a::Vec::with_capacity",
                                              "b::String::clone"};
        lines[i] = (struct line){callees[rand() % 3], {0}, 0, 0, 0, 0, 0, 0};
        int depth = 1 + rand() % 4;
        for (int d = 0; d < depth; d++) {
            snprintf(texts[i][d], sizeof(texts[i][d]), "d%d::f%d src/m%d.rs %d", rand() % 2,
                     rand() % 9, rand() % 3, rand() % 60 + 1);
            lines[i].stack[d] = texts[i][d];
        }
        lines[i].bytes = random_number();
        lines[i].blocks = 1 + random_number();
        lines[i].peak = random_number();
        lines[i].end = random_number();
        lines[i].reallocs = random_number();
        lines[i].copied = random_number();
    }
    return n;
}

static void make_random(struct made *made)
{
    static struct line lines[RANDOM_LINES];
    static char texts[RANDOM_LINES][4][64];
    make(made, lines, random_lines(lines, texts), "/d", 0);
}

static void assert_sums(const struct diff *diff)
{
    for (int m = 0; m < DIFF_METRIC_COUNT; m++) {
        diff_number sum = 0;
        for (uint32_t i = 0; i < diff->row_count; i++)
            sum += diff->rows[i].of[DIFF_NEW][m] - diff->rows[i].of[DIFF_OLD][m];
        assert_true(sum == diff->total.of[DIFF_NEW][m] - diff->total.of[DIFF_OLD][m]);
        assert_true(diff->rows[diff->row_count - 1].rest);
        assert_true(diff->rows[diff->row_count - 1].of[DIFF_NEW][m] == 0);
        assert_true(diff->rows[diff->row_count - 1].of[DIFF_OLD][m] == 0);
    }
}

static void assert_each_line_once(const struct diff *diff, int side, const struct sites *sites)
{
    unsigned char *seen = calloc(sites->count + 1, 1);
    for (uint32_t i = 0; i < diff->row_count; i++)
        if (diff->rows[i].place[side].site)
            seen[diff->rows[i].place[side].site - sites->site]++;
    for (uint32_t i = 0; i < sites->count; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
}

// The mirror has the row's two places, swapped.
static const struct diff_row *mirrored(const struct diff *mirror, const struct diff_row *row)
{
    for (uint32_t i = 0; i < mirror->row_count; i++) {
        const struct diff_row *other = &mirror->rows[i];
        if (other->place[DIFF_NEW].site == row->place[DIFF_OLD].site &&
            other->place[DIFF_OLD].site == row->place[DIFF_NEW].site)
            return other;
    }
    fail_msg("the mirror lacks a row");
    return NULL;
}

// Rows of equal weight and equal names may change places; nothing else may.
static void assert_mirrored(const struct diff *diff, const struct diff *mirror)
{
    assert_int_equal(diff->row_count, mirror->row_count);
    for (uint32_t i = 0; i < diff->row_count; i++) {
        const struct diff_row *row = &diff->rows[i], *other = mirrored(mirror, row);
        assert_int_equal(row->kind, other->kind);
        for (int m = 0; m < DIFF_METRIC_COUNT; m++)
            assert_true(diff_cell(diff, row, m).change == -diff_cell(mirror, other, m).change);
        assert_true(diff_weight(diff, row, DIFF_METRIC_COUNT) ==
                    diff_weight(mirror, &mirror->rows[i], DIFF_METRIC_COUNT));
    }
}

static void rows_sum_up_and_sides_can_be_swapped(void **state)
{
    (void)state;
    srand(5);
    for (int round = 0; round < 60; round++) {
        struct made one, other;
        struct diff diff, mirror, self;
        few_numbers = round % 2 != 0;
        make_random(&one);
        make_random(&other);
        compare(&diff, &one, &other);
        compare(&mirror, &other, &one);
        compare(&self, &one, &one);
        assert_sums(&diff);
        assert_each_line_once(&diff, DIFF_OLD, &one.sites);
        assert_each_line_once(&diff, DIFF_NEW, &other.sites);
        assert_mirrored(&diff, &mirror);
        assert_int_equal(changed_rows(&self), 0);
        diff_free(&diff);
        diff_free(&mirror);
        diff_free(&self);
        unmake(&one);
        unmake(&other);
    }
}

static void what_no_line_accounts_for_is_in_the_last_row(void **state)
{
    struct made made, again;
    struct diff diff;
    (void)state;
    make(&made, program, LINES, "/d", 0);
    make(&again, program, LINES, "/d", 0);
    again.profile.totals.peak_bytes -= 600; // as threads may have it
    compare(&diff, &made, &again);
    assert_int_equal(changed_rows(&diff), 1);
    const struct diff_row *rest = &diff.rows[diff.row_count - 1];
    assert_true(diff_cell(&diff, rest, DIFF_PEAK_BYTES).change == -600);
    assert_true(diff_cell(&diff, &diff.total, DIFF_PEAK_BYTES).change == -600);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

// ---- units of work and several runs ----

static void numbers_are_compared_per_unit_of_work(void **state)
{
    struct line more = program[0];
    struct made made, again;
    struct diff diff;
    struct error error;
    (void)state;
    more.bytes *= 3;
    more.blocks = more.blocks * 3 + 1;
    more.peak *= 3;
    more.reallocs *= 3;
    more.copied *= 3;
    make(&made, program, 1, "/d", 0);
    make(&again, &more, 1, "/d", 0);
    struct diff_side old_side = {&made.run, 1, 100}, new_side = {&again.run, 1, 300};
    assert_int_equal(diff_build(&diff, &old_side, &new_side, DIFF_METRIC_COUNT, &error), 0);
    assert_false(diff_cell(&diff, &diff.rows[0], DIFF_BYTES).changed);
    struct diff_cell blocks = diff_cell(&diff, &diff.rows[0], DIFF_BLOCKS);
    assert_true(blocks.changed);
    assert_true(blocks.value[DIFF_OLD] == 0.1);
    assert_true(blocks.value[DIFF_NEW] == 31 / 300.0);
    diff_free(&diff);
    unmake(&made);
    unmake(&again);
}

static void changes_within_the_spread_of_runs_are_marked(void **state)
{
    // bytes: 10 12 20 against 15 18 30 (they overlap); blocks: 1 1 2 against 3 4 5 (they do not)
    static const uint64_t bytes[] = {12, 10, 20, 15, 30, 18}, blocks[] = {1, 2, 1, 3, 5, 4};
    struct made made[6];
    struct diff_run runs[6];
    struct diff diff;
    struct error error;
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct line line = program[0];
        line.bytes = bytes[i];
        line.blocks = blocks[i];
        make(&made[i], &line, 1, "/d", 0);
        runs[i] = made[i].run;
    }
    struct diff_side old_side = {runs, 3, 1}, new_side = {runs + 3, 3, 1};
    assert_int_equal(diff_build(&diff, &old_side, &new_side, DIFF_METRIC_COUNT, &error), 0);
    assert_int_equal(diff.row_count, 2);
    struct diff_cell cell = diff_cell(&diff, &diff.rows[0], DIFF_BYTES);
    assert_true(cell.min[DIFF_OLD] == 10 && cell.median[DIFF_OLD] == 12 &&
                cell.max[DIFF_OLD] == 20);
    assert_true(cell.min[DIFF_NEW] == 15 && cell.median[DIFF_NEW] == 18 &&
                cell.max[DIFF_NEW] == 30);
    assert_true(cell.changed && cell.within);
    cell = diff_cell(&diff, &diff.rows[0], DIFF_BLOCKS);
    assert_true(cell.changed && !cell.within);
    assert_true(cell.change == 3);
    diff_free(&diff);
    for (int i = 0; i < 6; i++)
        unmake(&made[i]);
}

static void a_line_that_only_some_runs_have_is_one_row(void **state)
{
    struct made made[3];
    struct diff_run runs[3];
    struct diff diff;
    struct error error;
    (void)state;
    make(&made[0], program, 2, "/d", 0);
    make(&made[1], program, 3, "/d", 0);
    make(&made[2], program + 2, 1, "/d", 0);
    for (int i = 0; i < 3; i++)
        runs[i] = made[i].run;
    struct diff_side old_side = {runs, 2, 1}, new_side = {runs + 2, 1, 1};
    assert_int_equal(diff_build(&diff, &old_side, &new_side, DIFF_METRIC_COUNT, &error), 0);
    assert_int_equal(diff.row_count, 4);
    const struct diff_row *row = row_at(&diff, DIFF_OLD, 7);
    assert_int_equal(row->kind, MATCH_SAME);
    struct diff_cell cell = diff_cell(&diff, row, DIFF_BYTES);
    assert_true(cell.min[DIFF_OLD] == 0 && cell.max[DIFF_OLD] == 3000 && cell.within);
    diff_free(&diff);
    for (int i = 0; i < 3; i++)
        unmake(&made[i]);
}

// ---- findings, made here: no rule is asked ----

static struct finding *advise(struct findings *findings, const char *rule, const char *function,
                              uint32_t line, uint64_t calls)
{
    struct finding *finding = finding_start(findings);
    finding->rule = rule;
    finding->location.function = function;
    finding->location.file = "/home/user/demo/src/main.rs";
    finding->location.line = line;
    finding->severity = FINDING_MEDIUM;
    finding->saving.calls = calls;
    findings_add(findings, finding);
    return finding;
}

static void compare_findings(struct diff_findings *diff, const struct findings *before,
                             const struct findings *after)
{
    struct error error;
    assert_int_equal(diff_findings_build(diff, before, 1, after, 1, &error), 0);
}

static void findings_are_fixed_new_better_or_worse(void **state)
{
    struct findings before = {0}, after = {0};
    struct diff_findings diff, mirror;
    (void)state;
    advise(&before, "growth", "demo::a", 10, 100); // fixed
    advise(&before, "growth", "demo::b", 20, 100); // better
    advise(&before, "clone", "demo::b", 20, 7);    // worse: same line, another rule
    advise(&before, "format", "demo::c", 30, 5);   // unchanged, but moved
    advise(&after, "growth", "demo::b", 25, 40);
    advise(&after, "clone", "demo::b", 25, 8);
    advise(&after, "format", "demo::c", 99, 5)->location.file = "/elsewhere/src/main.rs";
    advise(&after, "format", "demo::d", 40, 5); // new
    compare_findings(&diff, &before, &after);
    assert_int_equal(diff.count, 5);
    static const char *const functions[] = {"demo::a", "demo::d", "demo::b", "demo::b", "demo::c"};
    for (int i = 0; i < 5; i++) {
        const struct diff_finding *one = &diff.list[i];
        assert_int_equal(one->fate, i);
        assert_string_equal(
            (one->new_finding ? one->new_finding : one->old_finding)->location.function,
            functions[i]);
    }
    compare_findings(&mirror, &after, &before);
    assert_int_equal(mirror.of_fate[DIFF_FIXED], 1);
    assert_string_equal(mirror.list[0].old_finding->location.function, "demo::d");
    assert_int_equal(mirror.of_fate[DIFF_WORSE], 1);
    assert_int_equal(mirror.of_fate[DIFF_UNCHANGED], 1);
    diff_findings_free(&diff);
    diff_findings_free(&mirror);
    findings_free(&before);
    findings_free(&after);
}

static void of_two_findings_of_one_rule_in_a_function_the_right_one_is_fixed(void **state)
{
    struct findings before = {0}, after = {0};
    struct diff_findings diff;
    (void)state;
    advise(&before, "growth", "demo::a::{closure#1}", 10, 100);
    advise(&before, "growth", "demo::a", 20, 5000);
    advise(&after, "growth", "demo::a", 22, 5000);
    compare_findings(&diff, &before, &after);
    assert_int_equal(diff.count, 2);
    assert_int_equal(diff.list[0].fate, DIFF_FIXED);
    assert_int_equal(diff.list[0].old_finding->location.line, 10);
    assert_int_equal(diff.list[1].fate, DIFF_UNCHANGED);
    diff_findings_free(&diff);
    findings_free(&before);
    findings_free(&after);
}

static void findings_merged_into_others_and_facts_below_the_gate_have_partners(void **state)
{
    struct findings before = {0}, after = {0}, aside = {0};
    struct diff_findings diff;
    (void)state;
    // the clone is told beside the growth before, and alone afterwards
    const struct finding *also[] = {advise(&aside, "clone", "demo::a", 10, 50)};
    struct finding *leader = advise(&before, "growth", "demo::a", 10, 100);
    leader->also = also;
    leader->also_count = 1;
    advise(&after, "clone", "demo::a", 10, 50);
    // shrunk below the gate, and below it on both sides
    advise(&before, "format", "demo::b", 20, 9000);
    advise(&after, "format", "demo::b", 20, 2)->severity = FINDING_LOW;
    advise(&before, "boxes", "demo::b", 20, 3)->severity = FINDING_LOW;
    compare_findings(&diff, &before, &after);
    assert_int_equal(diff.count, 3);
    assert_string_equal(diff.list[0].old_finding->rule, "growth");
    assert_int_equal(diff.list[0].fate, DIFF_FIXED);
    assert_string_equal(diff.list[1].new_finding->rule, "format");
    assert_int_equal(diff.list[1].fate, DIFF_BETTER);
    assert_string_equal(diff.list[2].new_finding->rule, "clone");
    assert_int_equal(diff.list[2].fate, DIFF_UNCHANGED);
    diff_findings_free(&diff);
    findings_free(&before);
    findings_free(&after);
    findings_free(&aside);
}

static void findings_are_compared_per_unit_of_work(void **state)
{
    struct findings before = {0}, after = {0};
    struct diff_findings diff;
    struct error error;
    (void)state;
    advise(&before, "growth", "demo::a", 10, 100);
    advise(&after, "growth", "demo::a", 10, 300);
    assert_int_equal(diff_findings_build(&diff, &before, 10, &after, 30, &error), 0);
    assert_int_equal(diff.list[0].fate, DIFF_UNCHANGED);
    diff_findings_free(&diff);
    assert_int_equal(diff_findings_build(&diff, &before, 10, &after, 40, &error), 0);
    assert_int_equal(diff.list[0].fate, DIFF_BETTER);
    diff_findings_free(&diff);
    findings_free(&before);
    findings_free(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_does_not_differ_from_itself),
        cmocka_unit_test(moved_lines_other_addresses_and_another_folder_are_no_difference),
        cmocka_unit_test(a_line_put_between_two_is_the_new_one),
        cmocka_unit_test(closures_are_told_apart_by_their_function_and_line_not_their_number),
        cmocka_unit_test(a_rewritten_line_is_found_in_its_function),
        cmocka_unit_test(a_renamed_function_is_found_by_its_callers),
        cmocka_unit_test(the_longest_common_stack_wins),
        cmocka_unit_test(what_has_little_in_common_is_gone_and_new),
        cmocka_unit_test(rows_sum_up_and_sides_can_be_swapped),
        cmocka_unit_test(what_no_line_accounts_for_is_in_the_last_row),
        cmocka_unit_test(numbers_are_compared_per_unit_of_work),
        cmocka_unit_test(changes_within_the_spread_of_runs_are_marked),
        cmocka_unit_test(a_line_that_only_some_runs_have_is_one_row),
        cmocka_unit_test(findings_are_fixed_new_better_or_worse),
        cmocka_unit_test(of_two_findings_of_one_rule_in_a_function_the_right_one_is_fixed),
        cmocka_unit_test(findings_merged_into_others_and_facts_below_the_gate_have_partners),
        cmocka_unit_test(findings_are_compared_per_unit_of_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
