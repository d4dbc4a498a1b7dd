/* modules.c - finds, records and re-checks the files mapped into the program.
 *
 * Called by rules.c for each new code address, and by the recorder after the loader has
 * freed something. It must never take the loader's lock where _dl_find_object exists
 * (glibc 2.35 on): another thread may hold that lock and wait for a lock of the program that
 * our caller holds. Older C libraries leave no choice but dl_iterate_phdr.
 */
#define _GNU_SOURCE
#include "preload/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>

#include "preload/sys.h"
#include "preload/calls.h"
#include "preload/environment.h"
#include "preload/proven.h"
#include "preload/recording.h"
#include "preload/rules.h"
#include "preload/spin.h"
#include "preload/text.h"

#ifndef DLFO_STRUCT_HAS_EH_DBASE
struct dl_find_object {
    unsigned long long dlfo_flags;
    void *dlfo_map_start, *dlfo_map_end;
    struct link_map *dlfo_link_map;
    void *dlfo_eh_frame;
    unsigned long long dlfo_reserved[7];
};
#endif

/* Declared here, weak: the library is to load where glibc does not have it. */
extern int heapcoach_find_object(void *, struct dl_find_object *) __asm__("_dl_find_object")
    __attribute__((weak, visibility("default")));

extern void *__libc_stack_end;

enum { MODULES_MAX = 8192 };

static struct {
    struct spin lock;
    uint32_t count; /* written last: rows below it are complete */
    struct module rows[MODULES_MAX];
} known;

uintptr_t modules_loader_start, modules_loader_bytes;
uint32_t modules_version;

/* What the loader says of the object at an address. Everything behind these pointers is read
 * by proof: another thread may be closing the library meanwhile. */
struct object {
    uintptr_t start, end, bias;
    const void *link_map;
    const char *name; /* in the program's memory; NULL: not known */
    const uint8_t *eh_frame_header;
};

enum { PAGE = 4096, SEGMENTS_MAX = 32 };

/* Working room of the slow paths; known.lock is held. They run on the program's stack, which
 * may be small. */
static struct {
    char page[PAGE];   /* the first of a mapped object, as much as could be read: the headers and */
    uintptr_t page_at; /* mostly the notes, in one call to the kernel */
    size_t page_bytes;
    char notes[PAGE];
    char path[ENVIRONMENT_PATH_BYTES];
    ElfW(Phdr) segments[SEGMENTS_MAX];
    unsigned segment_count;
} work;

/* The same as proven_copy. */
static size_t copy_near_page(void *to, uintptr_t from, size_t n)
{
    uintptr_t offset = from - work.page_at;

    if (offset > work.page_bytes || n > work.page_bytes - offset)
        return proven_copy(to, from, n);
    __builtin_memcpy(to, work.page + offset, n);
    return n;
}

/* Is there an ELF header, with the program headers behind it? */
static bool read_header(ElfW(Ehdr) * elf, uintptr_t at)
{
    work.page_at = at;
    work.page_bytes = proven_copy(work.page, at, PAGE);
    return copy_near_page(elf, at, sizeof *elf) == sizeof *elf && elf->e_ident[0] == 0x7f &&
           elf->e_ident[1] == 'E' && elf->e_ident[2] == 'L' && elf->e_ident[3] == 'F' &&
           elf->e_phentsize == sizeof(ElfW(Phdr));
}

/* The program headers of a mapped object, from its own first page. */
static void read_segments(const struct object *o)
{
    ElfW(Ehdr) elf;
    uintptr_t at = o->start;

    work.segment_count = 0;
    /* Where pages are missing between the program's segments, as linkers may leave them, the loader
     * tells of the one segment that holds the pc. The header is where the file begins. */
    if (!read_header(&elf, at) && !read_header(&elf, at = o->bias))
        return;
    if (elf.e_phoff > o->end - at)
        return;
    unsigned n = elf.e_phnum < SEGMENTS_MAX ? elf.e_phnum : SEGMENTS_MAX;
    size_t got = copy_near_page(work.segments, at + elf.e_phoff, n * sizeof(ElfW(Phdr)));
    work.segment_count = (unsigned)(got / sizeof(ElfW(Phdr)));
}

struct by_phdr {
    uintptr_t pc;
    struct object *object;
};

