/* symbols.c - from addresses to functions, files and lines, a module at a time.
 *
 * Used by the frame table. What always holds: every address gets at least one frame, and a
 * name is given whole.
 */
#include "analyzer/core/symbols.h"
#include "analyzer/core/demangle.h"
#include "analyzer/core/ownership.h"
#include "analyzer/core/symbols_job.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- places in the source ---- */

struct place {
    uint32_t file, line, column;
};

/* The number of a path, made absolute by the unit's folder. */
static uint32_t file_number(struct symbols_job *job, Dwarf_Die *unit, const char *path,
                            bool *failed)
{
    if (!path || strcmp(path, "???") == 0)
        return SYMBOLS_NONE;
    Dwarf_Attribute found;
    const char *folder =
        *path == '/' ? NULL : dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &found));
    if (!folder || !*folder || strcmp(folder, ".") == 0)
        return symbols_text(job->symbols, path, failed);
    size_t length = strlen(folder), room = length + strlen(path) + 2;
    char *whole = malloc(room);
    if (!whole) {
        *failed = true;
        return SYMBOLS_NONE;
    }
    snprintf(whole, room, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", path);
    uint32_t number = symbols_text(job->symbols, whole, failed);
    free(whole);
    return number;
}

static struct place place_of_address(struct symbols_job *job, Dwarf_Die *unit, uint64_t address,
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

static struct place place_of_call(struct symbols_job *job, Dwarf_Die *unit, Dwarf_Die *die,
                                  bool *failed)
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

/* Where the function begins: stands in where code belongs to no line, because the compiler made
 * one piece of code of what stands in several (the same call in both branches of an if). */
static struct place place_of_function(struct symbols_job *job, Dwarf_Die *unit, Dwarf_Die *die,
                                      struct place place, bool *failed)
{
    int line = 0;
    Dwarf_Addr start;
    if (dwarf_decl_line(die, &line) == 0 && line > 0) {
        const char *file = dwarf_decl_file(die);
        place.line = (uint32_t)line;
        place.file = file ? file_number(job, unit, file, failed) : place.file;
    } else if (dwarf_lowpc(die, &start) == 0) {
        return place_of_address(job, unit, start, failed);
    }
    return place;
}

/* ---- frames ---- */

static int emit_one(struct symbols_job *job, size_t address, struct symbols_function f,
                    struct place place)
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

/* The frames of one address from its innermost scope outwards: each function is at the
 * place where the next inner one was called. */
static int emit_scopes(struct symbols_job *job, size_t address, Dwarf_Die *unit, uint32_t innermost,
                       struct place place)
{
    struct symbols_frame frames[SYMBOLS_MOST_FRAMES];
    size_t count = 0;
    bool failed = false;
    const struct elf_symbol *symbol = elf_file_symbol(&job->file, job->addresses[address]);
    for (uint32_t at = innermost; at != DWARF_LOOKUP_NONE && count < SYMBOLS_MOST_FRAMES;) {
        const struct dwarf_scope *scope = &job->lookup.scopes[at];
        Dwarf_Die die;
        struct symbols_function f;
        if (!dwarf_offdie(job->lookup.unit_dwarf, scope->die, &die))
            break;
        if (symbols_name_entry(job, &die, scope->inlined ? NULL : symbol, &f) != 0)
            return -1;
        if (!place.line && place.file != SYMBOLS_NONE)
            place = place_of_function(job, unit, &die, place, &failed);
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
static int emit_line(struct symbols_job *job, size_t address, struct place place)
{
    struct symbols_function f;
    char crate[OWNERSHIP_CRATE_BYTES];
    if (symbols_name_symbol(job, elf_file_symbol(&job->file, job->addresses[address]), &f) != 0)
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
static int resolve_unit(struct symbols_job *job, uint32_t unit_number, const uint32_t *wanted,
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
static int resolve_units(struct symbols_job *job)
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

static bool is_what_ran(const struct elf_file *file, const struct symbols_module *module,
                        const char **problem)
{
    struct stat status;
    *problem = NULL;
    if (module->build_id_bytes != file->build_id_bytes ||
        memcmp(module->build_id, file->build_id, module->build_id_bytes) != 0)
        *problem = "changed since the run: the build-id differs";
    else if (!module->build_id_bytes && fstat(file->fd, &status) == 0 &&
             (uint64_t)status.st_mtim.tv_sec * 1000000000u > module->start_unix_ns)
        *problem = "changed since the run: the file is newer, and has no build-id";
    return !*problem;
}

const char *symbols_open_file(struct elf_file *file, const struct symbols_module *module)
{
    const char *path = module->path;
    if (*path != '/')
        return *path == '[' || strncmp(path, "linux-", 6) == 0 ? "made by the kernel, not a file"
                                                               : "the path is not known";
    const char *problem = elf_file_open(file, path);
    if (problem || is_what_ran(file, module, &problem))
        return problem;
    if (elf_file_cut_short(file)) /* then what tells is gone */
        problem = SYMBOLS_CUT_SHORT;
    elf_file_close(file);
    return problem;
}

static int resolve_rest(struct symbols_job *job)
{
    struct place nowhere = {.file = SYMBOLS_NONE};
    for (size_t i = 0; i < job->count; i++) {
        struct symbols_function f;
        if (job->done[i])
            continue;
        if (symbols_name_symbol(job, elf_file_symbol(&job->file, job->addresses[i]), &f) != 0 ||
            emit_one(job, i, f, nowhere) != 0)
            return -1;
    }
    return 0;
}

static int resolve(struct symbols_job *job, const struct symbols_module *module,
                   struct symbols_info *info)
{
    const char *problem = symbols_open_file(&job->file, module);
    if (problem) {
        info->note = problem;
        return resolve_rest(job);
    }
    elf_file_read_symbols(&job->file, module->path);
    if (job->file.dwarf && dwarf_lookup_open(&job->lookup, job->file.dwarf) != 0)
        return -1;
    symbols_look_at_units(job, info);
    symbols_look_at_table(job, info);
    int result = resolve_units(job) == 0 ? resolve_rest(job) : -1;
    if (elf_file_cut_short(&job->file))
        info->note = SYMBOLS_CUT_SHORT;
    return result;
}

struct resolve_context {
    struct symbols_job *job;
    const struct symbols_module *module;
    struct symbols_info *info;
};

static int resolve_in(void *context)
{
    const struct resolve_context *c = context;
    return resolve(c->job, c->module, c->info);
}

int symbols_resolve(struct symbols *symbols, const struct symbols_module *module,
                    const uint64_t *addresses, size_t count, symbols_emit *emit, void *context,
                    struct symbols_info *info)
{
    struct symbols_job job = {.symbols = symbols,
                              .file = {.fd = -1, .debug_fd = -1},
                              .addresses = addresses,
                              .count = count,
                              .emit = emit,
                              .context = context,
                              .done = calloc(count + 1, sizeof(bool))};
    *info = (struct symbols_info){.note = ""};
    struct resolve_context all = {&job, module, info};
    int result = job.done ? elf_file_try(&job.file, resolve_in, &all) : -1;
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
