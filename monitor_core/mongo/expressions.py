"""Aggregation expressions of days, hours, bins, buckets and segments."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import Period, SteadyClock, starts_of_hours, steady_clocks
from monitor_core.contract.documents import CONFIDENCE_BINS, DELAY_BUCKETS_A_DOUBLING
from monitor_core.contract.segments import NONE, OTHER, Where, field_of
from monitor_core.settings.settings import Settings

Expression = dict[str, Any]
Bounds = dict[str, Any]  # $gte and $lt, of one type
ELSEWHERE = -(2**31)  # in place of an index: a date that is not in the window
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def days_since(midnight: datetime, instant: str) -> Expression:
    return {"$floor": {"$divide": [{"$subtract": [instant, midnight]}, DAY_MS]}}


def day_of(instant: str, period: Period, zone: ZoneInfo) -> Expression:
    """Return the index of an instant's local day in the period: one division for each interval of constant offset."""
    clocks = steady_clocks(period, zone)
    days = [{"$add": [days_since(clock.midnight, instant), (clock.day - period.first).days]} for clock in clocks]
    return _by_clock(instant, clocks, days)


def truncated(instant: Any, milliseconds: int) -> Expression:
    """Return an instant truncated to a multiple of this time in UTC; null of null. $dateTrunc needs MongoDB 5.0."""
    over = {"$mod": [{"$toLong": "$$whole"}, milliseconds]}
    return {"$let": {"vars": {"whole": instant}, "in": {"$subtract": ["$$whole", over]}}}


def hour_of(instant: str, period: Period, zone: ZoneInfo) -> Expression:
    """Return the index in `period.hours` of the local hour of an instant in the period."""
    clocks = steady_clocks(period, zone)
    begun = starts_of_hours(period, zone)
    values = []
    for clock, before in zip(clocks, [begun[0], *(clock.until for clock in clocks)], strict=False):
        since = int((before - clock.midnight).total_seconds() * 1000) // HOUR_MS
        hour = {"$floor": {"$divide": [{"$subtract": [instant, clock.midnight]}, HOUR_MS]}}
        values.append({"$add": [hour, begun.index(before) - since]})
    return _by_clock(instant, clocks, values)


def _by_clock(instant: str, clocks: Sequence[SteadyClock], values: list[Expression]) -> Expression:
    if len(clocks) == 1:
        return values[0]
    return {
        "$switch": {
            "branches": [
                {"case": {"$lt": [instant, clock.until]}, "then": value}
                for clock, value in zip(clocks[:-1], values[:-1], strict=True)
            ],
            "default": values[-1],
        }
    }


def confidence_bin(confidence: Any) -> Expression:
    """Return the bin of a parsed confidence, as `contract.confidence_bin` does; null without a confidence."""
    binned = {"$toInt": {"$min": [CONFIDENCE_BINS - 1, {"$floor": {"$multiply": ["$$read", CONFIDENCE_BINS]}}]}}
    return {"$let": {"vars": {"read": confidence}, "in": {"$cond": [{"$eq": ["$$read", None]}, None, binned]}}}


def delay_bucket(predicted_at: str, validated_at: str) -> Expression:
    """Return the bucket of the time to review, as `contract.delay_bucket` does; null unless both instants exist."""
    minutes = {"$divide": [{"$subtract": [validated_at, predicted_at]}, MINUTE_MS]}
    bucket = {"$multiply": [DELAY_BUCKETS_A_DOUBLING, {"$log": [{"$add": [1, "$$minutes"]}, 2]}]}
    chosen = {"$cond": [{"$lt": ["$$minutes", 0]}, -1, {"$toInt": {"$floor": bucket}}]}
    whole = {"$let": {"vars": {"minutes": minutes}, "in": chosen}}
    return {"$cond": [{"$and": [{"$gt": [predicted_at, None]}, {"$gt": [validated_at, None]}]}, whole, None]}


def offset_of(clock: str, period: Period, zone: ZoneInfo) -> Any:
    """Return the UTC offset, in milliseconds, of a local clock time in the zone.

    An ambiguous time is taken as the first of the two; a skipped time is read with the offset before the change.
    """
    clocks = steady_clocks(period, zone)
    offsets = [datetime.combine(steady.day, time(), UTC) - steady.midnight for steady in clocks]
    branches = [
        {"case": {"$lt": [clock, steady.until + max(before, after)]}, "then": _milliseconds(before)}
        for steady, before, after in zip(clocks[:-1], offsets[:-1], offsets[1:], strict=True)
    ]
    last = _milliseconds(offsets[-1])
    return {"$switch": {"branches": branches, "default": last}} if branches else last


def text_of(field: str) -> Expression:
    """Return the text of a field, never null; any list becomes OTHER."""
    kind = {"$type": field}
    text = {"$toString": field}
    plain = {"$in": [kind, ["string", "int", "long", "double", "decimal", "bool"]]}
    branches = [{"case": {"$lte": [field, None]}, "then": NONE}, {"case": plain, "then": text}]
    own_text = {"$switch": {"branches": branches, "default": OTHER}}
    return {"$let": {"vars": {"text": own_text}, "in": {"$cond": [{"$eq": ["$$text", ""]}, NONE, "$$text"]}}}


def in_segments(where: Where, settings: Settings) -> Expression:
    """Return whether a document belongs to all the segments."""
    return {"$and": [{"$eq": [text_of(f"${field_of(name, settings.segments)}"), value]} for name, value in where]}


def segments_query(where: Where, settings: Settings) -> Expression:
    """Return the query condition of the segments, to be combined with others; empty without segments."""
    return {"$expr": in_segments(where, settings)} if where else {}


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def index_within(index: Expression, length: int) -> Expression:
    """Return the index if it is one of so many; ELSEWHERE if not, or if there is none."""
    is_one = {"$and": [{"$gte": ["$$index", 0]}, {"$lt": ["$$index", length]}]}
    return {"$let": {"vars": {"index": index}, "in": {"$cond": [is_one, "$$index", ELSEWHERE]}}}


def first_usable(array: str, usable: Sequence[Bounds]) -> Expression:
    """Return the first element of an array that lies within any of these bounds; nothing if none does."""
    return {
        "$first": {"$filter": {"input": array, "cond": {"$or": [_is_within("$$this", bounds) for bounds in usable]}}}
    }


def has_text(value: str) -> Expression:
    """Return whether a value is an array with a text."""
    texts = {"$filter": {"input": value, "cond": {"$eq": [{"$type": "$$this"}, "string"]}}}
    return {"$cond": [{"$isArray": [value]}, {"$ne": [texts, []]}, False]}


def index_of_array(array: str, usable: Sequence[Bounds], bounds: Bounds, index: Expression) -> Expression:
    """Return -1 minus the index of `$$first`, the first usable element of an array.

    ELSEWHERE if that element is outside the bounds, or has no index: so of all bounds only one finds the array.
    """
    below = {"$cond": [_is_within("$$first", bounds), {"$ifNull": [{"$subtract": [-1, index]}, ELSEWHERE]}, ELSEWHERE]}
    return {"$let": {"vars": {"first": first_usable(array, usable)}, "in": below}}


def _is_within(value: str, bounds: Bounds) -> Expression:
    return {"$and": [{"$gte": [value, bounds["$gte"]]}, {"$lt": [value, bounds["$lt"]]}]}
