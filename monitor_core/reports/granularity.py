"""Scores by hour, day, ISO week or month: the same tables with another axis of time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from monitor_core.contract.calendar import ONE_DAY, Period, starts_of_hours
from monitor_core.contract.wording import count
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import OverTimeAxis, Performance
from monitor_core.scores.counts import Counts
from monitor_core.scores.design import DayGroups

Granularity = Literal["hour", "day", "week", "month"]
GRANULARITIES: tuple[Granularity, ...] = ("hour", "day", "week", "month")
LONGEST_BY_HOUR = 14  # days: more hours than that no chart can show
AUTOMATIC = "automatic"
LONGEST: dict[Granularity, int] = {"hour": 3, "day": 60, "week": 366}  # days that are drawn so by themselves
DAYS_OF: dict[Granularity, int] = {"hour": 0, "day": 1, "week": 7, "month": 30}
TYPICAL_SAMPLES = 20  # of a point: with fewer, its interval is so wide that the chart shows chance
FEWEST_POINTS = 3  # of a chart: with fewer it shows no course
EVERY: dict[Granularity, str] = {"hour": "hour", "day": "day", "week": "ISO week", "month": "month"}


@dataclass(frozen=True)
class Bucket:
    """The days of the period that one point of a chart covers."""

    label: str
    first: date
    last: date
    whole: bool  # all days of its week or month are in the period, and over

    @property
    def middle(self) -> date:
        return self.first + (self.last - self.first) // 2


@dataclass(frozen=True)
class Axis:
    """The granularity of charts over time, and why it is this one; empty if somebody chose it."""

    granularity: Granularity
    why: str = ""


def by_length(period: Period) -> Granularity:
    """Return the granularity that suits a period's length: hours up to 3 days, days up to 60, weeks up to a year."""
    return next((unit for unit, longest in LONGEST.items() if len(period) <= longest), "month")


def automatic(now: Performance, samples_by_hour: Callable[[], Any]) -> Axis:
    """Return the granularity that suits the length of the selection's period and its number of samples.

    Up to 3 days are drawn by hour, up to 60 by day, up to a year by week, and more by month; more coarsely if the
    median point with samples has fewer than TYPICAL_SAMPLES, unless FEWEST_POINTS would not be left. `samples_by_hour`
    is called only if the number of samples in each hour decides whether hours are drawn.
    """
    days = len(now.selection.period)
    suited = by_length(now.selection.period)
    why = f"for a period of {count(days, 'day')}"
    for coarser in GRANULARITIES[GRANULARITIES.index(suited) + 1 :]:
        if days < FEWEST_POINTS * DAYS_OF[coarser]:
            break
        typical = _typical_samples(samples_by_hour() if suited == "hour" else _samples(now, suited))
        if typical >= TYPICAL_SAMPLES:
            break
        why = f"because the median {EVERY[suited]} with samples has {typical:,g}, fewer than {TYPICAL_SAMPLES}"
        suited = coarser
    return Axis(suited, f"Charts over time are by {EVERY[suited]}, automatically, {why}.")


def _samples(now: Performance, granularity: Granularity) -> Any:
    """Return the samples of each day, week or month, without computing any score."""
    period = now.selection.period
    firsts = [(point.first - period.first).days for point in buckets(period, granularity, period.last)]
    return np.add.reduceat(now.confusion.daily().reviewed, firsts)


def _typical_samples(samples: Any) -> float:
    return float(np.median(samples[samples > 0])) if samples.any() else 0.0


def in_force(chosen: Granularity, period: Period) -> Granularity:
    """Return the granularity that can be drawn: hours are possible for few days only."""
    return "day" if chosen == "hour" and len(period) > LONGEST_BY_HOUR else chosen


def buckets(period: Period, granularity: Granularity, today: date) -> list[Bucket]:
    """Return the period's days, weeks or months, in order; the first and the last may be incomplete.

    >>> [bucket.label for bucket in buckets(Period(date(2026, 9, 28), date(2026, 10, 5)), "week", date(2026, 11, 1))]
    ['2026-W40', '2026-W41']
    """
    points: list[Bucket] = []
    for day in period.days:
        begins, ends, label = _around(day, granularity)
        if points and points[-1].label == label:
            points[-1] = replace(points[-1], last=day, whole=points[-1].first == begins and day == ends < today)
        else:
            points.append(Bucket(label, day, day, granularity == "day"))
    return points


def _around(day: date, granularity: Granularity) -> tuple[date, date, str]:
    """Return the first day, last day and label of the day, week or month that contains a day."""
    if granularity == "week":
        monday = day - day.weekday() * ONE_DAY
        return monday, monday + 6 * ONE_DAY, f"{day:%G-W%V}"
    if granularity == "month":
        next_first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        return day.replace(day=1), next_first - ONE_DAY, f"{day:%Y-%m}"
    return day, day, f"{day:%Y-%m-%d}"


def by(granularity: Granularity, now: Performance, store: Store, today: date) -> Performance:
    """Return the same scores with another axis of time: `points` has a row for each hour, day, week or month.

    A row's `day` is its position in a chart: the middle of its days or the beginning of its hour. `label` is its name,
    `first` and `last` are its days, and `whole` says whether the week or month is complete. By hour, it has the first
    LONGEST_BY_HOUR days.
    """
    period = now.selection.period
    if granularity == "hour":
        drawn = Period(period.first, period.days[:LONGEST_BY_HOUR][-1])
        hourly = store.counts.by_hour(replace(now.selection, period=drawn))
        axis = OverTimeAxis(hourly, DayGroups.single(len(hourly.days)), labels=_labels(_hours(store, drawn, today)))
        return _regrouped(now, replace(now.counts, confusion=hourly), axis)
    points = buckets(period, granularity, today)
    if granularity == "day":
        axis = OverTimeAxis(now.confusion, DayGroups.single(len(now.confusion.days)), labels=_labels(points))
        by_day = {name: of for name, of in now.computed.items() if name != "points"}  # which have no labels
        return replace(now, computed=by_day, time_axis=axis)
    index = [i for i, point in enumerate(points) for _ in range((point.last - point.first).days + 1)]
    middles = tuple(point.middle for point in points)
    axis = OverTimeAxis(now.confusion, DayGroups(np.array(index, np.int64)), middles, _labels(points))
    return _regrouped(now, replace(now.counts, confusion=now.confusion.grouped(index, middles)), axis)


def _regrouped(now: Performance, counts: Counts, axis: OverTimeAxis) -> Performance:
    return replace(now, counts=counts, computed={}, regrouped=True, time_axis=axis)


def _hours(store: Store, period: Period, today: date) -> list[Bucket]:
    local = [hour.astimezone(store.settings.zone) for hour in starts_of_hours(period, store.settings.zone)]
    several = len({hour.utcoffset() for hour in local}) > 1
    form = "%Y-%m-%d %H:%M %z" if several else "%Y-%m-%d %H:%M"
    return [Bucket(hour.strftime(form), hour.date(), hour.date(), hour.date() <= today) for hour in local]


def _labels(points: list[Bucket]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [point.label for point in points],
            "first": pd.to_datetime([point.first for point in points]),
            "last": pd.to_datetime([point.last for point in points]),
            "whole": [point.whole for point in points],
        }
    )


def span(table: pd.DataFrame) -> Period:
    """Return the days that a table over time covers."""
    begins, ends = ("first", "last") if "first" in table else ("day", "day")
    return Period(_day(table[begins].min()), _day(table[ends].max()))


def _day(value: datetime) -> date:
    return cast(pd.Timestamp, value).date()
