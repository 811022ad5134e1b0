"""From a run of the worker to the people: alerts are told once, and what a target misses waits for it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from receivers import Webhook, webhook

from monitor_core import jobs
from monitor_core.feed import Feed
from monitor_core.notify import Notifier
from monitor_core.store import Store


@pytest.fixture
def told(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as server:
        monkeypatch.setenv("MONITOR_NOTIFY", server.address())
        monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
        yield server


def test_a_run_tells_of_an_alert_once_and_of_its_end(told: Webhook, make_store: Callable[..., Store]) -> None:
    store = make_store()
    long_ago = store.now() - timedelta(days=9)
    one = {"output_prediction": 1, "output_validated": 1, "timestamp": long_ago, "timestamp_validated": long_ago}
    store.predictions.insert_one(dict(one))
    for _ in range(2):
        result = jobs.tick(store)
        assert result
        assert result.error is None
    (first,) = told.received
    assert "Nobody reviews" in first["message"]
    assert "No predictions come in" in first["message"]

    just_now = store.now()
    store.predictions.insert_one(one | {"timestamp": just_now, "timestamp_validated": just_now})
    jobs.tick(store)
    jobs.tick(store)
    _, second = told.received
    assert "Resolved" in second["message"]
    assert sum(Feed(store).open_count().values()) == 0


def test_a_target_that_is_down_fails_no_run_and_gets_it_later(told: Webhook, make_store: Callable[..., Store]) -> None:
    store = make_store()
    long_ago = store.now() - timedelta(days=9)
    store.predictions.insert_one(
        {"output_prediction": 1, "output_validated": 1, "timestamp": long_ago, "timestamp_validated": long_ago}
    )
    told.answers = [500]
    result = jobs.tick(store)
    assert result
    assert (result.logged, result.error) == (1, None)
    (late,) = Notifier(store).undelivered(store.now())
    assert late.error
    store.database["monitor_notifications"].update_many({}, {"$set": {"next_try_at": store.now()}})
    jobs.tick(store)
    assert Notifier(store).undelivered(store.now()) == []
    assert len(told.received) == 2  # the refused one, and the same again


def test_who_sets_a_target_later_hears_nothing_of_the_past(
    make_store: Callable[..., Store], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store()
    long_ago = store.now() - timedelta(days=9)
    store.predictions.insert_one(
        {"output_prediction": 1, "output_validated": 1, "timestamp": long_ago, "timestamp_validated": long_ago}
    )
    jobs.tick(store)
    assert sum(Feed(store).open_count().values()) == 2
    with webhook() as server:
        monkeypatch.setenv("MONITOR_NOTIFY", server.address())
        monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
        jobs.tick(make_store(database=store.settings.database))
        assert server.received == []
