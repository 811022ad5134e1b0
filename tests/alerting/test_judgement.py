"""A rule's alerts through days: what changes, and of what people are notified."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitor_core.alerting.evaluation import Evaluation, Status
from monitor_core.alerting.events import Event, EventKind
from monitor_core.alerting.judgement import MOST_DAYS_BACK, Judgement, withdrawal
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.references import AlertsOf
from monitor_core.alerting.rules import rule_from
from monitor_core.contract.calendar import Period

TODAY = date(2026, 10, 15)
NOW = datetime(2026, 10, 15, 12, tzinfo=UTC)
CONDITION = {"metric": "accuracy", "operator": "below", "threshold": 0.8}
LOW = rule_from({"name": "low", "title": "Accuracy is low", "conditions": [CONDITION], "window_days": 1})
EVERY = rule_from(
    {
        "name": "recall",
        "title": "A class is badly recognised",
        "conditions": [CONDITION | {"metric": "recall", "label": "every"}],
    }
)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def evaluation(day: date, status: Status, label: int | None = None) -> Evaluation:
    return Evaluation(label, day, status, f"It is {status}.", Period(day, day), 0.5, samples=40)


def judged(
    statuses: dict[int, Status], known: list[Alert] | None = None, now: datetime = NOW
) -> tuple[Judgement, list[Event]]:
    """By how many days ago: of the other days all is well."""
    judgement = Judgement(LOW, known or [], now, UTC)
    judgement.judge(
        ago(max(statuses)), lambda day, _: [evaluation(day, statuses.get((judgement.today - day).days, "ok"))]
    )
    changes = judgement.changed()
    return judgement, [event for change, of in changes for event in change.events(LOW, None, of)]


def test_what_fires_today_opens_an_alert_that_people_are_notified_of() -> None:
    judgement, (event,) = judged({0: "firing"})
    ((change, _),) = judgement.changed()
    assert (change.before, change.after.state, change.after.opened_on) == (None, "firing", TODAY)
    assert (event.kind, event.notified, event.number) == (EventKind.FIRING, False, 1)
    assert event.link.startswith("/metrics?period=2026-10-15..")


def test_of_what_fired_while_nobody_looked_one_event_says_so() -> None:
    _, events = judged({9: "firing", 8: "firing", 4: "firing"})
    assert [event.kind for event in events] == ["firing", "resolved", "firing", "found late"]
    assert [event.notified for event in events] == [None, None, None, False]
    assert events[-1].sentence.startswith("Found late")


def test_what_began_and_ended_in_one_look_is_no_news() -> None:
    _, events = judged({2: "firing"}, now=datetime(2026, 10, 15, tzinfo=UTC))
    assert [(event.state, event.notified) for event in events] == [("firing", None), ("resolved", None)]


def test_a_day_that_was_judged_when_it_was_over_is_not_judged_again() -> None:
    (alert,) = (change.after for change, _ in judged({2: "firing", 1: "firing", 0: "firing"})[0].changed())
    assert alert.settled_on == ago(1)
    judgement, events = judged({2: "ok", 1: "ok", 0: "firing"}, [replace(alert, grounds_on=None)])
    assert events == []
    assert judgement.transitions == 0


def test_grounds_that_the_documents_do_not_bear_out_any_more_close_an_alert() -> None:
    (alert,) = (change.after for change, _ in judged({2: "firing", 1: "firing", 0: "firing"})[0].changed())
    _, events = judged({1: "ok"}, [alert])
    (event,) = events
    assert (event.kind, event.before, event.state) == (EventKind.REJUDGED, "firing", "resolved")


def test_grounds_of_long_ago_are_left_alone() -> None:
    old = ago(MOST_DAYS_BACK + 1)
    alert = Alert(
        "low", None, "Accuracy is low", "warning", "firing", old, NOW, evaluation(old, "firing"), grounds_on=old
    )
    days: list[date] = []

    def evaluate(day: date, _: AlertsOf) -> list[Evaluation]:
        days.append(day)
        return [evaluation(day, "firing")]

    Judgement(LOW, [alert], NOW, UTC).judge(TODAY, evaluate)
    assert days == [TODAY]


def test_a_class_that_does_not_occur_any_more_has_no_data() -> None:
    alert = Alert("recall", 3, "Badly recognised", "warning", "firing", ago(2), NOW, evaluation(ago(2), "firing", 3))
    judgement = Judgement(EVERY, [alert], NOW, UTC)
    judgement.judge(ago(1), lambda day, _: [evaluation(day, "ok", 1)])
    ((change, _),) = judgement.changed()
    assert (change.after.state, change.after.evaluation.sentence) == ("no data", "The class no longer occurs.")


def test_an_alert_whose_rule_is_gone_is_closed_and_leads_to_the_overview() -> None:
    alert = Alert(
        *("low", None, "Accuracy is low", "warning", "firing", ago(2), NOW, evaluation(ago(2), "firing")), fired_at=NOW
    )
    change = withdrawal(alert, NOW)
    (event,) = change.events(None, None, change.news)
    assert (event.kind, event.state, event.link, event.notified) == (EventKind.RESOLVED, "resolved", "/", False)
