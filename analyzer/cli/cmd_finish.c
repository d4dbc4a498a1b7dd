/* cmd_finish.c - `heapcoach finish`: makes the profile of a recording. The recorder itself
 * calls it too, when a program that was preloaded by hand ends.
 */
#include "analyzer/cli/command.h"
#include "analyzer/core/finish.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include <signal.h>

static int finish(const struct command_values *values, int count, char **arguments)
{
    struct error error;
    struct finish_options how = {.dir = values->dir};
    char written[PATH_MAX];
    (void)count;
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is then an error that can be told */
    if (finish_recording(arguments[0], values->output, &how, written, sizeof(written), &error) != 0)
        return command_fail(&error);
    /* The program whose end calls us may have no way to know that we have done it: where it ignores
     * SIGCHLD nobody is told our exit status. */
    if (values->preloaded)
        unlink(arguments[0]);
    /* After a program that was preloaded by hand, its output is not ours to add to: only a
     * person at a terminal is told. */
    if (!values->preloaded || isatty(STDERR_FILENO))
        fprintf(stderr, "heapcoach: wrote %s\n", written);
    return COMMAND_FINE;
}

static const struct command_option options[] = {
    {"output", 'o', OPTION_TEXT, offsetof(struct command_values, output), "FILE", NULL,
     "the profile (default: heapcoach.PROGRAM.PID.json)"},
    {"dir", 0, OPTION_TEXT, offsetof(struct command_values, dir), "FOLDER", NULL,
     "folder for a profile without a given name (default: the current one)"},
    {"preloaded", 0, OPTION_FLAG, offsetof(struct command_values, preloaded), NULL, NULL, NULL},
    {0},
};

const struct command cmd_finish = {
    .name = "finish",
    .arguments = "[-o FILE] RECORDING",
    .summary = "Make the profile of a recording",
    .help = "A recording is left where a program was preloaded by hand with HEAPCOACH_FINISH=0,\n"
            "or did not end by exit. It is complete whatever ended the program, and stays.\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = finish,
};
