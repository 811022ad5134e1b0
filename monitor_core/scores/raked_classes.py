"""Precision, recall and F1 of each class over all predictions, with the weights of the accuracy over all of them.

Each is a ratio of two weighted sums over the reviewed predictions. Its variance is that of the linearised ratio
(Särndal, Swensson & Wretman 1992, section 5.6), as in `raking`, and at least what the weights alone make of its share.
Precision needs no true class, so that it is estimated from rejected samples, too; the others are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor_core.contract.documents import MISTAKEN, OTHER
from monitor_core.scores.confusion import REJECTED, Ints
from monitor_core.scores.counts import NOT_REVIEWED
from monitor_core.scores.raking import ENOUGH, Estimate, Raked, estimate_of, raked
from monitor_core.scores.shares import Floats

SCORES = ("precision", "recall", "f1")  # by the keys of the metrics
LEAST_CLASS_SIZE = 20  # effective samples of a class
FEW_OF_CLASS = "too few of the class are reviewed"
UNKNOWN_TARGETS = "samples were rejected without a true class"


@dataclass(frozen=True, slots=True)
class ClassEstimates:
    """The estimates of a class over all predictions, by the keys of SCORES."""

    label: int
    predicted: int
    reviewed: int  # of the predicted ones
    of: dict[str, Estimate]


def class_estimates(day: Ints, table: Ints, days: int, most: int) -> list[ClassEstimates]:
    """Return the estimates of the classes that were predicted or are targets; arguments as in `estimated_accuracy`.

    Of more than `most` classes, those that are predicted most often.
    """
    weights, reviewed = raked(day, table, days), table[:, 1] != NOT_REVIEWED
    targets = np.unique(table[reviewed, 1])
    unknown = bool(np.isin(targets, (REJECTED, MISTAKEN, OTHER)).any())
    labels = np.setdiff1d(np.concatenate([table[:, 0], targets]), (REJECTED, MISTAKEN, OTHER, NOT_REVIEWED))
    often = [-table[table[:, 0] == label, 3].sum() for label in labels]
    largest = np.sort(labels[np.argsort(often, kind="stable")[:most]]).tolist()
    return [
        ClassEstimates(
            label,
            int(table[table[:, 0] == label, 3].sum()),
            int(table[reviewed & (table[:, 0] == label), 3].sum()),
            dict(_scores_of(weights, table, label, unknown)),
        )
        for label in largest
    ]


def _scores_of(weights: Raked, table: Ints, label: int, unknown: bool) -> Iterator[tuple[str, Estimate]]:
    """Yield each score of a class; `unknown`: the targets of some samples are not known."""
    total = int(table[table[:, 0] == label, 3].sum())
    for score in SCORES:
        reason = weights.refused or (UNKNOWN_TARGETS if unknown and score != "precision" else "")
        yield (
            score,
            Estimate(reason, np.nan, np.nan, np.nan, 0, total)
            if reason
            else _ratio(weights, _parts(weights, table, label), score, total),
        )


def _parts(weights: Raked, table: Ints, label: int) -> Floats:
    """Return right, wrongly predicted and missed samples of a class in each cell, shape (3, cells)."""
    reviewed = table[:, 1] != NOT_REVIEWED
    predicted, target = reviewed & (table[:, 0] == label), reviewed & (table[:, 1] == label)
    of_kinds = (predicted & target, predicted & ~target, target & ~predicted)
    cells = len(weights.weight)
    return np.stack([np.bincount(weights.place, np.where(kind, table[:, 3], 0), cells) for kind in of_kinds])


# What right, wrongly predicted and missed samples count in the numerator and in the denominator.
NUMERATOR = {"precision": (1, 0, 0), "recall": (1, 0, 0), "f1": (2, 0, 0)}
DENOMINATOR = {"precision": (1, 1, 0), "recall": (1, 0, 1), "f1": (2, 1, 1)}


def _ratio(weights: Raked, parts: Floats, score: str, total: int) -> Estimate:
    above, below = np.array(NUMERATOR[score], float), np.array(DENOMINATOR[score], float)
    n = float(parts[below > 0].sum())
    if n < ENOUGH:
        return Estimate(FEW_OF_CLASS, np.nan, np.nan, np.nan, int(n), total)
    weighted = parts @ weights.weight
    size = float(below @ weighted)
    value = float(above @ weighted) / size
    z = (above - value * below) / size
    spread = weights.variance(z @ parts, z**2 @ parts)
    share = (value * n + 0.5) / (n + 1)
    unseen = float((weights.weight * (weights.weight - 1) * (below**2 @ parts)).sum()) / size**2
    estimate = estimate_of(value, max(spread, share * (1 - share) * unseen), n, total, LEAST_CLASS_SIZE)
    return estimate if not estimate.refused else Estimate(FEW_OF_CLASS, np.nan, np.nan, np.nan, int(n), total)
