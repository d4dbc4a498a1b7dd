/* main.c - the heapcoach command: finds the command, reads its options, runs it, and sees to
 * it that what was written to stdout arrived. The only place that decides the exit status.
 */
#include "analyzer/cli/command.h"
#include "analyzer/core/version.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static int run_command(const struct command *command, int argc, char **argv)
{
    struct command_values values;
    struct error error;
    int count;
    switch (command_parse(command, argc, argv, &values, &count, &error)) {
    case 0:
        return command->run(&values, count, argv);
    case 1:
        command_print_help(command);
        return COMMAND_FINE;
    default:
        return command_fail(&error);
    }
}

static int dispatch(int argc, char **argv)
{
    struct error error;
    if (argc < 2) {
        error_set(&error, "expected a command; `heapcoach help` lists them");
        return command_fail(&error);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("heapcoach " HEAPCOACH_VERSION);
        return COMMAND_FINE;
    }
    bool help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
    const struct command *command = help ? &cmd_help : command_find(argv[1]);
    if (!command) {
        error_set(&error, "unknown command `%s`; `heapcoach help` lists them", argv[1]);
        return command_fail(&error);
    }
    return run_command(command, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* for widths of characters; numbers stay as in C */
    int status = dispatch(argc, argv);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        struct error error;
        error_set(&error, "cannot write to the standard output: %s",
                  errno ? strerror(errno) : "write error");
        return command_fail(&error);
    }
    return status;
}
