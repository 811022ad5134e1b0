"""A rule, the facts and a day -> what the rule says of that day, in figures and in a sentence. No clock, no state."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from monitor_core.alerting.facts import Facts
from monitor_core.alerting.measurement import (
    Asked,
    Measurement,
    figures,
    measure,
    measure_reference,
    reference_indices,
    reference_interval,
    subject,
    window,
)
from monitor_core.alerting.rules import Condition, Rule
from monitor_core.contract import wording
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import DatabaseUnavailable, MonitorError
from monitor_core.drift.reference import WEEK
from monitor_core.drift.rules import DriftRule
from monitor_core.drift.verdicts import DriftTest
from monitor_core.scores.differences import difference_interval
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.shares import Floats

Status = Literal["ok", "firing", "no data", "check failed"]
WARM_UP_DAYS = 180  # by then the evidence of accuracy has forgotten how it began
OFF_BY_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a rule says of one day; None stands where there was nothing to measure."""

    label: int | None  # a class, where the rule is about every class
    day: date
    status: Status
    sentence: str
    period: Period  # the documents it is about
    value: float | None = None
    low: float | None = None  # the 95% interval
    high: float | None = None
    threshold: float | None = None
    samples: int = 0
    statistic: float | None = None  # of a drift verdict: evidence, chi-square, or gap

    @property
    def fires(self) -> bool:
        return self.status == "firing"


def evaluate(rule: Rule, facts: Facts, day: date, restarts: Collection[date] = ()) -> list[Evaluation]:
    """Return one evaluation for the rule, or one for each class where a condition is about every class.

    `restarts`: days on which the evidence that accuracy is falling starts again from nothing.
    """
    labels: list[int | None] = [None]
    if rule.of_every_class:
        labels = [*facts.tables[rule.basis].labels]
    try:
        return [
            _joined(rule, label, [_judge(c, rule, facts, day, label, restarts) for c in rule.conditions])
            for label in labels
        ]
    except DatabaseUnavailable:
        raise  # that is nothing about the rule
    except (MonitorError, ValueError) as error:
        return [Evaluation(None, day, "check failed", f"The rule could not be checked: {error}", window(rule, day))]


def _joined(rule: Rule, label: int | None, evaluations: list[Evaluation]) -> Evaluation:
    """Return all or any of the conditions; the figures are those of the first one that decides."""
    order: tuple[Status, ...] = ("ok", "no data", "firing") if rule.join == "all" else ("firing", "no data", "ok")
    status = next(status for status in order if any(each.status == status for each in evaluations))
    deciding = [each for each in evaluations if each.status == status]
    return replace(deciding[0], label=label, sentence=" ".join(dict.fromkeys(each.sentence for each in deciding)))


def begins(rule: Rule, day: date, retrained: date | None = None) -> date:
    """Return the first day that a rule's verdict on a day depends on; `retrained`: when the model last was, before it.

    The first of a month, so that the verdicts of a month come from one run, and a function of the day alone, so that a
    catch-up says what daily checks would have said.
    """
    back = rule.window_days + rule.readiness_days
    if any(condition.compares for condition in rule.conditions):
        back += rule.reference.length + max(WEEK, rule.window_days)
    if rule.accumulates:
        back += WARM_UP_DAYS
    for condition in rule.conditions:
        if condition.measure.missing:
            back = max(back, math.ceil(condition.threshold or 0) + 2)
    reference = retrained if rule.reference.kind == "since_retraining" else rule.reference.first
    first = day - timedelta(back)
    return min(first, reference or first).replace(day=1)


def bases(rule: Rule) -> set[Basis]:
    """Return by which dates its tables count."""
    missing = (condition.measure.missing for condition in rule.conditions)
    return {rule.basis, *(basis for basis in missing if basis)}


def _judge(
    condition: Condition, rule: Rule, facts: Facts, day: date, label: int | None, restarts: Collection[date]
) -> Evaluation:
    asked = Asked(condition, rule, facts, day, label if condition.label == "every" else None)
    if condition.measure.drift:
        return _drift(asked, condition.measure.drift, restarts)
    measurement = measure(asked)
    few = condition.measure.allows.of_samples and measurement.samples < rule.min_samples
    if condition.operator == "no_data" or few or math.isnan(measurement.value):
        return _without_data(asked, measurement, few)
    during = f" {wording.during(asked.window)}" if condition.measure.allows.of_a_window else ""
    says = f"{subject(asked)}{during} is {figures(condition, measurement)}"
    if condition.operator in ("above", "below"):
        return _against_threshold(asked, measurement, says)
    return _against_reference(asked, measurement, says)


def _evaluation(asked: Asked, measurement: Measurement, status: Status, sentence: str) -> Evaluation:
    numbers = (measurement.value, measurement.low, measurement.high)
    value, low, high = (None if math.isnan(number) else float(number) for number in numbers)
    threshold, samples = asked.condition.threshold, measurement.samples
    return Evaluation(asked.label, asked.day, status, sentence, asked.window, value, low, high, threshold, samples)


