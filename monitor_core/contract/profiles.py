"""Profiles of a day's reviewed predictions, as they are sent: bytes in whylogs' own file format."""

from dataclasses import dataclass
from datetime import date

QUANTILES = ("5%", "25%", "50%", "75%", "95%")  # of a column of numbers, in a profile's summary


@dataclass(frozen=True)
class DayProfile:
    """The profile of one batch's rows of one UTC day."""

    day: date  # UTC, of the predictions
    trace_id: str
    rows: int
    data: bytes
