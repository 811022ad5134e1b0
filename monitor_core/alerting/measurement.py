"""Measurements: the value of a condition's measure, with interval and samples, in a window or a reference."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from monitor_core.alerting.facts import Facts
from monitor_core.alerting.gaps import gap_days, typical_gap
from monitor_core.alerting.references import AlertDays, counted_back, reference_on
from monitor_core.alerting.rules import Condition, Rule
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import ONE_DAY, Period
from monitor_core.drift.distances import effect_sizes
from monitor_core.drift.newcomers import are_new
from monitor_core.drift.reference import FARTHEST, WEEK, Reference, reference_days
from monitor_core.drift.rules import DriftRule
from monitor_core.drift.traffic import HISTORY
from monitor_core.scores.around_bounds import around_class_bounds, around_overall_bounds
from monitor_core.scores.audit import audit_counts, audited_accuracy
from monitor_core.scores.confusion import ConfusionCounts, Ints
from monitor_core.scores.daily import DailyTable
from monitor_core.scores.delays import delay_quantile
from monitor_core.scores.intervals import class_interval, overall_interval
from monitor_core.scores.metrics import METRIC, Average, Metric
from monitor_core.scores.raking import estimated_accuracy
from monitor_core.scores.shares import Floats, Z, wilson
from monitor_core.scores.typical_range import EarlierPeriods, typical_range

WARM_UP_DAYS = 180  # days after which the evidence for falling accuracy no longer depends on its start
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measurement:
    """The value of a measure, or its bounds, with its 95% interval and sample size."""

    value: float  # NaN: undefined
    low: float = math.nan  # the 95% interval
    high: float = math.nan
    samples: int = 0
    bounds: tuple[float, float] | None = None  # instead of a value, where samples were rejected; within the interval
    rejected: int = 0
    no_interval: str = ""  # why a score has no interval, or an estimate no value
    is_audited: bool = False  # it is an estimate from the audit alone

    @property
    def is_empty(self) -> bool:
        return math.isnan(self.value) and self.bounds is None

    @property
    def has_interval(self) -> bool:
        return not math.isnan(self.low)


@dataclass(frozen=True, slots=True)
class Question:
    """A condition of a rule on one day and, if it is about every class, for one class."""

    condition: Condition
    rule: Rule
    facts: Facts
    day: date
    label: int | None  # of the alert; None: the rule is not about every class
    restarts: Collection[date] = ()  # days on which the evidence for falling accuracy is reset to zero
    alerts: tuple[AlertDays, ...] = ()  # of the rule and class, so far
    completed: bool = False  # as if the reviews that the day still lacks were in, and all of them right

    @property
    def measured_label(self) -> int | str | None:
        """Return the class that is measured: the condition's own, or that of the alert; None: it is of no class."""
        return self.label if self.condition.label == "every" else self.condition.label

    @property
    def table(self) -> DailyTable:
        return self.facts.tables[self.rule.basis]

    @property
    def window(self) -> Period:
        return window(self.rule, self.day)

    @property
    def reference(self) -> Reference:
        return self.reference_before(max(WEEK, self.rule.window_days))

    def reference_before(self, gap: int) -> Reference:
        return reference_on(self.rule, self.facts, self.window.last, gap, self.alerts)

    def begins(self, reference: Reference) -> date:
        """Return the first day of the table that the answer depends on, given the reference of the day."""
        retrained, first_day = self.facts.retrained_before(self.window.last), self.facts.first_day.get(self.rule.basis)
        return max(begins(self.rule, self.day, retrained, reference.alerted, first_day), self.table.days[0])


def window(rule: Rule, day: date) -> Period:
    """Return the window of a rule that ends on a day."""
    last = day - timedelta(rule.readiness_days)
    return Period(last - timedelta(rule.window_days - 1), last)


def begins(
    rule: Rule,
    day: date,
    retrained: date | None = None,
    alerted: Iterable[Period] = (),
    first_day: date | None = None,
) -> date:
    """Return the first day that the verdict on `day` depends on.

    `retrained`: the last retraining before it; `alerted`: days that are in no reference; `first_day`: with a document,
    for a rule with an anchor. The result is the first of a month, so that the verdicts of a month come from one
    computation, and depends on these alone, so that a catch-up gives the same verdicts as daily runs.
    """
    back = rule.window_days + rule.readiness_days
    if any(condition.compares for condition in rule.conditions):
        back += max(rule.reference.length, FARTHEST) + max(WEEK, rule.window_days)
    if rule.accumulates:
        back += WARM_UP_DAYS
    for condition in rule.conditions:
        if condition.operator == "unusual":
            back = max(back, HISTORY)
        if condition.measure.missing:
            back = max(back, gap_days(condition.threshold or 0.0))
    anchored = {"since_retraining": retrained, "anchor": retrained or first_day}
    reference = anchored.get(rule.reference.kind, rule.reference.first)
    first = counted_back(day, back, alerted)
    return min(first, reference or first).replace(day=1)


