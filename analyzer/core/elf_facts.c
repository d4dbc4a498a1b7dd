/* elf_facts.c - see elf_facts.h. Used by `heapcoach doctor` and before every run.
 *
 * libelf is used directly, not the symbol list of elf_file.h: that keeps one name per
 * address, and here aliases count.
 */
#define _GNU_SOURCE /* memmem */
#include "analyzer/core/elf_facts.h"
#include "analyzer/core/carried.h"
#include "analyzer/core/elf_file.h"
#include "analyzer/core/ownership.h"

#include <dwarf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Functions that only one allocator has, and a text of it that stripping leaves. */
static const struct {
    const char *name, *crates, *text;
    const char *functions[6];
} allocators[] = {
    {"jemalloc",
     "tikv-jemallocator or jemallocator",
     "<jemalloc>: ",
     {"_rjem_malloc", "_rjem_mallocx", "je_malloc", "je_mallocx", "mallocx"}},
    {"mimalloc", "mimalloc", "mimalloc: ", {"mi_malloc", "mi_malloc_aligned", "mi_heap_malloc"}},
    {"snmalloc", "snmalloc-rs", "snmalloc/src/", {"sn_rust_alloc", "sn_malloc"}},
    {"tcmalloc", "tcmalloc", NULL, {"tc_malloc", "TCMallocInternalMalloc"}},
    {"rpmalloc", "rpmalloc", NULL, {"rpmalloc", "rpaligned_alloc"}},
};

static const struct {
    const char *function, *name;
} sanitizers[] = {
    {"__asan_init", "AddressSanitizer"},     {"__tsan_init", "ThreadSanitizer"},
    {"__msan_init", "MemorySanitizer"},      {"__lsan_init", "LeakSanitizer"},
    {"__hwasan_init", "HWAddressSanitizer"},
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* ---- symbols ---- */

static void note_defined(struct elf_facts *facts, const char *name)
{
    facts->own_malloc |= strcmp(name, "malloc") == 0;
    /* "__rdl_alloc", and __rustc::__rdl_alloc mangled, where it is the end */
    facts->default_allocator |= ends_with(name, "__rdl_alloc");
    facts->rust |= ends_with(name, "__rust_alloc") || strcmp(name, "rust_eh_personality") == 0 ||
                   ends_with(name, "19rust_eh_personality");
    for (size_t i = 0; i < sizeof(allocators) / sizeof(allocators[0]); i++)
        for (size_t f = 0; f < 6 && allocators[i].functions[f]; f++)
            if (strcmp(name, allocators[i].functions[f]) == 0) {
                facts->allocator = allocators[i].name;
                facts->allocator_crates = allocators[i].crates;
            }
}

static void note_any(struct elf_facts *facts, const char *name)
{
    for (size_t i = 0; i < sizeof(sanitizers) / sizeof(sanitizers[0]); i++)
        if (strcmp(name, sanitizers[i].function) == 0)
            facts->sanitizer = sanitizers[i].name;
}

static void read_symbols(struct elf_facts *facts, Elf *elf, Elf_Scn *section,
                         const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t n = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
    for (size_t i = 0; i < n && i < INT32_MAX; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            break;
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (!name || !*name || *name == '$')
            continue;
        note_any(facts, name);
        if (symbol.st_shndx != SHN_UNDEF && GELF_ST_TYPE(symbol.st_info) == STT_FUNC)
            note_defined(facts, name);
    }
}

/* ---- other sections ---- */

/* What texts tell of a program without symbols: the places of std's panics, and what an
 * allocator has for its messages. */
static void search_texts(struct elf_facts *facts, Elf_Scn *section)
{
    static const char std_place[] = "library/core/src/";
    Elf_Data *data = elf_rawdata(section, NULL);
    if (!data || !data->d_buf)
        return;
    facts->rust |= memmem(data->d_buf, data->d_size, std_place, sizeof(std_place) - 1) != NULL;
    for (size_t i = 0; i < sizeof(allocators) / sizeof(allocators[0]); i++) {
        const char *text = allocators[i].text;
        if (text && memmem(data->d_buf, data->d_size, text, strlen(text))) {
            facts->allocator = allocators[i].name;
            facts->allocator_crates = allocators[i].crates;
            facts->allocator_by_text = true;
        }
    }
}

/* .rodata, and mold's .rodata.str. */
static bool holds_texts(const char *name, const GElf_Shdr *header)
{
    static const char begin[] = ".rodata";
    return name && header->sh_type == SHT_PROGBITS && strncmp(name, begin, sizeof(begin) - 1) == 0;
}

static void read_sections(struct elf_facts *facts, Elf *elf)
{
    enum { TEXTS = 16 };
    size_t names, count = 0;
    Elf_Scn *section = NULL, *texts[TEXTS];
    if (elf_getshdrstrndx(elf, &names) != 0)
        return;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header))
            continue;
        const char *name = elf_strptr(elf, names, header.sh_name);
        if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM)
            read_symbols(facts, elf, section, &header);
        facts->symbols |= header.sh_type == SHT_SYMTAB;
        if (count < TEXTS && holds_texts(name, &header))
            texts[count++] = section;
    }
    for (size_t i = 0; i < count && !facts->symbols; i++)
        search_texts(facts, texts[i]);
    /* Rust's default allocator would call that malloc, and more that is no hook's. */
    if (facts->allocator && !(facts->own_malloc && facts->default_allocator))
        facts->carried = carried_allocator(elf, &facts->carried_whole);
}

