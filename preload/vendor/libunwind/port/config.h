/* config.h - libunwind's configuration for heapcoach, written by hand in place of what
 * libunwind's configure would make. Included first by every file of libunwind that we take.
 *
 * What is wanted: the DWARF engine for x86-64, reading everything through callbacks (what
 * libunwind calls a remote address space), and nothing of the process around it; see also
 * elf64.h. It is called in hooks of malloc, in signal handlers, and in the child of a fork
 * of a threaded program.
 */
#ifndef HEAPCOACH_LIBUNWIND_CONFIG_H
#define HEAPCOACH_LIBUNWIND_CONFIG_H

#define HAVE_ELF_H 1
#define HAVE_ENDIAN_H 1
#define HAVE__BUILTIN_UNREACHABLE 1
#define PACKAGE_STRING "libunwind 1.6.2"
#define PACKAGE_BUGREPORT "heapcoach"

#endif
