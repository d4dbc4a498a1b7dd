/* modules.h - which file an address belongs to, now and earlier.
 *
 * Modules are found when the first address in them is met, through _dl_find_object, which
 * takes no lock; so no hook ever waits for the loader. A library that is closed is noticed
 * because the loader frees its own records through our free(): the next hook then checks
 * the known modules. Rows in the recording are never changed but to mark the end, so the
 * addresses of a closed library keep their names even when others take its place.
 */
#ifndef HEAPCOACH_MODULES_H
#define HEAPCOACH_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/cfi.h"
#include "preload/hidden.h"

struct module {
    uintptr_t start, end; /* run-time addresses of all segments */
    uintptr_t bias;
    const void *link_map; /* the loader's record, only compared */
    struct cfi_tables tables;
    uint32_t index; /* in REC_MODULES; 0: could not be recorded */
    bool gone;
};

/* Takes down where the loader lies, whose frees announce changes. Call once, after
 * environment_start. */
void modules_start(void);

/* In a forked child: the modules are to be found anew, for another recording. */
void modules_forget(void);

/* The module that holds `pc`, or NULL. Adds it to the recording when it is new. Lock-free for
 * known modules; a new one takes a spin lock of ours. */
const struct module *modules_find(uintptr_t pc);

/* The module that is known to be at `pc` now, NULL if none is; asks nobody. Takes no lock. */
const struct module *modules_known(uintptr_t pc);

/* The range of the loader's code: a free called from there may be part of a dlclose. */
HIDDEN extern uintptr_t modules_loader_start, modules_loader_bytes;

static inline bool modules_is_loader(uintptr_t pc)
{
    return pc - modules_loader_start < modules_loader_bytes;
}

/* Counts frees made by the loader: each may be part of closing a library. A thread whose
 * own count differs calls modules_check before it trusts what it remembers. */
HIDDEN extern uint32_t modules_version;

/* Whether the count is another than `version`. */
static inline bool modules_changed(uint32_t version)
{
    return __atomic_load_n(&modules_version, __ATOMIC_RELAXED) != version;
}

/* Looks whether known modules are still there, unless that was done for this version.
 * Returns how many times so far any has gone: what is remembered from an earlier count
 * must be forgotten. */
uint32_t modules_check(uint32_t version);

#endif
