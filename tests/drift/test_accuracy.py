"""The test of accuracy: clear when it falls, quiet below the floor, and what it could detect."""

from datetime import date, timedelta

import numpy as np
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.drift.accuracy import accuracy_falling, days_to_prove
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import BY_KEY
from tests.drift.simulated import (
    FIRST,
    NAMES,
    TRAILING,
    after,
    days_of,
    drifted,
    part,
    reviews_of,
    without,
)


def test_a_fall_is_told_with_its_figures() -> None:
    reviews = reviews_of(2, after(90, [0.1] * 3, [0.25] * 3))
    test = accuracy_falling(reviews, TRAILING)[99]
    days = slice(test.since.toordinal() - FIRST.toordinal(), 100)
    assert test.current_size == reviews.n[days].sum()
    assert test.now == pytest.approx(1 - reviews.errors[days].sum() / reviews.n[days].sum())
    assert test.before == pytest.approx(1 - reviews.errors[33:93].sum() / reviews.n[33:93].sum())
    assert test.effect == pytest.approx(100 * ((test.before or 0) - (test.now or 0)))
    sentence = BY_KEY["accuracy"].explain(test, NAMES)
    assert f"Accuracy is falling: {test.now:.1%} (95% interval " in sentence
    assert f", {test.current_size} samples)" in sentence
    assert "less than once in 200 days on average" in sentence


def test_one_failing_class_is_named_though_the_whole_hardly_falls() -> None:
    reviews = reviews_of(3, after(90, [0.1] * 3, [0.1, 0.1, 0.6]), n=40)
    first = accuracy_falling(reviews, TRAILING)[drifted(accuracy_falling(reviews, TRAILING))[0]]
    assert first.moved == 2
    assert (first.moved_by or 0) < -20
    assert "green" in BY_KEY["accuracy"].explain(first, NAMES)


def test_a_fall_below_the_floor_does_not_ring_however_certain() -> None:
    reviews = reviews_of(4, after(90, [0.1] * 3, [0.112] * 3), n=200_000)
    tests = accuracy_falling(reviews, Reference("period", first=FIRST, last=days_of(60)[-1]))
    assert drifted(tests) == []


def test_an_acknowledged_alarm_starts_anew() -> None:
    reviews = reviews_of(5, after(90, [0.1] * 3, [0.2] * 3))
    reset = reviews.days[100]
    continued, restarted = (accuracy_falling(reviews, TRAILING, restarts=days) for days in ((), (reset,)))
    assert restarted[:100] == continued[:100]
    assert restarted[100].statistic < continued[100].statistic / 5


def test_a_fall_that_lasts_stays_one_while_its_days_are_in_no_reference() -> None:
    reviews = reviews_of(8, after(90, [0.1] * 3, [0.2] * 3, days=300), days=300)
    opened = reviews.days[drifted(accuracy_falling(reviews, TRAILING))[0]]
    moving, frozen = (
        [day for day in drifted(accuracy_falling(reviews, Reference(alerted=alerted))) if day >= 200]
        for alerted in ((), (Period(opened - timedelta(6), date.max),))
    )
    assert len(moving) < 10
    assert len(frozen) > 80


def test_an_excluded_incident_neither_rings_nor_is_a_reference() -> None:
    bad = np.where((np.arange(120) >= 60) & (np.arange(120) < 66), 0.6, 0.1)[:, None]
    reviews = reviews_of(6, bad)
    incident = frozenset(reviews.days[60:66])
    assert drifted(accuracy_falling(reviews, TRAILING))
    tests = accuracy_falling(reviews, Reference(excluded=incident))
    assert drifted(tests) == []
    assert tests[-1].before == pytest.approx(0.9, abs=0.01)


def test_reviews_that_stop_are_no_data_not_health() -> None:
    reviews = without(reviews_of(7, 0.1), *range(100, 120))
    assert [test.verdict for test in accuracy_falling(reviews, TRAILING)[105:]] == ["stable"] + ["not enough data"] * 14


@pytest.mark.parametrize(("n", "drop"), [(20, 10), (50, 10), (50, 5), (200, 5)])
def test_days_to_prove_is_about_what_happens(n: int, drop: int) -> None:
    estimates, seen = [], []
    for seed in range(25):
        reviews = reviews_of(seed, after(90, [0.1] * 3, [0.1 + drop / 100] * 3, days=190), n=n, days=190)
        estimates.append(days_to_prove(drop, part(reviews, 90), TRAILING))
        seen.append(next((i - 89 for i in drifted(accuracy_falling(reviews, TRAILING)) if i >= 90), 100))
    assert np.median(seen) / 1.7 - 1 <= np.median([days or 999 for days in estimates]) <= np.median(seen) * 1.7 + 1


def test_days_to_prove_is_silent_where_it_cannot_tell() -> None:
    reviews = reviews_of(1, 0.1)
    assert days_to_prove(1, reviews, TRAILING) is None  # below the floor
    assert days_to_prove(5, part(reviews, 10), TRAILING) is None  # learning
    assert (days_to_prove(5, reviews, TRAILING) or 0) < (days_to_prove(3, reviews, TRAILING) or 999)