static int match_phdr(struct dl_phdr_info *info, size_t size, void *data)
{
    struct by_phdr *search = data;
    uintptr_t start = UINTPTR_MAX, end = 0;
    const uint8_t *header = NULL;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_GNU_EH_FRAME)
            header = (const uint8_t *)at;
        if (segment->p_type != PT_LOAD)
            continue;
        start = at < start ? at & ~(uintptr_t)(PAGE - 1) : start;
        end = at + segment->p_memsz > end ? at + segment->p_memsz : end;
    }
    if (search->pc < start || search->pc >= end)
        return 0;
    *search->object = (struct object){.start = start,
                                      .end = end,
                                      .bias = info->dlpi_addr,
                                      .link_map = info->dlpi_phdr,
                                      .name = info->dlpi_name,
                                      .eh_frame_header = header};
    return 1;
}

static bool find_object(uintptr_t pc, struct object *o)
{
    *o = (struct object){0};
    if (!heapcoach_find_object) {
        struct by_phdr search = {pc, o};
        return dl_iterate_phdr(match_phdr, &search) == 1;
    }
    struct dl_find_object found;
    struct {
        ElfW(Addr) bias;
        const char *name;
    } map;
    if (heapcoach_find_object((void *)pc, &found) != 0)
        return false;
    o->start = (uintptr_t)found.dlfo_map_start;
    o->end = (uintptr_t)found.dlfo_map_end;
    o->link_map = found.dlfo_link_map;
    o->eh_frame_header = found.dlfo_eh_frame;
    /* struct link_map begins so, by the debugger's protocol (link.h). */
    if (proven_copy(&map, (uintptr_t)found.dlfo_link_map, sizeof map) != sizeof map)
        return false;
    o->bias = map.bias;
    o->name = map.name;
    return true;
}

/* Copies the file's name, as the analyzer can open it, to work.path. */
static void read_path(const struct object *o)
{
    size_t n = o->name ? proven_copy(work.path, (uintptr_t)o->name, sizeof work.path - 1) : 0;

    work.path[n] = '\0';
    if (!work.path[0]) /* the main program has no name */
        environment_executable(work.path);
}

/* The GNU build-id in a note segment: its address, its length in *bytes; 0: none there. */
static uintptr_t build_id_in(uintptr_t at, uint64_t left, uint32_t *bytes)
{
    uint64_t n = copy_near_page(work.notes, at, left < PAGE ? left : PAGE);
    uint64_t offset = 0;

    while (n - offset >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const void *)(work.notes + offset);
        uint64_t name = ((uint64_t)note->n_namesz + 3) & ~(uint64_t)3;
        uint64_t body = ((uint64_t)note->n_descsz + 3) & ~(uint64_t)3;
        uint64_t whole = sizeof *note + name + body;
        if (whole > n - offset)
            break;
        const char *text = (const char *)(note + 1);
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && text[0] == 'G' &&
            text[1] == 'N' && text[2] == 'U' && note->n_descsz <= 32) {
            *bytes = note->n_descsz;
            return at + offset + sizeof *note + name;
        }
        offset += whole;
    }
    return 0;
}

static uintptr_t find_build_id(const struct object *o, uint32_t *bytes)
{
    for (unsigned i = 0; i < work.segment_count; i++) {
        const ElfW(Phdr) *segment = &work.segments[i];
        uintptr_t found = 0;
        if (segment->p_type == PT_NOTE)
            found = build_id_in(o->bias + segment->p_vaddr, segment->p_memsz, bytes);
        if (found)
            return found;
    }
    *bytes = 0;
    return 0;
}

/* The readable segment that holds the unwind tables bounds what may be read of them. */
static struct cfi_tables find_tables(const struct object *o)
{
    for (unsigned i = 0; i < work.segment_count; i++) {
        const ElfW(Phdr) *segment = &work.segments[i];
        const uint8_t *at = (const uint8_t *)(o->bias + segment->p_vaddr);
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_R) && o->eh_frame_header >= at &&
            o->eh_frame_header < at + segment->p_memsz)
            return (struct cfi_tables){at, at + segment->p_memsz, o->eh_frame_header};
    }
    return (struct cfi_tables){0};
}

/* What tells a file from another at the same place. Reads work.segments and fills work.path. */
struct identity {
    uint32_t build_id_bytes;
    uint8_t build_id[32];
};

static struct identity identify(const struct object *o)
{
    struct identity id = {0};

    read_segments(o);
    uintptr_t at = find_build_id(o, &id.build_id_bytes);
    if (at && copy_near_page(id.build_id, at, id.build_id_bytes) != id.build_id_bytes)
        id.build_id_bytes = 0;
    read_path(o);
    return id;
}

