"""ConfusionCounts against plain Python."""

import random
from datetime import date

import numpy as np
import pytest

from monitor_core.confusion import REJECTED, ConfusionCounts

DAYS = (date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3))


@pytest.mark.parametrize("classes", [[0, 3, 7], [-5, 0, 2], [3, 5, 2_000_000], [4]])
def test_classes_of_any_number_have_their_place(classes: list[int]) -> None:
    """In a table or by search, and rejected ones after the classes, in whatever order the rows come."""
    chance = random.Random(3)
    cells = [(day, t, p) for day in range(3) for t in [*classes, REJECTED] for p in classes if chance.random() < 0.7]
    chance.shuffle(cells)
    found = ConfusionCounts.of(DAYS, np.array([(*cell, n + 1) for n, cell in enumerate(cells)], np.int64))
    assert list(found.labels) == sorted({one for _, *both in cells for one in both} - {REJECTED})
    place = {label: n for n, label in enumerate([*found.labels, REJECTED])}
    expected = sorted((day, place[t], place[p], n + 1) for n, (day, t, p) in enumerate(cells))
    assert [tuple(row) for row in found.cells.tolist()] == expected


def test_no_rows_have_no_classes() -> None:
    found = ConfusionCounts.of(DAYS, np.empty((0, 4), np.int64))
    assert (found.labels, found.cells.shape) == ((), (0, 4))
