"""The tests for a changed mix of categories and a changed distribution of confidence: one DriftTest a day."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.distances import chi_square, kolmogorov_smirnov, shares, total_variation
from monitor_core.drift.reference import (
    WEEK,
    Baseline,
    Counts,
    Reference,
    Spans,
    baseline_of,
    cluster_sizes,
    counted_days,
    reference_spans,
)
from monitor_core.drift.series import DailyCounts
from monitor_core.drift.verdicts import PRESETS, DriftTest, Verdict, days_between_false_alarms, or_none, ready, verdicts
from monitor_core.scores.shares import Floats, Z, ratio, wilson

P_VALUE = 0.001  # of the balanced preset; the others scale it as they scale the days: .00055, .002
MIX_FLOOR = 0.05  # a smaller effect does not fire
GAP_FLOORS = {1: 0.10, 3: 0.07, WEEK: 0.05}  # of confidence, by the days of the window; the longest last
LEAST_CURRENT = 20  # rows in a window


def mix_moved(
    series: DailyCounts, reference: Reference, preset: str = "balanced", training: Counts | None = None
) -> list[DriftTest]:
    """Judge for every day whether the mix of categories of that day, or of its last week, differs from its reference.

    Drifted if chi-square, divided by the reference's day-to-day over-dispersion, has a small p-value and the total
    variation is at least 5 percentage points. `training`, shape (categories,), is needed for a reference of that kind.
    """
    if (training is None) == (reference.kind == "training"):
        raise ValueError(f"a reference of kind {reference.kind!r} does not go with the training counts {training}")
    rows = _counted(series, reference)
    baseline = baseline_of(rows.sum(axis=1)[:, None], rows[:, None], reference_spans(series.days, reference))
    before, dispersion = baseline.hits[:, 0], baseline.dispersion(baseline.cluster_size)[:, 0]
    if training is not None:  # one cluster that says nothing of days
        before, dispersion = np.broadcast_to(np.asarray(training, float), rows.shape), np.ones(len(rows))
    windows = [_mix(_window(rows, baseline, before, dispersion, days)) for days in (1, WEEK)]
    return _two_sample_tests(series, baseline, windows, preset)


def confidence_moved(series: DailyCounts, reference: Reference, preset: str = "balanced") -> list[DriftTest]:
    """Judge for every day whether the confidence of its last 1, 3 or 7 days differs from its reference.

    Drifted if the Kolmogorov-Smirnov test on the bins, corrected for the day-to-day over-dispersion of the reference's
    cumulative shares, has a small p-value and the gap is at least 10 percentage points over 1 day, 7 over 3 days or 5
    over the week. At 20 rows a day, with fewer at weekends, one day alone shows little, and most days of a week lie
    before the change.
    """
    if reference.kind == "training":
        raise ValueError("the training set's counts are no reference for confidence")
    rows, spans = _counted(series, reference), reference_spans(series.days, reference)
    baseline = baseline_of(rows.sum(axis=1)[:, None], np.cumsum(rows, axis=1)[:, None], spans)
    before, dispersion = spans.sum(rows), baseline.dispersion(baseline.cluster_size)[:, 0]
    windows = [_confidence(_window(rows, baseline, before, dispersion, days)) for days in GAP_FLOORS]
    return _two_sample_tests(series, baseline, windows, preset)


def _counted(series: DailyCounts, reference: Reference) -> Floats:
    return np.asarray(series.counts * counted_days(series.days, reference)[:, None], float)


@dataclass(frozen=True, slots=True)
class _Window:
    """The sums of a window that ends on each day, and the reference of that day."""

    length: int  # days
    before: Floats  # (days, categories)
    current: Floats
    dispersion: Floats  # (days,) by how much the variance of the difference of their shares exceeds a binomial's


def _window(rows: Floats, baseline: Baseline, before: Floats, dispersion: Floats, length: int) -> _Window:
    """Sum the window of each day; `dispersion` is that of the reference's own shares."""
    ends = np.arange(1, len(rows) + 1)
    spans = Spans(np.maximum(ends - length, 0), ends)
    current = spans.sum(rows)
    own = baseline.dispersion(cluster_sizes(rows.sum(axis=1)[:, None], spans))[:, 0]
    n, m = np.maximum(current.sum(axis=1), 1), np.maximum(before.sum(axis=1), 1)
    return _Window(length, before, current, (own / n + dispersion / m) / (1 / n + 1 / m))


