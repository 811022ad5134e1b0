"""The table of days: spans, totals and parts of it."""

from datetime import date, timedelta

import numpy as np

from monitor_core.contract.calendar import Period
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.daily import NUMBERS, DailyTable, daily_table

FIRST = date(2026, 3, 2)
NONE = np.zeros((0, 4), np.int64)


def day_of(right: int, delay: int = 8) -> DayCounts:
    """Class 3 as often right as said, and once taken for class 5."""
    cells, delays = np.array([[3, 3, right], [3, 5, 1]]), np.array([[delay, right + 1]])
    return DayCounts(right + 2, 1, 0, 0, 0, cells, NONE, delays)


def table_of(*rights: int) -> DailyTable:
    days = {FIRST + timedelta(n): day_of(right, 8 + n) for n, right in enumerate(rights) if right}
    return daily_table(Period(FIRST, FIRST + timedelta(len(rights) - 1)), days)


def test_a_day_that_is_not_stored_is_zeros() -> None:
    table = table_of(4, 0, 6)
    assert table.labels == (3, 5)
    assert set(table.numbers) == set(NUMBERS)
    assert table.numbers["documents"].tolist() == [6, 0, 8]
    assert table.numbers["reviewed"].tolist() == [5, 0, 7]


def test_a_span_is_cut_to_the_table() -> None:
    table = table_of(4, 5, 6)
    assert table.span(Period(FIRST - timedelta(9), FIRST + timedelta(1))) == (0, 2)
    assert table.span(Period(FIRST + timedelta(2), FIRST + timedelta(9))) == (2, 3)
    assert table.number("documents", 1, 3) == 15


def test_the_days_of_a_span_are_added_up() -> None:
    table = table_of(4, 5, 6)
    total = table.within(1, 3)
    assert total.matrix_cells().tolist() == [[0, 0, 11], [0, 1, 2]]
    assert table.within(1, 3) is total
    assert table.delays_within(0, 2).tolist() == [[8, 5], [9, 6]]


def test_only_some_days_have_counts() -> None:
    table = table_of(4, 5, 6).only(np.array([0, 2]))
    assert table.numbers["documents"].tolist() == [6, 0, 8]
    assert table.within(0, 3).matrix_cells().tolist() == [[0, 0, 10], [0, 1, 2]]
    assert table.delays_within(0, 3).tolist() == [[8, 5], [10, 7]]


def test_a_table_since_a_day_is_that_of_the_later_days() -> None:
    table, later = table_of(4, 5, 6), table_of(4, 5, 6).since(FIRST + timedelta(1))
    assert later.days == table.days[1:]
    assert later.labels == table.labels
    assert later.within(0, 2).matrix_cells().tolist() == table.within(1, 3).matrix_cells().tolist()
    assert later.delays_within(0, 1).tolist() == table.delays_within(1, 2).tolist()
    assert table.since(FIRST - timedelta(3)) is table
