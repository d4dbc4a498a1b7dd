/* limits_file.c - reads a limit file, strictly: see limits.h for its schema. Nothing in it is
 * passed over: what is not understood is an error with its line.
 */
#include "analyzer/core/json_in.h"
#include "analyzer/core/limits.h"
#include "analyzer/core/limits_text.h"

#include <stdio.h>
#include <string.h>

#define SCHEMA "heapcoach-limits/1"
#define LARGEST_EXACT 9007199254740992.0 /* 2^53: cJSON keeps numbers as doubles */
#define PATH_ROOM 4096
#define KEYS_ROOM 400

struct reader {
    struct limits_text text;
    struct limits *limits;
    struct error *error;
};

/* ---- objects ---- */

/* One key of an object, and what to do with its value. */
struct key {
    const char *name;
    int (*take)(struct reader *r, const cJSON *value, void *context);
};

static void list_keys(const struct key *keys, char *to)
{
    to[0] = 0;
    for (; keys->name; keys++)
        snprintf(to + strlen(to), KEYS_ROOM - strlen(to), "%s%s", to[0] ? ", " : "", keys->name);
}

/* Each member by its key's `take`. `what`: "a limit file", "a budget". */
static int take_object(struct reader *r, const cJSON *object, const struct key *keys,
                       const char *what, void *context)
{
    char names[KEYS_ROOM];
    if (!cJSON_IsObject(object))
        return limits_text_fail(&r->text, object, r->error, "expected %s, an object", what);
    for (const cJSON *value = object->child; value; value = value->next) {
        const struct key *key = keys;
        while (key->name && strcmp(key->name, value->string) != 0)
            key++;
        if (!key->name) {
            list_keys(keys, names);
            return limits_text_fail(&r->text, value, r->error,
                                    "unknown key \"%s\"; %s may have: %s", value->string, what,
                                    names);
        }
        for (const cJSON *before = object->child; before != value; before = before->next)
            if (strcmp(before->string, value->string) == 0)
                return limits_text_fail(&r->text, value, r->error, "the key \"%s\" stands twice",
                                        value->string);
        if (key->take(r, value, context) != 0)
            return -1;
    }
    return 0;
}

static const char *type_name(const cJSON *value)
{
    return cJSON_IsString(value)   ? "a text"
           : cJSON_IsNumber(value) ? "a number"
           : cJSON_IsBool(value)   ? "true or false"
           : cJSON_IsArray(value)  ? "an array"
           : cJSON_IsObject(value) ? "an object"
                                   : "null";
}

static int wrong_type(struct reader *r, const cJSON *value, const char *expected)
{
    return limits_text_fail(&r->text, value, r->error, "%s%s%sexpected %s, found %s",
                            value->string ? "\"" : "", value->string ? value->string : "",
                            value->string ? "\": " : "", expected, type_name(value));
}

static int take_text(struct reader *r, const cJSON *value, const char **text)
{
    if (!cJSON_IsString(value))
        return wrong_type(r, value, "a text");
    if (!value->valuestring[0])
        return limits_text_fail(&r->text, value, r->error, "expected a text that is not empty");
    *text = value->valuestring;
    return 0;
}

static int take_whole(struct reader *r, const cJSON *value, uint64_t *number)
{
    double n = value->valuedouble;
    if (!cJSON_IsNumber(value))
        return wrong_type(r, value, "a whole number");
    if (!(n >= 0 && n <= LARGEST_EXACT) || (double)(uint64_t)n != n)
        return limits_text_fail(&r->text, value, r->error,
                                "\"%s\": expected a whole number from 0 to %.0f, found %.17g",
                                value->string, LARGEST_EXACT, n);
    *number = (uint64_t)n;
    return 0;
}

static void say_where(const struct reader *r, const cJSON *value, char *to, size_t n)
{
    snprintf(to, n, "%s:%u", r->text.path, limits_text_line(&r->text, value));
}

/* ---- totals ---- */

static int take_total(struct reader *r, const cJSON *value, void *context)
{
    char where[PATH_ROOM];
    struct limit limit = {.kind = LIMIT_TOTAL, .subject = "", .where = where};
    (void)context;
    while (strcmp(limit_metrics[limit.metric].key, value->string) != 0)
        limit.metric++;
    say_where(r, value, where, sizeof(where));
    if (take_whole(r, value, &limit.most) != 0)
        return -1;
    return limits_add(r->limits, &limit, r->error);
}

/* ---- findings ---- */

static int take_rule(struct reader *r, const cJSON *value)
{
    char where[PATH_ROOM];
    struct limit limit = {.kind = LIMIT_FINDINGS, .where = where};
    say_where(r, value, where, sizeof(where));
    if (take_text(r, value, &limit.subject) != 0)
        return -1;
    return limits_add(r->limits, &limit, r->error);
}

static int take_fail_on(struct reader *r, const cJSON *value, void *context)
{
    (void)context;
    if (!cJSON_IsArray(value))
        return wrong_type(r, value, "an array of rules");
    if (!value->child)
        return limits_text_fail(&r->text, value, r->error,
                                "\"fail_on\": expected a rule at least, found none");
    for (const cJSON *rule = value->child; rule; rule = rule->next)
        if (take_rule(r, rule) != 0)
            return -1;
    return 0;
}

/* ---- budgets ---- */

struct budget {
    const char *function, *crate;
    bool may_be_absent;
    bool given[LIMIT_METRIC_COUNT];
    uint64_t most[LIMIT_METRIC_COUNT];
};

