/* address_filter.c - counts up and down; see address_filter.h. Called once per sampled block. */
#include "preload/address_filter.h"

static void change(struct address_filter *filter, uintptr_t address, int by)
{
    uint8_t *group = &filter->counts[address >> 4 & (ADDRESS_FILTER_GROUPS - 1)];
    uint8_t count = __atomic_load_n(group, __ATOMIC_RELAXED);

    /* full, or full once: what is in it is no longer known */
    while (count != UINT8_MAX &&
           !__atomic_compare_exchange_n(group, &count, (uint8_t)(count + by), true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

void address_filter_add(struct address_filter *filter, uintptr_t address)
{
    change(filter, address, 1);
}

void address_filter_clear(struct address_filter *filter)
{
    for (unsigned i = 0; i < ADDRESS_FILTER_GROUPS; i++)
        if (filter->counts[i])
            filter->counts[i] = 0;
}

void address_filter_remove(struct address_filter *filter, uintptr_t address)
{
    change(filter, address, -1);
}
