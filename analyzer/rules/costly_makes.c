/* costly_makes.c - see costly_makes.h. Used by crate_parts.c and rule_made_again.c.
 *
 * Measured with rustc 1.95 on two cores of an AMD EPYC, made and dropped 200 times in turn: a tokio
 * runtime 86 us, of the current thread alone 7, and without drivers less than 2; a rayon pool of
 * two
 * threads 56 and 63; reqwest's blocking client 83; an automaton of eight words 20; a set of three
 * globs 30, one glob 11.
 */
#include "analyzer/rules/costly_makes.h"
#include "analyzer/rules/frame_facts.h"

#include <string.h>

#define BASE_BYTES 128

static const char *const builds[] = {"build", NULL};
static const char *const news[] = {"new", "build", NULL};
static const char *const matchers[] = {"compile_matcher", NULL};
static const char *const only_new[] = {"new", NULL};
static const char *const compiles[] = {"compile", "compile2", "compile_with_name", NULL};
static const char *const templates[] = {"template_from_str", "template_from_named_str", NULL};
static const char *const sets[] = {"new", "one_off", NULL};
static const char *const validators[] = {"validator_for", NULL};
static const char *const defaults[] = {"load_defaults", "load_defaults_newlines",
                                       "load_defaults_nonewlines", NULL};

static const struct costly_make makes[] = {
    {"tokio", "/runtime/runtime.rs", news, "a runtime of tokio's", "runtimes of tokio's", 60000, 0,
     "Make one in main, and pass its Handle to whoever has to wait: Handle::block_on runs a "
     "future, "
     "spawn hands it over. In async code await it instead.",
     "let runtime = tokio::runtime::Runtime::new()?; // once\n"
     "for request in requests {\n"
     "    runtime.block_on(answer(request))?;\n"
     "}\n"},
    {"tokio", "/runtime/builder.rs", builds, "a runtime of tokio's", "runtimes of tokio's", 0, 0,
     "Make one in main, and pass its Handle to whoever has to wait: Handle::block_on runs a "
     "future, "
     "spawn hands it over. In async code await it instead.",
     "let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?; // once\n"
     "for request in requests {\n"
     "    runtime.block_on(answer(request))?;\n"
     "}\n"},
    {"rayon_core", "/lib.rs", builds, "a pool of rayon's", "pools of rayon's", 50000, 0,
     "rayon has a pool of its own, which is made once: par_iter, join and scope use it. Where "
     "another number of threads is wanted, make the pool once and keep it.",
     "let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?; // once\n"
     "for batch in batches {\n"
     "    pool.install(|| batch.par_iter().for_each(work));\n"
     "}\n"},
    {"reqwest", "/blocking/client.rs", news, "a blocking client of reqwest's",
     "blocking clients of reqwest's", 60000, 0,
     "Each has a thread of its own and opens its connections anew. Make one and keep it; a clone "
     "is the same client.",
     "let client = reqwest::blocking::Client::new(); // once\n"
     "for url in urls {\n"
     "    client.get(url).send()?;\n"
     "}\n"},
    {"aho_corasick", "/ahocorasick.rs", news, "an automaton of aho-corasick's",
     "automata of aho-corasick's", 0, CRATE_PART_COMPILING,
     "Make it once, in a static LazyLock or a field of whatever uses it. Searching takes no block.",
     "use std::sync::LazyLock;\n"
     "static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| AhoCorasick::new([\"a\", "
     "\"b\"]).unwrap());\n"},
    {"globset", "/lib.rs", builds, "a set of globs", "sets of globs", 0, CRATE_PART_COMPILING,
     "Each glob becomes a regular expression that is compiled. Make the set once, and match all "
     "paths against it.",
     "let set = builder.build()?; // once\n"
     "for path in paths {\n"
     "    if set.is_match(path) {}\n"
     "}\n"},
    {"globset", "/glob.rs", matchers, "a glob's matcher", "matchers of globs", 0,
     CRATE_PART_COMPILING,
     "Each glob becomes a regular expression that is compiled. Make the matcher once; several "
     "globs together as one GlobSet.",
     "let matcher = Glob::new(\"*.rs\")?.compile_matcher(); // once\n"
     "for path in paths {\n"
     "    if matcher.is_match(path) {}\n"
     "}\n"},
    {"globset", "/glob.rs", news, NULL, NULL, 0, 0, NULL, NULL}, /* parsed, for one of these */
    {"handlebars", "/registry.rs", only_new, "a registry of handlebars's",
     "registries of handlebars's", 0, 0,
     "Each has all helpers anew. Make one, with all templates registered, and render by name.",
     "let mut bars = Handlebars::new(); // once\n"
     "bars.register_template_string(\"page\", source)?;\n"
     "for page in pages {\n"
     "    bars.render(\"page\", &page)?;\n"
     "}\n"},
    {"handlebars", "/template.rs", compiles, "a template of handlebars's",
     "templates of handlebars's", 0, 0,
     "Parse it once, by register_template_string, and render it by name; render_template parses it "
     "each time.",
     "bars.register_template_string(\"page\", source)?; // once\n"
     "for page in pages {\n"
     "    bars.render(\"page\", &page)?;\n"
     "}\n"},
    {"tera", "/tera.rs", sets, "a set of tera's templates", "sets of tera's templates", 0, 0,
     "Each has all filters and testers anew, and parses its templates. Make one, add the templates "
     "to it, and render them by name; one_off makes one each time.",
     "let mut tera = Tera::default(); // once\n"
     "tera.add_raw_template(\"page\", source)?;\n"
     "for page in pages {\n"
     "    tera.render(\"page\", &Context::from_serialize(page)?)?;\n"
     "}\n"},
    {"minijinja", "/environment.rs", templates, "a template of minijinja's",
     "templates of minijinja's", 0, 0,
     "Parse it once, by add_template, and get it by name; render_str parses it each time.",
     "environment.add_template(\"page\", source)?; // once\n"
     "let template = environment.get_template(\"page\")?;\n"
     "for page in pages {\n"
     "    template.render(page)?;\n"
     "}\n"},
    {"jsonschema", "/lib.rs", validators, "a validator of jsonschema's",
     "validators of jsonschema's", 0, CRATE_PART_COMPILING,
     "Make it once, by validator_for, and ask it for each instance; is_valid and validate of the "
     "crate itself make one each time, with its regular expressions.",
     "let validator = jsonschema::validator_for(&schema)?; // once\n"
     "for instance in instances {\n"
     "    if validator.is_valid(&instance) {}\n"
     "}\n"},
    {"syntect", "/dumps.rs", defaults, "a set of syntect's definitions",
     "sets of syntect's definitions", 200000, 0,
     "The definitions are unpacked each time. Load them once, in a static LazyLock or a field.",
     "use std::sync::LazyLock;\n"
     "static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);\n"},
};

