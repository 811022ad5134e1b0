"""The test for falling accuracy: one DriftTest a day, by the evidence of the e-detector."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.e_detector import Evidence, gather_evidence
from monitor_core.drift.reference import WEEK, Baseline, Reference, baseline_of, counted_days, reference_spans
from monitor_core.drift.series import Reviews
from monitor_core.drift.verdicts import DriftTest, days_between_false_alarms, or_none, ready, verdicts
from monitor_core.scores.shares import Floats, ratio, wilson

OVERALL_FLOOR, CLASS_FLOOR = 0.02, 0.05  # a smaller fall does not fire
VOLUME_DAYS = 28  # whose mean is "today's volume"
WELL_DAYS, MOST_DAYS = 60, 365  # days that days_to_prove runs the detector through: without a fall, and with it


def accuracy_falling(
    reviews: Reviews, reference: Reference, preset: str = "balanced", restarts: Collection[date] = ()
) -> list[DriftTest]:
    """Judge for every day whether the error rate has risen above that of its reference.

    Drifted if the evidence (see e_detector.py) reaches the preset's mean number of days between false alarms, and if
    the overall accuracy has fallen by 2 percentage points or the recall of a class by 5, measured from the start of the
    fall or over the last week, whichever is shorter. Evidence is reset to zero on the days of `restarts`, such as an
    acknowledged alarm or a changed reference.
    """
    if reference.kind == "training":
        raise ValueError("the training set's counts are no reference for accuracy")
    threshold = days_between_false_alarms(preset)
    n, errors = _groups(reviews, counted_days(reviews.days, reference))
    baseline = baseline_of(n, errors[..., None], reference_spans(reviews.days, reference))
    again = np.isin(np.array(reviews.days, "datetime64[D]"), np.array([*restarts], "datetime64[D]"))
    evidence = gather_evidence(n, errors, baseline, ~ready(baseline) | again, threshold)
    return _accuracy_tests(reviews.days, _fall(n, errors, baseline, evidence), baseline, evidence, threshold)


def _groups(reviews: Reviews, counted: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return rows and errors of the days that count, shape (days, 1 + labels): overall, then by class."""
    n = np.column_stack([reviews.n, reviews.support]).astype(float)
    errors = np.column_stack([reviews.errors, reviews.misses]).astype(float)
    return n * counted[:, None], errors * counted[:, None]


@dataclass(frozen=True, slots=True)
class _Fall:
    """The change from the reference since the fall began, but at most over a week; shape (days, groups)."""

    length: NDArray[np.int64]  # days
    n: Floats
    now: Floats  # share right or recall; NaN without rows, as all below
    before: Floats
    points: Floats
    interval: Floats  # (days, groups, 2) of `now`
    week: Floats  # (days,) rows of the last week


def _fall(n: Floats, errors: Floats, baseline: Baseline, evidence: Evidence) -> _Fall:
    length = np.clip(np.rint(evidence.age), 1, WEEK).astype(np.int64)
    rows, wrong = _last(n, length), _last(errors, length)
    now, before = 1 - ratio(wrong, rows), 1 - ratio(baseline.hits[..., 0], baseline.n)
    week = _last(n[:, :1], np.full((len(n), 1), WEEK))[:, 0]
    return _Fall(length, rows, now, before, 100 * (before - now), wilson(rows - wrong, rows), week)