def measure(question: Question) -> Measurement:
    """Measure the condition's measure in the rule's window."""
    measure, facts = question.condition.measure, question.facts
    if measure.of_this_moment:
        return _now(question)
    if measure.missing:
        return _days_without(facts, measure.missing, question.day)
    start, end = question.table.span(question.window)
    if question.condition.drift:
        return _distance(question, question.condition.drift, start, end)
    return of_span(question, question.table, start, end)


def reference_indices(question: Question) -> Ints:
    """Return the indices of the days in the table that the window is compared with; none for a class that is new."""
    if _is_new(question):
        return np.empty(0, np.int64)
    return np.flatnonzero(reference_days(question.table.days, question.reference, question.window.last))


def _is_new(question: Question) -> bool:
    """Return whether the class that is measured would be compared with its own first weeks.

    Earlier days do not count: whether the table has them depends on the other rules.
    """
    table, label = question.table, question.measured_label
    first, last = question.begins(question.reference), min(question.window.last, table.days[-1])
    if label not in table.labels or last < first:
        return False
    daily, (start, end), at = table.confusion.daily(), table.span(Period(first, last)), table.labels.index(int(label))
    return bool(are_new(daily.support[start:end, [at]], daily.reviewed[start:end], len(table.labels))[-1, 0])


def measure_reference(question: Question, days: Ints) -> Measurement:
    """Measure the condition's measure over these days of the table."""
    if not len(days):
        return Measurement(math.nan)
    return of_span(question, question.table.only(days), 0, len(question.table.days))


def reference_range(question: Question, days: Ints, now: Measurement, reference: Measurement) -> Range | None:
    """Return what windows as long as the rule's, with as many samples as now, usually measure in the reference.

    None if the reference has no two such windows.
    """
    values, samples = _windows(question, days)
    enough = ~np.isnan(values)
    if question.condition.measure.allows.of_samples:
        enough &= samples >= question.rule.min_samples
    length, variance = question.rule.window_days, math.nan
    if reference.has_interval:
        variance = ((reference.high - reference.low) / 2 / Z) ** 2 * reference.samples
    typical = typical_range(EarlierPeriods(values[enough], samples[enough], length, variance), now.samples)
    measure = question.condition.measure
    highest = math.inf if measure.highest is None else measure.highest
    return typical and (max(typical[0], measure.lowest), min(typical[1], highest))


def _windows(question: Question, days: Ints) -> tuple[Floats, Floats]:
    """Return value and samples of each window of the rule's length that ends on a day of the reference."""
    table, length = question.table.only(days), question.rule.window_days
    ends = days[days - days[0] >= length - 1] + 1 if len(days) else days
    if question.condition.measure.kind == "score":
        return _scores_of_windows(question, table, ends)
    measured = [of_span(question, table, end - length, end) for end in ends.tolist()]
    return np.array([each.value for each in measured]), np.array([float(each.samples) for each in measured])


def _scores_of_windows(question: Question, table: DailyTable, ends: Ints) -> tuple[Floats, Floats]:
    condition, metric = question.condition, METRIC[question.condition.metric]
    daily, length = table.confusion.daily(), question.rule.window_days

    def summed(tally: Any) -> Any:
        running = np.concatenate([np.zeros_like(tally[:1]), np.cumsum(tally, axis=0)])
        return running[ends] - running[ends - length]

    names = ("hits", "support", "predicted", "rejected", "rejected_as")
    total = replace(daily, **{name: summed(getattr(daily, name)) for name in names})
    if condition.average or not metric.by_class:
        return metric.overall(total, condition.average), total.reviewed.astype(float)
    label = question.measured_label
    at = table.labels.index(int(label)) if label in table.labels else 0
    return metric.of(total)[:, at], metric.rests_on(total)[:, at].astype(float)


def of_span(question: Question, table: DailyTable, start: int, end: int) -> Measurement:
    """Return a score, share, delay or count over all predictions of the days [start, end)."""
    measure = question.condition.measure
    if measure.quantile:
        return _delay(table, start, end, measure.quantile)
    if measure.number:
        part, whole = table.number(measure.number, start, end), table.number("documents", start, end)
        return _share(part, whole) if measure.kind == "share" else Measurement(float(part), samples=whole)
    if measure.kind == "estimate":
        return _estimate(question, table, start, end)
    if measure.kind == "share":
        return _unknown_classes(question.facts, table, table.within(start, end).cells)
    return _score(question, table, start, end) if start < end else Measurement(math.nan)


def _now(question: Question) -> Measurement:
    if question.day <= question.facts.whole_through:
        return Measurement(math.nan)
    if question.condition.measure.unit == "seconds":
        lag = question.facts.worker_lag_seconds
        return Measurement(math.nan if lag is None else lag)
    return Measurement(question.facts.undated.get(question.rule.basis, math.nan))


def typical_days_without(facts: Facts, basis: Basis, day: date) -> int:
    """Return the longest typical gap of predictions or reviews up to a day, or the last whole one before it."""
    table, last = facts.tables[basis], min(day, facts.whole_through)
    _, end = table.span(Period(table.days[0], last)) if last >= table.days[0] else (0, 0)
    return typical_gap(table.numbers["documents"][:end])


