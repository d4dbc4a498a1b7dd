/* carried.c - see carried.h. Called once, by start.c.
 *
 * It is done where HEAPCOACH_CARRIED says so: whether all calls go by the table is known to who has
 * read the program's code, which takes too long here (analyzer/core/carried.c).
 */
#define _GNU_SOURCE
#include "preload/carried.h"

#include <link.h>
#include <sys/mman.h>

#include "preload/calls.h"
#include "preload/environment.h"
#include "preload/file_symbols.h"
#include "preload/message.h"
#include "preload/text.h"

enum {
    PAGE_BYTES = 4096,
    POPULATE_WRITE = 23 /* MADV_POPULATE_WRITE, Linux 5.14: fails where pages may not be written */
};

_Static_assert((int)CARRIED_FUNCTIONS <= (int)FILE_SYMBOLS_WANTED, "all are looked up at once");

/* The program as the loader has it: its headers, where it lies, and what became read-only when it
 * had been relocated. */
struct program {
    const ElfW(Phdr) * headers;
    unsigned header_count;
    uintptr_t bias;
    uintptr_t sealed, sealed_end; /* whole pages */
};

/* The first module is the program. */
static int read_program(struct dl_phdr_info *info, size_t size, void *data)
{
    struct program *p = data;

    (void)size;
    *p = (struct program){
        .headers = info->dlpi_phdr, .header_count = info->dlpi_phnum, .bias = info->dlpi_addr};
    for (unsigned i = 0; i < p->header_count; i++)
        if (p->headers[i].p_type == PT_GNU_RELRO) {
            uintptr_t start = p->bias + p->headers[i].p_vaddr;
            p->sealed = start & ~(uintptr_t)(PAGE_BYTES - 1);
            p->sealed_end = (start + p->headers[i].p_memsz) & ~(uintptr_t)(PAGE_BYTES - 1);
        }
    return 1;
}

/* Whether all of it lies in one of the program's segments that hold data. */
static bool is_data(const struct program *p, uintptr_t start, size_t bytes)
{
    for (unsigned i = 0; i < p->header_count; i++) {
        const ElfW(Phdr) *segment = &p->headers[i];
        uintptr_t at = p->bias + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) && start >= at &&
            start - at <= segment->p_memsz && bytes <= segment->p_memsz - (start - at))
            return true;
    }
    return false;
}

/* Those of the table's pages that are read-only: of bytes 0 where there are none. */
struct pages {
    void *start;
    size_t bytes;
};

/* The loader seals them when it has relocated the program. A resolver that the program has for one
 * of its own functions may call us before: then they can be written, and must stay so. */
static struct pages sealed_pages(const struct program *p, uintptr_t start, size_t bytes)
{
    uintptr_t from = start & ~(uintptr_t)(PAGE_BYTES - 1);
    uintptr_t to = (start + bytes + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1);

    from = from > p->sealed ? from : p->sealed;
    to = to < p->sealed_end ? to : p->sealed_end;
    if (from >= to || !sys_failed(sys_madvise((void *)from, to - from, POPULATE_WRITE)))
        return (struct pages){NULL, 0};
    return (struct pages){(void *)from, to - from};
}

static bool protect(struct pages pages, int how)
{
    return !pages.bytes || !sys_failed(sys_mprotect(pages.start, pages.bytes, how));
}

/* The function that an entry of the table leads to; CARRIED_FUNCTIONS: none of those. */
static unsigned function_at(const struct file_function *functions, uintptr_t bias, uintptr_t entry)
{
    unsigned f = 0;

    while (f < CARRIED_FUNCTIONS && !(functions[f].address && bias + functions[f].address == entry))
        f++;
    return f;
}

/* Whether the table leads to functions that give out blocks and to some that free them. */
static bool is_whole(const struct file_function *functions, const struct program *p,
                     const uintptr_t *table, size_t entries)
{
#define NOT_FREES(...) false,
#define IS_FREES(...) true,
    static const bool frees[] = {HEAPCOACH_CARRIED(NOT_FREES, NOT_FREES, IS_FREES)};
    bool gives = false, takes = false;

    for (size_t i = 0; i < entries; i++) {
        unsigned f = function_at(functions, p->bias, table[i]);
        if (f < CARRIED_FUNCTIONS)
            *(frees[f] ? &takes : &gives) = true;
    }
    return gives && takes;
}

/* Makes the entries lead to the hooks. Returns the allocator's name, NULL: they cannot be written.
 */
static const char *put_hooks(const struct file_function *functions, const struct program *p,
                             uintptr_t *table, size_t entries)
{
    struct pages sealed = sealed_pages(p, (uintptr_t)table, entries * sizeof *table);
    const char *allocator = NULL;

    if (!protect(sealed, PROT_READ | PROT_WRITE)) {
        message("the program's table of addresses cannot be written: what its own allocator gives "
                "out is not recorded",
                NULL, NULL);
        return NULL;
    }
    for (unsigned f = 0; f < CARRIED_FUNCTIONS; f++)
        if (functions[f].address)
            *carried_hooks[f].real = p->bias + functions[f].address;
    for (size_t i = 0; i < entries; i++) {
        unsigned f = function_at(functions, p->bias, table[i]);
        if (f < CARRIED_FUNCTIONS) {
            __atomic_store_n(&table[i], carried_hooks[f].hook, __ATOMIC_RELEASE);
            allocator = carried_hooks[f].allocator;
        }
    }
    protect(sealed, PROT_READ);
    return allocator;
}

const char *carried_start(void)
{
    struct program p = {0};
    struct file_function functions[CARRIED_FUNCTIONS];
    struct file_section got;
    char path[ENVIRONMENT_PATH_BYTES];

    if (!text_equal(environment_get(ENVIRONMENT_CARRIED), "1"))
        return NULL;
    dl_iterate_phdr(read_program, &p);
    for (unsigned f = 0; f < CARRIED_FUNCTIONS; f++)
        functions[f].name = carried_hooks[f].name;
    environment_executable(path);
    const struct file_program headers = {p.headers, p.header_count * sizeof *p.headers};
    if (!file_symbols_find("/proc/self/exe", &headers, functions, CARRIED_FUNCTIONS, &got) &&
        !file_symbols_find(path, &headers, functions, CARRIED_FUNCTIONS, &got))
        return NULL;
    uintptr_t *table = (uintptr_t *)(p.bias + got.address);
    size_t entries = got.bytes / sizeof *table;
    if (!is_data(&p, (uintptr_t)table, got.bytes) || ((uintptr_t)table & 7) ||
        !is_whole(functions, &p, table, entries))
        return NULL;
    return put_hooks(functions, &p, table, entries);
}
