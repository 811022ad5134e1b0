"""Segments: the predictions of one camera, of one model version; values are compared by their text.

A number or a bool stands for its text, so that an address can name it: 1, 1.0 and "1" are one value.
"""

from collections.abc import Mapping

from monitor_core.contract.errors import MonitorError

Where = tuple[tuple[str, str], ...]  # (segment, value): all of them hold
NONE = "(none)"  # absent, null or empty
OTHER = "(other)"  # a list, an object, a date: nothing that a text stands for


def field_of(name: str, segments: Mapping[str, str]) -> str:
    """Return the field of a segment, by the configured ones: name -> field."""
    if name not in segments:
        configured = ", ".join(segments) or "none is configured"
        raise MonitorError(
            f"{name} is not a segment of MONITOR_SEGMENTS ({configured}); name one of these, or configure it."
        )
    return segments[name]


def parse(text: str, segments: Mapping[str, str]) -> tuple[str, str]:
    """Return the segment and the value that a text such as "camera=left" names."""
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise MonitorError(f"{text} is not a segment; write it like camera=left, or camera={NONE}.")
    field_of(name, segments)
    return name, value


def in_words(where: Where) -> str:
    """Return the segments as people read them.

    >>> in_words((("camera", "left"), ("model", "3")))
    'camera left, model 3'
    """
    return ", ".join(f"{name} {value}" for name, value in where)
