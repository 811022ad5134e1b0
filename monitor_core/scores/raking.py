"""The accuracy over all predictions, estimated from the reviewed ones, whichever people chose to review.

The reviewed predictions are weighted so that with the weights they are as many as all predictions in each range of
confidence, of each predicted class and in each week: raking, by iterative proportional fitting (Deming & Stephan 1940).
Each reviewed prediction stands for itself and for v unreviewed ones, so that no weight is below 1; that is exact where
the odds of being reviewed are a product of one factor for each range, class and week. The estimate holds if within
these the reviewed predictions are as often right as the others. What reviewers notice beyond them nothing can repair.

The variance is that of a calibration estimator (Deville & Särndal 1992), with residuals corrected for their leverage
(HC3: MacKinnon & White 1985), and at least that of each of the three as a stratification alone; the interval is
Wilson's with the effective number of samples (Korn & Graubard 1998).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts, is_right
from monitor_core.scores.shares import Floats, ratio, wilson

RANGES, FEWER_RANGES = 10, 5  # of confidence, each with as many predictions
MANY_REVIEWS = 400  # from which on there are RANGES, and confidence may be missing
WEEK = 7  # days
ENOUGH = 10  # reviews of a range, class or week, below which it is merged with its neighbour
FEW = 5  # reviews of a range, class or week that cannot stand for its predictions
MOST_UNCOVERED = 0.10  # of the predictions that may be in such
MOST_MISSING = 0.25  # of the predictions without confidence, with fewer than MANY_REVIEWS
LEAST_SIZE = 50  # effective samples
MOST_UNFITTED = 0.005  # of the predictions, that the reviewed ones stand for too few or too many
ROUNDS, CLOSE = 200, 1e-9  # of the fitting, and the relative difference at which it ends
RIDGE = 1e-9  # of the regression, whose dummies are not independent
ASSUMPTION = (
    "if within a confidence range, predicted class and week the reviewed predictions are right as often as the others"
)
TOO_FEW = "too few predictions are reviewed"
UNCOVERED = {
    "confidence": "predictions of some confidence are hardly ever reviewed",
    "class": "predictions of some class are hardly ever reviewed",
    "week": "predictions of some week are hardly ever reviewed",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimated accuracy over all predictions of some days, or why there is none."""

    refused: str  # the reason, a clause; empty if there is an estimate
    value: float  # NaN if refused
    low: float  # the 95% interval
    high: float
    samples: int  # reviewed predictions that it rests on
    predictions: int


@dataclass(frozen=True, slots=True)
class _Margin:
    """The cells that a margin divides the predictions into; arrays by row, or by cell."""

    name: str
    cell: Ints  # of each row
    predictions: Floats
    reviewed: Floats
    right: Floats

    @classmethod
    def of(cls, name: str, cell: Ints, rows: "_Rows") -> "_Margin":
        cells = int(cell.max(initial=-1)) + 1
        sums = (np.bincount(cell, weights, cells) for weights in (rows.predictions, rows.reviewed, rows.right))
        return cls(name, cell, *(np.asarray(of, float) for of in sums))

    @property
    def uncovered(self) -> float:
        """Return the share of the predictions whose cell has too few reviews."""
        return float(self.predictions[self.reviewed < FEW].sum() / max(self.predictions.sum(), 1.0))

    def merged(self, rows: "_Rows", order: Ints) -> "_Margin":
        """Return the margin with neighbours in this order together until each has ENOUGH reviews."""
        group, sums = np.zeros(len(self.reviewed), np.int64), [0.0]
        for cell in order.tolist():
            if sums[-1] >= ENOUGH:
                sums.append(0.0)
            group[cell] = len(sums) - 1
            sums[-1] += float(self.reviewed[cell])
        if len(sums) > 1 and sums[-1] < ENOUGH:  # the last joins the one before it
            group[group == len(sums) - 1] -= 1
        return _Margin.of(self.name, group[self.cell], rows)

    def variance(self) -> float:
        """Return the estimate's variance if this margin alone were its stratification."""
        n, predictions = self.reviewed, self.predictions
        share = (self.right + 0.5) / (n + 1)
        unseen = np.clip(1 - ratio(n, predictions), 0, 1)
        parts = (predictions / predictions.sum()) ** 2 * unseen * share * (1 - share) / np.maximum(n, 1)
        return float(np.nan_to_num(parts).sum())


