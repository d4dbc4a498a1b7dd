/* environment.h - the program's arguments and environment, and our part in the latter.
 *
 * Read from where the kernel put them, at the end of the main thread's stack: libc's own
 * pointers are not set yet when the first hook runs.
 */
#ifndef HEAPCOACH_ENVIRONMENT_H
#define HEAPCOACH_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/env_table.h"

#define ENVIRONMENT_INDEX(name, value, meaning) ENVIRONMENT_##name,
enum environment_name { HEAPCOACH_ENV(ENVIRONMENT_INDEX) ENVIRONMENT_NAMES };

enum { ENVIRONMENT_PATH_BYTES = 4096 };

/* Finds arguments and environment; copies our variables' places. Call once, first. */
void environment_start(void);

/* Whether the program has rights that who started it lacks (setuid, setgid, file capabilities:
 * AT_SECURE). Then nothing that the environment says may be followed. */
bool environment_is_a_strangers(void);

/* An address in the loader; 0: not known, since the loader was started as if it were the program.
 */
uintptr_t environment_loader(void);

/* Our variable's value, its default if it is not set. Good until the process ends. */
const char *environment_get(enum environment_name name);

/* Any other variable, NULL if not set. */
const char *environment_other(const char *name);

/* The program's arguments as the kernel laid them: NUL-terminated, one after the other. */
const char *environment_arguments(uint64_t *bytes);

/* The path of the program's file: what the kernel says it is or, without /proc, the name that it
 * was started by, from the root on. "" if it is not known or does not fit. */
void environment_executable(char path[ENVIRONMENT_PATH_BYTES]);

/* The last part of it, "program" if it is not known. */
void environment_program(char name[ENVIRONMENT_PATH_BYTES]);

/* The last part of the name that it was started by, which may be that of a link. */
const char *environment_started_as(void);

/* `path` from the root on, seen from the present folder: the program may change it before we need
 * the path again. */
void environment_absolute(char to[ENVIRONMENT_PATH_BYTES], const char *path);

/* The environment for a program that we start ourselves. */
char **environment_all(void);

/* Takes our own entry out of LD_PRELOAD and our variables out of the environment, in place:
 * the program and its children see what they would see without us. `library`: our path as
 * the loader has it. */
void environment_strip(const char *library);

/* Takes a variable out of the environment, in place. */
void environment_drop(const char *name);

#endif
