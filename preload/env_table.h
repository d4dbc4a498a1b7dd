/* env_table.h - the environment variables that the recorder and the analyzer understand,
 * said once: the recorder's parser, `heapcoach help`, and the README's table come from it.
 *
 * X(NAME, DEFAULT, MEANING): the variable is HEAPCOACH_ followed by NAME.
 */
#ifndef HEAPCOACH_ENV_TABLE_H
#define HEAPCOACH_ENV_TABLE_H

#define HEAPCOACH_ENV(X)                                                                           \
    X(DIR, "",                                                                                     \
      "folder for the recording and, unless -o is given, the profile (default: the profile in "    \
      "the current folder, the recording in a private folder under TMPDIR, /dev/shm or /tmp)")     \
    X(DEPTH, "512", "frames kept per stack, innermost first; 1 to 512")                            \
    X(FINISH, "1",                                                                                 \
      "0: leave the recording when a program that was preloaded by hand ends, for "                \
      "`heapcoach finish`")                                                                        \
    X(CHECK_UNWIND, "0", "1: walk every stack with libunwind too, and count the differences")      \
    X(RECORDING, "", "exact path of the recording; set by `heapcoach run`, not by hand")

#endif
