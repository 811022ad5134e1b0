"""The fields of a document and their meaning: the one place where raw values are read."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import FIRST_DAY, start_of

# One pattern for Python and MongoDB, whose parsers then agree on every string that fits it (tests/test_contract.py).
ISO_8601 = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$(?![\s\S])"
)
ISO_8601_OFFSET = r"[T ].*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
LARGEST_CLASS = 2**31 - 1  # a class number beyond it is a mix-up of columns
CONFIDENCE_BINS = 200  # of [0, 1], as many as a Kolmogorov-Smirnov test on bins needs
DELAY_BUCKETS_A_DOUBLING = 8  # of the time to review: a quantile read from them is right within 5 %
NUMERIC_STRING = re.compile(r"^ *[+-]?[0-9]{1,10}([.]0*)? *$(?![\s\S])")


class Review(Enum):
    """The reviews that give no class."""

    NONE = "not reviewed"
    REJECTED = "rejected, the true class unknown"
    UNREADABLE = "neither a class nor a yes or no"


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """A reviewed document whose values have been read."""

    id: Any
    target: int | None  # None: rejected, the true class unknown
    prediction: int
    confidence: float | None
    predicted_at: datetime  # UTC
    reviewed_at: datetime | None  # UTC; None when undated


@dataclass(frozen=True, slots=True)
class Waiting:
    """The reviewed predictions that the logger could log and has not."""

    rows: int
    oldest_review_at: datetime | None


def field_value(document: dict[str, Any], path: str) -> Any:
    """Return a field, or one inside another: `review.class`; None where there is none."""
    if "." not in path:
        return document.get(path)
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def class_of(value: Any) -> int | None:
    """Return the class number of an int, an integral float or a numeric string; None of anything else, a bool included.

    >>> class_of(3), class_of(3.0), class_of("3"), class_of(3.5), class_of(True), class_of("cat")
    (3, 3, 3, None, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and NUMERIC_STRING.match(value):
        value = float(value)
    if isinstance(value, int | float) and abs(value) <= LARGEST_CLASS and value == int(value):
        return int(value)
    return None


def review_of(validated: Any, prediction: int | None, dated: bool) -> int | Review:
    """Return the target class, or why there is none; `dated`: the review has a date, which makes `false` a rejection.

    >>> review_of(True, 4, dated=True), review_of("2", 4, dated=True), review_of(False, 4, dated=False).value
    (4, 2, 'not reviewed')
    """
    if validated is None or (validated is False and not dated):
        return Review.NONE
    if validated is False:
        return Review.REJECTED
    target = prediction if validated is True else class_of(validated)
    return Review.UNREADABLE if target is None else target


def confidence_of(value: Any) -> float | None:
    """Return a confidence in [0, 1]; None when absent or unusable."""
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if usable else None


def confidence_bin(confidence: float) -> int:
    """Return the number of the bin of [0, 1]; 1 is in the last one.

    >>> confidence_bin(0.0), confidence_bin(0.005), confidence_bin(1.0)
    (0, 1, 199)
    """
    return min(CONFIDENCE_BINS - 1, math.floor(confidence * CONFIDENCE_BINS))


def delay_bucket(minutes: float) -> int:
    """Return the number of the bucket, which begins at 2 ** (bucket / 8) - 1 minutes; -1: reviewed before predicted.

    >>> delay_bucket(0), delay_bucket(1), delay_bucket(60 * 24), delay_bucket(-3)
    (0, 8, 83, -1)
    """
    return -1 if minutes < 0 else math.floor(DELAY_BUCKETS_A_DOUBLING * math.log2(1 + minutes))


def instant_of(value: Any, zone: ZoneInfo) -> datetime | None:
    """Return the UTC instant of a date or an ISO 8601 string (a naive one is in the zone); None when there is none."""
    if isinstance(value, str) and re.match(ISO_8601, value):
        try:
            value = datetime.fromisoformat(value)
            value = value.replace(tzinfo=value.tzinfo or zone)
        except ValueError:  # the 30th of February
            return None
    if not isinstance(value, datetime):  # pymongo gives a date beyond the year 9999 as DatetimeMS
        return None
    try:
        instant = value.astimezone(UTC)
    except OverflowError:  # the first and last hours that a date can hold
        return None
    return instant if instant >= _first_instant(zone) else None


@cache
def _first_instant(zone: ZoneInfo) -> datetime:
    return start_of(FIRST_DAY, zone)
