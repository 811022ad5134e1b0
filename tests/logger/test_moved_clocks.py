"""The logger where clocks have been moved: what was stored by a clock that was ahead holds nothing up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from monitor_core.alerting.events import Event
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.logger import tick as jobs
from monitor_core.logger.notifying import Notifier
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from tests.alerting.happened import EVENT
from tests.documents import FIELDS, fields, reviewed
from tests.receivers import Webhook

Make = Callable[..., Store]
AHEAD = [timedelta(hours=3), timedelta(days=3)]


def moved(value: Any, ahead: timedelta) -> Any:
    """Return a document as a clock that is ahead would have written it."""
    if isinstance(value, dict):
        return {name: moved(inner, ahead) for name, inner in value.items()}
    if isinstance(value, list):
        return [moved(inner, ahead) for inner in value]
    return value + ahead if isinstance(value, datetime) else value


def put_clock_back(store: Store, ahead: timedelta) -> None:
    """Let all that the monitor has stored have been stored by a clock that was ahead, and has been put right now."""
    for name in store.database.list_collection_names():
        if name.startswith("monitor_"):
            for document in store.database[name].find():
                store.database[name].replace_one({"_id": document["_id"]}, moved(document, ahead))


def now_reviewed(store: Store, label: int = 1, minutes: int = 0) -> dict[str, Any]:
    at = store.now() - timedelta(minutes=minutes)
    return reviewed(label, 1, at, validated_at=at)


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_after_a_clock_was_put_back_the_next_run_does_all_of_its_work(make_store: Make, ahead: timedelta) -> None:
    store = make_store()
    store.collection.insert_many([now_reviewed(store, minutes=n) for n in range(5)])
    first = jobs.tick(store, "one")
    assert first is not None
    assert first.logged == 5
    put_clock_back(store, ahead)

    store.collection.insert_many([now_reviewed(store, label=0, minutes=n) for n in range(3)])
    second = jobs.tick(store, "two")  # the lease of the first lasts three hours more

    assert second is not None
    assert (second.logged, second.is_whole) == (3, True)
    assert store.collection.count_documents(fields(logged=True)) == 8
    days = {local_day(document[FIELDS.predicted_at], store.settings.zone) for document in store.collection.find()}
    period = Period(min(days), max(days))
    stored = store.history.read("validated", period)
    assert sum(int(counts.cells[:, 2].sum()) for counts in stored.values()) == 8
    assert sum(counts.documents for counts in stored.values()) == 8
    read = store.counts.of(Selection(period, "validated"))
    assert read.documents == 8
    assert max(Rulebook(store).judged_at().values()) <= store.now()


def test_what_a_clock_ahead_has_judged_and_counted_is_judged_and_counted_again(make_store: Make) -> None:
    store = make_store()
    store.collection.insert_many([now_reviewed(store)])
    jobs.tick(store, "one")
    today = local_day(store.now(), store.settings.zone)
    book = Rulebook(store)
    name = book.rules()[0].name
    book.note_judged(name, today + timedelta(days=2), [], store.now() + timedelta(days=3))
    day = store.history.days.find_one({"day": today.isoformat()})
    assert day is not None
    to_come = {"_id": f"{day['basis']}/{today + timedelta(days=2)}", "day": (today + timedelta(days=2)).isoformat()}
    store.history.days.insert_one(day | to_come)

    jobs.tick(store, "one")

    judged_through = book.judged_through()[name]
    assert judged_through is not None
    assert judged_through < today
    assert max(date.fromisoformat(stored["day"]) for stored in store.history.days.find()) <= today


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_a_paused_delivery_and_a_failed_message_are_tried_again(
    make_store: Make, hook: Webhook, ahead: timedelta
) -> None:
    store = make_store(notify=(hook.address(),), notify_allow_private=True)
    (store.settings.state_folder).mkdir(parents=True, exist_ok=True)
    blocked = store.settings.state_folder / "profiles"
    blocked.write_text("a file where the folder should be")
    store.collection.insert_many([now_reviewed(store)])
    failed = jobs.tick(store)
    assert failed is not None
    assert failed.error
    notifier = Notifier(store)
    hook.always = 500
    from_rule = Rulebook(store).rules()[0]
    event = an_event(store, from_rule.name)
    notifier.queue([event], [], store.now())
    assert notifier.deliver(store.now()).failed == 1
    put_clock_back(store, ahead)
    blocked.unlink()
    hook.always = 200

    result = jobs.tick(store)

    assert result is not None
    assert (result.logged, result.error) == (1, None)
    assert len(hook.received) == 2  # the one that failed, and the one that arrived
    assert Notifier(store).messages.undelivered(store.now()) == []


def an_event(store: Store, rule: str) -> Event:
    now = store.now()
    return replace(EVENT, rule=rule, severity="critical", at=now, day=local_day(now, store.settings.zone))


def test_a_snooze_that_begins_in_the_future_holds_nothing_back(store: Store) -> None:
    alerts = Alerts(store)
    now = store.now()
    alerts.documents.insert_one({"_id": "one", "open": True, "state": "firing"})
    asleep = {"snoozed_until": now + timedelta(days=1), "snoozed_at": now}
    alerts.documents.update_one({"_id": "one"}, {"$set": asleep})
    assert alerts.snoozed(now) == {"one"}
    alerts.documents.update_one({"_id": "one"}, {"$unset": {"snoozed_at": ""}})  # of an earlier version
    assert alerts.snoozed(now) == {"one"}
    put_back = {name: value + timedelta(days=3) for name, value in asleep.items()}
    alerts.documents.update_one({"_id": "one"}, {"$set": put_back})
    assert alerts.snoozed(now) == set()


def test_a_run_reads_the_clock_once_so_all_steps_mean_the_same_day(store: Store) -> None:
    run = jobs.Run(store, Outbox(store), "by hand", lambda: False, True, lambda rows: None)
    assert run.now == run.now
    assert abs(run.now - store.now()) < timedelta(minutes=1)
