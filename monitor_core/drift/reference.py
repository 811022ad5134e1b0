"""Reference: the days that a day is compared with, and their over-dispersion from day to day."""

from dataclasses import dataclass, fields
from datetime import date
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.calendar import Period
from monitor_core.scores.shares import Floats, ratio

Counts = NDArray[Any]  # whole numbers; expected ones may be fractions
Kind = Literal["trailing", "period", "since", "training"]

WEEK = 7  # days: what is judged together, so at least the gap between a reference and the day compared with it
LEAST_DAYS, LEAST_ROWS = 14, 200  # the minimum for a reference
DISPERSION_MARGIN = 0.5  # standard errors on top of the over-dispersion, which few days tell only roughly
TINY = 1e-9  # what rounding leaves of nothing


@dataclass(frozen=True, slots=True)
class Reference:
    """The days that a day is compared with, all of which lie before it.

    "trailing": the last `length` days before the gap. "period": from `first` to `last`, for the days after it.
    "since": from `first`, e.g. a retraining, up to `last` or the gap. "training": the training set's counts, passed
    separately: the trailing days then provide only the over-dispersion.
    """

    kind: Kind = "trailing"
    length: int = 60  # days
    gap: int = WEEK  # days, including today, that are not yet part of the reference
    first: date | None = None
    last: date | None = None
    excluded: frozenset[date] = frozenset()  # days that count in neither window, such as those of a known incident
    weekends: bool = True  # False: Saturdays and Sundays count in neither window
    # Days of alerts: they are judged and are in no reference, so that a change that lasts does not become the reference
    # of its own days. Those of an open alert have no end.
    alerted: tuple[Period, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"a reference is one of {', '.join(get_args(Kind))}, not {self.kind!r}")
        if self.length < LEAST_DAYS:
            raise ValueError(f"a reference has at least {LEAST_DAYS} days, not {self.length}")
        if self.gap < WEEK:
            raise ValueError(f"the gap holds at least the {WEEK} days that are judged together, not {self.gap}")
        has_last = self.kind == "period" or (self.kind == "since" and self.last is not None)
        if (self.first is not None, self.last is not None) != (self.kind in ("period", "since"), has_last):
            raise ValueError(f"a reference of kind {self.kind!r} does not go from {self.first} to {self.last}")
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"a reference does not end on {self.last} before it begins on {self.first}")


@dataclass(frozen=True, slots=True)
class Spans:
    """A half-open range of day indices for each day; start and end are equal if it has none."""

    starts: NDArray[np.int64]  # (days,)
    ends: NDArray[np.int64]
    used: NDArray[np.bool_] | None = None  # (days,) which days of the ranges count; None: all

    def sum(self, values: Counts) -> Floats:
        """Return the sum of the values over each day's range, along the leading axis of days."""
        running = np.zeros((len(values) + 1, *values.shape[1:]))
        if self.used is not None:
            values = values * self.used.reshape(-1, *(1,) * (values.ndim - 1))
        np.cumsum(values, axis=0, out=running[1:])
        return np.asarray(running[self.ends] - running[self.starts])


def refuse_gaps(days: tuple[date, ...]) -> None:
    for day, following in pairwise(days):
        if (following - day).days != 1:
            raise ValueError(f"days are consecutive: {following} does not follow {day}")


def reference_days(days: tuple[date, ...], reference: Reference, today: date) -> NDArray[np.bool_]:
    """Return which days are in the reference of `today`, shape (days,).

    >>> days = tuple(date(2026, 3, day) for day in range(1, 31))
    >>> [day.day for day, used in zip(days, reference_days(days, Reference(length=14), date(2026, 3, 22))) if used]
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    """
    spans, at = reference_spans(days, reference), (today - days[0]).days
    index = np.arange(len(days))
    inside = (index >= spans.starts[at]) & (index < spans.ends[at])
    return np.asarray(inside & counted_days(days, reference) & _without_alert(days, reference))


def counted_days(days: tuple[date, ...], reference: Reference) -> NDArray[np.bool_]:
    """Return which days count at all, in a reference or in a window, shape (days,)."""
    counted = [day not in reference.excluded and (reference.weekends or day.weekday() < 5) for day in days]
    return np.array(counted, dtype=bool)


