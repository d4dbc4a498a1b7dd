// sources: preload/modules.c preload/rules.c preload/cfi.c preload/proven.c preload/recording.c
// sources: preload/memory.c
// sources: preload/environment.c
// sources: preload/cfi_memo.c
/* test_modules.c - which file an address belongs to while libraries come and go.
 *
 * The libraries are small ones of the C library itself; where they are mapped is the kernel's
 * choice, so tests of places that are used again are skipped where it chooses otherwise.
 *
 * Not covered: C libraries without _dl_find_object, another thread that closes a library at the
 * very moment, and the loader's own range, which only a library can ask for. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "preload/environment.h"
#include "preload/memory.h"
#include "preload/modules.h"
#include "preload/rules.h"
#include "tests/unit/open_recording.h"

static uint32_t version = 1;

static void own_code(void)
{
}

static uint32_t check(void)
{
    return modules_check(++version);
}

static struct rec_module *row_of(const struct module *m)
{
    assert_int_not_equal(m->index, 0);
    return recording_module(m->index);
}

/* ---- what the loader says, asked another way ---- */

struct loaded {
    uintptr_t pc; /* wanted */
    uintptr_t bias, first_code;
    char name[256];
    uint8_t build_id[64];
    uint32_t build_id_bytes;
};

static void read_note(struct loaded *l, const ElfW(Nhdr) * note, size_t bytes)
{
    const char *end = (const char *)note + bytes;

    while ((const char *)(note + 1) < end) {
        const char *name = (const char *)(note + 1), *body = name + (note->n_namesz + 3) / 4 * 4;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(name, "GNU", 4)) {
            l->build_id_bytes = note->n_descsz;
            memcpy(l->build_id, body, note->n_descsz);
        }
        note = (const void *)(body + (note->n_descsz + 3) / 4 * 4);
    }
}

static int find_loaded(struct dl_phdr_info *info, size_t bytes, void *data)
{
    struct loaded *l = data;
    bool found = false;
    (void)bytes;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *s = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + s->p_vaddr;
        if (s->p_type == PT_LOAD && s->p_flags & PF_X)
            l->first_code = at;
        found |= s->p_type == PT_LOAD && l->pc >= at && l->pc < at + s->p_memsz;
    }
    if (!found)
        return 0;
    l->bias = info->dlpi_addr;
    strncpy(l->name, info->dlpi_name, sizeof l->name - 1);
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_NOTE)
            read_note(l, (const void *)(l->bias + info->dlpi_phdr[i].p_vaddr),
                      info->dlpi_phdr[i].p_memsz);
    return 1;
}

static struct loaded ask_loader(uintptr_t pc)
{
    struct loaded l = {.pc = pc};
    assert_int_equal(dl_iterate_phdr(find_loaded, &l), 1);
    return l;
}

/* ---- what is loaded for good ---- */

static void assert_found(uintptr_t pc, const char *path)
{
    struct loaded l = ask_loader(pc);
    const struct module *m = modules_find(pc);

    assert_non_null(m);
    assert_true(m->start <= pc && pc < m->end);
    assert_int_equal(m->bias, l.bias);
    assert_non_null(m->tables.header);
    assert_true(m->tables.lo <= m->tables.header && m->tables.header < m->tables.hi);
    const struct rec_module *row = row_of(m);
    assert_int_equal(row->start, m->start);
    assert_int_equal(row->end, m->end);
    assert_int_equal(row->bias, m->bias);
    assert_string_equal(recording_text(row->path), path);
    assert_int_equal(row->build_id_bytes, l.build_id_bytes);
    assert_memory_equal(row->build_id, l.build_id, l.build_id_bytes);
    assert_int_not_equal(row->loaded_ticks, 0);
    assert_int_equal(row->unloaded_ticks, 0);
}

static void the_program_itself_is_found(void **state)
{
    (void)state;
    char *path = realpath("/proc/self/exe", NULL);

    assert_found((uintptr_t)the_program_itself_is_found, path);
    free(path);
}

static void a_library_is_found(void **state)
{
    (void)state;
    uintptr_t pc = (uintptr_t)dlsym(RTLD_DEFAULT, "qsort");
    assert_found(pc, ask_loader(pc).name);
}

static void a_module_is_recorded_once(void **state)
{
    (void)state;
    const struct module *a = modules_find((uintptr_t)a_module_is_recorded_once);
    uint64_t rows = recording.header->count[REC_MODULES];

    assert_ptr_equal(modules_find((uintptr_t)own_code), a);
    assert_ptr_equal(modules_find(a->start), a);
    assert_ptr_equal(modules_find(a->end - 1), a);
    assert_int_equal(recording.header->count[REC_MODULES], rows);
}

