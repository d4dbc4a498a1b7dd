/* sarif_out.c - see sarif_out.h. Used by the formats that write SARIF. */
#include "analyzer/render/sarif_out.h"
#include "analyzer/core/version.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define FINGERPRINT "heapcoach/v1" /* v2 when ids of findings are made another way */

/* the longest path, each of its bytes as %XX */
#define URI_ROOM (sizeof("file://") + 3 * PATH_MAX)

/* ---- parts of a result ---- */

void sarif_text(struct json_out *j, const char *key, const char *text)
{
    json_out_key(j, key);
    json_out_object_line(j);
    json_out_key_string(j, "text", text);
    json_out_end(j);
}

/* Bytes that mean something in a URI, or that none may have, as %XX. */
static void encode_path(const char *path, char *to, size_t n)
{
    size_t used = 0;
    for (; *path && used + 4 < n; path++) {
        unsigned char c = (unsigned char)*path;
        if (isalnum(c) || strchr("/-._~", c))
            to[used++] = (char)c;
        else
            used += (size_t)snprintf(to + used, n - used, "%%%02X", c);
    }
    to[used] = 0;
}

/* 3.29: relative to %SRCROOT%, which who reads the log knows, or absolute. */
static void write_physical(struct json_out *j, const struct sarif_place *place)
{
    char uri[URI_ROOM] = "file://";
    bool whole = place->path[0] == '/';
    size_t used = whole ? strlen(uri) : 0;
    encode_path(place->path, uri + used, sizeof(uri) - used);
    json_out_key(j, "physicalLocation");
    json_out_object(j);
    json_out_key(j, "artifactLocation");
    json_out_object_line(j);
    json_out_key_string(j, "uri", uri);
    if (!whole)
        json_out_key_string(j, "uriBaseId", "%SRCROOT%");
    json_out_end(j);
    if (place->line) {
        json_out_key(j, "region");
        json_out_object_line(j);
        json_out_key_u64(j, "startLine", place->line);
        json_out_end(j);
    }
    json_out_end(j);
}

void sarif_location(struct json_out *j, const struct sarif_place *place, const char *note)
{
    json_out_object(j);
    if (place->path[0])
        write_physical(j, place);
    if (place->function[0]) {
        json_out_key(j, "logicalLocations");
        json_out_array(j);
        json_out_object_line(j);
        json_out_key_string(j, "fullyQualifiedName", place->function);
        json_out_key_string(j, "kind", "function");
        json_out_end(j);
        json_out_end(j);
    }
    if (note[0])
        sarif_text(j, "message", note);
    json_out_end(j);
}

void sarif_fingerprint(struct json_out *j, const char *id)
{
    json_out_key(j, "partialFingerprints");
    json_out_object_line(j);
    json_out_key_string(j, FINGERPRINT, id);
    json_out_end(j);
}

/* ---- the log ---- */

static void end(struct json_out *j, int levels)
{
    while (levels-- > 0)
        json_out_end(j);
}

void sarif_open(struct json_out *j, FILE *stream, const char *tool)
{
    json_out_init(j, stream, 2);
    json_out_object(j);
    json_out_key_string(j, "$schema", SCHEMA);
    json_out_key_string(j, "version", "2.1.0");
    json_out_key(j, "runs");
    json_out_array(j);
    json_out_object(j);
    json_out_key(j, "tool");
    json_out_object(j);
    json_out_key(j, "driver");
    json_out_object(j);
    json_out_key_string(j, "name", tool);
    json_out_key_string(j, "version", HEAPCOACH_VERSION);
    json_out_key_string(j, "semanticVersion", HEAPCOACH_VERSION);
    json_out_key(j, "rules");
    json_out_array(j);
}

void sarif_rule(struct json_out *j, const char *id, const char *title, const char *summary)
{
    json_out_object(j);
    json_out_key_string(j, "id", id);
    sarif_text(j, "shortDescription", title);
    if (summary)
        sarif_text(j, "fullDescription", summary);
    json_out_end(j);
}

void sarif_invocation(struct json_out *j, int exit_status)
{
    end(j, 3); /* rules, driver, tool */
    json_out_key(j, "invocations");
    json_out_array(j);
    json_out_object(j);
    json_out_key_bool(j, "executionSuccessful", true);
    if (exit_status >= 0)
        json_out_key_i64(j, "exitCode", exit_status);
    json_out_key(j, "toolExecutionNotifications");
    json_out_array(j);
}

void sarif_notification(struct json_out *j, const char *level, const char *message,
                        const char *rule)
{
    json_out_object(j);
    json_out_key_string(j, "level", level);
    sarif_text(j, "message", message);
    json_out_key(j, "associatedRule");
    json_out_object_line(j);
    json_out_key_string(j, "id", rule);
    json_out_end(j);
    json_out_end(j);
}

void sarif_results(struct json_out *j)
{
    end(j, 3); /* notifications, invocation, invocations */
    json_out_key(j, "results");
    json_out_array(j);
}

int sarif_close(struct json_out *j)
{
    json_out_end(j);
    json_out_key_string(j, "columnKind", "unicodeCodePoints");
    end(j, 3); /* run, runs, log */
    return json_out_close(j);
}
