/* commands.c - the list of commands, and what all of them share: reading options, printing
 * help. Called by main.c. A new command is a new file and a line in the list.
 */
#include "analyzer/cli/command.h"
#include "analyzer/core/version.h"
#include "preload/env_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMNS 28

const struct command *const commands[] = {
    &cmd_run,   &cmd_finish,  &cmd_report, &cmd_view, &cmd_diff,
    &cmd_check, &cmd_explain, &cmd_doctor, &cmd_help, NULL,
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *command = commands; *command; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

int command_fail(const struct error *error)
{
    fprintf(stderr, "heapcoach: %s\n", error->text);
    return COMMAND_USAGE;
}

/* ---- options ---- */

static const struct command_option *find_name(const struct command *command, const char *name,
                                              size_t n)
{
    for (const struct command_option *o = command->options; o->name; o++)
        if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
            return o;
    return NULL;
}

static const struct command_option *find_letter(const struct command *command, char letter)
{
    for (const struct command_option *o = command->options; o->name; o++)
        if (o->letter && o->letter == letter)
            return o;
    return NULL;
}

static bool is_choice(const char *choices, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = choices; n && at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strncmp(at, word, n) == 0 && (at[n] == '|' || at[n] == 0))
            return true;
    return false;
}

static int set_number(const struct command_option *option, const char *text, uint32_t *number,
                      struct error *error)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value > UINT32_MAX)
        return error_set(error, "--%s: expected a number, found `%s`", option->name, text);
    *number = (uint32_t)value;
    return 0;
}

static int set_value(const struct command_option *option, const char *text,
                     struct command_values *values, struct error *error)
{
    void *field = (char *)values + option->offset;
    switch (option->type) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case OPTION_NUMBER:
        values->top_given |= strcmp(option->name, "top") == 0;
        return set_number(option, text, field, error);
    case OPTION_CHOICE:
        if (!is_choice(option->choices, text))
            return error_set(error, "--%s: expected %s, found `%s`", option->name, option->choices,
                             text);
        /* fall through */
    case OPTION_TEXT:
        if (!*text)
            return error_set(error, "--%s: expected %s, found an empty text", option->name,
                             option->argument);
        *(const char **)field = text;
        return 0;
    }
    return -1;
}

/* argv[at] is an option: reads it and its value. Returns how many words it took, or -1. */
static int parse_option(const struct command *command, char **argv, int at,
                        struct command_values *values, struct error *error)
{
    const char *word = argv[at];
    bool is_long = word[1] == '-';
    const char *value = is_long ? strchr(word, '=') : word[2] ? word + 2 : NULL;
    size_t length = is_long ? (value ? (size_t)(value - word) : strlen(word)) - 2 : 1;
    const struct command_option *option =
        is_long ? find_name(command, word + 2, length) : find_letter(command, word[1]);
    if (!option)
        return error_set(error, "%s: unknown option `%s`; `heapcoach %s --help` lists them",
                         command->name, word, command->name);
    if (is_long && value)
        value++;
    if (option->type == OPTION_FLAG) {
        if (value)
            return error_set(error, "%s: `%s` takes no value", command->name, word);
        return set_value(option, "", values, error) == 0 ? 1 : -1;
    }
    int words = value ? 1 : 2;
    if (!value && !(value = argv[at + 1]))
        return error_set(error, "%s: expected %s after `%s`", command->name, option->argument,
                         word);
    return set_value(option, value, values, error) == 0 ? words : -1;
}

static int check_count(const struct command *command, int count, char **argv, struct error *error)
{
    if (count < command->arguments_min)
        return error_set(error, "%s: expected %s; `heapcoach %s --help` says more", command->name,
                         command->arguments, command->name);
    if (count > command->arguments_max && !command->takes_program)
        return error_set(error, "%s: unexpected argument `%s`", command->name,
                         argv[command->arguments_max]);
    return 0;
}

int command_parse(const struct command *command, int argc, char **argv,
                  struct command_values *values, int *count, struct error *error)
{
    bool ended = false;
    int kept = 0;
    memset(values, 0, sizeof(*values));
    for (int i = 0; i < argc;) {
        if (!ended && strcmp(argv[i], "--") == 0) {
            ended = true;
            i++;
        } else if (ended || argv[i][0] != '-' || !argv[i][1]) {
            argv[kept++] = argv[i++];
            ended |= command->takes_program;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return 1;
        } else {
            int words = parse_option(command, argv, i, values, error);
            if (words < 0)
                return -1;
            i += words;
        }
    }
    argv[kept] = NULL;
    *count = kept;
    return check_count(command, kept, argv, error);
}

/* ---- help ---- */

/* Text wrapped at 80 columns, each line behind `indent` columns; the first is there already. */
static void print_wrapped(const char *text, int indent)
{
    int at = indent;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (at > indent && at + 1 + n > 79) {
            printf("\n%*s", indent, "");
            at = indent;
        }
        at += printf("%s%.*s", at > indent ? " " : "", n, text);
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_entry(const char *left, const char *text)
{
    int used = printf("  %s", left);
    if (used > HELP_COLUMNS - 2)
        printf("\n%*s", HELP_COLUMNS, "");
    else
        printf("%*s", HELP_COLUMNS - used, "");
    print_wrapped(text, HELP_COLUMNS);
}

static void print_option(const struct command_option *option)
{
    char left[80];
    int used = 0;
    if (option->letter)
        used = snprintf(left, sizeof(left), "-%c, ", option->letter);
    used += snprintf(left + used, sizeof(left) - (size_t)used, "--%s", option->name);
    if (option->type != OPTION_FLAG)
        snprintf(left + used, sizeof(left) - (size_t)used, " %s",
                 option->choices ? option->choices : option->argument);
    print_entry(left, option->help);
}

void command_print_help(const struct command *command)
{
    printf("usage: heapcoach %s%s%s\n\n%s.\n", command->name, *command->arguments ? " " : "",
           command->arguments, command->summary);
    if (*command->help)
        printf("\n%s", command->help);
    bool any = false;
    for (const struct command_option *o = command->options; o->name; o++) {
        if (!o->help)
            continue;
        if (!any)
            printf("\nOptions:\n");
        any = true;
        print_option(o);
    }
}

void command_print_list(void)
{
    printf("heapcoach " HEAPCOACH_VERSION ", a heap profiler for Rust programs\n\n"
           "usage: heapcoach COMMAND [ARGUMENTS]\n\nCommands:\n");
    for (const struct command *const *command = commands; *command; command++)
        print_entry((*command)->name, (*command)->summary);
    printf("\nEnvironment:\n");
#define PRINT_VARIABLE(name, fallback, meaning)                                                    \
    print_entry(*fallback ? "HEAPCOACH_" #name "=" fallback : "HEAPCOACH_" #name, meaning);
    HEAPCOACH_ENV(PRINT_VARIABLE)
    printf("\nExit status: 0 fine, 1 a limit is exceeded, 2 usage or bad input; `run` passes on\n"
           "its program's own.\n"
           "`heapcoach help COMMAND` says more.\n");
}