static int take_function(struct reader *r, const cJSON *value, void *budget)
{
    return take_text(r, value, &((struct budget *)budget)->function);
}

static int take_crate(struct reader *r, const cJSON *value, void *budget)
{
    return take_text(r, value, &((struct budget *)budget)->crate);
}

static int take_absent(struct reader *r, const cJSON *value, void *budget)
{
    if (!cJSON_IsBool(value))
        return wrong_type(r, value, "true or false");
    ((struct budget *)budget)->may_be_absent = cJSON_IsTrue(value);
    return 0;
}

static int take_budget_limit(struct reader *r, const cJSON *value, void *context)
{
    struct budget *budget = context;
    int metric = 0;
    while (strcmp(limit_metrics[metric].budget_key, value->string) != 0)
        metric++;
    budget->given[metric] = true;
    return take_whole(r, value, &budget->most[metric]);
}

#define BUDGET_KEY(metric, key, option, budget_key) {budget_key, take_budget_limit},
static const struct key budget_keys[] = {
    {"function", take_function},
    {"crate", take_crate},
    {"may_be_absent", take_absent},
    LIMIT_METRICS(BUDGET_KEY){NULL, NULL},
};

static int add_budget(struct reader *r, const cJSON *value, const struct budget *budget)
{
    char where[PATH_ROOM];
    bool any = false;
    struct limit limit = {
        .kind = budget->function ? LIMIT_FUNCTION : LIMIT_CRATE,
        .subject = budget->function ? budget->function : budget->crate,
        .where = where,
        .may_be_absent = budget->may_be_absent,
    };
    if (!budget->function == !budget->crate)
        return limits_text_fail(&r->text, value, r->error,
                                "expected a budget of one function or one crate, found %s",
                                budget->function ? "both" : "neither");
    say_where(r, value, where, sizeof(where));
    for (int m = 0; m < LIMIT_METRIC_COUNT; m++) {
        if (!budget->given[m])
            continue;
        limit.metric = m;
        limit.most = budget->most[m];
        any = true;
        if (limits_add(r->limits, &limit, r->error) != 0)
            return -1;
    }
    return any ? 0
               : limits_text_fail(&r->text, value, r->error,
                                  "the budget of %s limits nothing: expected \"max_blocks\" or "
                                  "another limit",
                                  limit.subject);
}

static int take_budgets(struct reader *r, const cJSON *value, void *context)
{
    (void)context;
    if (!cJSON_IsArray(value))
        return wrong_type(r, value, "an array of budgets");
    for (const cJSON *item = value->child; item; item = item->next) {
        struct budget budget = {0};
        if (take_object(r, item, budget_keys, "a budget", &budget) != 0 ||
            add_budget(r, item, &budget) != 0)
            return -1;
    }
    return 0;
}

/* ---- the file ---- */

static int take_schema(struct reader *r, const cJSON *value, void *context)
{
    const char *schema;
    (void)context;
    if (take_text(r, value, &schema) != 0)
        return -1;
    return strcmp(schema, SCHEMA) == 0
               ? 0
               : limits_text_fail(&r->text, value, r->error,
                                  "expected the schema " SCHEMA ", found %s", schema);
}

/* A relative path is below the file's folder. */
static int take_baseline(struct reader *r, const cJSON *value, void *context)
{
    char where[PATH_ROOM], whole[PATH_ROOM];
    const char *path, *slash = strrchr(r->text.path, '/');
    (void)context;
    if (take_text(r, value, &path) != 0)
        return -1;
    int folder = slash && path[0] != '/' ? (int)(slash + 1 - r->text.path) : 0;
    if (snprintf(whole, sizeof(whole), "%.*s%s", folder, r->text.path, path) >= PATH_ROOM)
        return limits_text_fail(&r->text, value, r->error, "\"baseline\": the path is too long");
    say_where(r, value, where, sizeof(where));
    return limits_set_baseline(r->limits, whole, where, r->error);
}

static int take_tolerance(struct reader *r, const cJSON *value, void *context)
{
    char where[PATH_ROOM], percent[40];
    (void)context;
    if (!cJSON_IsNumber(value))
        return wrong_type(r, value, "a number");
    say_where(r, value, where, sizeof(where));
    snprintf(percent, sizeof(percent), "%.17g", value->valuedouble);
    return limits_set_tolerance(r->limits, percent, where, r->error);
}

#define TOTAL_KEY(metric, key, option, budget_key) {key, take_total},
static const struct key file_keys[] = {
    {"schema", take_schema},
    LIMIT_METRICS(TOTAL_KEY){"fail_on", take_fail_on},
    {"budgets", take_budgets},
    {"baseline", take_baseline},
    {"tolerance_percent", take_tolerance},
    {NULL, NULL},
};

int limits_read_memory(struct limits *limits, const char *text, size_t n, const char *path,
                       struct error *error)
{
    struct reader r = {.limits = limits, .error = error};
    if (limits_text_parse(&r.text, text, n, path, error) != 0)
        return -1;
    int result = take_object(&r, r.text.root, file_keys, "a limit file", NULL);
    limits_text_free(&r.text);
    return result;
}

int limits_read(struct limits *limits, const char *path, struct error *error)
{
    struct json_in in;
    if (json_in_open(&in, path, "a limit file", error) != 0)
        return -1;
    int result =
        limits_read_memory(limits, (const char *)in.text + in.at, in.bytes - in.at, path, error);
    json_in_free(&in);
    return result;
}
