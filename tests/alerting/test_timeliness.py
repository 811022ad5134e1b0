"""Whether the rules are judged in time, and what is said if they are not."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor_core.alerting.rules import DEFAULTS
from monitor_core.alerting.timeliness import timeliness_of
from monitor_core.settings.types import Schedule
from tests.documents import at

NOW, MADRID = at(2026, 10, 15, 12), ZoneInfo("Europe/Madrid")
EVERY = Schedule(timedelta(minutes=2))
RULES = [rule for rule in DEFAULTS if rule.enabled]


def judged(ago: timedelta) -> dict[str, datetime | None]:
    return {rule.name: NOW - ago for rule in RULES}


def test_rules_that_nobody_has_ever_judged_are_late() -> None:
    late = timeliness_of(RULES, {}, EVERY, NOW)
    assert (late.late, late.since) == (len(RULES), None)
    assert late.sentence(MADRID).startswith("The rules have never been judged")


def test_rules_are_late_after_three_intervals() -> None:
    assert not timeliness_of(RULES, judged(timedelta(minutes=6)), EVERY, NOW).is_late
    late = timeliness_of(RULES, judged(timedelta(days=3)), EVERY, NOW)
    assert late.since == NOW - timedelta(days=3)
    assert "not been judged since 12 Oct 2026, 14:00" in late.sentence(MADRID)
    assert timeliness_of(RULES, judged(-timedelta(hours=3)), EVERY, NOW).is_late  # by a clock that was put back


def test_one_rule_of_several_may_be_late() -> None:
    times = judged(timedelta(minutes=1)) | {RULES[0].name: NOW - timedelta(hours=1)}
    late = timeliness_of(RULES, times, EVERY, NOW)
    assert (late.late, late.rules) == (1, len(RULES))
    assert late.sentence(MADRID).startswith(f"1 of {len(RULES)} rules have not been judged since")


@pytest.mark.parametrize(("ago", "is_late"), [(timedelta(minutes=1), False), (timedelta(hours=1), True)])
def test_a_new_rule_has_time_until_it_is_judged(ago: timedelta, is_late: bool) -> None:
    new = RULES[0].model_copy(update={"name": "new", "changed_at": NOW - ago})
    assert timeliness_of([*RULES, new], judged(timedelta(0)), EVERY, NOW).is_late is is_late


def test_a_disabled_rule_is_never_late() -> None:
    off = [rule.model_copy(update={"enabled": False}) for rule in RULES]
    assert not timeliness_of(off, {}, EVERY, NOW).is_late
    assert timeliness_of(off, {}, EVERY, NOW).sentence(MADRID) == ""
