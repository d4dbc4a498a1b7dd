/* symbols_info.c - what a file tells as a whole: has it lines, which compiler made it, how.
 *
 * Used by symbols.c once per module.
 */
#include "analyzer/core/demangle.h"
#include "analyzer/core/ownership.h"
#include "analyzer/core/symbols_job.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Compilers before 1.72 or so say their version only in the debug information. */
static void read_producer(Dwarf_Die *unit, char *rustc, size_t n)
{
    Dwarf_Attribute found;
    const char *producer = dwarf_formstring(dwarf_attr(unit, DW_AT_producer, &found));
    const char *version = producer ? strstr(producer, "rustc version ") : NULL;
    if (!version)
        return;
    version += strlen("rustc version ");
    size_t length = strcspn(version, " )");
    if (length < n) {
        memcpy(rustc, version, length);
        rustc[length] = '\0';
    }
}

/* Is it a unit with lines of code that is not the standard library's? */
static bool has_own_lines(Dwarf_Die *unit)
{
    Dwarf_Attribute found;
    const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &found));
    const char *name = dwarf_formstring(dwarf_attr(unit, DW_AT_name, &found));
    char path[4096], crate[OWNERSHIP_CRATE_BYTES];
    if ((!name && !folder) || !dwarf_attr(unit, DW_AT_stmt_list, &found))
        return false;
    /* In a split unit the name is in the other file; the folder must do. */
    bool whole = !folder || (name && *name == '/');
    snprintf(path, sizeof(path), "%s%s%s", whole ? "" : folder, whole ? "" : "/", name ? name : "");
    return ownership_of_path(path, crate) != OWNER_STD;
}

void symbols_look_at_units(struct symbols_job *job, struct symbols_info *info)
{
    /* libdw finds .dwo files beside the program, and reads .dwp files since elfutils 0.192. */
    if (job->lookup.split_missing)
        info->note = "inlined functions are missing: their split debug file (.dwo, .dwp) was not "
                     "found or cannot be read; build with split-debuginfo = \"off\"";
    elf_file_comment(&job->file, "rustc version ", info->rustc, sizeof(info->rustc));
    for (uint32_t i = 0; i < job->lookup.unit_count && !(info->lines && *info->rustc); i++) {
        Dwarf_Die *unit = &job->lookup.units[i].die;
        info->lines = info->lines || has_own_lines(unit);
        if (!*info->rustc)
            read_producer(unit, info->rustc, sizeof(info->rustc));
    }
}

/* The name of `crate` in a mangled `crate::main`; false if it is another function. */
static bool main_crate(const char *name, char *crate, size_t n)
{
    const char *tail = NULL;
    if (strncmp(name, "_ZN", 3) == 0) {
        char *end;
        unsigned long length = strtoul(name + 3, &end, 10);
        if (end > name + 3 && length < n && strnlen(end, length) == length)
            tail = end + length;
        if (!tail || strncmp(tail, "4main17h", 8) != 0)
            return false;
    } else if (strncmp(name, "_RNvC", 5) == 0) {
        size_t length = strlen(name);
        if (length < 5 || strcmp(name + length - 5, "4main") != 0)
            return false;
    } else {
        return false;
    }
    return demangle_crate(name, crate, n) && !demangle_is_std_crate(crate);
}

/* Unoptimized Rust calls even the smallest functions; these are inlined away in every optimized
 * build: what any container frees by, and what any `for` over an iterator begins with. std
 * itself comes optimized, so only the program's own copies count. */
static bool tells_opt_level_0(const char *name)
{
    if (strstr(name, "Global") && strstr(name, "Allocator") && strstr(name, "10deallocate"))
        return true;
    return strstr(name,
                  "$LT$I$u20$as$u20$core..iter..traits..collect..IntoIterator$GT$9into_iter") !=
           NULL;
}

void symbols_look_at_table(struct symbols_job *job, struct symbols_info *info)
{
    info->symbols = job->file.full_table;
    for (uint32_t i = 0; i < job->file.symbol_count; i++) {
        const char *name = job->file.symbols[i].name;
        if (!*info->main_crate && !main_crate(name, info->main_crate, sizeof(info->main_crate)))
            info->main_crate[0] = '\0';
        info->opt_level_0 |= tells_opt_level_0(name);
    }
    info->knows_opt_level = info->symbols && *info->rustc;
    info->opt_level_0 &= info->knows_opt_level;
}
