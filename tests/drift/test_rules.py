"""What every drift rule of THE list keeps to; a new entry is tested here without another line."""

import re
from functools import cache

import numpy as np
import pytest

from monitor_core.alerting.measures import MEASURES
from monitor_core.alerting.rules import DEFAULTS
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.drift.rules import BY_KEY, RULES, DriftRule
from monitor_core.drift.verdicts import DriftTest
from monitor_core.scores.daily import DailyTable
from tests.drift.simulated import NAMES, TRAILING, day_counts, drifted, table_of

CHANGE = 90  # the day from which all is otherwise

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)


@cache
def changing(rule: DriftRule, days: int = CHANGE + 10, seed: int = 1) -> DailyTable:
    """Change the days from CHANGE on; for the rule that waits for a rise, those before, which have more errors."""
    rng = np.random.default_rng(seed)
    return table_of([day_counts(rng, changed=(day >= CHANGE) != (rule.key == "rise")) for day in range(days)])


def judged(rule: DriftRule, table: DailyTable) -> list[DriftTest]:
    return rule.judge(table, TRAILING, "balanced")


@every_rule
def test_a_rule_is_quiet_on_identical_days(rule: DriftRule) -> None:
    day = day_counts(np.random.default_rng(2))
    assert {test.verdict for test in judged(rule, table_of([day] * 120))} == {"learning", "stable"}


@every_rule
def test_a_rule_fires_on_a_gross_change_and_not_before(rule: DriftRule) -> None:
    days = drifted(judged(rule, changing(rule)))
    early = [day for day in days if day < CHANGE]
    assert len(early) <= 1  # chance
    assert set(days) & {CHANGE, CHANGE + 1, CHANGE + 2}


@every_rule
def test_a_rule_learns_until_it_has_a_reference(rule: DriftRule) -> None:
    verdicts = [test.verdict for test in judged(rule, changing(rule))]
    assert verdicts[:14] == ["learning"] * 14
    assert set(verdicts[30:]) == {"stable", "drifted"}


@every_rule
def test_a_day_is_judged_by_what_was_there_on_that_day(rule: DriftRule) -> None:
    rng = np.random.default_rng(3)
    days = [day_counts(rng, changed=day >= CHANGE) for day in range(CHANGE + 3)]
    whole = judged(rule, table_of(days))
    for end in (20, CHANGE + 1):
        assert judged(rule, table_of(days[:end])) == whole[:end]


@every_rule
def test_a_sentence_has_the_window_the_count_and_the_interval(rule: DriftRule) -> None:
    tests = judged(rule, changing(rule))
    for test in tests:
        sentence = rule.explain(test, NAMES)
        assert sentence.endswith(".")
        assert not re.search(r"\b(nan|None|inf)\b", sentence)
    for test in (tests[CHANGE - 1], tests[-1]):
        sentence = rule.explain(test, NAMES)
        assert wording.during(Period(test.since, test.day)) in sentence
        assert wording.count(test.current_size, rule.counted) in sentence
    assert f"{tests[-1].now:.1%} (95% interval " in rule.explain(tests[-1], NAMES)


@every_rule
def test_a_figure_lies_within_its_interval(rule: DriftRule) -> None:
    for test in judged(rule, changing(rule))[30:]:
        if test.now is None and rule.categories == "classes":  # of a mix that has not moved, or in no class by itself
            continue
        assert test.now is not None
        assert test.low is not None
        assert test.high is not None
        assert 0 <= test.low <= test.now <= test.high <= 1


@every_rule
def test_a_rule_has_a_metric_and_an_alert_by_default(rule: DriftRule) -> None:
    assert MEASURES[rule.metric].drift is rule
    (default,) = [one for one in DEFAULTS if one.name == rule.alert.name]
    assert [condition.metric for condition in default.conditions] == [rule.metric]
    assert default.basis == rule.basis


def test_keys_and_names_are_there_once() -> None:
    assert len(BY_KEY) == len({rule.alert.name for rule in RULES}) == len({rule.title for rule in RULES}) == len(RULES)
