/* symbols.c - from addresses to functions, files and lines, a module at a time.
 *
 * Used by the frame table. What always holds: every address gets at least one frame, and a
 * name is given whole. The real function is named by its linkage name, in the debug
 * information or the symbol table; an inlined one by its linkage name where there is one,
 * else (line-tables-only) by its plain name under the namespaces that are known.
 */
#include "analyzer/core/symbols.h"
#include "analyzer/core/demangle.h"
#include "analyzer/core/dwarf_lookup.h"
#include "analyzer/core/elf_file.h"
#include "analyzer/core/ownership.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct symbols_name {
    uint32_t text, crate;
};

/* What is known of a function by its entry in the debug information. */
struct function {
    uint32_t text, name, crate;
};

/* One module while it is looked at. */
struct job {
    struct symbols *symbols;
    struct elf_file file;
    struct dwarf_lookup lookup;
    const uint64_t *addresses;
    size_t count;
    symbols_emit *emit;
    void *context;
    bool *done;                 /* by address */
    struct intern entries;      /* offsets of functions' entries met in this unit */
    struct function *functions; /* by number in entries */
    uint32_t function_room;
};

static uint32_t text_number(struct symbols *s, const char *text, bool *failed)
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
    name->text = text ? text_number(s, text, &failed) : SYMBOLS_NONE;
    name->crate = SYMBOLS_NONE;
    if (demangle_crate(mangled, crate, sizeof(crate)))
        name->crate = text_number(s, crate, &failed);
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
static size_t write_space(struct job *job, uint32_t space, char *to, size_t n, int depth)
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
static int plain_name(struct job *job, Dwarf_Die origin, const char *name, struct function *f)
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
        f->text = text_number(job->symbols, path, &failed);
        size_t root = strcspn(path, ":<");
        path[root] = '\0';
        f->crate = text_number(job->symbols, path, &failed);
    } else {
        f->text = text_number(job->symbols, name, &failed);
    }
    return failed ? -1 : 0;
}

static int describe_function(struct job *job, Dwarf_Die *die, Dwarf_Die origin,
                             const struct elf_symbol *symbol, struct function *f)
{
    *f = (struct function){SYMBOLS_NONE, SYMBOLS_NONE, SYMBOLS_NONE};
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
        f->name = text_number(job->symbols, name, &failed);
    if (f->name == f->text)
        f->name = SYMBOLS_NONE;
    return failed ? -1 : 0;
}

/* The function of a scope; symbol: that of the address, for a real function. */
static int function_of(struct job *job, Dwarf_Die *die, const struct elf_symbol *symbol,
                       struct function *f)
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
        struct function *functions = realloc(job->functions, room * sizeof(*functions));
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

/* ---- places in the source ---- */

struct place {
    uint32_t file, line, column;
};

/* The number of a path, made absolute by the unit's folder. */
static uint32_t file_number(struct job *job, Dwarf_Die *unit, const char *path, bool *failed)
{
    if (!path || strcmp(path, "???") == 0)
        return SYMBOLS_NONE;
    Dwarf_Attribute found;
    const char *folder =
        *path == '/' ? NULL : dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &found));
    if (!folder || !*folder || strcmp(folder, ".") == 0)
        return text_number(job->symbols, path, failed);
    size_t length = strlen(folder), room = length + strlen(path) + 2;
    char *whole = malloc(room);
    if (!whole) {
        *failed = true;
        return SYMBOLS_NONE;
    }
    snprintf(whole, room, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", path);
    uint32_t number = text_number(job->symbols, whole, failed);
    free(whole);
    return number;
}

static struct place place_of_address(struct job *job, Dwarf_Die *unit, uint64_t address,
                                     bool *failed)
{
    struct place place = {.file = SYMBOLS_NONE};
    Dwarf_Line *row = dwarf_getsrc_die(unit, address);
    int line = 0, column = 0;
    if (!row)
        return place;
    dwarf_lineno(row, &line);
    dwarf_linecol(row, &column);
    place.file = file_number(job, unit, dwarf_linesrc(row, NULL, NULL), failed);
    place.line = line > 0 ? (uint32_t)line : 0;
    place.column = column > 0 ? (uint32_t)column : 0;
    return place;
}

static uint64_t number_attribute(Dwarf_Die *die, unsigned attribute)
{
    Dwarf_Attribute found;
    Dwarf_Word value = 0;
    dwarf_formudata(dwarf_attr(die, attribute, &found), &value);
    return value;
}

