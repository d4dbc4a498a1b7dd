/* place.c - names the recording and makes it; see place.h.
 *
 * Called once at the start, and once in each forked child that is recorded. A name in a folder that
 * others use is never followed through a link: recording.c makes the file with O_EXCL and
 * O_NOFOLLOW, and a folder of ours must be ours alone.
 */
#define _GNU_SOURCE
#include "preload/place.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "preload/calls.h"
#include "preload/environment.h"
#include "preload/recording.h"
#include "preload/text.h"

enum {
    ROOM_WANTED = 64 << 20,
    NAME_BYTES =
        150, /* of the program's: with what is put around it, a file name has 255 at most */
    NUMBERS_MAX = 1000 /* recordings of one process, which becomes itself by exec */
};

/* `recording_name` is what lies in `folder` or, where that is empty, the exact path. */
static char recording_name[ENVIRONMENT_PATH_BYTES], folder[ENVIRONMENT_PATH_BYTES];
static char profile_folder[ENVIRONMENT_PATH_BYTES];

const char *place_profile_folder(void)
{
    return profile_folder;
}

const char *place_recording_path(void)
{
    return recording_name;
}

/* `in`/heapcoach-UID, private to the user. A folder of that name that is a link, someone else's, or
 * open to others is not used. */
static bool private_folder(const char *in)
{
    struct text t = {folder, 0, sizeof folder};
    uint32_t uid, mode;

    environment_absolute(folder, in);
    t.used = text_length(folder);
    text_add(&t, "/heapcoach-");
    text_add_number(&t, (uint64_t)sys_geteuid());
    sys_mkdir(folder, 0700);
    return sys_lstat(folder, &uid, &mode) && uid == (uint32_t)sys_geteuid() &&
           (mode & S_IFMT) == S_IFDIR && (mode & 077) == 0;
}

static bool ends_with_slash(const char *path)
{
    size_t n = text_length(path);

    return n && path[n - 1] == '/';
}

/* Fills `folder`: a place without write-back where there is one. Or the exact name. Once only: the
 * program may have changed its folder and its environment when it forks. */
static bool choose(void)
{
    static bool chosen;
    const char *exact = environment_get(ENVIRONMENT_RECORDING);
    const char *dir = environment_get(ENVIRONMENT_DIR);
    const char *tmp = environment_other("TMPDIR");

    if (chosen)
        return true;
    chosen = true;
    environment_absolute(profile_folder, dir);
    if (*exact)
        environment_absolute(ends_with_slash(exact) ? folder : recording_name, exact);
    else if (*dir)
        environment_absolute(folder, dir);
    else
        chosen = (tmp && *tmp && private_folder(tmp)) ||
                 (sys_is_tmpfs("/dev/shm", ROOM_WANTED) && private_folder("/dev/shm")) ||
                 private_folder("/tmp");
    return chosen;
}

/* folder/heapcoach.PROGRAM.PID.rec; from the second on, .PID.NUMBER.rec. */
static void make_name(unsigned number)
{
    struct text t = {recording_name, 0, sizeof recording_name};
    char program[ENVIRONMENT_PATH_BYTES];

    environment_program(program);
    program[NAME_BYTES] = '\0';
    text_add(&t, folder);
    text_add(&t, "/heapcoach.");
    text_add(&t, program);
    text_add(&t, ".");
    text_add_number(&t, (uint64_t)sys_getpid());
    if (number > 1) {
        text_add(&t, ".");
        text_add_number(&t, number);
    }
    text_add(&t, ".rec");
}

int place_recording(void)
{
    int error = -EEXIST;

    if (!choose())
        return PLACE_NONE;
    if (!*folder)
        return recording_create(recording_name);
    for (unsigned number = 1; error == -EEXIST && number <= NUMBERS_MAX; number++) {
        make_name(number);
        error = recording_create(recording_name);
    }
    return error;
}