@dataclass(frozen=True, slots=True)
class _Rows:
    """Predictions of the same day, predicted class and bin of confidence; arrays have one entry for each of these."""

    day: Ints
    label: Ints  # the place of the predicted class
    bin: Ints
    predictions: Floats
    reviewed: Floats
    right: Floats

    @classmethod
    def of(cls, day: Ints, table: Ints) -> tuple["_Rows", Ints]:
        """Return the rows, given the day and the row of `DayCounts.confidence` of each group; and each group's row."""
        labels, label = np.unique(table[:, 0], return_inverse=True)
        bins = CONFIDENCE_BINS + 1
        keys, place = np.unique((day * len(labels) + label) * bins + table[:, 2] - NO_CONFIDENCE, return_inverse=True)
        of_day, bin_of = np.divmod(keys, bins)
        columns = (of_day // max(len(labels), 1), of_day % max(len(labels), 1), bin_of + NO_CONFIDENCE)
        is_reviewed = table[:, 1] != NOT_REVIEWED
        counts = (table[:, 3], table[:, 3] * is_reviewed, table[:, 3] * (is_right(table) & is_reviewed))
        sums = (np.bincount(place, of.astype(float), len(keys)) for of in counts)
        return cls(*columns, *(np.asarray(of, float) for of in sums)), np.asarray(place, np.int64)


def accuracy_over_all(days: Sequence[DayCounts]) -> Estimate:
    """Return the estimated accuracy over all predictions of the days, given their counts by prediction day.

    It is refused where no reviews stand for more than a tenth of the predictions, or where too few do in all.
    """
    return estimated_accuracy(*confidence_rows(days), len(days))


def confidence_rows(days: Sequence[DayCounts]) -> tuple[Ints, Ints]:
    """Return the day of each row, from 0, and all rows of `DayCounts.confidence`."""
    tables = [of.confidence for of in days]
    day = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    return day, np.concatenate([np.zeros((0, 4), np.int64), *tables])


def estimated_accuracy(day: Ints, table: Ints, days: int) -> Estimate:
    """Return the same from one table: rows of `DayCounts.confidence`, and the day of each, from 0 to `days` - 1."""
    return raked(day, table, days).accuracy()


@dataclass(frozen=True)
class Raked:
    """The reviewed predictions with their weights, in the cells of all margins; arrays by cell unless stated."""

    refused: str  # the reason why there are no weights, a clause; empty if there are
    place: Ints  # the cell of each row of the table; empty if refused
    rows: _Rows
    margins: list[_Margin]
    weight: Floats  # predictions that a reviewed one stands for, itself included

    def accuracy(self) -> Estimate:
        """Return the estimated accuracy over all predictions."""
        rows, n, total = self.rows, float(self.rows.reviewed.sum()), float(self.rows.predictions.sum())
        if self.refused:
            return _refused(self.refused, n, total)
        value = float((self.weight * rows.right).sum() / (self.weight * rows.reviewed).sum())
        spread = self.variance(rows.right, rows.right) / total**2
        variance = max(spread, *(margin.variance() for margin in self.margins))
        return estimate_of(value, variance, n, total)

    def variance(self, sums: Floats, squares: Floats) -> float:
        """Return the variance of a weighted sum over the reviewed predictions.

        `sums` and `squares` are those of the values in each cell, of which the margins explain what a weighted
        regression on their cells does.
        """
        weight, (design, inverse, leverage) = self.weight, self._regression
        fitted = design @ (inverse @ (design.T @ (weight * sums)))
        residuals = squares - 2 * fitted * sums + fitted**2 * self.rows.reviewed
        return float((weight * (weight - 1) * residuals / (1 - leverage) ** 2).sum())

    @cached_property
    def _regression(self) -> tuple[Floats, Floats, Floats]:
        """Return the design of the weighted regression, the inverse of its curvature, and the cells' leverage."""
        design = np.concatenate([np.eye(len(margin.reviewed))[margin.cell] for margin in self.margins], axis=1)
        weighted = design * (self.weight * self.rows.reviewed)[:, None]
        inverse = np.linalg.pinv(weighted.T @ design, rcond=RIDGE, hermitian=True)
        return design, inverse, np.minimum(self.weight * ((design @ inverse) * design).sum(axis=1), 0.9)


def raked(day: Ints, table: Ints, days: int) -> Raked:
    """Return the weights of the reviewed predictions, or why there are none; arguments as in `estimated_accuracy`."""
    rows, at = _Rows.of(day, table)
    plain = list(_margins(rows, days))
    if reason := _why_refused(rows, plain):
        return Raked(reason, np.zeros(0, np.int64), rows, [], np.zeros(0))
    rows, margins, cell = _together(rows, [margin.merged(rows, order) for margin, order in plain])
    unseen = _unreviewed_each_stands_for(rows, margins)
    lacking = _unfitted(rows, margins, unseen) > MOST_UNFITTED * rows.predictions.sum()
    reason = "some unreviewed predictions are like none of the reviewed ones" if lacking else ""
    return Raked(reason, cell[at], rows, margins, 1 + unseen)


def _together(rows: _Rows, margins: Sequence[_Margin]) -> tuple[_Rows, list[_Margin], Ints]:
    """Return the rows that are in the same cell of each margin as one row, the margins, and each row's new place."""
    shape = tuple(len(margin.reviewed) for margin in margins)
    keys, first, place = np.unique(
        np.ravel_multi_index([margin.cell for margin in margins], shape), return_index=True, return_inverse=True
    )
    counts = (rows.predictions, rows.reviewed, rows.right)
    sums = (np.asarray(np.bincount(place, of, len(keys)), float) for of in counts)
    return (
        _Rows(rows.day[first], rows.label[first], rows.bin[first], *sums),
        [replace(margin, cell=margin.cell[first]) for margin in margins],
        np.asarray(place, np.int64),
    )


def estimate_of(value: float, variance: float, n: float, total: float, least: float = LEAST_SIZE) -> Estimate:
    """Return a share of `n` samples with this variance; refused if it rests on fewer than `least` effective ones."""
    shrunk = (value * n + 0.5) / (n + 1)
    size = shrunk * (1 - shrunk) / variance if variance else total
    if size < least:
        return _refused(TOO_FEW, n, total)
    low, high = wilson(np.array(value * size), np.array(size)).tolist()
    return Estimate("", value, low, high, int(n), int(total))


def _refused(reason: str, n: float, total: float) -> Estimate:
    return Estimate(reason, np.nan, np.nan, np.nan, int(n), int(total))


def _why_refused(rows: _Rows, margins: Sequence[tuple[_Margin, Ints]]) -> str:
    total, n = rows.predictions.sum(), rows.reviewed.sum()
    if n < LEAST_SIZE:
        return TOO_FEW
    if n < MANY_REVIEWS and rows.predictions[rows.bin == NO_CONFIDENCE].sum() > MOST_MISSING * total:
        return "many predictions have no confidence, and few are reviewed"
    return next((UNCOVERED[margin.name] for margin, _ in margins if margin.uncovered > MOST_UNCOVERED), "")


def _margins(rows: _Rows, days: int) -> Iterator[tuple[_Margin, Ints]]:
    """Yield each margin with the order in which its cells are neighbours."""
    ranges = _Margin.of("confidence", _ranges(rows), rows)
    yield ranges, np.arange(len(ranges.reviewed))
    classes = _Margin.of("class", rows.label, rows)
    yield classes, np.argsort(classes.reviewed, kind="stable")  # the rare ones together
    weeks = _Margin.of("week", (days - 1 - rows.day) // WEEK, rows)
    yield weeks, np.arange(len(weeks.reviewed))


def _ranges(rows: _Rows) -> Ints:
    """Return the range of each row, from the lowest confidence; predictions without confidence are the first."""
    is_missing = rows.bin == NO_CONFIDENCE
    number = RANGES if rows.reviewed.sum() >= MANY_REVIEWS else FEWER_RANGES
    each = np.bincount(np.where(is_missing, 0, rows.bin + 1), np.where(is_missing, 0.0, rows.predictions))
    middle = np.nan_to_num(ratio(np.cumsum(each) - each / 2, each.sum()))
    at = np.where(is_missing, 0, 1 + np.minimum((middle * number).astype(np.int64), number - 1)[rows.bin + 1])
    _, present = np.unique(at, return_inverse=True)
    return np.asarray(present, np.int64)


def _unreviewed_each_stands_for(rows: _Rows, margins: Sequence[_Margin]) -> Floats:
    """Return how many unreviewed predictions each reviewed one of a row stands for, shape (rows,)."""
    unseen = np.full(len(rows.reviewed), float(rows.predictions.sum() / rows.reviewed.sum() - 1))
    for _ in range(ROUNDS):
        farthest = 0.0
        for margin in margins:
            unreviewed = margin.predictions - margin.reviewed
            fitted = np.bincount(margin.cell, unseen * rows.reviewed, len(unreviewed))
            factor = np.where(fitted > 0, unreviewed / np.where(fitted > 0, fitted, 1), 1.0)
            unseen = unseen * factor[margin.cell]
            farthest = max(farthest, float(np.abs(factor - 1).max(initial=0)))
        if farthest < CLOSE:
            break
    return unseen


def _unfitted(rows: _Rows, margins: Sequence[_Margin], unseen: Floats) -> float:
    """Return how many predictions the weights of the reviewed ones lack in some cells, or have too many in others.

    There are such where all reviewed predictions of a cell are in cells that are reviewed completely: they stand only
    for themselves.
    """
    fitted = [np.bincount(of.cell, unseen * rows.reviewed, len(of.reviewed)) for of in margins]
    lacking = [of.predictions - of.reviewed - sums for of, sums in zip(margins, fitted, strict=True)]
    return max(float(np.abs(of).sum()) for of in lacking)
