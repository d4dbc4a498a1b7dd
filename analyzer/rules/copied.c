/* copied.c - see copied.h. Asked by rule_clone.c. Names are data of a file: any text must do no
 * harm.
 */
#include "analyzer/rules/copied.h"
#include "analyzer/rules/evidence.h"
#include "analyzer/rules/fact_types.h"
#include "analyzer/rules/frame_facts.h"

#include <string.h>

/* One point's. */
struct copy {
    const char *type;
    struct fact_types types;
    const struct profile_frame *clone; /* of a crate's own type; NULL: none */
    bool inside;                       /* the block is of what a value holds */
};

static const struct profile_frame *frame_at(const struct evidence *e, uint32_t point, uint32_t at)
{
    return &e->profile->frames[e->profile->points[point].stack[at]];
}

/* ---- names ---- */

/* `<app::Config as core::clone::Clone>::clone`, `app::<impl core::clone::Clone for
 * app::Config>::clone`: "Config". Line tables have "clone" alone. */
static const char *type_of_impl(const struct profile_frame *frame, struct findings *f)
{
    static const char as[] = " as core::clone::Clone>", impl[] = "<impl core::clone::Clone for ";
    const char *name = frame->function, *end = strstr(name, as);
    const char *start = strstr(name, impl);
    if (end && name[0] == '<')
        start = name + 1;
    else if (start) {
        start += sizeof(impl) - 1;
        end = strstr(start, ">::clone");
    }
    if (!start || !end)
        return "";
    return facts_short_type(&f->arena, finding_text(f, "%.*s", (int)(end - start), start));
}

/* "Vec<f64>", "String", "HashMap<u32, u32>"; "" where not known. */
static const char *name_of(const struct fact_types *types, struct findings *f)
{
    if (types->key[0])
        return finding_text(f, "%s<%s%s%s>", types->container[0] ? types->container : "map",
                            types->key, types->value[0] ? ", " : "", types->value);
    if (!types->container[0] || strcmp(types->container, "String") == 0 || !types->element[0])
        return types->container;
    return finding_text(f, "%s<%s>", types->container, types->element);
}

/* Does a value of that type have memory of its own, that is copied with it? Not behind a reference,
 * nor a Rc, which is shared. */
static bool owns_memory(const char *type)
{
    static const char *const owners[] = {"String", "Vec", "Box<", "Map<", "Set<", "PathBuf"};
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
        const char *at = strstr(type, owners[i]);
        if (at && (at == type || at[-1] != '&') && !strstr(type, "Rc<") && !strstr(type, "Arc<"))
            return true;
    }
    return false;
}

/* ---- one point ---- */

/* The outermost Clone of a crate's own type inside of the line; PROFILE_NONE: none. */
static uint32_t clone_of_crate(const struct evidence *e, uint32_t point, uint32_t end)
{
    for (uint32_t i = end; i-- > 0;) {
        const struct profile_frame *frame = frame_at(e, point, i);
        char base[64];
        frame_base(frame, base, sizeof(base));
        if ((frame->kind == OWNER_USER || frame->kind == OWNER_DEP) && !frame_is_library(frame) &&
            strcmp(base, "clone") == 0)
            return i;
    }
    return PROFILE_NONE;
}

/* The container around values of a crate's own type: Vec<Config>, by the frames outside of their
 * Clone. Names of frames that are not inlined may be another's, so they come last. */
static void find_container(struct fact_types *types, const struct evidence *e, uint32_t point,
                           uint32_t start, uint32_t end, struct arena *arena)
{
    *types =
        (struct fact_types){.element = "", .container = "", .key = "", .value = "", .hasher = ""};
    for (uint32_t i = end; i-- > start;)
        if (frame_is_library(frame_at(e, point, i)))
            fact_types_container(types, frame_at(e, point, i), arena);
    for (int inlined = 1; inlined >= 0; inlined--)
        for (uint32_t i = end; i-- > start;) {
            const struct profile_frame *frame = frame_at(e, point, i);
            if (frame->inlined == (bool)inlined && frame_is_library(frame))
                fact_types_add(types, frame, arena);
        }
}

static struct copy copy_of(const struct evidence *e, uint32_t point, struct findings *f)
{
    const struct facts *facts = &e->facts[point];
    uint32_t depth = e->profile->points[point].depth, end = facts->user.at;
    end = end == PROFILE_NONE || end > depth ? facts->leaf_end : end;
    uint32_t clone = clone_of_crate(e, point, end);
    if (clone == PROFILE_NONE)
        return (struct copy){.type = name_of(&facts->types, f), .types = facts->types};
    struct copy copy = {.clone = frame_at(e, point, clone), .inside = true};
    find_container(&copy.types, e, point, clone + 1, end, &f->arena);
    copy.type = name_of(&copy.types, f);
    if (copy.types.container[0])
        copy.clone = NULL;
    else
        copy.type = type_of_impl(copy.clone, f);
    return copy;
}

/* ---- all ---- */

/* Without a name, by the file of its Clone: each field may have a line there. */
static bool is_same(const struct copy *a, const struct copy *b)
{
    if (a->type[0] || b->type[0] || !a->clone || !b->clone)
        return strcmp(a->type, b->type) == 0;
    return strcmp(a->clone->file, b->clone->file) == 0;
}

static const char *place_of(const struct profile_frame *frame, struct findings *f)
{
    const char *base = strrchr(frame->file, '/');
    return frame->line ? finding_text(f, "%s:%u", base ? base + 1 : frame->file, frame->line) : "";
}

struct copied copied_of(const struct evidence *e, const struct case_of_line *one,
                        struct findings *f)
{
    struct copy top = copy_of(e, one->top, f);
    const struct profile_frame *clone = top.clone;
    struct copied copied = {.type = top.type,
                            .container = top.types.container,
                            .element = top.types.element,
                            .of_crate = clone != NULL,
                            .clone_at = ""};
    copied.holds = top.inside ||
                   (one->count > 1 && (owns_memory(top.types.element) ||
                                       owns_memory(top.types.key) || owns_memory(top.types.value)));
    for (uint32_t i = 0; i < one->count; i++) {
        struct copy copy = copy_of(e, one->points[i], f);
        copied.holds = copied.holds || copy.inside;
        copied.others = copied.others || ((e->data & EVIDENCE_LINES) && !is_same(&copy, &top));
        if (clone && copy.clone && copy.clone->line < clone->line && is_same(&copy, &top))
            clone = copy.clone;
    }
    if (clone)
        copied.clone_at = place_of(clone, f);
    return copied;
}
