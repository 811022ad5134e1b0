"""Has accuracy fallen, has the class mix moved, has confidence moved? Daily counts and a Reference -> DriftTest.

Three rules, each judged on every day of the history from the counts up to that day alone. So a restart, a catch-up or
another batching changes nothing, and no state is kept. A p-value or an evidence says "not chance", a floor in points
says "large enough to matter": together they keep quiet at 20 and at 5,000 rows a day, where either alone measures the
sample size. How often they ring for nothing and how soon for something is in benchmarks/DRIFT.md.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.distances import chi_square, kolmogorov_smirnov, shares, total_variation
from monitor_core.drift.e_detector import Evidence, evidence
from monitor_core.drift.reference import (
    LEAST_DAYS,
    LEAST_ROWS,
    WEEK,
    Counts,
    Reference,
    Spans,
    Usual,
    clumps,
    counted_days,
    reference_spans,
    refuse_gaps,
    usual,
)
from monitor_core.scores.shares import Floats, ratio

Verdict = Literal["stable", "drifted", "not enough data", "learning"]

PRESETS = {"quiet": 365, "balanced": 200, "sensitive": 100}  # days to a false alarm of a model that is well, at least
P_VALUE = 0.001  # of the balanced preset; the others scale it as they scale the days: .00055, .002
OVERALL_FLOOR, CLASS_FLOOR, MIX_FLOOR = 0.02, 0.05, 0.05  # a smaller effect does not ring
GAP_FLOORS = {1: 0.10, 3: 0.07, WEEK: 0.05}  # of confidence, by the days of the window; the longest last
LEAST_CURRENT = 20  # rows in a window of the mix and confidence rules
VOLUME_DAYS = 28  # whose mean is "today's volume"
WELL_DAYS, MOST_DAYS = 60, 365  # days_to_prove looks at


@dataclass(frozen=True, slots=True)
class Reviews:
    """What was reviewed on each of consecutive days, by review day; days without are zeros."""

    days: tuple[date, ...]
    n: Counts  # (days,)
    errors: Counts  # (days,) a rejected row is one, and in no class's support
    support: Counts  # (days, labels)
    misses: Counts  # (days, labels)

    def __post_init__(self) -> None:
        refuse_gaps(self.days)
        days, labels = (len(self.days),), self.support.shape[-1:]
        shapes = (self.n.shape, self.errors.shape, self.support.shape, self.misses.shape)
        if shapes != (days, days, days + labels, days + labels):
            raise ValueError(f"{len(self.days)} days do not go with counts of the shapes {shapes}")
        for part, whole in ((self.errors, self.n), (self.misses, self.support)):
            if (part < 0).any() or (part > whole).any():
                raise ValueError("errors are not fewer than 0 or more than the reviews")


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """Rows by class, or by bin of confidence, on each of consecutive days; days without are zeros."""

    column: Literal["prediction", "target", "confidence"]
    days: tuple[date, ...]
    counts: Counts  # (days, labels); (days, bins) with bins of equal width from 0 to 1

    def __post_init__(self) -> None:
        refuse_gaps(self.days)
        if self.counts.ndim != 2 or len(self.counts) != len(self.days):
            raise ValueError(f"{len(self.days)} days do not go with counts of the shape {self.counts.shape}")
        if (self.counts < 0).any():
            raise ValueError("counts are not negative")


@dataclass(frozen=True, slots=True)
class DriftTest:
    """What one rule says of one day. None stands where there was nothing to measure."""

    column: str  # "accuracy", "prediction", "target" or "confidence"
    day: date
    verdict: Verdict
    statistic: float  # the evidence of accuracy, chi-square by its dispersion of a mix, the gap of confidence
    p_value: float | None  # None for accuracy: it has evidence
    threshold: float  # what the evidence must reach, or p_value fall below
    effect: float | None  # points: fall of accuracy, or of the recall that falls; total variation; gap
    floor: float  # points that the effect must reach
    since: date  # first day judged: accuracy about where the fall begins, else the window's
    before: float | None  # in the reference: share right, share of the class that moved most, mean confidence
    now: float | None  # the same from `since` to `day`
    falls: int | None  # accuracy: index of the class whose recall the effect, before, now and sizes are of
    moved: int | None  # index of the class whose recall or share moved most
    moved_by: float | None  # points
    reference_size: int  # rows
    current_size: int

    def sentence(self, names: Sequence[str]) -> str:
        """What an analyst is told; names by index of the class."""
        tells = {"learning": _learning, "not enough data": _no_data}.get(self.verdict, _SENTENCES[self.column])
        return tells(self, names)


# --- accuracy is falling -----------------------------------------------------------------------------------------


def accuracy_falling(
    reviews: Reviews, reference: Reference, preset: str = "balanced", resets: Collection[date] = ()
) -> list[DriftTest]:
    """For every day: have errors been coming in faster than in its reference?

    Drifted if the evidence (see evidence.py) reaches as many days as the preset wants between false alarms, and what it
    is about, the overall share right or the recall of a class, has fallen by 2 or 5 points since the fall began, at
    most a week ago. Evidence starts again from nothing on the days of `resets`: an acknowledged alarm, a changed
    reference.
    """
    if reference.kind == "training":
        raise ValueError("the training set's counts are no reference for accuracy")
    threshold = _days_between_false_alarms(preset)
    n, errors = _groups(reviews, counted_days(reviews.days, reference))
    known = usual(n, errors[..., None], reference_spans(reviews.days, reference))
    anew = ~_ready(known) | np.isin(np.array(reviews.days, "datetime64[D]"), np.array([*resets], "datetime64[D]"))
    found = evidence(n, errors, known, anew, threshold)
    return _accuracy_tests(reviews.days, _fall(n, errors, known, found), known, found, threshold)


def _groups(reviews: Reviews, counted: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Rows and errors of the days that count, shape (days, 1 + labels): overall, then the classes."""
    n = np.column_stack([reviews.n, reviews.support]).astype(float)
    errors = np.column_stack([reviews.errors, reviews.misses]).astype(float)
    return n * counted[:, None], errors * counted[:, None]


