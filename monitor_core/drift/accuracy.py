"""The test for falling accuracy: one DriftTest a day, by the evidence of the e-detector."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.calendar import Period
from monitor_core.drift.e_detector import FIXED_MARGINS, MARGINS, Evidence, gather_evidence
from monitor_core.drift.newcomers import are_new
from monitor_core.drift.reference import (
    LEAST_DAYS,
    WEEK,
    Baseline,
    Reference,
    Spans,
    baseline_of,
    counted_days,
    reference_spans,
    with_likely_rates,
)
from monitor_core.drift.risen import last_risen
from monitor_core.drift.selection import as_all_predictions
from monitor_core.drift.series import Reviews
from monitor_core.drift.standing_out import LEVEL, falls_more
from monitor_core.drift.verdicts import DriftTest, Verdict, days_between_false_alarms, or_none, ready, verdicts
from monitor_core.drift.windows import last_days, reference_intervals, sums_of_last
from monitor_core.scores.design import share_interval
from monitor_core.scores.differences import holm
from monitor_core.scores.shares import Floats, ratio

OVERALL_FLOOR, CLASS_FLOOR = 0.02, 0.05  # a smaller fall does not fire
READINESS = 14  # last prediction days that are left out where the order of review makes review days differ
SORTED = 5.0  # times the over-dispersion of prediction days: that of review days, where the queue is sorted


def accuracy_falling(
    reviews: Reviews, reference: Reference, preset: str = "balanced", restarts: Collection[date] = ()
) -> list[DriftTest]:
    """Judge for every day whether the error rate has risen above that of its reference.

    Drifted if the evidence (see e_detector.py) reaches the preset's mean number of days between false alarms, and if
    the overall accuracy has fallen by 2 percentage points or the recall of a class by 5, measured from the start of the
    fall or over the last week, whichever is shorter. Evidence is reset to zero on the days of `restarts`, such as an
    acknowledged alarm or a changed reference.

    Where the confidence of all predictions is known, the reviews are made to stand for them (see selection.py).
    Where reviewers work through a sorted queue, the days are those of the predictions, up to READINESS days ago.
    """
    if reference.kind == "training":
        raise ValueError("the training set's counts are no reference for accuracy")
    threshold = days_between_false_alarms(preset)
    again = np.isin(np.array(reviews.days, "datetime64[D]"), np.array([*restarts], "datetime64[D]"))
    rows = reviewed_rows(reviews, reference)
    tests = _accuracy_tests(reviews.days, rows, again, threshold)
    risen_on = last_risen(reviews, reference, threshold, restarts)
    tests = [replace(test, risen_on=day) for test, day in zip(tests, risen_on, strict=True)]
    if reviews.by_prediction is None or _same_days(reviews, reviews.by_prediction):
        return tests
    later = _later(reviews.by_prediction, reference)
    is_sorted = _is_sorted(rows, later)
    if not is_sorted.any():
        return tests
    by_prediction = _accuracy_tests(reviews.days, later, again, threshold)
    return [b if chosen else a for a, b, chosen in zip(tests, by_prediction, is_sorted, strict=True)]


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples and errors by day, overall and then by class, and their references; shape (days, 1 + labels)."""

    n: Floats
    errors: Floats
    baseline: Baseline
    tested_n: Floats  # the same, of all predictions, by their confidence
    tested_errors: Floats
    tested: Baseline
    missing: Floats  # (days,)
    dates: tuple[date, ...]  # of the samples
    reference: Reference
    spans: Spans  # of the reference
    readiness: int = 0  # days by which the samples are older than their day
    are_scenes: bool = False  # what is tested: not samples

    @property
    def tests_another_rate(self) -> bool:
        return self.tested_n is not self.n

    def within(self, day: int, length: int) -> tuple[Floats, Floats]:
        """Return rows and errors of the days up to `day`, shape (1 + labels,) each."""
        days = slice(max(day + 1 - length, 0), day + 1)
        return self.n[days].sum(axis=0), self.errors[days].sum(axis=0)


