// sources: preload/environment.c
/* test_environment.c - what the recorder reads of arguments and environment, and what it leaves.
 *
 * The program starts itself anew with a made-up environment, since that is read from where the
 * kernel has put it. The child says what it sees; the parent compares. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "preload/environment.h"

#define LIBRARY "/x/libheapcoach.so"

extern char **environ;

/* ---- the child ---- */

static int say_what_is_seen(void)
{
    uint64_t bytes;

    environment_start();
    const char *arguments = environment_arguments(&bytes);
    for (uint64_t i = 0; i < bytes; i++)
        putchar(arguments[i] ? arguments[i] : '|');
    putchar('\n');
    for (int i = 0; i < ENVIRONMENT_NAMES; i++)
        printf("%s|", environment_get((enum environment_name)i));
    const char *other = environment_other("OTHER");
    printf("%s\n", other ? other : "(none)");
    environment_strip(LIBRARY);
    for (int i = 0; i < ENVIRONMENT_NAMES; i++) /* what was read stays readable */
        printf("%s|", environment_get((enum environment_name)i));
    putchar('\n');
    for (char **v = environ; *v; v++)
        printf("%s|", *v);
    printf("\n%d\n", environment_all() == environ);
    return 0;
}

/* ---- the parent ---- */

static char lines[5][1024]; /* arguments; values and OTHER; values; environment; is all of it */

/* `variables`: separated by '|'. */
static void run(const char *arguments, const char *variables)
{
    static char text[2][1024];
    char *vectors[2][16];
    int out[2], status;

    snprintf(text[0], sizeof text[0], "--child|%s", arguments);
    snprintf(text[1], sizeof text[1], "%s", variables);
    for (int v = 0; v < 2; v++) {
        int n = 0;
        for (char *at = text[v]; at && *at; n++) {
            vectors[v][n] = at;
            at = strchr(at, '|');
            if (at)
                *at++ = '\0';
        }
        vectors[v][n] = NULL;
    }
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], 1);
        dup2(open("/dev/null", O_WRONLY), 2); /* the loader says that there is no such library */
        close(out[0]);
        execve("/proc/self/exe", vectors[0], vectors[1]);
        _exit(127);
    }
    close(out[1]);
    FILE *in = fdopen(out[0], "r");
    memset(lines, 0, sizeof lines);
    for (int i = 0; i < 5; i++)
        if (fgets(lines[i], sizeof lines[i], in))
            lines[i][strcspn(lines[i], "\n")] = '\0';
    fclose(in);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(lines[4], "1");
}

static void assert_left(const char *before, const char *after)
{
    char wanted[1024];

    run("", before);
    snprintf(wanted, sizeof wanted, "%s%s", after, *after ? "|" : "");
    assert_string_equal(lines[3], wanted);
}

static void arguments_are_those_of_the_program(void **state)
{
    (void)state;
    run("one|two words|-3", "A=1");
    assert_string_equal(lines[0], "--child|one|two words|-3|");
}

static void values_have_defaults(void **state)
{
    (void)state;
    run("", "A=1");
    assert_string_equal(lines[1], "|512|1|0|0|800|none||0|0||(none)");
}

static void values_are_found(void **state)
{
    (void)state;
    run("", "HEAPCOACH_DIR=/d|A=1|HEAPCOACH_DEPTH=9|HEAPCOACH_FINISH=0|OTHER=x=y|"
            "HEAPCOACH_CHECK_UNWIND=1|HEAPCOACH_RECORDING=/r");
    assert_string_equal(lines[1], "/d|9|0|1|0|800|none||0|0|/r|x=y");
    assert_string_equal(lines[2], "/d|9|0|1|0|800|none||0|0|/r|");
}

static void an_empty_value_is_the_default(void **state)
{
    (void)state;
    run("", "HEAPCOACH_DEPTH=|HEAPCOACH_DIR=|OTHER=");
    assert_string_equal(lines[1], "|512|1|0|0|800|none||0|0||");
}

static void a_longer_name_is_another_variable(void **state)
{
    (void)state;
    run("", "HEAPCOACH_DIRECTORY=/d|XHEAPCOACH_DIR=/e|OTHERS=1");
    assert_string_equal(lines[1], "|512|1|0|0|800|none||0|0||(none)");
}