def _last(values: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Return the sum of each day and those before it, as many days as `lengths` says; shape of `lengths`."""
    running = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    starts = np.maximum(np.arange(1, len(running))[:, None] - lengths, 0)
    return np.asarray(running[1:] - np.take_along_axis(running, starts, axis=0))


def _accuracy_tests(
    days: tuple[date, ...], fall: _Fall, baseline: Baseline, evidence: Evidence, threshold: float
) -> list[DriftTest]:
    judged = ready(baseline)
    total = np.where(judged, evidence.total, 0.0)
    floors = 100 * np.where(np.arange(fall.n.shape[1]) == 0, OVERALL_FLOOR, CLASS_FLOOR)
    large = _large_falls(fall, evidence, floors)
    groups, moved = _groups_named(fall, evidence, large)
    outcomes = verdicts(judged, fall.week > 0, (total >= threshold) & large.any(axis=1))
    return [
        DriftTest(
            day=day,
            verdict=outcomes[i],
            statistic=float(total[i]),
            p_value=None,
            threshold=float(threshold),
            effect=or_none(fall.points[i, group]),
            floor=float(floors[group]),
            since=day - timedelta(int(fall.length[i, group]) - 1),
            before=or_none(fall.before[i, group]),
            now=or_none(fall.now[i, group]),
            low=or_none(fall.interval[i, group, 0]),
            high=or_none(fall.interval[i, group, 1]),
            falls=group - 1 if group else None,
            moved=moved[i],
            moved_by=_moved_by(fall, i, moved[i]),
            reference_size=round(baseline.n[i, group]),
            current_size=round(fall.n[i, group]),
        )
        for i, (day, group) in enumerate(zip(days, groups.tolist(), strict=True))
    ]


def _moved_by(fall: _Fall, day: int, label: int | None) -> float | None:
    return None if label is None else -float(fall.points[day, label + 1])


def _large_falls(fall: _Fall, evidence: Evidence, floors: Floats) -> NDArray[np.bool_]:
    """Return which groups have both evidence and a fall of at least their floor, shape (days, groups)."""
    carries = evidence.by_group >= evidence.total[:, None] / 10
    return np.asarray(carries & (np.nan_to_num(fall.points, nan=-np.inf) >= floors))


def _groups_named(
    fall: _Fall, evidence: Evidence, large: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], list[int | None]]:
    """Return the group that each day's figures describe, 0 being all classes, and the class that fell most, if any."""
    points = np.nan_to_num(fall.points, nan=-np.inf)
    overall = large[:, 0] | ~large.any(axis=1)
    groups = np.where(overall, 0, np.argmax(np.where(large, points, -np.inf), axis=1))
    moved = np.where(groups > 0, groups - 1, _class_that_fell(evidence.by_group[:, 1:], points[:, 1:]))
    fell = (moved >= 0) & np.isfinite(points[np.arange(len(points)), moved + 1])
    return groups, [index if measured else None for index, measured in zip(moved.tolist(), fell, strict=True)]


def _class_that_fell(evidence: Floats, points: Floats) -> NDArray[np.int64]:
    """Return the index of the class that fell most on each day, shape (days,); -1 without classes.

    Only the classes with nearly the highest evidence are compared, because the evidence is capped.
    """
    if not evidence.shape[1]:
        return np.full(len(evidence), -1)
    most = evidence >= evidence.max(axis=1, keepdims=True) / 10
    return np.asarray(np.argmax(np.where(most, points, -np.inf), axis=1))


def days_to_prove(drop: float, reviews: Reviews, reference: Reference, preset: str = "balanced") -> int | None:
    """Estimate how many days it takes to detect a fall of accuracy by `drop`, at the volume of the last weeks.

    The detector is run on expected counts: two months without a change, then a fall of `drop` in every class. None if
    the detection takes more than a year, `drop` is below the floor, or the last day has no reference yet.
    """
    n, errors = _groups(reviews, counted_days(reviews.days, reference))
    baseline = baseline_of(n, errors[..., None], reference_spans(reviews.days, reference))
    if not len(n) or not ready(baseline)[-1] or drop < 100 * OVERALL_FLOOR:
        return None
    days = WELL_DAYS + MOST_DAYS
    expected = np.tile(n[-VOLUME_DAYS:].mean(axis=0), (days, 1))
    rate = np.tile(np.nan_to_num(ratio(baseline.hits[-1, :, 0], baseline.n[-1])), (days, 1))
    rate[WELL_DAYS:] = np.minimum(rate[WELL_DAYS:] + drop / 100, 1)
    threshold = days_between_false_alarms(preset)
    evidence = gather_evidence(expected, expected * rate, baseline.repeated(-1, days), np.zeros(days, bool), threshold)
    reached = np.flatnonzero(evidence.total[WELL_DAYS:] >= threshold)
    return int(reached[0]) + 1 if len(reached) else None
