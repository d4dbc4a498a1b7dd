/* message.c - see message.h. */
#include "preload/message.h"

#include <stddef.h>

#include "preload/calls.h"
#include "preload/text.h"

void message(const char *a, const char *b, const char *c)
{
    static int said;
    char line[1024];
    struct text t = {line, 0, sizeof line - 1};

    if (__atomic_add_fetch(&said, 1, __ATOMIC_RELAXED) > MESSAGES_MAX)
        return;
    text_add(&t, "heapcoach: ");
    text_add(&t, a);
    text_add(&t, b ? b : "");
    text_add(&t, c ? c : "");
    line[t.used++] = '\n';
    sys_write(2, line, t.used);
}