def reviewed_rows(reviews: Reviews, reference: Reference) -> Rows:
    """Return what the rule tests, by review date."""
    rows = _rows(reviews, reference)
    if reviews.scenes is not None and reviews.scene_errors is not None:
        return _without_new_classes(_by_scene(rows, reviews.scenes, reviews.scene_errors))
    if reviews.selection is None:
        return _without_new_classes(rows)
    spans = reference_spans(reviews.days, reference, rows.n[:, 0] > 0)
    counts = as_all_predictions(reviews, reviews.selection, spans, counted_days(reviews.days, reference))
    tested = replace(baseline_of(counts.n, counts.errors[..., None], spans), hits=counts.before[..., None])
    of_all = replace(rows, tested_n=counts.n, tested_errors=counts.errors, tested=tested, missing=counts.missing)
    return _without_new_classes(of_all)


def _without_new_classes(rows: Rows) -> Rows:
    """Return the rows with no reference of classes that are new: it would be their own first weeks, however bad."""
    new = are_new(rows.n[:, 1:], rows.n[:, 0])
    if not new.any():
        return rows
    has_none = np.column_stack([np.zeros(len(new), bool), new])
    baseline, tested = (
        replace(of, n=np.where(has_none, 0, of.n), hits=np.where(has_none[..., None], 0, of.hits))
        for of in (rows.baseline, rows.tested)
    )
    return replace(rows, baseline=baseline, tested=baseline if rows.tested is rows.baseline else tested)


def _by_scene(rows: Rows, scenes: Floats, errors: Floats) -> Rows:
    """Return the rows with the scene as the unit that is tested: near-duplicates of an image are wrong together."""
    counted = counted_days(rows.dates, rows.reference)[:, None]
    n, wrong = scenes * counted, errors * counted
    tested = baseline_of(n, wrong[..., None], reference_spans(rows.dates, rows.reference, n[:, 0] > 0))
    return replace(rows, tested_n=n, tested_errors=wrong, tested=tested, are_scenes=True)


def _rows(reviews: Reviews, reference: Reference) -> Rows:
    counted = counted_days(reviews.days, reference)[:, None]
    n = np.column_stack([reviews.n, reviews.support]) * counted.astype(float)
    errors = np.column_stack([reviews.errors, reviews.misses]) * counted.astype(float)
    return _with_baseline(n, errors, reviews.days, reference)


def _with_baseline(n: Floats, errors: Floats, days: tuple[date, ...], reference: Reference) -> Rows:
    spans = reference_spans(days, reference, n[:, 0] > 0)
    baseline = baseline_of(n, errors[..., None], spans)
    return Rows(n, errors, baseline, n, errors, baseline, np.zeros(len(n)), days, reference, spans)


def _later(reviews: Reviews, reference: Reference) -> Rows:
    """Return the samples by prediction date as rows of READINESS days later, when most of them are reviewed."""
    rows, late = _rows(reviews, reference), timedelta(READINESS)
    n, errors = (np.concatenate([np.zeros((READINESS, v.shape[1])), v])[: len(v)] for v in (rows.n, rows.errors))
    alerted = tuple(Period(alert.first - late, alert.last - late) for alert in reference.alerted)
    dates = tuple(day - late for day in reviews.days)
    later = _with_baseline(n, errors, dates, replace(reference, alerted=alerted))
    return _without_new_classes(replace(later, readiness=READINESS))


def _is_sorted(rows: Rows, later: Rows) -> NDArray[np.bool_]:
    """Return on which days reviews come in an order: their days differ by far more than those of the predictions.

    What differs is the error rate where the queue is sorted by confidence, and the mix of targets if by class.
    """
    by_review, by_prediction = (np.stack([_dispersion(r.baseline), _dispersion(_mix(r))]) for r in (rows, later))
    both = ready(rows.baseline) & ready(later.baseline)
    return np.asarray(both & (by_review >= SORTED * by_prediction).any(axis=0))


def _same_days(reviews: Reviews, by_prediction: Reviews) -> bool:
    return np.array_equal(reviews.support, by_prediction.support) and np.array_equal(reviews.n, by_prediction.n)


def _mix(rows: Rows) -> Baseline:
    support = rows.n[:, 1:]
    n = support.sum(axis=1, keepdims=True)
    return baseline_of(n, support[:, None], reference_spans(rows.dates, rows.reference, n[:, 0] > 0))