static void our_own_variables_are_taken_out(void **state)
{
    (void)state;
    assert_left("HEAPCOACH_DIR=/d", "");
    assert_left("A=1|HEAPCOACH_DIR=/d|B=2|HEAPCOACH_FINISH=0|HEAPCOACH_OTHER=1|C=3", "A=1|B=2|C=3");
    assert_left("A=1|XHEAPCOACH_DIR=2|HEAPCOACH=3", "A=1|XHEAPCOACH_DIR=2|HEAPCOACH=3");
}

static void the_library_is_cut_out_of_the_preloads(void **state)
{
    (void)state;
    assert_left("A=1|LD_PRELOAD=" LIBRARY "|B=2", "A=1|B=2");
    assert_left("LD_PRELOAD=" LIBRARY ":/y.so", "LD_PRELOAD=/y.so");
    assert_left("LD_PRELOAD=/y.so:" LIBRARY, "LD_PRELOAD=/y.so");
    assert_left("LD_PRELOAD=/y.so:" LIBRARY ":/z.so", "LD_PRELOAD=/y.so:/z.so");
    assert_left("LD_PRELOAD=/y.so " LIBRARY " /z.so", "LD_PRELOAD=/y.so /z.so");
    assert_left("LD_PRELOAD=" LIBRARY " /z.so", "LD_PRELOAD=/z.so");
}

static void other_preloads_are_left_alone(void **state)
{
    (void)state;
    assert_left("LD_PRELOAD=/y.so", "LD_PRELOAD=/y.so");
    assert_left("LD_PRELOAD=" LIBRARY ".1", "LD_PRELOAD=" LIBRARY ".1");
    assert_left("LD_PRELOAD=/a/xlibheapcoach.so", "LD_PRELOAD=/a/xlibheapcoach.so");
    assert_left("LD_PRELOAD=" LIBRARY "x:/y.so", "LD_PRELOAD=" LIBRARY "x:/y.so");
    assert_left("LD_PRELOAD=libheapcoach.so/y.so", "LD_PRELOAD=libheapcoach.so/y.so");
    assert_left("LD_PRELOADS=" LIBRARY, "LD_PRELOADS=" LIBRARY);
}

/* LD_PRELOAD may name us in ways that the loader has resolved since. */
static void a_library_spelled_otherwise_is_cut_out_too(void **state)
{
    (void)state;
    assert_left("LD_PRELOAD=libheapcoach.so", "");
    assert_left("LD_PRELOAD=/y.so:libheapcoach.so:/z.so", "LD_PRELOAD=/y.so:/z.so");
    assert_left("LD_PRELOAD=./libheapcoach.so", "");
    assert_left("LD_PRELOAD=$ORIGIN/../$LIB/libheapcoach.so", "");
    assert_left("LD_PRELOAD=/x/../x/libheapcoach.so:" LIBRARY, "");
}

/* Or the children would be recorded after all. */
static void a_library_that_is_named_twice_is_cut_out_twice(void **state)
{
    (void)state;
    assert_left("LD_PRELOAD=" LIBRARY ":" LIBRARY, "");
    assert_left("LD_PRELOAD=" LIBRARY ":/y.so:" LIBRARY ":" LIBRARY, "LD_PRELOAD=/y.so");
}

static void an_empty_environment_stays_empty(void **state)
{
    (void)state;
    assert_left("", "");
}

int main(int argc, char **argv)
{
    (void)argc;
    if (strcmp(argv[0], "--child") == 0)
        return say_what_is_seen();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_those_of_the_program),
        cmocka_unit_test(values_have_defaults),
        cmocka_unit_test(values_are_found),
        cmocka_unit_test(an_empty_value_is_the_default),
        cmocka_unit_test(a_longer_name_is_another_variable),
        cmocka_unit_test(our_own_variables_are_taken_out),
        cmocka_unit_test(the_library_is_cut_out_of_the_preloads),
        cmocka_unit_test(other_preloads_are_left_alone),
        cmocka_unit_test(a_library_spelled_otherwise_is_cut_out_too),
        cmocka_unit_test(a_library_that_is_named_twice_is_cut_out_twice),
        cmocka_unit_test(an_empty_environment_stays_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
