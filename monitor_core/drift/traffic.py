"""Traffic: whether the number of predictions or reviews of the last days is that of the same weekdays before.

Counts of days vary more than chance alone would let them, so their range is that of a negative binomial distribution
with the over-dispersion of the last weeks. Two days in a row must be outside, and by a factor: a holiday is one day.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special  # without scipy.stats, which takes half a second to import

from monitor_core.drift.reference import WEEK
from monitor_core.scores.confusion import Ints
from monitor_core.scores.shares import Floats

WEEKS, FEWEST_WEEKS = 8, 4
FEWEST = 5  # expected documents of a day that is judged: no day of rest
IN_A_ROW = 2  # judged days
FACTOR = 2.0  # by which a count is below or above the expected one
TAIL = 0.001  # of the range, at each end
TRIMMED = 0.05  # of the days before, at each end: holidays and outages
LEAST_DISPERSION = 0.002
HISTORY = WEEK * (WEEKS + 2)  # days that a verdict depends on
OF_MAD = 1.4826  # makes the median absolute deviation a standard deviation


@dataclass(frozen=True, slots=True)
class DayTraffic:
    """The count of a day, and what the same weekdays before let expect."""

    day: int  # its index
    count: int
    expected: float  # the median of the same weekdays
    low: int  # of the 99.8% range
    high: int

    @property
    def direction(self) -> int:
        """Return -1 if the count is unusually low, 1 if it is unusually high, else 0."""
        if self.count < self.low and self.count * FACTOR <= self.expected:
            return -1
        return int(self.count > self.high and self.count >= FACTOR * self.expected)


def last_traffic(counts: Ints) -> list[DayTraffic]:
    """Return the last days that are judged together, the newest first, given the counts of whole consecutive days.

    Days of rest are left out. Fewer than IN_A_ROW days: there is not enough data.
    """
    judged: list[DayTraffic] = []
    for day in range(len(counts) - 1, max(-1, len(counts) - 1 - WEEK), -1):
        before = counts[day - WEEK * np.arange(1, min(WEEKS, day // WEEK) + 1)]
        if len(before) < FEWEST_WEEKS or (expected := float(np.median(before))) < FEWEST:
            continue
        low, high = _range(expected, dispersion(counts[max(0, day - WEEK * WEEKS) : day]))
        judged.append(DayTraffic(day, int(counts[day]), expected, low, high))
        if len(judged) == IN_A_ROW:
            break
    return judged


def is_unusual(judged: list[DayTraffic]) -> int:
    """Return -1 or 1 if all days are unusual in this direction; else 0."""
    directions = {day.direction for day in judged}
    return directions.pop() if len(judged) == IN_A_ROW and len(directions) == 1 else 0


def dispersion(counts: Ints) -> float:
    """Return the variance between days of the same weekday, relative to the square of their mean, beyond Poisson's.

    Estimated by moments from the ratios to the medians of the weekdays, without the most extreme days, and from the
    median absolute deviation; the larger counts.
    """
    weekday = np.arange(len(counts)) % WEEK
    expected = np.array([np.median(counts[weekday == day]) for day in weekday])
    usable = expected >= FEWEST
    if not usable.any():
        return LEAST_DISPERSION
    ratios = np.sort(counts[usable] / expected[usable])
    trimmed = ratios[int(TRIMMED * len(ratios)) : len(ratios) - int(TRIMMED * len(ratios))]
    robust = OF_MAD * float(np.median(np.abs(ratios - np.median(ratios))))
    of_poisson = float(np.mean(1 / expected[usable]))
    return max(float(np.var(trimmed)) - of_poisson, robust**2 - of_poisson, LEAST_DISPERSION)


def _range(expected: float, beyond_poisson: float) -> tuple[int, int]:
    size = 1 / beyond_poisson
    low, high = _quantiles(np.array([TAIL, 1 - TAIL]), size, size / (size + expected))
    return int(low), int(high)


def _quantiles(levels: Floats, size: float, share: float) -> Floats:
    """Return, for each level, the smallest number whose cumulative negative binomial probability reaches it."""
    above = np.ceil(special.nbdtrik(levels, size, share))
    below = np.maximum(above - 1, 0)
    return np.asarray(np.where(special.betainc(size, below + 1, share) >= levels, below, above))
