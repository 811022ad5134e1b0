"""The contract in MongoDB's own words: expressions that read a document's fields, for its aggregations."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import Period, SteadyClock, hours, steady_clocks
from monitor_core.contract.documents import (
    CONFIDENCE_BINS,
    DELAY_BUCKETS_A_DOUBLING,
    ISO_8601,
    ISO_8601_OFFSET,
    LARGEST_CLASS,
    NUMERIC_STRING,
)
from monitor_core.contract.segments import NONE, OTHER, Where, field_of
from monitor_core.settings.settings import Settings

Expression = dict[str, Any]
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


def hour_of(instant: str, period: Period, zone: ZoneInfo) -> Expression:
    """Return the index of the local hour in `period.hours`, of an instant of the period."""
    clocks = steady_clocks(period, zone)
    begun = hours(period, zone)
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


def matches(text: Any, pattern: str) -> Expression:
    # Not `$and`: the database may evaluate all of its parts, and `$regexMatch` fails on what is no string.
    return {
        "$cond": [
            {"$eq": [{"$type": text}, "string"]},
            {"$regexMatch": {"input": text, "regex": pattern}},
            False,
        ]
    }


def instant_of_text(text: str) -> Expression:
    """Return the date an ISO 8601 string stands for, a naive one read as UTC; null of anything else."""
    parsed = {"$dateFromString": {"dateString": text, "onError": None}}
    return {"$cond": [matches(text, ISO_8601), parsed, None]}


def class_of(value: str) -> Expression:
    """Return the class number of a value, as `contract.class_of` has it; null of what is none."""
    number = {"$convert": {"input": {"$trim": {"input": value, "chars": " +"}}, "to": "double", "onError": None}}
    of_text = {"$cond": [matches(value, NUMERIC_STRING.pattern), number, None]}
    is_number = {"$in": [{"$type": value}, ["int", "long", "double"]]}
    read = {"$cond": [is_number, value, of_text]}
    within = {"$and": [{"$gte": ["$$read", -LARGEST_CLASS]}, {"$lte": ["$$read", LARGEST_CLASS]}]}
    whole = {"$cond": [{"$eq": ["$$read", {"$trunc": "$$read"}]}, {"$toInt": "$$read"}, None]}
    return {"$let": {"vars": {"read": read}, "in": {"$cond": [within, whole, None]}}}


def has_review(validated: str, validated_at: str) -> Expression:
    """Return whether there is a review; `false` without a review date is none."""
    no_date = {"$and": [{"$eq": [validated, False]}, {"$lte": [validated_at, None]}]}
    return {"$not": [{"$or": [{"$lte": [validated, None]}, no_date]}]}


def is_usable(confidence: str) -> Expression:
    """Absent, or in [0, 1]; in the database's order null stands below, and strings and bools above all numbers."""
    within = {"$and": [{"$gte": [confidence, 0]}, {"$lte": [confidence, 1]}]}
    return {"$or": [{"$lte": [confidence, None]}, within]}


def confidence_bin(confidence: str) -> Expression:
    """Return the bin of a confidence in [0, 1], as `contract.confidence_bin` has it; null without a usable one."""
    number = {"$and": [{"$gte": [confidence, 0]}, {"$lte": [confidence, 1]}]}
    binned = {"$toInt": {"$min": [CONFIDENCE_BINS - 1, {"$floor": {"$multiply": [confidence, CONFIDENCE_BINS]}}]}}
    return {"$cond": [number, binned, None]}


def delay_bucket(predicted_at: str, validated_at: str) -> Expression:
    """Return the bucket of the time to review, as `contract.delay_bucket` has it; null without both instants."""
    minutes = {"$divide": [{"$subtract": [validated_at, predicted_at]}, MINUTE_MS]}
    bucket = {"$multiply": [DELAY_BUCKETS_A_DOUBLING, {"$log": [{"$add": [1, "$$minutes"]}, 2]}]}
    chosen = {"$cond": [{"$lt": ["$$minutes", 0]}, -1, {"$toInt": {"$floor": bucket}}]}
    whole = {"$let": {"vars": {"minutes": minutes}, "in": chosen}}
    return {"$cond": [{"$and": [{"$gt": [predicted_at, None]}, {"$gt": [validated_at, None]}]}, whole, None]}


def instant_in(value: str, period: Period, zone: ZoneInfo) -> Expression:
    """Return the date of a date or an ISO 8601 string; a naive one is read in the zone, whose offset may change.

    A time that the clock shows twice is the first of both, and one that it skips is read as if it had not yet changed.
    """
    clocks = steady_clocks(period, zone)
    offsets = [datetime.combine(clock.day, time(), UTC) - clock.midnight for clock in clocks]
    as_utc = instant_of_text(value)
    branches = [
        {"case": {"$lt": [as_utc, clock.until + max(before, after)]}, "then": _milliseconds(before)}
        for clock, before, after in zip(clocks[:-1], offsets[:-1], offsets[1:], strict=True)
    ]
    offset: Any = _milliseconds(offsets[-1])
    if branches:
        offset = {"$switch": {"branches": branches, "default": offset}}
    text = {"$cond": [matches(value, ISO_8601_OFFSET), as_utc, {"$subtract": [as_utc, offset]}]}
    return {"$cond": [{"$eq": [{"$type": value}, "date"]}, value, {"$cond": [matches(value, ISO_8601), text, None]}]}


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
