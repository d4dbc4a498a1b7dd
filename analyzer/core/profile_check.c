/* profile_check.c - the checks of a profile that need the whole file, as its keys come in any
 * order: that every number that names something names something. Called once by profile.c,
 * before anybody else sees the profile.
 */
#include "analyzer/core/profile_read.h"

static int check_stack(const struct profile *profile, const uint32_t *stack, uint32_t depth,
                       const char *where, uint32_t index, struct error *error)
{
    for (uint32_t i = 0; i < depth; i++)
        if (stack[i] == 0 || stack[i] >= profile->frame_count)
            return error_set(error,
                             "%s: not " PROFILE_WHAT
                             ": expected frame numbers from 1 to %u (as ftbl has), "
                             "found %u in %s[%u]",
                             profile->path, profile->frame_count ? profile->frame_count - 1 : 0,
                             stack[i], where, index);
    return 0;
}

static int check_points(const struct profile *profile, struct error *error)
{
    for (uint32_t i = 0; i < profile->point_count; i++) {
        const struct profile_point *point = &profile->points[i];
        if (check_stack(profile, point->stack, point->depth, "pps", i, error) != 0)
            return -1;
        if (profile->has_own && !point->own)
            return error_set(error,
                             "%s: expected \"hc\" in every program point, found pps[%u] "
                             "without: another tool has changed this file",
                             profile->path, i);
        for (uint32_t t = 0; point->own && t < point->own->thread_count; t++)
            if (point->own->threads[t].thread >= profile->thread_count)
                return error_set(error, "%s: expected thread numbers below %u, found %u in pps[%u]",
                                 profile->path, profile->thread_count,
                                 point->own->threads[t].thread, i);
    }
    return 0;
}

static int check_links(const struct profile *profile, struct error *error)
{
    for (uint32_t i = 0; i < profile->link_count; i++) {
        const struct profile_link *link = &profile->links[i];
        bool to = link->to < profile->point_count;
        if (link->from >= profile->point_count || to == (link->to_stack != NULL) ||
            (!to && link->to != PROFILE_NONE))
            return error_set(error,
                             "%s: expected links between program points below %u, found "
                             "another in links[%u]",
                             profile->path, profile->point_count, i);
        if (check_stack(profile, link->to_stack, link->to_depth, "links", i, error) != 0)
            return -1;
    }
    return 0;
}

static int check_frames(const struct profile *profile, struct error *error)
{
    for (uint32_t i = 0; i < profile->frame_count; i++) {
        uint32_t module = profile->frames[i].module;
        if (module != PROFILE_NONE && module >= profile->module_count)
            return error_set(error, "%s: expected module numbers below %u, found %u in frames[%u]",
                             profile->path, profile->module_count, module, i);
    }
    return 0;
}

int profile_check(const struct profile *profile, struct error *error)
{
    if (check_frames(profile, error) != 0 || check_points(profile, error) != 0 ||
        check_links(profile, error) != 0)
        return -1;
    return 0;
}