def _ready(known: Usual) -> NDArray[np.bool_]:
    return np.asarray((known.n[:, 0] >= LEAST_ROWS) & (known.days[:, 0] >= LEAST_DAYS))


@dataclass(frozen=True, slots=True)
class _Fall:
    """Of the days since the fall began, at most a week, against the reference; shape (days, groups)."""

    length: NDArray[np.int64]  # days
    n: Floats
    now: Floats  # share right or recall; NaN without rows, as all below
    before: Floats
    points: Floats
    week: Floats  # (days,) rows of the last week


def _fall(n: Floats, errors: Floats, known: Usual, found: Evidence) -> _Fall:
    length = np.clip(np.rint(found.age), 1, WEEK).astype(np.int64)
    rows, wrong = _last(n, length), _last(errors, length)
    now, before = 1 - ratio(wrong, rows), 1 - ratio(known.hits[..., 0], known.n)
    return _Fall(length, rows, now, before, 100 * (before - now), _last(n[:, :1], np.full((len(n), 1), WEEK))[:, 0])


def _last(values: Floats, lengths: NDArray[np.int64]) -> Floats:
    """Sums over each day and the ones before it, so many as its length says; shape of the lengths."""
    running = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    starts = np.maximum(np.arange(1, len(running))[:, None] - lengths, 0)
    return np.asarray(running[1:] - np.take_along_axis(running, starts, axis=0))


def _accuracy_tests(
    days: tuple[date, ...], fall: _Fall, known: Usual, found: Evidence, threshold: float
) -> list[DriftTest]:
    ready = _ready(known)
    total = np.where(ready, found.total, 0.0)
    floors = 100 * np.where(np.arange(fall.n.shape[1]) == 0, OVERALL_FLOOR, CLASS_FLOOR)
    points = np.nan_to_num(fall.points, nan=-np.inf)
    carries = found.by_group >= found.total[:, None] / 10  # those that the evidence is about
    loud = carries & (points >= floors)
    moved = _class_that_fell(found.by_group[:, 1:], points[:, 1:])
    lead = np.where(loud[:, 0] | ~loud.any(axis=1), 0, np.argmax(np.where(loud, points, -np.inf), axis=1))
    moved = np.where(lead > 0, lead, moved + 1)
    out = []
    for i, day in enumerate(days):
        verdict: Verdict = "stable"
        if not ready[i]:
            verdict = "learning"
        elif not fall.week[i]:
            verdict = "not enough data"
        elif total[i] >= threshold and loud[i].any():
            verdict = "drifted"
        g, c = int(lead[i]), int(moved[i])
        fell = _or_none(fall.points[i, c]) if c else None
        out.append(
            DriftTest(
                column="accuracy",
                day=day,
                verdict=verdict,
                statistic=float(total[i]),
                p_value=None,
                threshold=float(threshold),
                effect=_or_none(fall.points[i, g]),
                floor=float(floors[g]),
                since=day - timedelta(int(fall.length[i, g]) - 1),
                before=_or_none(fall.before[i, g]),
                now=_or_none(fall.now[i, g]),
                falls=g - 1 if g else None,
                moved=c - 1 if fell is not None else None,
                moved_by=-fell if fell is not None else None,
                reference_size=round(known.n[i, g]),
                current_size=round(fall.n[i, g]),
            )
        )
    return out


