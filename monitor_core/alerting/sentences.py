"""Verdicts of conditions in words: what was measured, and what it was compared with."""

from collections.abc import Callable, Sequence

from monitor_core.alerting.measurement import Measurement, Question, Range
from monitor_core.alerting.rules import Condition
from monitor_core.contract import wording
from monitor_core.drift.traffic import FEWEST, FEWEST_WEEKS, IN_A_ROW, DayTraffic
from monitor_core.scores.audit import ASSUMES_AUDIT
from monitor_core.scores.metrics import METRIC

FROM_ZERO = 1e12  # a change of so many percent is one from 0
Change = tuple[float, float, float]  # low, value, high: in hundredths, or in percent of the reference


def subject(question: Question) -> str:
    """Return the grammatical subject of a sentence about the measure."""
    condition, title = question.condition, question.condition.measure.title
    if condition.average:
        return METRIC[condition.metric].titled(condition.average)
    label = question.measured_label
    if isinstance(label, int):
        return f"{title} of {question.facts.name(label)}"
    return f"{title} of {condition.drift.noun}" if condition.drift else title


def condition_in_words(condition: Condition, class_name: Callable[[int], str]) -> str:
    """Return what a condition demands, such as "macro recall below 80.0%"."""
    measure = condition.measure
    measured = _measured(condition, class_name)
    match condition.operator:
        case "above" | "below":
            return f"{measured} {condition.operator} {measure.in_words(condition.threshold or 0.0)}"
        case "changed_by_more_than":
            verb = {"any": "changed", "up": "rose", "down": "fell"}[condition.direction]
            return f"{measured} {verb} by more than {_size(condition, condition.threshold or 0.0)}"
        case "outside_reference_interval":
            return f"{measured} outside its typical range in the reference period"
        case "unusual":
            return f"{measured} unusual for the weekday"
        case "no_data":
            return f"no data on {measured}"
    return measured


def _measured(condition: Condition, class_name: Callable[[int], str]) -> str:
    """Return what is measured, as it stands within a sentence."""
    words = condition.measure.words
    if condition.average:
        return f"{condition.average} {words}"
    if condition.label == "every":
        return f"{words} of any class"
    if condition.label is not None:
        return f"{words} of {class_name(condition.label)}"
    return f"{words} of {condition.drift.noun}" if condition.drift and condition.measure.kind == "distance" else words


def value_in_words(condition: Condition, measurement: Measurement) -> str:
    """Return the value or its bounds in words, with its interval and sample size if it has them."""
    parts = []
    if measurement.bounds:
        parts.append(f"bounds, {wording.count(measurement.rejected, 'sample')} rejected")
    elif measurement.has_interval:
        parts.append(wording.interval(measurement.low, measurement.high, condition.measure.scale))
    if measurement.samples:
        parts.append(_counted(condition, measurement.samples))
    text = condition.measure.in_words(measurement.value)
    if measurement.bounds:
        text = wording.between(*measurement.bounds, condition.measure.scale)
    return f"{text} ({', '.join(parts)})" if parts else text


def data(question: Question, measurement: Measurement) -> str:
    """Say how many samples there are, for a condition that fires on too few."""
    counted = _counted(question.condition, measurement.samples)
    return f"{subject(question)} rests on {counted}{_during(question)}; the rule fires below {_least(question)}."


def too_few(question: Question, measurement: Measurement) -> str:
    """Say that there are too few samples to judge."""
    there = _only(question.condition, measurement.samples)
    return f"{subject(question)} cannot be judged{_during(question)}: {there}, where the rule needs {_least(question)}."


def without_interval(question: Question, measurement: Measurement) -> str:
    """Say that a score has no interval that could be judged, and why."""
    return f"{subject(question)} cannot be judged{_during(question)}: {measurement.no_interval}."


def undefined(question: Question, measurement: Measurement) -> str:
    """Say that the measure has no value, and why that may be so."""
    if measurement.rejected:
        rejected = f"{wording.count(measurement.rejected, 'sample')} rejected without a true class"
        return f"{subject(question)} cannot be known{_during(question)}: {rejected}."
    return f"{subject(question)} is undefined{_during(question)}."


def not_comparable(question: Question, measurement: Measurement) -> str:
    """Say that there is no comparison with a reference where samples of either were rejected."""
    return f"{_begun(question, measurement)}, but cannot be compared: samples were rejected without a true class."


def against_threshold(question: Question, measurement: Measurement, is_beyond: bool, fires: bool) -> str:
    """Compare the value with the threshold; a value beyond it that does not fire is not significant."""
    condition = question.condition
    limit = f"{condition.operator} the threshold of {condition.measure.in_words(condition.threshold or 0.0)}"
    if fires:
        return f"{_begun(question, measurement)}, {limit}."
    ending = f"{limit}, but not significantly" if is_beyond else f"not {limit}"
    return f"{_begun(question, measurement)}, {ending}."


