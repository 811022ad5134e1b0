"""The test for an unexplained rise of accuracy, the mirror image of the e-detector.

A rise without a deployment is either good news or a sign that reviews only confirm predictions. The error rate of all
samples and that of the fifth of lowest confidence are watched, where confirmations without a look show first.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.e_detector import IMPROVEMENTS, Evidence, accumulate, ratios_of_improvement
from monitor_core.drift.reference import (
    FARTHEST,
    WEEK,
    Baseline,
    Reference,
    Spans,
    baseline_of,
    counted_days,
    reference_spans,
)
from monitor_core.drift.selection import strata_of
from monitor_core.drift.series import Reviews
from monitor_core.drift.verdicts import DriftTest, days_between_false_alarms, or_none, ready, verdicts
from monitor_core.drift.windows import last_days, reference_intervals
from monitor_core.scores.design import share_interval
from monitor_core.scores.shares import Floats, ratio

UNSURE_STRATA = 3  # the fifth of lowest confidence
RISE_FLOOR = 0.02  # a smaller rise does not fire


def accuracy_risen(
    reviews: Reviews, reference: Reference, preset: str = "balanced", restarts: Collection[date] = ()
) -> list[DriftTest]:
    """Judge for every day whether the error rate has fallen below that of its reference without a deployment.

    Drifted if the evidence reaches the preset's mean number of days between false alarms, and accuracy has risen by 2
    percentage points since the rise began or over the last week, whichever is shorter. `restarts`, such as a
    retraining, explain a rise: the reference then begins again there.
    """
    if reference.kind == "training":
        raise ValueError("the training set's counts are no reference for accuracy")
    threshold = days_between_false_alarms(preset)
    return _tests(reviews.days, _rise(reviews, reference, threshold, restarts), threshold)


def last_risen(
    reviews: Reviews, reference: Reference, threshold: float, restarts: Collection[date]
) -> list[date | None]:
    """Return for each day the last one, at most FARTHEST days before, on which accuracy had risen."""
    rise = _rise(reviews, reference, threshold, restarts)
    at = np.arange(len(reviews.days))
    last = np.maximum.accumulate(np.where(rise.fires(threshold), at, -1)) if len(at) else at
    recent = (last >= 0) & (at - last <= FARTHEST)
    return [reviews.days[day] if there else None for day, there in zip(last.tolist(), recent, strict=True)]


@dataclass(frozen=True, slots=True)
class _Rise:
    """Samples, errors, reference and evidence, shape (days, groups): overall, and those of lowest confidence."""

    n: Floats
    errors: Floats
    baseline: Baseline
    evidence: Evidence
    lengths: NDArray[np.int64]  # (days,) of what is judged
    spans: Spans  # of the reference

    @property
    def before(self) -> Floats:
        """Return the share right in the reference."""
        return 1 - ratio(self.baseline.hits[..., 0], self.baseline.n)

    @property
    def intervals(self) -> Floats:
        """Return the interval of the share right of all samples of the days judged, shape (days, 2), as in a report."""
        overall = np.zeros_like(self.lengths)
        n, errors = (last_days(values, self.lengths, overall) for values in (self.n, self.errors))
        return share_interval(n - errors, n)

    @property
    def intervals_before(self) -> Floats:
        """Return the interval of the share right in the reference of each day, shape (days, 2)."""
        return reference_intervals(self.n, self.errors, self.spans, np.zeros_like(self.lengths))

    def current(self, values: Floats) -> Floats:
        """Return the sum of the values over the days judged."""
        ends = np.arange(1, len(values) + 1)
        return Spans(np.maximum(ends - self.lengths, 0), ends).sum(values)

    def fires(self, threshold: float) -> NDArray[np.bool_]:
        now = 1 - ratio(self.current(self.errors), self.current(self.n))
        is_large = np.nan_to_num(now - self.before, nan=-1.0)[:, 0] >= RISE_FLOOR
        return np.asarray(ready(self.baseline) & is_large & (self.evidence.total >= threshold))


def _rise(reviews: Reviews, reference: Reference, threshold: float, restarts: Collection[date]) -> _Rise:
    counted = counted_days(reviews.days, reference)
    spans = _since_restarts(reviews.days, reference_spans(reviews.days, reference, reviews.n * counted > 0), restarts)
    n, errors = (np.column_stack(v) * counted[:, None].astype(float) for v in _unsure(reviews, spans, counted))
    baseline = baseline_of(n, errors[..., None], spans)
    groups = n.shape[1]
    weight = np.full((len(n), groups), 1 / groups / len(IMPROVEMENTS))
    ratios = ratios_of_improvement(n, errors, baseline)
    evidence = accumulate(ratios, weight, ~ready(baseline), threshold)
    lengths = np.clip(np.rint(evidence.age[:, 0]), 1, WEEK).astype(np.int64)
    return _Rise(n, errors, baseline, evidence, lengths, spans)


def _unsure(reviews: Reviews, spans: Spans, counted: NDArray[np.bool_]) -> list[list[Floats]]:
    """Return samples and errors of all, and of the fifth of lowest confidence where confidence is known."""
    if reviews.selection is None:
        return [[reviews.n], [reviews.errors]]
    strata = strata_of(spans.sum(reviews.selection.predictions * counted[:, None]))
    day, _, wrong, at, count = reviews.selection.samples.T
    lowest = (strata[day.astype(np.int64), at.astype(np.int64)] < UNSURE_STRATA) * count
    size = len(reviews.days)
    unsure, mistaken = (np.bincount(day.astype(np.int64), values, size) for values in (lowest, lowest * wrong))
    return [[reviews.n, unsure], [reviews.errors, mistaken]]


def _since_restarts(days: tuple[date, ...], spans: Spans, restarts: Collection[date]) -> Spans:
    """Return the ranges without the days before the last restart."""
    again = np.isin(np.array(days, "datetime64[D]"), np.array([*restarts], "datetime64[D]"))
    last = np.maximum.accumulate(np.where(again, np.arange(len(days)), 0)) if len(days) else np.zeros(0, np.int64)
    starts = np.maximum(spans.starts, last)
    return replace(spans, starts=np.minimum(starts, spans.ends))


def _tests(days: tuple[date, ...], rise: _Rise, threshold: float) -> list[DriftTest]:
    judged, fires = ready(rise.baseline), rise.fires(threshold)
    n, errors, before = rise.current(rise.n), rise.current(rise.errors), rise.before
    now, interval, interval_before = 1 - ratio(errors, n), rise.intervals, rise.intervals_before
    total = np.where(judged, rise.evidence.total, 0.0)
    outcomes = verdicts(judged, n[:, 0] > 0, fires)
    has_unsure = n.shape[1] > 1
    return [
        DriftTest(
            day=day,
            verdict=outcomes[i],
            statistic=float(total[i]),
            p_value=None,
            threshold=float(threshold),
            effect=or_none(100 * (now[i, 0] - before[i, 0])),
            floor=100 * RISE_FLOOR,
            since=day - timedelta(int(rise.lengths[i]) - 1),
            before=or_none(before[i, 0]),
            now=or_none(now[i, 0]),
            low=or_none(interval[i, 0]),
            high=or_none(interval[i, 1]),
            falls=None,
            moved=None,
            moved_by=None,
            reference_size=round(rise.baseline.n[i, 0]),
            current_size=round(n[i, 0]),
            unsure_before=or_none(before[i, 1]) if has_unsure else None,
            unsure_now=or_none(now[i, 1]) if has_unsure else None,
            unsure_size=round(n[i, 1]) if has_unsure else 0,
            before_low=or_none(interval_before[i, 0]),
            before_high=or_none(interval_before[i, 1]),
        )
        for i, day in enumerate(days)
    ]
