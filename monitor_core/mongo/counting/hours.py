"""Documents grouped by local hour, with those that have a review: daily rhythms and traffic."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import Period, start_of, starts_of_hours
from monitor_core.mongo.connection import Document
from monitor_core.mongo.expressions import Expression, hour_of
from monitor_core.scores.counts import HourRow

Place = tuple[int, int]  # day's index in the period, hour of that day


def hour_key(instant: str, reviewed: Expression, period: Period, zone: ZoneInfo) -> Expression:
    """Return twice the hour's index in `period.hours`, plus one with a review: a number is grouped quickest."""
    return {"$add": [{"$multiply": [2, hour_of(instant, period, zone)]}, {"$cond": [reviewed, 1, 0]}]}


def places_of_hours(period: Period, zone: ZoneInfo) -> list[Place]:
    """Return the place of each of the period's hours in its local day.

    >>> from datetime import date
    >>> places_of_hours(Period(date(2026, 10, 25), date(2026, 10, 26)), ZoneInfo("Europe/Madrid"))[23:27]
    [(0, 23), (0, 24), (1, 0), (1, 1)]
    """
    begun = starts_of_hours(period, zone)
    midnights = [bisect_left(begun, start_of(day, zone)) for day in period.days]
    spans = pairwise([*midnights, len(begun)])
    return [(day, hour) for day, (first, end) in enumerate(spans) for hour in range(end - first)]


def hour_rows(groups: Iterable[Document], places: list[Place]) -> Iterator[HourRow]:
    """Yield day's index, hour of the day, documents, and documents with a review, for each group within the period."""
    for group in groups:
        key = -1 if group["_id"].get("h") is None else int(group["_id"]["h"])
        if 0 <= key < 2 * len(places):
            yield (*places[key // 2], int(group["n"]), int(group["n"]) * (key % 2))
