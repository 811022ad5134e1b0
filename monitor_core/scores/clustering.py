"""Clusters of errors: whether errors come together in time, as those of near-duplicates do."""

from dataclasses import dataclass

import numpy as np

from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.design import DayGroups
from monitor_core.scores.shares import ratio_or_zero

LEAST_ERRORS = 20  # with fewer, hours say nothing
LEAST_FACTOR = 1.5  # times the variance of independent samples; less makes no interval much too narrow
LEAST_Z = 3.5  # standard errors; chance alone exceeds them in about 1 of 1000 looks, as few errors vary by jumps


@dataclass(frozen=True)
class ErrorClusters:
    """The variance of the errors of a day's hours, compared with that of independent samples."""

    factor: float  # of the variance, within days
    z: float  # standard errors by which it exceeds 1
    samples: int
    errors: int

    @property
    def matters(self) -> bool:
        return self.errors >= LEAST_ERRORS and self.factor >= LEAST_FACTOR and self.z >= LEAST_Z


def error_clusters(hourly: ConfusionCounts) -> ErrorClusters | None:
    """Compare the hours of each day with the day's own share of errors; None if no day has errors in several hours.

    `hourly` has an hour in place of a day, named by its beginning. What differs from day to day has no part in it. The
    variance of a sum of squares of binomial deviations is from their fourth moment.
    """
    tallies = hourly.daily()
    samples = tallies.reviewed
    errors = samples - tallies.hits.sum(axis=-1)
    dates = np.array([hour.toordinal() for hour in hourly.days], np.int64)
    hours = DayGroups(np.unique(dates, return_inverse=True)[1])
    of_day = hours.sums(samples)
    share = ratio_or_zero(hours.sums(errors), of_day)[hours.of_day]
    part = ratio_or_zero(samples, of_day[hours.of_day])
    several = (part > 0) & (part < 1)
    whole = of_day[hours.of_day][several]
    share, samples_of, errors_of, part = share[several], samples[several], errors[several], part[several]
    expected = share * (1 - share) * whole / (whole - 1) * samples_of
    if not expected.sum():
        return None
    squares = (errors_of - share * samples_of) ** 2 / (1 - part)
    variance = 2 * expected**2 + expected * (1 - 6 * share * (1 - share))
    z = (squares.sum() - expected.sum()) / np.sqrt(max(float(variance.sum()), 1e-12))
    return ErrorClusters(float(squares.sum() / expected.sum()), float(z), int(samples.sum()), int(errors.sum()))
