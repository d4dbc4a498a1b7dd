/* cmd_view.c - `heapcoach view`: the page of a profile, written to a file or served, and shown. */
#define _GNU_SOURCE
#include "analyzer/cli/browser.h"
#include "analyzer/cli/command.h"
#include "analyzer/cli/dhat_viewer.h"
#include "analyzer/cli/page_server.h"
#include "analyzer/cli/view.h"
#include "analyzer/core/atomic_file.h"
#include "analyzer/core/json_in.h"
#include "analyzer/render/page.h"
#include "analyzer/rules/rules.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- profiles, with their files' text ---- */

struct loaded {
    struct json_in file; /* its text alone is used */
    struct view view;
};

static int load(struct loaded *l, const char *path, const struct view_how *how, struct error *error)
{
    if (json_in_open(&l->file, path, "a DHAT profile", error) != 0)
        return -1;
    if (view_open_text(&l->view, (const char *)l->file.text, l->file.bytes, path, how, error) == 0)
        return 0;
    json_in_free(&l->file);
    return -1;
}

static void unload(struct loaded *l)
{
    view_close(&l->view);
    json_in_free(&l->file);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static struct page_file file_of(const struct loaded *l)
{
    return (struct page_file){base_name(l->view.profile.path), (const char *)l->file.text,
                              l->file.bytes};
}

/* ---- the page ---- */

/* With what the older profile adds. `judged`: findings of the newer one, judged as the older one's.
 */
static int write_compared(struct page *page, struct loaded *old, struct loaded *now,
                          const struct findings *judged, FILE *stream, int *written,
                          struct error *error)
{
    struct diff_run runs[DIFF_SIDES] = {{&old->view.profile, &old->view.sites},
                                        {&now->view.profile, &now->view.sites}};
    struct diff_side sides[DIFF_SIDES] = {{.runs = &runs[DIFF_OLD], .count = 1, .per = 1},
                                          {.runs = &runs[DIFF_NEW], .count = 1, .per = 1}};
    struct diff diff = {0};
    struct diff_findings findings = {0};
    struct diff_warnings warnings;
    struct diff_report report = {&diff, &findings, &warnings, DIFF_METRIC_COUNT, 0, 0};
    int result = -1;
    if (diff_build(&diff, &sides[DIFF_OLD], &sides[DIFF_NEW], DIFF_METRIC_COUNT, error) == 0 &&
        diff_findings_build(&findings, &old->view.findings, 1, judged, 1, error) == 0) {
        diff_warnings_find(&warnings, &diff);
        page->diff = &report;
        page->old = file_of(old);
        *written = page_write(page, stream);
        result = 0;
    }
    diff_findings_free(&findings);
    diff_free(&diff);
    return result;
}

/* As `heapcoach diff` has it: by the usual costs, so that no finding comes or goes with the load of
 * the machine. */
static int write_against(struct page *page, const struct command_values *values, struct loaded *now,
                         FILE *stream, int *written, struct error *error)
{
    struct view_how how = view_how(values, COSTS_USUAL);
    struct findings judged;
    struct loaded old;
    if (load(&old, values->against, &how, error) != 0)
        return -1;
    int result = rules_judge(&now->view.sites, how.costs, &judged, error);
    if (result == 0) {
        result = write_compared(page, &old, now, &judged, stream, written, error);
        findings_free(&judged);
    }
    unload(&old);
    return result;
}

/* In Valgrind's own viewer. */
static int write_dhat(const struct loaded *now, FILE *stream, int *written, struct error *error)
{
    struct dhat_viewer viewer;
    if (dhat_viewer_open(&viewer, error) != 0)
        return -1;
    struct dhat_page page = dhat_viewer_page(&viewer);
    page.profile = file_of(now);
    int result = dhat_page_check(&page, error);
    if (result == 0)
        *written = dhat_page_write(&page, stream);
    dhat_viewer_free(&viewer);
    return result;
}

/* 0, or -1 with the error filled; *written: what the page's writer said, for the stream's owner. */
static int write_page(struct loaded *now, const struct command_values *values, FILE *stream,
                      int *written, struct error *error)
{
    struct page page = {.report = view_report(&now->view), .profile = file_of(now)};
    if (values->dhat)
        return write_dhat(now, stream, written, error);
    if (values->against)
        return write_against(&page, values, now, stream, written, error);
    *written = page_write(&page, stream);
    return 0;
}

static void show(const struct command_values *values, const char *url)
{
    if (!values->no_open)
        browser_open(url);
}

/* ---- to a file ---- */

/* PROFILE.json's page is PROFILE.html in the current folder; Valgrind's is PROFILE.dhat.html. */
static int default_output(const char *profile, bool dhat, char *to, size_t n, struct error *error)
{
    const char *name = base_name(profile);
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".json") == 0)
        length -= 5;
    if ((size_t)snprintf(to, n, "%.*s%s.html", (int)length, name, dhat ? ".dhat" : "") < n)
        return 0;
    return error_set(error, "%s: its name is too long for a page's; name one by --output FILE",
                     profile);
}

