"""Traffic: predictions by their dates and reviews by theirs, in each hour, day, week or month of a period."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import ONE_DAY, Period, starts_of_hours
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import count
from monitor_core.mongo.store import Store
from monitor_core.reports.granularity import LONGEST_BY_HOUR, Granularity, buckets
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.shares import Floats

Kind = Literal["predictions", "reviews"]
KINDS: dict[Kind, Basis] = {"predictions": "predicted", "reviews": "validated"}


def traffic_over_time(store: Store, selection: Selection, kind: Kind, by: Granularity, today: date) -> pd.DataFrame:
    """Return one row for each hour, day, week or month: start, end, label, count.

    Reviews count whether they are readable or not. By hour, only the first LONGEST_BY_HOUR days have rows, and those of
    a sealed day that an earlier version counted are NaN: it did not count by hour.
    """
    selection = replace(selection, basis=KINDS[kind])
    if by == "hour":
        return _by_hour(store, replace(selection, period=_shortened(selection.period)), kind)
    counts = [number_of(day, kind) for day in store.counts.plain_by_day(selection)]
    points = buckets(selection.period, by, today)
    edges = np.cumsum([0, *((point.last - point.first).days + 1 for point in points)])
    return pd.DataFrame(
        {
            "start": pd.to_datetime([point.first for point in points]),
            "end": pd.to_datetime([point.last + ONE_DAY for point in points]),
            "label": [point.label for point in points],
            "count": np.add.reduceat(np.array(counts), edges[:-1]),
        }
    )


def number_of(day: DayCounts, kind: Kind) -> int:
    """Return the number of predictions or reviews of a day, by its own basis."""
    return day.documents if kind == "predictions" else day.documents - day.not_reviewed


def without_hours(by_hour: Iterable[pd.DataFrame]) -> str:
    """Say of how many days there are no counts by hour; empty if there are of all.

    >>> hours = pd.DataFrame({"start": pd.to_datetime(["2026-10-01", "2026-10-02"]), "count": [np.nan, 1]})
    >>> without_hours([hours, hours])
    'Of 1 day nobody knows the hours: an earlier version counted it, and documents of it were deleted since.'
    """
    days = {hour.date() for hours in by_hour for hour in hours["start"][hours["count"].isna()]}
    it = "it" if len(days) == 1 else "them"
    since = f"an earlier version counted {it}, and documents of {it} were deleted since."
    return f"Of {count(len(days), 'day')} nobody knows the hours: {since}" if days else ""


def _shortened(period: Period) -> Period:
    return Period(period.first, period.days[:LONGEST_BY_HOUR][-1])


def _by_hour(store: Store, selection: Selection, kind: Kind) -> pd.DataFrame:
    zone, period = store.settings.zone, selection.period
    begun = [hour.astimezone(zone).replace(tzinfo=None) for hour in starts_of_hours(period, zone)]
    counts = np.concatenate(
        [
            _of_hours(counted, len(starts_of_hours(Period(day, day), zone)), kind)
            for day, counted in zip(period.days, store.counts.by_day(selection), strict=True)
        ]
    )
    return pd.DataFrame(
        {
            "start": pd.to_datetime(begun),
            "end": pd.to_datetime(_ends(begun)),
            "label": [f"{hour:%Y-%m-%d %H:%M}" for hour in begun],
            "count": counts,
        }
    )


def _of_hours(day: DayCounts, hours: int, kind: Kind) -> Floats | Ints:
    if day.preserved and not len(day.hours) and day.documents:
        return np.full(hours, np.nan)
    counts = np.zeros(hours, np.int64)
    counts[day.hours[:, 0]] = day.hours[:, 1 if kind == "predictions" else 2]
    return counts


def _ends(begun: Sequence[datetime]) -> list[datetime]:
    return [hour + timedelta(hours=1) for hour in begun]