static void memory_of_no_file_is_no_module(void **state)
{
    (void)state;
    char on_stack;
    void *on_heap = malloc(1);

    assert_null(modules_find(0));
    assert_null(modules_find(4096));
    assert_null(modules_find((uintptr_t)&on_stack));
    assert_null(modules_find((uintptr_t)on_heap));
    assert_null(modules_find(UINTPTR_MAX));
    free(on_heap);
}

/* ---- what comes and goes ---- */

static const char *const libraries[] = {"libBrokenLocale.so.1", "libanl.so.1", "libutil.so.1",
                                        "libdl.so.2",           "librt.so.1",  "libthread_db.so.1"};
enum { LIBRARIES = sizeof libraries / sizeof *libraries };

/* Opens a library that is not open yet; its code begins at *pc. NULL: not on this machine. */
static void *open_library(const char *name, uintptr_t *pc)
{
    struct link_map *map;

    if (dlopen(name, RTLD_LAZY | RTLD_NOLOAD))
        return NULL;
    void *library = dlopen(name, RTLD_LAZY);
    if (!library)
        return NULL;
    assert_int_equal(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
    *pc = ask_loader((uintptr_t)map->l_ld).first_code + 16;
    return library;
}

/* The first library that can be opened and closed here. */
static void *open_any(uintptr_t *pc, const char **name)
{
    for (int i = 0; i < LIBRARIES; i++) {
        void *library = open_library(libraries[i], pc);
        if (library) {
            *name = libraries[i];
            return library;
        }
    }
    skip();
    return NULL;
}

static void a_library_that_stays_is_not_gone(void **state)
{
    (void)state;
    uint32_t gone = check();
    uint64_t changes = recording.header->module_changes;
    const struct module *own = modules_find((uintptr_t)own_code);

    for (int i = 0; i < 3; i++)
        assert_int_equal(check(), gone);
    assert_int_equal(recording.header->module_changes, changes);
    assert_false(own->gone);
}

static void a_closed_library_is_noticed_at_the_next_check(void **state)
{
    (void)state;
    uintptr_t pc;
    const char *name;
    void *library = open_any(&pc, &name);
    const struct module *m = modules_find(pc);
    uint32_t gone = check(), location = rules_find(pc)->location;

    assert_non_null(m);
    assert_int_equal(recording_location(location)->module, m->index);
    assert_int_equal(check(), gone);
    dlclose(library);
    assert_int_equal(modules_check(version), gone); /* nobody has said that there is news */
    uint64_t changes = recording.header->module_changes;
    assert_int_equal(check(), gone + 1);
    assert_int_equal(check(), gone + 1);
    assert_int_equal(recording.header->module_changes, changes + 1);
    assert_true(m->gone);
    assert_int_not_equal(row_of(m)->unloaded_ticks, 0);
    assert_null(modules_find(pc));
    const struct rule *rule = rules_find(pc);
    assert_int_equal(rule->cfi.kind, CFI_NONE);
    assert_int_not_equal(rule->location, location);
    assert_int_equal(recording_location(rule->location)->module, 0);
    assert_int_equal(recording_location(location)->module, m->index); /* it keeps its name */
}

static void a_library_that_comes_back_to_its_place_is_itself(void **state)
{
    (void)state;
    uintptr_t pc, again;
    const char *name;
    void *library = open_any(&pc, &name);
    const struct module *m = modules_find(pc);
    uint32_t location = rules_find(pc)->location;

    for (int i = 0; i < 5; i++) {
        dlclose(library);
        check();
        if (i & 1) /* a stray address; what is said of it then does not last */
            assert_int_equal(recording_location(rules_find(pc)->location)->module, 0);
        library = open_library(name, &again);
        assert_non_null(library);
        if (again != pc)
            break;
        assert_ptr_equal(modules_find(pc), m);
        assert_false(m->gone);
        assert_int_equal(row_of(m)->unloaded_ticks, 0);
        assert_int_equal(rules_find(pc)->location, location);
    }
    dlclose(library);
    check();
    if (again != pc)
        skip();
}

static void another_library_at_the_same_place_is_another_module(void **state)
{
    (void)state;
    struct {
        uintptr_t pc;
        uint32_t index, location;
        const char *name;
    } seen[LIBRARIES];
    int same_places = 0, n = 0;

    for (int i = 0; i < LIBRARIES; i++) {
        void *library = open_library(libraries[i], &seen[n].pc);
        if (!library)
            continue;
        const struct module *m = modules_find(seen[n].pc);
        assert_non_null(m);
        assert_non_null(strstr(recording_text(row_of(m)->path), libraries[i]));
        seen[n].index = m->index;
        seen[n].location = rules_find(seen[n].pc)->location;
        assert_int_equal(recording_location(seen[n].location)->module, m->index);
        for (int other = 0; other < n; other++) {
            assert_int_not_equal(seen[other].index, m->index);
            assert_int_not_equal(seen[other].location, seen[n].location);
            same_places += seen[other].pc == seen[n].pc;
        }
        dlclose(library);
        check();
        n++;
    }
    if (same_places == 0)
        skip();
}

/* Closed and another opened before anyone looked: the loader's record may even be the same. */
static void a_library_that_was_swapped_between_two_checks_is_noticed(void **state)
{
    (void)state;
    int same_places = 0;

    for (int i = 0; i + 1 < LIBRARIES; i++) {
        uintptr_t before, after;
        void *first = open_library(libraries[i], &before);
        if (!first)
            continue;
        const struct module *old = modules_find(before);
        uint32_t old_index = old->index, gone = check();
        dlclose(first);
        void *second = open_library(libraries[i + 1], &after);
        if (!second)
            continue;
        same_places += before == after;
        assert_int_equal(check(), gone + 1);
        const struct module *new = modules_find(after);
        assert_non_null(new);
        assert_int_not_equal(new->index, old_index);
        assert_non_null(strstr(recording_text(row_of(new)->path), libraries[i + 1]));
        dlclose(second);
        check();
    }
    if (same_places == 0)
        skip();
}

/* A host that loads its plugins again and again. */
static void libraries_may_come_and_go_forever(void **state)
{
    (void)state;
    uintptr_t pc;
    const char *name;
    void *library = open_any(&pc, &name);
    size_t mapped = 0;
    uint64_t locations = 0;

    for (int i = 0; i < 400; i++) {
        for (uintptr_t at = 0; at < 20; at++)
            rules_find(pc + at);
        dlclose(library);
        check();
        library = open_library(name, &pc);
        assert_non_null(library);
        if (i == 100) {
            mapped = memory_mapped();
            locations = recording.header->count[REC_LOCATIONS];
        }
    }
    dlclose(library);
    check();
    assert_int_equal(memory_mapped(), mapped);
    /* 20 each time that it came to a new place, which is a matter of luck: not each time */
    assert_true(recording.header->count[REC_LOCATIONS] - locations < 20 * 100);
}

/* ---- rules ---- */

static void an_exact_place_is_another_location_than_a_return_address(void **state)
{
    (void)state;
    uintptr_t pc = (uintptr_t)own_code + 8;
    uint32_t exact = rules_exact_location(pc), returned = rules_find(pc)->location;

    assert_int_not_equal(exact, returned);
    assert_int_equal(recording_location(exact)->exact, 1);
    assert_int_equal(recording_location(returned)->exact, 0);
    assert_int_equal(recording_location(exact)->pc, pc);
    assert_int_equal(recording_location(returned)->pc, pc);
    assert_int_equal(rules_exact_location(pc), exact);
    assert_int_equal(rules_find(pc)->location, returned);
}

static void many_rules_are_all_found_again(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    static uint32_t made[MANY];
    uintptr_t first = (uintptr_t)dlsym(RTLD_DEFAULT, "qsort");

    for (uintptr_t i = 0; i < MANY; i++) {
        made[i] = rules_find(first + i)->location;
        assert_int_not_equal(made[i], 0);
    }
    for (uintptr_t i = 0; i < MANY; i++) {
        const struct rule *rule = rules_find(first + i);
        assert_int_equal(rule->pc, first + i);
        assert_int_equal(rule->location, made[i]);
        assert_int_equal(recording_location(made[i])->pc, first + i);
        assert_int_equal(recording_location(made[i])->live, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_itself_is_found),
        cmocka_unit_test(a_library_is_found),
        cmocka_unit_test(a_module_is_recorded_once),
        cmocka_unit_test(memory_of_no_file_is_no_module),
        cmocka_unit_test(a_library_that_stays_is_not_gone),
        cmocka_unit_test(a_closed_library_is_noticed_at_the_next_check),
        cmocka_unit_test(a_library_that_comes_back_to_its_place_is_itself),
        cmocka_unit_test(another_library_at_the_same_place_is_another_module),
        cmocka_unit_test(a_library_that_was_swapped_between_two_checks_is_noticed),
        cmocka_unit_test(an_exact_place_is_another_location_than_a_return_address),
        cmocka_unit_test(many_rules_are_all_found_again),
        cmocka_unit_test(libraries_may_come_and_go_forever),
    };

    open_recording();
    environment_start();
    modules_start();
    if (!rules_start())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