static bool is_file(const struct module *m, const struct object *o, const struct identity *id)
{
    const struct rec_module *row = m->index ? recording_module(m->index) : NULL;

    if (!row || m->start != o->start || m->end != o->end || m->bias != o->bias ||
        id->build_id_bytes != row->build_id_bytes)
        return false;
    for (uint32_t i = 0; i < id->build_id_bytes; i++)
        if (id->build_id[i] != row->build_id[i])
            return false;
    return text_equal(work.path, recording_text(row->path));
}

/* The row of a library that was closed and is now back where it was: its addresses mean what
 * they meant, so it is the same module again. */
static struct module *find_gone(const struct object *o, const struct identity *id)
{
    for (uint32_t i = 0; i < known.count; i++)
        if (known.rows[i].gone && is_file(&known.rows[i], o, id))
            return &known.rows[i];
    return NULL;
}

static void record(struct module *row, const struct object *o, const struct identity *id)
{
    void *element;

    row->index = recording_add(REC_MODULES, &element);
    if (!row->index)
        return;
    struct rec_module *m = element;
    m->start = o->start;
    m->bias = o->bias;
    m->loaded_ticks = arch_ticks();
    m->path = recording_add_text(work.path, text_length(work.path) + 1);
    m->build_id_bytes = id->build_id_bytes;
    for (uint32_t i = 0; i < id->build_id_bytes; i++)
        m->build_id[i] = id->build_id[i];
    __atomic_store_n(&m->end, o->end, __ATOMIC_RELEASE);
}

static const struct module *add(const struct object *o)
{
    struct identity id = identify(o);
    struct module *row = find_gone(o, &id);

    if (row) {
        row->link_map = o->link_map;
        recording_module(row->index)->unloaded_ticks = 0;
        __atomic_store_n(&row->gone, false, __ATOMIC_RELEASE);
        return row;
    }
    if (known.count == MODULES_MAX)
        return NULL;
    row = &known.rows[known.count];
    *row = (struct module){.start = o->start,
                           .end = o->end,
                           .bias = o->bias,
                           .link_map = o->link_map,
                           .tables = find_tables(o)};
    record(row, o, &id);
    __atomic_store_n(&known.count, known.count + 1, __ATOMIC_RELEASE);
    return row;
}

const struct module *modules_known(uintptr_t pc)
{
    uint32_t count = __atomic_load_n(&known.count, __ATOMIC_ACQUIRE);

    while (count-- > 0) {
        const struct module *m = &known.rows[count];
        if (pc - m->start < m->end - m->start && !__atomic_load_n(&m->gone, __ATOMIC_ACQUIRE))
            return m;
    }
    return NULL;
}

const struct module *modules_find(uintptr_t pc)
{
    struct object o;
    const struct module *m = modules_known(pc);

    if (m || !find_object(pc, &o))
        return m;
    spin_lock(&known.lock);
    m = modules_known(pc); /* another thread may have been first */
    if (!m && (m = add(&o)) != NULL)
        rules_forget_strays(o.start, o.end); /* from now on none are made */
    spin_unlock(&known.lock);
    return m;
}

/* Whether the module is still there. The loader's record may be at the same address for
 * another file at the same place, so what the file says of itself decides. */
static bool same(const struct module *m)
{
    struct object o;

    if (!find_object(m->start, &o) || o.link_map != m->link_map)
        return false;
    struct identity id = identify(&o);
    return is_file(m, &o, &id);
}

uint32_t modules_check(uint32_t version)
{
    static uint32_t checked, times_gone;
    bool any = false;

    spin_lock(&known.lock);
    for (uint32_t i = 0; i < known.count && checked != version; i++) {
        struct module *m = &known.rows[i];
        if (m->gone || same(m))
            continue;
        any = true;
        __atomic_store_n(&m->gone, true, __ATOMIC_RELAXED);
        rules_forget(m->start, m->end);
        if (m->index)
            recording_module(m->index)->unloaded_ticks = arch_ticks();
    }
    checked = version;
    if (any) {
        times_gone++;
        recording.header->module_changes++;
    }
    uint32_t result = times_gone;
    spin_unlock(&known.lock);
    return result;
}

void modules_start(void)
{
    struct object o;

    uintptr_t inside = environment_loader();
    if (!inside) /* its own variable; but a program that uses it may have a copy, for all to find */
        inside = (uintptr_t)&__libc_stack_end;
    if (find_object(inside, &o)) {
        modules_loader_start = o.start;
        modules_loader_bytes = o.end - o.start;
    }
}

void modules_forget(void)
{
    known.count = 0;
}
