"""Reference: the days that a day is compared with, and their over-dispersion from day to day."""

from dataclasses import dataclass, fields, replace
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
# The minimum for a reference: rows, days with rows, and days since the first of them. Reviews may come in batches.
LEAST_ROWS, LEAST_DAYS, LEAST_AGE = 200, 6, 14
FULL_DAYS, FARTHEST = 14, 180  # trailing days reach back until so many have rows, but not farther than so many days
DISPERSION_MARGIN = 0.5  # standard errors on top of the over-dispersion, which few days tell only roughly
ALIKE_MARGIN = 0.75  # the same where days are alike: what is estimated then is a product of two uncertain factors
LAG_MARGIN, MOST_LAG = 0.5, 0.8  # standard errors, and what the correlation of successive days is at most
ROWS_ADDED = (5.0, 100.0)  # least and most that a class is given at the overall rate
RHO_SPREAD = 0.02  # by how much the classes' correlations within days differ, about
LEAST_FREEDOM = 5.0  # degrees of freedom of an estimated variance
TINY = 1e-9  # what rounding leaves of nothing


@dataclass(frozen=True, slots=True)
class Reference:
    """The days that a day is compared with, all of which lie before it.

    "trailing": the last `length` days before the gap, or as many more as hold 14 days with rows. "period": from `first`
    to `last`, for the days after it. "since": from `first`, e.g. a retraining, up to `last` or the gap. "training": the
    training set's counts, passed separately: the trailing days then provide only the over-dispersion.
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
        if self.length < LEAST_AGE:
            raise ValueError(f"a reference has at least {LEAST_AGE} days, not {self.length}")
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

    def days_of(self, day: int) -> NDArray[np.int64]:
        """Return the indices of the days of a day's range that count."""
        days = np.arange(self.starts[day], self.ends[day])
        return days if self.used is None else days[self.used[days]]

    def own_sum(self, values: Floats) -> Floats:
        """Return the sum over each day's range of that day's own column of (days, days) values, shape (days,)."""
        running = np.zeros((len(values) + 1, len(self.ends)))
        np.cumsum(values if self.used is None else values * self.used[:, None], axis=0, out=running[1:])
        own = np.arange(len(self.ends))
        return np.asarray(running[self.ends, own] - running[self.starts, own])

    @property
    def of_period(self) -> "Spans":
        """Return the range of a fixed period for all days, also for those within it."""
        return Spans(
            np.maximum(self.starts, self.starts.max(initial=0)),
            np.maximum(self.ends, self.ends.max(initial=0)),
            self.used,
        )

    @property
    def but_last(self) -> "Spans":
        """Return the ranges without their last days, of days whose next day is used too."""
        ends = np.maximum(self.ends - 1, 0)
        used = None if self.used is None else self.used[:-1] & self.used[1:]
        return Spans(np.minimum(self.starts, ends), ends, used)


def refuse_gaps(days: tuple[date, ...]) -> None:
    for day, following in pairwise(days):
        if (following - day).days != 1:
            raise ValueError(f"days are consecutive: {following} does not follow {day}")


