"""Calibration: whether a confidence of 80% is right in 80% of the cases. Reliability curve, gap and error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from scipy import special

from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import BIN_MIDDLES, NO_CONFIDENCE, RIGHT, is_right
from monitor_core.scores.design import DayGroups, share_interval, widening_of_share
from monitor_core.scores.differences import holm
from monitor_core.scores.shares import FEWEST, Floats, ratio, wilson

Bins = Literal["equal width", "equal count"]
Verdict = Literal[
    "not enough data", "overconfident", "underconfident", "miscalibrated", "within noise", "well calibrated"
]
BINS: tuple[Bins, ...] = get_args(Bins)
DRAWN = 10  # bins of the reliability curve, and of the calibration error
WELL = 0.05  # calibration error that has to be distinguishable from chance before a model is called well calibrated
LEVEL = 0.05  # of the statement that any class is over- or underconfident
DRAWS = 600  # of the calibration error's interval
SEED = 20260101  # the same counts give the same interval
LEAST_ROWS = 100  # with fewer, a perfectly calibrated model shows an error of 7 percentage points and more


@dataclass(frozen=True)
class CalibrationError:
    """Expected calibration error, in [0, 1]; NaN with fewer than LEAST_ROWS rows."""

    value: float  # without the part that chance alone adds
    low: float  # 95%
    high: float
    measured: float  # with that part
    calibrated: float  # what is measured of a perfectly calibrated model on as many rows, on average
    calibrated_high: float  # and what it exceeds in 5% of the cases

    @property
    def distinct(self) -> bool:
        """Return whether the error is larger than a calibrated model would show by chance."""
        return self.measured > self.calibrated_high

    @property
    def shows_small_ones(self) -> bool:
        """Return whether there are enough rows to see an error of WELL: chance alone shows less."""
        return self.calibrated_high <= WELL


@dataclass(frozen=True, slots=True)
class Curve:
    """The reliability curve; arrays have shape (bins,) unless stated otherwise."""

    begins: Floats  # confidences
    ends: Floats
    confidence: Floats  # mean; NaN without samples, as below
    share: Floats  # right
    interval: Floats  # (bins, 2)
    samples: Ints


@dataclass(frozen=True, slots=True)
class ClassCalibration:
    """Calibration by predicted class; arrays have shape (labels,) unless stated otherwise."""

    samples: Ints
    missing: Ints  # without a usable confidence
    accuracy: Floats  # NaN without samples, as below
    confidence: Floats
    gap: Floats
    interval: Floats  # (labels, 2) of the gap
    independent: Floats  # samples that would say as much, if those of a day had nothing in common

    @property
    def verdicts(self) -> list[Verdict]:
        """Return a verdict for each class, by Holm's correction: chance alone makes any of them in 5% of the cases."""
        right = self.accuracy * self.independent
        p = np.where(self.samples >= FEWEST, by_chance(right, self.independent, self.confidence), np.nan)
        return [_verdict_of_class(gap, judged) for gap, judged in zip(self.gap.tolist(), holm(p).tolist(), strict=True)]


def by_outcome(days: Sequence[Ints]) -> Ints:
    """Count the reviewed rows of the days' `confidence` by outcome and bin, shape (2, bins)."""
    counts = np.zeros(2 * CONFIDENCE_BINS)
    for rows in days:
        usable = rows[rows[:, 2] != NO_CONFIDENCE]
        counts += np.bincount(is_right(usable) * CONFIDENCE_BINS + usable[:, 2], usable[:, 3], 2 * CONFIDENCE_BINS)
    return counts.astype(np.int64).reshape(2, CONFIDENCE_BINS)


def mean_confidence(outcomes: Ints) -> float:
    """Return the mean confidence, given counts by outcome and bin, shape (outcomes, bins)."""
    return float(ratio((outcomes * BIN_MIDDLES).sum(), np.array(int(outcomes.sum()))))