static struct place place_of_call(struct job *job, Dwarf_Die *unit, Dwarf_Die *die, bool *failed)
{
    struct place place = {.file = SYMBOLS_NONE};
    Dwarf_Attribute found;
    Dwarf_Files *files;
    size_t file_count;
    if (dwarf_attr(die, DW_AT_call_file, &found) &&
        dwarf_getsrcfiles(unit, &files, &file_count) == 0) {
        uint64_t file = number_attribute(die, DW_AT_call_file);
        if (file < file_count)
            place.file = file_number(job, unit, dwarf_filesrc(files, file, NULL, NULL), failed);
    }
    place.line = (uint32_t)number_attribute(die, DW_AT_call_line);
    place.column = (uint32_t)number_attribute(die, DW_AT_call_column);
    return place;
}

/* ---- frames ---- */

static int emit_one(struct job *job, size_t address, struct function f, struct place place)
{
    struct symbols_frame frame = {.function = f.text,
                                  .name = f.name,
                                  .crate = f.crate,
                                  .file = place.file,
                                  .line = place.line,
                                  .column = place.column};
    job->done[address] = true;
    return job->emit(job->context, address, &frame, 1);
}

static int function_of_symbol(struct job *job, const struct elf_symbol *symbol, struct function *f)
{
    *f = (struct function){SYMBOLS_NONE, SYMBOLS_NONE, SYMBOLS_NONE};
    struct symbols_name name;
    if (!symbol)
        return 0;
    if (name_of(job->symbols, symbol->name, &name) != 0)
        return -1;
    f->text = name.text;
    f->crate = name.crate;
    return 0;
}

/* The frames of one address from its innermost scope outwards: each function is at the
 * place where the next inner one was called. */
static int emit_scopes(struct job *job, size_t address, Dwarf_Die *unit, uint32_t innermost,
                       struct place place)
{
    struct symbols_frame frames[SYMBOLS_MOST_FRAMES];
    size_t count = 0;
    bool failed = false;
    const struct elf_symbol *symbol = elf_file_symbol(&job->file, job->addresses[address]);
    for (uint32_t at = innermost; at != DWARF_LOOKUP_NONE && count < SYMBOLS_MOST_FRAMES;) {
        const struct dwarf_scope *scope = &job->lookup.scopes[at];
        Dwarf_Die die;
        struct function f;
        if (!dwarf_offdie(job->lookup.unit_dwarf, scope->die, &die))
            break;
        if (function_of(job, &die, scope->inlined ? NULL : symbol, &f) != 0)
            return -1;
        frames[count++] = (struct symbols_frame){.function = f.text,
                                                 .name = f.name,
                                                 .crate = f.crate,
                                                 .file = place.file,
                                                 .line = place.line,
                                                 .column = place.column,
                                                 .inlined = scope->inlined};
        if (scope->inlined)
            place = place_of_call(job, unit, &die, &failed);
        at = scope->outer;
    }
    if (failed)
        return -1;
    job->done[address] = true;
    return job->emit(job->context, address, frames, count);
}

/* A line without entries of functions: of assembly, or of a unit whose split debug file is
 * missing. Then the line may be one of an inlined function that nobody knows; where it is
 * plain that it is not the real function's, the two are told as two frames. */
static int emit_line(struct job *job, size_t address, struct place place)
{
    struct function f;
    char crate[OWNERSHIP_CRATE_BYTES];
    if (function_of_symbol(job, elf_file_symbol(&job->file, job->addresses[address]), &f) != 0)
        return -1;
    bool std_line =
        ownership_of_path(intern_text(&job->symbols->texts, place.file), crate) == OWNER_STD;
    if (f.crate == SYMBOLS_NONE || !std_line ||
        demangle_is_std_crate(intern_text(&job->symbols->texts, f.crate)))
        return emit_one(job, address, f, place);
    struct symbols_frame frames[2] = {
        {.function = SYMBOLS_NONE,
         .name = SYMBOLS_NONE,
         .crate = SYMBOLS_NONE,
         .file = place.file,
         .line = place.line,
         .column = place.column,
         .inlined = true},
        {.function = f.text, .name = SYMBOLS_NONE, .crate = f.crate, .file = SYMBOLS_NONE},
    };
    job->done[address] = true;
    return job->emit(job->context, address, frames, 2);
}

/* All addresses of one unit. `wanted` are their numbers, ascending. */
static int resolve_unit(struct job *job, uint32_t unit_number, const uint32_t *wanted,
                        uint32_t count)
{
    uint64_t *addresses = malloc(count * sizeof(*addresses));
    uint32_t *innermost = malloc(count * sizeof(*innermost));
    int result = -1;
    if (!addresses || !innermost)
        goto out;
    for (uint32_t i = 0; i < count; i++)
        addresses[i] = job->addresses[wanted[i]];
    if (dwarf_lookup_unit(&job->lookup, unit_number, addresses, count, innermost) != 0)
        goto out;

    Dwarf_Die *unit = &job->lookup.units[unit_number].die;
    intern_free(&job->entries); /* offsets mean something in one file only */
    for (uint32_t i = 0; i < count; i++) {
        bool failed = false;
        struct place place = place_of_address(job, unit, addresses[i], &failed);
        if (failed)
            goto out;
        if (innermost[i] != DWARF_LOOKUP_NONE) {
            if (emit_scopes(job, wanted[i], unit, innermost[i], place) != 0)
                goto out;
        } else if (place.file != SYMBOLS_NONE) {
            if (emit_line(job, wanted[i], place) != 0)
                goto out;
        }
    }
    result = 0;
out:
    free(addresses);
    free(innermost);
    return result;
}

