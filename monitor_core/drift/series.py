"""The daily counts that each drift rule tests: reviews and errors, or predictions by category."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import CONFIDENCE_BINS, MISTAKEN, OTHER
from monitor_core.drift.reference import Counts, refuse_gaps
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, OVERALL
from monitor_core.scores.daily import DailyTable
from monitor_core.scores.shares import Floats

NO_TARGET = -1  # instead of the index of a target: the sample was rejected
NO_LABEL = np.iinfo(np.int64).max  # no class


BINS = CONFIDENCE_BINS + 1  # the last is of predictions without confidence


@dataclass(frozen=True, slots=True)
class ReviewSelection:
    """The predictions of consecutive days and the samples reviewed on them, by bin of confidence."""

    predictions: Counts  # (days, BINS) by prediction date, reviewed or not
    # (n, 5) day, index of the target or NO_TARGET, 1 if wrong, bin, samples. By review date.
    samples: Floats

    @property
    def reviewed(self) -> Floats:
        """Return the samples by bin, shape (days, BINS)."""
        day, _, _, at, count = self.samples.T
        return by_cell(day, at, count, self.predictions.shape)

    @property
    def mistaken(self) -> Floats:
        """Return the samples that were wrong, by bin, shape (days, BINS)."""
        day, _, wrong, at, count = self.samples.T
        return by_cell(day, at, wrong * count, self.predictions.shape)


def by_cell(row: Counts, column: Counts, count: Counts, shape: tuple[int, int]) -> Floats:
    """Sum counts by row and column."""
    cell = (row * shape[1] + column).astype(np.int64)
    return np.asarray(np.bincount(cell, count, shape[0] * shape[1]).reshape(shape), float)


@dataclass(frozen=True, slots=True)
class Reviews:
    """The reviews of consecutive days by review date; days without reviews are zeros."""

    days: tuple[date, ...]
    n: Counts  # (days,)
    errors: Counts  # (days,) a rejected sample is one, and in no class's support
    support: Counts  # (days, labels)
    misses: Counts  # (days, labels)
    selection: ReviewSelection | None = None  # None: which predictions are reviewed is not known
    by_prediction: "Reviews | None" = None  # the same by prediction date, in the order of the same labels
    scenes: Floats | None = None  # (days, 1 + labels) overall, then by target; None: no field names the scenes
    scene_errors: Floats | None = None  # the shares wrong of the scenes, added up

    def __post_init__(self) -> None:
        refuse_gaps(self.days)
        days, labels = (len(self.days),), self.support.shape[-1:]
        shapes = (self.n.shape, self.errors.shape, self.support.shape, self.misses.shape)
        if shapes != (days, days, days + labels, days + labels):
            raise ValueError(f"{len(self.days)} days do not go with counts of the shapes {shapes}")
        for part, whole in ((self.errors, self.n), (self.misses, self.support)):
            if (part < 0).any() or (part > whole).any():
                raise ValueError("errors are not fewer than 0 or more than the reviews")


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """Predictions by category on consecutive days; days without predictions are zeros."""

    days: tuple[date, ...]
    counts: Counts  # (days, categories): classes, or bins of equal width from 0 to 1

    def __post_init__(self) -> None:
        refuse_gaps(self.days)
        if self.counts.ndim != 2 or len(self.counts) != len(self.days):
            raise ValueError(f"{len(self.days)} days do not go with counts of the shape {self.counts.shape}")
        if (self.counts < 0).any():
            raise ValueError("counts are not negative")


def reviews(table: DailyTable, predicted: DailyTable | None = None) -> Reviews:
    """Return the reviewed samples and the errors, by day and target class.

    `predicted`: the table by prediction date, which says what there was to review; its days may be others.
    """
    daily = table.confusion.daily()
    errors = daily.reviewed - daily.hits.sum(axis=-1)
    of_reviews = Reviews(table.days, daily.reviewed, errors, daily.support, daily.support - daily.hits)
    if len(table.scenes):
        scenes, scene_errors = _scenes(table)
        return replace(of_reviews, scenes=scenes, scene_errors=scene_errors)
    if predicted is None or not len(table.confidence):
        return of_reviews
    selection = ReviewSelection(_predictions_by_bin(table.days, predicted), _samples(table))
    return replace(of_reviews, selection=selection, by_prediction=_by_prediction_date(table, predicted))


def reviews_by_target(days: Mapping[date, Ints], targets: Ints) -> Reviews:
    """Return the reviews by these targets, ascending, given days with rows of target or REJECTED, samples, those right.

    `n` and `errors` are those of all targets. A day that is not given counts as one without reviews.
    """
    period = Period(min(days), max(days)).days if days else ()
    sums, of_all = np.zeros((2, len(period), len(targets)), np.int64), np.zeros((2, len(period)), np.int64)
    for day, rows in days.items():
        at, is_column = (day - period[0]).days, np.isin(rows[:, 0], targets)
        sums[:, at, np.searchsorted(targets, rows[is_column, 0])] = rows[is_column, 1:].T
        of_all[:, at] = rows[:, 1:].sum(axis=0)
    (support, hits), (n, right) = sums, of_all
    return Reviews(period, n, n - right, support, support - hits)


def _scenes(table: DailyTable) -> tuple[Floats, Floats]:
    """Return the number of scenes and the sum of their shares wrong, shape (days, 1 + labels) each."""
    day, target, scenes, *_, share = table.scenes.T
    place = np.searchsorted(table.labels, target)
    named = np.append(np.array(table.labels), NO_LABEL)[np.minimum(place, len(table.labels))] == target
    column, chosen = np.where(target == OVERALL, 0, place + 1), named | (target == OVERALL)
    shape = (len(table.days), 1 + len(table.labels))
    return (
        by_cell(day[chosen], column[chosen], scenes[chosen], shape),
        by_cell(day[chosen], column[chosen], share[chosen], shape),
    )


def _predictions_by_bin(days: tuple[date, ...], predicted: DailyTable) -> Counts:
    rows = predicted.confidence
    day = rows[:, 0] + (predicted.days[0] - days[0]).days if days and predicted.days else rows[:, 0]
    inside = (day >= 0) & (day < len(days))
    return by_cell(day[inside], _bin_column(rows[inside, 3]), rows[inside, 4], (len(days), BINS))


def _bin_column(bins: Counts) -> Counts:
    return np.where(bins == NO_CONFIDENCE, BINS - 1, bins)


def _samples(table: DailyTable) -> Floats:
    """Return the samples of a `ReviewSelection`."""
    day, predicted, result, at, count = table.confidence[table.confidence[:, 2] != NOT_REVIEWED].T
    labels = np.append(np.array(table.labels, np.int64), NO_LABEL)
    place = np.minimum(np.searchsorted(labels[:-1], result), len(labels) - 1)
    target = np.where(labels[place] == result, place, NO_TARGET)  # rejected samples have none
    return np.column_stack([day, target, predicted != result, _bin_column(at), count]).astype(float)


def _by_prediction_date(table: DailyTable, predicted: DailyTable) -> Reviews:
    """Return the reviews of the second table on the days and in the labels of the first."""
    days, width = len(table.days), len(table.labels)
    day, target, prediction, count = predicted.confusion.cells.T
    day = day + (predicted.days[0] - table.days[0]).days
    inside = (day >= 0) & (day < days)
    wrong = count * (target != prediction)
    n, errors = (np.bincount(day[inside], values[inside], days) for values in (count, wrong))
    classes = np.append(np.array(predicted.labels, np.int64), -1)[target]
    at = np.searchsorted(table.labels, classes)
    named = inside & (np.append(np.array(table.labels, np.int64), -1)[at] == classes) & (target < len(predicted.labels))
    support, misses = (
        by_cell(day[named], at[named], values[named], (days, width)).astype(np.int64) for values in (count, wrong)
    )
    return Reviews(table.days, n.astype(np.int64), errors.astype(np.int64), support, misses)


def predicted_classes(table: DailyTable) -> DailyCounts:
    """Count each day's predictions by class, including those not reviewed."""
    cells, waiting = table.confusion.cells, table.confidence[table.confidence[:, 2] == NOT_REVIEWED]
    counts = np.zeros((len(table.days), len(table.labels)), np.int64)
    np.add.at(counts, (cells[:, 0], cells[:, 2]), cells[:, 3])
    np.add.at(counts, (waiting[:, 0], np.searchsorted(table.labels, waiting[:, 1])), waiting[:, 4])
    if MISTAKEN in table.labels:  # of a prediction, only a review says so
        counts[:, table.labels.index(OTHER)] += counts[:, table.labels.index(MISTAKEN)]
        counts[:, table.labels.index(MISTAKEN)] = 0
    return DailyCounts(table.days, counts)


def reviewed_classes(table: DailyTable) -> DailyCounts:
    """Count each day's samples by target; rejected samples have none."""
    cells = table.confusion.cells[table.confusion.cells[:, 1] < len(table.labels)]
    counts = np.zeros((len(table.days), len(table.labels)), np.int64)
    np.add.at(counts, (cells[:, 0], cells[:, 1]), cells[:, 3])
    return DailyCounts(table.days, counts)


def confidences(table: DailyTable) -> DailyCounts:
    """Count each day's predictions by confidence bin, including those not reviewed."""
    confident = table.confidence[table.confidence[:, 3] != NO_CONFIDENCE]
    counts = np.zeros((len(table.days), CONFIDENCE_BINS), np.int64)
    np.add.at(counts, (confident[:, 0], confident[:, 3]), confident[:, 4])
    return DailyCounts(table.days, counts)
