/* fact_types.c - see fact_types.h and the types in facts.h. Called by facts.c.
 *
 * DW_AT_name keeps generic arguments: `push<u64, alloc::alloc::Global>` in vec/mod.rs. Which
 * argument is what depends on whose method it is, and that the file tells; the table below
 * is the list. Names are data of a file: any text must do no harm.
 */
#define _GNU_SOURCE /* memrchr */
#include "analyzer/rules/fact_types.h"

#include <stdlib.h>
#include <string.h>

#define ARGUMENTS 4

struct piece {
    const char *text;
    size_t n;
};

/* ---- taking names apart ---- */

static bool opens(char c)
{
    return c == '<' || c == '(' || c == '[' || c == '{';
}

static bool closes(const char *s, const char *start)
{
    return (*s == '>' && (s == start || s[-1] != '-')) || *s == ')' || *s == ']' || *s == '}';
}

/* Splits what stands between the brackets that open at `open`, at commas of the top level. Returns
 * how many, ARGUMENTS at most. */
static size_t split(const char *open, size_t n, struct piece *pieces)
{
    size_t count = 0, start = 1;
    int depth = 0;
    for (size_t i = 0; i < n; i++) {
        bool last = false;
        if (opens(open[i]))
            depth++;
        else if (closes(open + i, open))
            last = --depth == 0;
        if (!last && !(depth == 1 && open[i] == ','))
            continue;
        if (count < ARGUMENTS && i > start)
            pieces[count++] = (struct piece){open + start, i - start};
        if (last)
            break;
        start = i + 1;
        while (start < n && open[start] == ' ')
            start++;
    }
    return count;
}

static size_t arguments_of(const char *name, size_t n, struct piece *pieces)
{
    const char *open = memchr(name, '<', n);
    if (!open || open == name || *name == '{')
        return 0;
    return split(open, n - (size_t)(open - name), pieces);
}

static bool begins(struct piece piece, const char *with)
{
    size_t n = strlen(with);
    return piece.n >= n && memcmp(piece.text, with, n) == 0;
}

/* ---- short names ---- */

static bool is_path_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':' || c == '#' || c == '{' || c == '}';
}

/* Removes every `what` from text. */
static void remove_all(char *text, const char *what)
{
    size_t n = strlen(what);
    for (char *at = text; (at = strstr(at, what)) != NULL;)
        memmove(at, at + n, strlen(at + n) + 1);
}

static const char *short_piece(struct arena *arena, struct piece piece)
{
    char *to = arena_alloc(arena, piece.n + 1), *end = to;
    if (!to)
        return "";
    for (size_t i = 0; i < piece.n;) {
        size_t start = i;
        while (i < piece.n && is_path_char(piece.text[i]))
            i++;
        size_t from = start;
        for (size_t k = start; k + 1 < i; k++)
            if (piece.text[k] == ':' && piece.text[k + 1] == ':')
                from = k + 2;
        memcpy(end, piece.text + from, i - from);
        end += i - from;
        if (i < piece.n && i == start)
            *end++ = piece.text[i++];
    }
    *end = 0;
    remove_all(to, ", Global");
    remove_all(to, ",Global");
    remove_all(to, ", RandomState");
    return to;
}

const char *facts_short_type(struct arena *arena, const char *type)
{
    return short_piece(arena, (struct piece){type, strlen(type)});
}

/* ---- sizes ---- */

struct layout {
    uint64_t size, align; /* align 0: not known */
};

static struct layout layout_of(struct piece type, int depth);

/* A tuple's fields are put in order so that there is the least padding. */
static struct layout layout_of_tuple(struct piece type, int depth)
{
    struct piece fields[ARGUMENTS];
    struct layout sum = {0, 1};
    size_t count = split(type.text, type.n, fields), covered = 0;
    for (size_t i = 0; i < count; i++) {
        struct layout field = layout_of(fields[i], depth);
        if (!field.align)
            return field;
        sum.size += field.size;
        if (field.align > sum.align)
            sum.align = field.align;
        covered = (size_t)(fields[i].text + fields[i].n - type.text);
    }
    if (covered + 2 < type.n) /* more fields than were split off */
        return (struct layout){0, 0};
    sum.size = (sum.size + sum.align - 1) / sum.align * sum.align;
    return sum;
}

