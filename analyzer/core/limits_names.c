/* limits_names.c - see limits_names.h. Used by limits_check.c.
 *
 * The program is read only when a name is in no stack of the profile, and only if it is the one
 * that ran: by its build-id, as for symbols.
 */
#include "analyzer/core/limits_names.h"
#include "analyzer/core/demangle.h"
#include "analyzer/core/dwarf_walk.h"
#include "analyzer/core/elf_file.h"
#include "analyzer/core/own_crates.h"
#include "analyzer/core/short_name.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 4096
#define CRATE_ROOM 128

/* ---- comparing names ---- */

struct limits_name limits_name_of(const char *function)
{
    struct limits_name name = {.path = function, .n = strlen(function), .last = function};
    if (name.n > 3 && strcmp(function + name.n - 3, "::*") == 0) {
        name.all_below = true;
        name.n -= 3;
    }
    const char *colons = strstr(function, "::");
    if (colons && colons < function + name.n) {
        name.crate = function;
        name.crate_bytes = (size_t)(colons - function);
    }
    for (const char *at = function; at && at < function + name.n; at = strstr(at, "::")) {
        if (*at == ':')
            at += 2;
        name.last = at;
    }
    return name;
}

/* The path itself, its closures and what else the compiler puts in braces, and all below it if
 * wanted. */
static bool is_path(const struct limits_name *name, const char *function)
{
    if (strncmp(function, name->path, name->n) != 0)
        return false;
    const char *rest = function + name->n;
    if (name->all_below)
        return strncmp(rest, "::", 2) == 0;
    return !*rest || strncmp(rest, "::{", 3) == 0;
}

/* Of inlined functions line tables keep the last name alone. */
static bool is_bare_name(const struct limits_name *name, const char *function, const char *crate)
{
    char wanted[CRATE_ROOM];
    if (strstr(function, "::") || !name->crate_bytes || !crate[0])
        return false;
    snprintf(wanted, sizeof(wanted), "%.*s", (int)name->crate_bytes, name->crate);
    if (!own_crates_same(wanted, crate))
        return false;
    size_t n = name->n - (size_t)(name->last - name->path);
    return !name->all_below && strncmp(function, name->last, n) == 0 && !function[n];
}

bool limits_name_matches(const struct limits_name *name, const char *function, const char *crate)
{
    return is_path(name, function) || is_bare_name(name, function, crate);
}

/* A demangled name without its generic arguments. */
static void shorten(const char *function, const char *dwarf_name, char *to, size_t n)
{
    struct profile_frame frame = {.function = function, .name = dwarf_name, .file = ""};
    short_name_of_function(&frame, to, n);
}

void limits_name_shorten(const struct profile_frame *frame, char *to, size_t n)
{
    shorten(frame->function, frame->name, to, n);
}

/* ---- the program ---- */

struct search {
    const struct limits_name *name; /* NULL: */
    const char *crate;              /* any function of this crate */
};

static bool is_mangled_wanted(const struct search *search, const char *mangled)
{
    char function[NAME_ROOM], crate[CRATE_ROOM] = "";
    demangle_crate(mangled, crate, sizeof(crate));
    if (!search->name)
        return crate[0] && own_crates_same(crate, search->crate);
    char *whole = demangle(mangled);
    if (!whole)
        return false;
    shorten(whole, "", function, sizeof(function));
    free(whole);
    return limits_name_matches(search->name, function, crate);
}

static bool is_in_symbols(const struct search *search, const struct elf_file *file)
{
    for (uint32_t i = 0; i < file->symbol_count; i++)
        if (is_mangled_wanted(search, file->symbols[i].name))
            return true;
    return false;
}

/* rustc calls its units "src/main.rs/@/CRATE.HASH-cgu.0". */
static void crate_of_unit(Dwarf_Die *unit, char *crate, size_t n)
{
    const char *name = dwarf_diename(unit), *at = name ? strstr(name, "/@/") : NULL;
    snprintf(crate, n, "%.*s", at ? (int)strcspn(at + 3, ".") : 0, at ? at + 3 : "");
}

static bool is_entry_wanted(const struct search *search, Dwarf_Die *die, const char *crate)
{
    char function[NAME_ROOM];
    Dwarf_Attribute attribute;
    const char *mangled = dwarf_formstring(dwarf_attr(die, DW_AT_linkage_name, &attribute));
    const char *name = dwarf_diename(die);
    if (mangled)
        return is_mangled_wanted(search, mangled);
    if (!name || !search->name)
        return false;
    shorten("", name, function, sizeof(function));
    return limits_name_matches(search->name, function, crate);
}

static bool is_in_unit(const struct search *search, Dwarf *dwarf, Dwarf_Die *unit)
{
    struct dwarf_walk walk;
    struct dwarf_walk_entry entry;
    char crate[CRATE_ROOM];
    bool found = false;
    crate_of_unit(unit, crate, sizeof(crate));
    if (dwarf_walk_begin(&walk, unit) != 0)
        return false;
    while (!found && dwarf_walk_next(&walk, &entry)) {
        Dwarf_Die die;
        if (entry.tag == DW_TAG_subprogram && dwarf_offdie(dwarf, entry.offset, &die))
            found = is_entry_wanted(search, &die, crate);
    }
    dwarf_walk_end(&walk);
    return found;
}

static bool is_in_dwarf(const struct search *search, Dwarf *dwarf)
{
    Dwarf_CU *cu = NULL;
    Dwarf_Die unit, split;
    uint8_t type;
    while (dwarf && dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit, &split) == 0)
        if (is_in_unit(search, dwarf, &unit))
            return true;
    return false;
}

static bool is_same_build(const struct elf_file *file, const char *build_id)
{
    char hex[2 * sizeof(file->build_id) + 1] = "";
    for (unsigned i = 0; i < file->build_id_bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", file->build_id[i]);
    return !build_id[0] || strcmp(hex, build_id) == 0;
}

struct look {
    const struct search *search;
    struct elf_file *file;
    const char *path;
    enum limits_found found;
    const char *why;
};

static int look_in(void *context)
{
    struct look *look = context;
    struct elf_file *file = look->file;
    elf_file_read_symbols(file, look->path);
    if (is_in_symbols(look->search, file) || is_in_dwarf(look->search, file->dwarf))
        look->found = LIMITS_FOUND;
    else if (file->full_table || file->dwarf)
        look->found = LIMITS_NOT_FOUND;
    else
        look->why = "it is stripped";
    return 0;
}

enum limits_found limits_find_in_program(const struct profile *profile,
                                         const struct limits_name *name, const char *crate,
                                         const char **why)
{
    struct search search = {name, crate};
    struct elf_file file;
    if (!profile->program.exe[0]) {
        *why = "the profile does not say which program it is of";
        return LIMITS_CANNOT_TELL;
    }
    *why = elf_file_open(&file, profile->program.exe);
    if (*why)
        return LIMITS_CANNOT_TELL;
    struct look look = {&search, &file, profile->program.exe, LIMITS_CANNOT_TELL, NULL};
    if (!is_same_build(&file, profile->program.build_id)) {
        look.why = "the file was built anew since the run";
    } else if (elf_file_try(&file, look_in, &look) != 0) {
        look.why = elf_file_no_memory;
    } else if (elf_file_cut_short(&file)) {
        look.why = "it was cut short by another program while it was read";
        look.found = LIMITS_CANNOT_TELL;
    }
    *why = look.why;
    elf_file_close(&file);
    return look.found;
}
