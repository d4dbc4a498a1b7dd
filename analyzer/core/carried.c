/* carried.c - see carried.h. Called by elf_facts.c, and when a profile is written.
 *
 * The program's table of addresses (.got) leads to a function where a relocation will write its
 * address, or where it stands already (packed relocations, RELR). Of a program that is not PIE
 * nothing is said: its code may have whole addresses anywhere.
 */
#include "analyzer/core/carried.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "preload/carried_list.h"

/* A function of the list, and where the program has it; 0: it has none. */
struct function {
    const char *allocator, *name;
    bool frees;
    uint64_t address;
};

enum { SECTIONS_MAX = 64 };

/* A program under examination. */
struct program {
    Elf *elf;
    struct function *functions;
    Elf_Scn *symbols, *got;
    GElf_Shdr symbols_header, got_header;
    struct {
        uint64_t address;
        Elf_Scn *section;
        const Elf_Data *data; /* read when it is looked at */
    } code[SECTIONS_MAX];
    size_t code_count;
    const char *gives, *frees; /* the allocators of functions that the table leads to */
    bool found;                /* it has one of the functions */
    bool past;                 /* something goes past the table */
    uint64_t unread;           /* bytes of code that are looked at yet: a sound file's functions do
                                * not lie on one another */
};

static bool find_sections(struct program *p)
{
    size_t names;
    Elf_Scn *section = NULL;
    if (elf_getshdrstrndx(p->elf, &names) != 0)
        return false;
    while ((section = elf_nextscn(p->elf, section))) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header))
            continue;
        const char *name = elf_strptr(p->elf, names, header.sh_name);
        if (header.sh_type == SHT_SYMTAB) {
            p->symbols = section;
            p->symbols_header = header;
        } else if (header.sh_type == SHT_PROGBITS && name && strcmp(name, ".got") == 0) {
            p->got = section;
            p->got_header = header;
        } else if (header.sh_type == SHT_PROGBITS && (header.sh_flags & SHF_EXECINSTR) &&
                   p->code_count < SECTIONS_MAX) {
            p->code[p->code_count].address = header.sh_addr;
            p->unread += 2 * header.sh_size;
            p->code[p->code_count++].section = section;
        }
    }
    return p->symbols && p->got;
}

/* Calls `note` for each function that the program defines. */
static void each_function(struct program *p,
                          void (*note)(struct program *p, const char *name, const GElf_Sym *symbol))
{
    Elf_Data *data = elf_getdata(p->symbols, NULL);
    size_t each = p->symbols_header.sh_entsize;
    size_t n = data && each ? p->symbols_header.sh_size / each : 0;
    for (size_t i = 0; i < n && i < INT32_MAX; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            break;
        if (symbol.st_shndx == SHN_UNDEF || GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
            continue;
        const char *name = elf_strptr(p->elf, p->symbols_header.sh_link, symbol.st_name);
        if (name)
            note(p, name, &symbol);
    }
}

static void note_function(struct program *p, const char *name, const GElf_Sym *symbol)
{
    for (size_t f = 0; f < CARRIED_FUNCTIONS; f++) {
        const char *wanted = p->functions[f].name;
        if (name[0] == wanted[0] && name[1] == wanted[1] && strcmp(name, wanted) == 0) {
            p->functions[f].address = symbol->st_value;
            p->found = true;
        }
    }
}

static const struct function *function_at(const struct program *p, uint64_t address)
{
    for (size_t f = 0; address && f < CARRIED_FUNCTIONS; f++)
        if (p->functions[f].address == address)
            return &p->functions[f];
    return NULL;
}

/* ---- the table ---- */

static void lead(struct program *p, uint64_t address)
{
    const struct function *f = function_at(p, address);
    if (f)
        *(f->frees ? &p->frees : &p->gives) = f->allocator;
}

static void lead_by_contents(struct program *p)
{
    Elf_Data *data = elf_getdata(p->got, NULL);
    for (size_t i = 0; data && data->d_buf && i + sizeof(uint64_t) <= data->d_size;
         i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, (const char *)data->d_buf + i, sizeof(word));
        lead(p, word);
    }
}

