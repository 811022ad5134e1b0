"""Evaluations: the verdict of a rule on a day, in figures and in a sentence. Independent of clock and state."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np

from monitor_core.alerting import sentences
from monitor_core.alerting.facts import Facts
from monitor_core.alerting.gaps import gap_in_words
from monitor_core.alerting.measurement import (
    Measurement,
    Question,
    measure,
    measure_reference,
    reference_indices,
    reference_range,
    typical_days_without,
    window,
)
from monitor_core.alerting.measures import LIMITS
from monitor_core.alerting.references import NO_ALERTS, AlertsOf
from monitor_core.alerting.rules import Condition, Rule
from monitor_core.contract import wording
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import TOGETHER
from monitor_core.contract.errors import DatabaseUnavailable, MonitorError
from monitor_core.drift.reference import WEEK
from monitor_core.drift.rules import DriftRule
from monitor_core.drift.traffic import IN_A_ROW, is_unusual, last_traffic
from monitor_core.drift.verdicts import DriftTest
from monitor_core.scores.differences import difference_interval
from monitor_core.scores.shares import Floats

Status = Literal["ok", "firing", "no data", "check failed"]
OFF_BY_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdict of a rule on a day; fields are None if there was nothing to measure."""

    label: int | None  # a class, where the rule is about every class
    day: date
    status: Status
    sentence: str
    period: Period  # of the documents that it is about
    value: float | None = None
    low: float | None = None  # of the 95% interval
    high: float | None = None
    threshold: float | None = None
    samples: int = 0
    statistic: float | None = None  # of a drift verdict: evidence, chi-square, or gap
    reference: float | None = None  # accuracy in the reference, of a rule whose evidence adds up, if it is about all
    reference_samples: int = 0
    reference_low: float | None = None  # of its 95% interval; None also of what was judged by an earlier version
    reference_high: float | None = None

    @property
    def fires(self) -> bool:
        return self.status == "firing"


def evaluate(
    rule: Rule, facts: Facts, day: date, restarts: Collection[date] = (), alerts: AlertsOf = NO_ALERTS
) -> list[Evaluation]:
    """Return one evaluation for the rule, or one for each class if a condition is about every class.

    A rule that compares with a reference judges whole days: of a day that is not over it returns none, unless accuracy
    has fallen so far that the rule would fire even if all reviews that are still missing were right.

    `restarts`: days on which the evidence for falling accuracy is reset to zero. `alerts`: of the rule, up to the day
    before, whose days are in no reference.
    """
    if day <= facts.whole_through or not rule.compares:
        return _evaluations(rule, facts, day, restarts, alerts)
    if not rule.opens_early:
        return []
    evaluations = _evaluations(rule, facts, day, restarts, alerts)
    if not all(e.fires for e in evaluations):
        return []
    completed = _evaluations(rule, facts, day, restarts, alerts, completed=True)
    return evaluations if all(e.fires for e in completed) else []


def _evaluations(
    rule: Rule, facts: Facts, day: date, restarts: Collection[date], alerts: AlertsOf, completed: bool = False
) -> list[Evaluation]:
    labels: list[int | None] = [None]
    if rule.of_every_class:
        labels = [label for label in facts.tables[rule.basis].labels if label not in TOGETHER]
    try:
        return [
            _joined(
                rule,
                label,
                [
                    _judge(Question(condition, rule, facts, day, label, restarts, alerts.get(label, ()), completed))
                    for condition in rule.conditions
                ],
            )
            for label in labels
        ]
    except DatabaseUnavailable:
        raise  # this says nothing about the rule
    except (MonitorError, ValueError) as error:
        return [Evaluation(None, day, "check failed", f"The rule could not be checked: {error}", window(rule, day))]


def _joined(rule: Rule, label: int | None, evaluations: list[Evaluation]) -> Evaluation:
    """Combine the evaluations of the conditions by all or any; the figures are from the first decisive condition."""
    order: tuple[Status, ...] = ("ok", "no data", "firing") if rule.join == "all" else ("firing", "no data", "ok")
    status = next(status for status in order if any(evaluation.status == status for evaluation in evaluations))
    deciding = [evaluation for evaluation in evaluations if evaluation.status == status]
    return replace(
        deciding[0], label=label, sentence=" ".join(dict.fromkeys(evaluation.sentence for evaluation in deciding))
    )


