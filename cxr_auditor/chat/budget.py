"""How long a reply of a schema can get: the token budget must cover the longest legal one, or a valid reply would be cut off."""

import json
from typing import Any

UTF8_BYTES = 4
ESCAPED_BYTES = 6  # \u0000: a character that must be escaped
SEPARATOR = 2  # ", " and ": "


def longest_reply(schema: dict[str, Any]) -> int:
    """Bytes of the longest document that the schema allows, hence a bound on its tokens (a token is at least one byte).

    Takes the part of JSON Schema that this project's schemas are written in and raises ValueError on anything unbounded.

    >>> longest_reply({"type": "array", "maxItems": 2, "items": {"type": "integer", "minimum": 0, "maximum": 1000}})
    12
    """
    if "enum" in schema:
        return max(len(json.dumps(value)) for value in schema["enum"])
    if "const" in schema:
        return len(json.dumps(schema["const"]))
    if "anyOf" in schema:
        return max(longest_reply(choice) for choice in schema["anyOf"])
    kind = schema.get("type")
    measure = _MEASURES.get(kind)
    if measure is None:
        raise ValueError(f"schema must have one of the types {', '.join(_MEASURES)}, enum, const or anyOf, but got {kind!r}")
    return measure(schema)


def _array(schema) -> int:
    count = _bound(schema, "maxItems")
    return 2 + count * longest_reply(schema["items"]) + max(count - 1, 0) * SEPARATOR


def _object(schema) -> int:
    if schema.get("additionalProperties", True) is not False:
        raise ValueError("an object's schema must have additionalProperties: false to be bounded")
    members = [len(json.dumps(name)) + SEPARATOR + longest_reply(value) for name, value in schema["properties"].items()]
    return 2 + sum(members) + max(len(members) - 1, 0) * SEPARATOR


def _string(schema) -> int:
    return 2 + _bound(schema, "maxLength") * (UTF8_BYTES if schema.get("pattern") == PLAIN else ESCAPED_BYTES)


def _integer(schema) -> int:
    return max(len(str(_bound(schema, "minimum"))), len(str(_bound(schema, "maximum"))))


def _number(schema) -> int:
    step = _bound(schema, "multipleOf")
    decimals = len(f"{step:.12f}".rstrip("0").partition(".")[2])
    return _integer({"minimum": int(_bound(schema, "minimum")), "maximum": int(_bound(schema, "maximum"))}) + 1 + decimals


def _bound(schema, key):
    if key not in schema:
        raise ValueError(f"a schema of type {schema.get('type')!r} must state {key!r} to be bounded")
    return schema[key]


PLAIN = r'^[^"\\\x00-\x1f]+$'
"""Strings that need no escape in JSON: what is quoted from a draft stands in the reply as it stands in the draft."""

_MEASURES = {
    "array": _array,
    "object": _object,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda schema: len("false"),
    "null": lambda schema: len("null"),
}
