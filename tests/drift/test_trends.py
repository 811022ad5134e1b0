"""A mix that moves steadily is carried on to the day that is judged; one that does not move is left as it is."""

from datetime import date, timedelta

import numpy as np
import pytest

from monitor_core.drift import sentences
from monitor_core.drift.distributions import mix_moved
from monitor_core.drift.reference import Reference, Spans
from monitor_core.drift.series import DailyCounts
from monitor_core.drift.trends import carried_on

DAYS = tuple(date(2026, 1, 1) + timedelta(day) for day in range(160))


def moving(rng: np.random.Generator | None, per_day: float, volume: int = 300) -> np.ndarray:
    """Return counts whose first two of four classes exchange `per_day` of the rows each day."""
    shares = np.tile([0.1, 0.6, 0.2, 0.1], (len(DAYS), 1))
    shares[:, :2] += np.arange(len(DAYS))[:, None] * per_day * np.array([1, -1])
    if rng is None:
        return volume * shares
    return np.array([rng.multinomial(volume, rng.dirichlet(of_day * 150)) for of_day in shares])


def test_a_line_is_carried_on_to_the_middle_of_the_week() -> None:
    rows = moving(None, 0.003)
    spans = Spans(np.full(len(DAYS), 30), np.full(len(DAYS), 90))
    on = carried_on(rows, spans, np.ones(len(DAYS)))[99]
    assert (on / on.sum())[0] == pytest.approx(0.1 + 96 * 0.003, abs=0.002)
    assert on.sum() < rows[30:90].sum() / 4  # 36 days from the middle of 60, where the line is less certain


def test_without_a_movement_beyond_chance_the_reference_is_left_as_it_is() -> None:
    rng = np.random.default_rng(1)
    spans = Spans(np.full(len(DAYS), 30), np.full(len(DAYS), 90))
    off = []
    for _ in range(200):
        rows = moving(rng, 0)
        of_days = np.full(len(DAYS), 1 + 299 / 151)  # of shares that vary as Dirichlet's of 150 rows
        before, on = rows[30:90].sum(axis=0), carried_on(rows, spans, of_days)[99]
        off.append(np.abs(on / on.sum() - before / before.sum()).sum() / 2)
    assert np.mean(np.array(off) == 0) > 0.45
    assert np.mean(off) < 0.005
    empty = carried_on(np.zeros((len(DAYS), 4)), spans, np.ones(len(DAYS)))
    assert not empty.any()


def test_a_mix_that_moves_as_before_is_no_alarm_and_one_that_leaps_is() -> None:
    rng = np.random.default_rng(2)
    rows = moving(rng, 0.003)
    tests = mix_moved(DailyCounts(DAYS, rows), Reference())
    assert sum(test.verdict == "drifted" for test in tests) <= 2
    going_on = [test for test in tests if test.going_on is not None]
    assert len(going_on) > 5
    assert all((test.effect or 0) >= 5 for test in going_on)
    assert np.mean([(test.effect or 0) - (test.going_on or 0) for test in going_on]) > 3
    assert sentences.mix("predicted classes")(going_on[-1], "abcd", "prediction").startswith(
        "The mix of predicted classes moves as it did in the reference period: the mixes of 2,100 predictions"
    )
    rows[120:] = rows[120:][:, [3, 1, 2, 0]]
    assert mix_moved(DailyCounts(DAYS, rows), Reference())[122].verdict == "drifted"
    fixed = Reference("period", first=DAYS[0], last=DAYS[29])
    assert mix_moved(DailyCounts(DAYS, moving(rng, 0.003)), fixed)[-1].verdict == "drifted"
