"""The three rules: quiet while nothing is wrong, clear when something is, the same whenever asked."""

import time
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_core.drift import detectors as drift
from monitor_core.drift.detectors import DailyCounts, DriftTest, Reviews
from monitor_core.drift.reference import Reference

FIRST = date(2026, 1, 5)
NAMES = ["blue", "yellow", "green"]
SHARES = np.array([0.5, 0.3, 0.2])
TRAILING = Reference()


def days_of(count: int) -> tuple[date, ...]:
    return tuple(FIRST + timedelta(day) for day in range(count))


def reviews_of(seed: int, miss: Any, n: int = 60, days: int = 120) -> Reviews:
    """Miss rates of shape (days, labels), or what broadcasts to it."""
    rng = np.random.default_rng(seed)
    support = rng.multinomial(np.full(days, n), SHARES)
    misses = rng.binomial(support, np.broadcast_to(miss, support.shape))
    return Reviews(days_of(days), support.sum(axis=1), misses.sum(axis=1), support, misses)


def mix_of(seed: int, shares: Any, n: int = 60, days: int = 120) -> DailyCounts:
    rng = np.random.default_rng(seed)
    return DailyCounts("prediction", days_of(days), rng.multinomial(n, np.broadcast_to(shares, (days, len(SHARES)))))


def confidence_of(seed: int, shift: Any, n: int = 60, days: int = 120) -> DailyCounts:
    rng = np.random.default_rng(seed)
    rows = [rng.beta(9 + more, 2, n) for more in np.broadcast_to(shift, days)]
    counts = np.array([np.histogram(values, 200, (0, 1))[0] for values in rows])
    return DailyCounts("confidence", days_of(days), counts)


def after(day: int, before: Any, then: Any, days: int = 120) -> Any:
    return np.array([then if i >= day else before for i in range(days)])


def without(reviews: Reviews, *days: int) -> Reviews:
    empty = np.isin(np.arange(len(reviews.days)), days)
    parts = [getattr(reviews, f.name) for f in fields(reviews)[1:]]
    return Reviews(reviews.days, *(np.where(empty.reshape(-1, *[1] * (p.ndim - 1)), 0, p) for p in parts))


def part(counts: Any, end: int) -> Any:
    return type(counts)(
        *(v if isinstance(v, str) else v[:end] for v in (getattr(counts, f.name) for f in fields(counts)))
    )


def drifted(tests: list[DriftTest]) -> list[int]:
    return [i for i, test in enumerate(tests) if test.verdict == "drifted"]


def all_rules(seed: int = 1) -> list[tuple[Any, Any]]:
    return [
        (drift.accuracy_falling, reviews_of(seed, after(90, [0.1] * 3, [0.25, 0.2, 0.3]))),
        (drift.mix_moved, mix_of(seed, after(90, SHARES, SHARES[::-1]))),
        (drift.confidence_moved, confidence_of(seed, after(90, 0, 9))),
    ]


@pytest.mark.parametrize(("rule", "counts"), all_rules(), ids=["accuracy", "mix", "confidence"])
class TestEveryRule:
    def test_rings_soon_after_a_change_and_not_before(self, rule: Any, counts: Any) -> None:
        found = drifted(rule(counts, TRAILING))
        assert found
        assert 90 <= found[0] <= 95

    def test_learns_first(self, rule: Any, counts: Any) -> None:
        verdicts = [test.verdict for test in rule(counts, TRAILING)]
        assert verdicts[:20] == ["learning"] * 20
        assert "learning" not in verdicts[20:]

    def test_says_of_a_day_the_same_when_later_days_are_known(self, rule: Any, counts: Any) -> None:
        for reference in (
            TRAILING,
            Reference("since", first=FIRST),
            Reference("period", first=FIRST, last=days_of(41)[40]),
        ):
            whole = rule(counts, reference)
            for end in (1, 30, 93):
                assert rule(part(counts, end), reference) == whole[:end]

    def test_is_indifferent_to_the_order_of_classes(self, rule: Any, counts: Any) -> None:
        if rule is drift.confidence_moved:
            return
        order = [2, 0, 1]
        names = {"support", "misses", "counts"}
        turned = replace(
            counts, **{f.name: getattr(counts, f.name)[:, order] for f in fields(counts) if f.name in names}
        )
        for one, other in zip(rule(counts, TRAILING), rule(turned, TRAILING), strict=True):
            assert one.statistic == pytest.approx(other.statistic)
            assert (one.verdict, one.effect) == (other.verdict, pytest.approx(other.effect))
            assert one.moved_by == pytest.approx(other.moved_by)
            if one.verdict == "drifted":
                assert one.moved == order[other.moved or 0]

    def test_has_presets_in_order(self, rule: Any, counts: Any) -> None:
        quiet, balanced, sensitive = (
            set(drifted(rule(counts, TRAILING, p))) for p in ("quiet", "balanced", "sensitive")
        )
        assert quiet <= balanced <= sensitive
        with pytest.raises(ValueError, match="loud"):
            rule(counts, TRAILING, "loud")

    def test_needs_consecutive_days(self, rule: Any, counts: Any) -> None:
        with pytest.raises(ValueError, match="does not follow"):
            replace(counts, days=(*counts.days[:-1], counts.days[-1] + timedelta(1)))

    def test_tells_every_day_in_a_sentence(self, rule: Any, counts: Any) -> None:
        for test in rule(counts, TRAILING):
            sentence = test.sentence(NAMES)
            assert sentence.endswith(".")
            assert "nan" not in sentence
            assert "None" not in sentence


