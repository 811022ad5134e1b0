"""Rules as a form has them: choices, units, mistakes by field, and what only JSON can say."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from monitor_core.alerting.measures import CHANGES, LIMITS, MEASURES, Measure, Operator
from monitor_core.alerting.rules import Condition, ReferenceDays, Rule
from monitor_core.contract import wording
from monitor_core.drift.rules import BY_KEY

OPERATORS: dict[Operator, str] = {
    "above": "is above",
    "below": "is below",
    "changed_by_more_than": "has changed by more than",
    "outside_reference_interval": "is outside its typical range",
    "drifted": "has drifted",
    "unusual": "is unusual for the weekday",
    "no_data": "has no data",
}
DIRECTIONS = {"any": "either way", "up": "upwards", "down": "downwards"}
REFERENCES = {
    "trailing": "the days before",
    "since_retraining": "the days since the last retraining",
    "anchor": "the first 90 days since the last retraining",
    "training": "the training set",
    "since": "the days since a date",
    "period": "a period",
}
WITH_DATES = ("since", "period")  # references whose dates only JSON has
UNITS_IN_WORDS = {"hours": " (hours)", "seconds": " (seconds)"}
LONGEST_NAME = 60


def offered_units(measure: Measure) -> list[str]:
    """Return the units that a change of the measure can be in."""
    points, percent = measure.allows.has_interval, measure.lowest >= 0
    return [unit for unit, is_possible in (("points", points), ("percent", percent)) if is_possible]


def offered_references(rule: Mapping[str, Any]) -> list[str]:
    """Return the kinds of reference that the form offers: those without dates, and the rule's own."""
    return [kind for kind in REFERENCES if kind not in WITH_DATES or kind == reference_of(rule)["kind"]]


def reference_of(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reference of a rule's data, with its defaults."""
    return ReferenceDays().model_dump(mode="json", exclude_none=True) | dict(rule.get("reference", {}))


def has_threshold(operator: str) -> bool:
    """Return whether conditions with this operator have a threshold."""
    return operator in (*LIMITS, CHANGES[0])


def is_in_percent(measure: Measure, operator: str) -> bool:
    """Return whether the form has the threshold in percent, which the rule has as a share."""
    return operator in LIMITS and measure.unit == "score" and measure.scale == wording.SHARES


def threshold_title(measure: Measure, operator: str, unit: str) -> str:
    """Return the title of the field of a threshold, with its unit."""
    if operator not in LIMITS:
        of_points = "percentage points" if measure.scale == wording.SHARES else "hundredths"
        return f"Change ({'%' if unit == 'percent' else of_points})"
    return f"Threshold{' (%)' if is_in_percent(measure, operator) else UNITS_IN_WORDS.get(measure.unit, '')}"


def shown_threshold(condition: Mapping[str, Any]) -> float | None:
    """Return a condition's threshold as the form has it.

    >>> shown_threshold({"metric": "recall", "operator": "below", "threshold": 0.07})
    7.0
    """
    threshold, measure = condition.get("threshold"), MEASURES[condition["metric"]]
    if threshold is None:
        return None
    return round(100 * threshold, 10) if is_in_percent(measure, condition["operator"]) else float(threshold)


def stored_threshold(number: float | None, measure: Measure, operator: str) -> float | None:
    """Return the threshold of a rule, given the form's."""
    return round(number / 100, 12) if number is not None and is_in_percent(measure, operator) else number


def name_of_title(title: str) -> str:
    """Return a name for a rule with this title.

    >>> name_of_title("Recall of “blue” is low!")
    'recall-of-blue-is-low'
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:LONGEST_NAME].strip("-")


# ---- mistakes


def form_mistakes(rule: Mapping[str, Any], names: Collection[str] = ()) -> dict[str, str]:
    """Return, by field, a sentence on what a person has to correct; fields of conditions are "0 threshold" and so on.

    `names`: of other rules.
    """
    return dict(_mistakes(rule, names))


def _mistakes(rule: Mapping[str, Any], names: Collection[str]) -> Iterator[tuple[str, str]]:
    if not str(rule["title"]).strip():
        yield "title", "Enter a title: it is the heading of alerts and messages."
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", rule["name"]):
        yield "name", "Use up to 60 lower-case letters, digits and dashes, such as recall-of-blue."
    elif rule["name"] in names:
        yield "name", "There is a rule with this name already. Choose another name, or edit that rule."
    for number, condition in enumerate(rule["conditions"]):
        if sentence := _of_threshold(condition):
            yield f"{number} threshold", sentence
    measures = [MEASURES[condition["metric"]] for condition in rule["conditions"]]
    unreviewed = [measure for measure in measures if measure.of_unreviewed]
    if unreviewed and rule.get("basis", "validated") != "predicted":
        yield "basis", f"{unreviewed[0].title} goes by prediction day: what is not reviewed has no review day."
    yield from _of_reference(rule)


def _of_threshold(condition: Mapping[str, Any]) -> str:
    measure, operator, threshold = MEASURES[condition["metric"]], condition["operator"], condition.get("threshold")
    if not has_threshold(operator):
        return ""
    if threshold is None:
        return "Enter a number."
    if operator not in LIMITS:
        return "" if threshold > 0 else "Enter a number above 0; the direction says whether up or down."
    highest = measure.highest if measure.allows.has_interval else None
    if highest is None or measure.lowest <= threshold <= highest:
        return ""
    return f"{measure.title} lies between {measure.in_words(measure.lowest)} and {measure.in_words(highest)}."


def _of_reference(rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if reference_of(rule)["kind"] != "training":
        return
    for condition in rule["conditions"]:
        measure = MEASURES[condition["metric"]]
        drift = measure.drift or (BY_KEY[condition["column"]] if condition.get("column") else None)
        compares = measure.allows.always_compares or condition["operator"] in CHANGES
        if compares and not (drift and drift.knows_training):
            yield (
                "reference",
                f"The training set has only counts of classes, so {measure.words} has no reference there.",
            )
            return


# ---- what only JSON can say


def only_in_json(rule: Rule) -> list[str]:
    """Return sentences on what a rule has that the form does not show, and that stays as it is."""
    return [
        text for text in (_mute_in_words(rule), _reference_in_words(rule.reference), *_judged_by_value(rule)) if text
    ]


def _mute_in_words(rule: Rule) -> str:
    times = [
        f"{wording.listed(mute.weekdays)} from {mute.first_hour:02}:00 to {(mute.last_hour + 1) % 24:02}:00"
        for mute in rule.mute
    ]
    return f"It does not notify on {'; '.join(times)}." if times else ""


def _reference_in_words(reference: ReferenceDays) -> str:
    parts = []
    if reference.first:
        last = f" to {wording.day(reference.last)}" if reference.last else ""
        parts.append(f"its dates, {wording.day(reference.first)}{last}")
    if reference.excluded:
        parts.append(f"{wording.count(len(reference.excluded), 'excluded day')}")
    if not reference.weekends:
        parts.append("no weekends")
    return f"Its reference has {wording.listed(parts)}." if parts else ""


def _judged_by_value(rule: Rule) -> list[str]:
    by_value: list[Condition] = [condition for condition in rule.conditions if condition.judge == "value"]
    return [f"{condition.measure.title} is judged by its value, not by its interval." for condition in by_value]
