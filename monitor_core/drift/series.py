"""The daily counts that each drift rule tests: reviews and errors, or predictions by category."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from monitor_core.contract.documents import CONFIDENCE_BINS, MISTAKEN, OTHER
from monitor_core.drift.reference import Counts, refuse_gaps
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED
from monitor_core.scores.daily import DailyTable


@dataclass(frozen=True, slots=True)
class Reviews:
    """The reviews of consecutive days by review date; days without reviews are zeros."""

    days: tuple[date, ...]
    n: Counts  # (days,)
    errors: Counts  # (days,) a rejected sample is one, and in no class's support
    support: Counts  # (days, labels)
    misses: Counts  # (days, labels)

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


def reviews(table: DailyTable) -> Reviews:
    """Return the reviewed samples and the errors, by day and target class."""
    daily = table.confusion.daily()
    errors = daily.reviewed - daily.hits.sum(axis=-1)
    return Reviews(table.days, daily.reviewed, errors, daily.support, daily.support - daily.hits)


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
