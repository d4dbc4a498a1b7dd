/* cmd_doctor.c - `heapcoach doctor`: can a program be profiled, and what to change. */
#include "analyzer/cli/command.h"
#include "analyzer/cli/find_program.h"
#include "analyzer/core/suitability.h"
#include "analyzer/render/screen.h"

#include <limits.h>
#include <string.h>

/* Each line of a text, indented. */
static void print_advice(const struct screen *screen, const char *advice)
{
    while (*advice) {
        size_t n = strcspn(advice, "\n");
        screen_print(screen, SCREEN_PLAIN, "      %.*s\n", (int)n, advice);
        advice += n + (advice[n] == '\n');
    }
}

static void print_problem(const struct screen *screen, const struct suitability_problem *problem,
                          const struct elf_facts *facts)
{
    char found[1024];
    suitability_describe(problem, facts, found, sizeof(found));
    bool blocks = problem->weight == SUITABILITY_BLOCKS;
    screen_print(screen, blocks ? SCREEN_HOT : SCREEN_WARNING, "  %s ",
                 blocks ? "cannot:" : "limits:");
    screen_print(screen, SCREEN_PLAIN, "it ");
    screen_data(screen, SCREEN_PLAIN, found, 400);
    fputc('\n', screen->stream);
    print_advice(screen, problem->advice);
}

static void print_verdict(const struct screen *screen, const char *path, const struct elf_facts *f,
                          bool blocked)
{
    screen_data(screen, SCREEN_STRONG, path, 400);
    screen_print(screen, SCREEN_STRONG, blocked ? ": cannot be profiled" : ": can be profiled");
    if (f->kind == ELF_FACTS_PROGRAM) {
        screen_print(screen, SCREEN_FAINT, " (%s", f->rust ? "Rust" : "not Rust");
        if (f->rustc[0]) {
            screen_print(screen, SCREEN_FAINT, ", rustc ");
            screen_data(screen, SCREEN_FAINT, f->rustc, 40);
        }
        screen_print(screen, SCREEN_FAINT, "%s)",
                     f->lines     ? ", with line numbers"
                     : f->symbols ? ", with function names"
                                  : "");
    }
    fputc('\n', screen->stream);
}

static int doctor(const struct command_values *values, int count, char **arguments)
{
    struct elf_facts facts;
    struct error error;
    char path[PATH_MAX];
    (void)values;
    (void)count;
    if (find_program(arguments[0], path, sizeof(path), &error) == FIND_PROGRAM_MISSING ||
        elf_facts_read(&facts, path, &error) != 0)
        return command_fail(&error);
    struct screen screen = screen_of(stdout);
    bool blocked = suitability_find(&facts, SUITABILITY_BLOCKS) != NULL;
    print_verdict(&screen, path, &facts, blocked);
    for (const struct suitability_problem *p = suitability_problems; p->id; p++)
        if (p->holds(&facts))
            print_problem(&screen, p, &facts);
    return blocked ? COMMAND_USAGE : COMMAND_FINE;
}

static const struct command_option options[] = {{0}};

const struct command cmd_doctor = {
    .name = "doctor",
    .arguments = "PROGRAM",
    .summary = "Say whether a program can be profiled, and what to change",
    .help =
        "Exit status 0: it can be profiled, perhaps with limits; 2: it cannot. `run` makes the\n"
        "same check first.\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = doctor,
};
