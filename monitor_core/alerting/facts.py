"""Facts: what the history's days tell, as arrays that the rules ask."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.contract.errors import MonitorError
from monitor_core.drift.detectors import DailyCounts, DriftTest, Reviews, accuracy_falling, confidence_moved, mix_moved
from monitor_core.drift.reference import Reference
from monitor_core.scores.confusion import REJECTED, ConfusionCounts, Ints
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts

NUMBERS = ("documents", "not_reviewed", "unreadable_prediction", "unreadable_review", "bad_confidence")


@dataclass(frozen=True)
class Table:
    """The documents of consecutive days on one basis."""

    days: tuple[date, ...]
    labels: tuple[int, ...]  # ascending; every class of these days
    numbers: dict[str, Ints]  # (days,) by name: DayCounts' own, and "reviewed"
    confusion: ConfusionCounts
    confidence: Ints  # (n, 5) day, label, outcome, bin, documents; ordered by day
    delays: Ints  # (n, 3) day, bucket, documents; ordered by day
    _made: dict[tuple[int, int], ConfusionCounts] = field(default_factory=dict, init=False, repr=False, compare=False)

    def span(self, period: Period) -> tuple[int, int]:
        """The period's days as indices [start, end), those outside of the table left out."""
        start, end = (period.first - self.days[0]).days, (period.last - self.days[0]).days + 1
        return max(0, min(start, len(self.days))), max(0, min(end, len(self.days)))

    def number(self, name: str, start: int, end: int) -> int:
        return int(self.numbers[name][start:end].sum())

    def within(self, start: int, end: int) -> ConfusionCounts:
        """All days of the span as one; made once, however many classes ask."""
        if (start, end) not in self._made:
            cells = _rows_of(self.confusion.cells, start, end)
            width = len(self.labels) or 1
            pairs, index = np.unique(cells[:, 1] * width + cells[:, 2], return_inverse=True)
            counts = np.bincount(index, cells[:, 3], len(pairs)).astype(np.int64)
            rows = np.column_stack([np.zeros(len(pairs), np.int64), pairs // width, pairs % width, counts])
            self._made[start, end] = ConfusionCounts(self.days[start : start + 1], self.labels, rows)
        return self._made[start, end]

    def delays_within(self, start: int, end: int) -> Ints:
        """(bucket, documents), ascending."""
        rows = _rows_of(self.delays, start, end)
        buckets, index = np.unique(rows[:, 1], return_inverse=True)
        return np.column_stack([buckets, np.bincount(index, rows[:, 2], len(buckets)).astype(np.int64)])

    def daily(self, column: Any) -> DailyCounts:
        """Documents of each day by class or by bin; of `prediction` and `confidence` the unreviewed ones too."""
        cells, confident = self.confusion.cells, self.confidence
        if column == "confidence":
            counts = np.zeros((len(self.days), CONFIDENCE_BINS), np.int64)
            confident = confident[confident[:, 3] != NO_CONFIDENCE]
            np.add.at(counts, (confident[:, 0], confident[:, 3]), confident[:, 4])
            return DailyCounts(column, self.days, counts)
        counts = np.zeros((len(self.days), len(self.labels)), np.int64)
        if column == "target":
            cells = cells[cells[:, 1] < len(self.labels)]
            np.add.at(counts, (cells[:, 0], cells[:, 1]), cells[:, 3])
        else:
            np.add.at(counts, (cells[:, 0], cells[:, 2]), cells[:, 3])
            waiting = confident[confident[:, 2] == NOT_REVIEWED]
            np.add.at(counts, (waiting[:, 0], np.searchsorted(self.labels, waiting[:, 1])), waiting[:, 4])
        return DailyCounts(column, self.days, counts)

    def reviews(self) -> Reviews:
        daily = self.confusion.daily()
        errors = daily.reviewed - daily.hits.sum(axis=-1)
        return Reviews(self.days, daily.reviewed, errors, daily.support, daily.support - daily.hits)

    def since(self, day: date) -> "Table":
        at = max(0, min((day - self.days[0]).days, len(self.days)))
        if not at:
            return self
        cells, confident, delays = (
            _moved(_rows_of(rows, at, len(self.days)), at)
            for rows in (self.confusion.cells, self.confidence, self.delays)
        )
        days = self.days[at:]
        numbers = {name: values[at:] for name, values in self.numbers.items()}
        return Table(days, self.labels, numbers, ConfusionCounts(days, self.labels, cells), confident, delays)


def table(period: Period, found: Mapping[date, DayCounts]) -> Table:
    """Days without a record are days without documents."""
    days = period.days
    indices = [(i, found[day]) for i, day in enumerate(days) if day in found]
    raw = _stacked([(i, one.cells) for i, one in indices], 3)
    confidence = _stacked([(i, one.confidence) for i, one in indices], 4)
    labels = np.unique(np.concatenate([raw[:, 1][raw[:, 1] != REJECTED], raw[:, 2], confidence[:, 1]]))
    target = np.where(raw[:, 1] == REJECTED, len(labels), np.searchsorted(labels, raw[:, 1]))
    cells = np.column_stack([raw[:, 0], target, np.searchsorted(labels, raw[:, 2]), raw[:, 3]])
    numbers = {name: np.zeros(len(days), np.int64) for name in (*NUMBERS, "reviewed")}
    for i, one in indices:
        for name, values in numbers.items():
            values[i] = getattr(one, name)
    known = tuple(labels.tolist())
    delays = _stacked([(i, one.delays) for i, one in indices], 2)
    return Table(days, known, numbers, ConfusionCounts(days, known, cells), confidence, delays)


def _stacked(tables: list[tuple[int, Ints]], width: int) -> Ints:
    """One table with the day's index in front."""
    if not tables:
        return np.zeros((0, width + 1), np.int64)
    day = np.repeat([i for i, _ in tables], [len(rows) for _, rows in tables])
    return np.column_stack([day, np.concatenate([rows for _, rows in tables])])


def _rows_of(rows: Ints, start: int, end: int) -> Ints:
    low, high = np.searchsorted(rows[:, 0], (start, end))
    return rows[low:high]


def _moved(rows: Ints, by: int) -> Ints:
    moved = rows.copy()
    moved[:, 0] -= by
    return moved


def last_before(days: Collection[date], day: date) -> date | None:
    return max((one for one in days if one <= day), default=None)


@dataclass(frozen=True)
class Facts:
    """All that rules are judged by."""

    tables: dict[Basis, Table]
    whole_through: date  # the last day that is over; the one after it is still filling
    first_day: dict[Basis, date | None] = field(default_factory=dict)  # that has a document; None: there is none
    class_names: Mapping[int, str] = field(default_factory=dict)
    training: Callable[[], dict[int, int]] = dict  # class -> images; may raise a MonitorError
    retrainings: tuple[date, ...] = ()
    worker_lag_seconds: float | None = None  # now, as are the next
    undated: dict[Basis, int] = field(default_factory=dict)  # documents without a usable date
    missing: dict[Basis, int] = field(default_factory=dict)  # days that the history ought to have and has not
    _tests: dict[Any, list[DriftTest]] = field(default_factory=dict)  # made once for all rules

    def name(self, label: int) -> str:
        return self.class_names.get(label, str(label))

    def names(self, basis: Basis) -> list[str]:
        return [self.name(label) for label in self.tables[basis].labels]

    def retrained_before(self, day: date) -> date | None:
        return last_before(self.retrainings, day)

    def training_of(self, basis: Basis) -> Ints:
        """By the table's labels; a class that is only in the training set has no place, and no document either."""
        counts = self.training()
        if not sum(counts.values()):
            raise MonitorError(
                "The training set is empty: set one of MONITOR_TRAINING_COUNTS, _MANIFEST and _FOLDER, or give the "
                "rule another reference."
            )
        return np.array([counts.get(label, 0) for label in self.tables[basis].labels], np.int64)

    def tests(
        self,
        column: str,
        basis: Basis,
        reference: Reference,
        preset: str,
        begins: date,
        restarts: Collection[date] = (),
    ) -> list[DriftTest]:
        """The drift verdicts of every day from `begins`."""
        key = (column, basis, reference, preset, begins, frozenset(restarts))
        if key not in self._tests:
            part = self.tables[basis].since(begins)
            if column == "accuracy":
                self._tests[key] = accuracy_falling(part.reviews(), reference, preset, restarts)
            elif column == "confidence":
                self._tests[key] = confidence_moved(part.daily(column), reference, preset)
            else:
                training = self.training_of(basis) if reference.kind == "training" else None
                self._tests[key] = mix_moved(part.daily(column), reference, preset, training)
        return self._tests[key]
