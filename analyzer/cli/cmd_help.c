/* cmd_help.c - `heapcoach help`: the commands, or one of them. */
#include "analyzer/cli/command.h"

static int help(const struct command_values *values, int count, char **arguments)
{
    struct error error;
    (void)values;
    if (count == 0) {
        command_print_list();
        return COMMAND_FINE;
    }
    const struct command *command = command_find(arguments[0]);
    if (!command) {
        error_set(&error, "unknown command `%s`; `heapcoach help` lists them", arguments[0]);
        return command_fail(&error);
    }
    command_print_help(command);
    return COMMAND_FINE;
}

static const struct command_option options[] = {{0}};

const struct command cmd_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Say what the commands do",
    .help = "",
    .options = options,
    .arguments_max = 1,
    .run = help,
};
