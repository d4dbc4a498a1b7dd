// libs: analyzer
/* target_demangle.c - a name of a symbol or of a frame: demangled, its crate, cut short, taken
 * apart as a frame's text.
 *
 * Names are bounded (demangle.h), and those that are cut end within the room given.
 */
#include "analyzer/core/demangle.h"
#include "analyzer/core/frame_text.h"
#include "analyzer/core/short_name.h"
#include "tests/fuzz/target.h"

#include <string.h>

static void shorten(const char *function, const char *name)
{
    static const size_t rooms[] = {1, 2, 9, 4096};
    struct profile_frame frame = {
        .text = function, .function = function, .name = name, .file = "src/main.rs", .crate = ""};
    char to[4096];
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        short_name_of_callee(&frame, to, rooms[i]);
        MUST(strlen(to) < rooms[i]);
        short_name_of_function(&frame, to, rooms[i]);
        MUST(strlen(to) < rooms[i]);
    }
}

static void take_apart(const char *text)
{
    struct frame_text parts = frame_text_parse(text);
    const struct frame_part *list[] = {&parts.function, &parts.file, &parts.module};
    const char *end = text + strlen(text);
    for (int i = 0; i < 3; i++)
        MUST(!list[i]->n || (list[i]->text >= text && list[i]->n <= (size_t)(end - list[i]->text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *mangled = malloc(size + 1), crate[16];
    MUST(mangled);
    memcpy(mangled, data, size);
    mangled[size] = 0;
    char *name = demangle(mangled);
    MUST(name && (strlen(name) <= DEMANGLE_MOST_BYTES || strcmp(name, mangled) == 0));
    demangle_crate(mangled, crate, sizeof(crate));
    MUST(strlen(crate) < sizeof(crate));
    shorten(name, "");
    shorten(mangled, name);
    take_apart(mangled);
    free(name);
    free(mangled);
    return 0;
}
