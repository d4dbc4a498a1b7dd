/* version.h - the version of heapcoach, as --version and profiles say it. */
#ifndef HEAPCOACH_VERSION_H
#define HEAPCOACH_VERSION_H

#define HEAPCOACH_VERSION "0.1.0"

#endif