def test_a_quiet_year_is_quiet() -> None:
    rings = [
        *drifted(drift.accuracy_falling(reviews_of(11, 0.1, days=365), TRAILING)),
        *drifted(drift.mix_moved(mix_of(12, SHARES, days=365), TRAILING)),
        *drifted(drift.confidence_moved(confidence_of(13, 0, days=365), TRAILING)),
    ]
    assert len(rings) <= 5


def test_a_fall_is_told_with_its_figures() -> None:
    reviews = reviews_of(2, after(90, [0.1] * 3, [0.25] * 3))
    test = drift.accuracy_falling(reviews, TRAILING)[99]
    days = slice(test.since.toordinal() - FIRST.toordinal(), 100)
    assert test.current_size == reviews.n[days].sum()
    assert test.now == pytest.approx(1 - reviews.errors[days].sum() / reviews.n[days].sum())
    assert test.before == pytest.approx(1 - reviews.errors[33:93].sum() / reviews.n[33:93].sum())
    assert test.effect == pytest.approx(100 * ((test.before or 0) - (test.now or 0)))
    told = test.sentence(NAMES)
    assert f"Accuracy is falling: {test.now:.1%} of {test.current_size} right" in told
    assert "less than once in 200 days" in told


def test_one_failing_class_is_named_though_the_whole_hardly_falls() -> None:
    reviews = reviews_of(3, after(90, [0.1] * 3, [0.1, 0.1, 0.6]), n=40)
    first = drift.accuracy_falling(reviews, TRAILING)[drifted(drift.accuracy_falling(reviews, TRAILING))[0]]
    assert first.moved == 2
    assert (first.moved_by or 0) < -20
    assert "green" in first.sentence(NAMES)


def test_a_fall_below_the_floor_does_not_ring_however_certain() -> None:
    reviews = reviews_of(4, after(90, [0.1] * 3, [0.112] * 3), n=200_000)
    tests = drift.accuracy_falling(reviews, Reference("period", first=FIRST, last=days_of(60)[-1]))
    assert drifted(tests) == []


def test_a_small_move_does_not_ring_however_certain() -> None:
    mix = mix_of(4, after(90, SHARES, [0.53, 0.27, 0.2]), n=100_000)
    confidence = confidence_of(4, after(90, 0, 0.7), n=20_000)
    for tests in (drift.mix_moved(mix, TRAILING), drift.confidence_moved(confidence, TRAILING)):
        assert tests[100].p_value == pytest.approx(0, abs=1e-9)
        assert 2 < (tests[100].effect or 0) < 5
        assert drifted(tests) == []


def test_an_acknowledged_alarm_starts_anew() -> None:
    reviews = reviews_of(5, after(90, [0.1] * 3, [0.2] * 3))
    reset = reviews.days[100]
    kept, anew = (drift.accuracy_falling(reviews, TRAILING, resets=days) for days in ((), (reset,)))
    assert anew[:100] == kept[:100]
    assert anew[100].statistic < kept[100].statistic / 5


def test_an_excluded_incident_neither_rings_nor_is_a_reference() -> None:
    bad = np.where((np.arange(120) >= 60) & (np.arange(120) < 66), 0.6, 0.1)[:, None]
    reviews = reviews_of(6, bad)
    incident = frozenset(reviews.days[60:66])
    assert drifted(drift.accuracy_falling(reviews, TRAILING))
    tests = drift.accuracy_falling(reviews, Reference(excluded=incident))
    assert drifted(tests) == []
    assert tests[-1].before == pytest.approx(0.9, abs=0.01)


def test_reviews_that_stop_are_no_data_not_health() -> None:
    reviews = without(reviews_of(7, 0.1), *range(100, 120))
    assert [test.verdict for test in drift.accuracy_falling(reviews, TRAILING)[105:]] == ["stable"] + [
        "not enough data"
    ] * 14


def test_a_class_that_only_exists_now_moves_the_mix_and_not_accuracy() -> None:
    reviews = reviews_of(8, 0.1)
    new = np.where(np.arange(120) >= 90, 20, 0)[:, None]
    grown = Reviews(reviews.days, reviews.n + new[:, 0], reviews.errors, np.hstack([reviews.support, new]),
                    np.hstack([reviews.misses, 0 * new]))  # fmt: skip
    assert drifted(drift.accuracy_falling(grown, TRAILING)) == []
    first = drift.mix_moved(DailyCounts("target", grown.days, grown.support), TRAILING)[90]
    assert (first.verdict, first.moved) == ("drifted", 3)
    assert "new" in first.sentence([*NAMES, "new"])