def bases(rule: Rule) -> set[Basis]:
    """Return the bases of the tables that a rule needs."""
    missing = (condition.measure.missing for condition in rule.conditions)
    drifts = (condition.measure.drift for condition in rule.conditions)
    selects: set[Basis] = {"predicted"} if any(drift and drift.knows_selection for drift in drifts) else set()
    return {rule.basis, *selects, *(basis for basis in missing if basis)}


def _judge(question: Question) -> Evaluation:
    condition, rule = question.condition, question.rule
    if condition.measure.drift:
        return _drift(question, condition.measure.drift)
    if condition.operator == "unusual":
        return _traffic(question)
    measurement = measure(question)
    too_few = condition.measure.allows.of_samples and measurement.samples < rule.min_samples
    lacks_interval = bool(measurement.no_interval) and condition.judge == "interval"
    if condition.operator == "no_data" or too_few or lacks_interval or measurement.is_empty:
        return _without_data(question, measurement, too_few)
    if measurement.bounds and condition.operator not in LIMITS:
        return _evaluation(question, measurement, "no data", sentences.not_comparable(question, measurement))
    if condition.measure.missing and condition.operator == "above":
        return _against_typical_gap(question, measurement, condition.measure.missing)
    if condition.operator in LIMITS:
        return _against_threshold(question, measurement)
    return _against_reference(question, measurement)


def _evaluation(question: Question, measurement: Measurement, status: Status, sentence: str) -> Evaluation:
    numbers = (measurement.value, *(measurement.bounds or (measurement.low, measurement.high)))
    value, low, high = (None if math.isnan(number) else float(number) for number in numbers)
    threshold, samples = question.condition.threshold, measurement.samples
    return Evaluation(
        question.label, question.day, status, sentence, question.window, value, low, high, threshold, samples
    )


def _without_data(question: Question, measurement: Measurement, too_few: bool) -> Evaluation:
    if question.condition.operator == "no_data":
        is_empty = too_few or measurement.is_empty
        return _evaluation(question, measurement, "firing" if is_empty else "ok", sentences.data(question, measurement))
    text = sentences.undefined(question, measurement)
    if too_few:
        text = sentences.too_few(question, measurement)
    elif measurement.no_interval:
        text = sentences.without_interval(question, measurement)
    return _evaluation(question, measurement, "no data", text)


def _against_threshold(question: Question, measurement: Measurement) -> Evaluation:
    condition, threshold = question.condition, question.condition.threshold or 0.0
    low, high = _judged(condition, measurement)
    is_below = condition.operator == "below"
    fires = high < threshold if is_below else low > threshold
    lowest, highest = measurement.bounds or (measurement.value, measurement.value)
    is_beyond = highest < threshold if is_below else lowest > threshold
    sentence = sentences.against_threshold(question, measurement, is_beyond, fires)
    return _evaluation(question, measurement, "firing" if fires else "ok", sentence)


def _traffic(question: Question) -> Evaluation:
    """Judge the number of predictions or reviews of the last whole days by those of the same weekdays before."""
    table, last = question.table, min(question.day, question.facts.whole_through)
    _, end = table.span(Period(table.days[0], last)) if last >= table.days[0] else (0, 0)
    judged = last_traffic(table.numbers[question.condition.measure.number or "documents"][:end])
    direction = is_unusual(judged)
    status: Status = "no data" if len(judged) < IN_A_ROW else "firing" if direction else "ok"
    now = Measurement(float(judged[0].count), samples=judged[0].count) if judged else Measurement(math.nan)
    window = Period(table.days[judged[-1].day], table.days[judged[0].day]) if judged else question.window
    return replace(
        _evaluation(question, now, status, sentences.traffic_in_words(question, judged, direction)), period=window
    )


