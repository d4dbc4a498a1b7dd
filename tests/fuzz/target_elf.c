// libs: analyzer
/* target_elf.c - a corrupt executable: what `doctor` says of it, and its symbols, lines and
 * inlined functions at addresses all over it.
 */
#include "analyzer/core/elf_facts.h"
#include "analyzer/core/elf_file.h"
#include "analyzer/core/symbols.h"
#include "tests/fuzz/target.h"

#include <string.h>

#define ADDRESSES 64

static int count_frames(void *context, size_t address, const struct symbols_frame *frames,
                        size_t count)
{
    (void)address;
    (void)frames;
    MUST(count >= 1 && count <= SYMBOLS_MOST_FRAMES);
    *(size_t *)context += 1;
    return 0;
}

/* Addresses of code lie low in a small file; the last one is nobody's. */
static void resolve(const char *path)
{
    uint8_t build_id[32] = {0};
    unsigned bytes = 0;
    struct elf_file file;
    if (elf_file_open(&file, path) == NULL) { /* as if it were the file that ran */
        memcpy(build_id, file.build_id, bytes = file.build_id_bytes);
        elf_file_close(&file);
    }
    struct symbols symbols = {0};
    struct symbols_module module = {
        .path = path, .build_id = build_id, .build_id_bytes = bytes, .start_unix_ns = UINT64_MAX};
    struct symbols_info info;
    uint64_t addresses[ADDRESSES];
    size_t told = 0;
    for (uint64_t i = 0; i < ADDRESSES; i++)
        addresses[i] = i < 16 ? i * 0x100 : i < 48 ? 0x1000 + i * 5 : i * 0x101;
    addresses[ADDRESSES - 1] = UINT64_MAX - 1;
    if (symbols_resolve(&symbols, &module, addresses, ADDRESSES, count_frames, &told, &info) == 0)
        MUST(told == ADDRESSES && info.note);
    symbols_close(&symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct target_file file = target_open_file(data, size);
    struct elf_facts facts;
    struct error error;
    if (elf_facts_read(&facts, file.path, &error) == 0 && facts.kind == ELF_FACTS_PROGRAM)
        MUST(memchr(facts.interpreter, 0, sizeof(facts.interpreter)));
    resolve(file.path);
    target_close_file(&file);
    return 0;
}