@dataclass(frozen=True, slots=True)
class _Compared:
    window: _Window
    statistic: Floats  # (days,), as all below unless said
    p_value: Floats
    points: Floats
    floor: float
    before: Floats
    now: Floats
    interval: Floats  # (days, 2) of `now`
    moved: NDArray[np.int64] | None  # index of a category

    def fires(self, p_value: float) -> NDArray[np.bool_]:
        enough = self.window.current.sum(axis=1) >= LEAST_CURRENT
        return np.asarray(enough & (self.p_value < p_value) & (np.nan_to_num(self.points) >= 100 * self.floor))


def _mix(window: _Window) -> _Compared:
    statistic, p_value = chi_square(window.before, window.current, window.dispersion)
    before, now = shares(window.before), shares(window.current)
    if not now.shape[1]:  # no class has ever been seen
        empty = np.full(len(now), np.nan)
        return _Compared(window, statistic, p_value, empty, MIX_FLOOR, empty, empty, np.stack([empty] * 2, 1), None)
    days, moved = np.arange(len(now)), np.argmax(np.nan_to_num(np.abs(now - before)), axis=1)
    variation = 100 * total_variation(before, now)
    interval = wilson(window.current[days, moved], window.current.sum(axis=1))
    of_moved = (before[days, moved], now[days, moved], interval, moved)
    return _Compared(window, statistic, p_value, variation, MIX_FLOOR, *of_moved)


def _confidence(window: _Window) -> _Compared:
    gap, p_value = kolmogorov_smirnov(window.before, window.current, window.dispersion)
    before, now = _means(window.before), _means(window.current)
    gap = np.where(np.isnan(before + now), np.nan, gap)
    of_mean = (before, now, _mean_interval(window.current, now), None)
    return _Compared(window, gap, p_value, 100 * gap, GAP_FLOORS[window.length], *of_mean)


def _middles(rows: Floats) -> Floats:
    return np.asarray((np.arange(rows.shape[1]) + 0.5) / rows.shape[1])


def _means(rows: Floats) -> Floats:
    return np.asarray((shares(rows) * _middles(rows)).sum(axis=1))  # not @: it rounds by shape


def _mean_interval(rows: Floats, means: Floats) -> Floats:
    """Return the interval of the mean of binned values in [0, 1], by its standard error, shape (days, 2)."""
    variance = (shares(rows) * (_middles(rows) - means[:, None]) ** 2).sum(axis=1)
    half = Z * np.sqrt(ratio(variance, rows.sum(axis=1)))
    return np.clip(np.stack([means - half, means + half], axis=1), 0, 1)


def _two_sample_tests(
    series: DailyCounts, baseline: Baseline, windows: list[_Compared], preset: str
) -> list[DriftTest]:
    threshold = P_VALUE * PRESETS["balanced"] / days_between_false_alarms(preset)
    fires = np.array([window.fires(threshold) for window in windows])  # (windows, days)
    least = np.where(fires, [window.p_value for window in windows], np.inf)
    chosen = len(windows) - 1 - np.argmin(least[::-1], axis=0)  # of equals the longest, also where none fires
    sizes = [
        (round(windows[at].window.before[i].sum()), round(windows[at].window.current[i].sum()))
        for i, at in enumerate(chosen)
    ]
    references, currents = np.array(sizes).reshape(-1, 2).T
    enough = currents >= LEAST_CURRENT
    outcomes = verdicts(ready(baseline) & (references >= LEAST_CURRENT), enough, np.asarray(fires.any(axis=0)))
    return [
        _two_sample_test(windows[chosen[i]], i, day, outcomes[i], threshold, *sizes[i])
        for i, day in enumerate(series.days)
    ]


def _two_sample_test(
    compared: _Compared, i: int, day: date, verdict: Verdict, threshold: float, reference_size: int, current_size: int
) -> DriftTest:
    before, now = or_none(compared.before[i]), or_none(compared.now[i])
    measured = compared.moved is not None and before is not None and now is not None
    return DriftTest(
        day=day,
        verdict=verdict,
        statistic=float(np.nan_to_num(compared.statistic[i])),
        p_value=float(compared.p_value[i]),
        threshold=threshold,
        effect=or_none(compared.points[i]),
        floor=100 * compared.floor,
        since=day - timedelta(compared.window.length - 1),
        before=before,
        now=now,
        low=or_none(compared.interval[i, 0]),
        high=or_none(compared.interval[i, 1]),
        falls=None,
        moved=int(compared.moved[i]) if measured and compared.moved is not None else None,
        moved_by=100 * (now - before) if measured and now is not None and before is not None else None,
        reference_size=reference_size,
        current_size=current_size,
    )
