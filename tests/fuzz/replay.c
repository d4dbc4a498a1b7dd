/* replay.c - the main of a fuzz target without libFuzzer: each file named is one input. Its
 * last words are how many there were, so that a test sees that none was left out. */
#include "tests/fuzz/target.h"

static void *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    MUST(file && fseek(file, 0, SEEK_END) == 0);
    *n = (size_t)ftell(file);
    rewind(file);
    void *bytes = malloc(*n ? *n : 1); /* no byte more: what reads beyond is seen */
    MUST(bytes && fread(bytes, 1, *n, file) == *n);
    fclose(file);
    return bytes;
}

int main(int count, char **paths)
{
    for (int i = 1; i < count; i++) {
        size_t n;
        fprintf(stderr, "%s\n", paths[i]);
        void *bytes = read_file(paths[i], &n);
        LLVMFuzzerTestOneInput(bytes, n);
        free(bytes);
    }
    printf("%d inputs\n", count - 1);
    return 0;
}
