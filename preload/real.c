/* real.c - finds the program's own allocation functions.
 *
 * Called once, from the first hook or the constructor, whichever comes first. Walks the
 * loaded modules in load order (dl_iterate_phdr) and looks each name up in their GNU or
 * SysV hash tables. It must not call dlsym, nor anything else that may allocate.
 */
#define _GNU_SOURCE
#include "preload/real.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>

#include "preload/text.h"

struct real real;

/* What a module's dynamic section says of its symbols. */
struct symbol_table {
    const ElfW(Sym) * symbols;
    const char *names;
    const uint32_t *gnu_hash;
    const uint32_t *sysv_hash;
    const uint16_t *versions;
    uintptr_t bias;
};

struct search {
    uintptr_t self; /* an address in our own module, which is passed over */
    bool passed;    /* our own module has been met */
};

static bool contains(const struct dl_phdr_info *info, uintptr_t address)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && address >= start && address < start + segment->p_memsz)
            return true;
    }
    return false;
}

/* What an entry of the dynamic section points to. glibc relocates those of most modules in place,
 * but not those of the vdso, which is read-only; and the kernel may have linked that to any
 * address, so that neither the smaller nor the bigger number is the right one. */
static const void *at(const struct dl_phdr_info *info, uintptr_t value)
{
    return (const void *)(contains(info, value) ? value : info->dlpi_addr + value);
}

static bool read_dynamic(const struct dl_phdr_info *info, struct symbol_table *table)
{
    const ElfW(Dyn) *dynamic = NULL;

    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    if (!dynamic)
        return false;
    *table = (struct symbol_table){.bias = info->dlpi_addr};
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        const void *value = at(info, dynamic->d_un.d_ptr);
        switch (dynamic->d_tag) {
        case DT_SYMTAB:
            table->symbols = value;
            break;
        case DT_STRTAB:
            table->names = value;
            break;
        case DT_GNU_HASH:
            table->gnu_hash = value;
            break;
        case DT_HASH:
            table->sysv_hash = value;
            break;
        case DT_VERSYM:
            table->versions = value;
            break;
        default:
            break;
        }
    }
    return table->symbols && table->names;
}

static void *definition(const struct symbol_table *table, uint32_t index, const char *name)
{
    const ElfW(Sym) *symbol = &table->symbols[index];

    if (symbol->st_shndx == SHN_UNDEF || symbol->st_value == 0)
        return NULL;
    if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC)
        return NULL;
    /* Bit 15 hides an old version that only old binaries may bind to. */
    if (table->versions && (table->versions[index] & 0x8000))
        return NULL;
    if (!text_equal(table->names + symbol->st_name, name))
        return NULL;
    return (void *)(table->bias + symbol->st_value);
}

static void *look_up_gnu(const struct symbol_table *table, const char *name)
{
    uint32_t buckets = table->gnu_hash[0], first = table->gnu_hash[1];
    uint32_t bloom_words = table->gnu_hash[2];
    const uint32_t *bucket = table->gnu_hash + 4 + bloom_words * (sizeof(ElfW(Addr)) / 4);
    const uint32_t *chain = bucket + buckets;
    uint32_t hash = 5381;

    if (buckets == 0)
        return NULL;
    for (const char *c = name; *c; c++)
        hash = hash * 33 + (unsigned char)*c;
    uint32_t index = bucket[hash % buckets];
    if (index < first)
        return NULL;
    for (;; index++) {
        uint32_t stored = chain[index - first];
        if ((stored | 1) == (hash | 1)) {
            void *found = definition(table, index, name);
            if (found)
                return found;
        }
        if (stored & 1)
            return NULL;
    }
}

static void *look_up_sysv(const struct symbol_table *table, const char *name)
{
    uint32_t count = table->sysv_hash[1]; /* nchain: the number of symbols */

    for (uint32_t i = 1; i < count; i++) {
        void *found = definition(table, i, name);
        if (found)
            return found;
    }
    return NULL;
}

static void *look_up(const struct symbol_table *table, const char *name)
{
    if (table->gnu_hash)
        return look_up_gnu(table, name);
    if (table->sysv_hash)
        return look_up_sysv(table, name);
    return NULL;
}

static int visit(struct dl_phdr_info *info, size_t size, void *data)
{
    struct search *search = data;
    struct symbol_table table;

    (void)size;
    if (contains(info, search->self)) {
        search->passed = true;
        return 0;
    }
    if (!read_dynamic(info, &table))
        return 0;
    if (!search->passed && look_up(&table, "malloc"))
        real.preceded = true;
    bool had_malloc = real.malloc != NULL;
#define REAL_LOOK_UP(type, name, params)                                                           \
    if (!real.name)                                                                                \
        real.name = (type(*) params)look_up(&table, #name);
    HEAPCOACH_HOOKS(REAL_LOOK_UP)
#undef REAL_LOOK_UP
    /* __libc_start_main is in the C library and nowhere else. */
    if (!had_malloc && real.malloc)
        real.libc = look_up(&table, "__libc_start_main") != NULL;
    return 0;
}

void real_resolve(void)
{
    static bool done;

    if (__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        return;
    struct search search = {.self = (uintptr_t)&real_resolve};
    dl_iterate_phdr(visit, &search);
    __atomic_store_n(&done, true, __ATOMIC_RELEASE);
}
