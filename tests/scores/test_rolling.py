"""Overlapping windows of days, each against the same days counted by themselves."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_core.scores import rolling
from monitor_core.scores.confusion import REJECTED, ConfusionCounts
from monitor_core.scores.intervals import overall_intervals
from monitor_core.scores.metrics import METRICS
from monitor_core.scores.rolling import windows_up_to
from tests.lanes import examples

FIRST = date(2026, 1, 1)


@st.composite
def days_of_samples(draw: st.DrawFn) -> ConfusionCounts:
    """Up to 60 days, of which some have no sample."""
    days, rng = draw(st.integers(1, 60)), np.random.default_rng(draw(st.integers(0, 2**32)))
    keys = {(int(d), int(t), int(p)) for d, t, p in rng.integers(0, (days, 4, 4), (draw(st.integers(0, 200)), 3))}
    rows = [
        [day, REJECTED if target == 3 else target, prediction, int(rng.integers(1, 9))]
        for day, target, prediction in keys
    ]
    names = tuple(FIRST + timedelta(days=n) for n in range(days))
    counts = ConfusionCounts.of(names, np.array(rows, np.int64).reshape(-1, 4))
    scenes = np.column_stack([np.repeat(np.arange(days), 2), np.tile([-1, 0], days), rng.random((days * 2, 7)) * 9])
    return ConfusionCounts(counts.days, counts.labels, counts.cells, scenes)


def alone(counts: ConfusionCounts, end: int, days: int) -> ConfusionCounts:
    """The oracle: only the rows of a window's days."""
    first = end - days + 1
    cells, scenes = (
        table[(table[:, 0] >= first) & (table[:, 0] <= end)] - np.eye(1, table.shape[1], dtype=table.dtype) * first
        for table in (counts.cells, counts.scenes)
    )
    return ConfusionCounts(counts.days[first : end + 1], counts.labels, cells.astype(counts.cells.dtype), scenes)


@given(days_of_samples(), st.integers(1, 30), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_a_window_has_the_score_and_interval_of_its_days_alone(counts: ConfusionCounts, days: int, data: Any) -> None:
    days = min(days, len(counts.days))
    ends = np.array(data.draw(st.lists(st.integers(days - 1, len(counts.days) - 1), min_size=1, max_size=9)))
    ((repeated, groups),) = windows_up_to(counts, ends, days)
    intervals = overall_intervals(repeated, groups)
    for place, end in enumerate(ends.tolist()):
        of_window = alone(counts, end, days)
        for name, expected in overall_intervals(of_window).items():
            assert intervals[name].bounds[place] == pytest.approx(expected.bounds[0], nan_ok=True)
            assert intervals[name].wider.effect[place] == pytest.approx(expected.wider.effect[0])
    assert {name for metric in METRICS for name in map(metric.name, metric.averages)} == set(intervals)


def test_many_windows_are_yielded_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    days = tuple(FIRST + timedelta(days=n) for n in range(10))
    counts = ConfusionCounts.of(days, np.array([[day, 1, 1, day + 1] for day in range(10)]))
    monkeypatch.setattr(rolling, "MOST_TALLIES", 9)
    parts = list(windows_up_to(counts, np.arange(2, 10), 3))
    assert [groups.number for _, groups in parts] == [3, 3, 2]
    sums = np.concatenate([groups.sums(part.daily().reviewed) for part, groups in parts])
    assert sums.tolist() == [day + 1 + day + day - 1 for day in range(2, 10)]


def test_no_window_is_no_part() -> None:
    assert (
        list(windows_up_to(ConfusionCounts.of((FIRST,), np.zeros((0, 4), np.int64)), np.array([], np.int64), 7)) == []
    )