static struct layout layout_of_array(struct piece type, int depth)
{
    const char *semicolon = memrchr(type.text, ';', type.n);
    if (!semicolon)
        return (struct layout){0, 0};
    struct piece element = {type.text + 1, (size_t)(semicolon - type.text) - 1};
    struct layout one = layout_of(element, depth);
    uint64_t n = strtoull(semicolon + 1, NULL, 10);
    if (n > 1u << 20)
        return (struct layout){0, 0};
    one.size *= n;
    return one;
}

/* Pointers to what has a length or a vtable are two words. */
static struct layout layout_of_pointer(struct piece to)
{
    bool wide = begins(to, "str") || begins(to, "[") || begins(to, "dyn ") || begins(to, "(dyn ") ||
                begins(to, "std::path::Path") || begins(to, "std::ffi::os_str::OsStr");
    if (begins(to, "[") && memchr(to.text, ';', to.n))
        wide = false; /* an array */
    return (struct layout){wide ? 16 : 8, 8};
}

static struct layout layout_of(struct piece type, int depth)
{
    static const struct {
        const char *begin;
        uint64_t size, align;
        bool whole; /* the whole name */
    } known[] = {
        {"u8", 1, 1, true},
        {"i8", 1, 1, true},
        {"bool", 1, 1, true},
        {"u16", 2, 2, true},
        {"i16", 2, 2, true},
        {"u32", 4, 4, true},
        {"i32", 4, 4, true},
        {"f32", 4, 4, true},
        {"char", 4, 4, true},
        {"u64", 8, 8, true},
        {"i64", 8, 8, true},
        {"f64", 8, 8, true},
        {"usize", 8, 8, true},
        {"isize", 8, 8, true},
        {"u128", 16, 16, true},
        {"i128", 16, 16, true},
        {"()", 0, 1, true},
        {"alloc::string::String", 24, 8, true},
        {"std::path::PathBuf", 24, 8, true},
        {"std::ffi::os_str::OsString", 24, 8, true},
        {"alloc::vec::Vec<", 24, 8, false},
        {"core::option::Option<alloc::string::String>", 24, 8, true},
        {"core::option::Option<alloc::vec::Vec<", 24, 8, false},
        {"alloc::borrow::Cow<", 24, 8, false},
        {"alloc::collections::vec_deque::VecDeque<", 32, 8, false},
        {"alloc::collections::btree::map::BTreeMap<", 24, 8, false},
        {"std::collections::hash::map::HashMap<", 48, 8, false},
        {"String", 24, 8, true}, /* short names, as facts have them */
        {"PathBuf", 24, 8, true},
        {"OsString", 24, 8, true},
        {"Vec<", 24, 8, false},
        {"VecDeque<", 32, 8, false},
        {"BTreeMap<", 24, 8, false},
        {"HashMap<", 48, 8, false},
    };
    static const char *const pointers[] = {"&mut ",
                                           "&",
                                           "*const ",
                                           "*mut ",
                                           "alloc::boxed::Box<",
                                           "alloc::rc::Rc<",
                                           "alloc::sync::Arc<",
                                           "core::ptr::non_null::NonNull<",
                                           "Box<",
                                           "Rc<",
                                           "Arc<"};
    if (!type.n || depth > 8)
        return (struct layout){0, 0};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (begins(type, known[i].begin) && (!known[i].whole || type.n == strlen(known[i].begin)))
            return (struct layout){known[i].size, known[i].align};
    for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
        if (begins(type, pointers[i])) {
            size_t n = strlen(pointers[i]);
            return layout_of_pointer((struct piece){type.text + n, type.n - n});
        }
    if (*type.text == '[')
        return layout_of_array(type, depth + 1);
    if (*type.text == '(')
        return layout_of_tuple(type, depth + 1);
    return (struct layout){0, 0};
}

uint64_t facts_type_bytes(const char *type)
{
    return layout_of((struct piece){type, strlen(type)}, 0).size;
}

/* ---- which argument is what ---- */

static void set_text(const char **to, struct arena *arena, struct piece piece)
{
    if (!**to && piece.n)
        *to = short_piece(arena, piece);
}

static void set_element(struct fact_types *types, struct arena *arena, struct piece piece)
{
    if (*types->element || !piece.n || begins(piece, "alloc::alloc::Global"))
        return;
    types->element = short_piece(arena, piece);
    types->element_bytes = layout_of(piece, 0).size;
}

