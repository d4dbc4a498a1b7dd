"""Validates JSON against a JSON schema, draft 7: the keywords that SARIF's schema has. A keyword that is
not known here is an error and not passed over, so a newer schema cannot check less."""

import re

IGNORED = {"$schema", "$id", "title", "description", "default", "definitions"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "null": lambda v: v is None,
}
URI_REFERENCE = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*"
FORMATS = {
    "uri": rf"[A-Za-z][A-Za-z0-9+\-.]*:{URI_REFERENCE}",
    "uri-reference": URI_REFERENCE,
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
}


class Validator:
    def __init__(self, schema: dict):
        self.root = schema

    def problems(self, value) -> list[str]:
        """What is wrong with the value; nothing if it is valid."""
        return list(self.check(value, self.root, "$"))

    def resolve(self, reference: str) -> dict:
        assert reference.startswith("#/"), reference
        found = self.root
        for part in reference[2:].split("/"):
            found = found[part]
        return found

    def check(self, value, schema: dict, at: str):
        for keyword, wanted in schema.items():
            if keyword in IGNORED:
                continue
            method = getattr(self, f"check_{keyword.strip('$')}", None)
            if method is None:
                raise NotImplementedError(f"the schema keyword {keyword} at {at}")
            yield from method(value, wanted, schema, at)

    def check_ref(self, value, wanted, schema, at):
        yield from self.check(value, self.resolve(wanted), at)

    def check_type(self, value, wanted, schema, at):
        names = wanted if isinstance(wanted, list) else [wanted]
        if not any(TYPES[name](value) for name in names):
            yield f"{at}: expected {wanted}, found {value!r}"

    def check_enum(self, value, wanted, schema, at):
        if value not in wanted:
            yield f"{at}: expected one of {wanted}, found {value!r}"

    def check_required(self, value, wanted, schema, at):
        if isinstance(value, dict):
            for key in wanted:
                if key not in value:
                    yield f"{at}: lacks {key!r}"

    def check_properties(self, value, wanted, schema, at):
        if isinstance(value, dict):
            for key in value.keys() & wanted.keys():
                yield from self.check(value[key], wanted[key], f"{at}.{key}")

    def check_additionalProperties(self, value, wanted, schema, at):
        if not isinstance(value, dict) or wanted is True:
            return
        for key in value.keys() - schema.get("properties", {}).keys():
            if wanted is False:
                yield f"{at}: unknown key {key!r}"
            else:
                yield from self.check(value[key], wanted, f"{at}.{key}")

    def check_items(self, value, wanted, schema, at):
        if isinstance(value, list):
            for i, item in enumerate(value):
                yield from self.check(item, wanted, f"{at}[{i}]")

    def check_minItems(self, value, wanted, schema, at):
        if isinstance(value, list) and len(value) < wanted:
            yield f"{at}: expected {wanted} items at least, found {len(value)}"

    def check_uniqueItems(self, value, wanted, schema, at):
        if isinstance(value, list) and wanted and any(value.index(v) != i for i, v in enumerate(value)):
            yield f"{at}: two items are equal"

    def check_minimum(self, value, wanted, schema, at):
        if TYPES["number"](value) and value < wanted:
            yield f"{at}: expected {wanted} at least, found {value}"

    def check_maximum(self, value, wanted, schema, at):
        if TYPES["number"](value) and value > wanted:
            yield f"{at}: expected {wanted} at most, found {value}"

    def check_pattern(self, value, wanted, schema, at):
        if isinstance(value, str) and not re.search(wanted, value):
            yield f"{at}: expected {wanted}, found {value!r}"

    def check_format(self, value, wanted, schema, at):
        if isinstance(value, str) and not re.fullmatch(FORMATS[wanted], value):
            yield f"{at}: expected a {wanted}, found {value!r}"

    def check_anyOf(self, value, wanted, schema, at):
        if not any(not list(self.check(value, one, at)) for one in wanted):
            yield f"{at}: fits none of {len(wanted)} alternatives"

    def check_oneOf(self, value, wanted, schema, at):
        if sum(not list(self.check(value, one, at)) for one in wanted) != 1:
            yield f"{at}: does not fit one of {len(wanted)} alternatives"