def reference_spans(days: tuple[date, ...], reference: Reference) -> Spans:
    """Return the reference of each day, including the days that do not count."""
    today, used = np.arange(len(days)), _without_alert(days, reference)
    ends = np.clip(today + 1 - reference.gap, 0, None)
    if not days or reference.first is None:
        return Spans(_places_before(ends, reference.length, used), ends, used)
    starts = np.full(len(days), np.clip((reference.first - days[0]).days, 0, len(days)))
    if reference.last is not None:
        last = (reference.last - days[0]).days
        fixed = np.clip(last + 1, 0, len(days))
        ends = np.minimum(ends, fixed) if reference.kind == "since" else np.where(today > last, fixed, 0)
    return Spans(starts, np.maximum(starts, ends), used)


def _without_alert(days: tuple[date, ...], reference: Reference) -> NDArray[np.bool_]:
    """Return which days are not those of alerts, shape (days,)."""
    out = np.ones(len(days), bool)
    for alert in reference.alerted if days else ():
        first, last = ((day - days[0]).days for day in (alert.first, alert.last))
        out[max(first, 0) : max(last + 1, 0)] = False
    return out


def _places_before(ends: NDArray[np.int64], count: int, used: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the index from which on so many used days lie before each end; 0 if there are fewer."""
    places = np.flatnonzero(used)
    at = np.searchsorted(places, ends) - count
    return np.where(at > 0, places[np.maximum(at, 0)] if len(places) else 0, 0)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The shares in each day's reference, and their variation from day to day; shape (days, groups) unless stated."""

    n: Floats  # rows
    hits: Floats  # (days, groups, categories)
    days: Floats  # days with rows
    cluster_size: Floats  # rows that the day of a row has, on average
    rho: Floats  # correlation of two rows of the same day

    @property
    def share(self) -> Floats:
        """Return shares of shape (days, groups, categories), with half a row added to hits and misses: never 0 or 1."""
        return np.asarray((self.hits + 0.5) / (self.n[..., None] + 1))

    def repeated(self, day: int, times: int) -> "Baseline":
        """Return the baseline of one day, repeated `times` times."""
        return Baseline(*(np.repeat(getattr(self, f.name)[day][None], times, axis=0) for f in fields(self)))

    def dispersion(self, cluster_size: Floats) -> Floats:
        """Return the variance of a sum of rows in clusters of this size, relative to the binomial variance."""
        margin = DISPERSION_MARGIN * np.sqrt(2 / np.maximum(self.days, 1))
        return np.asarray((1 + np.maximum(cluster_size - 1, 0) * self.rho) * (1 + margin))


def baseline_of(n: Counts, hits: Counts, spans: Spans) -> Baseline:
    """Return the baseline of each day, given rows (days, groups) and hits (days, groups, categories).

    rho is the over-dispersion of the beta-binomial (of several categories: the Dirichlet-multinomial) by the method of
    moments with the rows as weights, floor 0: Kleinman (1973), "Proportions with extraneous variance", JASA 68:46.
    It solves E[sum of n (hits/n - p)^2] = p (1 - p) times the sum of (1 - n/N) (1 + (n - 1) rho).
    """
    squares = np.nan_to_num(ratio(hits.astype(float) ** 2, n[..., None]))
    total, successes, days = spans.sum(n), spans.sum(hits), spans.sum(n > 0)
    cluster_size = cluster_sizes(n, spans)
    share = np.nan_to_num(ratio(successes, total[..., None]))
    binomial = (share * (1 - share)).sum(axis=-1)
    excess = (spans.sum(squares) - successes * share).sum(axis=-1) - binomial * (days - 1)
    room = binomial * (total - cluster_size - (days - 1))
    rho = np.clip(np.nan_to_num(ratio(excess, np.where(room > TINY, room, 0.0))), 0.0, 1.0)
    return Baseline(total, successes, days, cluster_size, rho)


def cluster_sizes(n: Counts, spans: Spans) -> Floats:
    """Return the mean size of the day that a row belongs to, over the rows of each range."""
    return np.nan_to_num(ratio(spans.sum(n.astype(float) ** 2), spans.sum(n)))
