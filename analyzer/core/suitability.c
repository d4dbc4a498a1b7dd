/* suitability.c - see suitability.h. Used by `heapcoach doctor` and `heapcoach run`. A new
 * check is a line in the table.
 */
#include "analyzer/core/suitability.h"

#include <stdio.h>
#include <string.h>

static bool is_script(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_SCRIPT;
}

static bool is_not_elf(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_NOT_ELF;
}

static bool is_foreign(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_FOREIGN;
}

static bool is_no_program(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_NO_PROGRAM;
}

static bool is_static(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_PROGRAM && f->is_static;
}

static bool is_musl(const struct elf_facts *f)
{
    return f->musl;
}

static bool is_setid(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_PROGRAM && f->setid;
}

static bool has_capabilities(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_PROGRAM && f->capabilities;
}

static bool is_sanitized(const struct elf_facts *f)
{
    return f->sanitizer != NULL;
}

static bool has_carried_allocator(const struct elf_facts *f)
{
    return elf_facts_is_carried_seen(f) && !f->sanitizer && !f->is_static;
}

static bool has_carried_in_part(const struct elf_facts *f)
{
    return f->carried && !f->carried_whole && !f->sanitizer && !f->is_static;
}

/* Rust's default allocator is not linked in where another is the global one. */
static bool has_global_allocator(const struct elf_facts *f)
{
    return f->allocator && !f->carried && !f->allocator_by_text && !f->default_allocator &&
           !f->sanitizer;
}

static bool has_other_allocator(const struct elf_facts *f)
{
    return f->allocator && !f->carried && !f->allocator_by_text && !has_global_allocator(f) &&
           !f->sanitizer;
}

/* Where its functions are, and the program's table of them, only symbols tell. */
static bool has_allocator_without_symbols(const struct elf_facts *f)
{
    return f->allocator_by_text && !f->sanitizer;
}

static bool has_own_malloc(const struct elf_facts *f)
{
    return f->own_malloc && !f->carried && !f->sanitizer && !has_global_allocator(f) &&
           !f->is_static;
}

/* An allocator that Rust's code calls by other names, and C by this one. */
static bool hides_malloc(const struct elf_facts *f)
{
    return f->own_malloc && has_carried_allocator(f);
}

static bool has_no_symbols(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_PROGRAM && !f->symbols && !f->lines;
}

static bool has_no_lines(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_PROGRAM && !f->lines && f->symbols;
}

static bool is_not_rust(const struct elf_facts *f)
{
    return f->kind == ELF_FACTS_PROGRAM && !f->rust && f->symbols;
}

static const char *interpreter(const struct elf_facts *f)
{
    return f->interpreter;
}

static const char *machine(const struct elf_facts *f)
{
    return f->machine;
}

static const char *sanitizer(const struct elf_facts *f)
{
    return f->sanitizer;
}

static const char *carried(const struct elf_facts *f)
{
    return f->carried;
}

static const char *allocator(const struct elf_facts *f)
{
    return f->allocator;
}

