"""What a condition measures, from the facts: a value with its interval and samples, in a window or a reference."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from monitor_core.alerting.facts import Facts
from monitor_core.alerting.rules import Condition, Rule
from monitor_core.contract import wording
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import ONE_DAY, Period
from monitor_core.drift.distances import effect_sizes
from monitor_core.drift.reference import WEEK, Reference, reference_days
from monitor_core.drift.rules import DriftRule
from monitor_core.scores.confusion import Ints
from monitor_core.scores.daily import DailyTable
from monitor_core.scores.delays import delay_quantile
from monitor_core.scores.intervals import overall_intervals
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.shares import Floats, wilson


@dataclass(frozen=True, slots=True)
class Measurement:
    value: float  # NaN: undefined
    low: float = math.nan  # the 95% interval
    high: float = math.nan
    samples: int = 0

    @property
    def has_interval(self) -> bool:
        return not math.isnan(self.low)


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition of a rule, asked of a day and, where it is about every class, of one class."""

    condition: Condition
    rule: Rule
    facts: Facts
    day: date
    label: int | None

    @property
    def table(self) -> DailyTable:
        return self.facts.tables[self.rule.basis]

    @property
    def window(self) -> Period:
        return window(self.rule, self.day)

    @property
    def reference(self) -> Reference:
        rule, last = self.rule, self.window.last
        return rule.reference.resolved(self.facts.retrained_before(last), max(WEEK, rule.window_days))


def window(rule: Rule, day: date) -> Period:
    """Return the days that a rule judges together on a day."""
    last = day - timedelta(rule.readiness_days)
    return Period(last - timedelta(rule.window_days - 1), last)


def measure(asked: Asked) -> Measurement:
    """Return the condition's measure in the rule's window."""
    measure, facts = asked.condition.measure, asked.facts
    if measure.of_this_moment:
        return _now(asked)
    if measure.missing:
        return _days_without(facts, measure.missing, asked.day)
    start, end = asked.table.span(asked.window)
    if asked.condition.drift:
        return _distance(asked, asked.condition.drift, start, end)
    return of_span(asked, asked.table, start, end)


def reference_indices(asked: Asked) -> Ints:
    """Return the days of the table, by index, that the window is compared with."""
    return np.flatnonzero(reference_days(asked.table.days, asked.reference, asked.window.last))


def measure_reference(asked: Asked, days: Ints) -> Measurement:
    """Return the condition's measure over these days of the table."""
    if not len(days):
        return Measurement(math.nan)
    return of_span(asked, asked.table.only(days), 0, len(asked.table.days))


def reference_interval(asked: Asked, days: Ints, reference: Measurement) -> tuple[float, float]:
    """Return the reference's 95% interval; of what has none, the range of 95% of its days."""
    if reference.has_interval:
        return reference.low, reference.high
    values = [of_span(asked, asked.table, day, day + 1).value for day in days.tolist()]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)


def of_span(asked: Asked, table: DailyTable, start: int, end: int) -> Measurement:
    """Return a score, a share, a delay or a count of all predictions of the days [start, end)."""
    measure = asked.condition.measure
    if measure.quantile:
        return _delay(table, start, end, measure.quantile)
    if measure.number:
        part, whole = table.number(measure.number, start, end), table.number("documents", start, end)
        return _share(part, whole) if measure.kind == "share" else Measurement(float(part), samples=whole)
    if measure.kind == "share":
        return _unknown_classes(asked.facts, table, table.within(start, end).cells)
    return _score(asked, table, table.within(start, end))


def subject(asked: Asked) -> str:
    """Return what is measured, as a sentence begins with it."""
    condition, title = asked.condition, asked.condition.measure.title
    if condition.average:
        return f"{condition.average.capitalize()} {METRIC[condition.metric].words}"
    label = condition.label if asked.label is None else asked.label
    if isinstance(label, int):
        return f"{title} of {asked.facts.name(label)}"
    return f"{title} of {condition.drift.noun}" if condition.drift else title


def figures(condition: Condition, measurement: Measurement) -> str:
    """Return the value in words, with its interval and its samples."""
    if measurement.has_interval:
        scale, ends = condition.measure.scale, (measurement.low, measurement.high)
        return wording.estimate(measurement.value, *ends, measurement.samples, scale)
    value = condition.measure.in_words(measurement.value)
    return f"{value} ({wording.count(measurement.samples, 'sample')})" if measurement.samples else value


def _now(asked: Asked) -> Measurement:
    if asked.day <= asked.facts.whole_through:
        return Measurement(math.nan)
    if asked.condition.measure.unit == "seconds":
        lag = asked.facts.worker_lag_seconds
        return Measurement(math.nan if lag is None else lag)
    return Measurement(asked.facts.undated.get(asked.rule.basis, math.nan))


def _days_without(facts: Facts, basis: Basis, day: date) -> Measurement:
    """Count whole days since the last one that had predictions; today counts once it is over."""
    table, first = facts.tables[basis], facts.first_day.get(basis)
    if first is None or first > day:
        return Measurement(math.nan)
    _, end = table.span(Period(table.days[0], day)) if day >= table.days[0] else (0, 0)
    filled = np.flatnonzero(table.numbers["documents"][:end])
    last = table.days[filled[-1]] if len(filled) else table.days[0] - ONE_DAY
    days = (day - last).days - (day > facts.whole_through)
    return Measurement(float(max(days, 0)))


def _distance(asked: Asked, drift: DriftRule, start: int, end: int) -> Measurement:
    counts, reference = drift.series(asked.table).counts, asked.reference
    if reference.kind == "training":
        before = asked.facts.training_of(asked.rule.basis)
    else:
        before = counts[reference_days(asked.table.days, reference, asked.window.last)].sum(axis=0)
    now = counts[start:end].sum(axis=0)
    return Measurement(float(effect_sizes(before, now)[asked.condition.metric]), samples=int(now.sum()))


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


def _score(asked: Asked, table: DailyTable, counts: Any) -> Measurement:
    condition, metric, total = asked.condition, METRIC[asked.condition.metric], counts.total()
    if condition.average or not metric.by_class:
        intervals = overall_intervals(counts.matrix_cells(), len(table.labels), [metric])
        interval = intervals[metric.name(condition.average)]
        return _measurement(metric.overall(total, condition.average), interval, total.reviewed)
    label = condition.label if asked.label is None else asked.label
    if label not in table.labels:
        return Measurement(math.nan)
    at = table.labels.index(int(label))
    return _measurement(metric.of(total)[at], metric.interval_of(total)[at], metric.rests_on(total)[at])


def _measurement(value: Any, interval: Floats, samples: Any) -> Measurement:
    return Measurement(float(value), float(interval[0]), float(interval[1]), int(samples))