static size_t first_at_or_after(const uint64_t *addresses, size_t count, uint64_t address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (addresses[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The ranges are sorted by unit and start, so the addresses of a unit come out ascending but
 * for ranges that overlap. */
static int resolve_units(struct job *job)
{
    const struct dwarf_unit_range *ranges = job->lookup.ranges;
    uint32_t *wanted = malloc((job->count + 1) * sizeof(*wanted));
    if (!wanted)
        return -1;
    int result = 0;
    for (uint32_t i = 0; i < job->lookup.range_count && result == 0;) {
        uint32_t unit = ranges[i].unit, count = 0;
        for (; i < job->lookup.range_count && ranges[i].unit == unit; i++) {
            size_t at = first_at_or_after(job->addresses, job->count, ranges[i].start);
            for (; at < job->count && job->addresses[at] < ranges[i].end; at++)
                if (!job->done[at] && (count == 0 || wanted[count - 1] < at))
                    wanted[count++] = (uint32_t)at;
        }
        if (count)
            result = resolve_unit(job, unit, wanted, count);
    }
    free(wanted);
    return result;
}

/* ---- what the file as a whole tells ---- */

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

static void look_at_units(struct job *job, struct symbols_info *info)
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

/* Unoptimized Rust calls even the smallest functions; this one is inlined away in every
 * optimized build. std itself comes optimized, so only the program's own copy counts. */
static bool tells_opt_level_0(const char *name)
{
    return strstr(name, "Global") && strstr(name, "Allocator") && strstr(name, "10deallocate");
}

static void look_at_symbols(struct job *job, struct symbols_info *info)
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

static const char *open_module(struct job *job, const struct symbols_module *module)
{
    const char *path = module->path;
    if (*path != '/')
        return *path == '[' || strncmp(path, "linux-", 6) == 0 ? "made by the kernel, not a file"
                                                               : "the path is not known";
    const char *problem = elf_file_open(&job->file, path);
    if (problem)
        return problem;
    struct stat status;
    if (module->build_id_bytes != job->file.build_id_bytes ||
        memcmp(module->build_id, job->file.build_id, module->build_id_bytes) != 0)
        return "changed since the run: the build-id differs";
    if (!module->build_id_bytes && fstat(job->file.fd, &status) == 0 &&
        (uint64_t)status.st_mtim.tv_sec * 1000000000u > module->start_unix_ns)
        return "changed since the run: the file is newer, and has no build-id";
    return NULL;
}

static int resolve_rest(struct job *job)
{
    struct place nowhere = {.file = SYMBOLS_NONE};
    for (size_t i = 0; i < job->count; i++) {
        struct function f;
        if (job->done[i])
            continue;
        if (function_of_symbol(job, elf_file_symbol(&job->file, job->addresses[i]), &f) != 0 ||
            emit_one(job, i, f, nowhere) != 0)
            return -1;
    }
    return 0;
}

int symbols_resolve(struct symbols *symbols, const struct symbols_module *module,
                    const uint64_t *addresses, size_t count, symbols_emit *emit, void *context,
                    struct symbols_info *info)
{
    struct job job = {.symbols = symbols,
                      .file = {.fd = -1, .debug_fd = -1},
                      .addresses = addresses,
                      .count = count,
                      .emit = emit,
                      .context = context,
                      .done = calloc(count + 1, sizeof(bool))};
    *info = (struct symbols_info){.note = ""};
    int result = -1;
    if (!job.done)
        goto out;
    const char *problem = open_module(&job, module);
    if (problem) {
        info->note = problem;
        elf_file_close(&job.file);
    } else {
        elf_file_read_symbols(&job.file, module->path);
        if (job.file.dwarf && dwarf_lookup_open(&job.lookup, job.file.dwarf) != 0)
            goto out;
        look_at_units(&job, info);
        look_at_symbols(&job, info);
        if (resolve_units(&job) != 0)
            goto out;
    }
    result = resolve_rest(&job);
out:
    intern_free(&job.entries);
    free(job.functions);
    free(job.done);
    dwarf_lookup_close(&job.lookup);
    elf_file_close(&job.file);
    return result;
}

void symbols_close(struct symbols *symbols)
{
    intern_free(&symbols->texts);
    intern_free(&symbols->mangled);
    free(symbols->names);
    *symbols = (struct symbols){0};
}
