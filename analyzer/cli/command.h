/* command.h - the shape of a command: one file, one const struct, one line in the list of
 * commands.c. Parsing, --help and the list of commands come from these.
 */
#ifndef HEAPCOACH_COMMAND_H
#define HEAPCOACH_COMMAND_H

#include "analyzer/core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes are interface. `run` passes its program's own status on instead. */
enum {
    COMMAND_FINE = 0,
    COMMAND_EXCEEDED = 1, /* a limit */
    COMMAND_USAGE = 2,    /* usage, bad input, or output that cannot be written */
    COMMAND_CANNOT_RUN = 126,
    COMMAND_NOT_FOUND = 127
};

enum command_option_type {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char * */
    OPTION_NUMBER, /* uint32_t */
    OPTION_CHOICE  /* const char *: one of `choices` */
};

struct command_option {
    const char *name; /* without its dashes; NULL ends the list */
    char letter;      /* 0: none */
    enum command_option_type type;
    size_t offset;        /* in struct command_values */
    const char *argument; /* its name in --help */
    const char *choices;  /* words between '|' */
    const char *help;     /* NULL: not for users, and not shown */
};

/* What the options of all commands say; zero where they are not given. */
struct command_values {
    const char *output, *follow, *sample, *dir, *format, *crate, *own;
    const char *metric, *threshold, *per, *per_old, *per_new;
    const char *limits, *max[6], *fail_on, *baseline, *tolerance, *costs;
    uint32_t top;
    const char *against;
    bool top_given, quiet, preloaded, all, how, stacks, mine, serve, dhat, no_open;
};

struct command {
    const char *name;
    const char *arguments; /* as --help shows them */
    const char *summary;   /* one line */
    const char *help;      /* more, lines ended by newlines */
    const struct command_option *options;
    int arguments_min, arguments_max;
    bool takes_program; /* what follows the first argument is the program's, options too */
    /* Arguments are what is left after the options. Prints; returns the exit status. */
    int (*run)(const struct command_values *values, int count, char **arguments);
};

/* All commands in the order of --help; ends with NULL. */
extern const struct command *const commands[];

extern const struct command cmd_run, cmd_finish, cmd_report, cmd_view, cmd_diff, cmd_check,
    cmd_explain, cmd_doctor, cmd_help;

const struct command *command_find(const char *name);

/* Reads the options of one command; arguments are put together at the front of argv, which
 * ends with NULL. 0, 1: --help was asked for, or -1. */
int command_parse(const struct command *command, int argc, char **argv,
                  struct command_values *values, int *count, struct error *error);

/* "heapcoach: TEXT" on stderr. Returns COMMAND_USAGE. */
int command_fail(const struct error *error);

void command_print_help(const struct command *command);
void command_print_list(void);

#endif
