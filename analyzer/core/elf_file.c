/* elf_file.c - finds and opens what symbols need: the file, its debug file, its symbol table.
 *
 * Used by symbols, once per module. Not libdwfl: it would ask debuginfod servers on its own
 * where the environment names one, and a profiler must not talk to the network. What it
 * would find locally is found here: by build-id, by debug link.
 */
/* for memmem */
#define _GNU_SOURCE
#include "analyzer/core/elf_file.h"
#include "analyzer/core/mapped.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static Elf_Scn *section(Elf *elf, const char *name, GElf_Shdr *header)
{
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return NULL;
    for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn; scn = elf_nextscn(elf, scn)) {
        if (!gelf_getshdr(scn, header))
            continue;
        const char *found = elf_strptr(elf, names, header->sh_name);
        if (found && strcmp(found, name) == 0)
            return scn;
    }
    return NULL;
}

static void read_build_id(struct elf_file *file)
{
    const void *bytes;
    ssize_t length = dwelf_elf_gnu_build_id(file->elf, &bytes);
    if (length > 0 && (size_t)length <= sizeof(file->build_id)) {
        memcpy(file->build_id, bytes, (size_t)length);
        file->build_id_bytes = (unsigned)length;
    }
}

const char elf_file_no_memory[] = "there was not enough memory to read it";

const char *elf_file_open(struct elf_file *file, const char *path)
{
    *file = (struct elf_file){.fd = -1, .debug_fd = -1};
    elf_version(EV_CURRENT);
    struct stat status;
    /* A path from a recording may name anything; opening a pipe would wait for ever. */
    if (stat(path, &status) != 0)
        return errno == ENOENT ? "the file is gone" : "the file cannot be opened";
    if (!S_ISREG(status.st_mode))
        return "not a regular file";
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0)
        return "the file cannot be opened";
    file->bytes = (uint64_t)status.st_size;
    mapped_watch();
    errno = 0; /* libelf's own numbers have no names */
    file->elf = elf_begin(file->fd, ELF_C_READ_MMAP, NULL);
    if (!file->elf || elf_kind(file->elf) != ELF_K_ELF) {
        bool no_memory = !file->elf && errno == ENOMEM;
        elf_file_close(file);
        return no_memory ? elf_file_no_memory : "not an ELF file";
    }
    read_build_id(file);
    return NULL;
}

static bool has_debug_info(Elf *elf)
{
    GElf_Shdr header;
    return section(elf, ".debug_info", &header) && header.sh_type != SHT_NOBITS;
}

/* The checksum of .gnu_debuglink: CRC-32 as in IEEE 802.3, four bits at a time. */
static uint32_t debuglink_crc(const unsigned char *bytes, size_t length)
{
    uint32_t table[16];
    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (int bit = 0; bit < 4; bit++)
            table[i] = (table[i] >> 1) ^ (table[i] & 1 ? 0xedb88320u : 0);
    }
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc = (crc >> 4) ^ table[(crc ^ bytes[i]) & 15];
        crc = (crc >> 4) ^ table[(crc ^ (bytes[i] >> 4)) & 15];
    }
    return ~crc;
}

/* Takes `path` as the debug file if it is one and belongs to the file: by build-id where the
 * file has one, by the checksum of the debug link else. */
static bool try_debug_file(struct elf_file *file, const char *path, bool check_crc, uint32_t crc)
{
    struct stat status, own;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || fstat(file->fd, &own) != 0 ||
        (status.st_dev == own.st_dev && status.st_ino == own.st_ino))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    bool good = elf && elf_kind(elf) == ELF_K_ELF;
    const void *bytes;
    ssize_t length = good ? dwelf_elf_gnu_build_id(elf, &bytes) : 0;
    if (good && file->build_id_bytes)
        good = length == (ssize_t)file->build_id_bytes &&
               memcmp(bytes, file->build_id, file->build_id_bytes) == 0;
    else if (good && check_crc) {
        size_t size = (size_t)status.st_size;
        void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        good = map != MAP_FAILED && crc == debuglink_crc(map, size);
        if (map != MAP_FAILED)
            munmap(map, size);
    }
    if (good && has_debug_info(elf)) {
        file->debug_fd = fd;
        file->debug_bytes = (uint64_t)status.st_size;
        file->debug_elf = elf;
        return true;
    }
    elf_end(elf);
    close(fd);
    return false;
}

