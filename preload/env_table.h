/* env_table.h - the environment variables that the recorder and the analyzer understand,
 * said once: the recorder's parser, `heapcoach help`, and the README's table come from it.
 *
 * X(NAME, DEFAULT, MEANING): the variable is HEAPCOACH_ followed by NAME.
 */
#ifndef HEAPCOACH_ENV_TABLE_H
#define HEAPCOACH_ENV_TABLE_H

/* The two recorders, beside the command: of every event, and of a sample. */
#define HEAPCOACH_LIBRARY "libheapcoach.so"
#define HEAPCOACH_SAMPLE_LIBRARY "libheapcoach_sample.so"

#define HEAPCOACH_ENV(X)                                                                           \
    X(DIR, "",                                                                                     \
      "folder for the recording and, unless -o is given, the profile (default: the profile in "    \
      "the current folder, the recording in a private folder under TMPDIR, /dev/shm or /tmp)")     \
    X(DEPTH, "512", "frames kept per stack, innermost first; 1 to 512")                            \
    X(FINISH, "1",                                                                                 \
      "0: leave the recording when a program that was preloaded by hand ends, for "                \
      "`heapcoach finish`")                                                                        \
    X(CHECK_UNWIND, "0", "1: walk every stack with libunwind too, and count the differences")      \
    X(EXACT_PEAK, "0",                                                                             \
      "1: count the peak exactly even while several threads allocate at once; they then wait "     \
      "for each other (default: off by a thousandth at most, or by 4 KiB a thread)")               \
    X(PACE_NS, "800",                                                                              \
      "events nearer to each other than so many nanoseconds share a reading of the clock, a few "  \
      "together; 0: each reads it, so that lifetimes are exact")                                   \
    X(FOLLOW, "none",                                                                              \
      "which programs are recorded, of the one that is started and those that it starts: none "    \
      "(it "                                                                                       \
      "alone), all, or names of files, separated by commas, in which * stands for any letters")    \
    X(SAMPLE, "",                                                                                  \
      "as `--sample`; with libheapcoach_sample.so: one block in so many bytes is recorded, on "    \
      "average, k and m being 1024 and 1024^2 of them (default: 512k)")                            \
    X(SAMPLE_SEED, "0", "a number that makes the choice of sampled blocks repeatable; 0: none")    \
    X(CARRIED, "0",                                                                                \
      "1: record what Rust's code asks of an allocator that the program carries (mimalloc, "       \
      "jemalloc, snmalloc); set by `heapcoach run` where that can be seen whole, as "              \
      "`heapcoach doctor` tells, and with --follow")                                               \
    X(RECORDING, "",                                                                               \
      "exact path of the recording or, with / at its end, the folder for recordings and for what " \
      "is to be said; set by `heapcoach run`, not by hand")

#endif
