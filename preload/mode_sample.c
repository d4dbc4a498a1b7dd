/* mode_sample.c - libheapcoach_sample.so: reads how much is to be sampled; see mode.h. What cannot
 * be read leaves the usual, with a line that says so.
 */
#include "preload/calls.h"
#include "preload/entry.h"
#include "preload/environment.h"
#include "preload/message.h"
#include "preload/mode.h"
#include "preload/sample.h"
#include "preload/sampler.h"
#include "preload/text.h"

#define USUAL_BYTES (UINT64_C(512) << 10)

/* "524288", "512k", "4m"; 0 if it is none of these. */
static uint64_t parse_bytes(const char *s)
{
    uint64_t n = 0;

    for (; *s >= '0' && *s <= '9'; s++)
        if ((n = n * 10 + (uint64_t)(*s - '0')) > SAMPLER_MEAN_MAX)
            return 0;
    unsigned shift = *s == 'k' || *s == 'K' ? 10 : *s == 'm' || *s == 'M' ? 20 : 0;
    if (shift)
        s++;
    n <<= shift;
    return *s || n > SAMPLER_MEAN_MAX ? 0 : n;
}

static uint64_t read_bytes(const char *text)
{
    uint64_t bytes = *text ? parse_bytes(text) : USUAL_BYTES;

    if (bytes)
        return bytes;
    message("HEAPCOACH_SAMPLE is not a number of bytes from 1 to 64m, using 512k: ", text, NULL);
    return USUAL_BYTES;
}

static uint64_t read_seed(const char *text)
{
    int64_t seed = text_number(text, INT64_MAX / 16);

    if (seed < 0)
        message("HEAPCOACH_SAMPLE_SEED is not a number, taking one at random: ", text, NULL);
    if (seed > 0)
        return (uint64_t)seed;
    return sampler_hash((uint64_t)sys_getpid() << 32 ^ arch_ticks()) >> 8 | 1;
}

void mode_start(void)
{
    sample_start(read_bytes(environment_get(ENVIRONMENT_SAMPLE)),
                 read_seed(environment_get(ENVIRONMENT_SAMPLE_SEED)));
    entry_straighten();
}

void mode_forget(void)
{
    sample_forget();
}
