"""The test of accuracy: clear when it falls, quiet below the floor, and what it could detect."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import BY_KEY
from monitor_core.drift.series import Reviews
from tests.drift.simulated import (
    FIRST,
    NAMES,
    TRAILING,
    after,
    days_of,
    drifted,
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


def queued(seed: int, miss: np.ndarray, days: int = 200) -> Reviews:
    """Draw 50 predictions a day; those of a week are reviewed in the next, the least sure, who err more, first."""
    rng, day = np.random.default_rng(seed), np.repeat(np.arange(days), 50)
    unsure = rng.random(len(day))
    wrong = rng.random(len(day)) < np.repeat(miss, 50) * 5 * unsure**4
    week = day // 7
    order = np.lexsort((-unsure, week))
    place = np.empty(len(day), np.int64)
    place[order] = np.arange(len(day)) - 350 * week[order]
    target = rng.integers(0, 3, len(day))
    return replace(
        _counted(place // 50 + 7 * (week + 1), target, wrong, days), by_prediction=_counted(day, target, wrong, days)
    )


def _counted(day: np.ndarray, target: np.ndarray, wrong: np.ndarray, days: int) -> Reviews:
    support, misses = np.zeros((days, 3), np.int64), np.zeros((days, 3), np.int64)
    inside = day < days
    np.add.at(support, (day[inside], target[inside]), 1)
    np.add.at(misses, (day[inside], target[inside]), wrong[inside])
    return Reviews(days_of(days), support.sum(axis=1), misses.sum(axis=1), support, misses)


def test_a_sorted_queue_is_judged_by_prediction_date() -> None:
    delays, early = [], 0
    for seed in range(8):
        tests = accuracy_falling(queued(seed, after(120, 0.1, 0.2, days=200)), TRAILING)
        assert tests[110].readiness == 14
        assert tests[110].last == tests[110].day - timedelta(14)
        rings = drifted(tests)
        delays.append(next(day - 119 for day in rings if day >= 120))
        early += len([day for day in rings if day < 120])
    assert np.median(delays) <= 20
    assert early <= 4


def test_an_unsorted_queue_is_judged_by_review_date() -> None:
    reviews = reviews_of(9, 0.1)
    tests = accuracy_falling(replace(reviews, by_prediction=reviews), TRAILING)
    assert {test.readiness for test in tests} == {0}


@pytest.mark.parametrize("every", [5, 7, 14])
def test_batches_of_reviews_are_judged(every: int) -> None:
    delays = []
    for seed in range(10):
        reviews = reviews_of(seed, after(200, [0.1] * 3, [0.2] * 3, days=260), n=50 * every, days=260)
        reviews = without(reviews, *[day for day in range(260) if day % every])
        rings = drifted(accuracy_falling(reviews, TRAILING))
        delays.append(next((day - 199 for day in rings if day >= 200), 99))
    assert np.median(delays) <= (25 if every == 14 else 10)


def test_a_class_with_few_samples_that_fails_is_found() -> None:
    shares = np.array([0.1, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15])
    delays = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        support = rng.multinomial(np.full(180, 20), shares)
        misses = rng.binomial(support, after(100, [0.1] * 7, [0.6] + [0.1] * 6, days=180))
        reviews = Reviews(days_of(180), support.sum(axis=1), misses.sum(axis=1), support, misses)
        delays.append(next((day - 99 for day in drifted(accuracy_falling(reviews, TRAILING)) if day >= 100), 99))
    assert np.median(delays) <= 20


def test_near_duplicates_count_as_their_scene() -> None:
    """Ten images of each of ten scenes a day, which are of seven classes."""
    plain, by_scene, delays = 0, 0, []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        of_class = rng.multinomial(np.full(180, 10), np.full(7, 1 / 7))
        wrong = rng.binomial(of_class, after(130, [0.1] * 7, [0.3] * 7, days=180))
        scenes, errors = (np.column_stack([v.sum(axis=1), v]) for v in (of_class, wrong))
        images = Reviews(days_of(180), 10 * scenes[:, 0], 10 * errors[:, 0], 10 * of_class, 10 * wrong)
        plain += len([day for day in drifted(accuracy_falling(images, TRAILING)) if day < 130])
        tests = accuracy_falling(
            replace(images, scenes=scenes.astype(float), scene_errors=errors.astype(float)), TRAILING
        )
        assert tests[-1].scenes == tests[-1].current_size / 10
        by_scene += len([day for day in drifted(tests) if day < 130])
        delays.append(next((day - 129 for day in drifted(tests) if day >= 130), 99))
    assert by_scene <= 0.015 * 20 * 110
    assert by_scene < plain
    assert np.median(delays) <= 20
