/* cmd_explain.c - `heapcoach explain`: what the rules look for, or one of them in full. The texts
 * are the rules' own; docs/rules.md is made of the same ones.
 */
#include "analyzer/cli/command.h"
#include "analyzer/render/markdown_out.h"
#include "analyzer/render/screen.h"
#include "analyzer/rules/rules.h"

#include <stdio.h>
#include <string.h>

#define INDENT 2
#define ID_COLUMNS 20
#define NUMBER_ROOM 40

/* The parts of an explanation, for both formats. A new part is a line here. */
static const struct {
    const char *heading;
    size_t offset; /* of a const char * in struct rule_explanation */
    bool code;
} parts[] = {
    {"What it looks for", offsetof(struct rule_explanation, what), false},
    {"Why it costs", offsetof(struct rule_explanation, why), false},
    {"When it is wrong", offsetof(struct rule_explanation, wrong), false},
    {"What to do", offsetof(struct rule_explanation, fix), false},
    {"Before", offsetof(struct rule_explanation, before), true},
    {"After", offsetof(struct rule_explanation, after), true},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const char *part_of(const struct rule *rule, size_t part)
{
    const char *text;
    memcpy(&text, (const char *)&rule->explain + parts[part].offset, sizeof(text));
    return text ? text : "";
}

/* The next paragraph of a text: its length; paragraphs are parted by empty lines. */
static size_t paragraph_length(const char *text)
{
    const char *end = strstr(text, "\n\n");
    return end ? (size_t)(end - text) : strlen(text);
}

static const char *number(char *to, double value)
{
    snprintf(to, NUMBER_ROOM, value >= 1e6 ? "%.0f" : "%g", value);
    return to;
}

/* ---- text ---- */

static void print_paragraphs(const struct screen *screen, const char *text)
{
    char paragraph[8192];
    while (*text) {
        size_t n = paragraph_length(text);
        snprintf(paragraph, sizeof(paragraph), "%.*s", (int)n, text);
        screen_paragraph(screen, SCREEN_PLAIN, INDENT, paragraph);
        text += n;
        text += strspn(text, "\n");
        if (*text)
            fputc('\n', screen->stream);
    }
}

static void print_thresholds(const struct rule *rule, const struct screen *screen)
{
    char value[NUMBER_ROOM];
    if (rule->threshold_count)
        screen_print(screen, SCREEN_STRONG, "\nThresholds\n");
    for (size_t i = 0; i < rule->threshold_count; i++) {
        screen_print(screen, SCREEN_PLAIN, "%*s%s = %s\n", INDENT, "", rule->thresholds[i].key,
                     number(value, rule->thresholds[i].value));
        screen_paragraph(screen, SCREEN_FAINT, INDENT + 4, rule->thresholds[i].why);
    }
}

static void print_references(const struct rule *rule, const struct screen *screen)
{
    if (!rule->reference[0] && !rule->skill[0])
        return;
    screen_print(screen, SCREEN_STRONG, "\nWhere to read on\n");
    if (rule->reference[0])
        screen_hanging(screen, SCREEN_PLAIN, INDENT, "The Rust Performance Book, ",
                       rule->reference);
    if (rule->skill[0])
        screen_hanging(screen, SCREEN_PLAIN, INDENT, "Rust performance skill, ", rule->skill);
}

static void print_rule(const struct rule *rule, const struct screen *screen)
{
    screen_print(screen, SCREEN_HOT, "%s", rule->id);
    screen_print(screen, SCREEN_STRONG, "  %s\n", rule->title);
    for (size_t i = 0; i < PARTS; i++) {
        const char *text = part_of(rule, i);
        if (!text[0])
            continue;
        screen_print(screen, SCREEN_STRONG, "\n%s\n", parts[i].heading);
        if (parts[i].code)
            screen_lines(screen, SCREEN_CODE, INDENT + 2, "", text);
        else
            print_paragraphs(screen, text);
    }
    print_thresholds(rule, screen);
    print_references(rule, screen);
}

static void print_list(const struct screen *screen)
{
    for (const struct rule *const *rule = rules_all; *rule; rule++) {
        char lead[64];
        snprintf(lead, sizeof(lead), "%-*s", ID_COLUMNS, (*rule)->id);
        screen_hanging(screen, SCREEN_PLAIN, INDENT, lead, (*rule)->summary);
    }
    fputc('\n', screen->stream);
    screen_paragraph(screen, SCREEN_FAINT, 0, "`heapcoach explain RULE` says more.");
}

/* ---- Markdown ---- */

static void write_paragraphs(FILE *stream, const char *text)
{
    char paragraph[8192];
    while (*text) {
        size_t n = paragraph_length(text);
        snprintf(paragraph, sizeof(paragraph), "%.*s", (int)n, text);
        markdown_text(stream, paragraph);
        fputs("\n\n", stream);
        text += n;
        text += strspn(text, "\n");
    }
}

static void write_rule(const struct rule *rule, FILE *stream)
{
    char value[NUMBER_ROOM];
    fprintf(stream, "## %s\n\n", rule->id);
    write_paragraphs(stream, rule->title);
    for (size_t i = 0; i < PARTS; i++) {
        const char *text = part_of(rule, i);
        if (!text[0])
            continue;
        fprintf(stream, "**%s.** ", parts[i].heading);
        fputs(parts[i].code ? "\n\n" : "", stream);
        if (parts[i].code)
            markdown_block(stream, "rust", text);
        else
            write_paragraphs(stream, text);
        fputs(parts[i].code ? "\n" : "", stream);
    }
    for (size_t i = 0; i < rule->threshold_count; i++) {
        fprintf(stream, "%s- `%s` = %s: ", i ? "" : "**Thresholds.**\n\n", rule->thresholds[i].key,
                number(value, rule->thresholds[i].value));
        markdown_text(stream, rule->thresholds[i].why);
        fputs(i + 1 == rule->threshold_count ? "\n\n" : "\n", stream);
    }
    if (rule->reference[0]) {
        fputs("**Where to read on.** The Rust Performance Book, ", stream);
        write_paragraphs(stream, rule->reference);
    }
}

static void write_all(FILE *stream)
{
    fputs("# The rules\n\n"
          "What `heapcoach report` looks for. Made of the rules' own texts by `make docs`; "
          "`heapcoach explain RULE` shows\nthe same in a terminal.\n\n",
          stream);
    for (const struct rule *const *rule = rules_all; *rule; rule++) {
        fprintf(stream, "- [%s](#%s): ", (*rule)->id, (*rule)->id);
        markdown_text(stream, (*rule)->summary);
        fputc('\n', stream);
    }
    fputc('\n', stream);
    for (const struct rule *const *rule = rules_all; *rule; rule++)
        write_rule(*rule, stream);
}

/* ---- the command ---- */

static int explain(const struct command_values *values, int count, char **arguments)
{
    bool markdown = values->format && strcmp(values->format, "markdown") == 0;
    const struct rule *rule = count ? rules_find(arguments[0]) : NULL;
    struct screen screen = screen_of(stdout);
    struct error error;
    if (count && !rule) {
        error_set(&error, "no rule is called `%s`; `heapcoach explain` lists them", arguments[0]);
        return command_fail(&error);
    }
    if (rule && markdown)
        write_rule(rule, stdout);
    else if (rule)
        print_rule(rule, &screen);
    else if (markdown)
        write_all(stdout);
    else
        print_list(&screen);
    return COMMAND_FINE;
}

static const struct command_option options[] = {
    {"format", 0, OPTION_CHOICE, offsetof(struct command_values, format), "FORMAT", "text|markdown",
     "text for a terminal (the default), or Markdown"},
    {0},
};

const struct command cmd_explain = {
    .name = "explain",
    .arguments = "[--format text|markdown] [RULE]",
    .summary = "Say what a rule looks for, why it costs, and how to fix it",
    .help = "RULE is the id that stands at each finding. Without one all rules are listed.\n",
    .options = options,
    .arguments_max = 1,
    .run = explain,
};