static void find_debug_file(struct elf_file *file, const char *path)
{
    char name[PATH_MAX * 2];
    if (file->build_id_bytes > 1) {
        int at = snprintf(name, sizeof(name), "/usr/lib/debug/.build-id/%02x/", file->build_id[0]);
        for (unsigned i = 1; i < file->build_id_bytes; i++)
            at += snprintf(name + at, sizeof(name) - (size_t)at, "%02x", file->build_id[i]);
        strcpy(name + at, ".debug");
        if (try_debug_file(file, name, false, 0))
            return;
    }
    GElf_Word crc;
    const char *link = dwelf_elf_gnu_debuglink(file->elf, &crc);
    const char *slash = strrchr(path, '/');
    if (!link || !slash || strchr(link, '/'))
        return;
    static const char *const places[] = {"%s%.*s/%s", "%s%.*s/.debug/%s"};
    static const char *const roots[] = {"", "/usr/lib/debug"};
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), places[i % 2], roots[i / 2], (int)(slash - path), path, link);
        if (try_debug_file(file, name, true, crc))
            return;
    }
}

/* Of several names for one address: the one that others can link to, then the one that is
 * meant for people (malloc, not __libc_malloc), then by the alphabet, so that the choice
 * never depends on the order in the file. */
struct candidate {
    struct elf_symbol symbol;
    uint64_t section_end;
    int rank;
};

static int underscores(const char *name)
{
    int count = 0;
    while (name[count] == '_')
        count++;
    return count;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->symbol.start != y->symbol.start)
        return x->symbol.start < y->symbol.start ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    int more = underscores(x->symbol.name) - underscores(y->symbol.name);
    return more ? more : strcmp(x->symbol.name, y->symbol.name);
}

static bool is_code(const GElf_Sym *symbol)
{
    int type = GELF_ST_TYPE(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0 &&
           (type == STT_FUNC || type == STT_GNU_IFUNC);
}

static uint64_t end_of_section(Elf *elf, size_t index)
{
    GElf_Shdr header;
    Elf_Scn *scn = index < SHN_LORESERVE ? elf_getscn(elf, index) : NULL;
    return scn && gelf_getshdr(scn, &header) ? header.sh_addr + header.sh_size : 0;
}

/* Hand-written assembly often has no size: such a symbol reaches to the next, or to the end
 * of its section. From the last on, so that any number at one address is passed once. */
static void give_sizes(struct candidate *list, size_t count)
{
    size_t next = count; /* the first behind those at the present address */
    for (size_t i = count; i-- > 0;) {
        struct elf_symbol *symbol = &list[i].symbol;
        if (i + 1 < count && list[i + 1].symbol.start != symbol->start)
            next = i + 1;
        if (symbol->end > symbol->start)
            continue;
        symbol->end = list[i].section_end;
        if (next < count && list[next].symbol.start < symbol->end)
            symbol->end = list[next].symbol.start;
    }
}

/* The functions of one symbol table, sorted, each address once. */
static uint32_t read_table(Elf *elf, const char *table, struct elf_symbol **symbols)
{
    GElf_Shdr header;
    Elf_Scn *scn = section(elf, table, &header);
    Elf_Data *data = scn && header.sh_type != SHT_NOBITS ? elf_getdata(scn, NULL) : NULL;
    size_t entry = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
    size_t count = data && entry ? data->d_size / entry : 0;
    struct candidate *list = count ? malloc(count * sizeof(*list)) : NULL;
    if (!list)
        return 0;
    size_t found = 0;
    for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol) || !is_code(&symbol))
            continue;
        const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (!name || !*name)
            continue;
        list[found].symbol = (struct elf_symbol){
            .start = symbol.st_value, .end = symbol.st_value + symbol.st_size, .name = name};
        list[found].section_end = end_of_section(elf, symbol.st_shndx);
        list[found++].rank = GELF_ST_BIND(symbol.st_info) == STB_LOCAL;
    }
    qsort(list, found, sizeof(*list), compare_candidates);
    give_sizes(list, found);
    uint32_t kept = 0;
    *symbols = found ? malloc(found * sizeof(**symbols)) : NULL;
    for (size_t i = 0; *symbols && i < found; i++) {
        if (kept && (*symbols)[kept - 1].start == list[i].symbol.start) {
            if (list[i].symbol.end > (*symbols)[kept - 1].end)
                (*symbols)[kept - 1].end = list[i].symbol.end;
            continue;
        }
        (*symbols)[kept++] = list[i].symbol;
    }
    free(list);
    return kept;
}

static jmp_buf *without_memory;

/* libdw ends the process when it has no memory, unless its caller knows a way out; returning is
 * none. */
static __attribute__((noreturn)) void no_memory(void)
{
    longjmp(*without_memory, 1);
}

int elf_file_try(struct elf_file *file, int (*body)(void *context), void *context)
{
    jmp_buf back;
    int result = -1;
    if (setjmp(back) == 0) {
        without_memory = &back;
        result = body(context);
    } else {
        file->dwarf = NULL;
    }
    without_memory = NULL;
    return result;
}

