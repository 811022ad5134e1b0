"""Segments: the documents of one camera, of one model version; values are compared by their text.

A number or a bool stands for its text, so that an address can name it: 1, 1.0 and "1" are one value.
"""

from typing import Any

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.expressions import Expression
from monitor_core.settings.settings import Settings

Where = tuple[tuple[str, str], ...]  # (segment, value): all of them hold
NONE = "(none)"  # absent, null or empty
OTHER = "(other)"  # a list, an object, a date: nothing that a text stands for
MOST_CHOICES = 50


def text_of(field: str) -> Expression:
    """A field's text, never null; a list is OTHER as a whole, whatever is in it."""
    kind = {"$type": field}
    text = {"$toString": field}
    plain = {"$in": [kind, ["string", "int", "long", "double", "decimal", "bool"]]}
    branches = [{"case": {"$lte": [field, None]}, "then": NONE}, {"case": plain, "then": text}]
    found = {"$switch": {"branches": branches, "default": OTHER}}
    return {"$let": {"vars": {"text": found}, "in": {"$cond": [{"$eq": ["$$text", ""]}, NONE, "$$text"]}}}


def within(where: Where, settings: Settings) -> Expression:
    """Whether a document belongs to all of the segments."""
    return {"$and": [{"$eq": [text_of(f"${field_of(name, settings)}"), value]} for name, value in where]}


def matching(where: Where, settings: Settings) -> dict[str, Any]:
    """As the condition of a query, to be joined with others; empty when all documents are wanted."""
    return {"$expr": within(where, settings)} if where else {}


def field_of(name: str, settings: Settings) -> str:
    if name not in settings.segments:
        known = ", ".join(settings.segments) or "none is configured"
        raise MonitorError(f"{name} is no segment of MONITOR_SEGMENTS ({known}); name one of these, or configure it.")
    return settings.segments[name]


def parse(text: str, settings: Settings) -> tuple[str, str]:
    """A segment and its value from "camera=left"."""
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise MonitorError(f"{text} names no segment's value; write it such as camera=left, or camera={NONE}.")
    field_of(name, settings)
    return name, value


def in_words(where: Where) -> str:
    """The segments as people read them.

    >>> in_words((("camera", "left"), ("model", "3")))
    'camera left, model 3'
    """
    return ", ".join(f"{name} {value}" for name, value in where)