def _against_typical_gap(question: Question, measurement: Measurement, basis: Basis) -> Evaluation:
    """Judge days without documents by the threshold, or by the longest typical gap where that is longer."""
    last = min(question.day, question.facts.whole_through)
    typical = typical_days_without(question.facts, basis, question.day)
    allowed = max(question.condition.threshold or 0.0, float(typical))
    days, noun = int(measurement.value), "predictions" if basis == "predicted" else "reviews"
    status: Status = "firing" if measurement.value > allowed else "ok"
    evaluation = _evaluation(question, measurement, status, gap_in_words(days, noun, typical, allowed, last))
    return replace(evaluation, threshold=allowed)


def _judged(condition: Condition, measurement: Measurement) -> tuple[float, float]:
    """Return the bounds that are compared with the threshold: the ends of the interval, or the value twice.

    Where there is no value, they are its own bounds, or the interval around them.
    """
    if condition.judge == "value" or not measurement.has_interval:
        return measurement.bounds or (measurement.value, measurement.value)
    return measurement.low, measurement.high


def _against_reference(question: Question, measurement: Measurement) -> Evaluation:
    days = reference_indices(question)
    before = measure_reference(question, days)
    if before.rejected and math.isnan(before.value):
        return _evaluation(question, measurement, "no data", sentences.not_comparable(question, measurement))
    if math.isnan(before.value) or before.samples < question.rule.min_samples:
        return _evaluation(question, measurement, "no data", sentences.no_reference(question, measurement, before))
    if question.condition.operator == "changed_by_more_than":
        return _changed(question, measurement, before)
    typical = reference_range(question, days, measurement, before)
    if typical is None:
        return _evaluation(question, measurement, "no data", sentences.no_windows(question, measurement))
    is_outside = not typical[0] <= measurement.value <= typical[1]
    sentence = sentences.against_range(question, measurement, before, typical, is_outside)
    return _evaluation(question, measurement, "firing" if is_outside else "ok", sentence)


def _changed(question: Question, measurement: Measurement, before: Measurement) -> Evaluation:
    condition, limit = question.condition, question.condition.threshold or 0.0
    low, value, high = _change(condition, measurement, before)
    up, down = low > limit and condition.direction != "down", high < -limit and condition.direction != "up"
    sentence = sentences.changed(question, measurement, before, (low, value, high), up or down)
    return _evaluation(question, measurement, "firing" if up or down else "ok", sentence)


def _change(condition: Condition, now: Measurement, before: Measurement) -> tuple[float, float, float]:
    """Return low, value and high of the change, in points or percent of the reference; the interval is by MOVER."""
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


def _drift(question: Question, drift: DriftRule) -> Evaluation:
    rule, facts, table, last = question.rule, question.facts, question.table, question.window.last
    reference = question.reference_before(WEEK)
    start = question.begins(reference)
    if not table.labels or not start <= last <= table.days[-1]:
        status: Status = "firing" if question.condition.operator == "no_data" else "no data"
        sentence = f"There are no predictions up to {wording.day(last)}."
        return Evaluation(None, question.day, status, sentence, Period(last, last))
    restarts = {*question.restarts, *(alert.accepted_on for alert in question.alerts if alert.accepted_on)}
    tests = facts.tests(drift, rule.basis, reference, rule.preset, start, restarts, question.completed)
    test = tests[(last - start).days]
    return Evaluation(
        None,
        question.day,
        _drift_status(question.condition, test),
        drift.explain(test, facts.names(rule.basis)),
        Period(min(test.since, test.last), test.last),
        test.effect,
        threshold=test.floor,
        samples=test.current_size,
        statistic=test.statistic,
        **_reference_of(drift, test),
    )


def _reference_of(drift: DriftRule, test: DriftTest) -> dict[str, Any]:
    """Return the accuracy that the rule compares with; nothing where it goes by a class or by prediction date."""
    if not drift.accumulates or test.falls is not None or test.readiness or test.before is None:
        return {}
    return {
        "reference": test.before,
        "reference_samples": test.reference_size,
        "reference_low": test.before_low,
        "reference_high": test.before_high,
    }


def _drift_status(condition: Condition, test: DriftTest) -> Status:
    has_verdict = test.verdict in ("stable", "drifted")
    if condition.operator == "no_data":
        return "ok" if has_verdict else "firing"
    if not has_verdict:
        return "no data"
    return "firing" if test.verdict == "drifted" else "ok"