def bin_edges(rows: Ints, bins: Bins) -> Ints:
    """Return the edges of the curve's bins, as indices of the contract's bins from 0 to their number.

    Bins of equal count are approximate, because a bin of the contract is never split.
    """
    if bins == "equal width" or not rows.sum():
        return np.arange(DRAWN + 1) * (CONFIDENCE_BINS // DRAWN)
    ends = np.arange(1, DRAWN) * rows.sum() / DRAWN
    return np.unique([0, *(np.searchsorted(np.cumsum(rows), ends) + 1), CONFIDENCE_BINS])


def curve(outcomes: Ints, edges: Ints) -> Curve:
    """Return the reliability curve, given counts of shape (outcomes, bins): one point for each pair of edges."""
    right, rows, confidence = _binned(outcomes[RIGHT], outcomes.sum(axis=0), edges)
    begins, ends = edges[:-1] / CONFIDENCE_BINS, edges[1:] / CONFIDENCE_BINS
    return Curve(
        begins, ends, ratio(confidence, rows), ratio(right, rows), wilson(right, rows), rows.astype(np.int64)
    )  # fmt: skip


def _binned(right: Any, rows: Any, edges: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the right rows, all rows and the sum of their confidences in each bin of the last axis."""
    values = (right, rows, rows * BIN_MIDDLES)
    first, second, third = (np.add.reduceat(value, edges[:-1], axis=-1, dtype=float) for value in values)
    return first, second, third


def expected_error(right: Any, rows: Any, edges: Ints) -> Floats:
    """Return the expected calibration error, given counts by the contract's bins along the last axis."""
    in_bin, _, confidence = _binned(right, rows, edges)
    return np.asarray(np.abs(in_bin - confidence).sum(axis=-1) / rows.sum(axis=-1))


def calibration_error(outcomes: Ints, edges: Ints) -> CalibrationError:
    """Estimate the calibration error of Naeini, Cooper & Hauskrecht (2015), with its interval.

    The error is never negative, so chance alone raises it: to about 5 percentage points for a calibrated model with
    200 rows. The error of a calibrated model is therefore simulated too, each row being right with the probability of
    its own confidence (Bröcker & Smith 2007). What chance adds is estimated by a multinomial bootstrap, whose draws
    exceed the error as the error exceeds the true one. The draws exceed the true one by twice as much if the model is
    nearly calibrated, and by less the worse it is: the interval covers both. Its lower end is 0 if a calibrated model
    shows as much in 1 of 40 cases.
    """
    total = int(outcomes.sum())
    if total < LEAST_ROWS:
        return CalibrationError(*[np.nan] * 6)
    rng, rows = np.random.default_rng(SEED), outcomes.sum(axis=0)
    measured = float(expected_error(outcomes[RIGHT], rows, edges))
    drawn = rng.multinomial(total, outcomes.ravel() / total, size=DRAWS).reshape(DRAWS, 2, CONFIDENCE_BINS)
    again = expected_error(drawn[:, RIGHT], drawn.sum(axis=1), edges)
    calibrated = expected_error(rng.binomial(rows, BIN_MIDDLES, size=(DRAWS, CONFIDENCE_BINS)), rows, edges)
    by_chance, hardly_by_chance = np.quantile(calibrated, [0.95, 0.975]).tolist()
    added = float(again.mean()) - measured
    moved = np.quantile(again, [0.025, 0.975]) - added * np.array([[1], [2]])
    value, low, high = np.clip([measured - added, moved[:, 0].min(), moved[:, 1].max()], 0, 1).tolist()
    low = min(low, value) if measured > hardly_by_chance else 0.0
    return CalibrationError(value, low, max(high, value), measured, float(calibrated.mean()), by_chance)


def calibration_by_class(days: Sequence[Ints], labels: Ints) -> ClassCalibration:
    """Sum the reviewed rows of the days' `confidence` by predicted class."""
    rows_of, right_of, sums_of, missing_of = np.zeros((4, len(days), len(labels)))
    for n, of_day in enumerate(days):
        usable, without = (of_day[has] for has in (of_day[:, 2] != NO_CONFIDENCE, of_day[:, 2] == NO_CONFIDENCE))
        at = np.searchsorted(labels, usable[:, 0])
        rows_of[n] = np.bincount(at, usable[:, 3], len(labels))
        right_of[n] = np.bincount(at, usable[:, 3] * is_right(usable), len(labels))
        sums_of[n] = np.bincount(at, usable[:, 3] * BIN_MIDDLES[usable[:, 2]], len(labels))
        missing_of[n] = np.bincount(np.searchsorted(labels, without[:, 0]), without[:, 3], len(labels))
    rows, right, sums, missing = (table.sum(axis=0) for table in (rows_of, right_of, sums_of, missing_of))
    accuracy, confidence, interval = ratio(right, rows), ratio(sums, rows), share_interval(right_of, rows_of)
    gap, ends = confidence - accuracy, confidence[:, None] - interval[:, ::-1]
    whole = DayGroups.whole(len(days))
    independent = rows / widening_of_share(right_of, rows_of, whole).samples_divisor[0] if days else rows
    counts = rows.astype(np.int64), missing.astype(np.int64)
    return ClassCalibration(*counts, accuracy, confidence, gap, ends, independent)


def by_chance(right: Floats, samples: Any, confidence: Floats) -> Floats:
    """Return the two-sided p-value of so many right ones if each is right with the mean confidence.

    It is binomial: right ones of differing confidences vary less, so that the p-value is never too small for these. The
    numbers may be effective ones, not whole.
    """
    wrong = np.maximum(samples - right, 0)
    most = np.where(wrong > 0, special.betainc(np.maximum(wrong, 1e-9), right + 1, 1 - confidence), 1.0)
    least = np.where(right > 0, special.betainc(np.maximum(right, 1e-9), wrong + 1, confidence), 1.0)
    return np.asarray(np.minimum(2 * np.minimum(most, least), 1))


def _verdict_of_class(gap: float, p: float) -> Verdict:
    if np.isnan(p):
        return "not enough data"
    return "within noise" if p >= LEVEL else "overconfident" if gap > 0 else "underconfident"


def verdict(low: float, high: float, samples: float, error: CalibrationError) -> Verdict:
    """Return the verdict, given the interval of mean confidence minus accuracy.

    Confidence may be too high here and too low there, so that the gap is small and the model miscalibrated. It is well
    calibrated only if neither shows, and if there are enough samples to see an error of WELL.
    """
    if samples < FEWEST:
        return "not enough data"
    if low > 0 or high < 0:
        return "overconfident" if low > 0 else "underconfident"
    if error.distinct:
        return "miscalibrated"
    return "well calibrated" if error.shows_small_ones else "within noise"
