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

enum { MODULES_MAX = 8192, NOTE_BYTES_MAX = 4096 };

static struct {
    struct spin lock;
    uint32_t count; /* written last: rows below it are complete */
    struct module rows[MODULES_MAX];
} known;

uintptr_t modules_loader_start, modules_loader_bytes;
uint32_t modules_version;

/* What the loader says of the object at an address. */
struct object {
    uintptr_t start, end, bias;
    const void *link_map;
    const char *name;
    const uint8_t *eh_frame_header;
    const ElfW(Phdr) * segments;
    unsigned segment_count;
};

/* The program headers of a mapped object, read from its own first page. */
static bool read_segments(struct object *o)
{
    const ElfW(Ehdr) *elf = (const void *)o->start;

    if (o->end - o->start < sizeof *elf || elf->e_ident[0] != 0x7f || elf->e_ident[1] != 'E' ||
        elf->e_ident[2] != 'L' || elf->e_ident[3] != 'F' ||
        elf->e_phentsize != sizeof(ElfW(Phdr)) || elf->e_phnum > 64 ||
        elf->e_phoff > 4096 - sizeof(ElfW(Phdr)) ||
        elf->e_phoff + elf->e_phnum * sizeof(ElfW(Phdr)) > 4096)
        return false;
    o->segments = (const void *)(o->start + elf->e_phoff);
    o->segment_count = elf->e_phnum;
    return true;
}

struct by_phdr {
    uintptr_t pc;
    struct object *object;
};

static int match_phdr(struct dl_phdr_info *info, size_t size, void *data)
{
    struct by_phdr *search = data;
    uintptr_t start = UINTPTR_MAX, end = 0;

    (void)size;
    search->object->eh_frame_header = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_GNU_EH_FRAME)
            search->object->eh_frame_header = (const uint8_t *)at;
        if (segment->p_type != PT_LOAD)
            continue;
        start = at < start ? at & ~(uintptr_t)4095 : start;
        end = at + segment->p_memsz > end ? at + segment->p_memsz : end;
    }
    if (search->pc < start || search->pc >= end)
        return 0;
    *search->object = (struct object){start,           end,
                                      info->dlpi_addr, info->dlpi_phdr,
                                      info->dlpi_name, search->object->eh_frame_header,
                                      info->dlpi_phdr, info->dlpi_phnum};
    return 1;
}

static bool find_object(uintptr_t pc, struct object *o)
{
    *o = (struct object){0};
    if (heapcoach_find_object) {
        struct dl_find_object found;
        if (heapcoach_find_object((void *)pc, &found) != 0)
            return false;
        o->start = (uintptr_t)found.dlfo_map_start;
        o->end = (uintptr_t)found.dlfo_map_end;
        o->link_map = found.dlfo_link_map;
        o->bias = found.dlfo_link_map->l_addr;
        o->name = found.dlfo_link_map->l_name;
        o->eh_frame_header = found.dlfo_eh_frame;
        return read_segments(o);
    }
    struct by_phdr search = {pc, o};
    return dl_iterate_phdr(match_phdr, &search) == 1;
}

/* The GNU build-id note, if the object has one. */
static uint32_t build_id(const struct object *o, uint8_t id[32])
{
    for (unsigned i = 0; i < o->segment_count; i++) {
        const ElfW(Phdr) *segment = &o->segments[i];
        uintptr_t at = o->bias + segment->p_vaddr;
        uint64_t left = segment->p_memsz;
        if (segment->p_type != PT_NOTE || left > NOTE_BYTES_MAX || at < o->start || at > o->end ||
            left > o->end - at)
            continue;
        while (left >= sizeof(ElfW(Nhdr))) {
            const ElfW(Nhdr) *note = (const void *)at;
            uint64_t name = (note->n_namesz + 3u) & ~3u, body = (note->n_descsz + 3u) & ~3u;
            uint64_t whole = sizeof *note + name + body;
            if (whole > left)
                break;
            const char *text = (const char *)(note + 1);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && text[0] == 'G' &&
                text[1] == 'N' && text[2] == 'U' && note->n_descsz <= 32) {
                for (uint32_t b = 0; b < note->n_descsz; b++)
                    id[b] = (uint8_t)text[name + b];
                return note->n_descsz;
            }
            at += whole;
            left -= whole;
        }
    }
    return 0;
}

