"""Short display forms of raw values."""

import json
from datetime import datetime
from typing import Any

from bson.datetime_ms import DatetimeMS

from monitor_core.contract.problems import Example
from monitor_core.mongo.connection import Document
from monitor_core.mongo.expressions import Expression

VALUE_LENGTH = 80  # characters of a value that is shown
READ_LENGTH = 400  # bytes of a text that leaves the database


def brief(value: str) -> Expression:
    """Return an expression that shortens a value for display, since a value may have megabytes."""
    kind = {"$type": value}
    large = ["object", "binData", "javascript", "javascriptWithScope", "regex", "symbol", "dbPointer"]
    branches = [
        {"case": {"$eq": [kind, "string"]}, "then": unless_long(value, READ_LENGTH, {"type": "long text"})},
        {"case": {"$eq": [kind, "missing"]}, "then": {"absent": True}},
        {"case": {"$isArray": [value]}, "then": {"type": {"$concat": ["list of ", {"$toString": {"$size": value}}]}}},
        {"case": {"$in": [kind, large]}, "then": {"type": kind}},
    ]
    return {"$switch": {"branches": branches, "default": value}}


def unless_long(text: str, most: int, instead: Any) -> Expression:
    """Return a text if it has at most `most` bytes, else `instead`: MongoDB cannot cut text that is invalid UTF-8."""
    return {"$cond": [{"$lte": [{"$strLenBytes": text}, most]}, text, instead]}


def example_of(document: Document) -> Example:
    value = document["value"]
    text = ", ".join(map(in_short, value)) if isinstance(value, list) else str(value)
    name = document["file"]
    id = document["id"]
    text_of_id = "no id" if id is None or id == {"absent": True} else _short(str(id))
    return Example(text_of_id, _short(name if isinstance(name, str) else in_short(name)), text)


def in_short(value: Any) -> str:
    """Return a raw value as a text that shows its type, such as 3.5 and "3.5", or null and absent.

    >>> in_short("3.5"), in_short(3.5), in_short(None), in_short({"absent": True})
    ('"3.5"', '3.5', 'null', 'absent')
    """
    if isinstance(value, dict):
        return "absent" if "absent" in value else f"({value.get('type')})"
    if isinstance(value, DatetimeMS):
        return f"a date about the year {1970 + int(value) // 31_556_952_000}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if value is None or isinstance(value, str | bool | int | float):
        return _short(json.dumps(value, ensure_ascii=False))
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"
