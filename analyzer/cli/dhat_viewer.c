/* dhat_viewer.c - see dhat_viewer.h. Used by `heapcoach view --dhat`.
 *
 * Valgrind keeps the page among its own files: where VALGRIND_LIB says, as for valgrind itself,
 * else beside the valgrind of PATH, else in the usual places.
 */
#include "analyzer/cli/dhat_viewer.h"
#include "analyzer/cli/find_program.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_there(const char *folder)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof(path), "%s/" DHAT_PAGE_HTML, folder) < PATH_MAX &&
           access(path, F_OK) == 0;
}

/* PREFIX/bin/valgrind has its files in PREFIX/libexec/valgrind. */
static bool is_beside(const char *valgrind, char folder[PATH_MAX])
{
    char real[PATH_MAX];
    char *end = realpath(valgrind, real) ? strstr(real, "/bin/") : NULL;
    if (!end)
        return false;
    *end = 0;
    return snprintf(folder, PATH_MAX, "%s/libexec/valgrind", real) < PATH_MAX && is_there(folder);
}

static int find_folder(char folder[PATH_MAX], struct error *error)
{
    static const char *const usual[] = {"/usr/libexec/valgrind", "/usr/local/libexec/valgrind",
                                        "/usr/lib/valgrind", "/usr/lib/x86_64-linux-gnu/valgrind"};
    const char *own = getenv("VALGRIND_LIB");
    char valgrind[PATH_MAX];
    struct error unused;
    if (own && *own) {
        if (snprintf(folder, PATH_MAX, "%s", own) < PATH_MAX && is_there(folder))
            return 0;
        return error_set(error, "--dhat: VALGRIND_LIB names %s, which has no " DHAT_PAGE_HTML, own);
    }
    if (find_program("valgrind", valgrind, sizeof(valgrind), &unused) == FIND_PROGRAM_FOUND &&
        is_beside(valgrind, folder))
        return 0;
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
        if (is_there(usual[i])) {
            snprintf(folder, PATH_MAX, "%s", usual[i]);
            return 0;
        }
    return error_set(error,
                     "--dhat: Valgrind's viewer, " DHAT_PAGE_HTML ", is not installed (looked in "
                     "%s and beside valgrind); install valgrind, or leave out --dhat",
                     usual[0]);
}

static int read_file(const struct dhat_viewer *viewer, const char *name, struct json_in *file,
                     struct error *error)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", viewer->folder, name) >= PATH_MAX)
        return error_set(error, "%s: its name is too long", viewer->folder);
    return json_in_open(file, path, "a file of Valgrind's viewer", error);
}

int dhat_viewer_open(struct dhat_viewer *viewer, struct error *error)
{
    *viewer = (struct dhat_viewer){0};
    if (find_folder(viewer->folder, error) != 0)
        return -1;
    if (read_file(viewer, DHAT_PAGE_HTML, &viewer->html, error) == 0 &&
        read_file(viewer, DHAT_PAGE_STYLE, &viewer->style, error) == 0 &&
        read_file(viewer, DHAT_PAGE_SCRIPT, &viewer->script, error) == 0)
        return 0;
    dhat_viewer_free(viewer);
    return -1;
}

static struct dhat_page_text text_of(const struct json_in *file)
{
    return (struct dhat_page_text){(const char *)file->text, file->bytes};
}

struct dhat_page dhat_viewer_page(const struct dhat_viewer *viewer)
{
    return (struct dhat_page){.html = text_of(&viewer->html),
                              .style = text_of(&viewer->style),
                              .script = text_of(&viewer->script),
                              .folder = viewer->folder};
}

void dhat_viewer_free(struct dhat_viewer *viewer)
{
    json_in_free(&viewer->html);
    json_in_free(&viewer->style);
    json_in_free(&viewer->script);
}
