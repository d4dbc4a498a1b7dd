/* links.c - pairs of stacks.
 *
 * Used by profile_write. Only which link belongs to which pair is kept; the numbers stay in
 * the recording until a pair is written.
 */
#include "analyzer/core/links.h"

#include <stdlib.h>
#include <string.h>

static int compare_parts(const void *a, const void *b)
{
    const struct link_part *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return x->link < y->link ? -1 : x->link > y->link;
}

int links_build(struct links *l, const struct recording *r, struct stacks *stacks)
{
    uint32_t recorded = (uint32_t)r->header->count[REC_LINKS];
    *l = (struct links){.parts = malloc((recorded + 1) * sizeof(*l->parts))};
    if (!l->parts)
        return -1;
    struct rec_link link;
    for (uint32_t i = 1; i < recorded; i++) {
        if (!recording_link(r, i, &link) || !link.n)
            continue;
        int64_t from = stacks_of_node(stacks, link.from);
        int64_t to = stacks_of_node(stacks, link.to);
        if (from < 0 || to < 0) {
            links_free(l);
            return -1;
        }
        l->parts[l->count++] = (struct link_part){link.kind, (uint32_t)from, (uint32_t)to, i};
    }
    if (l->count)
        qsort(l->parts, l->count, sizeof(*l->parts), compare_parts);
    return 0;
}

uint32_t links_sum(const struct links *l, const struct recording *r, uint32_t first,
                   struct rec_link *sum, uint64_t *to_hist)
{
    const struct link_part *head = &l->parts[first];
    *sum = (struct rec_link){.kind = head->kind};
    memset(to_hist, 0, REC_BUCKETS * sizeof(*to_hist));
    uint32_t i = first;
    for (; i < l->count && l->parts[i].kind == head->kind && l->parts[i].from == head->from &&
           l->parts[i].to == head->to;
         i++) {
        struct rec_link link;
        if (!recording_link(r, l->parts[i].link, &link))
            continue;
        sum->n += link.n;
        sum->bytes += link.bytes;
        sum->to_bytes += link.to_bytes;
        sum->moved += link.moved;
        if (link.final_max > sum->final_max)
            sum->final_max = link.final_max;
        recording_add_histogram(r, &link.to_hist, to_hist);
    }
    return i;
}

void links_free(struct links *l)
{
    free(l->parts);
    *l = (struct links){0};
}
