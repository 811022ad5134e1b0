"""Expressions of days, hours, bins, buckets and segments, for the aggregations of MongoDB."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import Period, SteadyClock, starts_of_hours, steady_clocks
from monitor_core.contract.documents import CONFIDENCE_BINS, DELAY_BUCKETS_A_DOUBLING
from monitor_core.contract.segments import NONE, OTHER, Where, field_of
from monitor_core.settings.settings import Settings

Expression = dict[str, Any]
ELSEWHERE = -(2**31)  # in place of an index: a date that is not in the window
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def days_since(midnight: datetime, instant: str) -> Expression:
    return {"$floor": {"$divide": [{"$subtract": [instant, midnight]}, DAY_MS]}}


def day_of(instant: str, period: Period, zone: ZoneInfo) -> Expression:
    """Return the local day's index in the period: one division per stretch of steady clock."""
    clocks = steady_clocks(period, zone)
    days = [{"$add": [days_since(clock.midnight, instant), (clock.day - period.first).days]} for clock in clocks]
    return _by_clock(instant, clocks, days)


def truncated(instant: Any, milliseconds: int) -> Expression:
    """Return the last whole multiple of this time, in UTC; null of null. MongoDB has $dateTrunc from 5.0 on only."""
    over = {"$mod": [{"$toLong": "$$whole"}, milliseconds]}
    return {"$let": {"vars": {"whole": instant}, "in": {"$subtract": ["$$whole", over]}}}


def hour_of(instant: str, period: Period, zone: ZoneInfo) -> Expression:
    """Return the index of the local hour in `period.hours`, of an instant of the period."""
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
    """Return the bin of a confidence that was read, as `contract.confidence_bin` has it; null without one."""
    binned = {"$toInt": {"$min": [CONFIDENCE_BINS - 1, {"$floor": {"$multiply": ["$$read", CONFIDENCE_BINS]}}]}}
    return {"$let": {"vars": {"read": confidence}, "in": {"$cond": [{"$eq": ["$$read", None]}, None, binned]}}}


def delay_bucket(predicted_at: str, validated_at: str) -> Expression:
    """Return the bucket of the time to review, as `contract.delay_bucket` has it; null without both instants."""
    minutes = {"$divide": [{"$subtract": [validated_at, predicted_at]}, MINUTE_MS]}
    bucket = {"$multiply": [DELAY_BUCKETS_A_DOUBLING, {"$log": [{"$add": [1, "$$minutes"]}, 2]}]}
    chosen = {"$cond": [{"$lt": ["$$minutes", 0]}, -1, {"$toInt": {"$floor": bucket}}]}
    whole = {"$let": {"vars": {"minutes": minutes}, "in": chosen}}
    return {"$cond": [{"$and": [{"$gt": [predicted_at, None]}, {"$gt": [validated_at, None]}]}, whole, None]}


def offset_of(clock: str, period: Period, zone: ZoneInfo) -> Any:
    """Return what a clock of the zone is ahead of UTC, in milliseconds, by what it shows.

    A time that it shows twice is the first of both, and one that it skips is read as if it had not yet changed.
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
    """Return a field's text, never null; a list is OTHER as a whole, whatever is in it."""
    kind = {"$type": field}
    text = {"$toString": field}
    plain = {"$in": [kind, ["string", "int", "long", "double", "decimal", "bool"]]}
    branches = [{"case": {"$lte": [field, None]}, "then": NONE}, {"case": plain, "then": text}]
    own_text = {"$switch": {"branches": branches, "default": OTHER}}
    return {"$let": {"vars": {"text": own_text}, "in": {"$cond": [{"$eq": ["$$text", ""]}, NONE, "$$text"]}}}


def in_segments(where: Where, settings: Settings) -> Expression:
    """Return whether a document belongs to all of the segments."""
    return {"$and": [{"$eq": [text_of(f"${field_of(name, settings.segments)}"), value]} for name, value in where]}


def segments_query(where: Where, settings: Settings) -> Expression:
    """Return the condition of a query, to be joined with others; empty when all predictions are meant."""
    return {"$expr": in_segments(where, settings)} if where else {}


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def index_of_array(value: str, bounds: dict[str, Any], index: Expression) -> Expression:
    """Return -1 less the index of `$$first`, the first date of an array; ELSEWHERE if that is not within the bounds."""
    is_date = {"$eq": [{"$type": "$$this"}, "date"]}
    first = {"$first": {"$filter": {"input": value, "cond": is_date}}}
    within = [{"$gte": ["$$first", bounds["$gte"]]}, {"$lt": ["$$first", bounds["$lt"]]}]
    below = {"$cond": [{"$and": within}, {"$subtract": [-1, index]}, ELSEWHERE]}
    return {"$let": {"vars": {"first": first}, "in": below}}
