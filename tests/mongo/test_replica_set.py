"""A replica set whose primary is killed while two workers log: nothing lost, nothing doubled."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from tests.documents import fields
from tests.replica_set import ReplicaSet
from tests.whylabs_shaped import WhyLabsShaped
from tests.workers import counted, everything, kill, local_files, rows, start

ROWS = 300


@pytest.fixture
def members(tmp_path: Path) -> Iterator[ReplicaSet]:
    started = ReplicaSet(tmp_path)
    yield started
    started.stop()


def test_the_app_counts_on_a_secondary_if_told_so(members: ReplicaSet, make_store: Callable[..., Store]) -> None:
    uri = members.uri
    first = members.primary()
    store = make_store(mongodb_uri=f"{uri}&readPreference=secondary")
    store.collection.insert_many(rows(random.Random(1), 0, 50))
    today = store.now().date()
    selection = Selection(Period(date(2026, 1, 1), today), "validated")
    app = Store(store.settings, "secondary")
    deadline = time.monotonic() + 120
    counted = store.counts.of(selection).digest
    in_a_row = 0  # until it has arrived on each secondary, which answer by turns
    while in_a_row < 10 and time.monotonic() < deadline:
        in_a_row = in_a_row + 1 if app.counts.of(selection).digest == counted else 0
        time.sleep(0.05)
    assert in_a_row == 10
    before = aggregates(members.members)
    app.counts.of(selection)
    more = {port: count - before[port] for port, count in aggregates(members.members).items()}
    assert more.pop(first) <= 1  # whether the worker has looked; there is no history here
    assert max(more.values()) > 2


def aggregates(ports: Iterable[int]) -> dict[int, int]:
    """How many aggregates each member has answered."""
    results = {}
    for port in ports:
        with MongoClient[Any]("127.0.0.1", port, directConnection=True) as client:
            results[port] = client.admin.command("serverStatus")["metrics"]["commands"]["aggregate"]["total"]
    return results


def test_a_primary_killed_while_two_workers_log_loses_and_doubles_nothing(
    members: ReplicaSet,
    make_store: Callable[..., Store],
    variables: dict[str, str],
    whylabs: WhyLabsShaped,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri = members.uri
    members.primary()
    monkeypatch.setenv("MONITOR_MONGODB_URI", uri)
    store = make_store(mongodb_uri=uri)
    Outbox(store).create_indexes()
    store.collection.insert_many(rows(random.Random(1), 0, ROWS))
    environment = variables | {"MONITOR_MONGODB_URI": uri, "MONITOR_LOG_BATCH": "10"}

    workers = [start(environment, owner, timedelta(minutes=14)) for owner in ("one", "two")]
    started = time.monotonic()
    while len(whylabs.received) < 5:
        assert time.monotonic() - started < 120, "no logger uploads anything"
        time.sleep(0.01)
    old = members.primary()
    members.kill(old)
    killed = time.monotonic()
    arrived = len(whylabs.received)
    while len(whylabs.received) < arrived + 3:
        assert time.monotonic() - killed < 60
        time.sleep(0.01)
    print(f"primary killed after {arrived} uploads; logging went on {time.monotonic() - killed:.1f} s later")
    for worker in workers:
        worker.join(240)
    alive = [worker for worker in workers if worker.is_alive()]
    for worker in workers:
        kill(worker)

    assert not alive
    assert members.primary() != old
    assert counted(list(whylabs.received.values())) == counted(local_files(store)) == everything(ROWS)
    assert store.collection.count_documents(fields(logged=True)) == ROWS