void elf_file_read_table(struct elf_file *file, const char *path)
{
    if (!has_debug_info(file->elf))
        find_debug_file(file, path);
    Elf *elfs[] = {file->elf, file->debug_elf};
    for (int i = 0; i < 2 && !file->symbol_count; i++)
        if (elfs[i])
            file->symbol_count = read_table(elfs[i], ".symtab", &file->symbols);
    file->full_table = file->symbol_count != 0;
    if (!file->symbol_count)
        file->symbol_count = read_table(file->elf, ".dynsym", &file->symbols);
}

void elf_file_read_symbols(struct elf_file *file, const char *path)
{
    elf_file_read_table(file, path);
    /* From the descriptor, not from the Elf handle: only so does libdw know the path and find
     * split debug files (.dwo) and shared ones (dwz) beside it. */
    int fd = file->debug_elf ? file->debug_fd : file->fd;
    if (has_debug_info(file->debug_elf ? file->debug_elf : file->elf))
        file->dwarf = dwarf_begin(fd, DWARF_C_READ);
    if (file->dwarf && without_memory)
        dwarf_new_oom_handler(file->dwarf, no_memory);
}

const struct elf_symbol *elf_file_symbol(const struct elf_file *file, uint64_t address)
{
    uint32_t low = 0, high = file->symbol_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (file->symbols[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct elf_symbol *symbol = &file->symbols[low - 1];
    return address < symbol->end ? symbol : NULL;
}

const uint8_t *elf_file_code(const struct elf_file *file, uint64_t *start, uint64_t *end)
{
    GElf_Ehdr machine;
    GElf_Shdr header;
    if (!gelf_getehdr(file->elf, &machine) || machine.e_machine != EM_X86_64)
        return NULL;
    Elf_Scn *scn = section(file->elf, ".text", &header);
    Elf_Data *data = scn && header.sh_type == SHT_PROGBITS ? elf_getdata(scn, NULL) : NULL;
    if (!data || !data->d_buf || !data->d_size)
        return NULL;
    *start = header.sh_addr;
    *end = header.sh_addr + data->d_size;
    return *end > *start ? data->d_buf : NULL;
}

static int compare_pointers(const void *a, const void *b)
{
    const struct elf_pointer *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

struct elf_pointer *elf_file_pointers(const struct elf_file *file, uint32_t *count)
{
    GElf_Shdr header;
    Elf_Scn *scn = section(file->elf, ".rela.dyn", &header);
    Elf_Data *data = scn && header.sh_type == SHT_RELA ? elf_getdata(scn, NULL) : NULL;
    size_t all = data ? data->d_size / sizeof(Elf64_Rela) : 0;
    struct elf_pointer *pointers = all && all < INT_MAX ? malloc(all * sizeof(*pointers)) : NULL;
    *count = 0;
    for (size_t i = 0; pointers && i < all; i++) {
        GElf_Rela rela;
        if (gelf_getrela(data, (int)i, &rela) && GELF_R_TYPE(rela.r_info) == R_X86_64_RELATIVE)
            pointers[(*count)++] = (struct elf_pointer){rela.r_offset, (uint64_t)rela.r_addend};
    }
    if (*count)
        qsort(pointers, *count, sizeof(*pointers), compare_pointers);
    return pointers;
}

bool elf_file_comment(const struct elf_file *file, const char *prefix, char *text, size_t n)
{
    GElf_Shdr header;
    Elf_Scn *scn = section(file->elf, ".comment", &header);
    Elf_Data *data = scn && header.sh_type != SHT_NOBITS ? elf_getdata(scn, NULL) : NULL;
    text[0] = '\0';
    if (!data || !data->d_buf)
        return false;
    const char *found = memmem(data->d_buf, data->d_size, prefix, strlen(prefix));
    if (!found)
        return false;
    found += strlen(prefix);
    size_t left = (size_t)((const char *)data->d_buf + data->d_size - found), at = 0;
    while (at < left && at + 1 < n && found[at] > ' ' && found[at] < 0x7f) {
        text[at] = found[at];
        at++;
    }
    text[at] = '\0';
    return at > 0;
}

bool elf_file_cut_short(const struct elf_file *file)
{
    return mapped_cut_short(file->fd, file->bytes) ||
           (file->debug_fd >= 0 && mapped_cut_short(file->debug_fd, file->debug_bytes));
}

void elf_file_close(struct elf_file *file)
{
    if (file->dwarf)
        dwarf_end(file->dwarf);
    elf_end(file->debug_elf);
    elf_end(file->elf);
    if (file->debug_fd >= 0)
        close(file->debug_fd);
    if (file->fd >= 0)
        close(file->fd);
    free(file->symbols);
    *file = (struct elf_file){.fd = -1, .debug_fd = -1};
}
