"""From a run of the worker to the people: alerts are told once, and what a target misses waits for it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from monitor_core.cli import demo
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.logger.judging import Judge
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.documents import fields
from tests.receivers import PASSWORD, Webhook, mailbox, webhook


@pytest.fixture
def told(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as server:
        monkeypatch.setenv("MONITOR_NOTIFY", server.address())
        monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
        yield server


def test_a_run_tells_of_an_alert_once_and_of_its_end(told: Webhook, make_store: Callable[..., Store]) -> None:
    store = make_store()
    long_ago = store.now() - timedelta(days=9)
    one = fields(prediction=1, validated=1, predicted_at=long_ago, validated_at=long_ago)
    store.collection.insert_one(dict(one))
    for _ in range(2):
        result = jobs.tick(store)
        assert result
        assert result.error is None
    (first,) = told.received
    assert "No reviews are coming in" in first["message"]
    assert "No predictions are coming in" in first["message"]

    just_now = store.now()
    store.collection.insert_one(one | fields(predicted_at=just_now, validated_at=just_now))
    jobs.tick(store)
    jobs.tick(store)
    _, second = told.received
    assert "Resolved" in second["message"]
    assert sum(Alerts(store).open_count().values()) == 0


def test_a_target_that_is_down_fails_no_run_and_gets_it_later(told: Webhook, make_store: Callable[..., Store]) -> None:
    store = make_store()
    long_ago = store.now() - timedelta(days=9)
    store.collection.insert_one(fields(prediction=1, validated=1, predicted_at=long_ago, validated_at=long_ago))
    told.answers = [500]
    result = jobs.tick(store)
    assert result
    assert (result.logged, result.error) == (1, None)
    (late,) = Notifications(store).undelivered(store.now())
    assert late.error
    store.database["monitor_notifications"].update_many({}, {"$set": {"next_try_at": store.now()}})
    jobs.tick(store)
    assert Notifications(store).undelivered(store.now()) == []
    assert len(told.received) == 2  # the refused one, and the same again


def test_who_sets_a_target_later_hears_nothing_of_the_past(
    make_store: Callable[..., Store], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store()
    long_ago = store.now() - timedelta(days=9)
    store.collection.insert_one(fields(prediction=1, validated=1, predicted_at=long_ago, validated_at=long_ago))
    jobs.tick(store)
    assert sum(Alerts(store).open_count().values()) == 2
    with webhook() as server:
        monkeypatch.setenv("MONITOR_NOTIFY", server.address())
        monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
        jobs.tick(make_store(database=store.settings.database))
        assert server.received == []


# ---- the whole way: the demo's drift, a real worker, a real web server and a real mail server


def worker() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "logger_worker.py", "--once"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def run_to_its_end(store: Store) -> None:
    """Without waiting for the lease, the claim and the pause that a killed worker leaves behind."""
    store.database["monitor_lease"].drop()
    store.database["monitor_notifications"].update_many({"state": "waiting"}, {"$set": {"next_try_at": store.now()}})
    assert worker().wait(90) == 0


def test_the_demo_s_drift_reaches_people_although_the_worker_is_killed_while_it_tells(
    make_store: Callable[..., Store], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as hook, mailbox() as (box, place):
        mail = f"mailto://monitor:{PASSWORD}@{place}?from=monitor@example.org&to=team@example.org&mode=insecure"
        monkeypatch.setenv("MONITOR_NOTIFY", f"{hook.address()} {mail}")
        monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
        store = make_store()
        demo.fill(store, store.now(), into_configured_database=True)
        history.refresh(store)
        Judge(store).evaluate_all(store.now() - timedelta(days=3))  # a worker looked then, and died before it told

        hook.answers = ["hang"]
        killed = worker()
        deadline = time.monotonic() + 90
        while not hook.received:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        killed.kill()  # it is stored, and nobody knows whether it was sent
        killed.wait()
        run_to_its_end(store)
        run_to_its_end(store)

        assert len(hook.received) == 2  # what may have arrived, and once more
        assert hook.received[0]["message"] == hook.received[1]["message"]
        (letter,) = box.letters
        for rule in ("Accuracy is falling", "Confidence has moved"):
            assert rule in hook.received[0]["message"]
            assert rule in letter.get_body(("plain", "html")).get_content()
        assert "http://localhost:5004/drift?" in hook.received[0]["message"]
        assert PASSWORD not in hook.received[0]["message"]

        spoilt = store.now() - timedelta(days=demo.DIRTY_DAYS + 1)
        reviewed = fields(predicted_at={"$gte": spoilt}, validated={"$ne": None})
        store.collection.update_many(reviewed, {"$set": fields(validated=True)})  # the reviewers were wrong
        store.database["monitor_history"].update_many({}, {"$set": {"checked_at": spoilt}})  # and a day has gone by
        run_to_its_end(store)
        assert "Documents have changed" in hook.received[-1]["message"]
        assert len(hook.received) == 3
        assert len(box.letters) == 2
