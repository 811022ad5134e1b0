"""A score in words: its value, or the bounds of what it can be."""

import math

from monitor_core.contract.wording import CORRELATIONS
from monitor_core.reports.score import Score, bounds_because, null


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
