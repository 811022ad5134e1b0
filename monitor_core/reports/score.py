"""Scores and their changes, as pages and commands show them: with interval or bounds, and why they are as they are."""

import math
from dataclasses import dataclass

from monitor_core.contract import wording
from monitor_core.scores.intervals import too_few_in_words
from monitor_core.scores.shares import FEWEST

WIDE = 0.10  # half-width; a score known no better is shown as uncertain
WIDER = 1.1  # times; an interval that is wider than that because days differ is explained
UNKNOWABLE = "cannot be known from yes/no reviews"


@dataclass(frozen=True)
class Score:
    """A score with its 95% interval, or, where samples were rejected, its bounds without a value; NaN if undefined."""

    value: float
    low: float
    high: float
    samples: int  # rows it rests on
    design_effect: float = 1.0  # variance as a multiple of that of independent samples, because days differ
    widened: float = 1.0  # by which factor the interval is wider for it
    classes_with_few: int = 0  # of an average that has no interval for it
    classes: int = 0  # that an average is over
    around: tuple[float, float] = (math.nan, math.nan)  # the 95% interval around bounds

    @property
    def uncertain(self) -> bool:
        """Return whether the interval reaches more than 10 percentage points to each end, or is undefined."""
        return not (self.high - self.low) / 2 <= WIDE

    @property
    def has_interval(self) -> bool:
        return not math.isnan(self.value) and not math.isnan(self.low)

    @property
    def is_shown(self) -> bool:
        return self.samples >= FEWEST and not math.isnan(self.value)

    @property
    def has_bounds(self) -> bool:
        return self.samples >= FEWEST and math.isnan(self.value) and not math.isnan(self.low)

    @property
    def is_comparable(self) -> bool:
        around = self.has_bounds and not math.isnan(self.around[0])
        return around or (self.is_shown and self.has_interval)

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the lowest and the highest value that are possible, and the interval around them."""
        if self.has_bounds:
            return (self.low, self.high), self.around
        return (self.value, self.value), (self.low, self.high)

    def interval_in_words(self, scale: wording.Scale = wording.SHARES) -> str:
        """Return the interval, or why there is none, and whether the score is uncertain."""
        words = too_few_in_words(self.classes_with_few, self.classes) or wording.interval(self.low, self.high, scale)
        return f"{words}, uncertain" if self.uncertain else words

    def bounds_in_words(self, scale: wording.Scale = wording.SHARES) -> str:
        """Return the bounds, such as "83.0–91.0%"; if they are equal, a single number."""
        return wording.between(self.low, self.high, scale)


@dataclass(frozen=True)
class Change:
    """The change of a score from the previous period."""

    difference: float
    low: float
    high: float
    at_least: bool = False  # a difference of bounds: the smallest that is possible

    @property
    def within_noise(self) -> bool:
        return self.low <= 0 <= self.high


def bounds_because(rejected: int) -> str:
    """Say why there are bounds and no value.

    >>> bounds_because(12)
    'bounds, 12 samples rejected'
    """
    return f"bounds, {wording.count(rejected, 'sample')} rejected"


def bounds_explained(score: Score, rejected: int, scale: wording.Scale = wording.SHARES) -> str:
    """Say why there are bounds and no value, and the interval around them."""
    because = bounds_because(rejected)
    return because if math.isnan(score.around[0]) else f"{because}; {wording.interval(*score.around, scale)}"


def widened_in_words(score: Score) -> str:
    """Say by how much the interval is wider because days differ; empty if it is not, or negligibly.

    >>> widened_in_words(Score(0.9, 0.88, 0.92, 3000, design_effect=2.4, widened=1.6))
    'Days differ more than chance: interval widened × 1.6.'
    """
    if score.design_effect <= 1 or not score.widened >= WIDER:
        return ""
    return f"Days differ more than chance: interval widened × {score.widened:.1f}."


def value_and_ends(value: float, low: float, high: float, scale: wording.Scale = wording.SHARES) -> str:
    """Return a value with its interval for a place with little room; without a value, its bounds.

    >>> value_and_ends(0.7234, 0.604, 0.8172), value_and_ends(math.nan, 0.83, 0.912), value_and_ends(*[math.nan] * 3)
    ('72.3% (60.4–81.7)', '83.0–91.2%', '–')
    """
    if math.isnan(value):
        return wording.between(low, high, scale)
    return f"{wording.number(value, scale)} ({wording.bounds(low, high, scale)})"


def null(value: float) -> float | None:
    """Return a number for JSON: undefined is null."""
    return None if math.isnan(value) else float(value)
