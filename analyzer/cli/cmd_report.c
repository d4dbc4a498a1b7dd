/* cmd_report.c - `heapcoach report`: shows a profile as text or JSON. */
#include "analyzer/cli/command.h"
#include "analyzer/cli/view.h"
#include "analyzer/render/report.h"

#include <errno.h>
#include <string.h>

#define TOP_DEFAULT 5 /* in text: leaders of each column; about a screen or two in all */

static int report(const struct command_values *values, int count, char **arguments)
{
    struct view view;
    struct error error;
    bool json = values->format && strcmp(values->format, "json") == 0;
    (void)count;
    if (view_open(&view, arguments[0], &error) != 0)
        return command_fail(&error);
    struct report what = {&view.profile, &view.sites, &view.findings,
                          values->top_given ? values->top
                          : json            ? 0
                                            : TOP_DEFAULT};
    int status = COMMAND_FINE;
    if (json) {
        if (report_json(&what, stdout) != 0) {
            error_set(&error, "cannot write to the standard output: %s", strerror(errno));
            clearerr(stdout); /* said once */
            status = command_fail(&error);
        }
    } else {
        struct screen screen = screen_of(stdout);
        report_text(&what, &screen);
    }
    view_close(&view);
    return status;
}

static const struct command_option options[] = {
    {"format", 0, OPTION_CHOICE, offsetof(struct command_values, format), "FORMAT", "text|json",
     "text for a person (the default) or JSON, schema heapcoach-report/1"},
    {"top", 0, OPTION_NUMBER, offsetof(struct command_values, top), "N", NULL,
     "show the N first lines by bytes, blocks, peak and short life each; 0: all (default: 5 in "
     "text, all in JSON)"},
    {0},
};

const struct command cmd_report = {
    .name = "report",
    .arguments = "[--format text|json] [--top N] PROFILE",
    .summary = "Show where a program's memory goes, by lines of its source",
    .help = "PROFILE is a file of `heapcoach run`, `valgrind --tool=dhat` or dhat-rs.\n"
            "Colours are used on a terminal only, and never when NO_COLOR is set.\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = report,
};
