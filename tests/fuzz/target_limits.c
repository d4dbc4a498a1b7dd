// libs: analyzer
/* target_limits.c - a limit file, read and held to a small profile, with the results written in
 * every format.
 */
#include "analyzer/core/limits_check.h"
#include "analyzer/render/check_report.h"
#include "tests/fuzz/target.h"

#include <string.h>

/* Two lines of a program that is not there, so that no file but the input is read. */
static const char profile_text[] =
    "{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\",\"bklt\":true,\"bkacc\":false,"
    "\"tu\":\"instrs\",\"Mtu\":\"Minstr\",\"tuth\":500,\"cmd\":\"demo\",\"pid\":1,\"tg\":5,\"te\":"
    "9,"
    "\"pps\":[{\"tb\":100,\"tbk\":10,\"tl\":50,\"mb\":80,\"mbk\":8,\"gb\":80,\"gbk\":8,\"eb\":10,"
    "\"ebk\":1,\"fs\":[1,2]},{\"tb\":7,\"tbk\":1,\"tl\":5,\"mb\":7,\"mbk\":1,\"gb\":7,\"gbk\":1,"
    "\"eb\":0,\"ebk\":0,\"fs\":[3,2]}],"
    "\"ftbl\":[\"[root]\",\"0x1: demo::parse (src/main.rs:3)\",\"0x2: demo::main (src/main.rs:9)\","
    "\"0x3: serde_json::de::from_str (serde_json-1.0.0/src/de.rs:7)\"]}";

static struct profile profile;
static struct sites sites;
static struct findings no_findings;

static void load_profile(void)
{
    struct error error;
    if (profile.frame_count)
        return;
    MUST(profile_load_memory(&profile, profile_text, strlen(profile_text), "demo", &error) == 0);
    MUST(sites_build(&sites, &profile, &error) == 0);
}

static void write_results(const struct limits_results *results, const struct limits *limits)
{
    static int (*const formats[])(const struct check_report *, FILE *) = {
        check_report_json, check_report_sarif, check_report_github, check_report_junit};
    struct check_report report = {&profile, results, limits->baseline, limits->tolerance_percent};
    size_t n;
    for (int i = 0; i < 4; i++) {
        MUST(formats[i](&report, target_begin_text()) == 0);
        const char *text = target_written(&n);
        if (i < 2)
            target_must_be_json(text, n);
        else
            target_must_be_printable(text, n);
    }
    struct screen screen = {target_begin_text(), 80, false};
    check_report_text(&report, &screen);
    const char *text = target_written(&n);
    target_must_be_printable(text, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct limits limits = {0};
    struct limits_results results;
    struct limits_input input = {&profile, &sites, &no_findings, NULL};
    struct error error = {0};
    load_profile();
    if (limits_read_memory(&limits, (const char *)data, size, "heapcoach.json", &error) != 0) {
        MUST(error.text[0]);
    } else if (limits_check(&results, &limits, &input, &error) == 0) {
        write_results(&results, &limits);
        limits_results_free(&results);
    }
    limits_free(&limits);
    return 0;
}