def _class_that_fell(evidence: Floats, points: Floats) -> NDArray[np.int64]:
    """Index by day; -1 without classes. Of those with about the most evidence, which is capped, the largest fall."""
    if not evidence.shape[1]:
        return np.full(len(evidence), -1)
    most = evidence >= evidence.max(axis=1, keepdims=True) / 10
    return np.asarray(np.argmax(np.where(most, points, -np.inf), axis=1))


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _days_between_false_alarms(preset: str) -> int:
    if preset not in PRESETS:
        raise ValueError(f"a preset is one of {', '.join(PRESETS)}, not {preset!r}")
    return PRESETS[preset]


# --- the class mix, or confidence, has moved ---------------------------------------------------------------------


def mix_moved(
    counts: DailyCounts, reference: Reference, preset: str = "balanced", training: Counts | None = None
) -> list[DriftTest]:
    """For every day: is the class mix of today, or of the last week, another than in its reference?

    Drifted if chi-square, divided by the usual over-dispersion from day to day, has a small p-value and the total
    variation is 5 points or more. `training`, shape (labels,), goes with a reference of that kind.
    """
    if (training is None) == (reference.kind == "training"):
        raise ValueError(f"a reference of kind {reference.kind!r} does not go with the training counts {training}")
    rows = _counted(counts, reference)
    known = usual(rows.sum(axis=1)[:, None], rows[:, None], reference_spans(counts.days, reference))
    before, lumps = known.hits[:, 0], known.dispersion(known.clump)[:, 0]
    if training is not None:  # one lump that says nothing of days
        before, lumps = np.broadcast_to(np.asarray(training, float), rows.shape), np.ones(len(rows))
    windows = [_mix(_window(rows, known, before, lumps, days)) for days in (1, WEEK)]
    return _two_sample_tests(counts, known, windows, preset)


def confidence_moved(counts: DailyCounts, reference: Reference, preset: str = "balanced") -> list[DriftTest]:
    """For every day: is the confidence of today, of 3 days or of the last week, spread otherwise than in its reference?

    Drifted if the Kolmogorov-Smirnov test on the bins, divided by the usual over-dispersion of the cumulative shares
    from day to day, has a small p-value and the gap is 10 points or more today, 7 over 3 days, or 5 over the week. At
    20 rows a day, fewer at weekends, today alone shows little, and a week is mostly made of days before the change.
    """
    if reference.kind == "training":
        raise ValueError("the training set's counts are no reference for confidence")
    rows, spans = _counted(counts, reference), reference_spans(counts.days, reference)
    known = usual(rows.sum(axis=1)[:, None], np.cumsum(rows, axis=1)[:, None], spans)
    before, lumps = spans.sum(rows), known.dispersion(known.clump)[:, 0]
    windows = [_confidence(_window(rows, known, before, lumps, days)) for days in GAP_FLOORS]
    return _two_sample_tests(counts, known, windows, preset)


def _counted(counts: DailyCounts, reference: Reference) -> Floats:
    return np.asarray(counts.counts * counted_days(counts.days, reference)[:, None], float)


@dataclass(frozen=True, slots=True)
class _Window:
    """The last days up to each day, and their reference."""

    length: int  # days
    before: Floats  # (days, categories)
    current: Floats
    dispersion: Floats  # (days,) by how much the variance of the difference of their shares exceeds a binomial's


