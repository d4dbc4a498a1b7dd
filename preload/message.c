/* message.c - see message.h. */
#include "preload/message.h"

#include <fcntl.h>
#include <stddef.h>

#include "preload/calls.h"
#include "preload/environment.h"
#include "preload/text.h"

/* The file for messages, "" for standard error, and the program. */
static char notes[ENVIRONMENT_PATH_BYTES], name[100];

void message_start(const char *program)
{
    const char *recording = environment_get(ENVIRONMENT_RECORDING);
    size_t n = text_length(recording);
    struct text t = {name, 0, sizeof name};

    text_add(&t, program);
    if (!n || recording[n - 1] != '/')
        return;
    t = (struct text){notes, 0, sizeof notes};
    text_add(&t, recording);
    text_add(&t, "notes");
}

/* A line at a time: the file is opened to append, by several processes. The folder is `heapcoach
 * run`'s own; when it is gone, so is who would read it. */
static void write_note(const char *line, size_t n)
{
    long fd = sys_open(notes, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (sys_failed(fd))
        return;
    sys_write((int)fd, line, n);
    sys_close((int)fd);
}

void message(const char *a, const char *b, const char *c)
{
    static int said;
    char line[1024];
    struct text t = {line, 0, sizeof line - 1};

    if (__atomic_add_fetch(&said, 1, __ATOMIC_RELAXED) > MESSAGES_MAX)
        return;
    text_add(&t, *notes ? name : "heapcoach");
    text_add(&t, ": ");
    text_add(&t, a);
    text_add(&t, b ? b : "");
    text_add(&t, c ? c : "");
    line[t.used++] = '\n';
    if (*notes)
        write_note(line, t.used);
    else
        sys_write(2, line, t.used);
}
