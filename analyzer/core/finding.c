/* finding.c - see finding.h. The builders are called by the rules, the rest by whoever asks
 * them.
 */
#include "analyzer/core/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const finding_severity_names[FINDING_SEVERITIES] = {
    [FINDING_INFO] = "info",
    [FINDING_LOW] = "low",
    [FINDING_MEDIUM] = "medium",
    [FINDING_HIGH] = "high",
};
const char *const finding_confidence_names[FINDING_CONFIDENCES] = {
    [FINDING_DOUBTFUL] = "low",
    [FINDING_LIKELY] = "medium",
    [FINDING_CERTAIN] = "high",
};
const char *const finding_scope_names[FINDING_SCOPES] = {
    [FINDING_OWN] = "own",
    [FINDING_DEPENDENCY] = "dependency",
    [FINDING_RUNTIME] = "runtime",
    [FINDING_PROGRAM] = "program",
};

static struct finding_place no_place(void)
{
    return (struct finding_place){.function = "", .file = "", .crate = ""};
}

struct finding *finding_start(struct findings *findings)
{
    struct finding *finding = arena_alloc(&findings->arena, sizeof(*finding));
    if (!finding) {
        findings->failed = true;
        finding = &findings->spare;
    }
    *finding = (struct finding){
        .rule = "",
        .variant = "",
        .title = "",
        .what = "",
        .advice = "",
        .code = "",
        .how = "",
        .skill = "",
        .reference = "",
        .condition = "",
        .id = "",
        .confidence = FINDING_LIKELY,
        .location = no_place(),
        .caller = no_place(),
        .stack = PROFILE_NONE,
        .site = PROFILE_NONE,
    };
    return finding;
}

void findings_add(struct findings *findings, struct finding *finding)
{
    if (findings->count == findings->room) {
        size_t room = findings->room ? findings->room * 2 : 16;
        struct finding **list = reallocarray(findings->list, room, sizeof(struct finding *));
        if (!list) {
            findings->failed = true;
            return;
        }
        findings->list = list;
        findings->room = room;
    }
    findings->list[findings->count++] = finding;
}

void findings_free(struct findings *findings)
{
    free(findings->list);
    crates_free(&findings->crates);
    arena_free(&findings->arena);
    memset(findings, 0, sizeof(*findings));
}

/* ---- texts ---- */

/* before, then the formatted text, in the arena. */
static const char *format_after(struct findings *findings, const char *before, const char *format,
                                va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t length = strlen(before);
    char *text = n < 0 ? NULL : arena_alloc(&findings->arena, length + (size_t)n + 1);
    if (!text) {
        findings->failed = true;
        return "";
    }
    memcpy(text, before, length);
    vsnprintf(text + length, (size_t)n + 1, format, arguments);
    return text;
}

const char *finding_text(struct findings *findings, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = format_after(findings, "", format, arguments);
    va_end(arguments);
    return text;
}

void finding_more(struct findings *findings, const char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *text = format_after(findings, *text, format, arguments);
    va_end(arguments);
}

/* ---- evidence ---- */

/* Room is doubled in the arena: few findings have more than a dozen. */
static struct finding_fact *new_fact(struct findings *findings, struct finding *finding,
                                     const char *key)
{
    size_t n = finding->evidence_count;
    if ((n & (n - 1)) == 0) { /* 0 and powers of two: the array is full */
        struct finding_fact *more =
            arena_alloc(&findings->arena, (n ? n * 2 : 1) * sizeof(struct finding_fact));
        if (!more) {
            findings->failed = true;
            return NULL;
        }
        if (n)
            memcpy(more, finding->evidence, n * sizeof(*more));
        finding->evidence = more;
    }
    struct finding_fact *fact = &finding->evidence[finding->evidence_count++];
    *fact = (struct finding_fact){.key = key, .text = ""};
    return fact;
}

void finding_evidence_u64(struct findings *findings, struct finding *finding, const char *key,
                          uint64_t number)
{
    struct finding_fact *fact = new_fact(findings, finding, key);
    if (fact) {
        fact->kind = FINDING_FACT_U64;
        fact->number = number;
    }
}

void finding_evidence_real(struct findings *findings, struct finding *finding, const char *key,
                           double real)
{
    struct finding_fact *fact = new_fact(findings, finding, key);
    if (fact) {
        fact->kind = FINDING_FACT_REAL;
        fact->real = real;
    }
}

void finding_evidence_text(struct findings *findings, struct finding *finding, const char *key,
                           const char *text)
{
    struct finding_fact *fact = new_fact(findings, finding, key);
    if (fact) {
        fact->kind = FINDING_FACT_TEXT;
        fact->text = finding_text(findings, "%s", text);
    }
}

const struct finding_fact *finding_evidence(const struct finding *finding, const char *key)
{
    for (size_t i = 0; i < finding->evidence_count; i++)
        if (strcmp(finding->evidence[i].key, key) == 0)
            return &finding->evidence[i];
    return NULL;
}

/* ---- near misses ---- */

static bool same_place(const struct finding_miss *a, const struct finding_miss *b)
{
    return strcmp(a->rule, b->rule) == 0 && a->location.line == b->location.line &&
           strcmp(a->location.function, b->location.function) == 0 &&
           strcmp(a->location.file, b->location.file) == 0;
}

void findings_miss(struct findings *findings, const struct finding_miss *miss)
{
    size_t at = 0;
    for (size_t i = 0; i < findings->miss_count; i++) {
        if (!same_place(&findings->miss[i], miss))
            continue;
        if (findings->miss[i].closeness >= miss->closeness)
            return;
        memmove(&findings->miss[i], &findings->miss[i + 1],
                (findings->miss_count - i - 1) * sizeof(*miss));
        findings->miss_count--;
        break;
    }
    while (at < findings->miss_count && findings->miss[at].closeness >= miss->closeness)
        at++;
    if (at == FINDING_MISSES)
        return;
    size_t kept = findings->miss_count < FINDING_MISSES ? findings->miss_count : FINDING_MISSES - 1;
    memmove(&findings->miss[at + 1], &findings->miss[at], (kept - at) * sizeof(*miss));
    findings->miss[at] = *miss;
    findings->miss_count = kept + 1;
}

const struct finding_saving *finding_saving_in_all(const struct finding *finding)
{
    return finding->together.ns ? &finding->together : &finding->saving;
}

void finding_saving_bound(struct finding_saving *sum, uint64_t largest)
{
    if (sum->share <= 1)
        return;
    sum->ns = (uint64_t)((double)sum->ns / sum->share + 0.5);
    if (sum->ns < largest)
        sum->ns = largest; /* of which only the share was cut */
    sum->share = 1;
}
