"""A score in words: its value, its interval, or the bounds of what it can be."""

import math

import pytest

from monitor_core.contract.wording import CORRELATIONS
from monitor_core.reports.score import Score, bounds_because, null, widened_in_words

NAN = math.nan


def test_bounds_are_no_value() -> None:
    bounded, exact = Score(math.nan, 0.83, 0.912, 300), Score(0.9, 0.85, 0.93, 300)
    assert (bounded.has_bounds, bounded.is_shown) == (True, False)
    assert (exact.has_bounds, exact.is_shown) == (False, True)
    assert bounded.bounds_in_words() == "83.0–91.2%"
    assert Score(math.nan, 0.9, 0.9, 300).bounds_in_words() == "90.0%"
    assert Score(math.nan, -0.1, 0.25, 300).bounds_in_words(CORRELATIONS) == "−0.100 to 0.250"
    assert bounds_because(1) == "bounds, 1 sample rejected"


def test_of_few_samples_not_even_bounds_are_shown() -> None:
    assert not Score(math.nan, 0.5, 1.0, 4).has_bounds
    assert not Score(1.0, 0.5, 1.0, 4).is_shown


def test_undefined_is_null() -> None:
    assert (null(math.nan), null(0.5)) == (None, 0.5)


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (Score(0.9, 0.88, 0.92, 900), "95% interval 88.0–92.0"),
        (Score(0.9, 0.6, 0.97, 10), "95% interval 60.0–97.0, uncertain"),
        (
            Score(0.9, NAN, NAN, 90, classes_with_few=1, classes=7),
            "too few samples a class: 1 of 7 classes has fewer than 10, uncertain",
        ),
    ],
)
def test_an_interval_says_whether_the_score_is_uncertain_and_why_it_is_missing(score: Score, words: str) -> None:
    assert score.interval_in_words() == words


@pytest.mark.parametrize(("effect", "widened", "is_said"), [(1, 1.25, False), (1.1, 1.05, False), (2.4, 1.62, True)])
def test_a_wider_interval_is_explained_if_days_differ(effect: float, widened: float, is_said: bool) -> None:
    words = widened_in_words(Score(0.9, 0.85, 0.93, 900, effect, widened))
    assert words == ("Days differ more than chance: interval widened × 1.6." if is_said else "")
