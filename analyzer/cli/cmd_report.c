/* cmd_report.c - `heapcoach report`: what to change in a program, and where its memory goes, in one
 * of several formats (render/formats_list.h).
 */
#include "analyzer/cli/command.h"
#include "analyzer/cli/view.h"
#include "analyzer/core/own_crates.h"
#include "analyzer/render/formats.h"

#include <errno.h>
#include <string.h>

/* A mistyped name would give a report without findings, which reads as praise. */
static int check_crate(const struct view *view, const char *crate, struct error *error)
{
    for (uint32_t i = 1; crate && i < view->profile.frame_count; i++)
        if (own_crates_same(view->profile.frames[i].crate, crate))
            return 0;
    return crate ? error_set(error, "--crate: no frame of %s is of a crate `%s`",
                             view->profile.path, crate)
                 : 0;
}

static int write_report(const struct view *view, const struct command_values *values,
                        struct error *error)
{
    const struct report_format *format = report_format_find(values->format);
    struct report what = view_report(view);
    what.top = values->top_given ? values->top : format->top;
    what.all = values->all;
    what.how = values->how;
    what.stacks = values->stacks;
    what.mine = values->mine;
    what.crate = values->crate;
    if (check_crate(view, values->crate, error) != 0)
        return -1;
    if (format->write(&what, stdout) == 0)
        return 0;
    error_set(error, "cannot write to the standard output: %s", strerror(errno));
    clearerr(stdout); /* said once */
    return -1;
}

static int report(const struct command_values *values, int count, char **arguments)
{
    struct view view;
    struct error error;
    (void)count;
    struct view_how how = view_how(values, COSTS_MEASURED);
    if (view_open(&view, arguments[0], &how, &error) != 0)
        return command_fail(&error);
    int result = write_report(&view, values, &error);
    view_close(&view);
    return result == 0 ? COMMAND_FINE : command_fail(&error);
}

#define AT(field) offsetof(struct command_values, field)

static const struct command_option options[] = {
    {"all", 'a', OPTION_FLAG, AT(all), NULL, NULL, "findings of little weight (low, info), too"},
    {"how", 0, OPTION_FLAG, AT(how), NULL, NULL, "how each saving was reckoned"},
    {"stacks", 0, OPTION_FLAG, AT(stacks), NULL, NULL, "the whole stack of each finding"},
    {"mine", 0, OPTION_FLAG, AT(mine), NULL, NULL, "only what is in your own crates"},
    {"crate", 0, OPTION_TEXT, AT(crate), "NAME", NULL, "only what is in that crate"},
    {"own", 0, OPTION_TEXT, AT(own), "NAME,...", NULL,
     "these crates are your own, and no others (default: the program's package, and what lies "
     "outside of cargo's and rustc's folders)"},
    {"costs", 0, OPTION_CHOICE, AT(costs), "COSTS", VIEW_COSTS_CHOICES,
     "reckon with what the allocator's calls took in this run (measured, the default), or with the "
     "usual costs alone: then the same counts give the same findings on any machine"},
    {"format", 0, OPTION_CHOICE, AT(format), "FORMAT", REPORT_FORMAT_NAMES,
     "text for a person (the default), JSON (schema heapcoach-report/1), Markdown for a pull "
     "request, GitHub's workflow annotations, or SARIF 2.1.0"},
    {"top", 0, OPTION_NUMBER, AT(top), "N", NULL,
     "of the lines that allocate, the N first by bytes, blocks, peak and short life each; 0: all "
     "(default: 3 in text, all in JSON)"},
    {0},
};

const struct command cmd_report = {
    .name = "report",
    .arguments = "[OPTION...] PROFILE",
    .summary = "Say which lines to change, to what, and what that saves",
    .help = "PROFILE is a file of `heapcoach run`, `valgrind --tool=dhat` or dhat-rs.\n"
            "Colours are used on a terminal only, and never when NO_COLOR is set.\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = report,
};