def _days_without(facts: Facts, basis: Basis, day: date) -> Measurement:
    """Count the whole days since the last one with predictions; today counts once it is over."""
    table, first = facts.tables[basis], facts.first_day.get(basis)
    if first is None or first > day:
        return Measurement(math.nan)
    _, end = table.span(Period(table.days[0], day)) if day >= table.days[0] else (0, 0)
    filled = np.flatnonzero(table.numbers["documents"][:end])
    last = table.days[filled[-1]] if len(filled) else table.days[0] - ONE_DAY
    days = (day - last).days - (day > facts.whole_through)
    return Measurement(float(max(days, 0)))


def _distance(question: Question, drift: DriftRule, start: int, end: int) -> Measurement:
    counts, reference = drift.series(question.table).counts, question.reference
    if reference.kind == "training":
        before = question.facts.training_of(question.rule.basis)
    else:
        before = counts[reference_days(question.table.days, reference, question.window.last)].sum(axis=0)
    now = counts[start:end].sum(axis=0)
    return Measurement(float(effect_sizes(before, now)[question.condition.metric]), samples=int(now.sum()))


def _delay(table: DailyTable, start: int, end: int, quantile: float) -> Measurement:
    delays = table.delays_within(start, end)
    hours = delay_quantile(delays, quantile)
    return Measurement(math.nan if hours is None else hours, samples=int(delays[:, 1].sum()))


def _share(part: int, whole: int) -> Measurement:
    low, high = wilson(np.array(part), np.array(whole))
    return Measurement(part / whole if whole else math.nan, low, high, whole)


def _unknown_classes(facts: Facts, table: DailyTable, cells: Ints) -> Measurement:
    named = np.array([not facts.class_names or label in facts.class_names for label in table.labels] + [True], bool)
    unnamed = ~named[cells[:, 1]] | ~named[cells[:, 2]]
    return _share(int(cells[unnamed, 3].sum()), int(cells[:, 3].sum()))


def _estimate(question: Question, table: DailyTable, start: int, end: int) -> Measurement:
    """Return the accuracy over all predictions: from the audit if it can be, else from the reviewed ones."""
    if (of_audit := _audited(question, table, start, end)) is not None:
        return of_audit
    rows = table.confidence_within(start, end)
    estimate = estimated_accuracy(rows[:, 0] - start, rows[:, 1:], end - start)
    return Measurement(estimate.value, estimate.low, estimate.high, estimate.samples, no_interval=estimate.refused)


def _audited(question: Question, table: DailyTable, start: int, end: int) -> Measurement | None:
    """Return the accuracy from the audit of the days that are complete by the question's day; None if it has none."""
    if question.facts.days_to_review is None or not start < end:
        return None
    complete = (question.day - timedelta(question.facts.days_to_review) - table.days[0]).days + 1
    rows = table.audit_within(start, max(start, min(end, complete)))
    estimate = audited_accuracy(audit_counts([rows]))
    if not len(rows) or estimate.refused:
        return None
    return Measurement(estimate.value, estimate.low, estimate.high, estimate.samples, is_audited=True)


def _score(question: Question, table: DailyTable, start: int, end: int) -> Measurement:
    condition, metric, counts = question.condition, METRIC[question.condition.metric], table.daily_within(start, end)
    total = counts.total()
    if condition.average or not metric.by_class:
        return _overall_score(metric, condition.average, counts)
    label = question.measured_label
    if label not in table.labels:
        return Measurement(math.nan)
    at = table.labels.index(int(label))
    value, samples = metric.of(total)[at], metric.rests_on(total)[at]
    interval = class_interval(metric, counts, at)
    if not math.isnan(value):
        return _measurement(value, interval.bounds[0, 0], samples)
    low, high = metric.bounds_of(total)[at].tolist()
    around = around_class_bounds(metric, total.of_class(at), interval.bounds[0], interval.wider)[0]
    return _bounded((low, high), around, samples, total.rejected)


def _overall_score(metric: Metric, average: Average | None, counts: ConfusionCounts) -> Measurement:
    total = counts.total()
    value = metric.overall(total, average)
    if not math.isnan(value):
        interval = overall_interval(metric, average, counts)
        measured = _measurement(value, interval.bounds[0], total.reviewed)
        return replace(measured, no_interval=interval.too_few(0))
    low, high = metric.overall_bounds(total, average).tolist()
    around = around_overall_bounds(metric, average, counts)
    measured = _bounded((low, high), around.bounds[0], total.reviewed, total.rejected)
    return replace(measured, no_interval=around.too_few(0))


def _measurement(value: Any, interval: Floats, samples: Any) -> Measurement:
    return Measurement(float(value), float(interval[0]), float(interval[1]), int(samples))


def _bounded(bounds: tuple[float, float], interval: Floats, samples: Any, rejected: Any) -> Measurement:
    """Return a measurement without a value: by its bounds, or without anything if there are none."""
    if math.isnan(bounds[0]):
        return Measurement(math.nan, samples=int(samples), rejected=int(rejected))
    return Measurement(math.nan, float(interval[0]), float(interval[1]), int(samples), bounds, int(rejected))
