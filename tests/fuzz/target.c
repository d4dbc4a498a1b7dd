/* target.c - see target.h. Linked to every target. */
#define _GNU_SOURCE
#include "tests/fuzz/target.h"
#include "analyzer/core/json_in.h"
#include "analyzer/core/utf8.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void target_take(const uint8_t **data, size_t *size, void *to, size_t n)
{
    size_t there = *size < n ? *size : n;
    memset(to, 0, n);
    memcpy(to, *data, there);
    *data += there;
    *size -= there;
}

struct target_file target_open_file(const void *bytes, size_t n)
{
    struct target_file file = {.fd = memfd_create("input", MFD_CLOEXEC)};
    MUST(file.fd >= 0 && write(file.fd, bytes, n) == (ssize_t)n);
    snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
    return file;
}

void target_close_file(struct target_file *file)
{
    close(file->fd);
}

static char *text;
static size_t text_bytes;
static FILE *stream;

FILE *target_begin_text(void)
{
    free(text);
    stream = open_memstream(&text, &text_bytes);
    MUST(stream);
    return stream;
}

const char *target_written(size_t *n)
{
    MUST(fclose(stream) == 0);
    *n = text_bytes;
    return text;
}

static void must_be_utf8(const char *at, size_t n)
{
    for (size_t step; n; at += step, n -= step) {
        step = utf8_sequence(at, n);
        MUST(step);
    }
}

void target_must_be_json(const char *json, size_t n)
{
    struct json_in in;
    struct error error = {0};
    json_in_memory(&in, json, n, "output", "JSON", &error);
    if (json_in_skip(&in) != 0 || json_in_end(&in) != 0) {
        fprintf(stderr, "%s\n", error.text);
        MUST(!"the output is JSON");
    }
    json_in_free(&in);
    must_be_utf8(json, n);
}

void target_must_be_printable(const char *shown, size_t n)
{
    must_be_utf8(shown, n);
    for (size_t i = 0; i < n; i++)
        MUST(shown[i] == '\n' || (unsigned char)shown[i] >= ' ');
    MUST(!memchr(shown, 0x7f, n));
}
