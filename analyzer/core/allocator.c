/* allocator.c - the words of allocator.h's list. */
#include "analyzer/core/allocator.h"

#define VERDICT_KEY(name, key, sentence) [ALLOCATOR_##name] = key,
#define VERDICT_SENTENCE(name, key, sentence) [ALLOCATOR_##name] = sentence,

const char *const allocator_verdict_keys[ALLOCATOR_VERDICT_COUNT] = {
    ALLOCATOR_VERDICTS(VERDICT_KEY)};
const char *const allocator_verdict_sentences[ALLOCATOR_VERDICT_COUNT] = {
    ALLOCATOR_VERDICTS(VERDICT_SENTENCE)};
