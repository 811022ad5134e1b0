"""The contract of each kind of event: stored, told in a message, and shown by the page and the command line."""

import json
from dataclasses import replace
from datetime import date

import pytest

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import Event, EventKind
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.messages import note
from monitor_core.contract.calendar import Period
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.store import Store
from tests.app_pages import said, visit
from tests.command import run
from tests.documents import at

NOW, DAY = at(2026, 10, 15, 12), date(2026, 10, 14)
EVALUATION = Evaluation(None, DAY, "firing", "It fell.", Period(DAY, DAY), 0.5, 0.4, 0.6, 0.8, 40, 1.5)
ALERT = Alert("low", None, "Accuracy is low", "warning", "firing", DAY, NOW, EVALUATION, fired_at=NOW)
EVENT = Event(
    id=f"{ALERT.id}#1",
    alert=ALERT.id,
    at=NOW,
    rule="low",
    title="Accuracy is low",
    severity="warning",
    label=None,
    class_name=None,
    kind=EventKind.FIRING,
    before=None,
    state="firing",
    day=DAY,
    sentence="It fell.",
    period=Period(DAY, DAY),
    link="/metrics",
    value=0.5,
    low=0.4,
    high=0.6,
    threshold=0.8,
    samples=40,
    statistic=1.5,
    notified=False,
)


@pytest.mark.parametrize("kind", EventKind)
def test_each_kind_is_stored_notified_and_shown(store: Store, kind: EventKind) -> None:
    alerts, event = Alerts(store), replace(EVENT, kind=kind)
    assert alerts.write(None, ALERT, [event])
    alerts.publish()
    assert alerts.unnotified() == alerts.events(ALERT.id) == [event]
    stored = alerts.happened.find_one({})
    assert stored
    assert type(stored["kind"]) is str

    written = note(event, kind, "http://monitor")
    Notifications(store).queue("1: json", {event.id: written}, NOW)
    (message,) = Notifications(store).latest()
    assert message.notes == (written,)
    assert message.title.endswith(": Accuracy is low")
    assert (message.tone == "warning") == kind.is_firing

    assert f"**{kind.words}**" in said(visit("operate/alerts", alert=ALERT.id))
    shown = json.loads(run("alerts", "show", ALERT.id).stdout)
    assert [one["kind"] for one in shown["events"]] == [kind]