/* Methods, by the file that they are in: the container, and what its first arguments are. */
static const struct owner_file {
    const char *file, *path; /* path: where the file is not known */
    const char *container;
    enum { ELEMENT, TEXT, MAP, SET } arguments;
} owner_files[] = {
    {"collections/vec_deque", "vec_deque::", "VecDeque", ELEMENT},
    {"collections/binary_heap", "binary_heap::", "BinaryHeap", ELEMENT},
    {"collections/linked_list", "linked_list::", "LinkedList", ELEMENT},
    {"collections/btree/set", "btree::set::", "BTreeSet", SET},
    {"collections/btree/map", "btree::map::", "BTreeMap", MAP},
    {"collections/hash/map.rs", "hash::map::", "HashMap", MAP},
    {"collections/hash/set.rs", "hash::set::", "HashSet", SET},
    {"hashbrown/src/map.rs", "hashbrown::map::", "HashMap", MAP},
    {"hashbrown/src/set.rs", "hashbrown::set::", "HashSet", SET},
    {"src/rustc_entry.rs", "hashbrown::rustc_entry", "HashMap", MAP},
    {"alloc/src/string.rs", "alloc::string::", "String", TEXT},
    {"alloc/src/str.rs", "alloc::str::", "String", TEXT},
    {"alloc/src/fmt.rs", "alloc::fmt::", "String", TEXT},
    {"std/src/path.rs", "std::path::", "PathBuf", TEXT},
    {"alloc/src/vec", "alloc::vec", "Vec", ELEMENT},
    {"alloc/src/slice.rs", "alloc::slice::", "Vec", ELEMENT},
    {"alloc/src/rc.rs", "alloc::rc::", "Rc", ELEMENT},
    {"alloc/src/sync.rs", "alloc::sync::", "Arc", ELEMENT},
    {"alloc/src/boxed", "alloc::boxed::", "Box", ELEMENT},
};

/* "hashbrown-0.16.1/src/map.rs" counts as "hashbrown/src/map.rs". */
static bool is_in_file(const struct profile_frame *frame, const char *file)
{
    static const char crate[] = "hashbrown";
    size_t n = sizeof(crate) - 1;
    if (strncmp(file, crate, n) != 0)
        return strstr(frame->file, file) != NULL;
    const char *at = strstr(frame->file, crate);
    return at && strstr(at, file + n) != NULL;
}

static const struct owner_file *owner_file_of(const struct profile_frame *frame)
{
    for (size_t i = 0; i < sizeof(owner_files) / sizeof(owner_files[0]); i++)
        if (frame->file[0] ? is_in_file(frame, owner_files[i].file)
                           : strstr(frame->function, owner_files[i].path) != NULL)
            return &owner_files[i];
    return NULL;
}

/* Crates call theirs RandomState, too; that alone stands for std's. */
static void set_hasher(struct fact_types *types, struct arena *arena, struct piece piece)
{
    if (!*types->hasher && begins(piece, "foldhash::"))
        types->hasher = "foldhash::RandomState";
    else if (!*types->hasher && begins(piece, "ahash::"))
        types->hasher = "ahash::RandomState";
    else
        set_text(&types->hasher, arena, piece);
}

static void set_key_value(struct fact_types *types, struct arena *arena, const struct piece *pieces,
                          size_t count, const struct owner_file *owner)
{
    bool is_set = owner->arguments == SET;
    set_text(&types->key, arena, pieces[0]);
    if (is_set && !*types->value)
        types->value = "()";
    else if (count > 1)
        set_text(&types->value, arena, pieces[1]);
    size_t hasher = is_set ? 1 : 2;
    if (owner->container[0] == 'H' && count > hasher &&
        !begins(pieces[hasher], "alloc::alloc::Global"))
        set_hasher(types, arena, pieces[hasher]);
}

/* `alloc::vec::Vec<u64, alloc::alloc::Global>` as the result of a collect, perhaps within a
 * Result or an Option. */