def _dispersion(baseline: Baseline) -> Floats:
    return baseline.dispersion(baseline.cluster_size)[:, 0]


def _accuracy_tests(days: tuple[date, ...], rows: Rows, again: NDArray[np.bool_], threshold: float) -> list[DriftTest]:
    margins = MARGINS if rows.reference.last is None else FIXED_MARGINS
    judged = ready(rows.baseline) & (rows.tested.days[:, 0] >= LEAST_DAYS)
    evidence = gather_evidence(
        rows.tested_n, rows.tested_errors, with_likely_rates(rows.tested), ~judged | again, threshold, margins
    )
    total = np.where(judged, evidence.total, 0.0)
    length = np.clip(np.rint(evidence.age), 1, WEEK).astype(np.int64)
    large = _large_falls(rows, evidence, length)
    has_reviews = sums_of_last(rows.n[:, :1], np.full((len(days), 1), WEEK))[:, 0] > 0
    outcomes = verdicts(judged, has_reviews, (total >= threshold) & large.any(axis=1))
    whole_week = _Named(group=0, length=WEEK, moved=None)
    drifted = np.flatnonzero([outcome == "drifted" for outcome in outcomes])
    of_classes = dict(zip(drifted.tolist(), _falls_more(rows, drifted, length[drifted, 0]), strict=True))
    named = [
        _groups_named(rows, i, length[i], large[i], of_classes[i]) if i in of_classes else whole_week
        for i in range(len(days))
    ]
    figures = _Figures.of(rows, named)
    return [
        _accuracy_test(day, i, outcomes[i], named[i], rows, figures, float(total[i]), float(threshold))
        for i, day in enumerate(days)
    ]


@dataclass(frozen=True, slots=True)
class _Named:
    """What a day's figures are of."""

    group: int  # 0: all classes; else one more than the index of a class
    length: int  # days up to this one
    moved: int | None  # the index of the class that stands out, if any


@dataclass(frozen=True, slots=True)
class _Figures:
    """The figures of what is named on each day, over the whole window, so that they equal those of its report."""

    n: Floats  # (days,)
    rejected: Floats  # (days,)
    tested_n: Floats  # (days,)
    before: Floats  # (days,) share right
    now: Floats  # (days,)
    interval: Floats  # (days, 2)
    interval_before: Floats  # (days, 2)
    tested_before: Floats  # (days,) of all predictions
    tested_now: Floats  # (days,)

    @classmethod
    def of(cls, rows: Rows, named: list[_Named]) -> "_Figures":
        """Compute the figures of all days together."""
        length, group = np.array([(of.length, of.group) for of in named], np.int64).reshape(-1, 2).T
        n, errors, tested_n, tested_errors = (
            last_days(values, length, group) for values in (rows.n, rows.errors, rows.tested_n, rows.tested_errors)
        )
        rejected = last_days(rows.n[:, :1] - rows.n[:, 1:].sum(axis=1, keepdims=True), length, np.zeros_like(group))
        before, tested = (
            1 - ratio(of.hits[np.arange(len(group)), group, 0], of.n[np.arange(len(group)), group])
            for of in (rows.baseline, rows.tested)
        )
        wrong = ratio(tested_errors.sum(axis=0), tested_n.sum(axis=0))
        return cls(
            n.sum(axis=0),
            rejected.sum(axis=0),
            tested_n.sum(axis=0),
            before,
            1 - ratio(errors.sum(axis=0), n.sum(axis=0)),
            share_interval(n - errors, n),
            reference_intervals(rows.n, rows.errors, rows.spans, group),
            tested,
            1 - np.clip(wrong, 0, 1),
        )