static const struct profile_frame *frame_at(const struct profile *profile,
                                            const struct profile_point *point, uint32_t place)
{
    return &profile->frames[point->stack[place]];
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), tail = strlen(end);
    return n >= tail && strcmp(text + n - tail, end) == 0;
}

/* A closure of the function's runs later, or in another thread. */
static bool is_closure(const struct profile_frame *frame)
{
    return strstr(frame->function, "{closure") || strstr(frame->function, "{{closure") ||
           frame->name[0] == '{';
}

const struct costly_make *costly_make_of(const struct profile_frame *frame)
{
    char base[BASE_BYTES];
    if (is_closure(frame))
        return NULL;
    for (size_t i = 0; frame->line && i < sizeof(makes) / sizeof(makes[0]); i++) {
        const struct costly_make *make = &makes[i];
        if (strcmp(frame->crate, make->crate) != 0 || !ends_in(frame->file, make->file))
            continue;
        frame_base(frame, base, sizeof(base));
        for (const char *const *name = make->bases; *name; name++)
            if (strcmp(base, *name) == 0)
                return make;
    }
    return NULL;
}

uint32_t costly_called(const struct profile *profile, const struct profile_point *point,
                       uint32_t leaf_end)
{
    uint32_t called = PROFILE_NONE;
    for (uint32_t i = leaf_end; i < point->depth; i++) {
        const struct profile_frame *frame = frame_at(profile, point, i);
        if (frame->kind == OWNER_USER)
            break;
        if (frame->kind == OWNER_DEP && costly_make_of(frame))
            called = i;
    }
    return called;
}

bool costly_is_maker(const char *crate)
{
    for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++)
        if (strcmp(crate, makes[i].crate) == 0)
            return true;
    return false;
}

enum crate_part costly_part(const struct profile *profile, const struct profile_point *point,
                            uint32_t leaf_end)
{
    return costly_called(profile, point, leaf_end) == PROFILE_NONE ? CRATE_PART_NONE
                                                                   : CRATE_PART_MADE;
}
