/* finder.c - a library that loads another by its bare name, which only its own RUNPATH leads to;
 * with MAIN the program that is linked to it, with FOUND the other.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

int find(void);

#if defined(MAIN)
int main(void)
{
    return find();
}
#elif defined(FOUND)
void *volatile found_sink;
__attribute__((constructor)) static void found(void)
{
    found_sink = malloc(77);
}
#else
int find(void)
{
    return dlopen("libfound-by-runpath.so", RTLD_NOW) == NULL;
}
#endif
