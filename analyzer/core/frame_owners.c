/* frame_owners.c - see frame_owners.h.
 *
 * `cargo install` builds the program itself in the registry's folder, under the name of its
 * package: fd is in fd-find, typos in typos-cli. That package is the user's, its library included.
 * (Where both have one name ownership.h knows it without main, which not every profile has.)
 *
 * What a build script wrote lies in the target folder of whoever builds, and belongs to whom the
 * other files of its crate belong.
 */
#include "analyzer/core/frame_owners.h"

#include <stdlib.h>
#include <string.h>

/* ---- the program's package ---- */

/* `crate::main` of the program. */
static bool is_main(const struct frames *f, const struct frame *frame)
{
    const char *function = frames_text(f, frame->function);
    const char *crate = f->modules[f->exe].info.main_crate;
    size_t n = strlen(crate);
    return frame->module == f->exe && n && strncmp(function, crate, n) == 0 &&
           strcmp(function + n, "::main") == 0;
}

static void settle_program(struct frames *f)
{
    uint32_t package = SYMBOLS_NONE;
    if (f->exe == FRAMES_NO_MODULE)
        return;
    for (uint32_t i = 0; i < f->count && package == SYMBOLS_NONE; i++)
        if (f->list[i].owner == OWNER_DEP && is_main(f, &f->list[i]))
            package = f->list[i].crate;
    for (uint32_t i = 0; i < f->count && package != SYMBOLS_NONE; i++)
        if (f->list[i].owner == OWNER_DEP && f->list[i].crate == package)
            f->list[i].owner = OWNER_USER;
}

/* ---- generated code ---- */

static int settle_generated(struct frames *f)
{
    char package[OWNERSHIP_CRATE_BYTES];
    bool *is_dependency = calloc((size_t)f->symbols.texts.count + 1, sizeof(*is_dependency));
    if (!is_dependency)
        return -1;
    for (uint32_t i = 0; i < f->count; i++)
        if (f->list[i].owner == OWNER_DEP && f->list[i].crate != SYMBOLS_NONE)
            is_dependency[f->list[i].crate] = true;
    for (uint32_t i = 0; i < f->count; i++) {
        struct frame *frame = &f->list[i];
        if (frame->owner == OWNER_USER && frame->crate != SYMBOLS_NONE &&
            is_dependency[frame->crate] &&
            ownership_is_generated(frames_text(f, frame->file), package))
            frame->owner = OWNER_DEP;
    }
    free(is_dependency);
    return 0;
}

int frame_owners_settle(struct frames *frames)
{
    settle_program(frames);
    return settle_generated(frames);
}
