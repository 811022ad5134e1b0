"""Rules as a form has them."""

from itertools import product
from typing import Any, get_args

import pytest

from monitor_core.alerting import forms
from monitor_core.alerting.measures import COLUMNS, MEASURES, Operator
from monitor_core.alerting.rules import DEFAULTS, ReferenceDays, rule_from
from monitor_core.contract.errors import RuleError


def a_rule(name: str, operator: str, threshold: float | None, **more: Any) -> dict[str, Any]:
    measure = MEASURES[name]
    condition: dict[str, Any] = {"metric": name, "operator": operator}
    condition |= {"label": "every"} if measure.by_class else {}
    condition |= {"column": COLUMNS[0]} if measure.kind == "distance" else {}
    condition |= {"threshold": threshold} if threshold is not None else {}
    condition |= {"unit": forms.offered_units(measure)[0]} if operator == "changed_by_more_than" else {}
    return {"name": "a", "title": "A", "basis": "predicted", "conditions": [condition]} | more


def test_every_operator_direction_and_reference_has_its_words() -> None:
    assert forms.OPERATORS.keys() == set(get_args(Operator))
    assert forms.REFERENCES.keys() == set(get_args(ReferenceDays.model_fields["kind"].annotation))
    assert list(forms.DIRECTIONS) == ["any", "up", "down"]


@pytest.mark.parametrize("name", MEASURES)
def test_the_form_finds_every_mistake_that_the_rules_refuse_and_no_other(name: str) -> None:
    operators, thresholds = MEASURES[name].allows.all_operators, (None, -2.0, 0.0, 0.5, 1.5)
    for operator, threshold, basis, kind in product(
        operators, thresholds, ("validated", "predicted"), ("trailing", "training")
    ):
        given = threshold if forms.has_threshold(operator) else None
        data = a_rule(name, operator, given, basis=basis, reference={"kind": kind})
        assert bool(forms.form_mistakes(data)) == is_refused(data), data


def is_refused(data: dict[str, Any]) -> bool:
    try:
        rule_from(data)
    except RuleError:
        return True
    return False


@pytest.mark.parametrize("rule", DEFAULTS, ids=lambda rule: rule.name)
def test_the_default_rules_have_no_mistake_and_nothing_beyond_the_form(rule: Any) -> None:
    assert forms.form_mistakes(rule.model_dump(mode="json", exclude_none=True)) == {}
    assert forms.only_in_json(rule) == []


def test_shares_are_in_percent_and_come_back_as_they_were() -> None:
    recall = MEASURES["recall"]
    for hundredths in range(101):
        share = hundredths / 100
        shown = forms.shown_threshold({"metric": "recall", "operator": "below", "threshold": share})
        assert shown == float(hundredths)
        assert forms.stored_threshold(shown, recall, "below") == share
    assert forms.threshold_title(recall, "below", "points") == "Threshold (%)"
    correlation = MEASURES["matthews_correlation"]
    assert forms.stored_threshold(0.3, correlation, "below") == 0.3
    assert forms.threshold_title(correlation, "below", "points") == "Threshold"
    assert forms.threshold_title(correlation, "changed_by_more_than", "points") == "Change (hundredths)"
    assert forms.threshold_title(MEASURES["worker_lag_seconds"], "above", "points") == "Threshold (seconds)"
    assert forms.threshold_title(recall, "changed_by_more_than", "percent") == "Change (%)"


def test_a_mistake_names_its_field() -> None:
    data = a_rule("accuracy", "below", 1.5) | {"title": " ", "name": "Not A Name"}
    assert forms.form_mistakes(data) == {
        "title": "Enter a title: it is the heading of alerts and messages.",
        "name": "Use up to 60 lower-case letters, digits and dashes, such as recall-of-blue.",
        "0 threshold": "Accuracy lies between 0.0% and 100.0%.",
    }
    assert list(forms.form_mistakes(a_rule("accuracy", "below", 0.5), ["a"])) == ["name"]


def test_a_reference_with_dates_is_offered_only_to_the_rule_that_has_it() -> None:
    assert "period" not in forms.offered_references({})
    assert "period" in forms.offered_references({"reference": {"kind": "period"}})
