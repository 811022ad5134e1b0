"""ConfusionCounts against plain Python."""

import random
from collections import Counter
from datetime import date

import numpy as np
import pytest

from monitor_core.scores.confusion import REJECTED, ConfusionCounts, Tallies

DAYS = (date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3))


@pytest.mark.parametrize("classes", [[0, 3, 7], [-5, 0, 2], [3, 5, 2_000_000], [4]])
def test_classes_of_any_number_have_their_place(classes: list[int]) -> None:
    """In a table or by search, and rejected ones after the classes, in whatever order the rows come."""
    chance = random.Random(3)
    cells = [(day, t, p) for day in range(3) for t in [*classes, REJECTED] for p in classes if chance.random() < 0.7]
    chance.shuffle(cells)
    confusion = ConfusionCounts.of(DAYS, np.array([(*cell, n + 1) for n, cell in enumerate(cells)], np.int64))
    assert list(confusion.labels) == sorted({one for _, *both in cells for one in both} - {REJECTED})
    place = {label: n for n, label in enumerate([*confusion.labels, REJECTED])}
    expected = sorted((day, place[t], place[p], n + 1) for n, (day, t, p) in enumerate(cells))
    assert [tuple(row) for row in confusion.cells.tolist()] == expected


def test_no_rows_have_no_classes() -> None:
    confusion = ConfusionCounts.of(DAYS, np.empty((0, 4), np.int64))
    assert (confusion.labels, confusion.cells.shape) == ((), (0, 4))


def _cells(seed: int) -> list[tuple[int, int, int, int]]:
    """Day, target, prediction, count."""
    chance, classes = random.Random(seed), [0, 3, 7]
    return [
        (day, target, prediction, chance.randrange(1, 9))
        for day in range(3)
        for target in [*classes, REJECTED]
        for prediction in classes
        if chance.random() < 0.6
    ]


def test_sums_by_day_in_all_and_by_groups_of_days() -> None:
    cells = _cells(5)
    confusion = ConfusionCounts.of(DAYS, np.array(cells, np.int32))
    labels = confusion.labels
    for tallies, chosen in [(confusion.total(), range(3)), *((_day(confusion, n), [n]) for n in range(3))]:
        some = [cell for cell in cells if cell[0] in chosen]
        assert tallies.hits.tolist() == [sum(n for _, t, p, n in some if t == p == label) for label in labels]
        assert tallies.support.tolist() == [sum(n for _, t, _, n in some if t == label) for label in labels]
        assert tallies.predicted.tolist() == [sum(n for _, _, p, n in some if p == label) for label in labels]
        assert tallies.rejected == sum(n for _, t, _, n in some if t == REJECTED)
    grouped = confusion.grouped([0, 0, 1], DAYS[1:])
    expected = Counter[tuple[int, int, int]]()
    for day, target, prediction, count in cells:
        at = len(labels) if target == REJECTED else labels.index(target)
        expected[day // 2, at, labels.index(prediction)] += count
    assert [tuple(row) for row in grouped.cells.tolist()] == sorted((*cell, n) for cell, n in expected.items())
    assert confusion.matrix().tolist() == grouped.matrix().tolist()


def _day(found: ConfusionCounts, day: int) -> Tallies:
    daily = found.daily()
    return Tallies(daily.hits[day], daily.support[day], daily.predicted[day], daily.rejected[day])


def test_numbers_of_32_bits_do_not_overflow_where_there_are_many_classes() -> None:
    classes = 60_000  # more than the root of 2**31
    label = np.arange(classes, dtype=np.int32)
    ones = np.ones(classes, np.int32)
    rows = np.concatenate([np.stack([day * ones, label, np.roll(label, day), ones]).T for day in (2, 0, 1)])
    confusion = ConfusionCounts.of(DAYS, rows)
    assert confusion.daily().hits.sum(axis=1).tolist() == [classes, 0, 0]
    assert confusion.total().support.tolist() == [3] * classes
    assert confusion.cells[:: classes // 2].tolist() == sorted(confusion.cells.tolist())[:: classes // 2]
    weeks = confusion.grouped([0, 0, 0], DAYS[:1])
    assert weeks.total().predicted.tolist() == [3] * classes
    assert len(weeks.cells) == 3 * classes
