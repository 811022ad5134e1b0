"""The number of documents of each day, from an index alone; it reveals late documents, whatever their ids."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from monitor_core.contract.bases import Basis, BasisDay
from monitor_core.contract.calendar import ONE_DAY, Period
from monitor_core.mongo.connection import Document, answering
from monitor_core.mongo.expressions import DAY_MS, HOUR_MS, day_of, truncated
from monitor_core.mongo.history.changes import day_of_id, days_of, id_of
from monitor_core.mongo.live import Live
from monitor_core.scores.counts import RecentChange

CLOCKS = " texts"  # behind the id of a day


def numbers(live: Live, basis: Basis, period: Period) -> dict[str, int]:
    """Count the documents of each day of the period, by the day's id.

    Dates whose index order does not give the instant, such as texts, are counted by their UTC day or, without an
    offset, by the written day: the local day or a neighbour of it.
    """
    counted = Counter({id_of((basis, day)): 0 for day in period.days})
    for name, number, _ in _by_day(live, basis, period):
        counted[name] += number
    return dict(counted)


def traces_of_all(live: Live, basis: Basis, period: Period) -> dict[date, str]:
    """Return, for each day of the period, a fingerprint of its documents, including those that do not count.

    It is the number of documents and the sum of their times of day. Documents without an exact day are in the
    fingerprints of both neighbouring days too.
    """
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    around = Period(period.first - ONE_DAY, period.last + ONE_DAY)
    times = {"$mod": [{"$toLong": live.reading.clock_of(f"${live.at(basis)}")}, DAY_MS]}
    for name, number, sum_of_times in _by_day(live, basis, around, times):
        sums[name] = [sums[name][0] + number, sums[name][1] + sum_of_times]
    names = {day: id_of((basis, day)) for day in around.days}
    beside = (-ONE_DAY, timedelta(0), ONE_DAY)
    return {day: repr((sums[names[day]], *(sums[names[day + by] + CLOCKS] for by in beside))) for day in period.days}


def _by_day(live: Live, basis: Basis, period: Period, summed: Any = 0) -> Iterator[tuple[str, int, int]]:
    """Yield ids of days with their number of documents and the sum of an expression, from an index alone."""
    at, zone = live.at(basis), live.settings.zone
    start, end = period.bounds(zone)
    instant = live.reading.clock_of(f"${at}")
    day = {"$cond": [{"$eq": ["$$instant", None]}, None, day_of("$$instant", period, zone)]}
    windows = live.occupied(at, start, end)
    for window in [window for window in windows if window.is_exact]:
        for group in _by(live, at, window.bounds, {"$let": {"vars": {"instant": instant}, "in": day}}, summed):
            if group["_id"] is not None:
                yield id_of((basis, period.days[int(group["_id"])])), int(group["n"]), int(group["t"])
    for window in [window for window in windows if not window.is_exact]:
        for group in _by(live, at, window.bounds, truncated(instant, DAY_MS), summed):
            if group["_id"] is not None and period.first <= group["_id"].date() <= period.last:
                yield id_of((basis, group["_id"].date())) + CLOCKS, int(group["n"]), int(group["t"])


def _by(live: Live, at: str, window: Document, key: Document, summed: Any) -> Iterator[Document]:
    group = {"_id": key, "n": {"$sum": 1}, "t": {"$sum": summed}}
    with answering(live.settings):
        yield from live.collection.aggregate([{"$match": {at: window}}, {"$group": group}])


def differing(then: dict[str, int], now: dict[str, int], only_known: bool) -> dict[BasisDay, str]:
    """Return the days whose number of documents has changed; `only_known`: only days that were counted `then`."""
    changed: dict[BasisDay, str] = {}
    for name in [*now, *(name for name in then if name.removesuffix(CLOCKS) in now and name not in now)]:
        basis, day = day_of_id(name.removesuffix(CLOCKS))
        is_old = name.removesuffix(CLOCKS) in then
        if then.get(name, 0) != now.get(name, 0) if is_old else not only_known and now[name]:
            beside = ONE_DAY if name.endswith(CLOCKS) else timedelta(0)
            for neighbour in {day - beside, day, day + beside}:
                changed[basis, neighbour] = f"{changed.get((basis, neighbour), '')} {name} {now.get(name, 0)}"
    return changed


def predicted_days(live: Live, reviewed_on: date) -> set[BasisDay]:
    """Return the prediction days, as days of the history, of what was reviewed on a day."""
    f, period = live.fields, Period(reviewed_on, reviewed_on)
    hour = truncated(live.instant_near(f.predicted_at, period), HOUR_MS)
    hours: set[datetime | None] = set()
    with answering(live.settings):
        for window in live.windows.of(*period.bounds(live.settings.zone)):
            stages: list[Document] = [{"$match": {f.validated_at: window.bounds}}, {"$group": {"_id": hour}}]
            hours |= {group["_id"] for group in live.collection.aggregate(stages)}
    of_hours = (RecentChange(None, begun, again=False, later=True, evidence=()) for begun in hours)
    return {day for change in of_hours for day in days_of(change, live.settings.zone)}
