/* rule_allocator.c - whether another allocator may help the program as a whole. Asked by rules.c;
 * fills findings->allocator in any case, and is a finding only where trying is advised.
 */
#include "analyzer/rules/rules.h"
#include "analyzer/rules/sums.h"

#include <string.h>

enum {
    SHARE,
    NS,
    TOP,
    EDITS,
    LIVE,
    THREADS,
    CACHED,
    SPAWNED,
    CACHED_BYTES,
    CACHED_ALLOCS,
    FOREIGN
};
static const struct rule_threshold thresholds[] = {
    [SHARE] = {"min_share", 0.1,
               "of CPU time in the allocator: the best of others halves that, so 5 % of the time"},
    [NS] = {"min_ns", 1e6, "spent in it: a shorter run says little of a longer one"},
    [TOP] = {"max_top_share", 0.2,
             "of the calls by one line: above, changing that line gains more, if"},
    [EDITS] =
        {"min_edits_share", 0.2,
         "of the time in it are saved by edits of your own lines: less, and another allocator "
         "gains as much (comrak: 93 % of the calls are made in crates below one line; mimalloc "
         "takes 4 to 12 % off the run)"},
    [LIVE] = {"min_live_blocks", 10000, "at the peak: with fewer a heap stays compact by itself"},
    [THREADS] = {"or_min_threads", 2, "that allocate: glibc's arenas are shared and locked"},
    [CACHED] = {"max_cached_share", 0.9,
                "of the freed blocks from the thread's cache: nobody is faster than that"},
    [SPAWNED] =
        {"max_spawned", 100,
         "threads: others set up a heap for each (exa, 1,312 threads: 73 ms with glibc, 123 with "
         "jemalloc, 185 with mimalloc)"},
    [CACHED_BYTES] = {"cached_bytes", 1032, "the largest block of glibc's per-thread cache"},
    [CACHED_ALLOCS] = {"cached_allocs", 16, "a block that dies sooner is still in the cache"},
    [FOREIGN] = {"min_foreign_share", 0.1,
                 "of the calls by code in C, which a global allocator of Rust's does not reach"},
};

/* ---- the figures ---- */

static double calls_of(const struct profile_point *point)
{
    const struct profile_own *own = point->own;
    return own ? (double)own->births + (double)own->freed + (double)own->reallocs : 0;
}

/* Of all calls, those for the blocks of the line that makes the most; names no line: it may be any.
 * Calls, not time: what a call took depends on the allocator that is in question. */
static double top_share(const struct evidence *e)
{
    const struct sites *sites = e->sites;
    double top = 0, all = 0;
    for (uint32_t i = 0; i < sites->count; i++) {
        double calls = 0;
        for (uint32_t k = 0; k < sites->site[i].points; k++)
            calls += calls_of(&e->profile->points[sites->point[sites->site[i].first + k]]);
        top = calls > top ? calls : top;
        all += calls;
    }
    return all > 0 ? top / all : 0;
}

static double foreign_share(const struct evidence *e)
{
    double foreign = 0, all = 0;
    for (uint32_t i = 0; i < e->profile->point_count; i++) {
        double calls = calls_of(&e->profile->points[i]);
        all += calls;
        if (e->facts[i].of_c)
            foreign += calls;
    }
    return all > 0 ? foreign / all : 0;
}

/* Blocks that are freed at once, so that the next of their size gets their memory. */
static double cached_share(const struct rule *rule, const struct evidence *e)
{
    double cached = 0, freed = 0;
    for (uint32_t i = 0; i < e->profile->point_count; i++) {
        struct tally t = {0};
        tally_add(&t, e, i);
        freed += (double)t.freed;
        double small = t.sizes.sum
                           ? tally_below(&t.sizes, (uint64_t)rule_limit(rule, CACHED_BYTES)) /
                                 (double)t.sizes.sum
                           : 1;
        uint64_t home = t.freed > t.elsewhere ? t.freed - t.elsewhere : 0;
        cached += (double)home * small *
                  tally_short_lived_share(&t, (uint64_t)rule_limit(rule, CACHED_ALLOCS));
    }
    return freed > 0 ? cached / freed : 0;
}

static uint64_t threads_spawned(const struct profile *profile)
{
    uint64_t owners = 0;
    for (uint32_t i = 0; i < profile->thread_count; i++)
        owners += profile->threads[i].owners ? profile->threads[i].owners : 1;
    return owners ? owners - 1 : 0;
}

static uint64_t threads_that_allocate(const struct profile *profile)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < profile->thread_count; i++)
        n += profile->threads[i].allocs > 100; /* std's own for a thread are a few */
    return n;
}

