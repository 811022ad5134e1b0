"""Nothing is lost and nothing is sent twice, whatever dies."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from monitor_core.logger import tick as jobs
from monitor_core.mongo.delivery import leases as lease
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from tests.documents import fields
from tests.whylabs_shaped import WhyLabsShaped
from tests.workers import counted, everything, kill, local_files, rows, start

KILLS = 10  # tests/endurance kills more often
SEED = 1


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_killed_at_any_moment_lose_and_double_nothing(
    make_store: Callable[..., Store], variables: dict[str, str], whylabs: WhyLabsShaped, workers: int
) -> None:
    """SIGKILL at random moments, while the server is busy, loses answers and falls silent."""
    store, chance = make_store(), random.Random(SEED)
    Outbox(store).create_indexes()
    whylabs.chance, whylabs.fault_rate = random.Random(SEED), 0.25
    written, began = 0, time.monotonic()
    for _ in range(KILLS):
        more = chance.randrange(5, 40)
        store.collection.insert_many(rows(chance, written, more))
        written += more
        # The same owner: a worker that comes back need not wait for its own lease to run out.
        running = [start(variables, f"worker-{n}") for n in range(workers)]
        time.sleep(chance.uniform(0.02, 0.6))
        for worker in running:
            kill(worker)
    whylabs.fault_rate = 0
    store.database["monitor_lease"].drop()
    last = start(variables, "last")
    last.join(120)

    print(f"{KILLS} kills of {workers}, {written} rows, {len(whylabs.announced)} announced, seed {SEED}, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    assert last.exitcode == 0
    assert Outbox(store).uncertain() == {}
    assert counted(local_files(store)) == everything(written)
    assert counted(list(whylabs.received.values())) == everything(written)
    assert store.collection.count_documents(fields(logged=True)) == written
    assert Outbox(store).claims.documents.count_documents({}) == Outbox(store).parts.documents.count_documents({}) == 0


def test_an_upload_nobody_can_tell_of_is_uncertain_until_a_person_settles_it(
    make_store: Callable[..., Store], variables: dict[str, str], whylabs: WhyLabsShaped
) -> None:
    """Answers are lost and addresses expire: what the server really has decides what the person says."""
    store, chance = make_store(), random.Random(SEED)
    whylabs.chance, whylabs.fault_rate, whylabs.valid_seconds = random.Random(SEED), 0.7, 0.5
    store.collection.insert_many(rows(chance, 0, 400))
    outbox, deadline = Outbox(store), time.monotonic() + 180
    worker = start(variables, "one", timedelta(seconds=0.5))
    while not outbox.uncertain() and time.monotonic() < deadline:
        time.sleep(0.05)
    kill(worker)
    whylabs.fault_rate = 0
    store.database["monitor_lease"].drop()

    def settle() -> None:
        worker = start(variables, "two", timedelta(seconds=0.5))
        worker.join(60)
        kill(worker)
        store.database["monitor_lease"].drop()

    settle()
    doubtful = list(outbox.parts.documents.find({"to.whylabs.state": "uncertain"}))
    assert doubtful
    assert store.collection.count_documents(fields(logged={"$ne": True})) > 0  # they are not called logged
    assert counted(local_files(store)) == everything(400)  # and hold the other destination not back
    for part in doubtful:  # the platform's user looks which have arrived
        arrived = part["to"]["whylabs"]["place"].removeprefix(whylabs.address) in whylabs.received
        change = {"state": "sent"} if arrived else {"state": "waiting"}
        outbox.parts.documents.update_one({"_id": part["_id"]}, {"$set": {"to.whylabs": change}})
    whylabs.valid_seconds = 900
    settle()
    assert counted(list(whylabs.received.values())) == everything(400)
    assert store.collection.count_documents(fields(logged=True)) == 400


def test_only_one_worker_has_the_lease_and_it_runs_out(store: Store) -> None:
    outbox = Outbox(store)
    assert outbox.acquire("one")
    assert outbox.acquire("one")
    assert not outbox.acquire("two")
    assert jobs.tick(store, "two") is None
    store.database["monitor_lease"].update_one({}, {"$set": {"until": datetime.now(UTC) - timedelta(seconds=1)}})
    assert outbox.acquire("two")
    assert not outbox.acquire("one")
    outbox.release("one")  # not its own
    assert not outbox.acquire("one")
    outbox.release("two")
    assert outbox.acquire("one")
    assert timedelta(seconds=30) <= lease.SPAN <= timedelta(seconds=60)  # taken over within a minute


def watched(store: Store) -> tuple[Store, list[tuple[str, str]]]:
    """Return a store of the same database, and each command that it sends: (command, collection)."""
    seen: list[tuple[str, str]] = []

    class Watched(CommandListener):
        def started(self, event: Any) -> None:
            seen.append((event.command_name, str(event.command.get(event.command_name))))

        def succeeded(self, event: Any) -> None: ...
        def failed(self, event: Any) -> None: ...

    assert store.settings.mongodb_uri
    client: Any = MongoClient(store.settings.mongodb_uri.get_secret_value(), tz_aware=True, event_listeners=[Watched()])
    return Store(store.settings, database=client[store.settings.database]), seen


def test_rows_that_arrive_everywhere_at_once_need_no_claims(store: Store) -> None:
    store.collection.insert_many(rows(random.Random(1), 0, 3))
    store, seen = watched(store)
    result = jobs.tick(store)
    assert result
    assert result.logged == 3
    assert ("insert", "monitor_claims") not in seen
    assert ("find", "monitor_claims") not in seen


def test_held_rows_are_claimed_before_the_exposure_ends_and_marked_before_the_claims_go(
    make_store: Callable[..., Store], variables: dict[str, str], whylabs: WhyLabsShaped
) -> None:
    """The other way round, a worker that dies in between leaves rows that are sent, free and not logged."""
    store = make_store()
    store.collection.insert_many(rows(random.Random(1), 0, 3))
    whylabs.statuses = [403]
    store, seen = watched(store)
    jobs.tick(store)
    assert Outbox(store).claims.documents.count_documents({}) == 3
    ends = max(n for n, command in enumerate(seen) if command == ("update", "monitor_batches"))
    assert max(n for n, command in enumerate(seen) if command == ("insert", "monitor_claims")) < ends

    seen.clear()
    result = jobs.tick(store, patient=False)
    assert result
    assert result.logged == 3
    assert Outbox(store).claims.documents.count_documents({}) == 0
    marked = max(n for n, command in enumerate(seen) if command == ("update", store.settings.collection))
    freed = min(n for n, command in enumerate(seen) if command == ("delete", "monitor_claims"))
    assert marked < freed
