"""The time to detect a fall of accuracy at today's volume: the detector of falling accuracy, run on expected counts."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.accuracy import CLASS_FLOOR, OVERALL_FLOOR, reviewed_rows
from monitor_core.drift.e_detector import Evidence, gather_evidence, likelihood_ratios, weights_of_alternatives
from monitor_core.drift.reference import Baseline, Reference, with_likely_rates
from monitor_core.drift.series import Reviews
from monitor_core.drift.verdicts import days_between_false_alarms, ready
from monitor_core.scores.shares import Floats, Z, ratio

VOLUME_DAYS = 28  # whose mean is "today's volume"
WELL_DAYS, MOST_DAYS = 60, 365  # days that the detector runs through: without a fall, and with it
MOST_VOLUME, CLOSE_VOLUME = 64.0, 1.02  # times today's volume that is tried, and how exactly it is found
MOST_EVIDENCE = 1e9  # of a class, so that no number is too large


def can_forecast(reviews: Reviews, reference: Reference) -> bool:
    """Return whether the last day has a reference."""
    return _expected(reviews, reference) is not None


def days_to_prove(drop: float, reviews: Reviews, reference: Reference, preset: str = "balanced") -> int | None:
    """Estimate how many days it takes to detect a fall of accuracy by `drop`, at the volume of the last weeks.

    The detector is run on expected counts: two months without a change, then a fall of `drop` in every class. None if
    the detection takes more than a year, `drop` is below the floor, or the last day has no reference yet.
    """
    expected = _expected(reviews, reference)
    if expected is None or drop < 100 * OVERALL_FLOOR:
        return None
    threshold = days_between_false_alarms(preset)
    reached = np.flatnonzero(expected.evidence(drop, threshold).total[WELL_DAYS:] >= threshold)
    return int(reached[0]) + 1 if len(reached) else None


def days_to_prove_by_class(
    drop: float, reviews: Reviews, reference: Reference, preset: str = "balanced"
) -> list[int | None]:
    """Estimate for each class how many days it takes to detect that it alone falls by `drop`, in the labels' order.

    None if it takes more than a year, if `drop` is below the floor, or if the class or the last day has no reference.
    """
    expected, labels = _expected(reviews, reference), reviews.support.shape[1]
    if expected is None or drop < 100 * CLASS_FLOOR:
        return [None] * labels
    days = expected.days_by_group(drop, days_between_false_alarms(preset))[1:]
    return [day if day <= MOST_DAYS else None for day in days.tolist()]


def reviews_to_prove(
    drop: float, within_days: int, reviews: Reviews, reference: Reference, preset: str = "balanced"
) -> float | None:
    """Estimate how many reviews a day it takes to detect a fall of accuracy by `drop` within so many days.

    It is the inverse of `days_to_prove`, as if the reference had had as many reviews a day, too. None if MOST_VOLUME
    times as many as today do not suffice, `drop` is below the floor, or the last day has no reference yet.
    """
    expected = _expected(reviews, reference)
    if expected is None or drop < 100 * OVERALL_FLOOR or not expected.n[0]:
        return None
    threshold = days_between_false_alarms(preset)

    def suffices(factor: float) -> bool:
        total = expected.times(factor).evidence(drop, threshold, within_days).total
        return bool((total[WELL_DAYS:] >= threshold).any())

    low, high = 1 / MOST_VOLUME, MOST_VOLUME
    if not suffices(high):
        return None
    while high / low > CLOSE_VOLUME:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return float(expected.n[0] * high)


def reviews_for_interval(points: float, days: int, reviews: Reviews, reference: Reference) -> float | None:
    """Estimate how many reviews a day give an accuracy over so many days a 95% interval of about ± `points`.

    Days that differ more than chance add a variance that no number of reviews removes: None if it is too large, or if
    the last day has no reference yet.
    """
    expected = _expected(reviews, reference)
    if expected is None:
        return None
    rate, of = float(expected.rate[0]), expected.baseline
    alike = float(of.rho[-1, 0] * (1 + of.lag[-1, 0]) / (1 - of.lag[-1, 0]))
    room = days * (points / 100 / Z) ** 2 / max(rate * (1 - rate), 1e-9) - alike
    return (1 - alike) / room if room > 0 else None


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a day is expected to hold, and the reference of all days."""

    n: Floats  # (1 + labels,) rows
    rate: Floats  # (1 + labels,) of errors
    baseline: Baseline

    def times(self, factor: float) -> "_Expected":
        """Return what would be expected with so many times the reviews, in the reference as well."""
        of = self.baseline
        scaled = replace(of, n=of.n * factor, hits=of.hits * factor, cluster_size=of.cluster_size * factor)
        return _Expected(self.n * factor, self.rate, scaled)

    def evidence(self, drop: float, threshold: float, worse_days: int = MOST_DAYS) -> Evidence:
        """Run the detector through WELL_DAYS without a change, and so many with error rates raised by `drop`."""
        days = WELL_DAYS + worse_days
        n, rate = np.tile(self.n, (days, 1)), np.tile(self.rate, (days, 1))
        rate[WELL_DAYS:] = np.minimum(rate[WELL_DAYS:] + drop / 100, 1)
        return gather_evidence(n, n * rate, self.baseline.repeated(-1, days), np.zeros(days, bool), threshold)

    def days_by_group(self, drop: float, threshold: float) -> NDArray[np.int64]:
        """Return after how many days the evidence of each group alone reaches the threshold, shape (1 + labels,)."""
        baseline = self.baseline.repeated(-1, 1)
        well, worse = (
            likelihood_ratios(self.n[None], self.n[None] * np.minimum(rate, 1), baseline)[0]
            for rate in (self.rate, self.rate + drop / 100)
        )
        weight, m = weights_of_alternatives(baseline)[0], np.zeros(well.shape)
        for _ in range(WELL_DAYS):
            m = (m + 1) * well
        days = np.full(len(self.n), MOST_DAYS + 1)
        for day in range(1, MOST_DAYS + 1):
            m = np.minimum((m + 1) * worse, MOST_EVIDENCE)
            days = np.where((weight * m.sum(axis=1) >= threshold) & (days > MOST_DAYS), day, days)
        return days


def _expected(reviews: Reviews, reference: Reference) -> _Expected | None:
    if not reviews.days:
        return None
    rows = reviewed_rows(reviews, reference)
    if not ready(rows.baseline)[-1]:
        return None
    rate = np.nan_to_num(ratio(rows.tested.hits[-1, :, 0], rows.tested.n[-1]))
    return _Expected(rows.tested_n[-VOLUME_DAYS:].mean(axis=0), rate, with_likely_rates(rows.tested))
