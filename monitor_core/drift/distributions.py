"""The tests for a changed mix of categories and a changed distribution of confidence: one DriftTest a day."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.distances import (
    chi_square,
    gap_by_chance,
    kolmogorov_smirnov,
    shares,
    total_variation,
    variation_by_chance,
)
from monitor_core.drift.ranks import Ranks, ranks_of
from monitor_core.drift.reference import (
    WEEK,
    Counts,
    Reference,
    Spans,
    baseline_of,
    counted_days,
    reference_spans,
)
from monitor_core.drift.series import DailyCounts
from monitor_core.drift.standing_out import moved_most
from monitor_core.drift.tails import (
    allowing_for_estimates,
    allowing_for_outliers,
    of_normal,
)
from monitor_core.drift.trends import carried_on
from monitor_core.drift.verdicts import PRESETS, DriftTest, Verdict, days_between_false_alarms, or_none, ready, verdicts
from monitor_core.drift.windows import ComparedDays, ComparedWindow, SingleDays
from monitor_core.scores.shares import Floats, Z, ratio

P_VALUE = 0.001  # of the balanced preset; the others scale it as they scale the days: .00055, .002
MIX_FLOOR = 0.05  # a smaller effect does not fire
GAP_FLOORS = {1: 0.10, 3: 0.07, WEEK: 0.05}  # of confidence, by the days of the window; the longest last
SHARE_OF_GAP = 0.25  # of the p-value, which the tests of the gap and of ranks share, because either may decide
LEAST_CURRENT = 20  # rows in a window
MOST_LEFT = 0.8  # of what has moved: that which a movement within the reference leaves, if it explains it


def mix_moved(
    series: DailyCounts, reference: Reference, preset: str = "balanced", training: Counts | None = None
) -> list[DriftTest]:
    """Judge for every day whether the mix of categories of that day, or of its last week, differs from its reference.

    Drifted if chi-square, divided by the reference's day-to-day over-dispersion, has a small p-value and the total
    variation is at least 5 percentage points, also from where a mix that moves all the time was going (see trends.py).
    `training`, shape (categories,), is needed for a reference of that kind.
    """
    if (training is None) == (reference.kind == "training"):
        raise ValueError(f"a reference of kind {reference.kind!r} does not go with the training counts {training}")
    rows = _counted(series, reference)
    spans = reference_spans(series.days, reference, rows.sum(axis=1) > 0)
    days, threshold = _mix_days(rows, spans, training), _threshold(preset)
    singles = _singles(_mix_days(rows, spans.of_period, training), _mix) if reference.kind == "period" else None
    windows = _windows(days, (1, WEEK), _mix, singles)
    if reference.kind != "trailing" or not any(window.fires(threshold).any() for window in windows):
        return _two_sample_tests(series, days, windows, threshold)
    going_on = replace(days, before=carried_on(rows, spans, days.dispersion))
    return _two_sample_tests(series, days, windows, threshold, _windows(going_on, (1, WEEK), _mix))


def _mix_days(rows: Floats, spans: Spans, training: Counts | None) -> ComparedDays:
    baseline = baseline_of(rows.sum(axis=1)[:, None], rows[:, None], spans)
    before, dispersion = baseline.hits[:, 0], baseline.dispersion(baseline.cluster_size, None)[:, 0]
    if training is not None:  # one cluster that says nothing of days
        before, dispersion = np.broadcast_to(np.asarray(training, float), rows.shape), np.ones(len(rows))
    return ComparedDays(rows, baseline, spans, before, dispersion, _dimensions(before))


def _dimensions(before: Counts) -> Floats:
    """Return how many categories of equal frequency vary as much, less one; at least 1. Shape (days, 1)."""
    equal = ratio(before.sum(axis=1) ** 2, (before**2).sum(axis=1))
    return np.maximum(np.nan_to_num(equal) - 1, 1)[:, None]


def confidence_moved(series: DailyCounts, reference: Reference, preset: str = "balanced") -> list[DriftTest]:
    """Judge for every day whether the confidence of its last 1, 3 or 7 days differs from its reference.

    Drifted if the Kolmogorov-Smirnov test on the bins, corrected for the day-to-day over-dispersion of the reference's
    cumulative shares, has a small p-value and the gap is at least 10 percentage points over 1 day, 7 over 3 days or 5
    over the week. At 20 rows a day, with fewer at weekends, one day alone shows little, and most days of a week lie
    before the change.
    """
    if reference.kind == "training":
        raise ValueError("the training set's counts are no reference for confidence")
    rows = _counted(series, reference)
    spans = reference_spans(series.days, reference, rows.sum(axis=1) > 0)
    days, compare = _confidence_days(rows, spans)
    singles = _singles(*_confidence_days(rows, spans.of_period)) if reference.kind == "period" else None
    return _two_sample_tests(series, days, _windows(days, tuple(GAP_FLOORS), compare, singles), _threshold(preset))


def _confidence_days(rows: Floats, spans: Spans) -> tuple[ComparedDays, Callable[[ComparedWindow], "_Compared"]]:
    """Return the days and how a window of them is compared."""
    baseline = baseline_of(rows.sum(axis=1)[:, None], np.cumsum(rows, axis=1)[:, None], spans)
    before, dispersion = spans.sum(rows), baseline.dispersion(baseline.cluster_size, None)[:, 0]
    compare = partial(_confidence, ranks=ranks_of(rows, spans, baseline))
    return ComparedDays(rows, baseline, spans, before, dispersion), compare


def _counted(series: DailyCounts, reference: Reference) -> Floats:
    return np.asarray(series.counts * counted_days(series.days, reference)[:, None], float)


@dataclass(frozen=True, slots=True)
class _Figures:
    """The figures of a day: what its sentence says of the window and of the reference; None where it says nothing."""

    before: float | None = None
    now: float | None = None
    low: float | None = None
    high: float | None = None
    moved: int | None = None  # the index of a category
    below: float | None = None  # a confidence

    @property
    def moved_by(self) -> float | None:
        has_moved = self.moved is not None and self.now is not None and self.before is not None
        return 100 * (self.now - self.before) if has_moved else None  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class _Compared:
    window: ComparedWindow
    statistic: Floats  # (days,), as all below unless said
    deviation: Floats  # from the reference, relative to what chance makes
    p_value: Floats
    points: Floats
    floor: float
    chance: Callable[[Counts, Counts, Floats, Floats], Floats]  # what `points` reaches by chance
    figures: Callable[[ComparedWindow, int, bool], _Figures]  # of a day, given whether there is drift

    def fires(self, p_value: float) -> NDArray[np.bool_]:
        enough = self.window.current.sum(axis=1) >= LEAST_CURRENT
        return np.asarray(
            enough
            & self.window.lone.is_credible
            & (self.p_value < p_value)
            & (np.nan_to_num(self.points) >= 100 * self.floor)
        )

    def by_chance(self, p_value: float) -> Floats:
        """Return the percentage points that chance makes on each day as rarely as `p_value` says; NaN of nothing."""
        window = self.window
        normal = of_normal(p_value, window.freedom)
        points = 100 * self.chance(window.before, window.current, window.dispersion, normal)
        return np.where(np.isnan(self.points), np.nan, points)


def _mix(window: ComparedWindow) -> _Compared:
    statistic, p_value = chi_square(window.before, window.tested, window.dispersion)
    p_value = allowing_for_estimates(p_value, window.freedom)
    before, now = shares(window.before), shares(window.current)
    # Where no class has ever been seen, there is nothing to measure.
    points = 100 * total_variation(before, now) if now.shape[1] else np.full(len(now), np.nan)
    return _Compared(
        window, statistic, np.sqrt(statistic), p_value, points, MIX_FLOOR, variation_by_chance, _mix_figures
    )


def _mix_figures(window: ComparedWindow, i: int, drifted: bool) -> _Figures:
    """Return the shares of the category that has moved most; of none, if the change is spread over all of them."""
    before, now = window.before[i], window.current[i]
    moved = moved_most(before, now, float(window.dispersion[i])) if drifted else None
    if moved is None:
        return _Figures()
    of_reference, of_window = (float(counts[moved] / counts.sum()) for counts in (before, now))
    low, high = window.interval(i, slice(moved, moved + 1))
    return _Figures(of_reference, of_window, low, high, moved)


def _confidence(window: ComparedWindow, ranks: Ranks) -> _Compared:
    gap, p_of_gap = kolmogorov_smirnov(window.before, window.tested, window.dispersion)
    p_of_gap = allowing_for_estimates(p_of_gap, window.freedom)
    p_of_ranks = ranks.p_values(window.length, window.lone)
    is_empty = (window.before.sum(axis=1) == 0) | (window.current.sum(axis=1) == 0)
    largest = np.abs(np.cumsum(shares(window.before) - shares(window.current), axis=1)).max(axis=1, initial=0.0)
    points = np.where(is_empty, np.nan, 100 * largest)
    one_by = [ratio(np.ones(1), v.sum(axis=1)) for v in (window.before, window.current)]
    size = ratio(np.ones(1), one_by[0] + one_by[1])
    deviation = np.where(is_empty, 0.0, gap * np.sqrt(np.nan_to_num(size) / window.dispersion))
    p_value = np.minimum(np.minimum(p_of_gap / SHARE_OF_GAP, p_of_ranks / (1 - SHARE_OF_GAP)), 1.0)
    floor = GAP_FLOORS[window.length]
    figures = partial(_confidence_figures, means=_means(window.before, window.current))
    return _Compared(window, gap, deviation, p_value, points, floor, gap_by_chance, figures)


def _confidence_figures(window: ComparedWindow, i: int, drifted: bool, means: Floats) -> _Figures:
    """Return the mean confidences; with drift, the shares of the confidences below the one where the gap is.

    The mean is not what is tested, and where the shape changes it hardly moves. `means`, shape (days, 4): of the
    reference and of the window, and the limits of its interval.
    """
    if not drifted:
        of_reference, of_window, low, high = (or_none(mean) for mean in means[i])
        return _Figures(of_reference, of_window, low, high)
    before, now = window.before[i], window.current[i]
    at = int(np.argmax(np.abs(np.cumsum(now / now.sum() - before / before.sum()))))
    lower = now[: at + 1].sum()
    low, high = window.interval(i, slice(at + 1))
    of_reference, of_window = float(before[: at + 1].sum() / before.sum()), float(lower / now.sum())
    return _Figures(of_reference, of_window, low, high, below=(at + 1) / len(now))


def _means(before: Floats, now: Floats) -> Floats:
    """Return the means of binned values in [0, 1] and the 95% interval of the second, by its standard error.

    Shape (days, 4); NaN where either has no rows.
    """
    doubled = 2 * np.arange(now.shape[1]) + 1  # in whole numbers, so that half a digit is not lost
    means = [ratio(rows @ doubled, 2 * rows.shape[1] * rows.sum(axis=1)) for rows in (before, now)]
    off = doubled / (2 * now.shape[1]) - means[1][:, None]
    total = now.sum(axis=1)
    half = Z * np.sqrt(ratio(ratio((now * off**2).sum(axis=1), total), total))
    out = np.column_stack([*means, np.maximum(means[1] - half, 0.0), np.minimum(means[1] + half, 1.0)])
    return np.where(np.isnan(out).any(axis=1, keepdims=True), np.nan, out)


def _threshold(preset: str) -> float:
    return P_VALUE * PRESETS["balanced"] / days_between_false_alarms(preset)


def _two_sample_tests(
    series: DailyCounts,
    days: ComparedDays,
    windows: list[_Compared],
    threshold: float,
    going_on: list[_Compared] | None = None,
) -> list[DriftTest]:
    """Return the tests; `going_on`: the windows compared with where the reference was going, which must fire, too."""
    far = np.array([window.fires(threshold) for window in windows])  # (windows, days)
    fires = far & ~_explained(windows, going_on, threshold) if going_on else far
    least = np.where(fires, [window.p_value for window in windows], np.inf)
    chosen = len(windows) - 1 - np.argmin(least[::-1], axis=0)  # of equals the longest, also where none fires
    sizes = [
        (round(windows[at].window.before[i].sum()), round(windows[at].window.current[i].sum()))
        for i, at in enumerate(chosen)
    ]
    references, currents = np.array(sizes).reshape(-1, 2).T
    enough = currents >= LEAST_CURRENT
    outcomes = verdicts(ready(days.baseline) & (references >= LEAST_CURRENT), enough, np.asarray(fires.any(axis=0)))
    chance = np.array([window.by_chance(threshold) for window in windows])
    tests = [
        _two_sample_test(windows[chosen[i]], i, day, outcomes[i], threshold, float(chance[chosen[i], i]), *sizes[i])
        for i, day in enumerate(series.days)
    ]
    if going_on is None:
        return tests
    explained = far[-1] & ~fires.any(axis=0)  # of the longest, which tests that do not fire are of
    return [
        replace(test, going_on=or_none(going_on[-1].points[i])) if explained[i] else test
        for i, test in enumerate(tests)
    ]


def _explained(windows: list[_Compared], going_on: list[_Compared], threshold: float) -> NDArray[np.bool_]:
    """Return where what has moved is no more than the reference's own movement carried on, shape (windows, days)."""
    left = np.array([b.points / np.maximum(a.points, 1e-9) for a, b in zip(windows, going_on, strict=True)])
    fires = np.array([window.fires(threshold) for window in going_on])
    return np.asarray(~fires & (np.nan_to_num(left, nan=1.0) <= MOST_LEFT))