const struct suitability_problem suitability_problems[] = {
    {"script", SUITABILITY_BLOCKS, is_script, "is a script for `%s`, not a program", interpreter,
     "Name the program itself that the script starts, or record it by `run --follow NAME`."},
    {"not-elf", SUITABILITY_BLOCKS, is_not_elf, "is no ELF program", NULL,
     "Name an executable, such as target/release/NAME."},
    {"machine", SUITABILITY_BLOCKS, is_foreign, "is built for %s, not for Linux on x86-64", machine,
     "Build it for this machine: cargo build --release --target x86_64-unknown-linux-gnu"},
    {"no-program", SUITABILITY_BLOCKS, is_no_program,
     "is a library or an object file, not a program", NULL, "Name the program that uses it."},
    {"static", SUITABILITY_BLOCKS, is_static,
     "is linked statically, so that nothing can be preloaded", NULL,
     "Build it dynamically: leave out `-C target-feature=+crt-static`, and take the target\n"
     "x86_64-unknown-linux-gnu instead of x86_64-unknown-linux-musl."},
    {"musl", SUITABILITY_BLOCKS, is_musl,
     "is linked with musl; heapcoach records programs of the GNU C library", NULL,
     "Build it for the target x86_64-unknown-linux-gnu."},
    {"setuid", SUITABILITY_BLOCKS, is_setid,
     "is setuid or setgid, and the loader preloads nothing into such", NULL,
     "Profile a copy without the bit: cp PROGRAM copy && chmod ug-s copy"},
    {"capabilities", SUITABILITY_BLOCKS, has_capabilities,
     "has file capabilities, and the loader preloads nothing into such", NULL,
     "Profile a copy, which has none: cp PROGRAM copy"},
    {"sanitizer", SUITABILITY_BLOCKS, is_sanitized,
     "is built with %s, which has an allocator of its own", sanitizer,
     "Build it without `-Z sanitizer=...` and without -fsanitize."},
    {"allocator", SUITABILITY_BLOCKS, has_global_allocator,
     "has %s as its global allocator, whose calls a preloaded library cannot see", allocator,
     "Leave the allocator out while profiling, for instance behind a Cargo feature.\n"
     "    #[cfg(not(feature = \"profile-heap\"))]\n"
     "    #[global_allocator]\n"
     "    static GLOBAL: ... = ...;\n"
     "and build with: cargo build --release --features profile-heap"},
    {"linked-past", SUITABILITY_BLOCKS, has_carried_in_part,
     "has %s as its global allocator, and the linker wrote some of its addresses into the code, "
     "where calls cannot be seen",
     carried,
     "Link it with lld (the package lld), as Rust does by itself since 1.90, or with mold:\n"
     "    RUSTFLAGS=\"-C link-arg=-fuse-ld=lld\" cargo build --release\n"
     "or leave the allocator out while profiling, for instance behind a Cargo feature."},
    {"own-malloc", SUITABILITY_BLOCKS, has_own_malloc,
     "defines malloc itself, so its calls never reach a preloaded library", NULL,
     "Leave out the crate that does so while profiling (jemalloc with unprefixed names,\n"
     "mimalloc with its `override` feature)."},
    {"other-allocator", SUITABILITY_HIDES, has_other_allocator,
     "carries %s too; what is allocated there is not recorded", allocator,
     "If it is the #[global_allocator], leave it out while profiling."},
    {"stripped-allocator", SUITABILITY_HIDES, has_allocator_without_symbols,
     "carries %s too; what is allocated there is not recorded", allocator,
     "Build it with its symbols: strip = false in [profile.release] of Cargo.toml. Then what\n"
     "Rust's code asks of it is."},
    {"hidden-malloc", SUITABILITY_HIDES, hides_malloc,
     "defines malloc itself, too: what code in C allocates is not recorded", NULL,
     "To see that, build without mimalloc's feature `override`, or jemalloc's unprefixed names."},
    {"carried-allocator", SUITABILITY_LIMITS, has_carried_allocator,
     "has %s as its global allocator; what Rust's code asks of it is recorded", carried,
     "Blocks are recorded as if the C library had given them.\n"
     "Where the recorder is preloaded by hand: HEAPCOACH_CARRIED=1"},
    {"no-symbols", SUITABILITY_LIMITS, has_no_symbols,
     "is stripped: functions have no names, only addresses", NULL,
     "Add to Cargo.toml:\n"
     "    [profile.release]\n"
     "    strip = false\n"
     "    debug = \"line-tables-only\""},
    {"no-lines", SUITABILITY_LIMITS, has_no_lines,
     "has no line numbers: the report names functions only", NULL,
     "Add to Cargo.toml:\n"
     "    [profile.release]\n"
     "    debug = \"line-tables-only\""},
    {"not-rust", SUITABILITY_LIMITS, is_not_rust,
     "does not look like a Rust program; its allocations are recorded all the same", NULL, ""},
    {NULL, SUITABILITY_LIMITS, NULL, NULL, NULL, NULL},
};

const struct suitability_problem *suitability_find(const struct elf_facts *facts,
                                                   enum suitability_weight weight)
{
    for (const struct suitability_problem *p = suitability_problems; p->id; p++)
        if (p->weight == weight && p->holds(facts))
            return p;
    return NULL;
}

void suitability_describe(const struct suitability_problem *problem, const struct elf_facts *facts,
                          char *to, size_t n)
{
    const char *hole = strstr(problem->found, "%s");
    if (!hole)
        snprintf(to, n, "%s", problem->found);
    else
        snprintf(to, n, "%.*s%s%s", (int)(hole - problem->found), problem->found,
                 problem->detail(facts), hole + 2);
}
