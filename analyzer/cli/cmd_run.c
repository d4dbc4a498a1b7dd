/* cmd_run.c - `heapcoach run`: runs a program with the recorder in it and makes the profile.
 *
 * In order: everything that can be refused is refused before the program starts; the
 * program runs; its recording becomes a profile; a few lines say what is in it. Should the
 * profile fail, the recording stays, and a line says how to finish it. With --follow there may be
 * several recordings, in the order in which their programs were started.
 */
#define _GNU_SOURCE
#include "analyzer/cli/child.h"
#include "analyzer/cli/command.h"
#include "analyzer/cli/find_program.h"
#include "analyzer/cli/followed.h"
#include "analyzer/cli/private_folder.h"
#include "analyzer/cli/view.h"
#include "analyzer/core/finish.h"
#include "analyzer/core/suitability.h"
#include "analyzer/render/report.h"
#include "preload/env_table.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_BYTES_MAX (64ul << 20)
#define PRELOAD_SEPARATORS " :$" /* the loader would split or expand a path that has them */

struct run {
    const struct command_values *values;
    const char *sample; /* bytes; NULL: every event is recorded */
    const char *dir;    /* HEAPCOACH_DIR, or NULL */
    const char *follow; /* which programs; NULL: the one that is started, alone */
    char program[PATH_MAX];
    char library[PATH_MAX];
    char folder[PATH_MAX];            /* private; "" before it is made */
    char recording[PATH_MAX + 16];    /* in it; with `follow` the folder itself, and a slash */
    char library_link[PATH_MAX + 32]; /* in it, if the library's own path cannot be preloaded */
    struct elf_facts facts;
};

/* ---- before ---- */

static const char *library_name(const struct run *run)
{
    return run->sample ? HEAPCOACH_SAMPLE_LIBRARY : HEAPCOACH_LIBRARY;
}

/* The library lies beside the command, wherever the folder was copied. */
static int find_library(struct run *run, struct error *error)
{
    const char *library = library_name(run);
    ssize_t n = readlink("/proc/self/exe", run->library, sizeof(run->library) - 1);
    if (n < 0)
        return error_set(error, "/proc/self/exe: cannot find out where heapcoach is: %s",
                         strerror(errno));
    run->library[n] = 0;
    char *name = strrchr(run->library, '/');
    name = name ? name + 1 : run->library;
    if (sizeof(run->library) - (size_t)(name - run->library) <= strlen(library))
        return error_set(error, "%s: its path is too long", run->library);
    strcpy(name, library);
    if (access(run->library, R_OK) != 0)
        return error_set(error, "%s: expected the recorder beside the command: %s", run->library,
                         strerror(errno));
    return 0;
}

static int check_program(struct run *run, struct error *error)
{
    char found[1024], advice[600];
    if (elf_facts_read(&run->facts, run->program, error) != 0)
        return -1;
    const struct suitability_problem *problem = suitability_find(&run->facts, SUITABILITY_BLOCKS);
    if (!problem)
        return 0;
    suitability_describe(problem, &run->facts, found, sizeof(found));
    snprintf(advice, sizeof(advice), "%.*s", (int)strcspn(problem->advice, "\n"), problem->advice);
    return error_set(error, "%s: cannot be profiled: it %s. %s (heapcoach doctor says more)",
                     run->program, found, advice);
}

