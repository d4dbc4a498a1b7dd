// sources: preload/real.c
// plain-only: the sanitizers ask dl_iterate_phdr, too, which is the test's own here
/* test_real.c - which functions are found under ours, in modules made by hand.
 *
 * real_resolve asks dl_iterate_phdr, which is the test's own here, and works once in a process: so
 * all cases are modules of one list. Not covered: GNU hash tables, which every test that preloads
 * the library goes through. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <elf.h>
#include <link.h>
#include <cmocka.h>

#include "preload/real.h"

enum { SYMBOLS = 3, PAGE = 4096 };

/* A module's memory: one segment, with its symbols and what leads to them. */
struct image {
    _Alignas(PAGE) uint32_t hash[2]; /* of the SysV kind: buckets, symbols; the rest is not read */
    ElfW(Sym) symbols[SYMBOLS];
    uint16_t versions[SYMBOLS];
    char names[64];
    ElfW(Dyn) dynamic[6];
    ElfW(Phdr) segments[2];
    char code[256];
};

static struct image own, vdso, hidden_version, library;
static struct dl_phdr_info modules[4];

/* As if linked to `link_address`; `relocated`: the loader has made addresses of what the dynamic
 * section has. Defines the function at code[offset]. */
static void make(int number, struct image *image, uintptr_t link_address, bool relocated,
                 const char *function, int offset)
{
    uintptr_t bias = (uintptr_t)image - link_address, to = relocated ? 0 : bias;

    *image = (struct image){.hash = {1, SYMBOLS}};
    strcpy(image->names + 1, function);
    image->symbols[1] =
        (ElfW(Sym)){.st_name = 1, .st_info = STT_FUNC, .st_shndx = SHN_UNDEF, .st_value = 8};
    image->symbols[2] = (ElfW(Sym)){.st_name = 1,
                                    .st_info = STT_FUNC,
                                    .st_shndx = 1,
                                    .st_value = (uintptr_t)&image->code[offset] - bias};
    image->dynamic[0] = (ElfW(Dyn)){DT_SYMTAB, {(uintptr_t)image->symbols - to}};
    image->dynamic[1] = (ElfW(Dyn)){DT_STRTAB, {(uintptr_t)image->names - to}};
    image->dynamic[2] = (ElfW(Dyn)){DT_HASH, {(uintptr_t)image->hash - to}};
    image->dynamic[3] = (ElfW(Dyn)){DT_VERSYM, {(uintptr_t)image->versions - to}};
    image->segments[0] =
        (ElfW(Phdr)){.p_type = PT_LOAD, .p_vaddr = link_address, .p_memsz = sizeof *image};
    image->segments[1] =
        (ElfW(Phdr)){.p_type = PT_DYNAMIC, .p_vaddr = (uintptr_t)image->dynamic - bias};
    modules[number] = (struct dl_phdr_info){
        .dlpi_addr = bias, .dlpi_name = "", .dlpi_phdr = image->segments, .dlpi_phnum = 2};
}

int dl_iterate_phdr(int (*visit)(struct dl_phdr_info *, size_t, void *), void *data)
{
    int stopped = 0;

    for (unsigned i = 0; i < sizeof modules / sizeof *modules && !stopped; i++)
        stopped = visit(&modules[i], sizeof modules[i], data);
    return stopped;
}

/* The vdso is not relocated, and may be linked to the end of the address space: then its bias is
 * smaller than its addresses, and these lead nowhere. */
static void finds_definitions_wherever_a_module_is_linked_to(void **state)
{
    (void)state;
    make(0, &own, 0, true, "malloc", 0);
    own.segments[0] =
        (ElfW(Phdr)){.p_type = PT_LOAD, .p_vaddr = (uintptr_t)&real_resolve, .p_memsz = 1};
    modules[0].dlpi_addr = 0;
    make(1, &vdso, (uintptr_t)0xffffffffff700000, false, "malloc", 16);
    make(2, &hidden_version, 0, true, "calloc", 32);
    hidden_version.versions[2] = 0x8001;
    make(3, &library, 0x400000, true, "free", 48);
    real_resolve();
    assert_ptr_equal(real.malloc, &vdso.code[16]);
    assert_ptr_equal(real.free, &library.code[48]);
    assert_null(real.calloc);
    assert_false(real.preceded || real.libc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_definitions_wherever_a_module_is_linked_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