static void lead_by_relocations(struct program *p)
{
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(p->elf, section))) {
        GElf_Shdr header;
        GElf_Rela relocation;
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_RELA)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        for (int i = 0; data && gelf_getrela(data, i, &relocation); i++)
            if (relocation.r_offset - p->got_header.sh_addr < p->got_header.sh_size)
                lead(p, (uint64_t)relocation.r_addend);
    }
}

/* ---- what goes past it ---- */

/* "17h" and 16 hexadecimal digits before the E; a name of 17 letters may begin with an h, too. */
static bool has_hash(const char *name)
{
    while ((name = strstr(name, "17h"))) {
        name += 3;
        if (strspn(name, "0123456789abcdef") >= 16 && name[16] == 'E')
            return true;
    }
    return false;
}

/* Rust's two manglings, and the main that rustc makes. The allocator's own code, which may call
 * whatever it likes, is C or C++. */
static bool is_rust(const char *name)
{
    return strncmp(name, "_R", 2) == 0 || strcmp(name, "main") == 0 ||
           (strncmp(name, "_ZN", 3) == 0 && has_hash(name));
}

/* Whether the four bytes at `i` of a function are the distance in a call, a jump or a `lea`
 * (Intel's manual, volume 2: E8, E9, 0F 80 to 8F; 8D with a ModRM byte of 00 reg 101). */
static bool is_distance(const uint8_t *code, uint64_t i)
{
    uint8_t last = code[i - 1];
    if (last == 0xe8 || last == 0xe9)
        return true;
    return i >= 2 && ((code[i - 2] == 0x0f && (last & 0xf0) == 0x80) ||
                      (code[i - 2] == 0x8d && (last & 0xc7) == 0x05));
}

static void note_past(struct program *p, const char *name, const GElf_Sym *symbol)
{
    if (p->past || !is_rust(name))
        return;
    for (size_t s = 0; s < p->code_count; s++) {
        const Elf_Data *data = p->code[s].data;
        uint64_t from = symbol->st_value - p->code[s].address, bytes = symbol->st_size;
        if (!data || !data->d_buf || from >= data->d_size || bytes > data->d_size - from)
            continue;
        const uint8_t *code = (const uint8_t *)data->d_buf + from;
        if (bytes > p->unread) {
            p->past = true;
            return;
        }
        p->unread -= bytes;
        for (uint64_t i = 1; i + 4 <= bytes; i++) {
            int32_t distance;
            memcpy(&distance, code + i, sizeof(distance));
            uint64_t target = symbol->st_value + i + 4 + (uint64_t)(int64_t)distance;
            if (is_distance(code, i) && function_at(p, target))
                p->past = true;
        }
    }
}

const char *carried_allocator(Elf *elf, bool *whole)
{
#define GIVES_ROW(allocator, name, ...) {#allocator, #name, false, 0},
#define FREES_ROW(allocator, name, ...) {#allocator, #name, true, 0},
    struct function functions[] = {HEAPCOACH_CARRIED(GIVES_ROW, GIVES_ROW, FREES_ROW)};
    struct program p = {.elf = elf, .functions = functions};
    GElf_Ehdr header;
    *whole = false;
    if (!gelf_getehdr(elf, &header) || header.e_type != ET_DYN || !find_sections(&p))
        return NULL;
    each_function(&p, note_function);
    if (!p.found)
        return NULL; /* as of most programs */
    lead_by_contents(&p);
    lead_by_relocations(&p);
    if (!p.gives || !p.frees)
        return NULL;
    for (size_t s = 0; s < p.code_count; s++)
        p.code[s].data = elf_getdata(p.code[s].section, NULL);
    each_function(&p, note_past);
    *whole = !p.past;
    return p.gives;
}

const char *carried_allocator_of(const char *path, bool *whole)
{
    const char *allocator = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *whole = false;
    if (fd < 0)
        return NULL;
    Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    if (elf && elf_kind(elf) == ELF_K_ELF)
        allocator = carried_allocator(elf, whole);
    elf_end(elf);
    close(fd);
    return allocator;
}