def _accuracy_test(
    day: date,
    i: int,
    verdict: Verdict,
    named: _Named,
    rows: Rows,
    figures: _Figures,
    total: float,
    threshold: float,
) -> DriftTest:
    tested_before, tested_now = figures.tested_before[i], figures.tested_now[i]
    return DriftTest(
        day=day,
        verdict=verdict,
        statistic=total,
        p_value=None,
        threshold=threshold,
        effect=or_none(100 * (tested_before - tested_now)),
        floor=100 * (CLASS_FLOOR if named.group else OVERALL_FLOOR),
        since=day - timedelta(int(named.length) - 1 + rows.readiness),
        before=or_none(figures.before[i]),
        now=or_none(figures.now[i]),
        low=or_none(figures.interval[i, 0]),
        high=or_none(figures.interval[i, 1]),
        falls=named.group - 1 if named.group else None,
        moved=named.moved,
        moved_by=None if named.moved is None else _moved_by(rows, i, named),
        reference_size=round(rows.baseline.n[i, named.group]),
        current_size=round(figures.n[i]),
        rejected=round(figures.rejected[i]),
        tested_before=or_none(tested_before) if rows.tests_another_rate else None,
        tested_now=or_none(tested_now) if rows.tests_another_rate else None,
        missing=float(rows.missing[i]),
        scenes=round(figures.tested_n[i]) if rows.are_scenes else 0,
        readiness=rows.readiness,
        before_low=or_none(figures.interval_before[i, 0]),
        before_high=or_none(figures.interval_before[i, 1]),
    )


def _moved_by(rows: Rows, day: int, named: _Named) -> float:
    """Return the points by which the recall of the class that stands out has changed."""
    n, errors = rows.within(day, named.length)
    change = ratio(rows.baseline.hits[day, :, 0], rows.baseline.n[day]) - ratio(errors, n)
    return 100 * float(change[int(named.moved or 0) + 1])


def _sums(values: Floats, days: NDArray[np.int64], lengths: NDArray[np.int64]) -> Floats:
    """Return the sum of so many days up to each of some days, shape (days, groups)."""
    running = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return np.asarray(running[days + 1] - running[np.maximum(days + 1 - lengths, 0)])


def _large_falls(rows: Rows, evidence: Evidence, length: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which groups have both evidence and a fall of at least their floor, shape (days, groups).

    The fall is measured since it began, but at most over a week.
    """
    carries = evidence.by_group >= evidence.total[:, None] / 10
    errors, n = sums_of_last(rows.tested_errors, length), sums_of_last(rows.tested_n, length)
    rises = ratio(errors, n) - ratio(rows.tested.hits[..., 0], rows.tested.n)
    floors = np.where(np.arange(n.shape[1]) == 0, OVERALL_FLOOR, CLASS_FLOOR)
    return np.asarray(carries & (np.nan_to_num(rises, nan=-np.inf) >= floors))


def _groups_named(
    rows: Rows, day: int, length: NDArray[np.int64], large: NDArray[np.bool_], p_values: Floats
) -> _Named:
    """Return what the figures of a day with a fall are of, and the class that has fallen more than the others, if any.

    `p_values`: of "this class has fallen no more than the others", over the days since all of them began to fall.
    If not all classes together have fallen, they are of the class that has most evidently fallen more than the others;
    if there is none, of all.
    """
    labels = rows.n.shape[1] - 1
    if large[0]:
        p = holm(p_values)
        n, errors = rows.within(day, int(length[0]))
        fall = ratio(errors, n)[1:] - ratio(rows.baseline.hits[day, :, 0], rows.baseline.n[day])[1:]
        stands_out = p < LEVEL
        moved = int(np.argmax(np.where(stands_out, fall, -np.inf))) if stands_out.any() else None
        return _Named(0, int(length[0]), moved)
    labels_with = np.flatnonzero(large[1:])
    of_class = _falls_more(rows, np.full(len(labels_with), day), length[labels_with + 1])
    p = np.nan_to_num(of_class[np.arange(len(labels_with)), labels_with] * labels, nan=np.inf)
    label = int(labels_with[np.argmin(p)])
    return _Named(label + 1, int(length[label + 1]), label) if p.min() < LEVEL else _Named(0, int(length[0]), None)


def _falls_more(rows: Rows, days: NDArray[np.int64], length: NDArray[np.int64]) -> Floats:
    """Return the p-values of the classes on some days, over so many days up to each; shape (days, labels)."""
    n, errors = (_sums(v, days, length) for v in (rows.n, rows.errors))
    baseline = rows.baseline.on(days)
    dispersion = baseline.dispersion(n / length[:, None])
    before = np.nan_to_num(ratio(baseline.hits[..., 0], baseline.n))
    return falls_more(n[:, 1:], errors[:, 1:], before[:, 1:], baseline.n[:, 1:], dispersion[:, 1:])