def reference_days(
    days: tuple[date, ...], reference: Reference, today: date, filled: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Return which days are in the reference of `today`, shape (days,); `filled` as in `reference_spans`.

    >>> days = tuple(date(2026, 3, day) for day in range(1, 31))
    >>> [day.day for day, used in zip(days, reference_days(days, Reference(length=14), date(2026, 3, 22))) if used]
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    """
    spans, at = reference_spans(days, reference, filled), (today - days[0]).days
    index = np.arange(len(days))
    inside = (index >= spans.starts[at]) & (index < spans.ends[at])
    return np.asarray(inside & counted_days(days, reference) & _without_alert(days, reference))


def counted_days(days: tuple[date, ...], reference: Reference) -> NDArray[np.bool_]:
    """Return which days count at all, in a reference or in a window, shape (days,)."""
    counted = [day not in reference.excluded and (reference.weekends or day.weekday() < 5) for day in days]
    return np.array(counted, dtype=bool)


def reference_spans(days: tuple[date, ...], reference: Reference, filled: NDArray[np.bool_] | None = None) -> Spans:
    """Return the reference of each day, including the days that do not count.

    `filled`, shape (days,): which days have rows that count; without it, trailing days do not reach farther back.
    """
    today, used = np.arange(len(days)), _without_alert(days, reference)
    ends = np.clip(today + 1 - reference.gap, 0, None)
    if not days or reference.first is None:
        starts = _places_before(ends, reference.length, used)
        return Spans(starts if filled is None else np.minimum(starts, _far_enough(ends, filled, used)), ends, used)
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


def _far_enough(ends: NDArray[np.int64], filled: NDArray[np.bool_], used: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the day from which on FULL_DAYS used days before each end have rows, at most FARTHEST used days before."""
    return np.maximum(_places_before(ends, FULL_DAYS, filled & used), _places_before(ends, FARTHEST, used))


@dataclass(frozen=True, slots=True)
class Baseline:
    """The shares in each day's reference, and their variation from day to day; shape (days, groups) unless stated."""

    n: Floats  # rows
    hits: Floats  # (days, groups, categories)
    days: Floats  # days with rows
    age: Floats  # days since the first of them, up to the end of the reference
    cluster_size: Floats  # rows that the day of a row has, on average
    rho: Floats  # correlation of two rows of the same day
    lag: Floats  # correlation of the deviations of two successive days, from 0 to MOST_LAG

    @property
    def share(self) -> Floats:
        """Return shares of shape (days, groups, categories), with half a row added to hits and misses: never 0 or 1."""
        return np.asarray((self.hits + 0.5) / (self.n[..., None] + 1))

    def on(self, days: NDArray[np.int64]) -> "Baseline":
        """Return the baseline of these days."""
        return Baseline(*(getattr(self, f.name)[days] for f in fields(self)))

    def repeated(self, day: int, times: int) -> "Baseline":
        """Return the baseline of one day, repeated `times` times."""
        return self.on(np.full(times, day % len(self.n)))

    def dispersion(self, cluster_size: Floats, length: int | None = 1) -> Floats:
        """Return the variance of a sum of rows in clusters of this size, relative to the binomial variance.

        `length`: successive days that are summed, whose deviations add up if they are alike; None: very many.
        """
        margin = DISPERSION_MARGIN * np.sqrt(2 / np.maximum(self.days, 1))
        share = np.where(self.lag > 0, ALIKE_MARGIN, DISPERSION_MARGIN)
        of_beyond = share * np.sqrt(2 * self._uncertain(length) / np.maximum(self.days, 1))
        beyond = np.maximum(cluster_size - 1, 0) * self.rho * self._alike(length)
        return np.asarray(1 + margin + beyond * (1 + of_beyond))

    def freedom(self, dispersion: Floats, length: int | None = 1, dimensions: Floats | float = 1.0) -> Floats:
        """Return the degrees of freedom of a variance that is estimated as `dispersion` times the binomial one.

        Only what exceeds the binomial variance is an estimate (Satterthwaite 1946, Biometrics Bulletin 2:110). Days
        that are alike say less of it (Bayley & Hammersley 1946), and how alike they are is an estimate too. Each of
        several categories says something of it: `dimensions`.
        """
        beyond = np.maximum(1 - 1 / np.maximum(dispersion, 1), 1e-3)
        return np.asarray(
            np.maximum(np.maximum(self.days - 1, 1) / self._uncertain(length) * dimensions / beyond**2, LEAST_FREEDOM)
        )

    def _uncertain(self, length: int | None) -> Floats:
        """Return the variance of the estimated variance of a sum over days, relative to that of independent days."""
        of_lag = 2.0 * (self.lag > 0) if length != 1 else 0.0
        return np.asarray((1 + self.lag**2 + of_lag) / (1 - self.lag**2))

    def _alike(self, length: int | None) -> Floats:
        """Return the variance of the mean of an autoregressive series, relative to one of independent days."""
        if length is None:
            return np.asarray((1 + self.lag) / (1 - self.lag))
        steps = np.arange(1, length)
        return np.asarray(1 + 2 * ((1 - steps / length) * self.lag[..., None] ** steps).sum(axis=-1))


def baseline_of(n: Counts, hits: Counts, spans: Spans) -> Baseline:
    """Return the baseline of each day, given rows (days, groups) and hits (days, groups, categories).

    rho is the over-dispersion of the beta-binomial (of several categories: the Dirichlet-multinomial) by the method of
    moments with the rows as weights, floor 0: Kleinman (1973), "Proportions with extraneous variance", JASA 68:46.
    It solves E[sum of n (hits/n - p)^2] = p (1 - p) times the sum of (1 - n/N) (1 + (n - 1) rho).
    """
    squares = np.nan_to_num(ratio(hits.astype(float) ** 2, n[..., None]))
    successes, totals = spans.sum(hits), day_totals(n, spans)
    share = np.nan_to_num(ratio(successes, totals.n[..., None]))
    binomial = (share * (1 - share)).sum(axis=-1)
    off = (spans.sum(squares) - successes * share).sum(axis=-1)
    rho, lag = correlations(off, _products(n, hits, spans, share), binomial, totals)
    return Baseline(totals.n, successes, totals.days, _ages(n, spans), totals.cluster_size, rho, lag)


@dataclass(frozen=True, slots=True)
class DayTotals:
    """The rows of each range of days, shape (days, groups)."""

    n: Floats  # rows
    days: Floats  # with rows
    cluster_size: Floats
    pairs: Floats  # of a row with each row of the next day
    followed: Floats  # rows of all days but the last


def day_totals(n: Counts, spans: Spans) -> DayTotals:
    """Return the totals of each range, given rows of shape (days, groups)."""
    but_last = spans.but_last
    pairs = but_last.sum(n[:-1].astype(float) * n[1:])
    return DayTotals(spans.sum(n), spans.sum(n > 0), cluster_sizes(n, spans), pairs, but_last.sum(n[:-1]))


def correlations(off: Floats, products: Floats, variance: Floats, totals: DayTotals) -> tuple[Floats, Floats]:
    """Return rho and lag of a `Baseline` by the method of moments, shape (days, groups).

    `off`: the sum over the days of n times the squared deviation of their mean; `products`: of the deviations of
    successive days' sums, multiplied; `variance`: of a row. LAG_MARGIN standard errors are subtracted from the
    products, so that days which do not depend on each other mostly have no correlation. What is left is too low by
    (1 + 4 lag) / days, because the deviations are from a mean of the same days (Marriott & Pope 1954).
    """
    excess = off - variance * (totals.days - 1)
    room = variance * (totals.n - totals.cluster_size - (totals.days - 1))
    rho = np.clip(np.nan_to_num(ratio(excess, np.where(room > TINY, room, 0.0))), 0.0, 1.0)
    dispersion = 1 + np.nan_to_num(ratio(totals.pairs, totals.followed)) * rho
    noise = LAG_MARGIN * variance * np.sqrt(totals.pairs) * dispersion
    lag = np.nan_to_num(ratio(products - noise, variance * rho * totals.pairs))
    too_low = (1 + 4 * lag) / np.maximum(totals.days, 1)
    return rho, np.clip(lag + np.where(lag > 0, too_low, 0.0), 0.0, MOST_LAG)


def cluster_sizes(n: Counts, spans: Spans) -> Floats:
    """Return the mean size of the day that a row belongs to, over the rows of each range."""
    return np.nan_to_num(ratio(spans.sum(n.astype(float) ** 2), spans.sum(n)))


def _ages(n: Counts, spans: Spans) -> Floats:
    """Return how many days before the end of each range its first day with rows is, shape (days, groups)."""
    is_used = n > 0 if spans.used is None else (n > 0) & spans.used[:, None]
    places = np.where(is_used, np.arange(len(n))[:, None], len(n))
    following = np.minimum.accumulate(places[::-1], axis=0)[::-1]
    first = np.concatenate([following, np.full((1, n.shape[1]), len(n))])[spans.starts]
    return np.asarray(np.maximum(spans.ends[:, None] - first, 0), float)


def _products(n: Counts, hits: Counts, spans: Spans, share: Floats) -> Floats:
    """Return the products of the deviations of successive days, summed over days and categories."""
    today, following, x, y = n[:-1, :, None], n[1:, :, None], hits[:-1], hits[1:]
    both, crossed, rows = (spans.but_last.sum(v) for v in (x * y, x * following + y * today, today * following))
    return np.asarray((both - share * crossed + share**2 * rows).sum(axis=-1))


def with_likely_rates(baseline: Baseline) -> Baseline:
    """Return the baseline (overall, then classes) with what all classes say of each: as if each had more rows.

    A class with few rows that happened to be right would make every later error count. Its rate is therefore that of
    the beta-binomial across classes, and its correlation within days that of all classes, as far as it has few rows
    itself: Efron & Morris (1975), "Data analysis using Stein's estimator", JASA 70:311. Days are as alike as overall.
    """
    n, hits, overall = baseline.n[:, 1:], baseline.hits[:, 1:, 0], baseline.share[:, :1, 0]
    rows = _rows_added(n, hits, overall, baseline.dispersion(baseline.cluster_size)[:, 1:])
    added = np.where(n > 0, rows, 0.0)
    hits = np.concatenate([baseline.hits[:, :1], (hits + added * overall)[..., None]], axis=1)
    rho = np.concatenate([baseline.rho[:, :1], _rho_of_classes(baseline)], axis=1)
    lag = np.repeat(baseline.lag[:, :1], baseline.n.shape[1], axis=1)
    return replace(baseline, n=np.concatenate([baseline.n[:, :1], n + added], axis=1), hits=hits, rho=rho, lag=lag)


def _rows_added(n: Floats, hits: Floats, overall: Floats, dispersion: Floats) -> Floats:
    """Return how many rows at the overall rate each class is given, shape (days, 1): few if the classes differ."""
    total, present = n.sum(axis=1), (n > 0).sum(axis=1)
    variance = overall[:, 0] * (1 - overall[:, 0])
    squares = np.nan_to_num(ratio((hits - overall * n) ** 2, n * dispersion)).sum(axis=1)
    freedom = np.maximum(present - 1, 1)
    excess = squares - variance * (freedom - np.sqrt(2 * freedom))  # a standard error more: they may well differ
    room = variance * (total - np.nan_to_num(ratio((n**2).sum(axis=1), total)) - freedom)
    rho = np.clip(np.nan_to_num(ratio(excess, np.where(room > TINY, room, 0.0))), 1e-6, 1.0)
    return np.clip((1 - rho) / rho, *ROWS_ADDED)[:, None]


def _rho_of_classes(baseline: Baseline) -> Floats:
    """Return the classes' rho, drawn towards their mean as far as a class's own is uncertain, shape (days, labels)."""
    rho, n, days = (values[:, 1:] for values in (baseline.rho, baseline.n, baseline.days))
    precision = np.nan_to_num(ratio(np.maximum(n - days, 0) ** 2, 2 * days))
    mean = ratio((precision * rho).sum(axis=1), precision.sum(axis=1))
    mean = np.maximum(np.nan_to_num(mean), baseline.rho[:, 0])[:, None]
    weight = precision / (precision + 1 / RHO_SPREAD**2)
    return np.asarray(weight * rho + (1 - weight) * mean)