def no_reference(question: Question, measurement: Measurement, before: Measurement) -> str:
    """Say that the reference has too few samples for a comparison."""
    has = f"the reference period has {_only(question.condition, before.samples)}"
    return f"{_begun(question, measurement)}, but cannot be compared: {has}, where the rule needs {_least(question)}."


def no_windows(question: Question, measurement: Measurement) -> str:
    """Say that the reference is too short for windows as long as the rule's."""
    windows = f"windows of {wording.count(question.rule.window_days, 'day')} with enough data"
    return f"{_begun(question, measurement)}, but cannot be compared: the reference period has no two {windows}."


def against_range(
    question: Question, measurement: Measurement, before: Measurement, typical: Range, is_outside: bool
) -> str:
    """Compare the value with what windows of the reference usually measure."""
    low, high = (question.condition.measure.in_words(end) for end in typical)
    size = f" with {_counted(question.condition, measurement.samples)}" if measurement.has_interval else ""
    days = wording.count(question.rule.window_days, "day")
    where = "outside" if is_outside else "within"
    windows = f"Windows of {days}{size} usually measure {low} to {high}"
    return f"{_compared(question, measurement, before)} {windows}; this is {where} that range."


def changed(question: Question, measurement: Measurement, before: Measurement, change: Change, fires: bool) -> str:
    """Say how much the value changed, and which change makes the rule fire."""
    condition, limit, (_, value, _) = question.condition, question.condition.threshold or 0.0, change
    moved = f"{_compared(question, measurement, before)} It {_moved(condition, change)}"
    size = _size(condition, limit)
    is_up, is_down = value > limit and condition.direction != "down", value < -limit and condition.direction != "up"
    if fires:
        return f"{moved}, more than the threshold of {size}."
    if is_up or is_down:
        return f"{moved}, more than the threshold of {size}, but not significantly."
    event = {"any": "change", "up": "rise", "down": "fall"}[condition.direction]
    return f"{moved}; the rule fires on a {event} of more than {size}."


def _begun(question: Question, measurement: Measurement) -> str:
    measure = question.condition.measure
    verb = "was" if measure.allows.of_a_window else "is"
    value = value_in_words(question.condition, measurement)
    assumption = ASSUMES_AUDIT if measurement.is_audited else measure.assumption
    assumed = f", {assumption}" if assumption else ""
    return f"{subject(question)} {verb} {value}{_during(question)}{assumed}"


def _compared(question: Question, measurement: Measurement, before: Measurement) -> str:
    reference = value_in_words(question.condition, before)
    return f"{_begun(question, measurement)}, against {reference} in the reference period."


def _moved(condition: Condition, change: Change) -> str:
    low, value, high = change
    verb = "rose" if value > 0 else "fell"
    if value == 0:
        return "did not change"
    if abs(value) > FROM_ZERO:
        return f"{verb} from 0"
    scale = condition.measure.scale if condition.unit == "points" else wording.SHARES
    ends = [wording.signed_points(end / 100, scale) for end in (low, high)]
    interval = "" if low == high else f" (95% interval {' to '.join(ends)})"
    return f"{verb} by {_size(condition, abs(value))}{interval}"


def _size(condition: Condition, hundredths: float) -> str:
    if condition.unit == "percent":
        return wording.percent(hundredths / 100)
    return wording.points(hundredths / 100, scale=condition.measure.scale)


def _during(question: Question) -> str:
    of_a_window = question.condition.measure.allows.of_a_window
    return f" {wording.during(question.window)}" if of_a_window else ""


def _counted(condition: Condition, samples: int) -> str:
    return wording.count(samples, _noun(condition))


def _only(condition: Condition, samples: int) -> str:
    return f"only {_counted(condition, samples)}" if samples else f"no {_noun(condition)}s"


def _noun(condition: Condition) -> str:
    return condition.drift.counted if condition.drift else condition.measure.counted


def _least(question: Question) -> str:
    return f"{question.rule.min_samples:,}"


def traffic_in_words(question: Question, judged: Sequence[DayTraffic], direction: int) -> str:
    """Say how many predictions or reviews the judged days have, and how many the same weekdays before let expect."""
    subject_, days = subject(question), question.table.days
    if len(judged) < IN_A_ROW:
        return f"{subject_} is not judged: there are no {FEWEST_WEEKS} weeks before, or fewer than {FEWEST} a day."
    counts = wording.listed(
        f"{day.count:,} on {wording.day(days[day.day])} "
        f"(expected {day.expected:,.0f}, from {day.low:,} to {day.high:,})"
        for day in reversed(judged)
    )
    how = {-1: " is unusually low", 1: " is unusually high", 0: ""}[direction]
    return f"{subject_}{how}: {counts}."
