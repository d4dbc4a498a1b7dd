/* child.c - see child.h. Used by `heapcoach run`.
 *
 * Signals are blocked and taken one by one by sigwaitinfo, so no handler runs and nothing
 * is lost between a check and a wait. The child cannot vanish while we signal it: it stays
 * a zombie until we wait for it.
 */
#define _GNU_SOURCE /* pipe2, wait4 */
#include "analyzer/cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is passed on. Not those that are about ourselves (SEGV, PIPE, CHLD, ...). */
static const int passed_on[] = {SIGINT,  SIGTERM, SIGHUP,   SIGQUIT, SIGUSR1,   SIGUSR2, SIGALRM,
                                SIGTSTP, SIGCONT, SIGWINCH, SIGTTIN, SIGVTALRM, SIGPROF, SIGURG};

struct before {
    sigset_t mask;
    struct sigaction child_action;
};

static void take_signals(sigset_t *taken, struct before *before)
{
    struct sigaction normal = {.sa_handler = SIG_DFL};
    sigemptyset(taken);
    sigaddset(taken, SIGCHLD);
    for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
        sigaddset(taken, passed_on[i]);
    sigprocmask(SIG_BLOCK, taken, &before->mask);
    /* Where our starter ignores SIGCHLD, the child's status would be lost. */
    sigaction(SIGCHLD, &normal, &before->child_action);
}

static void give_signals_back(const struct before *before)
{
    sigaction(SIGCHLD, &before->child_action, NULL);
    sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

static void __attribute__((noreturn))
become(const char *path, char **arguments, int (*prepare)(void *), void *context, int report)
{
    extern char **environ;
    int why;
    if (prepare(context) == 0)
        execve(path, arguments, environ);
    why = errno;
    /* A pipe takes these few bytes whole, or the other end is gone and nobody asks. */
    while (write(report, &why, sizeof(why)) < 0 && errno == EINTR)
        ;
    _exit(127);
}

/* Waits until the child is the program, or cannot be: its errno. The pipe closes on exec. */
static int read_exec_errno(int from)
{
    int why = 0;
    ssize_t n;
    do
        n = read(from, &why, sizeof(why));
    while (n < 0 && errno == EINTR);
    return n == sizeof(why) ? why : 0;
}

/* SIGTSTP, TTIN, TTOU: the terminal's. A child stopped by SIGSTOP was stopped by somebody
 * who will continue it, perhaps it alone. */
static bool stopped_by_terminal(int status)
{
    return WSTOPSIG(status) == SIGTSTP || WSTOPSIG(status) == SIGTTIN ||
           WSTOPSIG(status) == SIGTTOU;
}

static uint64_t ns_of(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

/* True when the child has ended. */
static bool look_at_child(struct child *child)
{
    struct rusage usage;
    int *result = &child->status;
    int status;
    pid_t got;
    while ((got = wait4(child->pid, &status, WNOHANG | WUNTRACED, &usage)) > 0) {
        if (WIFEXITED(status))
            *result = WEXITSTATUS(status);
        else if (WIFSIGNALED(status))
            *result = 128 + WTERMSIG(status);
        else if (WIFSTOPPED(status) && stopped_by_terminal(status))
            kill(getpid(), SIGSTOP);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            child->cpu_ns = ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
            child->page_faults = (uint64_t)usage.ru_minflt;
            return true;
        }
    }
    return got < 0 && errno == ECHILD;
}

static void pass_on(const siginfo_t *info, pid_t pid)
{
    bool of_terminal = info->si_code == SI_KERNEL;
    if (!of_terminal || getpgid(pid) != getpgrp())
        kill(pid, info->si_signo);
}

static void wait_for(struct child *child, const sigset_t *taken)
{
    while (!look_at_child(child)) {
        siginfo_t info;
        if (sigwaitinfo(taken, &info) > 0 && info.si_signo != SIGCHLD)
            pass_on(&info, child->pid);
    }
}

int child_run(struct child *child, const char *path, char **arguments,
              int (*prepare)(void *context), void *context, struct error *error)
{
    struct before before;
    sigset_t taken;
    int report[2];
    memset(child, 0, sizeof(*child));
    if (pipe2(report, O_CLOEXEC) != 0)
        return error_set(error, "cannot make a pipe: %s", strerror(errno));
    take_signals(&taken, &before);
    child->pid = fork();
    if (child->pid == 0) {
        give_signals_back(&before);
        become(path, arguments, prepare, context, report[1]);
    }
    int why = errno;
    close(report[1]);
    if (child->pid > 0) {
        child->exec_errno = read_exec_errno(report[0]);
        wait_for(child, &taken);
    }
    close(report[0]);
    give_signals_back(&before);
    if (child->pid < 0)
        return error_set(error, "cannot make a process: %s", strerror(why));
    return 0;
}
