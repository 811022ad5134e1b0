"""The contract of each kind of event: stored, told in a message, and shown by the page and the command line."""

import json
from dataclasses import replace

import pytest

from monitor_core.alerting.events import EventKind
from monitor_core.alerting.messages import note
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.store import Store
from tests.alerting.happened import ALERT, EVENT, NOW
from tests.app_pages import said, visit
from tests.command import run


@pytest.mark.parametrize("kind", EventKind)
def test_each_kind_is_stored_notified_and_shown(store: Store, kind: EventKind) -> None:
    alerts, event = Alerts(store), replace(EVENT, kind=kind)
    assert alerts.write(None, ALERT, [event])
    alerts.publish()
    assert alerts.unnotified() == alerts.events(ALERT.id) == [event]
    stored = alerts.happened.find_one({})
    assert stored
    assert type(stored["kind"]) is str

    written = note(event, kind, "http://monitor".__add__)
    Notifications(store).queue("1: json", {event.id: written}, NOW)
    (message,) = Notifications(store).latest()
    assert message.notes == (written,)
    assert message.title.endswith(": Accuracy is low")
    assert message.tone == (event.severity if kind.is_firing else kind.tone)

    assert f"**{kind.words}**" in said(visit("operate/alerts", alert=ALERT.id))
    answer = json.loads(run("alerts", "show", ALERT.id).stdout)
    assert [one["kind"] for one in answer["events"]] == [kind]