/* Functions of allocators that programs bring. */
static bool brings_an_allocator(const struct profile *profile)
{
    static const char *const names[] = {"_rjem_",    "je_malloc", "mi_malloc", "mi_heap_",
                                        "sn_malloc", "rpmalloc",  "snmalloc"};
    static const char *const crates[] = {"tikv_jemallocator", "jemallocator", "mimalloc",
                                         "snmalloc_rs", "rpmalloc"};
    for (uint32_t i = 1; i < profile->frame_count; i++) {
        const struct profile_frame *frame = &profile->frames[i];
        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
            if (strncmp(frame->function, names[k], strlen(names[k])) == 0)
                return true;
        for (size_t k = 0; k < sizeof(crates) / sizeof(crates[0]); k++)
            if (strcmp(frame->crate, crates[k]) == 0)
                return true;
    }
    return false;
}

/* ---- the verdict ---- */

static bool is_measured(const struct evidence *e)
{
    const struct profile *profile = e->profile;
    return e->costs == COSTS_MEASURED && profile->costs[PROFILE_COST_ALLOC].count &&
           profile->costs[PROFILE_COST_FREE].count;
}

static enum allocator_verdict_kind decide(const struct rule *rule, const struct evidence *e,
                                          const struct allocator_verdict *v)
{
    if (*e->profile->program.allocator || brings_an_allocator(e->profile))
        return ALLOCATOR_OTHER;
    if ((e->costs == COSTS_MEASURED && v->share < rule_limit(rule, SHARE)) ||
        v->ns < rule_limit(rule, NS))
        return ALLOCATOR_LIGHT;
    if (v->top_share >= rule_limit(rule, TOP) &&
        (double)v->edits_ns >= v->ns * rule_limit(rule, EDITS))
        return ALLOCATOR_LINES_FIRST;
    if (v->top_share >= rule_limit(rule, TOP) && !e->profile->program.lines)
        return ALLOCATOR_NO_LINES;
    if ((double)v->spawned >= rule_limit(rule, SPAWNED))
        return ALLOCATOR_SHORT_THREADS;
    if (v->cached_share >= rule_limit(rule, CACHED))
        return ALLOCATOR_CACHED;
    if ((double)v->most_live_blocks < rule_limit(rule, LIVE) &&
        (double)v->threads < rule_limit(rule, THREADS))
        return ALLOCATOR_SMALL_HEAP;
    return ALLOCATOR_TRY;
}

/* With the usual costs the time that the program took is not asked for. */
static const char *share_text(const struct evidence *e, struct findings *f,
                              const struct allocator_verdict *v)
{
    return e->costs == COSTS_USUAL
               ? ""
               : finding_text(f, ", %s of the CPU time", figure_percent(v->share));
}

static const char *foreign_text(const struct rule *rule, struct findings *f,
                                const struct allocator_verdict *v)
{
    return v->foreign_share < rule_limit(rule, FOREIGN)
               ? ""
               : finding_text(f, ", code in C %s", figure_percent(v->foreign_share));
}

static void set_texts(const struct rule *rule, const struct evidence *e, struct findings *f,
                      struct allocator_verdict *v)
{
    v->key = allocator_verdict_keys[v->kind];
    v->verdict = allocator_verdict_sentences[v->kind];
    v->figures = finding_text(
        f,
        "%s calls took about %s (%s)%s; the busiest line makes %s of them%s; %s "
        "of the freed blocks came from the thread's cache; %s live at the peak; threads "
        "that allocate: %s.",
        figure_count(v->calls), figure_ns(v->ns),
        v->measured ? "by calls timed in this run" : "by the usual costs", share_text(e, f, v),
        figure_percent(v->top_share), foreign_text(rule, f, v), figure_percent(v->cached_share),
        figure_of(v->most_live_blocks, "block"), figure_count(v->threads));
    v->advice =
        v->kind == ALLOCATOR_TRY
            ? finding_text(f,
                           "Try it before changing code: LD_PRELOAD=libmimalloc.so.2 %s (or "
                           "libjemalloc.so.2), and compare the times.",
                           e->profile->program.command)
            : "";
}

static void find_verdict(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    struct allocator_verdict *v = &f->allocator;
    *v = (struct allocator_verdict){.kind = ALLOCATOR_UNKNOWN};
    v->calls = e->events;
    v->ns = cost_of_program(e);
    v->share = e->costs == COSTS_MEASURED ? v->ns / e->cpu_ns : 0;
    v->measured = is_measured(e);
    v->top_share = top_share(e);
    v->edits_ns = sums_of_own_edits(f);
    v->foreign_share = foreign_share(e);
    v->cached_share = cached_share(rule, e);
    v->most_live_blocks = e->profile->totals.peak_blocks;
    v->threads = threads_that_allocate(e->profile);
    v->spawned = threads_spawned(e->profile);
    v->kind = decide(rule, e, v);
    set_texts(rule, e, f, v);
}