static int write_file(struct loaded *now, const struct command_values *values, const char *path,
                      struct error *error)
{
    struct atomic_file file;
    int written;
    if (atomic_file_open(&file, path, error) != 0)
        return -1;
    if (write_page(now, values, file.stream, &written, error) != 0) {
        atomic_file_abandon(&file);
        return -1;
    }
    if (written == 0)
        return atomic_file_commit(&file, error);
    error_set(error, "cannot write %s: %s", path, strerror(errno));
    atomic_file_abandon(&file);
    return -1;
}

static int view_file(struct loaded *now, const struct command_values *values, struct error *error)
{
    char path[PATH_MAX], url[3 * PATH_MAX + 16];
    if (values->output)
        snprintf(path, sizeof(path), "%s", values->output);
    else if (default_output(now->view.profile.path, values->dhat, path, sizeof(path), error) != 0)
        return -1;
    if (write_file(now, values, path, error) != 0)
        return -1;
    fprintf(stderr, "heapcoach: wrote %s\n", path);
    if (browser_file_url(path, url, sizeof(url)))
        show(values, url);
    return 0;
}

/* ---- over the loopback ---- */

/* The page lies in a file without a name, so that it is nobody else's and goes when we do. */
static int serve(struct loaded *now, const struct command_values *values, struct error *error)
{
    struct page_server server;
    int written, result = -1;
    FILE *file = tmpfile();
    if (!file)
        return error_set(error, "cannot make a temporary file for the page: %s", strerror(errno));
    if (write_page(now, values, file, &written, error) == 0) {
        if (written != 0 || fflush(file) != 0)
            error_set(error, "cannot write the page to a temporary file: %s", strerror(errno));
        else if (page_server_open(&server, error) == 0) {
            printf("%s\n", server.url);
            fflush(stdout);
            fprintf(stderr, "heapcoach: serving %s on this machine; Ctrl-C ends it\n",
                    now->view.profile.path);
            show(values, server.url);
            result = page_server_run(&server, fileno(file), error);
            page_server_close(&server);
        }
    }
    fclose(file);
    return result;
}

/* ---- the command ---- */

static int check_options(const struct command_values *values, struct error *error)
{
    if (values->serve && values->output)
        return error_set(error, "view: --serve writes no file; leave out --output");
    if (values->dhat && (values->against || values->own || values->costs))
        return error_set(error, "view: --dhat shows the profile as it is; leave out --against, "
                                "--own and --costs");
    return 0;
}

static int view(const struct command_values *values, int count, char **arguments)
{
    struct view_how how = view_how(values, COSTS_MEASURED);
    struct loaded now;
    struct error error;
    (void)count;
    if (check_options(values, &error) != 0 || load(&now, arguments[0], &how, &error) != 0)
        return command_fail(&error);
    int result = values->serve ? serve(&now, values, &error) : view_file(&now, values, &error);
    unload(&now);
    return result == 0 ? COMMAND_FINE : command_fail(&error);
}

#define AT(field) offsetof(struct command_values, field)

static const struct command_option options[] = {
    {"output", 'o', OPTION_TEXT, AT(output), "FILE", NULL,
     "the page (default: PROFILE's name with .html, in the current folder)"},
    {"against", 0, OPTION_TEXT, AT(against), "OLD", NULL,
     "compare with this older profile, too: what became more and what less, findings fixed and "
     "new"},
    {"serve", 0, OPTION_FLAG, AT(serve), NULL, NULL,
     "write no file: serve the page to this machine alone, print its address, until Ctrl-C"},
    {"dhat", 0, OPTION_FLAG, AT(dhat), NULL, NULL,
     "the page is Valgrind's own viewer, where it is installed, with the profile in it "
     "(default: .dhat.html)"},
    {"no-open", 0, OPTION_FLAG, AT(no_open), NULL, NULL, "start no browser"},
    {"own", 0, OPTION_TEXT, AT(own), "NAME,...", NULL, "these crates are your own, and no others"},
    {"costs", 0, OPTION_CHOICE, AT(costs), "COSTS", VIEW_COSTS_CHOICES,
     "judge findings by what calls cost in that run (the default), or by usual costs alone"},
    {0},
};

const struct command cmd_view = {
    .name = "view",
    .arguments = "[OPTION...] PROFILE",
    .summary = "Show a profile in a browser: what to change, flame graph, timeline, table",
    .help =
        "PROFILE is a file of `heapcoach run`, `valgrind --tool=dhat` or dhat-rs. The page is one\n"
        "HTML file that needs no server and fetches nothing; it can be mailed or kept. It is "
        "opened\n"
        "by $BROWSER, or by xdg-open where there is a display.\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = view,
};
