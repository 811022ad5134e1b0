"""What every measure of THE list keeps to."""

import pytest

from monitor_core.alerting.measures import KINDS, MEASURES, UNITS
from monitor_core.alerting.rules import rule_from
from monitor_core.contract.errors import RuleError
from monitor_core.drift.rules import RULES
from monitor_core.scores.metrics import METRICS

every_measure = pytest.mark.parametrize("name", MEASURES)


def test_scores_and_drift_rules_are_measures_without_another_entry() -> None:
    assert {metric.key for metric in METRICS} | {rule.metric for rule in RULES} <= set(MEASURES)
    assert {measure.kind for measure in MEASURES.values()} == set(KINDS)
    assert {measure.unit for measure in MEASURES.values()} == set(UNITS)


@every_measure
def test_each_operator_of_its_kind_makes_a_rule_and_no_other(name: str) -> None:
    measure = MEASURES[name]
    for operator in ("above", "below", "changed_by_more_than", "outside_reference_interval", "drifted", "no_data"):
        condition = {"metric": name, "operator": operator}
        condition |= {"average": "macro"} if measure.by_class else {}
        condition |= {"column": "prediction"} if measure.kind == "distance" else {}
        condition |= {"threshold": 0.5} if operator in ("above", "below", "changed_by_more_than") else {}
        condition |= {"unit": "points" if measure.allows.has_interval else "percent"} if "change" in operator else {}
        rule = {"name": "mine", "title": "Mine", "basis": "predicted", "conditions": [condition]}
        if operator in measure.allows.all_operators:
            assert rule_from(rule).conditions[0].measure is measure
        else:
            with pytest.raises(RuleError, match="does not go with"):
                rule_from(rule)


@every_measure
def test_a_value_is_said_with_its_unit(name: str) -> None:
    measure = MEASURES[name]
    assert measure.in_words(measure.lowest + 0.5)
    assert measure.kind == "drift" or measure.range.startswith(("0", "-1", "from 0"))
