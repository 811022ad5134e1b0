"""DriftTest: the verdict of a rule on a day, and what the decisions of all rules have in common.

A p-value or evidence says that a change is not due to chance, a floor in percentage points that it is large enough to
matter. Rules need both, since either alone mostly reflects the sample size, whether 20 or 5,000 rows a day. A day is
judged from the counts up to that day alone, and no state is kept: a restart, a catch-up or another batching changes
nothing. benchmarks/DRIFT.md has the rates of false alarms and the delays of detection.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.calendar import Period
from monitor_core.drift.reference import LEAST_AGE, LEAST_DAYS, LEAST_ROWS, Baseline, Reference, counted_days

Verdict = Literal["stable", "drifted", "not enough data", "learning"]

PRESETS = {"quiet": 365, "balanced": 200, "sensitive": 100}  # days to a false alarm of a model that is well, at least


@dataclass(frozen=True, slots=True)
class DriftTest:
    """The verdict of one rule on one day; fields are None if there was nothing to measure."""

    day: date
    verdict: Verdict
    statistic: float  # the evidence of accuracy, chi-square by its dispersion of a mix, the gap of confidence
    p_value: float | None  # None for accuracy: it has evidence
    threshold: float  # what the evidence must reach, or p_value fall below
    effect: float | None  # points: fall of accuracy, or of the recall that falls; total variation; gap
    floor: float  # points that the effect must reach
    since: date  # first day judged: accuracy about where the fall begins, else the window's
    # In the reference: share right; share of the category that moved most; share of the confidences below `below`, or
    # else the mean confidence.
    before: float | None
    now: float | None  # the same from `since` to `day`
    low: float | None  # the 95% interval of `now`
    high: float | None
    falls: int | None  # accuracy: index of the class whose recall the effect, before, now and sizes are of
    # Index of the class whose recall, or of the category whose share, moved significantly, and most.
    moved: int | None
    moved_by: float | None  # points
    reference_size: int  # rows
    current_size: int
    rejected: int = 0  # accuracy: rows of the window whose true class is not known
    chance: float | None = None  # points of a mix or gap that chance makes as rarely as the threshold says
    # Points that a mix is from where the movement within its reference leads, where this explains what has moved.
    going_on: float | None = None
    below: float | None = None  # confidence: where the gap is, if there is drift
    left_out: int = 0  # days of the window that do not count
    # Accuracy estimated from the confidence: before and now as if all predictions had been reviewed. They
    # and not the figures above, which are those of the reviews alone, are what the effect compares.
    tested_before: float | None = None
    tested_now: float | None = None
    missing: float = 0.0  # share of the week's predictions that no review of like confidence stands for, from 10% on
    scenes: int = 0  # of the samples of `now`, where they and not the samples are tested
    readiness: int = 0  # more than 0: dated by prediction, and so many last days are left out
    risen_on: date | None = None  # last day on which accuracy had risen without a deployment, in the half year before
    unsure_before: float | None = None  # share right among the fifth of lowest confidence; of the test for a rise
    unsure_now: float | None = None
    unsure_size: int = 0  # samples of `unsure_now`
    before_low: float | None = None  # the 95% interval of `before`, of accuracy
    before_high: float | None = None

    @property
    def last(self) -> date:
        """The last day of what is judged."""
        return self.day - timedelta(self.readiness)


def ready(baseline: Baseline) -> NDArray[np.bool_]:
    """Return which days have a sufficient reference, shape (days,)."""
    days = (baseline.days[:, 0] >= LEAST_DAYS) & (baseline.age[:, 0] >= LEAST_AGE)
    return np.asarray(days & (baseline.n[:, 0] >= LEAST_ROWS))


def verdicts(learned: NDArray[np.bool_], enough: NDArray[np.bool_], fires: NDArray[np.bool_]) -> list[Verdict]:
    """Return each day's verdict: `learned` and `enough` say whether its reference and its data suffice."""
    out = np.full(len(learned), "stable", object)
    out[fires] = "drifted"
    out[~enough] = "not enough data"
    out[~learned] = "learning"
    return list(out)


def with_days_left_out(tests: list[DriftTest], reference: Reference) -> list[DriftTest]:
    """Return the tests with the number of days of each one's window that do not count in it."""
    if reference.weekends and not reference.excluded:
        return tests
    counted = [(~counted_days(Period(test.since, test.last).days, reference)).sum() for test in tests]
    return [replace(test, left_out=int(left_out)) for test, left_out in zip(tests, counted, strict=True)]


def or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def days_between_false_alarms(preset: str) -> int:
    """Return the mean number of days between false alarms under a preset; raise ValueError for another name."""
    if preset not in PRESETS:
        raise ValueError(f"a preset is one of {', '.join(PRESETS)}, not {preset!r}")
    return PRESETS[preset]