def _without_data(asked: Asked, measurement: Measurement, few: bool) -> Evaluation:
    samples = f"{wording.count(measurement.samples, 'sample')} {wording.during(asked.window)}"
    needed = f", {asked.rule.min_samples:,} are needed" if few else ""
    if asked.condition.operator == "no_data":
        empty = few or math.isnan(measurement.value)
        sentence = f"{subject(asked)} rests on {samples}{needed}."
        return _evaluation(asked, measurement, "firing" if empty else "ok", sentence)
    metric = METRIC.get(asked.condition.metric)
    rejected = ", and it is undefined where samples were rejected" if metric and metric.undefined_with_rejected else ""
    return _evaluation(asked, measurement, "no data", f"{subject(asked)} is unknown: {samples}{rejected}{needed}.")


def _against_threshold(asked: Asked, measurement: Measurement, says: str) -> Evaluation:
    condition, threshold = asked.condition, asked.condition.threshold or 0.0
    low, high = _judged(condition, measurement)
    below = condition.operator == "below"
    fires = high < threshold if below else low > threshold
    beyond = measurement.value < threshold if below else measurement.value > threshold
    how = "" if fires else "not significantly " if beyond else "not "
    sentence = f"{says}: {how}{condition.operator} {condition.measure.in_words(threshold)}."
    return _evaluation(asked, measurement, "firing" if fires else "ok", sentence)


def _judged(condition: Condition, measurement: Measurement) -> tuple[float, float]:
    """Return what is judged: the ends of the interval, or twice the value."""
    if condition.judge == "value" or not measurement.has_interval:
        return measurement.value, measurement.value
    return measurement.low, measurement.high


def _against_reference(asked: Asked, measurement: Measurement, says: str) -> Evaluation:
    days, needed = reference_indices(asked), asked.rule.min_samples
    before = measure_reference(asked, days)
    if math.isnan(before.value) or before.samples < needed:
        has = f"the reference period has only {wording.count(before.samples, 'sample')}, {needed:,} are needed"
        return _evaluation(asked, measurement, "no data", f"{says}; {has}.")
    says = f"{says}, in the reference period {figures(asked.condition, before)}"
    if asked.condition.operator == "changed_by_more_than":
        return _changed(asked, measurement, before, says)
    low, high = reference_interval(asked, days, before)
    now_low, now_high = _judged(asked.condition, measurement)
    outside = now_high < low or now_low > high
    sentence = f"{says}: {'outside' if outside else 'not outside'} its interval."
    return _evaluation(asked, measurement, "firing" if outside else "ok", sentence)


def _changed(asked: Asked, measurement: Measurement, before: Measurement, says: str) -> Evaluation:
    condition, limit = asked.condition, asked.condition.threshold or 0.0
    low, value, high = _change(condition, measurement, before)
    up, down = low > limit and condition.direction != "down", high < -limit and condition.direction != "up"
    than = "more than" if up or down else "not significantly more than"
    sentence = f"{says}: a change of {_change_in_words(condition, value)}, {than} {limit:g}."
    return _evaluation(asked, measurement, "firing" if up or down else "ok", sentence)


def _change_in_words(condition: Condition, change: float) -> str:
    """Say a change in percent, or in hundredths, which are percentage points of a share."""
    unit = "%" if condition.unit == "percent" else f"{condition.measure.scale.unit or ' hundredth'}s"
    return f"{wording.signed_points(change / 100)}{unit}"


def _change(condition: Condition, now: Measurement, before: Measurement) -> tuple[float, float, float]:
    """Return low, value and high of the change, in points or percent of the reference; of two intervals by MOVER."""
    interval: Floats = np.array([now.value - before.value] * 2)
    if condition.judge == "interval" and now.has_interval and before.has_interval:
        now_interval, before_interval = np.array([now.low, now.high]), np.array([before.low, before.high])
        interval = difference_interval(now.value, now_interval, before.value, before_interval)
    if condition.unit == "points":
        scale = 100.0
    else:
        scale = 100.0 / before.value if before.value > OFF_BY_ROUNDING else math.inf
    low, value, high = (float(np.nan_to_num(x * scale)) for x in (interval[0], now.value - before.value, interval[1]))
    return low, value, high


def _drift(asked: Asked, drift: DriftRule, restarts: Collection[date]) -> Evaluation:
    rule, facts, table, last = asked.rule, asked.facts, asked.table, asked.window.last
    retrained = facts.retrained_before(last)
    start = max(begins(rule, asked.day, retrained), table.days[0])
    if not table.labels or not start <= last <= table.days[-1]:
        status: Status = "firing" if asked.condition.operator == "no_data" else "no data"
        sentence = f"There are no predictions up to {wording.day(last)}."
        return Evaluation(None, asked.day, status, sentence, Period(last, last))
    reference = rule.reference.resolved(retrained, WEEK)
    test = facts.tests(drift, rule.basis, reference, rule.preset, start, restarts)[(last - start).days]
    return Evaluation(
        None,
        asked.day,
        _drift_status(asked.condition, test),
        drift.explain(test, facts.names(rule.basis)),
        Period(min(test.since, last), last),
        test.effect,
        threshold=test.floor,
        samples=test.current_size,
        statistic=test.statistic,
    )


def _drift_status(condition: Condition, test: DriftTest) -> Status:
    has_verdict = test.verdict in ("stable", "drifted")
    if condition.operator == "no_data":
        return "ok" if has_verdict else "firing"
    if not has_verdict:
        return "no data"
    return "firing" if test.verdict == "drifted" else "ok"
