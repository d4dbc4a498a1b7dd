/* elf64.h - in place of libunwind's file of that name, which reads ELF files: we do not. It
 * is included right after libunwind has defined how to lock and how to map memory, and so
 * is the place to say that it does neither. */
#ifndef HEAPCOACH_LIBUNWIND_ELF64_H
#define HEAPCOACH_LIBUNWIND_ELF64_H

/* There is nothing to lock: the only shared state is constant, and the rule cache that the
 * locks guard is never used (it is keyed by the pc alone, and so mistakes an interrupted pc
 * for an equal return address). A fork could leave such a lock taken for ever. */
#undef mutex_init
#undef mutex_lock
#undef mutex_unlock
#define mutex_init(lock) 0
#define mutex_lock(lock) ((void)(lock), 0)
#define mutex_unlock(lock) ((void)(lock), 0)

/* The rule cache would map memory. */
#undef GET_MEMORY
#define GET_MEMORY(at, bytes) ((at) = NULL)
#define munmap(at, bytes) ((void)(at), (void)(bytes), 0)

#endif