def test_training_counts_are_a_reference_for_the_mix() -> None:
    counts, reference = mix_of(9, SHARES), Reference("training")
    assert drifted(drift.mix_moved(counts, reference, training=SHARES * 1000)) == []
    assert drifted(drift.mix_moved(counts, reference, training=SHARES[::-1] * 1000)) == list(range(20, 120))
    with pytest.raises(ValueError, match="training"):
        drift.mix_moved(counts, reference)
    with pytest.raises(ValueError, match="training"):
        drift.accuracy_falling(reviews_of(1, 0.1), reference)


def test_days_that_wander_by_habit_are_no_news() -> None:
    """The same shares of which a plain chi-square would ring on most days."""
    rng = np.random.default_rng(10)
    counts = DailyCounts("target", days_of(160), rng.multinomial(2000, rng.dirichlet(SHARES * 60, 160)))
    assert len(drifted(drift.mix_moved(counts, TRAILING))) <= 2


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.1, 1.0]), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_nothing_is_nan_whatever_the_days_hold(seed: int, miss: float, labels: int) -> None:
    rng = np.random.default_rng(seed)
    support = rng.poisson(rng.choice([0, 1, 30], (60, labels)))
    misses = rng.binomial(support, miss)
    reviews = Reviews(days_of(60), support.sum(axis=1), misses.sum(axis=1), support, misses)
    counts = DailyCounts("target", days_of(60), support)
    tests = drift.accuracy_falling(reviews, TRAILING) + drift.mix_moved(counts, TRAILING)
    tests += drift.confidence_moved(replace(counts, column="confidence"), TRAILING)
    numbers = [v for test in tests for v in (getattr(test, f.name) for f in fields(test)) if isinstance(v, float)]
    assert np.isfinite(numbers).all()
    assert all(test.sentence(["a", "b", "c", "d"]) for test in tests)


def test_no_days_and_no_classes_are_no_error() -> None:
    none = np.zeros((0, 3), int)
    assert drift.accuracy_falling(Reviews((), none[:, 0], none[:, 0], none, none), TRAILING) == []
    assert drift.mix_moved(DailyCounts("target", (), none), TRAILING) == []
    rejected = Reviews(days_of(60), np.full(60, 20), np.full(60, 2), np.zeros((60, 0), int), np.zeros((60, 0), int))
    assert drift.accuracy_falling(rejected, TRAILING)[-1].verdict == "stable"


def test_impossible_counts_are_refused() -> None:
    n, classes = np.array([5]), np.array([[5]])
    for errors, misses in ((6, 0), (-1, 0), (0, 6)):
        with pytest.raises(ValueError, match="errors"):
            Reviews(days_of(1), n, np.array([errors]), classes, np.array([[misses]]))
    with pytest.raises(ValueError, match="shape"):
        Reviews(days_of(2), n, n, classes, classes)
    with pytest.raises(ValueError, match="negative"):
        DailyCounts("target", days_of(1), -classes)


@pytest.mark.parametrize(("n", "drop"), [(20, 10), (50, 10), (50, 5), (200, 5)])
def test_days_to_prove_is_about_what_happens(n: int, drop: int) -> None:
    told, seen = [], []
    for seed in range(25):
        reviews = reviews_of(seed, after(90, [0.1] * 3, [0.1 + drop / 100] * 3, days=190), n=n, days=190)
        told.append(drift.days_to_prove(drop, part(reviews, 90), TRAILING))
        seen.append(next((i - 89 for i in drifted(drift.accuracy_falling(reviews, TRAILING)) if i >= 90), 100))
    assert np.median(seen) / 1.7 - 1 <= np.median([days or 999 for days in told]) <= np.median(seen) * 1.7 + 1


def test_days_to_prove_is_silent_where_it_cannot_tell() -> None:
    reviews = reviews_of(1, 0.1)
    assert drift.days_to_prove(1, reviews, TRAILING) is None  # below the floor
    assert drift.days_to_prove(5, part(reviews, 10), TRAILING) is None  # learning
    assert (drift.days_to_prove(5, reviews, TRAILING) or 0) < (drift.days_to_prove(3, reviews, TRAILING) or 999)


def test_three_years_of_twenty_classes_take_no_time_and_a_thousand_classes_little() -> None:
    rng = np.random.default_rng(1)
    for labels, most in ((20, 0.5), (1000, 5.0)):  # seconds: ten times what it takes, other tests run beside
        support = rng.poisson(200 / labels, (1100, labels))
        misses = rng.binomial(support, 0.1)
        reviews = Reviews(days_of(1100), support.sum(axis=1), misses.sum(axis=1), support, misses)
        began = time.process_time()
        drift.accuracy_falling(reviews, TRAILING)
        drift.mix_moved(DailyCounts("target", reviews.days, support), TRAILING)
        assert time.process_time() - began < most
