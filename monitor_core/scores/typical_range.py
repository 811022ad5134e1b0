"""The range of values that periods of some length usually have, judged by earlier periods of that length."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from monitor_core.scores.shares import Floats

MOST_ALIKE = 0.9  # correlation of consecutive periods
ROUNDING = 1e-9  # of values that are all the same; noise of rounding would correlate


@dataclass(frozen=True, slots=True)
class EarlierPeriods:
    """Earlier periods of one length, in order, each of which begins a day after the one before it."""

    values: Floats  # (periods,)
    samples: Floats  # (periods,) that the values rest on; not used without `variance`
    length: int  # days
    # The variance of a value that rests on a single sample; NaN if that is no matter of sampling, as of a count.
    variance: float = float("nan")

    def independent(self, values: Floats, beyond_sampling: float = 1.0) -> float:
        """Return how many independent periods say as much of these values.

        Periods overlap, and values that wander slowly are like those before them: of a first-order autoregressive
        series with correlation r, n values say as much of the mean as n (1 - r) / (1 + r) independent ones. The
        estimate of r is too low by (1 + 4r) / n (Marriott & Pope 1954), and sampling hides it: of the part of the
        variance that is `beyond_sampling`, from 0 to 1, r is as much higher.
        """
        apart = (len(values) + self.length - 1) / self.length
        first, second = values[: -self.length], values[self.length :]
        if len(first) < 2 or any(each.std() <= ROUNDING * max(1.0, abs(each.mean())) for each in (first, second)):
            return apart
        alike = float(np.corrcoef(first, second)[0, 1])
        alike = min(max(alike + (1 + 4 * alike) / len(first), 0.0), MOST_ALIKE)
        wandering = min(alike / max(beyond_sampling, alike), MOST_ALIKE) if alike else 0.0
        serial = max((1 + alike) / (1 - alike), 1 + 2 * beyond_sampling * wandering / (1 - wandering))
        return max(apart / serial, min(apart, 2.0))


def typical_range(earlier: EarlierPeriods, samples: int) -> tuple[float, float] | None:
    """Return the 95% prediction interval of the value of a further period that rests on so many samples.

    Values differ by sampling and from period to period; the second part is what the variance of the earlier values
    leaves of the first, so that a period of few samples has a wider range. Counts and durations vary by factors, so
    their range is computed from their logarithms. None with fewer than two periods.

    >>> typical_range(EarlierPeriods(np.full(60, 0.9), np.full(60, 100.0), 1, 0.09), 100)
    (0.83..., 0.96...)
    """
    if len(earlier.values) + earlier.length - 1 < 2 * earlier.length:
        return None
    by_sampling = np.isfinite(earlier.variance)
    values = earlier.values if by_sampling else np.log1p(np.maximum(earlier.values, 0))
    centre = float(values.mean())
    squares = float(((values - centre) ** 2).mean())
    sampled = float((earlier.variance / np.maximum(earlier.samples, 1)).mean()) if by_sampling else 0.0
    count = earlier.independent(values, max(1 - sampled / squares, 0.0) if squares else 0.0)
    spread = squares * count / (count - 1)
    own = earlier.variance / max(samples, 1) if by_sampling else 0.0
    variance = own + max(spread - sampled, 0.0) + max(spread, sampled) / count
    half = float(special.stdtrit(count - 1, 0.975)) * float(np.sqrt(variance))
    if not by_sampling:
        return max(float(np.expm1(centre - half)), 0.0), float(np.expm1(centre + half))
    half += 0.5 / max(samples, 1)  # a share moves in steps of one sample
    return centre - half, centre + half
