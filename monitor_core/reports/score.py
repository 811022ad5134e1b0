"""A score with its interval or its bounds, as pages and commands show it."""

import math
from dataclasses import dataclass

from monitor_core.contract import wording
from monitor_core.scores.shares import FEWEST

WIDE = 0.10  # half-width; a score known no better is shown as uncertain
UNKNOWABLE = "cannot be known from yes/no reviews"


@dataclass(frozen=True)
class Score:
    """A score with its 95% interval, or, where samples were rejected, its bounds without a value; NaN if undefined."""

    value: float
    low: float
    high: float
    samples: int  # rows it rests on

    @property
    def uncertain(self) -> bool:
        """Return whether the interval reaches more than 10 percentage points to each end, or is undefined."""
        return not (self.high - self.low) / 2 <= WIDE

    @property
    def is_shown(self) -> bool:
        return self.samples >= FEWEST and not math.isnan(self.value)

    @property
    def has_bounds(self) -> bool:
        return self.samples >= FEWEST and math.isnan(self.value) and not math.isnan(self.low)

    def bounds_in_words(self, scale: wording.Scale = wording.SHARES) -> str:
        """Return the bounds, such as "83.0–91.0%"; if they are equal, a single number."""
        return wording.between(self.low, self.high, scale)


def bounds_because(rejected: int) -> str:
    """Say why there are bounds and no value.

    >>> bounds_because(12)
    'bounds, 12 samples rejected'
    """
    return f"bounds, {wording.count(rejected, 'sample')} rejected"


def null(value: float) -> float | None:
    """Return a number for JSON: undefined is null."""
    return None if math.isnan(value) else float(value)
