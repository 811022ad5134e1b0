"""Windows allow for days like those that their reference had, also where it is a fixed period."""

import numpy as np
import pytest

from monitor_core.drift import windows
from monitor_core.drift.distributions import confidence_moved, mix_moved
from monitor_core.drift.reference import Baseline, Reference, Spans, baseline_of
from monitor_core.drift.windows import ComparedDays, SingleDays, reference_intervals
from monitor_core.scores.design import share_interval
from tests.drift.simulated import SHARES, confidence_of, days_of, drifted, mix_of

PERIOD = Reference("period", first=days_of(1)[0], last=days_of(60)[-1])


@pytest.mark.parametrize("days", [1, 4])
def test_a_day_such_as_the_period_had_is_no_change_and_four_in_a_row_are(days: int) -> None:
    unlike = np.isin(np.arange(120), [30, *range(100, 100 + days)])
    mix = mix_of(3, np.where(unlike[:, None], [0.3, 0.4, 0.3], SHARES), n=1000)
    confidence = confidence_of(3, np.where(unlike, 2.0, 0.0), n=1000)
    for tests in (mix_moved(mix, PERIOD), confidence_moved(confidence, PERIOD)):
        assert {test.verdict for test in tests[:60]} == {"learning"}
        assert bool(drifted(tests)) == (days == 4)


def test_single_days_are_those_of_the_reference_and_windows_sum_theirs() -> None:
    rows = np.tile([30.0, 70.0], (40, 1))
    spans = Spans(np.zeros(40, np.int64), np.full(40, 30))
    baseline: Baseline = baseline_of(rows.sum(axis=1)[:, None], rows[:, None], spans)
    days = ComparedDays(rows, baseline, spans, spans.sum(rows), np.ones(40))
    deviations = np.where(np.arange(40) == 35, 9.0, np.arange(40) / 40)
    singles = SingleDays.of(days, deviations, np.full(40, 0.5))
    assert singles.largest[39] == 29 / 40
    assert np.isinf(singles.freedom[39])
    window = days.window(7)
    assert window.current[39].tolist() == [210, 490]
    assert window.interval(39, slice(0, 1))[0] < 0.3 < window.interval(39, slice(0, 1))[1]


@pytest.mark.parametrize("most_rows", [50, windows.MOST_ROWS])
def test_the_intervals_of_references_are_those_of_each_by_itself(
    most_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "MOST_ROWS", most_rows)
    rng = np.random.default_rng(3)
    n, days = rng.integers(0, 60, (70, 3)), np.arange(70)
    errors = rng.binomial(n, rng.uniform(0.02, 0.4, (70, 1)))
    starts = np.maximum(days - 40, 0)
    spans = Spans(starts, np.maximum(days - 7, starts), used=rng.random(70) < 0.8)
    columns = rng.integers(0, 3, 70)
    intervals = reference_intervals(n, errors, spans, columns)
    for day, column in enumerate(columns):
        of_day = spans.days_of(day)
        alone = share_interval((n - errors)[of_day, column], n[of_day, column])
        np.testing.assert_allclose(intervals[day], alone, rtol=1e-12)
    assert np.isnan(intervals[:7]).all()
