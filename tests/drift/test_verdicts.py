"""What holds of every test for drift: learning first, soon after a change, the same whenever asked."""

import time
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.distributions import confidence_moved, mix_moved
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import BY_KEY
from monitor_core.drift.series import DailyCounts, Reviews
from tests.drift.simulated import (
    FIRST,
    SHARES,
    TRAILING,
    after,
    confidence_of,
    days_of,
    drifted,
    mix_of,
    part,
    reviews_of,
)
from tests.lanes import examples


def all_rules(seed: int = 1) -> list[tuple[Any, Any]]:
    return [
        (accuracy_falling, reviews_of(seed, after(90, [0.1] * 3, [0.25, 0.2, 0.3]))),
        (mix_moved, mix_of(seed, after(90, SHARES, SHARES[::-1]))),
        (confidence_moved, confidence_of(seed, after(90, 0, 9))),
    ]


@pytest.mark.parametrize(("rule", "counts"), all_rules(), ids=["accuracy", "mix", "confidence"])
class TestEveryRule:
    def test_rings_soon_after_a_change_and_not_before(self, rule: Any, counts: Any) -> None:
        days_drifted = drifted(rule(counts, TRAILING))
        assert days_drifted
        assert 90 <= days_drifted[0] <= 95

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
        if rule is confidence_moved:
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
            assert one.moved == (None if other.moved is None else order[other.moved])

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


def test_a_quiet_year_is_quiet() -> None:
    rings = [
        *drifted(accuracy_falling(reviews_of(11, 0.1, days=365), TRAILING)),
        *drifted(mix_moved(mix_of(12, SHARES, days=365), TRAILING)),
        *drifted(confidence_moved(confidence_of(13, 0, days=365), TRAILING)),
    ]
    assert len(rings) <= 7  # two in a hundred days, over three rules


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.1, 1.0]), st.integers(1, 4))
@settings(max_examples=examples(25), deadline=None)
def test_nothing_is_nan_whatever_the_days_hold(seed: int, miss: float, labels: int) -> None:
    rng = np.random.default_rng(seed)
    support = rng.poisson(rng.choice([0, 1, 30], (60, labels)))
    misses = rng.binomial(support, miss)
    reviews = Reviews(days_of(60), support.sum(axis=1), misses.sum(axis=1), support, misses)
    counts = DailyCounts(days_of(60), support)
    judged = [
        (BY_KEY["accuracy"], accuracy_falling(reviews, TRAILING)),
        (BY_KEY["target"], mix_moved(counts, TRAILING)),
        (BY_KEY["confidence"], confidence_moved(counts, TRAILING)),
    ]
    tests = [test for _, of_rule in judged for test in of_rule]
    numbers = [v for test in tests for v in (getattr(test, f.name) for f in fields(test)) if isinstance(v, float)]
    assert np.isfinite(numbers).all()
    names = ["a", "b", "c", "d"]
    assert all(rule.explain(test, names) for rule, tests in judged for test in tests)


def test_no_days_and_no_classes_are_no_error() -> None:
    none = np.zeros((0, 3), int)
    assert accuracy_falling(Reviews((), none[:, 0], none[:, 0], none, none), TRAILING) == []
    assert mix_moved(DailyCounts((), none), TRAILING) == []
    rejected = Reviews(days_of(60), np.full(60, 20), np.full(60, 2), np.zeros((60, 0), int), np.zeros((60, 0), int))
    assert accuracy_falling(rejected, TRAILING)[-1].verdict == "stable"


def test_three_years_of_twenty_classes_take_no_time_and_a_thousand_classes_little() -> None:
    rng = np.random.default_rng(1)
    for labels, most in ((20, 0.5), (1000, 5.0)):  # seconds: ten times what it takes, other tests run beside
        support = rng.poisson(200 / labels, (1100, labels))
        misses = rng.binomial(support, 0.1)
        reviews = Reviews(days_of(1100), support.sum(axis=1), misses.sum(axis=1), support, misses)
        began = time.process_time()
        accuracy_falling(reviews, TRAILING)
        mix_moved(DailyCounts(reviews.days, support), TRAILING)
        assert time.process_time() - began < most
