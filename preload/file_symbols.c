/* file_symbols.c - see file_symbols.h. Called by carried.c, once.
 *
 * The names are read first: a program that has none of those wanted is done with then. Linkers let
 * one name be the end of another, so a name is looked for at each end of a text.
 */
#include "preload/file_symbols.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>

#include "preload/calls.h"
#include "preload/text.h"

enum {
    NAME_BYTES = 32, /* of a name that is looked for, with its end */
    PIECE_BYTES = 32768,
    PLACES = 512, /* names that are the end of many others: free */
    BITS = 4096,
    SECTIONS_MAX = PIECE_BYTES / sizeof(Elf64_Shdr)
};

/* What is read at a time; behind the end of the names that came before. */
static struct {
    char before[NAME_BYTES];
    _Alignas(16) char piece[PIECE_BYTES];
} room;

/* Where the name of a function stands in the names; there may be several places. */
struct place {
    uint32_t at, function;
};

struct places {
    struct place list[PLACES];
    unsigned count;
    bool full;                     /* there are more, as in no program that was not made for it */
    uint64_t somewhere[BITS / 64]; /* what the lower bits of a place may be */
};

/* All of it, or false. */
static bool read_at(int fd, void *to, size_t bytes, uint64_t offset)
{
    for (size_t done = 0; done < bytes;) {
        long n = sys_pread(fd, (char *)to + done, bytes - done, offset + done);
        if (n == -EINTR)
            continue;
        if (sys_failed(n) || n == 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool equal(const void *a, const void *b, size_t n)
{
    const char *p = a, *q = b;

    while (n && *p == *q)
        p++, q++, n--;
    return n == 0;
}

/* Whether the file is the one that runs. */
static bool is_program(int fd, const Elf64_Ehdr *h, const struct file_program *program)
{
    if (!equal(h->e_ident, ELFMAG, SELFMAG) || h->e_ident[EI_CLASS] != ELFCLASS64 ||
        h->e_phentsize != sizeof(Elf64_Phdr) || h->e_shentsize != sizeof(Elf64_Shdr) ||
        h->e_shnum == 0 || h->e_shnum > SECTIONS_MAX || h->e_shstrndx >= h->e_shnum)
        return false;
    return h->e_phnum * sizeof(Elf64_Phdr) == program->bytes && program->bytes <= PIECE_BYTES &&
           read_at(fd, room.piece, program->bytes, h->e_phoff) &&
           equal(room.piece, program->headers, program->bytes);
}

struct sections {
    Elf64_Shdr symbols, names, got;
};

/* Whether the section is called so; `texts` has the names. */
static bool is_called(int fd, const Elf64_Shdr *texts, const Elf64_Shdr *section, const char *name)
{
    char there[NAME_BYTES];
    size_t n = text_length(name) + 1;

    return section->sh_name < texts->sh_size && texts->sh_size - section->sh_name >= n &&
           read_at(fd, there, n, texts->sh_offset + section->sh_name) && equal(there, name, n);
}

static bool find_sections(int fd, const Elf64_Ehdr *h, struct sections *s)
{
    const Elf64_Shdr *all = (const Elf64_Shdr *)room.piece;
    bool found = false;

    if (!read_at(fd, room.piece, h->e_shnum * sizeof *all, h->e_shoff))
        return false;
    for (unsigned i = 0; i < h->e_shnum; i++)
        if (all[i].sh_type == SHT_SYMTAB && all[i].sh_link < h->e_shnum) {
            s->symbols = all[i];
            s->names = all[all[i].sh_link];
            found = true;
        } else if (all[i].sh_type == SHT_PROGBITS && (all[i].sh_flags & SHF_WRITE) &&
                   is_called(fd, &all[h->e_shstrndx], &all[i], ".got")) {
            s->got = all[i];
        }
    return found && s->symbols.sh_entsize == sizeof(Elf64_Sym);
}

/* The names that end where `end` is, which is `at` bytes behind the beginning of all names. */
static void note_names(struct places *places, const struct file_function *functions,
                       const uint8_t *lengths, unsigned count, const char *end, uint64_t at)
{
    for (unsigned f = 0; f < count; f++) {
        size_t n = lengths[f];
        if (n > at || end[-1] != functions[f].name[n - 1] || !equal(end - n, functions[f].name, n))
            continue;
        if (places->count == sizeof places->list / sizeof *places->list) {
            places->full = true;
            return;
        }
        uint32_t place = (uint32_t)(at - n);
        places->list[places->count++] = (struct place){place, f};
        places->somewhere[place % BITS / 64] |= UINT64_C(1) << place % 64;
    }
}

/* Looks for the functions' names. */
static bool find_names(int fd, const Elf64_Shdr *names, const struct file_function *functions,
                       unsigned count, struct places *places)
{
    uint8_t lengths[FILE_SYMBOLS_WANTED];

    for (unsigned f = 0; f < count; f++)
        lengths[f] = (uint8_t)text_length(functions[f].name);
    if (names->sh_size > UINT32_MAX)
        return false;
    for (uint64_t at = 0; at < names->sh_size; at += PIECE_BYTES) {
        size_t n = names->sh_size - at < PIECE_BYTES ? names->sh_size - at : PIECE_BYTES;
        if (!read_at(fd, room.piece, n, names->sh_offset + at))
            return false;
        for (size_t i = 0; i < n; i++)
            if (room.piece[i] == '\0')
                note_names(places, functions, lengths, count, room.piece + i, at + i);
        __builtin_memcpy(room.before, room.piece + PIECE_BYTES - NAME_BYTES, NAME_BYTES);
    }
    return !places->full;
}

static void note_symbol(const Elf64_Sym *symbol, const struct places *places,
                        struct file_function *functions)
{
    if (!(places->somewhere[symbol->st_name % BITS / 64] >> symbol->st_name % 64 & 1))
        return;
    for (unsigned i = 0; i < places->count; i++)
        if (symbol->st_name == places->list[i].at)
            functions[places->list[i].function].address = symbol->st_value;
}

static bool read_symbols(int fd, const Elf64_Shdr *symbols, const struct places *places,
                         struct file_function *functions)
{
    enum { AT_ONCE = PIECE_BYTES / sizeof(Elf64_Sym) };
    const Elf64_Sym *some = (const Elf64_Sym *)room.piece;
    uint64_t count = symbols->sh_size / sizeof *some;

    for (uint64_t at = 0; at < count; at += AT_ONCE) {
        size_t n = count - at < AT_ONCE ? count - at : AT_ONCE;
        if (!read_at(fd, room.piece, n * sizeof *some, symbols->sh_offset + at * sizeof *some))
            return false;
        for (size_t i = 0; i < n; i++)
            if (ELF64_ST_TYPE(some[i].st_info) == STT_FUNC && some[i].st_shndx != SHN_UNDEF)
                note_symbol(&some[i], places, functions);
    }
    return true;
}

static bool find_in(int fd, const struct file_program *program, struct file_function *functions,
                    unsigned count, struct file_section *got)
{
    Elf64_Ehdr header;
    struct sections s = {0};
    static struct places places; /* too big for a small stack */

    places.count = 0;
    places.full = false;
    for (int i = 0; i < BITS / 64; i++)
        places.somewhere[i] = 0;
    if (!read_at(fd, &header, sizeof header, 0) || !is_program(fd, &header, program) ||
        !find_sections(fd, &header, &s) || !find_names(fd, &s.names, functions, count, &places))
        return false;
    *got = (struct file_section){s.got.sh_addr, s.got.sh_size};
    return places.count == 0 || read_symbols(fd, &s.symbols, &places, functions);
}

bool file_symbols_find(const char *path, const struct file_program *program,
                       struct file_function *functions, unsigned count, struct file_section *got)
{
    long fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);

    *got = (struct file_section){0, 0};
    for (unsigned i = 0; i < count; i++)
        functions[i].address = 0;
    if (sys_failed(fd))
        return false;
    bool found = find_in((int)fd, program, functions, count, got);
    sys_close((int)fd);
    return found;
}
