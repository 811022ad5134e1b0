"""The alerts in the database: written once whoever writes them, and marked by people."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from pymongo.errors import DuplicateKeyError

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import Event
from monitor_core.alerting.lifecycle import Alert, Mark
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.alerts import KEPT, Alerts, Filter, alert_document, read_alert
from monitor_core.mongo.store import Store
from tests.alerting.happened import EVENT
from tests.documents import at

NOW, DAY = at(2026, 10, 15, 12), date(2026, 10, 14)
EVALUATION = Evaluation(3, DAY, "firing", "It fell.", Period(DAY, DAY), 0.5, 0.4, 0.6, 0.8, 40)
ALERT = Alert("low", 3, "Recall is low", "warning", "firing", DAY, NOW, EVALUATION, fired_at=NOW)


def event(number: int, alert: Alert = ALERT, notified: bool | None = False) -> Event:
    of_alert = replace(EVENT, id=f"{alert.id}#{number}", alert=alert.id, label=alert.label, title=alert.title)
    return replace(of_alert, rule=alert.rule, severity=alert.severity, notified=notified)


@pytest.fixture
def alerts(store: Store) -> Alerts:
    alerts = Alerts(store)
    alerts.create_indexes()
    return alerts


def test_an_alert_is_read_as_it_was_written(alerts: Alerts) -> None:
    whole = replace(
        ALERT,
        acknowledged=Mark("ana", NOW, "on it"),
        notes=(Mark("ben", NOW, "a new camera"),),
        snoozed_until=NOW + timedelta(days=1),
        settled_on=DAY,
    )
    assert alerts.write(None, whole, [])
    assert alerts.alert(whole.id) == replace(whole, changes=1)
    with pytest.raises(MonitorError, match="no alert"):
        alerts.alert("another")


def test_only_one_alert_of_a_rule_and_class_can_be_open(alerts: Alerts) -> None:
    alerts.documents.insert_one({"_id": "a"} | alert_document(ALERT))
    with pytest.raises(DuplicateKeyError):
        alerts.documents.insert_one({"_id": "b"} | alert_document(ALERT))
    alerts.documents.insert_one({"_id": "c"} | alert_document(ALERT) | {"label": 4})
    alerts.documents.insert_one({"_id": "d"} | alert_document(ALERT) | {"open": False})
    document = alerts.documents.find_one({"_id": "a"})
    assert document
    assert read_alert(document) == ALERT


def test_an_alert_that_somebody_else_has_written_meanwhile_is_not_written_over(alerts: Alerts) -> None:
    assert alerts.write(None, ALERT, [event(1)])
    assert not alerts.write(None, replace(ALERT, days=7), [event(1)])
    read = alerts.alert(ALERT.id)
    alerts.note(ALERT.id, "seen", "ana", NOW)
    assert not alerts.write(read, replace(read, days=7), [event(2)])
    assert alerts.write(alerts.alert(ALERT.id), replace(read, days=8), [event(2)])
    alerts.publish()
    assert (alerts.alert(ALERT.id).days, [one.number for one in alerts.events(ALERT.id)]) == (8, [1, 2])


def test_an_event_is_published_once_and_keeps_what_was_done_with_it(alerts: Alerts) -> None:
    alerts.write(None, ALERT, [event(1), event(2, notified=None)])
    assert alerts.events(ALERT.id) == []
    alerts.publish()
    alerts.mark_notified([event(1).id])
    alerts.documents.update_one({}, {"$set": {"unpublished": list(alerts.happened.find())}})  # died before it tidied up
    alerts.publish()
    assert [one.notified for one in alerts.events(ALERT.id)] == [True, None]
    assert alerts.unnotified() == []
    assert alerts.was_notified(ALERT.id)


def test_what_people_are_to_be_notified_of_comes_in_order_until_it_is_withheld(alerts: Alerts) -> None:
    alerts.write(None, ALERT, [event(number) for number in (2, 10, 1)])
    alerts.publish()
    assert [one.number for one in alerts.unnotified()] == [1, 2, 10]
    alerts.withhold(alerts.unnotified())
    assert alerts.unnotified() == []
    assert not alerts.was_notified(ALERT.id)


def test_what_is_snoozed_or_answered_is_known(alerts: Alerts) -> None:
    alerts.write(None, ALERT, [])
    assert [one.id for one in alerts.firing_unanswered()] == [ALERT.id]
    alerts.snooze(ALERT.id, NOW + timedelta(hours=1), "ana", NOW)
    assert alerts.snoozed(NOW) == {ALERT.id}
    assert alerts.snoozed(NOW + timedelta(hours=1)) == set()
    alerts.acknowledge(ALERT.id, "ana", NOW)
    assert alerts.firing_unanswered() == []


def test_the_open_and_the_newest_come_first_and_the_critical_ones_are_counted(alerts: Alerts) -> None:
    critical = replace(ALERT, rule="worse", severity="critical", opened_at=NOW - timedelta(days=1))
    pending = replace(ALERT, rule="soon", state="pending", fired_at=None)
    closed = replace(ALERT, rule="over", state="resolved", closed_at=NOW)
    calmed = replace(closed, rule="never", fired_at=None)
    for one in (closed, critical, ALERT, pending, calmed):
        alerts.write(None, one, [])
    assert [one.rule for one in alerts.open_alerts()] == ["worse", "low", "soon"]
    assert alerts.open_count() == {"warning": 1, "critical": 1}
    alerts_shown, count = alerts.page()
    assert ([one.rule for one in alerts_shown], count) == (["low", "soon", "worse", "over"], 4)
    assert alerts.page(Filter(threatened=True))[1] == 5
    assert alerts.page(Filter(open=False))[1] == alerts.page(Filter(severity="critical"))[1] == 1
    assert alerts.page(Filter(label=4))[1] == alerts.page(Filter(since=DAY + timedelta(days=1)))[1] == 0


def test_a_rule_s_closed_alerts_are_judged_with_only_if_they_reach_into_the_days(alerts: Alerts) -> None:
    closed = replace(ALERT, state="resolved", closed_at=NOW)
    alerts.write(None, closed, [])
    assert [one.id for one in alerts.of_rule("low", DAY)] == [closed.id]
    assert alerts.of_rule("low", DAY + timedelta(days=1)) == alerts.of_rule("other", DAY) == []
    alerts.write(None, replace(ALERT, label=4), [])
    assert [one.label for one in alerts.of_rule("low", DAY + timedelta(days=1))] == [4]
    assert [one.label for one in alerts.of_other_rules(["another"])] == [4]
    assert alerts.of_other_rules(["low"]) == []


def test_what_is_too_old_is_forgotten(alerts: Alerts) -> None:
    alerts.write(None, replace(ALERT, state="resolved", closed_at=NOW), [event(1)])
    alerts.publish()
    alerts.forget(NOW + KEPT)
    assert (alerts.page()[1], len(alerts.events(ALERT.id))) == (1, 1)
    alerts.forget(NOW + KEPT + timedelta(seconds=1))
    assert (alerts.page()[1], len(alerts.events(ALERT.id))) == (0, 0)
