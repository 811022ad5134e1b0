"""Typical gaps of predictions and reviews, and the rules that wait for longer ones."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from monitor_core.alerting.gaps import OFTEN, typical_gap
from monitor_core.alerting.rules import DEFAULTS
from tests.alerting.days import FIRST, counts, facts, said

DAYS = 120
(PREDICTIONS,) = (rule for rule in DEFAULTS if rule.name == "no-predictions")
(REVIEWS,) = (rule for rule in DEFAULTS if rule.name == "no-reviews")
WORKDAYS, FRIDAYS, ALTERNATE, FORTNIGHTS = (0, 1, 2, 3, 4), (4,), (0, 2, 4), ()


def works(day: int, weekdays: tuple[int, ...]) -> bool:
    if not weekdays:
        return day % 14 == 4
    return (FIRST + timedelta(day)).weekday() in weekdays


def fired(rule: Any, weekdays: tuple[int, ...], stops: int = DAYS, since: int = 28) -> list[int]:
    """The days on which the rule fires if nothing comes from a day on; each judged while it lasts and when over."""
    days = {day: counts([(1, 1)] * 20) for day in range(stops) if works(day, weekdays)}
    found = []
    for day in range(since, DAYS):
        over = [FIRST + timedelta(day - 1), FIRST + timedelta(day)]
        if any(said(rule, facts(days, DAYS, whole_through=through), day).status == "firing" for through in over):
            found.append(day)
    return found


@pytest.mark.parametrize("rule", [PREDICTIONS, REVIEWS], ids=lambda rule: rule.name)
@pytest.mark.parametrize("weekdays", [WORKDAYS, FRIDAYS, ALTERNATE, FORTNIGHTS])
def test_the_typical_gaps_are_quiet(rule: Any, weekdays: tuple[int, ...]) -> None:
    assert fired(rule, weekdays) == []


@pytest.mark.parametrize(
    ("rule", "weekdays", "longest", "within"),
    [
        (PREDICTIONS, WORKDAYS, 2, 4),
        (REVIEWS, WORKDAYS, 2, 6),
        (REVIEWS, FRIDAYS, 6, 12),
        (REVIEWS, FORTNIGHTS, 13, 26),
    ],
)
def test_a_stop_of_twice_the_typical_gap_fires(rule: Any, weekdays: tuple[int, ...], longest: int, within: int) -> None:
    for stop in range(90, 97):
        last = max(day for day in range(stop) if works(day, weekdays))
        fires = fired(rule, weekdays, stop)
        assert fires[0] - last > longest - (rule is PREDICTIONS)
        assert fires[0] - last <= within + 1
        assert fires[-1] == DAYS - 1


def test_the_sentence_says_the_gap_and_the_typical_one() -> None:
    days = {day: counts([(1, 1)] * 20) for day in range(DAYS) if works(day, FRIDAYS)}
    friday = max(days) - 7
    del days[max(days)]
    evaluation = said(REVIEWS, facts(days, DAYS), friday + 5)
    assert evaluation.sentence == "5 days without reviews; the longest typical gap up to a Wednesday is 5 days."
    assert (evaluation.value, evaluation.threshold) == (5, 5)
    evaluation = said(PREDICTIONS, facts({day: counts([(1, 1)] * 20) for day in range(100)}, DAYS), 101)
    assert evaluation.sentence.startswith(
        "2 days without predictions; up to 1 day is allowed, and there is usually no gap"
    )


def test_an_outage_does_not_become_typical() -> None:
    documents = np.ones(100, int)
    documents[60:70] = 0
    documents[98:] = 0
    assert typical_gap(documents) == 0
    documents[:58] = 0  # too few weeks to tell an outage from a habit
    weekday = 99 - 7 * ((99 - 69) // 7 + 1)
    assert typical_gap(documents) == max(0, weekday - 59)
    assert OFTEN == 6


def test_without_documents_nothing_is_typical() -> None:
    assert typical_gap(np.zeros(30, int)) == 0
    assert typical_gap(np.zeros(0, int)) == 0
