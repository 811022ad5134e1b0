"""The last days as windows, beside their references, and how far single days are from these."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.distances import shares
from monitor_core.drift.reference import WEEK, Baseline, Counts, Spans, cluster_sizes
from monitor_core.drift.tails import LoneDays, freedom_of_days, largest_before, lone_days
from monitor_core.drift.verdicts import ready
from monitor_core.scores.design import DayGroups, share_interval
from monitor_core.scores.shares import Floats

MOST_ROWS = 200_000  # days of references whose intervals are computed together


@dataclass(frozen=True, slots=True)
class ComparedWindow:
    """The sums of a window that ends on each day, and the reference of that day."""

    length: int  # days
    rows: Floats  # (days, categories) of each day by itself, as below
    before: Floats
    current: Floats
    dispersion: Floats  # (days,) by how much the variance of the difference of their shares exceeds a binomial's
    freedom: Floats  # (days,) degrees of freedom of that dispersion, which is an estimate
    lone: LoneDays
    tested: Floats  # (days, categories) the window's rows, its lone day being as the next one

    def interval(self, day: int, categories: slice) -> tuple[float, float]:
        """Return the interval of the share of these categories in the window of a day, as a report has it."""
        rows = self.rows[max(day + 1 - self.length, 0) : day + 1]
        low, high = share_interval(rows[:, categories].sum(axis=1), rows.sum(axis=1)).tolist()
        return low, high


@dataclass(frozen=True, slots=True)
class ComparedDays:
    """The rows of each day, and what they are compared with."""

    rows: Floats  # (days, categories)
    baseline: Baseline
    spans: Spans
    before: Floats  # (days, categories) rows of each day's reference
    dispersion: Floats  # (days,) of the reference's own shares
    dimensions: Floats | float = 1.0  # in which the days vary

    @property
    def tested(self) -> NDArray[np.bool_]:
        return np.asarray(ready(self.baseline) & (self.rows.sum(axis=1) > 0))

    def window(self, length: int, deviations: Floats | None = None, largest: Floats | None = None) -> ComparedWindow:
        """Sum the window of each day; `deviations` of single days and the `largest` before, (days,); None: all 0."""
        n, ends = self.rows.sum(axis=1), np.arange(1, len(self.rows) + 1)
        spans, none = Spans(np.maximum(ends - length, 0), ends), np.zeros(len(n))
        current, before = spans.sum(self.rows), self.before
        own = self.baseline.dispersion(cluster_sizes(n[:, None], spans), length)[:, 0]
        sizes = [np.maximum(counts.sum(axis=1), 1) for counts in (current, before)]
        dispersion = (own / sizes[0] + self.dispersion / sizes[1]) / (1 / sizes[0] + 1 / sizes[1])
        freedom = self.baseline.freedom(dispersion[:, None], length, self.dimensions)[:, 0]
        lone = lone_days(
            none if deviations is None else deviations, n > 0, none if largest is None else largest, length
        )
        off = self.rows[lone.day] - n[lone.day][:, None] * np.nan_to_num(shares(before))
        tested = np.maximum(current - lone.part[:, None] * off, 0.0)
        return ComparedWindow(length, self.rows, before, current, dispersion, freedom, lone, tested)


@dataclass(frozen=True, slots=True)
class SingleDays:
    """The distances of the single days of each reference from it, shape (days,)."""

    largest: Floats  # deviation
    freedom: Floats  # of Student's t, by which they are distributed

    @classmethod
    def of(cls, days: ComparedDays, deviations: Floats, p_values: Floats) -> "SingleDays":
        """Return the figures of each reference, given what a test of each day by itself says, shape (days,)."""
        return cls(
            largest_before(deviations, days.tested, days.spans), freedom_of_days(p_values, days.tested, days.spans)
        )


def last_days(values: Counts, lengths: NDArray[np.int64], columns: NDArray[np.int64]) -> Counts:
    """Return the values of so many days up to each one, at most WEEK, the oldest first; shape (WEEK, days).

    `values` has shape (days, groups), and `columns` and `lengths` say for each day of which group and how many days;
    days before these are 0.
    """
    today, back = np.arange(len(values)), np.arange(WEEK)[::-1, None]
    at = today - back
    return np.where((at >= 0) & (back < lengths), values[np.maximum(at, 0), columns], 0)


def sums_of_last(values: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Return the sum of each day and those before it, as many days as `lengths` says; shape of `lengths`."""
    running = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    starts = np.maximum(np.arange(1, len(running))[:, None] - lengths, 0)
    return np.asarray(running[1:] - np.take_along_axis(running, starts, axis=0))


def reference_intervals(n: Counts, errors: Counts, spans: Spans, columns: NDArray[np.int64]) -> Floats:
    """Return the interval of the share right in each day's reference, as in a report; NaN where it has no days.

    `n` and `errors` have shape (days, groups); `columns` says for each day of which group. The result has shape
    (days, 2). References of very many days are computed in parts, or they would fill the memory.
    """
    intervals = np.full((len(columns), 2), np.nan)
    references = [spans.days_of(day) for day in range(len(columns))]
    lengths = np.array([len(days) for days in references], np.int64)
    parts = np.cumsum(lengths) // MOST_ROWS
    for part in np.unique(parts[lengths > 0]):
        judged = np.flatnonzero((parts == part) & (lengths > 0))
        groups = np.repeat(np.arange(len(judged)), lengths[judged])
        rows = np.concatenate([references[day] for day in judged]), columns[judged][groups]
        intervals[judged] = share_interval(n[rows] - errors[rows], n[rows], DayGroups(groups))
    return intervals
