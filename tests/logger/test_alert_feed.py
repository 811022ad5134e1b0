"""The feed of alerts: people's marks on it while the logger judges, and who hears of its events."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor_core.alerting.lifecycle import Alert, advance
from monitor_core.contract.errors import MonitorError
from monitor_core.logger.judging import Judge
from monitor_core.logger.notifying import events_to_notify, still_firing
from monitor_core.mongo.alerts import Alerts, Filter
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from tests.alerting.happened import LOW
from tests.logger.judged import START, documents, noon, only, write


@pytest.fixture
def firing(store: Store) -> Alert:
    watch = only(store, LOW)
    watch.evaluate_all(noon(69))
    write(store, documents(70, 0.3, range(24)))
    watch.evaluate_all(noon(70))
    (alert,) = Alerts(store).open_alerts()
    return alert


def test_marks_stay_with_the_alert(store: Store, firing: Alert) -> None:
    feed = Alerts(store)
    feed.acknowledge(firing.id, "ana", START, "on it")
    feed.note(firing.id, "a new camera", "ben", START)
    feed.false_alarm(firing.id, "cai", START)
    Judge(store).evaluate_all(noon(72))
    stored_alert = feed.alert(firing.id)
    assert stored_alert.acknowledged
    assert stored_alert.false_alarm
    assert (stored_alert.acknowledged.by, stored_alert.acknowledged.text) == ("ana", "on it")
    assert [note.text for note in stored_alert.notes] == ["a new camera"]
    assert stored_alert.state == "no data"
    with pytest.raises(MonitorError, match="There is no alert"):
        feed.note("nobody", "", "", START)


def test_a_mark_made_while_a_worker_judges_is_not_lost(store: Store, firing: Alert) -> None:
    feed, watch = Alerts(store), Judge(store)
    read = feed.alert(firing.id)
    well = replace(read.evaluation, status="ok", day=read.evaluation.day + timedelta(days=1))
    after, transition = advance(LOW, read, well, noon(72))
    assert after
    assert transition
    feed.acknowledge(firing.id, "ana", START)
    assert not feed.write(read, after, [])
    assert (feed.alert(firing.id).state, feed.alert(firing.id).acknowledged is not None) == ("firing", True)
    watch.evaluate_all(noon(70))
    read = feed.alert(firing.id)
    after, transition = advance(LOW, read, well, noon(72))
    assert after
    assert feed.write(read, after, [])
    stored_alert = feed.alert(firing.id)
    assert (stored_alert.state, stored_alert.acknowledged is not None) == ("resolved", True)


def test_an_event_is_told_until_the_notifier_has_it(store: Store, firing: Alert) -> None:
    feed = Alerts(store)
    (event,) = events_to_notify(store, noon(70))
    assert (event.kind, event.rule, event.severity, event.class_name) == ("firing", "low", "warning", None)
    assert event.link.startswith("/metrics?period=2026-08-10..2026-08-10&basis=review+day")
    assert event.low is not None
    assert event.sentence == firing.evaluation.sentence
    assert still_firing(store, noon(70)) == []
    feed.mark_notified([event.id])
    assert events_to_notify(store, noon(70)) == []
    assert [one.id for one in still_firing(store, noon(70))] == [event.id]
    feed.acknowledge(firing.id, "ana", START)
    assert still_firing(store, noon(70)) == []
    assert feed.open_count() == {"warning": 1, "critical": 0}


def test_what_is_snoozed_is_told_afterwards_if_it_still_holds(store: Store, firing: Alert) -> None:
    feed, watch = Alerts(store), Judge(store)
    feed.snooze(firing.id, noon(72), "ana", START)
    assert events_to_notify(store, noon(71)) == []
    assert [event.kind for event in events_to_notify(store, noon(73))] == ["firing"]
    write(store, documents(71, 1.0, range(24)))
    watch.evaluate_all(noon(72))
    assert [event.state for event in feed.events(firing.id)] == ["firing", "resolved"]
    assert events_to_notify(store, noon(73)) == []  # it fired and was resolved while it was snoozed
    assert [event.notified for event in feed.events(firing.id)] == [None, None]


def test_nobody_is_told_in_a_mute_time(store: Store, firing: Alert) -> None:
    Rulebook(store).edit("low", {"mute": [{"weekdays": ["mon"], "first_hour": 8, "last_hour": 12}]}, "ana", START)
    assert noon(70).weekday() == 0
    assert events_to_notify(store, noon(70)) == []
    assert len(events_to_notify(store, noon(70) + timedelta(hours=1))) == 1


def test_alerts_are_found_by_what_they_are(store: Store, firing: Alert) -> None:
    feed = Alerts(store)
    assert feed.page(Filter(open=True, rule="low", severity="warning"))[1] == 1
    assert feed.page(Filter(severity="critical"))[1] == 0
    assert feed.page(Filter(open=False))[1] == 0
    assert feed.page(Filter(since=date(2026, 8, 10)))[1] == 1
    assert feed.page(Filter(since=date(2026, 8, 11)))[1] == 0
