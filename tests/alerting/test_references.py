"""The reference of a rule: which days of its alerts are in none."""

from datetime import date, timedelta

import pytest

from monitor_core.alerting.references import AlertDays, accepted_since, alerted_days, counted_back, reference_on
from monitor_core.contract.calendar import Period
from monitor_core.drift.reference import WEEK
from tests.alerting.days import FIRST, a_rule, facts

DRIFTED = {"metric": "accuracy_drift", "operator": "drifted"}


def on(day: int) -> date:
    return FIRST + timedelta(day)


def test_the_days_of_an_alert_begin_a_gap_before_it_opened() -> None:
    assert alerted_days([AlertDays(on(50))], on(60), WEEK) == (Period(on(44), date.max),)
    assert alerted_days([AlertDays(on(50), on(55))], on(60), 14) == (Period(on(37), on(55)),)


def test_the_new_normal_leaves_out_what_was_before_it_and_only_from_then_on() -> None:
    alerts = [AlertDays(on(20), on(22)), AlertDays(on(50), on(69), accepted_on=on(70))]
    assert accepted_since(alerts, on(69)) is None
    assert alerted_days(alerts, on(69), WEEK) == (Period(on(14), on(22)), Period(on(44), on(69)))
    assert accepted_since(alerts, on(70)) == on(50)
    assert alerted_days(alerts, on(70), WEEK)[0] == Period(date.min, on(49))
    assert all(not period.first <= day <= period.last for period in alerted_days(alerts, on(70), WEEK)
               for day in map(on, range(50, 70)))  # fmt: skip


def test_the_new_normal_takes_the_place_of_a_fixed_period() -> None:
    period = {"kind": "period", "first": str(on(0)), "last": str(on(30))}
    rule, history = a_rule(DRIFTED, reference=period), facts({}, 100)
    alerts = [AlertDays(on(50), on(69), accepted_on=on(70))]
    assert reference_on(rule, history, on(69), WEEK, alerts).kind == "period"
    assert reference_on(rule, history, on(70), WEEK, alerts).kind == "trailing"


@pytest.mark.parametrize("alerted", [[], [(10, 19)], [(10, 19), (30, 90)], [(-400, 19)], [(15, 40), (30, 50)]])
@pytest.mark.parametrize("count", [1, 9, 10, 40])
def test_so_many_days_are_counted_back(alerted: list[tuple[int, int]], count: int) -> None:
    periods = [Period(on(first), on(last)) for first, last in alerted]
    first = counted_back(on(60), count, periods)
    counted = [day for day in Period(first, on(59)).days if not any(p.first <= day <= p.last for p in periods)]
    assert len(counted) == count
    assert counted[0] == first


def test_nothing_is_counted_before_the_new_normal() -> None:
    assert counted_back(on(60), 40, [Period(date.min, on(49))]) == on(50)
