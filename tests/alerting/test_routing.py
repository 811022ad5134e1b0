"""Who is notified of a rule's alerts."""

import pytest
from pydantic import SecretStr

from monitor_core.alerting.routing import recipients, recipients_in_words, routing_problems
from monitor_core.alerting.rules import Condition, Rule
from monitor_core.settings.targets import Target

NOBODY = SecretStr("json://nobody")
TARGETS = [
    Target("team", NOBODY, is_named=True),
    Target("pager", NOBODY, critical_only=True, is_named=True),
    Target("data", NOBODY, by_rule_only=True, is_named=True),
]


def rule(severity: str = "warning", notify: tuple[str, ...] = (), enabled: bool = True) -> Rule:
    condition = Condition(metric="accuracy", operator="below", threshold=0.9)
    return Rule(
        name="low",
        title="Low",
        severity=severity,  # type: ignore[arg-type]
        conditions=(condition,),
        notify=notify,
        enabled=enabled,
    )


@pytest.mark.parametrize(
    ("severity", "notify", "names"),
    [
        ("warning", (), ["team"]),
        ("critical", (), ["team", "pager"]),
        ("warning", ("data",), ["data"]),
        ("critical", ("data", "gone"), ["data"]),
        ("critical", ("gone",), ["team", "pager"]),  # nothing is lost because of a misspelt name
    ],
)
def test_a_rule_notifies_whom_it_chooses_of_those_that_exist(
    severity: str, notify: tuple[str, ...], names: list[str]
) -> None:
    assert recipients(rule(severity, notify), TARGETS) == names


def test_a_rule_whose_targets_are_in_order_has_no_problem() -> None:
    assert routing_problems([rule(), rule("critical", ("pager", "data"))], TARGETS) == []
    assert routing_problems([rule(notify=("gone",), enabled=False)], TARGETS) == []
    assert recipients_in_words(rule("critical"), TARGETS) == "team and pager"
    assert recipients_in_words(rule(notify=("pager",)), TARGETS) == "nobody"


def test_a_target_that_does_not_exist_is_said_with_who_is_notified_instead() -> None:
    assert routing_problems([rule(notify=("gone", "team"))], TARGETS) == [
        'The rule "low" is to notify "gone", which is no notification target of the settings, so team is notified of '
        "its alerts. Give an address this name, or change the rule."
    ]
    (sentence,) = routing_problems([rule("critical", notify=("gone", "lost"))], TARGETS)
    assert '"gone" and "lost", which are no notification targets' in sentence
    assert "so team and pager are notified" in sentence
    assert "so nobody is notified" in routing_problems([rule(notify=("gone",))], [])[0]


def test_a_warning_that_only_a_target_of_critical_alerts_would_take_notifies_nobody() -> None:
    assert routing_problems([rule(notify=("pager",))], TARGETS) == [
        'The rule "low" notifies nobody: it is a warning, and pager takes critical alerts only. Change its severity or '
        "its targets."
    ]
