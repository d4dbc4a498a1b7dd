/* loader.c - four threads load and close a library each, over and over, while one allocates and two
 * list the loader's modules and allocate in the callback, where the loader's lock is held.
 * Arguments: rounds, four libraries. Prints how often the one allocated, and how often the callback
 * was called. With -DOWN_COPY the program looks for its stack as garbage collectors do.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef OWN_COPY
/* A variable of the loader's of which the linker makes a copy in the program, for all to use. */
extern void *__libc_stack_end;
#else
static void *no_copy = &no_copy;
#define __libc_stack_end no_copy
#endif

static int stop;
static int rounds;
static unsigned long allocations, callbacks;

static void *load_and_close(void *path)
{
    for (int i = 0; i < rounds; i++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        void (*called)(void) = library ? (void (*)(void))dlsym(library, "called") : NULL;
        if (!called) {
            fprintf(stderr, "%s\n", dlerror());
            exit(3);
        }
        called();
        dlclose(library);
    }
    return NULL;
}

static __attribute__((noinline)) void in_program(void)
{
    void *volatile block = malloc(50);
    block = realloc(block, 5000);
    free(block);
}

static void *allocate(void *unused)
{
    for (; !__atomic_load_n(&stop, __ATOMIC_RELAXED); allocations++)
        in_program();
    return unused;
}

static int in_callback(struct dl_phdr_info *info, size_t size, void *counted)
{
    (void)info;
    (void)size;
    void *volatile block = malloc(33);
    free(block);
    ++*(unsigned long *)counted;
    return 0;
}

static void *list_modules(void *unused)
{
    unsigned long counted = 0;

    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        dl_iterate_phdr(in_callback, &counted);
        /* the loader's lock is not fair: without a rest those who load would wait for minutes */
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    }
    __atomic_fetch_add(&callbacks, counted, __ATOMIC_RELAXED);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t loaders[4], others[3];

    if (argc != 6 || __libc_stack_end == NULL)
        return 2;
    rounds = atoi(argv[1]);
    pthread_create(&others[0], NULL, allocate, NULL);
    pthread_create(&others[1], NULL, list_modules, NULL);
    pthread_create(&others[2], NULL, list_modules, NULL);
    for (int i = 0; i < 4; i++)
        pthread_create(&loaders[i], NULL, load_and_close, argv[2 + i]);
    for (int i = 0; i < 4; i++)
        pthread_join(loaders[i], NULL);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 3; i++)
        pthread_join(others[i], NULL);
    printf("%lu %lu\n", allocations, callbacks);
    return 0;
}
