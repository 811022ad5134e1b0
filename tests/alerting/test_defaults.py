"""The rules that a model begins with."""

from typing import Any

import pytest

from monitor_core.alerting.defaults import default_rules
from monitor_core.alerting.rules import DEFAULTS
from monitor_core.contract.errors import SettingsError


def test_without_settings_they_are_the_default_ones() -> None:
    assert default_rules({}) == DEFAULTS


def test_only_the_named_fields_of_the_named_rules_differ() -> None:
    week = [{"metric": "days_without_reviews", "operator": "above", "threshold": 7}]
    rules = {rule.name: rule for rule in default_rules({"no-reviews": {"conditions": week, "severity": "critical"}})}
    before = {rule.name: rule for rule in DEFAULTS}
    assert rules["no-reviews"].conditions[0].threshold == 7
    assert rules["no-reviews"].severity == "critical"
    assert rules["no-reviews"].title == before["no-reviews"].title
    assert rules | {"no-reviews": None} == before | {"no-reviews": None}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"no-review": {"enabled": False}},
            'MONITOR_RULES cannot be used: there is no default rule "no-review".*no-reviews',
        ),
        ({"mine": {"enabled": False}}, "These are the default rules: .*no-reviews"),
        ({"no-reviews": {"windowdays": 3}}, "no-reviews: .*windowdays: there is no such field"),
        ({"no-reviews": {"severity": "bad"}}, "no-reviews: .*severity"),
        ({"no-reviews": {"version": 3}}, "version of no-reviews cannot be set"),
        ({"no-reviews": {"name": "other"}}, "name of no-reviews cannot be set"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        default_rules(changes)