/* ---- the program as the loader sees it ---- */

static void read_interpreter(struct elf_facts *facts, Elf *elf, const GElf_Phdr *header)
{
    size_t n = header->p_filesz < sizeof(facts->interpreter) - 1 ? header->p_filesz
                                                                 : sizeof(facts->interpreter) - 1;
    size_t size;
    const char *file = elf_rawfile(elf, &size);
    facts->is_static = false;
    if (!file || header->p_offset > size || n > size - header->p_offset)
        return;
    memcpy(facts->interpreter, file + header->p_offset, n);
    facts->interpreter[n] = 0;
    facts->musl = strstr(facts->interpreter, "ld-musl") != NULL;
}

/* The loader sets PIE programs apart from libraries by this flag, and so do we. */
static bool is_pie(Elf *elf)
{
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        GElf_Dyn entry;
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNAMIC)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        for (int i = 0; data && gelf_getdyn(data, i, &entry); i++)
            if (entry.d_tag == DT_FLAGS_1)
                return entry.d_un.d_val & DF_1_PIE;
    }
    return false;
}

static const char *machine_name(const GElf_Ehdr *header)
{
    switch (header->e_machine) {
    case EM_AARCH64:
        return "64-bit Arm";
    case EM_ARM:
        return "32-bit Arm";
    case EM_386:
        return "32-bit x86";
    case EM_RISCV:
        return "RISC-V";
    case EM_X86_64: /* the class is 32: x32 */
        return "x32";
    default:
        return "another machine";
    }
}

static void read_program(struct elf_facts *facts, Elf *elf)
{
    GElf_Ehdr header;
    size_t n;
    if (!gelf_getehdr(elf, &header))
        return;
    if (header.e_machine != EM_X86_64 || gelf_getclass(elf) != ELFCLASS64) {
        facts->kind = ELF_FACTS_FOREIGN;
        facts->machine = machine_name(&header);
        return;
    }
    facts->kind = ELF_FACTS_PROGRAM;
    facts->is_static = true;
    if (elf_getphdrnum(elf, &n) == 0) {
        for (size_t i = 0; i < n && i < INT32_MAX; i++) {
            GElf_Phdr segment;
            if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_INTERP)
                read_interpreter(facts, elf, &segment);
        }
    }
    bool executable =
        header.e_type == ET_EXEC || (header.e_type == ET_DYN && (!facts->is_static || is_pie(elf)));
    if (!executable) {
        facts->kind = ELF_FACTS_NO_PROGRAM;
        return;
    }
    read_sections(facts, elf);
}

/* ---- debug information ---- */

static const char *text_of(Dwarf_Die *unit, unsigned name)
{
    Dwarf_Attribute attribute;
    const char *text = dwarf_formstring(dwarf_attr(unit, name, &attribute));
    return text ? text : "";
}