/* The readable segment that holds the unwind tables bounds what may be read of them. */
static struct cfi_tables find_tables(const struct object *o)
{
    for (unsigned i = 0; i < o->segment_count; i++) {
        const ElfW(Phdr) *segment = &o->segments[i];
        const uint8_t *at = (const uint8_t *)(o->bias + segment->p_vaddr);
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_R) && o->eh_frame_header >= at &&
            o->eh_frame_header < at + segment->p_memsz)
            return (struct cfi_tables){at, at + segment->p_memsz, o->eh_frame_header};
    }
    return (struct cfi_tables){0};
}

/* The file's name as the analyzer can open it. */
static uint64_t record_path(const struct object *o)
{
    char path[4096];
    const char *name = o->name;

    if (!name || !*name) { /* the main program */
        long n = sys_readlink("/proc/self/exe", path, sizeof path - 1);
        if (!sys_failed(n)) {
            path[n] = '\0';
            name = path;
        } else {
            name = "";
        }
    }
    return recording_add_text(name, text_length(name) + 1);
}

static const struct module *add(const struct object *o)
{
    struct module *row = &known.rows[known.count];
    void *element;

    *row = (struct module){.start = o->start,
                           .end = o->end,
                           .bias = o->bias,
                           .link_map = o->link_map,
                           .tables = find_tables(o)};
    row->index = recording_add(REC_MODULES, &element);
    if (row->index) {
        struct rec_module *m = element;
        m->start = o->start;
        m->bias = o->bias;
        m->loaded_ticks = arch_ticks();
        m->path = record_path(o);
        m->build_id_bytes = build_id(o, m->build_id);
        __atomic_store_n(&m->end, o->end, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&known.count, known.count + 1, __ATOMIC_RELEASE);
    return row;
}

static const struct module *find_known(uintptr_t pc)
{
    uint32_t count = __atomic_load_n(&known.count, __ATOMIC_ACQUIRE);

    while (count-- > 0) {
        const struct module *m = &known.rows[count];
        if (pc - m->start < m->end - m->start && !__atomic_load_n(&m->gone, __ATOMIC_RELAXED))
            return m;
    }
    return NULL;
}

const struct module *modules_find(uintptr_t pc)
{
    struct object o;
    const struct module *m = find_known(pc);

    if (m || !find_object(pc, &o))
        return m;
    spin_lock(&known.lock);
    m = find_known(pc); /* another thread may have been first */
    if (!m && known.count < MODULES_MAX)
        m = add(&o);
    spin_unlock(&known.lock);
    return m;
}

static bool same(const struct module *m)
{
    struct object o;
    uint8_t id[32];
    const struct rec_module *row = m->index ? recording_module(m->index) : NULL;

    if (!find_object(m->start, &o) || o.start != m->start || o.end != m->end ||
        o.link_map != m->link_map)
        return false;
    /* Another file may have come to the same place, even with the loader's record at the
     * same address: look at what the file says of itself. */
    uint32_t bytes = build_id(&o, id);
    if (!row || bytes != row->build_id_bytes)
        return false;
    for (uint32_t i = 0; i < bytes; i++)
        if (id[i] != row->build_id[i])
            return false;
    const char *path = recording_text(row->path);
    return bytes > 0 || !o.name || !*o.name || text_equal(o.name, path);
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

    /* Both are defined by the loader itself; the second is there in every glibc. */
    uintptr_t inside =
        heapcoach_find_object ? (uintptr_t)heapcoach_find_object : (uintptr_t)&__libc_stack_end;
    if (find_object(inside, &o)) {
        modules_loader_start = o.start;
        modules_loader_bytes = o.end - o.start;
    }
}
