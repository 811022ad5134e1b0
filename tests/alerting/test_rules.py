"""Rules as data: what is refused, and how it is said."""

from datetime import datetime
from typing import Any

import pytest

from monitor_core.alerting.rules import rule_from
from monitor_core.contract.errors import RuleError
from tests.alerting.days import a_rule


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "My Rule"}, "name: use up to 60 lower-case letters"),
        ({"colour": 1}, "colour: there is no such field"),
        ({"title": None}, "title"),
        ({"window_days": 0}, "window_days"),
        ({"conditions": []}, "conditions"),
        ({"conditions": [{"metric": "beauty", "operator": "above"}]}, 'no metric "beauty"; use one of accuracy'),
        ({"conditions": [{"metric": "recall", "operator": "above", "threshold": 0.5}]}, "an average or a label"),
        ({"conditions": [{"metric": "accuracy", "operator": "above"}]}, "needs a threshold"),
        ({"conditions": [{"metric": "accuracy", "operator": "above", "threshold": 85}]}, "between 0 and 1"),
        (
            {"conditions": [{"metric": "accuracy", "operator": "drifted"}]},
            '"drifted" does not go with accuracy',
        ),
        (
            {"conditions": [{"metric": "accuracy_drift", "operator": "below", "threshold": 1}]},
            'is "drifted" or "no_data"',
        ),
        ({"conditions": [{"metric": "psi", "operator": "above", "threshold": 1}]}, "needs a column"),
        ({"conditions": [{"metric": "backlog", "operator": "changed_by_more_than", "threshold": 5}]}, "in percent"),
        ({"conditions": [{"metric": "backlog", "operator": "above", "threshold": 5}]}, "has no review date"),
        ({"readiness_days": 3}, 'goes with basis "predicted"'),
        ({"reference": {"kind": "period"}}, "does not go from None to None"),
        ({"reference": {"length": 3}}, "reference.length"),
        ({"mute": [{"first_hour": 24}]}, "first_hour"),
    ],
)
def test_a_mistake_in_a_rule_is_named(changes: dict[str, Any], told: str) -> None:
    good = {"name": "mine", "title": "Mine", "conditions": [{"metric": "accuracy_drift", "operator": "drifted"}]}
    assert rule_from(good).name == "mine"
    with pytest.raises(RuleError) as wrong:
        rule_from(good | changes)
    assert told in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_the_training_set_is_no_reference_for_scores() -> None:
    with pytest.raises(RuleError, match="cannot be the reference of accuracy_drift"):
        a_rule({"metric": "accuracy_drift", "operator": "drifted"}, reference={"kind": "training"})


@pytest.mark.parametrize(
    ("day", "hour", "muted"),
    [(26, 23, True), (27, 4, True), (27, 6, False), (26, 21, False), (31, 23, False), (26, 2, False)],
)
def test_a_night_belongs_to_the_day_it_begins_on(day: int, hour: int, muted: bool) -> None:
    rule = a_rule(
        {"metric": "accuracy_drift", "operator": "drifted"},
        mute=[{"weekdays": ["mon", "tue"], "first_hour": 22, "last_hour": 5}],
    )
    assert rule.mute[0].holds(datetime(2026, 10, day, hour)) == muted  # noqa: DTZ001 - local; the 26th is a Monday
