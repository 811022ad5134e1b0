"""The test for falling accuracy: one DriftTest a day, by the evidence of the e-detector."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.e_detector import FIXED_MARGINS, MARGINS, Evidence, gather_evidence
from monitor_core.drift.reference import WEEK, Baseline, Reference, baseline_of, counted_days, reference_spans
from monitor_core.drift.series import Reviews
from monitor_core.drift.standing_out import LEVEL, falls_more
from monitor_core.drift.verdicts import DriftTest, Verdict, days_between_false_alarms, or_none, ready, verdicts
from monitor_core.scores.differences import holm
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
    margins = MARGINS if reference.last is None else FIXED_MARGINS
    evidence = gather_evidence(n, errors, baseline, ~ready(baseline) | again, threshold, margins)
    return _accuracy_tests(reviews.days, _Counted(n, errors), baseline, evidence, threshold)


def _groups(reviews: Reviews, counted: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return rows and errors of the days that count, shape (days, 1 + labels): overall, then by class."""
    n = np.column_stack([reviews.n, reviews.support]).astype(float)
    errors = np.column_stack([reviews.errors, reviews.misses]).astype(float)
    return n * counted[:, None], errors * counted[:, None]


@dataclass(frozen=True, slots=True)
class _Counted:
    """The rows and errors of the days that count, shape (days, 1 + labels): overall, then by class."""

    n: Floats
    errors: Floats

    def within(self, day: int, length: int) -> tuple[Floats, Floats]:
        """Return rows and errors of the days up to `day`, shape (1 + labels,) each."""
        days = slice(max(day + 1 - length, 0), day + 1)
        return self.n[days].sum(axis=0), self.errors[days].sum(axis=0)


def _accuracy_tests(
    days: tuple[date, ...], counted: _Counted, baseline: Baseline, evidence: Evidence, threshold: float
) -> list[DriftTest]:
    judged = ready(baseline)
    total = np.where(judged, evidence.total, 0.0)
    length = np.clip(np.rint(evidence.age), 1, WEEK).astype(np.int64)
    large = _large_falls(counted, baseline, evidence, length)
    has_reviews = _last(counted.n[:, :1], np.full((len(days), 1), WEEK))[:, 0] > 0
    outcomes = verdicts(judged, has_reviews, (total >= threshold) & large.any(axis=1))
    whole_week = _Named(group=0, length=WEEK, moved=None)
    named = [
        _groups_named(counted, baseline, i, length[i], large[i]) if outcome == "drifted" else whole_week
        for i, outcome in enumerate(outcomes)
    ]
    return [
        _accuracy_test(day, i, outcomes[i], named[i], (counted, baseline), float(total[i]), float(threshold))
        for i, day in enumerate(days)
    ]


@dataclass(frozen=True, slots=True)
class _Named:
    """What a day's figures are of."""

    group: int  # 0: all classes; else one more than the index of a class
    length: int  # days up to this one
    moved: int | None  # the index of the class that stands out, if any


def _accuracy_test(
    day: date,
    i: int,
    verdict: Verdict,
    named: _Named,
    counts: tuple[_Counted, Baseline],
    total: float,
    threshold: float,
) -> DriftTest:
    """Return the test with the figures of the whole window that is named, so that they equal those of its report."""
    counted, baseline = counts
    n, errors = counted.within(i, named.length)
    now, before = 1 - ratio(errors, n), 1 - ratio(baseline.hits[i, :, 0], baseline.n[i])
    interval, points = wilson(n - errors, n), 100 * (before - now)
    return DriftTest(
        day=day,
        verdict=verdict,
        statistic=total,
        p_value=None,
        threshold=threshold,
        effect=or_none(points[named.group]),
        floor=100 * (CLASS_FLOOR if named.group else OVERALL_FLOOR),
        since=day - timedelta(named.length - 1),
        before=or_none(before[named.group]),
        now=or_none(now[named.group]),
        low=or_none(interval[named.group, 0]),
        high=or_none(interval[named.group, 1]),
        falls=named.group - 1 if named.group else None,
        moved=named.moved,
        moved_by=None if named.moved is None else -float(points[named.moved + 1]),
        reference_size=round(baseline.n[i, named.group]),
        current_size=round(n[named.group]),
        rejected=round(n[0] - n[1:].sum()),
    )


def _last(values: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Return the sum of each day and those before it, as many days as `lengths` says; shape of `lengths`."""
    running = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    starts = np.maximum(np.arange(1, len(running))[:, None] - lengths, 0)
    return np.asarray(running[1:] - np.take_along_axis(running, starts, axis=0))


def _large_falls(
    counted: _Counted, baseline: Baseline, evidence: Evidence, length: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which groups have both evidence and a fall of at least their floor, shape (days, groups).

    The fall is measured since it began, but at most over a week.
    """
    carries = evidence.by_group >= evidence.total[:, None] / 10
    rises = ratio(_last(counted.errors, length), _last(counted.n, length)) - ratio(baseline.hits[..., 0], baseline.n)
    floors = np.where(np.arange(counted.n.shape[1]) == 0, OVERALL_FLOOR, CLASS_FLOOR)
    return np.asarray(carries & (np.nan_to_num(rises, nan=-np.inf) >= floors))


def _groups_named(
    counted: _Counted, baseline: Baseline, day: int, length: NDArray[np.int64], large: NDArray[np.bool_]
) -> _Named:
    """Return what the figures of a day with a fall are of, and the class that has fallen more than the others, if any.

    If not all classes together have fallen, they are of the class that has most evidently fallen more than the others;
    if there is none, of all.
    """
    labels = counted.n.shape[1] - 1
    if large[0]:
        p = holm(_falls_more(counted, baseline, day, int(length[0])))
        n, errors = counted.within(day, int(length[0]))
        fall = ratio(errors, n)[1:] - ratio(baseline.hits[day, :, 0], baseline.n[day])[1:]
        stands_out = p < LEVEL
        moved = int(np.argmax(np.where(stands_out, fall, -np.inf))) if stands_out.any() else None
        return _Named(0, int(length[0]), moved)
    of_class = {
        label: _falls_more(counted, baseline, day, int(length[label + 1]))[label] * labels
        for label in np.flatnonzero(large[1:]).tolist()
    }
    label, least = min(of_class.items(), key=lambda entry: np.nan_to_num(entry[1], nan=np.inf))
    return _Named(label + 1, int(length[label + 1]), label) if least < LEVEL else _Named(0, int(length[0]), None)


def _falls_more(counted: _Counted, baseline: Baseline, day: int, length: int) -> Floats:
    n, errors = counted.within(day, length)
    dispersion = baseline.repeated(day, 1).dispersion(n[None] / length)[0]
    before = np.nan_to_num(ratio(baseline.hits[day, :, 0], baseline.n[day]))
    return falls_more(n[1:], errors[1:], before[1:], baseline.n[day, 1:], dispersion[1:])


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
