/* symbols_names.c - what functions are called.
 *
 * Used by symbols.c for every scope around an address. A real function is named by its
 * linkage name, in the debug information or the symbol table; an inlined one by its linkage
 * name where there is one, else (line-tables-only) by its plain name under the namespaces
 * that are known. Each mangled name is demangled once per profile, each entry read once per
 * unit.
 */
#include "analyzer/core/demangle.h"
#include "analyzer/core/ownership.h"
#include "analyzer/core/symbols_job.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

struct symbols_name {
    uint32_t text, crate;
};

uint32_t symbols_text(struct symbols *s, const char *text, bool *failed)
{
    int64_t number = intern_string(&s->texts, text);
    *failed |= number < 0;
    return number < 0 ? SYMBOLS_NONE : (uint32_t)number;
}

/* Demangles a name unless it was before. 0 or -1. */
static int name_of(struct symbols *s, const char *mangled, struct symbols_name *name)
{
    uint32_t before = s->mangled.count;
    int64_t number = intern_string(&s->mangled, mangled);
    if (number < 0)
        return -1;
    if ((uint32_t)number < before) {
        *name = s->names[number];
        return 0;
    }
    if ((uint32_t)number >= s->name_room) {
        uint32_t room = s->name_room ? s->name_room * 2 : 256;
        struct symbols_name *names = realloc(s->names, room * sizeof(*names));
        if (!names)
            return -1;
        s->names = names;
        s->name_room = room;
    }
    char crate[OWNERSHIP_CRATE_BYTES];
    char *text = demangle(mangled);
    bool failed = !text;
    name->text = text ? symbols_text(s, text, &failed) : SYMBOLS_NONE;
    name->crate = SYMBOLS_NONE;
    if (demangle_crate(mangled, crate, sizeof(crate)))
        name->crate = symbols_text(s, crate, &failed);
    free(text);
    s->names[number] = *name;
    return failed ? -1 : 0;
}

static bool is_mangled(const char *name)
{
    return strncmp(name, "_R", 2) == 0 || strncmp(name, "_Z", 2) == 0;
}

/* ---- names of functions from their entries ---- */

static const char *string_attribute(Dwarf_Die *die, unsigned attribute)
{
    Dwarf_Attribute found;
    return dwarf_formstring(dwarf_attr_integrate(die, attribute, &found));
}

/* Follows one kind of reference to another entry; false if there is none. */
static bool follow(Dwarf_Die *die, unsigned attribute)
{
    Dwarf_Attribute found;
    Dwarf_Die next;
    if (!dwarf_formref_die(dwarf_attr(die, attribute, &found), &next))
        return false;
    *die = next;
    return true;
}

/* The entry of the function itself, shared by all places where it was inlined. */
static Dwarf_Die origin_of(Dwarf_Die die)
{
    for (int i = 0; i < 16 && follow(&die, DW_AT_abstract_origin); i++)
        ;
    return die;
}

/* Writes the path of a namespace or type, outermost first, each followed by "::". */
static size_t write_space(struct symbols_job *job, uint32_t space, char *to, size_t n, int depth)
{
    if (space == DWARF_LOOKUP_NONE || depth > 64)
        return 0;
    Dwarf_Die die;
    size_t at = write_space(job, job->lookup.spaces[space].outer, to, n, depth + 1);
    const char *name = dwarf_offdie(job->lookup.unit_dwarf, job->lookup.spaces[space].die, &die)
                           ? dwarf_diename(&die)
                           : NULL;
    if (!name)
        return at;
    size_t length = strlen(name);
    if (at + length + 2 >= n)
        return at; /* a path of absurd length loses its inner parts, never part of a name */
    memcpy(to + at, name, length);
    memcpy(to + at + length, "::", 2);
    return at + length + 2;
}

/* A function that has only a plain name: that, under the spaces it is declared in. */
static int plain_name(struct symbols_job *job, Dwarf_Die origin, const char *name,
                      struct symbols_function *f)
{
    while (follow(&origin, DW_AT_specification))
        ;
    char path[4096];
    uint32_t space = dwarf_lookup_home(&job->lookup, dwarf_dieoffset(&origin));
    size_t at = write_space(job, space, path, sizeof(path), 0);
    bool failed = false;
    size_t length = strlen(name);
    if (at && at + length < sizeof(path)) {
        memcpy(path + at, name, length + 1);
        f->text = symbols_text(job->symbols, path, &failed);
        size_t root = strcspn(path, ":<");
        path[root] = '\0';
        f->crate = symbols_text(job->symbols, path, &failed);
    } else {
        f->text = symbols_text(job->symbols, name, &failed);
    }
    return failed ? -1 : 0;
}

static int describe_function(struct symbols_job *job, Dwarf_Die *die, Dwarf_Die origin,
                             const struct elf_symbol *symbol, struct symbols_function *f)
{
    *f = (struct symbols_function){SYMBOLS_NONE, SYMBOLS_NONE, SYMBOLS_NONE};
    const char *linkage = string_attribute(die, DW_AT_linkage_name);
    if (!linkage)
        linkage = string_attribute(die, DW_AT_MIPS_linkage_name);
    const char *name = string_attribute(die, DW_AT_name);
    if (!linkage && symbol && (is_mangled(symbol->name) || !name))
        linkage = symbol->name;
    if (linkage && name && !is_mangled(linkage))
        linkage = NULL; /* C: what the author wrote, not __GI___libc_x for x */
    if (!linkage)
        return name ? plain_name(job, origin, name, f) : 0;

    struct symbols_name known;
    if (name_of(job->symbols, linkage, &known) != 0)
        return -1;
    f->text = known.text;
    f->crate = known.crate;
    bool failed = false;
    if (name)
        f->name = symbols_text(job->symbols, name, &failed);
    if (f->name == f->text)
        f->name = SYMBOLS_NONE;
    return failed ? -1 : 0;
}

/* The function of a scope; symbol: that of the address, for a real function. */
int symbols_name_entry(struct symbols_job *job, Dwarf_Die *die, const struct elf_symbol *symbol,
                       struct symbols_function *f)
{
    Dwarf_Die origin = origin_of(*die);
    /* A real function's symbol is its own, so its own entry is the key; a place where one
     * was inlined stands for the shared entry. */
    Dwarf_Off key = dwarf_dieoffset(symbol ? die : &origin) * 2 + (symbol != NULL);
    uint32_t before = job->entries.count;
    int64_t number = intern_bytes(&job->entries, &key, sizeof(key));
    if (number < 0)
        return -1;
    if ((uint32_t)number < before) {
        *f = job->functions[number];
        return 0;
    }
    if ((uint32_t)number >= job->function_room) {
        uint32_t room = job->function_room ? job->function_room * 2 : 256;
        struct symbols_function *functions = realloc(job->functions, room * sizeof(*functions));
        if (!functions)
            return -1;
        job->functions = functions;
        job->function_room = room;
    }
    if (describe_function(job, die, origin, symbol, f) != 0)
        return -1;
    job->functions[number] = *f;
    return 0;
}

int symbols_name_symbol(struct symbols_job *job, const struct elf_symbol *symbol,
                        struct symbols_function *f)
{
    *f = (struct symbols_function){SYMBOLS_NONE, SYMBOLS_NONE, SYMBOLS_NONE};
    struct symbols_name name;
    if (!symbol)
        return 0;
    if (name_of(job->symbols, symbol->name, &name) != 0)
        return -1;
    f->text = name.text;
    f->crate = name.crate;
    return 0;
}
