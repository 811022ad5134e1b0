"""A rise of accuracy without a deployment is noticed, and remembered when it ends."""

import numpy as np

from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.risen import accuracy_risen
from monitor_core.drift.rules import BY_KEY
from tests.drift.simulated import NAMES, TRAILING, after, drifted, reviews_of


def test_reviews_that_only_confirm_are_noticed() -> None:
    delays, early = [], []
    for seed in range(30):
        days = drifted(accuracy_risen(reviews_of(seed, after(90, [0.1] * 3, [0.05] * 3), n=50), TRAILING))
        delays.append(next((day - 89 for day in days if day >= 90), 99))
        early += [day for day in days if day < 90]
    assert np.median(delays) <= 15
    assert len(early) <= 15


def test_the_figures_are_those_of_the_days() -> None:
    reviews = reviews_of(1, after(90, [0.2] * 3, [0.05] * 3))
    test = accuracy_risen(reviews, TRAILING)[99]
    assert test.verdict == "drifted"
    days = slice(test.since.toordinal() - reviews.days[0].toordinal(), 100)
    assert test.now == 1 - reviews.errors[days].sum() / reviews.n[days].sum()
    assert test.current_size == reviews.n[days].sum()
    sentence = BY_KEY["rise"].explain(test, NAMES)
    assert sentence.startswith(f"Accuracy has risen without a deployment: {test.now:.1%} (95% interval ")


def test_a_deployment_explains_a_rise() -> None:
    reviews = reviews_of(2, after(90, [0.2] * 3, [0.05] * 3))
    tests = accuracy_risen(reviews, TRAILING, restarts={reviews.days[90]})
    assert drifted(tests) == []
    assert {test.verdict for test in tests[90:110]} == {"learning"}


def test_a_later_fall_mentions_the_rise() -> None:
    miss = np.where((np.arange(150) >= 70) & (np.arange(150) < 120), 0.04, 0.12)[:, None]
    reviews = reviews_of(0, miss, days=150)
    falls = [test for test in accuracy_falling(reviews, TRAILING) if test.verdict == "drifted"]
    assert falls
    assert falls[0].day >= reviews.days[120]
    assert falls[0].risen_on is not None
    assert "accuracy had been above its reference" in BY_KEY["accuracy"].explain(falls[0], NAMES)
    quiet = accuracy_falling(reviews_of(4, 0.1), TRAILING)[60]
    assert quiet.risen_on is None