/* Would the profile find its place? Better to know before a long run than after. */
static int check_output(const char *output, const char *dir, struct error *error)
{
    char folder[PATH_MAX];
    struct stat st;
    const char *slash = output ? strrchr(output, '/') : NULL;
    if (output && stat(output, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return error_set(error, "%s: expected the name of a file for -o, found a folder",
                             output);
        if (!S_ISREG(st.st_mode))
            return 0; /* a pipe or device needs no folder to write in */
    }
    if (!output)
        snprintf(folder, sizeof(folder), "%s", dir ? dir : ".");
    else if (slash)
        snprintf(folder, sizeof(folder), "%.*s", slash == output ? 1 : (int)(slash - output),
                 output);
    else
        snprintf(folder, sizeof(folder), ".");
    if (stat(folder, &st) == 0 && !S_ISDIR(st.st_mode))
        errno = ENOTDIR;
    else if (access(folder, W_OK | X_OK) == 0)
        return 0;
    return error_set(error, "%s: the profile cannot be written there: %s%s", folder,
                     strerror(errno), output ? "" : "; name another place by -o FILE");
}

static int make_folder(struct run *run, struct error *error)
{
    char folder[PATH_MAX];
    if (private_folder_make(run->dir, folder, sizeof(folder), error) != 0)
        return -1;
    strcpy(run->folder, folder);
    snprintf(run->recording, sizeof(run->recording), "%s/%s", folder,
             run->follow ? "" : "recording");
    if (!strpbrk(run->library, PRELOAD_SEPARATORS))
        return 0;
    snprintf(run->library_link, sizeof(run->library_link), "%s/%s", folder, library_name(run));
    if (strpbrk(run->library_link, PRELOAD_SEPARATORS))
        return error_set(error,
                         "%s: a path with a blank, `:` or `$` cannot be preloaded; name "
                         "another folder by HEAPCOACH_DIR",
                         folder);
    if (symlink(run->library, run->library_link) != 0)
        return error_set(error, "%s: cannot make a link: %s", run->library_link, strerror(errno));
    return 0;
}

static void remove_folder(struct run *run)
{
    if (!run->folder[0])
        return;
    if (!run->follow)
        unlink(run->recording);
    if (run->library_link[0])
        unlink(run->library_link);
    rmdir(run->folder);
    run->folder[0] = 0;
}

/* ---- the program ---- */

/* In the child: the environment that starts the recorder. */
static int set_environment(void *context)
{
    struct run *run = context;
    const char *others = getenv("LD_PRELOAD");
    const char *ours = run->library_link[0] ? run->library_link : run->library;
    char *all = NULL;
    if (asprintf(&all, "%s%s%s", ours, others && *others ? ":" : "", others ? others : "") < 0)
        return -1;
    if (setenv("LD_PRELOAD", all, 1) != 0 ||
        setenv("HEAPCOACH_RECORDING", run->recording, 1) != 0 ||
        setenv("HEAPCOACH_FINISH", "0", 1) != 0)
        return -1; /* errno is set */
    if (run->sample && setenv("HEAPCOACH_SAMPLE", run->sample, 1) != 0)
        return -1;
    /* What is started later is not known; its profile says if not all of it was seen. */
    if ((run->follow || elf_facts_is_carried_seen(&run->facts)) &&
        setenv("HEAPCOACH_CARRIED", "1", 0) != 0)
        return -1;
    return run->follow ? setenv("HEAPCOACH_FOLLOW", run->follow, 1) : unsetenv("HEAPCOACH_FOLLOW");
}

/* ---- after ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* cargo, and rustup, which becomes cargo: whoever runs one means what it builds. */
static bool is_cargo(const char *path)
{
    const char *name = base_name(path);
    return strcmp(name, "cargo") == 0 || strcmp(name, "rustup") == 0;
}

/* A program that becomes another one by exec ends for us then, as by _exit. Which of both it was
 * nobody has seen. */
static void say_whose(const struct run *run, const struct profile *profile,
                      const struct child *child)
{
    if (is_cargo(run->program) || is_cargo(profile->program.exe))
        fprintf(stderr,
                "heapcoach: this is %s itself, not what it starts: run the built program "
                "(target/release/NAME), or heapcoach run --follow NAME -- cargo ...\n",
                is_cargo(run->program) ? base_name(run->program) : "cargo");
    else if (!profile->recorder.sealed && child->status < 128)
        fprintf(stderr, "heapcoach: it ended without exit; should it have become another program "
                        "by exec, --follow NAME records that one (or --follow all)\n");
}

static void print_brief(const struct run *run, const char *profile, const struct child *child)
{
    struct view view;
    struct error error;
    struct screen screen = screen_of(stderr);
    if (view_open(&view, profile, NULL, &error) != 0) {
        command_fail(&error);
        return;
    }
    struct report what = view_report(&view);
    report_brief(&what, &screen);
    if (child)
        say_whose(run, &view.profile, child);
    view_close(&view);
}

/* Never a small figure without the reason why it may be small. */
static void warn_of_hidden(const struct run *run)
{
    char found[1024];
    const struct suitability_problem *problem = suitability_find(&run->facts, SUITABILITY_HIDES);
    if (!problem)
        return;
    suitability_describe(problem, &run->facts, found, sizeof(found));
    struct error line;
    error_set(&line, "%s %s", run->program, found);
    command_fail(&line);
}

/* A failure of ours must not hide that of the program, nor pass as its success. */
static int fail_after(const struct child *child, const struct error *error)
{
    command_fail(error);
    return child->status ? child->status : COMMAND_USAGE;
}

static int no_recording(struct run *run, const struct child *child)
{
    struct error error;
    if (run->facts.allocator)
        error_set(&error, "%s left no recording: it carries %s; `heapcoach doctor` says more",
                  run->program, run->facts.allocator);
    else if (child->status == 127)
        error_set(&error, "%s left no recording: the loader could not start it", run->program);
    else
        error_set(
            &error,
            "%s left no recording: the recorder was not loaded into it, or found no room in %s",
            run->program, run->folder);
    remove_folder(run);
    return fail_after(child, &error);
}

/* Makes one profile and says so. `child` tells what the program took; NULL: not known. `written`
 * gets the profile's name. 0, or -1 and the recording is kept. */
static int finish_one(struct run *run, const char *recording, const char *output,
                      const struct child *child, char written[PATH_MAX], struct error *error)
{
    struct finish_options how = {.dir = run->dir,
                                 .cpu_ns = child ? child->cpu_ns : 0,
                                 .page_faults = child ? child->page_faults : 0};
    if (finish_recording(recording, output, &how, written, PATH_MAX, error) == 0)
        return 0;
    fprintf(stderr,
            "heapcoach: the recording is kept; make the profile with: heapcoach finish "
            "-o FILE %s\n",
            recording);
    return -1;
}

/* child: what is known of the program's end; NULL: nothing. */
static void show(const struct run *run, const char *written, bool brief, const struct child *child)
{
    struct stat st;
    if (run->values->quiet || stat(written, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    if (brief)
        print_brief(run, written, child);
    fprintf(stderr, "heapcoach: wrote %s; `heapcoach report` shows it\n", written);
}

static int make_profile(struct run *run, const struct child *child)
{
    struct error error;
    char written[PATH_MAX];
    if (access(run->recording, F_OK) != 0)
        return no_recording(run, child);
    if (finish_one(run, run->recording, run->values->output, child, written, &error) != 0)
        return fail_after(child, &error);
    remove_folder(run);
    warn_of_hidden(run);
    show(run, written, true, child);
    return child->status;
}

/* ---- after, with --follow ---- */

enum { BRIEF_MAX = 4 }; /* of more programs each has one line only */

static void say_running(const struct followed_recording *r)
{
    fprintf(
        stderr,
        "heapcoach: process %u is still running; its recording is kept: when it has ended, make "
        "the profile with: heapcoach finish -o FILE %s\n",
        r->pid, r->path);
}

/* The first goes to FILE of -o, the others beside it under names of their own. */
static int finish_followed(struct run *run, const struct followed *followed, struct error *error)
{
    char beside[PATH_MAX], written[PATH_MAX];
    const char *output = run->values->output, *slash = output ? strrchr(output, '/') : NULL;
    int result = 0;
    if (output) {
        snprintf(beside, sizeof(beside), "%.*s", slash ? (int)(slash - output) + 1 : 1,
                 slash ? output : ".");
        run->dir = beside;
    }
    for (size_t i = 0; i < followed->count; i++) {
        const struct followed_recording *r = &followed->list[i];
        if (r->running) {
            say_running(r);
            continue;
        }
        if (finish_one(run, r->path, output, NULL, written, error) != 0) {
            result = -1;
            continue;
        }
        output = NULL;
        unlink(r->path);
        show(run, written, followed->count <= BRIEF_MAX, NULL);
    }
    return result;
}

static int nothing_followed(struct run *run, const struct child *child)
{
    struct error error;
    error_set(&error,
              "no program was started that --follow %s names and that loads the recorder; "
              "`heapcoach help run` says which do not",
              run->follow);
    remove_folder(run);
    return fail_after(child, &error);
}

static int make_profiles(struct run *run, const struct child *child)
{
    struct followed followed;
    struct error error;
    int result = followed_find(&followed, run->folder, &error);
    followed_print_notes(run->folder);
    if (result == 0 && followed.count == 0)
        return nothing_followed(run, child);
    if (result == 0)
        result = finish_followed(run, &followed, &error);
    followed_free(&followed);
    remove_folder(run);
    return result == 0 ? child->status : fail_after(child, &error);
}

static int cannot_start(struct run *run, const struct child *child)
{
    struct error error;
    remove_folder(run);
    error_set(&error, "%s: cannot be started: %s", run->program, strerror(child->exec_errno));
    command_fail(&error);
    return child->exec_errno == ENOENT ? COMMAND_NOT_FOUND : COMMAND_CANNOT_RUN;
}

/* ---- all of it ---- */

static int run_found(struct run *run, char **arguments)
{
    struct child child;
    struct error error;
    /* With --follow it need not be the program itself that is to be recorded. */
    if (find_library(run, &error) != 0 || (!run->follow && check_program(run, &error) != 0) ||
        check_output(run->values->output, run->dir, &error) != 0)
        return command_fail(&error);
    if (make_folder(run, &error) != 0 ||
        child_run(&child, run->program, arguments, set_environment, run, &error) != 0) {
        remove_folder(run);
        return command_fail(&error);
    }
    if (child.exec_errno)
        return cannot_start(run, &child);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is then an error that can be told */
    return run->follow ? make_profiles(run, &child) : make_profile(run, &child);
}

/* The option, else what the environment says; NULL for none. */
static int read_follow(struct run *run, struct error *error)
{
    const char *which = run->values->follow ? run->values->follow : getenv("HEAPCOACH_FOLLOW");
    if (!which || (!*which && !run->values->follow))
        return 0;
    if (followed_check(which, error) != 0)
        return -1;
    run->follow = strcmp(which, "none") == 0 ? NULL : which;
    return 0;
}

/* As the recorder reads it, which does not complain so well. */
static int read_sample(struct run *run, struct error *error)
{
    char *end;
    const char *text = run->values->sample ? run->values->sample : getenv("HEAPCOACH_SAMPLE");
    if (!text || (!*text && !run->values->sample))
        return 0;
    run->sample = text;
    unsigned long bytes = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
    unsigned shift = bytes && (*end == 'k' || *end == 'K')   ? 10
                     : bytes && (*end == 'm' || *end == 'M') ? 20
                                                             : 0;
    if (bytes && bytes <= SAMPLE_BYTES_MAX >> shift && !end[shift != 0])
        return 0;
    return error_set(
        error, "--sample: expected a number of bytes from 1 to 64m, as in 512k; found %s", text);
}

static int run_command(const struct command_values *values, int count, char **arguments)
{
    struct error error;
    struct run run = {.values = values, .dir = getenv("HEAPCOACH_DIR")};
    (void)count;
    if (run.dir && !*run.dir)
        run.dir = NULL;
    if (read_follow(&run, &error) != 0 || read_sample(&run, &error) != 0)
        return command_fail(&error);
    switch (find_program(arguments[0], run.program, sizeof(run.program), &error)) {
    case FIND_PROGRAM_FOUND:
        return run_found(&run, arguments);
    case FIND_PROGRAM_CANNOT_RUN:
        command_fail(&error);
        return COMMAND_CANNOT_RUN;
    case FIND_PROGRAM_MISSING:
        break;
    }
    command_fail(&error);
    return COMMAND_NOT_FOUND;
}

static const struct command_option options[] = {
    {"output", 'o', OPTION_TEXT, offsetof(struct command_values, output), "FILE", NULL,
     "the profile (default: heapcoach.PROGRAM.PID.json)"},
    {"follow", 0, OPTION_TEXT, offsetof(struct command_values, follow), "WHICH", NULL,
     "which programs are recorded: none (the given one alone; the default), all, or NAME,..."},
    {"sample", 0, OPTION_TEXT, offsetof(struct command_values, sample), "BYTES", NULL,
     "one block in so many bytes is recorded, for production: estimates at a few percent of the "
     "time; 512k, 4m"},
    {"quiet", 'q', OPTION_FLAG, offsetof(struct command_values, quiet), NULL, NULL,
     "no report on stderr"},
    {0},
};

const struct command cmd_run = {
    .name = "run",
    .arguments = "[-o FILE] [--follow WHICH] [-q] [--] PROGRAM [ARGUMENT...]",
    .summary = "Run a program, record its allocations, and make a profile",
    .help =
        "The program has this terminal, these streams and the signals sent to heapcoach, and its\n"
        "exit status is passed on: 128+N when signal N ended it, 127 when there is no such\n"
        "program, 126 when it cannot be started. 2 when it cannot be profiled, or when it ended\n"
        "well and the profile could not be made.\n"
        "\n"
        "--follow records programs that the program starts, or becomes, as well: all of them, or\n"
        "those whose file has one of the names (the given program, too, only if it is named). `*`\n"
        "in a name stands for any letters, so `--follow 'mytest-*' -- cargo test` makes profiles\n"
        "of test binaries, and `--follow mytool -- cargo run` one of mytool, not of cargo. Each\n"
        "process has a profile of its own; that of the one that was started first goes to FILE,\n"
        "the others lie beside it. Of a process that still runs when PROGRAM has ended, a line "
        "says\n"
        "how to make the profile later. Not recorded: programs that are started with an emptied\n"
        "environment (Command::env_clear), and static or setuid ones.\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .takes_program = true,
    .run = run_command,
};
