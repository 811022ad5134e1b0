"""Profiles of a day's reviewed predictions, as they are sent: bytes in whylogs' own file format, or our own in JSON."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

QUANTILES = ("5%", "25%", "50%", "75%", "95%")  # of a column of numbers, in a profile's summary
# Our own profiles begin so. Those of whylogs begin with WHY1, or with a length and then a line feed.
JSON_BEGINNING = b'{"prediction_monitor_profile": 1, '


@dataclass(frozen=True)
class DayProfile:
    """The profile of one batch's rows of one UTC day."""

    day: date  # UTC, of the predictions
    trace_id: str
    rows: int
    data: bytes


def is_json(data: bytes) -> bool:
    """Return whether a profile is our own, made where whylogs cannot be imported."""
    return data.startswith(JSON_BEGINNING)


def ending_of(data: bytes) -> Literal["json", "bin"]:
    """Return the ending of the name of a profile's file."""
    return "json" if is_json(data) else "bin"
