"""Segments: the predictions with a given value in an extra field, such as one camera's; values are compared as text.

A number or boolean is compared by its text, so that a web address can name it: 1, 1.0 and "1" are the same value.
"""

from collections.abc import Mapping

from monitor_core.contract.errors import MonitorError

Where = tuple[tuple[str, str], ...]  # (segment, value): all of them hold
NONE = "(none)"  # absent, null or empty
OTHER = "(other)"  # a list, an object, a date: nothing that a text stands for


def field_of(name: str, segments: Mapping[str, str]) -> str:
    """Return the field of a segment; `segments` maps names to fields, as configured."""
    if name not in segments:
        configured = ", ".join(segments) or "none is configured"
        raise MonitorError(
            f"{name} is not a segment of MONITOR_SEGMENTS ({configured}); name one of these, or configure it."
        )
    return segments[name]


def parse(text: str, segments: Mapping[str, str]) -> tuple[str, str]:
    """Parse a text such as "camera=left" into the segment's name and its value."""
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise MonitorError(f"{text} is not a segment; write it like camera=left, or camera={NONE}.")
    field_of(name, segments)
    return name, value


def in_words(where: Where) -> str:
    """Return the segments in words.

    >>> in_words((("camera", "left"), ("model", "3")))
    'camera left, model 3'
    """
    return ", ".join(f"{name} {value}" for name, value in where)
