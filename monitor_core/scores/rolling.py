"""Overlapping windows of days, such as the seven days up to each day, as counts that have intervals like any others."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from monitor_core.scores.confusion import ConfusionCounts, Ints
from monitor_core.scores.design import DayGroups

MOST_TALLIES = 2_000_000  # days times classes that are repeated at once: 16 MB for each kind of tally


def windows_up_to(counts: ConfusionCounts, ends: Ints, days: int) -> Iterator[tuple[ConfusionCounts, DayGroups]]:
    """Yield the windows of so many days up to and including these days, given by index, a part of them at a time.

    A day stands in the counts once for each of its windows, and each window is a group of days. Each window lies within
    the counts' days.
    """
    at_once = max(1, MOST_TALLIES // (days * max(len(counts.labels), 1)))
    for start in range(0, len(ends), at_once):
        yield _repeated(counts, np.asarray(ends[start : start + at_once]) - days + 1, days)


def _repeated(counts: ConfusionCounts, firsts: Ints, days: int) -> tuple[ConfusionCounts, DayGroups]:
    of_windows = tuple(counts.days[first + n] for first in firsts.tolist() for n in range(days))
    cells, scenes = (_rows(table, firsts, days) for table in (counts.cells, counts.scenes))
    return ConfusionCounts(of_windows, counts.labels, cells, scenes), DayGroups(np.repeat(np.arange(len(firsts)), days))


def _rows(table: Any, firsts: Ints, days: int) -> Any:
    """Return the rows of each window, whose first column is a day, ascending; the day counts from the first window."""
    low, high = np.searchsorted(table[:, 0], firsts), np.searchsorted(table[:, 0], firsts + days)
    window = np.repeat(np.arange(len(firsts)), high - low)
    before = np.cumsum(high - low) - (high - low)
    rows = table[np.arange(len(window)) + (low - before)[window]].copy()
    rows[:, 0] += (window * days - firsts[window]).astype(rows.dtype)
    return rows
