/* sarif_out.c - see sarif_out.h. Used by the formats that write SARIF. */
#include "analyzer/render/sarif_out.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define URI_ROOM 8192

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
