"""The reference of a rule: which days of its alerts are in none."""

from datetime import date, timedelta

import numpy as np
import pytest

from monitor_core.alerting.references import AlertDays, accepted_since, alerted_days, counted_back, reference_on
from monitor_core.alerting.rules import DEFAULTS
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.drift.reference import WEEK
from tests.alerting.days import FIRST, a_rule, accuracy, facts, said

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
    assert alerted_days(alerts, on(70), WEEK)[0] == Period(FIRST_DAY, on(49))
    assert all(not period.first <= day <= period.last for period in alerted_days(alerts, on(70), WEEK)
               for day in map(on, range(50, 70)))  # fmt: skip


def test_the_new_normal_takes_the_place_of_a_fixed_period() -> None:
    period = {"kind": "period", "first": str(on(0)), "last": str(on(30))}
    rule, history = a_rule(DRIFTED, reference=period), facts({}, 100)
    alerts = [AlertDays(on(50), on(69), accepted_on=on(70))]
    assert reference_on(rule, history, on(69), WEEK, alerts).kind == "period"
    assert reference_on(rule, history, on(70), WEEK, alerts).kind == "trailing"


def test_an_anchor_is_the_first_90_days_with_reviews_since_a_retraining() -> None:
    days = {day: accuracy(9, 1) for day in range(300) if day % 2 == 0}
    rule = a_rule(DRIFTED, reference={"kind": "anchor"})

    def ends(
        on_day: int, retrainings: tuple[date, ...] = (), alerts: tuple[AlertDays, ...] = ()
    ) -> tuple[int, int | None]:
        reference = reference_on(rule, facts(days, 300, retrainings=retrainings), on(on_day), WEEK, alerts)
        assert reference.first
        return (reference.first - FIRST).days, (reference.last - FIRST).days if reference.last else None

    assert ends(250) == (0, 178)
    assert ends(250, retrainings=(on(50), on(260))) == (50, 228)
    assert ends(299, retrainings=(on(200),)) == (200, None)
    assert ends(250, alerts=(AlertDays(on(100), on(120), accepted_on=on(121)),)) == (100, 278)


def test_a_slow_slide_is_found_by_the_anchor_and_not_by_the_last_weeks() -> None:
    draw = np.random.default_rng(3)
    wrong = draw.binomial(50, 0.1 + 0.1 * np.clip(np.arange(-90, 365) / 365, 0, 1))
    history = facts({day: accuracy(50 - int(n), int(n)) for day, n in enumerate(wrong)}, 455)
    sliding = next(rule for rule in DEFAULTS if rule.name == "accuracy-sliding")
    falling = next(rule for rule in DEFAULTS if rule.name == "accuracy-falling")
    assert said(sliding, history, 150).status == "ok"
    assert [said(sliding, history, day).status for day in range(440, 455)] == ["firing"] * 15
    assert {said(falling, history, day).status for day in range(440, 455)} == {"ok"}


@pytest.mark.parametrize("alerted", [[], [(10, 19)], [(10, 19), (30, 90)], [(-400, 19)], [(15, 40), (30, 50)]])
@pytest.mark.parametrize("count", [1, 9, 10, 40])
def test_so_many_days_are_counted_back(alerted: list[tuple[int, int]], count: int) -> None:
    periods = [Period(on(first), on(last)) for first, last in alerted]
    first = counted_back(on(60), count, periods)
    counted = [day for day in Period(first, on(59)).days if not any(p.first <= day <= p.last for p in periods)]
    assert len(counted) == count
    assert counted[0] == first


def test_nothing_is_counted_before_the_new_normal() -> None:
    assert counted_back(on(60), 40, [Period(FIRST_DAY, on(49))]) == on(50)
