"""Several workers count a long history: each month one of them, whatever dies."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.logger.history import LONGEST_MONTH
from monitor_core.mongo.delivery import leases as lease
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from tests.documents import at, fields

MAKE = Callable[..., Store]


@pytest.fixture
def long_ago(store: Store) -> Store:
    """Documents of two years, and a worker that has looked at them."""
    today = datetime.now(UTC)
    store.collection.insert_many(
        fields(
            _id=ObjectId.from_datetime(today - timedelta(days=n)),  # not as if they came in just now
            prediction=n % 3,
            validated=n % 2,
            predicted_at=today - timedelta(days=n),
            validated_at=today - timedelta(days=n, hours=-1),
            logged=True,
        )
        for n in range(1, 730)
    )
    history.note_changes(store)
    return store


def kept(store: Store) -> int:
    return int(store.database["monitor_history"].count_documents({}))


def assert_exact(store: Store) -> None:
    today = local_day(store.now(), store.settings.zone)
    for basis in BASES:
        selection = Selection(Period(today - timedelta(days=730), today), basis)
        assert store.counts.of(selection).digest == store.counts.of(selection, exact=True).digest
        assert len(store.trusted.trust(selection, store.trusted.last_look()).stored) >= 728


def test_two_workers_count_every_day_once(long_ago: Store, make_store: MAKE) -> None:
    helper = make_store()
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(history.refresh, long_ago)
        other = threads.submit(history.refresh, helper, helping=True)
    counted, helped = one.result().counted, other.result().counted
    assert helped >= LONGEST_MONTH
    assert counted >= LONGEST_MONTH
    assert counted + helped == kept(long_ago)
    assert_exact(long_ago)
    assert long_ago.database["monitor_lease"].count_documents({}) == 0


def test_the_newest_months_are_the_leaders(long_ago: Store) -> None:
    """Its rules wait for them."""
    assert history.refresh(long_ago, helping=True).left == 0
    today = local_day(long_ago.now(), long_ago.settings.zone)
    newest = max(record["day"] for record in long_ago.history.days.find({}, {"day": 1}))
    assert newest == (today - timedelta(days=2 * LONGEST_MONTH + 1)).isoformat()
    history.refresh(long_ago)
    assert_exact(long_ago)


@pytest.mark.parametrize("other", [{"time_zone": "Asia/Tokyo"}, {"history_days": 400}])
def test_a_worker_of_other_settings_does_not_help(long_ago: Store, make_store: MAKE, other: dict[str, Any]) -> None:
    """Else each would undo what the other does, for ever."""
    assert history.refresh(make_store(**other), helping=True).counted == 0
    assert kept(long_ago) == 0


def test_a_month_of_a_worker_that_died_is_counted_when_its_lease_has_run_out(long_ago: Store) -> None:
    documents = long_ago.database["monitor_lease"]
    month = (local_day(long_ago.now(), long_ago.settings.zone) - timedelta(days=100)).strftime("%Y-%m")
    theirs = [f"history/{basis}/{month}" for basis in BASES]
    leases = lease.Leases(long_ago)
    assert all(leases.take(name, "one that died") for name in theirs)
    history.refresh(long_ago)
    missing = {one["_id"] for one in long_ago.history.days.find({"day": {"$regex": f"^{month}"}}, {"_id": 1})}
    assert missing == set()
    documents.update_many({}, {"$set": {"until": at(2026, 1, 1)}})
    assert history.refresh(long_ago).counted >= 2 * 28
    assert_exact(long_ago)


def test_what_is_taken_is_renewed_and_given_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    leases, documents = lease.Leases(store), store.database["monitor_lease"]
    assert leases.take("a", "one")
    before = documents.find_one({"_id": "a"})
    monkeypatch.setattr(lease, "SPAN", timedelta(seconds=90))
    assert leases.take("a", "one")
    after = documents.find_one({"_id": "a"})
    assert before and after and after["until"] - before["until"] > timedelta(seconds=30)  # noqa: PT018
    assert not leases.take("a", "two")
    assert leases.take("b", "two")
    leases.release("one", "a", "b")
    assert [one["_id"] for one in documents.find()] == ["b"]


def test_a_worker_that_stands_by_helps(long_ago: Store) -> None:
    assert Outbox(long_ago).acquire("somebody else")
    assert jobs.tick(long_ago, "another") is None
    helped = jobs.help_out(long_ago, lambda: False)
    assert helped.counted == kept(long_ago) > 0  # some seconds' worth
    assert jobs.help_out(long_ago, lambda: True).counted == 0