/* Is the unit code of the user's or a dependency's? rustc leaves the standard library's own
 * debug information in programs that are built without any. */
static bool is_own_unit(Dwarf_Die *unit, bool rust)
{
    char crate[OWNERSHIP_CRATE_BYTES];
    const char *folder = text_of(unit, DW_AT_comp_dir), *name = text_of(unit, DW_AT_name);
    if (rust && dwarf_srclang(unit) != DW_LANG_Rust)
        return false; /* of C: crt files, compiler-builtins */
    if (ownership_of_path(folder, crate) == OWNER_STD ||
        ownership_of_path(name, crate) == OWNER_STD)
        return false;
    /* Debian's own libstd has relative names in a folder of its build */
    return strncmp(name, "library/", 8) != 0;
}

static void read_debug(struct elf_facts *facts, Dwarf *dwarf)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die, sub;
    uint8_t type;
    facts->debug = true;
    while (!facts->lines && dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, &sub) == 0) {
        facts->rust |= dwarf_srclang(&die) == DW_LANG_Rust;
        facts->lines = dwarf_hasattr(&die, DW_AT_stmt_list) && is_own_unit(&die, facts->rust);
    }
}

struct symbols_context {
    struct elf_facts *facts;
    struct elf_file *file;
    const char *path;
};

static int read_symbols_and_lines(void *context)
{
    const struct symbols_context *c = context;
    elf_file_read_symbols(c->file, c->path);
    c->facts->symbols |= c->file->full_table; /* perhaps in a debug file of its own */
    if (c->file->dwarf)
        read_debug(c->facts, c->file->dwarf);
    return 0;
}

static int read_elf(struct elf_facts *facts, const char *path, struct error *error)
{
    int result = 0;
    struct elf_file file;
    const char *problem = elf_file_open(&file, path);
    if (problem == elf_file_no_memory)
        return error_set(error, "%s: %s", path, problem);
    if (problem) {
        facts->kind = ELF_FACTS_NOT_ELF; /* the magic is right, the rest is not */
        return 0;
    }
    read_program(facts, file.elf);
    if (facts->kind == ELF_FACTS_PROGRAM) {
        facts->rust |=
            elf_file_comment(&file, "rustc version ", facts->rustc, sizeof(facts->rustc));
        struct symbols_context context = {facts, &file, path};
        if (elf_file_try(&file, read_symbols_and_lines, &context) != 0)
            result = error_set(error, "%s: %s", path, elf_file_no_memory);
    }
    if (elf_file_cut_short(&file))
        result = error_set(error, "%s: cut short by another program while it was read", path);
    elf_file_close(&file);
    return result;
}

/* ---- the file ---- */

static void read_permissions(struct elf_facts *facts, int fd, const struct stat *st)
{
    /* setgid without group-execute marks mandatory locking */
    facts->setid =
        (st->st_mode & S_ISUID) || (st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    facts->capabilities = fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

static void read_script(struct elf_facts *facts, const char *start, size_t n)
{
    size_t length = 0;
    facts->kind = ELF_FACTS_SCRIPT;
    while (n && (*start == ' ' || *start == '\t')) {
        start++;
        n--;
    }
    while (length < n && start[length] != '\n' && length + 1 < sizeof(facts->interpreter)) {
        facts->interpreter[length] = start[length];
        length++;
    }
    facts->interpreter[length] = 0;
}

int elf_facts_read(struct elf_facts *facts, const char *path, struct error *error)
{
    struct stat st;
    char start[256];
    memset(facts, 0, sizeof(*facts));
    facts->kind = ELF_FACTS_NOT_ELF;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set(error, "%s: cannot read the program: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return error_set(error, "%s: expected a program, found %s", path,
                         S_ISDIR(st.st_mode) ? "a folder" : "no regular file");
    }
    ssize_t n = pread(fd, start, sizeof(start), 0);
    read_permissions(facts, fd, &st);
    close(fd);
    if (n >= 4 && memcmp(start, "\177ELF", 4) == 0)
        return read_elf(facts, path, error);
    if (n >= 2 && start[0] == '#' && start[1] == '!')
        read_script(facts, start + 2, (size_t)n - 2);
    return 0;
}
