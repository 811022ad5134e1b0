"""What a condition measures in a window and in its reference."""

import math
from datetime import date, timedelta
from typing import Any

import pytest

from monitor_core.alerting.measurement import (
    Question,
    begins,
    measure,
    measure_reference,
    reference_indices,
    reference_range,
    window,
)
from monitor_core.alerting.rules import as_json, rule_from
from monitor_core.contract.calendar import Period
from monitor_core.scores.design import share_interval
from tests.alerting.days import FIRST, a_rule, accuracy, counts, facts


def ask(condition: dict[str, Any], day: int = 99, label: int | None = None, **more: Any) -> Question:
    """A hundred days, each of nine right ones and a wrong one."""
    rule = a_rule(condition, **more)
    history = facts({n: accuracy(9, 1) for n in range(100)}, 100, class_names={1: "blue"})
    return Question(rule.conditions[0], rule, history, FIRST + timedelta(day), label)


BELOW = {"metric": "accuracy", "operator": "below", "threshold": 0.8}
RECALL = {"metric": "recall", "operator": "below", "threshold": 0.8}


def test_the_window_ends_before_what_is_still_to_be_reviewed() -> None:
    rule = a_rule(BELOW, basis="predicted", readiness_days=3)
    assert window(rule, FIRST + timedelta(20)) == Period(FIRST + timedelta(11), FIRST + timedelta(17))


def test_a_score_has_the_interval_of_its_samples() -> None:
    measurement = measure(ask(BELOW))
    assert (measurement.value, measurement.samples) == (0.9, 70)
    assert [measurement.low, measurement.high] == pytest.approx(share_interval([9] * 7, [10] * 7).tolist())


def test_the_reference_lies_before_the_window() -> None:
    question = ask(BELOW)
    days = reference_indices(question)
    assert (days.min(), days.max(), len(days)) == (33, 92, 60)
    reference = measure_reference(question, days)
    assert (reference.value, reference.samples) == (0.9, 600)
    typical = reference_range(question, days, measure(question), reference)
    assert typical is not None
    assert typical[0] < reference.low < 0.9 < reference.high < typical[1]


def test_a_count_has_the_range_of_its_windows() -> None:
    question = ask({"metric": "backlog", "operator": "outside_reference_interval"}, basis="predicted")
    days = reference_indices(question)
    reference = measure_reference(question, days)
    assert reference_range(question, days, measure(question), reference) == pytest.approx((0.0, 0.0))
    assert math.isnan(measure_reference(question, days[:0]).value)


def test_an_hour_that_is_over_cannot_be_asked_for_its_lag() -> None:
    lag = {"metric": "worker_lag_seconds", "operator": "above", "threshold": 1}
    assert math.isnan(measure(ask(lag)).value)


def test_a_class_that_does_not_occur_has_no_score() -> None:
    rule = a_rule(RECALL | {"label": 7})
    history = facts({0: counts([(1, 1)] * 5)}, 1)
    assert math.isnan(measure(Question(rule.conditions[0], rule, history, FIRST, None)).value)


def test_a_new_class_is_not_compared_with_its_own_first_weeks() -> None:
    """From its fifth sample on there is no reference, until there could be one of other weeks; others have theirs."""
    rows = {n: counts([(1, 1)] * 10 + ([(5, 1)] * 2 if n >= 60 else [])) for n in range(160)}
    history = facts(rows, 160)
    rule = a_rule(RECALL | {"operator": "outside_reference_interval", "label": "every"} | {"threshold": None})

    def reference(day: int, label: int) -> int:
        return len(reference_indices(Question(rule.conditions[0], rule, history, FIRST + timedelta(day), label)))

    assert [reference(day, 5) for day in (70, 100, 126)] == [0, 0, 0]
    assert reference(127, 5) == 60
    assert [reference(day, 1) for day in (70, 100, 126)] == [60, 60, 60]


def test_whether_a_class_is_new_does_not_depend_on_how_far_back_the_table_reaches() -> None:
    """A class that was there a year ago and is back: other rules may need the days of that year."""
    rows = {n: counts([(1, 1)] * 10 + ([(5, 1)] * 2 if n < 150 or n >= 680 else [])) for n in range(700)}
    rule = a_rule({"metric": "recall", "operator": "outside_reference_interval", "label": 5})
    start = (begins(rule, FIRST + timedelta(699)) - FIRST).days
    assert 150 < start < 600
    for known in (rows, {n: row for n, row in rows.items() if n >= start}):
        history = facts(known, 700)
        assert not len(reference_indices(Question(rule.conditions[0], rule, history, FIRST + timedelta(699), None)))


def test_a_rule_looks_back_as_far_as_its_threshold_and_its_reference() -> None:
    day = FIRST + timedelta(300)
    silence = a_rule({"metric": "days_without_reviews", "operator": "above", "threshold": 100})
    assert (day - begins(silence, day)).days > 101
    since = a_rule(
        {"metric": "accuracy", "operator": "outside_reference_interval"}, reference={"kind": "since_retraining"}
    )
    assert begins(since, day, FIRST) == FIRST
    period = {"kind": "period", "first": "2026-01-05", "last": "2026-02-05"}
    assert begins(
        since.model_copy(update={"reference": rule_from(as_json(since) | {"reference": period}).reference}), day
    ) == date(2026, 1, 1)