def _window(rows: Floats, known: Usual, before: Floats, lumps: Floats, length: int) -> _Window:
    """`lumps` is the dispersion of the reference's own shares."""
    ends = np.arange(1, len(rows) + 1)
    spans = Spans(np.maximum(ends - length, 0), ends)
    current = spans.sum(rows)
    dispersion = known.dispersion(clumps(rows.sum(axis=1)[:, None], spans))[:, 0]
    n, m = np.maximum(current.sum(axis=1), 1), np.maximum(before.sum(axis=1), 1)
    return _Window(length, before, current, (dispersion / n + lumps / m) / (1 / n + 1 / m))


@dataclass(frozen=True, slots=True)
class _Compared:
    window: _Window
    statistic: Floats  # (days,), as all below
    p_value: Floats
    points: Floats
    floor: float
    before: Floats
    now: Floats
    moved: NDArray[np.int64] | None  # index of a class

    def rings(self, p_value: float) -> NDArray[np.bool_]:
        enough = self.window.current.sum(axis=1) >= LEAST_CURRENT
        return np.asarray(enough & (self.p_value < p_value) & (np.nan_to_num(self.points) >= 100 * self.floor))


def _mix(window: _Window) -> _Compared:
    statistic, p_value = chi_square(window.before, window.current, window.dispersion)
    before, now = shares(window.before), shares(window.current)
    if not now.shape[1]:  # no class has ever been seen
        unknown = np.full(len(now), np.nan)
        return _Compared(window, statistic, p_value, unknown, MIX_FLOOR, unknown, unknown, None)
    days, moved = np.arange(len(now)), np.argmax(np.nan_to_num(np.abs(now - before)), axis=1)
    variation = 100 * total_variation(before, now)
    return _Compared(window, statistic, p_value, variation, MIX_FLOOR, before[days, moved], now[days, moved], moved)


def _confidence(window: _Window) -> _Compared:
    gap, p_value = kolmogorov_smirnov(window.before, window.current, window.dispersion)
    middles = (np.arange(window.current.shape[1]) + 0.5) / window.current.shape[1]
    before, now = (
        (shares(rows) * middles).sum(axis=1) for rows in (window.before, window.current)
    )  # not @: it rounds by shape
    gap = np.where(np.isnan(before + now), np.nan, gap)
    return _Compared(window, gap, p_value, 100 * gap, GAP_FLOORS[window.length], before, now, None)


def _two_sample_tests(counts: DailyCounts, known: Usual, compared: list[_Compared], preset: str) -> list[DriftTest]:
    p_value = P_VALUE * PRESETS["balanced"] / _days_between_false_alarms(preset)
    rings = np.array([found.rings(p_value) for found in compared])  # (windows, days)
    surest = np.argmin(
        np.where(rings, [found.p_value for found in compared], np.inf)[::-1], axis=0
    )  # of equals the longest
    chosen = len(compared) - 1 - surest  # the longest one, too, where none rings
    ready, out = _ready(known), []
    for i, day in enumerate(counts.days):
        found = compared[chosen[i]]
        reference_size, size = round(found.window.before[i].sum()), round(found.window.current[i].sum())
        verdict: Verdict = "stable"
        if not ready[i] or reference_size < LEAST_CURRENT:
            verdict = "learning"
        elif size < LEAST_CURRENT:
            verdict = "not enough data"
        elif rings[:, i].any():
            verdict = "drifted"
        before, now = _or_none(found.before[i]), _or_none(found.now[i])
        moved, moved_by = None, None
        if found.moved is not None and before is not None and now is not None:
            moved, moved_by = int(found.moved[i]), 100 * (now - before)
        out.append(
            DriftTest(
                column=counts.column,
                day=day,
                verdict=verdict,
                statistic=float(np.nan_to_num(found.statistic[i])),
                p_value=float(found.p_value[i]),
                threshold=p_value,
                effect=_or_none(found.points[i]),
                floor=100 * found.floor,
                since=day - timedelta(found.window.length - 1),
                before=before,
                now=now,
                falls=None,
                moved=moved,
                moved_by=moved_by,
                reference_size=reference_size,
                current_size=size,
            )
        )
    return out


