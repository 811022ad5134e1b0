"""The counts of consecutive days as arrays: the input of drift tests and alert rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.calendar import Period
from monitor_core.scores.confusion import REJECTED, ConfusionCounts, Ints
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.folding import MOST_CLASSES, distinct_classes, fold_results, fold_rows, frequent

NUMBERS = ("documents", "not_reviewed", "reviewed", "unreadable_prediction", "unreadable_review", "bad_confidence")


@dataclass(frozen=True)
class DailyTable:
    """The counts of consecutive days by one basis; days without predictions are zeros."""

    days: tuple[date, ...]
    labels: tuple[int, ...]  # ascending; every class of these days
    numbers: dict[str, Ints]  # (days,) each, by the names of NUMBERS
    confusion: ConfusionCounts
    confidence: Ints  # (n, 5) day, and a row of `DayCounts.confidence`; ordered by day
    delays: Ints  # (n, 3) day, bucket, documents; ordered by day
    hours: Ints = field(default_factory=np.zeros((0, 4), np.int64).copy)  # day, and a row of `DayCounts.hours`
    scenes: NDArray[np.float64] = field(default_factory=np.zeros((0, 9)).copy)  # day, and a row of `DayCounts.scenes`
    audit: Ints = field(default_factory=np.zeros((0, 8), np.int64).copy)  # day, and a row of `DayCounts.audit`
    _totals: dict[tuple[int, int], ConfusionCounts] = field(default_factory=dict, init=False, repr=False, compare=False)
    _of_days: dict[tuple[int, int], ConfusionCounts] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def span(self, period: Period) -> tuple[int, int]:
        """Return the period as indices [start, end), clipped to the table."""
        start, end = (period.first - self.days[0]).days, (period.last - self.days[0]).days + 1
        return max(0, min(start, len(self.days))), max(0, min(end, len(self.days)))

    def number(self, name: str, start: int, end: int) -> int:
        return int(self.numbers[name][start:end].sum())

    def within(self, start: int, end: int) -> ConfusionCounts:
        """Return the confusion counts summed over the span; cached, because many classes ask for the same span."""
        if (start, end) not in self._totals:
            cells = _rows_of(self.confusion.cells, start, end)
            width = len(self.labels) or 1
            pairs, index = np.unique(cells[:, 1] * width + cells[:, 2], return_inverse=True)
            counts = np.bincount(index, cells[:, 3], len(pairs)).astype(np.int64)
            rows = np.column_stack([np.zeros(len(pairs), np.int64), pairs // width, pairs % width, counts])
            self._totals[start, end] = ConfusionCounts(self.days[start : start + 1], self.labels, rows)
        return self._totals[start, end]

    def daily_within(self, start: int, end: int) -> ConfusionCounts:
        """Return the confusion counts of each day of the span; cached, as `within`."""
        if (start, end) not in self._of_days:
            cells, scenes = (_since(_rows_of(rows, start, end), start) for rows in (self.confusion.cells, self.scenes))
            self._of_days[start, end] = ConfusionCounts(self.days[start:end], self.labels, cells, scenes)
        return self._of_days[start, end]

    def delays_within(self, start: int, end: int) -> Ints:
        """Return the time to review as rows (bucket, documents), ascending."""
        rows = _rows_of(self.delays, start, end)
        buckets, index = np.unique(rows[:, 1], return_inverse=True)
        return np.column_stack([buckets, np.bincount(index, rows[:, 2], len(buckets)).astype(np.int64)])

    def confidence_within(self, start: int, end: int) -> Ints:
        """Return the rows of the span: day, and a row of `DayCounts.confidence`."""
        return np.asarray(_rows_of(self.confidence, start, end))

    def audit_within(self, start: int, end: int) -> Ints:
        """Return the rows of `DayCounts.audit` of the span; none if a day of it has predictions and no audit."""
        rows, made = _rows_of(self.audit, start, end), np.flatnonzero(self.numbers["documents"][start:end]) + start
        return np.asarray(rows[:, 1:] if np.isin(made, rows[:, 0]).all() else rows[:0, 1:])

    def only(self, days: Ints) -> "DailyTable":
        """Return a table of the same days in which all days but these, given by index, are zeros."""
        keep = np.zeros(len(self.days), bool)
        keep[days] = True
        confusion = replace(self.confusion, cells=self.confusion.cells[keep[self.confusion.cells[:, 0]]])
        numbers = {name: np.where(keep, values, 0) for name, values in self.numbers.items()}
        tables = {name: rows[keep[rows[:, 0].astype(int)]] for name, rows in self._tables().items()}
        return replace(self, numbers=numbers, confusion=confusion, **tables)

    def since(self, day: date) -> "DailyTable":
        """Return the table from this day on; the labels stay the same."""
        at = max(0, min((day - self.days[0]).days, len(self.days)))
        if not at:
            return self
        days = self.days[at:]
        numbers = {name: values[at:] for name, values in self.numbers.items()}
        confusion = ConfusionCounts(days, self.labels, _since(self.confusion.cells, at))
        return DailyTable(
            days, self.labels, numbers, confusion, **{name: _since(rows, at) for name, rows in self._tables().items()}
        )

    def _tables(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("confidence", "delays", "hours", "scenes", "audit")}


def daily_table(period: Period, stored: Mapping[date, DayCounts], named: Collection[int] = ()) -> DailyTable:
    """Combine the stored days of the period; a day that is not stored counts as one without predictions.

    `named`: classes that are never folded, however rare they are.
    """
    days = period.days
    indices = [(i, stored[day]) for i, day in enumerate(days) if day in stored]
    raw = _stacked([(i, counts.cells) for i, counts in indices], 3)
    confidence = _stacked([(i, counts.confidence) for i, counts in indices], 4)
    raw, confidence = _with_rare_together(raw, confidence, named)
    labels = np.unique(np.concatenate([raw[:, 1][raw[:, 1] != REJECTED], raw[:, 2], confidence[:, 1]]))
    target = np.where(raw[:, 1] == REJECTED, len(labels), np.searchsorted(labels, raw[:, 1]))
    cells = np.column_stack([raw[:, 0], target, np.searchsorted(labels, raw[:, 2]), raw[:, 3]])
    numbers = {name: np.zeros(len(days), np.int64) for name in NUMBERS}
    for i, counts in indices:
        for name, values in numbers.items():
            values[i] = getattr(counts, name)
    classes = tuple(labels.tolist())
    delays = _stacked([(i, counts.delays) for i, counts in indices], 2)
    hours = _stacked([(i, counts.hours) for i, counts in indices], 3)
    scenes = _stacked([(i, counts.scenes) for i, counts in indices], 8)
    audit = _stacked([(i, counts.audit) for i, counts in indices], 7)
    confusion = ConfusionCounts(days, classes, cells)
    return DailyTable(days, classes, numbers, confusion, confidence, delays, hours, scenes, audit)


def _with_rare_together(raw: Ints, confidence: Ints, named: Collection[int]) -> tuple[Ints, Ints]:
    """Fold the classes that are rare over all days."""
    if distinct_classes(raw[:, 1:3], confidence[:, 1]) <= MOST_CLASSES:
        return raw, confidence
    _, target, prediction, count = raw.T
    classes = np.concatenate([target, prediction, confidence[:, 1]])
    stay = frequent(classes, np.concatenate([count, count, confidence[:, 4]]), named)
    return fold_rows(raw, stay), fold_results(confidence, stay)


def _stacked(tables: list[tuple[int, Any]], width: int) -> Any:
    """Concatenate the tables of the days, with the day's index as the first column."""
    if not tables:
        return np.zeros((0, width + 1), np.int64)
    day = np.repeat([i for i, _ in tables], [len(rows) for _, rows in tables])
    return np.column_stack([day, np.concatenate([rows for _, rows in tables])])


def _rows_of(rows: Any, start: int, end: int) -> Any:
    low, high = np.searchsorted(rows[:, 0], (start, end))
    return rows[low:high]


def _since(rows: Any, day: int) -> Any:
    since = rows[np.searchsorted(rows[:, 0], day) :].copy()
    since[:, 0] -= day
    return since
