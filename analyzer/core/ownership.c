/* ownership.c - whose code a frame is.
 *
 * Used by the frame table, once per distinct frame. The order matters: the module first
 * (the C library has Rust-free paths of its own), then what only the name can tell (the
 * allocator shims have no source), then the file, which is right for inlined frames whose
 * mangled name is not known, then the crate of the name.
 */
#include "analyzer/core/ownership.h"
#include "analyzer/core/demangle.h"
#include "preload/env_table.h"

#include <ctype.h>
#include <string.h>

static const char *const names[OWNER_COUNT] = {
    [OWNER_NONE] = "none", [OWNER_USER] = "user", [OWNER_DEP] = "dep",   [OWNER_STD] = "std",
    [OWNER_RT] = "rt",     [OWNER_LIBC] = "libc", [OWNER_HOOK] = "hook",
};

const char *ownership_name(enum owner owner)
{
    return names[owner];
}

enum owner ownership_from_name(const char *name)
{
    for (int i = 0; i < OWNER_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum owner)i;
    return OWNER_NONE;
}

static bool is_empty(const char *text)
{
    return !text || !*text;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Copies a package's name as a crate's. */
static void set_crate(char *crate, const char *name, size_t length)
{
    if (length >= OWNERSHIP_CRATE_BYTES)
        length = OWNERSHIP_CRATE_BYTES - 1;
    for (size_t i = 0; i < length; i++)
        crate[i] = name[i] == '-' ? '_' : name[i];
    crate[length] = '\0';
}

static size_t component_length(const char *path)
{
    return strcspn(path, "/");
}

/* The length of NAME in NAME-VERSION, where a version is digits and a dot at least (md-5-0.10.1);
 * 0 if there is no version. */
static size_t name_before_version(const char *component, size_t length)
{
    for (size_t i = 1; i + 3 < length; i++) {
        if (component[i] != '-')
            continue;
        size_t digits = i + 1;
        while (digits < length && isdigit((unsigned char)component[digits]))
            digits++;
        if (digits > i + 1 && digits + 1 < length && component[digits] == '.' &&
            isdigit((unsigned char)component[digits + 1]))
            return i;
    }
    return 0;
}

/* The length of NAME in NAME-HASH, of 16 hexadecimal digits; 0 if there is no hash. */
static size_t name_before_hash(const char *component, size_t length)
{
    enum { DIGITS = 16 };
    if (length < DIGITS + 2 || component[length - DIGITS - 1] != '-')
        return 0;
    for (size_t i = length - DIGITS; i < length; i++)
        if (!isxdigit((unsigned char)component[i]))
            return 0;
    return length - DIGITS - 1;
}

/* The last place where `folder` ("/a/b/") occurs, or where the path begins with it less its
 * first slash (paths may be relative to a remapped root). The text behind it, or NULL. */
static const char *behind(const char *path, const char *folder)
{
    const char *found = NULL;
    if (starts_with(path, folder + 1))
        found = path + strlen(folder + 1);
    for (const char *s = strstr(path, folder); s; s = strstr(s + 1, folder))
        found = s + strlen(folder);
    return found;
}

/* /rustc/HASH/library/NAME/...: how rustup's toolchains name their sources (src/libNAME
 * before 2020), also those of vendored crates in newer ones. */
static bool in_std_of_rustup(const char *file, char *crate)
{
    if (!starts_with(file, "/rustc/"))
        return false;
    const char *inside = file + strlen("/rustc/");
    inside += component_length(inside);
    const char *library = behind(inside, "/library/");
    const char *vendored = behind(inside, "/vendor/");
    const char *old = behind(inside, "/src/lib");
    const char *name = vendored ? vendored : library ? library : old;
    if (name) {
        size_t length = component_length(name);
        size_t bare = name_before_version(name, length);
        set_crate(crate, name, bare ? bare : length);
    }
    return true;
}

/* Crates that std is built from come from cargo's registry on the machine where the
 * toolchain was built: /cargo/registry before 1.80, /rust/deps since. */
static bool in_std_of_builder(const char *file, char *crate)
{
    const char *package = NULL;
    if (starts_with(file, "/rust/deps/")) {
        package = file + strlen("/rust/deps/");
    } else if (starts_with(file, "/cargo/registry/src/")) {
        package = file + strlen("/cargo/registry/src/");
        package += component_length(package);
        package += *package == '/';
    }
    if (!package)
        return false;
    size_t length = component_length(package);
    size_t bare = name_before_version(package, length);
    set_crate(crate, package, bare ? bare : length);
    /* A container may have its own registry in /cargo. */
    return starts_with(file, "/rust/deps/") || demangle_is_std_crate(crate);
}

/* The rust-src component, and distributions that ship or build rustc:
 * /usr/src/rustc-1.63.0/library/, /build/rustc-XXXX/rustc-1.63.0/library/. */
static bool in_std_sources(const char *file, char *crate)
{
    const char *root = behind(file, "/lib/rustlib/src/rust/");
    if (!root) {
        const char *build = starts_with(file, "/usr/src/rustc-") ? file + strlen("/usr/src/")
                            : starts_with(file, "/build/")       ? strstr(file, "/rustc-")
                                                                 : NULL;
        root = build ? strchr(build + 1, '/') : NULL;
        if (!root)
            return false;
    }
    const char *library = strstr(root - 1, "/library/");
    const char *vendor = strstr(root - 1, "/vendor/");
    if (!library && !vendor)
        return false;
    const char *name = vendor ? vendor + strlen("/vendor/") : library + strlen("/library/");
    size_t length = component_length(name);
    size_t bare = name_before_version(name, length);
    set_crate(crate, name, bare ? bare : length);
    return true;
}

/* Folders that hold one folder per package. */
static const struct {
    const char *folder;
    bool index;     /* a folder for the registry's index comes first */
    bool versioned; /* only NAME-VERSION is believed */
} package_folders[] = {
    {"/registry/src/", true, true},    {"/usr/share/cargo/registry/", false, true},
    {"/cargo_registry/", false, true}, {"/cargo-vendor-dir/", false, true},
    {"/git/checkouts/", false, false}, {"/vendor/", false, false},
};

static bool in_package_folder(const char *file, char *crate)
{
    for (size_t i = 0; i < sizeof(package_folders) / sizeof(package_folders[0]); i++) {
        const char *package = behind(file, package_folders[i].folder);
        if (package && package_folders[i].index) {
            package += component_length(package);
            package += *package == '/';
        }
        if (!package)
            continue;
        size_t length = component_length(package);
        if (length == 0 || package[length] != '/')
            continue;
        size_t bare = name_before_version(package, length);
        if (!bare && package_folders[i].versioned)
            continue;
        if (!bare && strcmp(package_folders[i].folder, "/git/checkouts/") == 0)
            for (bare = length; bare > 0 && package[bare] != '-'; bare--)
                ; /* NAME-HASH */
        set_crate(crate, package, bare ? bare : length);
        return true;
    }
    return false;
}

/* TARGET/PROFILE/build/NAME-HASH/out/... */
bool ownership_is_generated(const char *file, char *crate)
{
    crate[0] = '\0';
    for (const char *s = strstr(file, "/build/"); s; s = strstr(s + 1, "/build/")) {
        const char *package = s + strlen("/build/");
        size_t length = component_length(package);
        size_t bare = name_before_hash(package, length);
        if (bare && starts_with(package + length, "/out/")) {
            set_crate(crate, package, bare);
            return true;
        }
    }
    return false;
}

enum owner ownership_of_path(const char *file, char *crate)
{
    crate[0] = '\0';
    if (in_std_of_rustup(file, crate) || in_std_of_builder(file, crate) ||
        in_std_sources(file, crate))
        return OWNER_STD;
    crate[0] = '\0';
    if (in_package_folder(file, crate))
        return OWNER_DEP;
    crate[0] = '\0';
    return OWNER_USER;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_c_library(const char *module)
{
    static const char *const prefixes[] = {
        "libc.so",       "libc-2.",   "libm.so",  "libm-2.",    "libmvec",   "ld-linux",
        "ld-2.",         "libdl",     "librt.so", "libpthread", "libgcc_s.", "linux-vdso",
        "linux-gate.so", "libresolv", "ld-musl",  "libnss_",    "[vdso]",
    };
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (starts_with(base_name(module), prefixes[i]))
            return true;
    return false;
}

/* What stands between the C library and the user's main, and between alloc and malloc. Some
 * has no crate, some is in std: it is the role that counts. Compared with the function's
 * path without generics. */
static bool is_runtime(const struct ownership_question *q, bool in_std)
{
    static const char *const anywhere[] = {
        "_start",
        "__libc_start_main",
        "__libc_start_call_main",
        "__rust_alloc",
        "__rust_dealloc",
        "__rust_realloc",
        "__rust_alloc_zeroed",
        "__rdl_alloc",
        "__rdl_dealloc",
        "__rdl_realloc",
        "__rdl_alloc_zeroed",
        "__rg_alloc",
        "__rg_dealloc",
        "__rg_realloc",
        "__rg_alloc_zeroed",
        "__rust_start_panic",
        "_dl_relocate_static_pie",
        "__libc_csu_init",
    };
    static const char *const only_std[] = {
        "lang_start",   "lang_start_internal",        "__rust_begin_short_backtrace",
        "thread_start", "__rust_end_short_backtrace",
    };
    size_t length = strcspn(q->function, "<(");
    if (length == 0)
        length = strlen(q->function);
    char path[256];
    if (length >= sizeof(path))
        return false;
    memcpy(path, q->function, length);
    path[length] = '\0';
    size_t closure = (size_t)(strstr(path, "::{") ? strstr(path, "::{") - path : (long)length);
    path[closure] = '\0'; /* lang_start::{closure} is lang_start */
    while (closure >= 2 && strcmp(path + closure - 2, "::") == 0)
        path[closure -= 2] = '\0'; /* lang_start::<()> */
    const char *last = path;
    for (const char *s = strstr(path, "::"); s; s = strstr(s + 2, "::"))
        last = s + 2;

    bool rustc_shim = last == path || in_std || starts_with(path, "__rustc::");
    for (size_t i = 0; rustc_shim && i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
        if (strcmp(last, anywhere[i]) == 0)
            return true;
    for (size_t i = 0; in_std && i < sizeof(only_std) / sizeof(only_std[0]); i++)
        if (strcmp(last, only_std[i]) == 0)
            return true;
    /* The C main that rustc writes has no source; a C program's main has, or has no crate
     * of a Rust main beside it. */
    return strcmp(path, "main") == 0 && is_empty(q->file) && is_empty(q->crate) &&
           !is_empty(q->main_crate);
}

/* libfoo.so.1 is called foo. */
static void set_library(char *crate, const char *module)
{
    const char *name = base_name(module);
    const char *end = strstr(name, ".so");
    set_crate(crate, name, end ? (size_t)(end - name) : strlen(name));
}

static bool is_library(const char *module)
{
    const char *so = strstr(base_name(module), ".so");
    return so && (so[3] == '\0' || so[3] == '.');
}

/* No source file: a stripped program, or one without debug information. */
static enum owner by_name(const struct ownership_question *q, char *crate)
{
    if (!is_empty(q->crate)) {
        set_crate(crate, q->crate, strlen(q->crate));
        if (strcmp(q->crate, "__rustc") == 0)
            return OWNER_RT;
        if (demangle_is_std_crate(q->crate))
            return OWNER_STD;
        /* Only the crate of main is surely the user's. Where none is known (a library, a test
         * without its main) better all than none. */
        if (is_empty(q->main_crate) || strcmp(q->main_crate, q->crate) == 0)
            return OWNER_USER;
        return OWNER_DEP;
    }
    if (q->module && is_library(q->module)) {
        set_library(crate, q->module);
        return OWNER_DEP;
    }
    return is_empty(q->function) ? OWNER_NONE : OWNER_USER;
}

static bool is_recorder(const char *module)
{
    return starts_with(module, HEAPCOACH_LIBRARY) || starts_with(module, HEAPCOACH_SAMPLE_LIBRARY);
}

enum owner ownership_of(const struct ownership_question *q, char *crate)
{
    crate[0] = '\0';
    if (q->module && is_recorder(base_name(q->module)))
        return OWNER_HOOK;
    if (q->module && is_c_library(q->module)) {
        set_library(crate, q->module);
        return OWNER_LIBC;
    }
    enum owner owner;
    if (is_empty(q->file)) {
        owner = by_name(q, crate);
    } else {
        owner = ownership_of_path(q->file, crate);
        /* `cargo install` builds the program itself in the registry's folder. */
        if (owner == OWNER_DEP && !is_empty(q->main_crate) && strcmp(q->main_crate, crate) == 0)
            owner = OWNER_USER;
        if (owner == OWNER_USER && !is_empty(q->crate))
            set_crate(crate, q->crate, strlen(q->crate));
        else if (owner == OWNER_USER)
            ownership_is_generated(q->file, crate);
    }
    /* A library of the system whose debug information is installed. */
    if (owner == OWNER_USER && q->module && is_library(q->module) &&
        (starts_with(q->module, "/usr/lib") || starts_with(q->module, "/lib"))) {
        set_library(crate, q->module);
        owner = OWNER_DEP;
    }
    if (!is_empty(q->function) && is_runtime(q, owner == OWNER_STD))
        return OWNER_RT;
    return owner;
}