# --- what could be detected --------------------------------------------------------------------------------------


def days_to_prove(drop: float, reviews: Reviews, reference: Reference, preset: str = "balanced") -> int | None:
    """About how many days until a fall of accuracy by so many points would ring, at the volume of the last four weeks.

    Runs the detector on the counts to be expected: well for two months, then worse by `drop` in every class. None if
    that takes more than a year, is below the floor, or the last day has no reference yet.
    """
    n, errors = _groups(reviews, counted_days(reviews.days, reference))
    known = usual(n, errors[..., None], reference_spans(reviews.days, reference))
    if not len(n) or not _ready(known)[-1] or drop < 100 * OVERALL_FLOOR:
        return None
    days = WELL_DAYS + MOST_DAYS
    expected = np.tile(n[-VOLUME_DAYS:].mean(axis=0), (days, 1))
    rate = np.tile(np.nan_to_num(ratio(known.hits[-1, :, 0], known.n[-1])), (days, 1))
    rate[WELL_DAYS:] = np.minimum(rate[WELL_DAYS:] + drop / 100, 1)
    threshold = _days_between_false_alarms(preset)
    found = evidence(expected, expected * rate, known.repeated(-1, days), np.zeros(days, bool), threshold)
    reached = np.flatnonzero(found.total[WELL_DAYS:] >= threshold)
    return int(reached[0]) + 1 if len(reached) else None


# --- what an analyst is told -------------------------------------------------------------------------------------


def _learning(test: DriftTest, names: Sequence[str]) -> str:
    return (
        f"Learning what is usual: the reference holds {test.reference_size} rows so far; "
        f"{LEAST_ROWS} rows on {LEAST_DAYS} different days are needed."
    )


def _no_data(test: DriftTest, names: Sequence[str]) -> str:
    return f"Not enough data: {test.current_size} rows from {test.since} to {test.day}."


def _accuracy_sentence(test: DriftTest, names: Sequence[str]) -> str:
    before, now = f"{test.before:.1%}", f"{test.now:.1%}" if test.now is not None else "–"
    if test.verdict == "stable":
        return f"No proof of a fall: {now} right {_when(test)}, {before} in the reference."
    what, right = "Accuracy", "right"
    if test.falls is not None:
        what, right = f"Recall of {names[test.falls]}", "recognised"
    most = ""
    if test.falls is None and test.moved is not None and test.moved_by is not None:
        most = f" Most of all in {names[test.moved]}, whose recall changed by {test.moved_by:+.1f} points."
    return (
        f"{what} is falling: {now} of {test.current_size} {right} {_when(test)}, {before} in the reference. "
        f"Errors have been coming in faster than in the reference period; a model that has not got worse would trip "
        f"this less than once in {test.threshold:g} days.{most}"
    )


def _mix_sentence(test: DriftTest, names: Sequence[str]) -> str:
    classes = "predicted" if test.column == "prediction" else "reviewed"
    if test.verdict == "stable" or test.moved is None:
        return f"The mix of {classes} classes is as in the reference {_when(test)}, within what is usual."
    return (
        f"The mix of {classes} classes has moved: {names[test.moved]} makes up {test.now:.1%} of {test.current_size} "
        f"{_when(test)}, {test.before:.1%} in the reference. Altogether {test.effect:.1f} of 100 rows are of another "
        f"class than usual. {_chance(test)}"
    )


def _confidence_sentence(test: DriftTest, names: Sequence[str]) -> str:
    if test.verdict == "stable" or test.now is None or test.before is None:
        return f"Confidence is as in the reference {_when(test)}, within what is usual."
    moved = "risen" if test.now > test.before else "fallen"
    return (
        f"Confidence has {moved}: on average {test.now:.1%} {_when(test)}, {test.before:.1%} in the reference. "
        f"{_chance(test)}"
    )


def _chance(test: DriftTest) -> str:
    return f"By chance that happens less than once in {1 / test.threshold:,.0f} times."


def _when(test: DriftTest) -> str:
    return f"on {test.day}" if test.since == test.day else f"from {test.since} to {test.day}"


_SENTENCES = {
    "accuracy": _accuracy_sentence,
    "prediction": _mix_sentence,
    "target": _mix_sentence,
    "confidence": _confidence_sentence,
}
