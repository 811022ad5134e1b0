"""Rows of targets and predictions, of which tests of scores make their counts."""

from collections import Counter
from datetime import date

import numpy as np

from monitor_core.scores.confusion import REJECTED, ConfusionCounts

DAY = (date(2026, 10, 1),)
Rows = list[tuple[int | None, int]]  # target (None: rejected), prediction


def counts_of(rows: Rows) -> ConfusionCounts:
    cells = Counter((REJECTED if target is None else target, prediction) for target, prediction in rows)
    return ConfusionCounts.of(DAY, np.array([(0, *cell, count) for cell, count in cells.items()]).reshape(-1, 4))


def a_model(rng: np.random.Generator, rows: int, right: float, classes: int) -> Rows:
    """Return rows of a model that is right with this probability, whatever the class."""
    targets = rng.integers(0, classes, rows)
    wrong = (targets + rng.integers(1, classes, rows)) % classes
    return list(zip(targets.tolist(), np.where(rng.random(rows) < right, targets, wrong).tolist(), strict=True))