def _singles(days: ComparedDays, compare: Callable[[ComparedWindow], _Compared]) -> SingleDays:
    single = compare(days.window(1))
    return SingleDays.of(days, single.deviation, single.p_value)


def _windows(
    days: ComparedDays,
    lengths: tuple[int, ...],
    compare: Callable[[ComparedWindow], _Compared],
    singles: SingleDays | None = None,
) -> list[_Compared]:
    """Compare windows of these lengths, with allowance for outlying days: `singles`, or else those of `days`."""
    of_days = compare(days.window(1))
    singles = singles or SingleDays.of(days, of_days.deviation, of_days.p_value)
    compared = [compare(days.window(length, of_days.deviation, singles.largest)) for length in lengths]
    return [
        replace(of, p_value=allowing_for_outliers(of.p_value, of.window.length, singles.freedom)) for of in compared
    ]


def _two_sample_test(
    compared: _Compared,
    i: int,
    day: date,
    verdict: Verdict,
    threshold: float,
    chance: float,
    reference_size: int,
    current_size: int,
) -> DriftTest:
    figures = compared.figures(compared.window, i, verdict == "drifted")
    return DriftTest(
        day=day,
        verdict=verdict,
        statistic=float(np.nan_to_num(compared.statistic[i])),
        p_value=float(compared.p_value[i]),
        threshold=threshold,
        effect=or_none(compared.points[i]),
        floor=100 * compared.floor,
        since=day - timedelta(compared.window.length - 1),
        before=figures.before,
        now=figures.now,
        low=figures.low,
        high=figures.high,
        falls=None,
        moved=figures.moved,
        moved_by=figures.moved_by,
        reference_size=reference_size,
        current_size=current_size,
        chance=or_none(chance),
        below=figures.below,
    )