/* Why the allocator and no edit. */
static const char *reason(const struct rule *rule, struct findings *f,
                          const struct allocator_verdict *v)
{
    if (v->top_share < rule_limit(rule, TOP))
        return "No single line stands out, so another allocator may gain more than any edit.";
    return finding_text(
        f,
        "One line makes %s of the calls, and edits of your own lines save little of "
        "them, so another allocator may gain more.",
        figure_percent(v->top_share));
}

static void judge(const struct rule *rule, const struct evidence *e, struct findings *f)
{
    find_verdict(rule, e, f);
    const struct allocator_verdict *v = &f->allocator;
    if (v->kind != ALLOCATOR_TRY)
        return;
    struct finding *finding = program_finding(rule, f);
    finding->what = v->figures;
    bool foreign = v->foreign_share >= rule_limit(rule, FOREIGN);
    finding->advice = finding_text(
        f,
        "%s %s%s Measured on other programs, glibc / jemalloc / mimalloc: a JSON round trip 403 / "
        "324 / 300 ms, jaq on 60,000 objects 445 / 279 / 251 ms, a CSV aggregation 171 / 181 / 176 "
        "ms, a pager 1,170 / 1,129 / 1,110 ms.",
        reason(rule, f, v), v->advice,
        foreign ? " The code in C calls malloc itself; mimalloc's feature `override` takes these "
                  "calls, too."
                : "");
    finding->code =
        finding_text(f,
                     "// Cargo.toml: mimalloc = { version = \"0.1\", default-features = false%s }\n"
                     "#[global_allocator]\n"
                     "static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;\n",
                     foreign ? ", features = [\"override\"]" : "");
    finding->condition = "if the trial is faster; it may also be slower";
    finding->confidence = FINDING_DOUBTFUL;
    finding->how = "what another allocator saves cannot be reckoned, only tried";
    finding->events = v->calls;
    /* a tenth of the time is what makes it advice */
    finding->severity = e->costs == COSTS_MEASURED ? FINDING_MEDIUM : FINDING_LOW;
    finding_evidence_u64(f, finding, "calls", v->calls);
    finding_evidence_u64(f, finding, "ns", (uint64_t)v->ns);
    if (e->costs == COSTS_MEASURED)
        finding_evidence_real(f, finding, "share", v->share);
    finding_evidence_real(f, finding, "top_share", v->top_share);
    finding_evidence_u64(f, finding, "edits_ns", v->edits_ns);
    finding_evidence_real(f, finding, "foreign_share", v->foreign_share);
    finding_evidence_real(f, finding, "cached_share", v->cached_share);
    finding_evidence_u64(f, finding, "peak_blocks", v->most_live_blocks);
    finding_evidence_u64(f, finding, "threads", v->threads);
    findings_add(f, finding);
}

const struct rule rule_allocator = {
    .id = "allocator",
    .title = "the allocator itself takes much of the time",
    .summary = "whether another allocator may help the program as a whole",
    .skill = "Build Configuration for Performance",
    .reference = "Build Configuration: Alternative Allocators",
    .needs = EVIDENCE_OWN,
    .precedence = 10,
    RULE_THRESHOLDS(thresholds),
    .explain =
        {
            .what =
                "The calls of the allocator, at what the real one cost in this run, take a "
                "tenth of the CPU time or more; no line makes a fifth of the calls, or edits of "
                "your own lines save little of that time; and the program has many live blocks or "
                "several threads that allocate.",
            .why =
                "glibc's allocator is quick where a thread frees a block and asks for one of its "
                "size again. With many live blocks of all sizes, or blocks that wander between "
                "threads, jemalloc and mimalloc are often quicker: by a fifth to a quarter of "
                "the whole run in the best case that was measured.",
            .wrong = "It is a guess that a trial of a minute settles. Programs of many short "
                     "threads lose (73 ms became 185); programs whose blocks come and go at once "
                     "gain nothing. Another allocator may also take more memory.",
            .fix = "Run the program with LD_PRELOAD=libmimalloc.so.2 or libjemalloc.so.2 and "
                   "compare. If it gains, make it the global allocator.",
            .before = "$ time ./app input\n",
            .after = "$ time LD_PRELOAD=libmimalloc.so.2 ./app input\n",
        },
    .judge = judge,
};