static void add_collected(struct fact_types *types, struct arena *arena, struct piece type)
{
    static const struct {
        const char *begin;
        struct owner_file owner;
    } known[] = {
        {"alloc::vec::Vec<", {"", "", "Vec", ELEMENT}},
        {"alloc::boxed::Box<[", {"", "", "Vec", ELEMENT}},
        {"alloc::collections::vec_deque::VecDeque<", {"", "", "VecDeque", ELEMENT}},
        {"std::collections::hash::map::HashMap<", {"", "", "HashMap", MAP}},
        {"std::collections::hash::set::HashSet<", {"", "", "HashSet", SET}},
        {"alloc::collections::btree::map::BTreeMap<", {"", "", "BTreeMap", MAP}},
        {"alloc::collections::btree::set::BTreeSet<", {"", "", "BTreeSet", SET}},
    };
    struct piece pieces[ARGUMENTS];
    size_t count = arguments_of(type.text, type.n, pieces);
    if (begins(type, "core::result::Result<") || begins(type, "core::option::Option<")) {
        if (count && !begins(pieces[0], "core::"))
            add_collected(types, arena, pieces[0]);
        return;
    }
    if (begins(type, "alloc::string::String")) {
        types->container = "String";
        set_element(types, arena, (struct piece){"u8", 2});
    }
    for (size_t i = 0; count && i < sizeof(known) / sizeof(known[0]); i++) {
        if (!begins(type, known[i].begin))
            continue;
        types->container = known[i].owner.container;
        if (known[i].owner.arguments != ELEMENT)
            set_key_value(types, arena, pieces, count, &known[i].owner);
        else if (pieces[0].n > 2 && pieces[0].text[0] == '[') /* of a boxed slice */
            set_element(types, arena, (struct piece){pieces[0].text + 1, pieces[0].n - 2});
        else
            set_element(types, arena, pieces[0]);
    }
}

/* The name with generic arguments. Line tables have no linkage names, so there it is all that an
 * inlined function is called: `push<u64, alloc::alloc::Global>`, without a path. */
static const char *generic_name(const struct profile_frame *frame)
{
    if (frame->name[0])
        return frame->name;
    const char *open = strchr(frame->function, '<'), *path = strstr(frame->function, "::");
    return open && (!path || path > open) ? frame->function : "";
}

void fact_types_add(struct fact_types *types, const struct profile_frame *frame,
                    struct arena *arena)
{
    struct piece pieces[ARGUMENTS];
    const char *name = generic_name(frame);
    size_t count = arguments_of(name, strlen(name), pieces);
    if (count > 1 && strncmp(name, "collect<", 8) == 0) {
        add_collected(types, arena, pieces[1]);
        return;
    }
    const struct owner_file *owner = owner_file_of(frame);
    /* Frames of others inside of the container's own are of what it is made of. */
    if (!count || !owner || strcmp(types->container, owner->container) != 0)
        return;
    if (owner->arguments == ELEMENT)
        set_element(types, arena, pieces[0]);
    else if (owner->arguments != TEXT)
        set_key_value(types, arena, pieces, count, owner);
}

void fact_types_container(struct fact_types *types, const struct profile_frame *frame,
                          struct arena *arena)
{
    const struct owner_file *owner = *types->container ? NULL : owner_file_of(frame);
    if (!owner)
        return;
    types->container = owner->container;
    if (owner->arguments == TEXT)
        set_element(types, arena, (struct piece){"u8", 2});
}

#define VEC "alloc::vec::Vec<"

const char *fact_types_dropped(const struct profile_frame *frame, size_t *n)
{
    static const char drop[] = "drop_in_place";
    const char *texts[] = {frame->name, frame->function};
    for (size_t i = 0; i < 2; i++) {
        const char *at = strstr(texts[i], drop);
        struct piece pieces[ARGUMENTS];
        if (!at || (at != texts[i] && at[-1] != ':'))
            continue;
        at += sizeof(drop) - 1;
        if (at[0] == ':' && at[1] == ':')
            at += 2;
        if (*at == '<' && split(at, strlen(at), pieces)) {
            *n = pieces[0].n;
            return pieces[0].text;
        }
    }
    return NULL;
}

bool fact_types_of_drop(struct fact_types *types, const struct profile_frame *frame,
                        struct arena *arena)
{
    size_t n;
    struct piece pieces[ARGUMENTS];
    const char *type = fact_types_dropped(frame, &n);
    if (!type || begins((struct piece){type, n}, "alloc::raw_vec::"))
        return false;
    bool tells = frame->inlined && begins((struct piece){type, n}, VEC) &&
                 split(type + sizeof(VEC) - 2, n - (sizeof(VEC) - 2), pieces) &&
                 !begins(pieces[0], "u8");
    if (tells) {
        types->container = "Vec";
        set_element(types, arena, pieces[0]);
    }
    return true;
}
