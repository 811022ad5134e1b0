"""The history's days as the daily counts that the drift rules take."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np

from monitor_core.confusion import Ints
from monitor_core.contract import CONFIDENCE_BINS
from monitor_core.counting import NOT_REVIEWED, REJECTED, DayCounts
from monitor_core.drift import DailyCounts, DriftTest, Reviews, accuracy_falling, confidence_moved, mix_moved
from monitor_core.history import History
from monitor_core.period import FIRST_DAY, Period
from monitor_core.reference import Counts, Reference

Column = Literal["accuracy", "prediction", "target", "confidence"]  # a drift rule is named for what it looks at
COLUMNS: tuple[Column, ...] = get_args(Column)


@dataclass(frozen=True, slots=True)
class DriftInputs:
    """Daily counts from the first day of the history on; reviews and targets by review day, the others by prediction
    day."""

    labels: tuple[int, ...]  # class number by index, ascending
    reviews: Reviews
    prediction: DailyCounts  # without the unreviewed that have no usable confidence: the history keeps no class of them
    target: DailyCounts
    confidence: DailyCounts  # of all predictions, reviewed or not

    @property
    def days(self) -> tuple[date, ...]:
        return self.reviews.days

    def tests(
        self,
        column: Column,
        reference: Reference = Reference(),  # noqa: B008 - frozen
        preset: str = "balanced",
        resets: Collection[date] = (),
        training: Counts | None = None,
    ) -> list[DriftTest]:
        """The rule's test of every day; `resets` are of accuracy, `training` of the mixes alone."""
        if column == "accuracy":
            return accuracy_falling(self.reviews, reference, preset, resets)
        if column == "confidence":
            return confidence_moved(self.confidence, reference, preset)
        return mix_moved(self.prediction if column == "prediction" else self.target, reference, preset, training)


def drift_inputs(history: History, last: date) -> DriftInputs | None:
    """From the first day that is kept to the last one up to `last`; None without any.

    Evidence adds up from the first day on, so that a test of a day is the same whatever period it is looked at in.
    """
    validated, predicted = (history.read(basis, Period(FIRST_DAY, last)) for basis in ("validated", "predicted"))
    kept = validated.keys() | predicted.keys()
    if not kept:
        return None
    days = Period(min(kept), max(kept)).days
    labels = _labels([*validated.values(), *predicted.values()])
    reviews, target = _reviews(days, labels, validated)
    return DriftInputs(labels, reviews, _predictions(days, labels, predicted), target, _confidence(days, predicted))


def _labels(found: Collection[DayCounts]) -> tuple[int, ...]:
    labels = {int(label) for counts in found for label in np.unique(counts.cells[:, :2])}
    labels |= {int(label) for counts in found for label in np.unique(counts.confidence[:, 0])}
    return tuple(sorted(labels - {REJECTED}))


def _reviews(
    days: tuple[date, ...], labels: tuple[int, ...], found: dict[date, DayCounts]
) -> tuple[Reviews, DailyCounts]:
    n, errors = np.zeros(len(days), np.int64), np.zeros(len(days), np.int64)
    support, misses = (np.zeros((len(days), len(labels)), np.int64) for _ in range(2))
    for at, counts in _placed(days, found):
        target, prediction, count = counts.cells.T
        wrong, known = target != prediction, target != REJECTED
        n[at], errors[at] = count.sum(), count[wrong].sum()
        _add(support[at], labels, target[known], count[known])
        _add(misses[at], labels, target[known & wrong], count[known & wrong])
    return Reviews(days, n, errors, support, misses), DailyCounts("target", days, support)


def _predictions(days: tuple[date, ...], labels: tuple[int, ...], found: dict[date, DayCounts]) -> DailyCounts:
    table = np.zeros((len(days), len(labels)), np.int64)
    for at, counts in _placed(days, found):
        waiting = counts.confidence[counts.confidence[:, 1] == NOT_REVIEWED]
        _add(table[at], labels, counts.cells[:, 1], counts.cells[:, 2])
        _add(table[at], labels, waiting[:, 0], waiting[:, 3])
    return DailyCounts("prediction", days, table)


def _confidence(days: tuple[date, ...], found: dict[date, DayCounts]) -> DailyCounts:
    table = np.zeros((len(days), CONFIDENCE_BINS), np.int64)
    for at, counts in _placed(days, found):
        np.add.at(table[at], counts.confidence[:, 2], counts.confidence[:, 3])
    return DailyCounts("confidence", days, table)


def _placed(days: tuple[date, ...], found: dict[date, DayCounts]) -> list[tuple[int, DayCounts]]:
    """With the index of its day."""
    return [((day - days[0]).days, counts) for day, counts in sorted(found.items())]


def _add(row: Ints, labels: tuple[int, ...], classes: Ints, count: Ints) -> None:
    np.add.at(row, np.searchsorted(labels, classes), count)
