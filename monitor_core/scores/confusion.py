"""ConfusionCounts: counts of samples by day, target and prediction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.documents import TOGETHER

Ints = NDArray[np.signedinteger]  # of 64 bits, or of 32 where they are many
DENSE_AT_MOST = 8  # places of a matrix for each cell that it is made of
HIGHEST_IN_TABLE = 1_000_000  # classes numbered lower are looked up in a table of that length
REJECTED = -(2**31)  # stands for the unknown true class of a rejected row; no class number is as low


@dataclass(frozen=True)
class Tallies:
    """Marginal counts of a confusion matrix, from which every metric is computed; a leading axis of days is allowed.

    A rejected row (true class unknown) is counted in `predicted` and `rejected`, but in no class's support.
    """

    hits: Ints  # (..., labels) target and prediction are this class
    support: Ints  # (..., labels) the target is this class
    predicted: Ints  # (..., labels) the prediction is this class
    rejected: Ints  # (...)
    others: int = field(default=0, kw_only=True)  # how many of the first labels stand for folded rare classes
    # (..., labels) rejected ones by prediction; None where nothing that depends on it is computed
    rejected_as: Ints | None = field(default=None, kw_only=True)

    @property
    def of_classes(self) -> "Tallies":
        """Return the tallies of the actual classes, without the entries for folded rare classes."""
        hits, support, predicted = (tally[..., self.others :] for tally in (self.hits, self.support, self.predicted))
        return Tallies(hits, support, predicted, self.rejected)

    def of_class(self, label: int) -> "Tallies":
        """Return the tallies of one class, given by index, with its axis."""
        at = slice(label, label + 1)
        rejected_as = None if self.rejected_as is None else self.rejected_as[..., at]
        hits, support, predicted = (tally[..., at] for tally in (self.hits, self.support, self.predicted))
        return Tallies(hits, support, predicted, self.rejected, rejected_as=rejected_as)

    @property
    def rejected_elsewhere(self) -> Ints:
        """Number of rejected rows that were predicted as other classes, so that they may be of this one."""
        total = np.asarray(self.rejected)[..., None]
        return np.broadcast_to(total, self.hits.shape) if self.rejected_as is None else total - self.rejected_as

    @property
    def reviewed(self) -> Ints:
        """Number of rows, shape (...)."""
        total: Ints = self.predicted.sum(axis=-1)
        return total


@dataclass(frozen=True)
class ConfusionCounts:
    """Counts by day, target and prediction, stored as the nonzero cells.

    A dense array of a year with 1000 classes would take 3 GB, while only some hundred thousand cells are nonzero.
    """

    days: tuple[date, ...]
    labels: tuple[int, ...]  # ascending
    # (n, 4): day, target, prediction as indices, count; target == len(labels): rejected, class unknown. Where they are
    # of 32 bits, what is reckoned with them may overflow.
    cells: Ints
    # (n, 9): day's index, and a row of `DayCounts.scenes`; empty unless the documents have a field for scenes
    scenes: NDArray[np.float64] = field(default_factory=np.zeros((0, 9)).copy)

    @classmethod
    def of(cls, days: tuple[date, ...], rows: Ints) -> "ConfusionCounts":
        """Build counts from distinct rows (day index, target or REJECTED, prediction, count), shape (n, 4).

        >>> rows = np.array([[0, 7, 7, 3], [0, 7, 9, 1], [0, REJECTED, 9, 1]])
        >>> ConfusionCounts.of((date(2026, 10, 1),), rows).matrix()
        array([[3, 1],
               [0, 0],
               [0, 1]])
        """
        day, target, prediction, count = rows.T
        labels = _distinct(target[target != REJECTED], prediction)
        at = np.where(target == REJECTED, len(labels), _places(labels, target))
        columns = (day, at, _places(labels, prediction), count)
        key = _keys(_keys(day, at, len(labels) + 1), columns[2], len(labels))
        order = np.argsort(key, kind="stable")  # quick for what is nearly in order already
        cells = np.empty((len(columns), len(rows)), np.int32)
        for column, values in zip(cells, columns, strict=True):
            column[:] = values[order]
        return cls(days, tuple(labels.tolist()), cells.T)

    def rows_with(self, chosen: NDArray[np.bool_]) -> int:
        """Return the number of rows whose target or prediction is chosen, given a mask of shape (labels,)."""
        _, target, prediction, count = self.cells.T
        return int(count[np.append(chosen, False)[target] | chosen[prediction]].sum())

    def grouped(self, group: Sequence[int], days: tuple[date, ...]) -> "ConfusionCounts":
        """Merge days into weeks or months: `group` gives each day's group, `days` the day that stands for each group.

        >>> rows = np.array([[0, 7, 7, 3], [1, 7, 7, 1]])
        >>> counts = ConfusionCounts.of((date(2026, 9, 30), date(2026, 10, 1)), rows)
        >>> counts.grouped([0, 0], (date(2026, 9, 30),)).cells.tolist()
        [[0, 0, 0, 4]]
        """
        day, target, prediction, count = self.cells.T
        day = np.asarray(group, np.int64)[day]
        key = _keys(_keys(day, target, len(self.labels) + 1), prediction, len(self.labels))
        order = np.argsort(key, kind="stable")
        first = np.flatnonzero(np.diff(key[order], prepend=-1))  # of the cells that become one
        count = np.add.reduceat(count[order], first, dtype=np.int64) if len(first) else count
        first_cells = order[first]
        return ConfusionCounts(
            days, self.labels, np.array([day[first_cells], target[first_cells], prediction[first_cells], count]).T
        )

    @property
    def others(self) -> int:
        """Return how many of the first labels are not classes but stand for folded rare classes."""
        return sum(label in TOGETHER for label in self.labels[: len(TOGETHER)])

    @cached_property
    def with_target(self) -> "ConfusionCounts":
        """The counts without rejected samples, whose true class is unknown."""
        return replace(self, cells=self.cells[self.cells[:, 1] < len(self.labels)])

    def matrix(self) -> Ints:
        """Return the counts over all days, shape (targets + 1, predictions); the last row is "rejected"."""
        _, target, prediction, count = self.cells.T
        labels = len(self.labels)
        return _sums(_keys(target, prediction, labels), count, (labels + 1, labels))

    def matrix_of(self, chosen: Sequence[int]) -> Ints:
        """Return the submatrix of `matrix` with the chosen labels, given by index, and the last row."""
        place = np.full(len(self.labels) + 1, -1)
        place[[*chosen, -1]] = np.arange(len(chosen) + 1)
        target, prediction, count = self.matrix_cells().T
        row, column = place[target], place[prediction]
        inside = (row >= 0) & (column >= 0)
        dense = np.zeros((len(chosen) + 1, len(chosen)), np.int64)
        dense[row[inside], column[inside]] = count[inside]
        return dense

    def matrix_cells(self) -> Ints:
        """Return the nonzero cells (target, prediction, count) over all days, shape (n, 3)."""
        width = len(self.labels) or 1
        if width * width < DENSE_AT_MOST * len(self.cells):  # quicker than sorting the cells, and no larger
            dense = self.matrix()
            target, prediction = np.nonzero(dense)
            return np.stack([target, prediction, dense[target, prediction]], axis=1)
        _, target, prediction, count = self.cells.T
        pairs, place = np.unique(_keys(target, prediction, width), return_inverse=True)
        counts = np.bincount(place, count, len(pairs)).astype(np.int64)
        return np.stack([pairs // width, pairs % width, counts], axis=1)

    def daily(self) -> Tallies:
        """Return the tallies of each day, shape (days, labels)."""
        return self._daily

    @cached_property
    def _daily(self) -> Tallies:
        return self._tallies(self.cells[:, 0], len(self.days))

    def total(self) -> Tallies:
        """Return the tallies over all days, shape (labels,)."""
        return self._total

    @cached_property
    def _total(self) -> Tallies:
        tallies = self._tallies(np.zeros(len(self.cells), np.int64), 1)
        return Tallies(
            tallies.hits[0],
            tallies.support[0],
            tallies.predicted[0],
            tallies.rejected[0],
            others=self.others,
            rejected_as=None if tallies.rejected_as is None else tallies.rejected_as[0],
        )

    def _tallies(self, group: Ints, groups: int) -> Tallies:
        _, target, prediction, count = self.cells.T
        labels = len(self.labels)
        by_target = _sums(_keys(group, target, labels + 1), count, (groups, labels + 1))
        by_prediction = _keys(group, prediction, labels)
        hit, rejected = target == prediction, target == labels
        return Tallies(
            _sums(by_prediction[hit], count[hit], (groups, labels)),
            by_target[:, :labels],
            _sums(by_prediction, count, (groups, labels)),
            by_target[:, labels],
            others=self.others,
            rejected_as=_sums(by_prediction[rejected], count[rejected], (groups, labels)),
        )


NO_COUNTS = ConfusionCounts((), (), np.empty((0, 4), np.int64))


def _keys(first: Ints, second: Ints, size: int) -> Ints:
    """Return one key per pair, in the pairs' order; `second` is below `size`."""
    return first.astype(np.int64) * size + second


def _sums(place: Ints, count: Ints, shape: tuple[int, int]) -> Ints:
    """Sum counts by place, in floating point, which is exact up to 2**53."""
    return np.bincount(place, count, shape[0] * shape[1]).astype(np.int64).reshape(shape)


def _distinct(*classes: Ints) -> Ints:
    """Return the distinct classes, ascending; small numbers, as classes normally have, are found without sorting."""
    every = np.concatenate(classes)
    if not len(every) or every.min() < 0 or every.max() >= HIGHEST_IN_TABLE:
        return np.unique(every)
    return np.flatnonzero(np.bincount(every))


def _places(labels: Ints, classes: Ints) -> Ints:
    """Return the index of each class among the labels; any index for a class that is not among them."""
    if not len(labels) or labels[0] < 0 or labels[-1] >= HIGHEST_IN_TABLE:
        return np.searchsorted(labels, classes)
    places = np.zeros(labels[-1] + 1, np.int32)
    places[labels] = np.arange(len(labels))
    return places[np.clip(classes, 0, labels[-1])]
