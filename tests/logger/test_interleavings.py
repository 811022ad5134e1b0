"""Two workers in the worst order: what one slept through must not count."""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor_core.contract.delivery import Batch
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.errors import DatabaseUnavailable
from monitor_core.logger import tick as jobs
from monitor_core.logger.batches import advance_batch, parts_of, rows_of
from monitor_core.logger.delivery import deliver, deliver_all
from monitor_core.logger.destinations.registry import configured
from monitor_core.logger.run import Run
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.predictions import Predictions
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.documents import at, fields, reviewed
from tests.whylabs_shaped import WhyLabsShaped
from tests.workers import counted, everything, local_files, rows


class Slow(Predictions):
    """Predictions whose reader sleeps before or after it has read the pending rows, while other things happen."""

    before: Callable[[], object] = staticmethod(lambda: None)
    after: Callable[[], object] = staticmethod(lambda: None)

    def pending_beside(self, start: datetime, end: datetime, size: int) -> Iterator[list[ReviewedRow | str]]:
        self.before()
        for some in super().pending_beside(start, end, size):
            self.after()
            yield some


def sleeping(store: Store) -> tuple[Store, Slow]:
    """Return a store of the same database, and its predictions that may sleep."""
    sleeper = Store(store.settings, database=store.database)
    sleeper.predictions = slow = Slow(
        sleeper.settings, sleeper.collection, sleeper.live, sleeper.unmarked, sleeper.counted
    )
    return sleeper, slow


def worker(store: Store) -> Run:
    return Run(store, Outbox(store), "by hand", lambda: False, patient=False, progress=lambda rows: None)


def prepare(run: Run, batch: Batch, found: list[ReviewedRow]) -> None:
    run.outbox.prepare(batch, parts_of(run.store, found), ["local"])


def insert(store: Store, first: int, count: int) -> None:
    """On one day: a part a batch."""
    store.collection.insert_many([reviewed(n % 200, n % 200, at(2026, 10, 1, 12)) for n in range(first, first + count)])


def tick(store: Store) -> int:
    result = jobs.tick(store, patient=False)
    assert result
    return result.logged


def assert_all_once(store: Store, count: int) -> None:
    assert counted(local_files(store)) == everything(count)
    assert store.collection.count_documents(fields(logged=True)) == count
    outbox = Outbox(store)
    tick(store)  # whatever a sleeper wrote too late is cleared away
    assert outbox.open_batches() == []
    assert outbox.parts.documents.count_documents({}) == outbox.claims.documents.count_documents({}) == 0
    assert counted(local_files(store)) == everything(count)


@pytest.fixture
def sleeper(store: Store) -> Run:
    Outbox(store).create_indexes()
    insert(store, 0, 5)
    return worker(store)


def test_one_batch_is_exposed_at_a_time(sleeper: Run) -> None:
    batch = sleeper.outbox.start_batch(demo=False)
    assert sleeper.outbox.start_batch(demo=True) == batch  # of the other kind too
    prepare(sleeper, batch, rows_of(sleeper, batch))
    again = sleeper.outbox.start_batch(demo=False)
    assert (again.id, again.state, again.exposed) == (batch.id, "prepared", True)
    tick(sleeper.store)
    assert sleeper.outbox.start_batch(demo=False).id != batch.id


def test_rows_read_before_another_worker_logged_them_count_nowhere(sleeper: Run) -> None:
    batch = sleeper.outbox.start_batch(demo=False)
    rows = rows_of(sleeper, batch)
    assert len(rows) == 5
    assert tick(sleeper.store) == 5
    insert(sleeper.store, 5, 3)
    prepare(sleeper, batch, rows)
    advance_batch(sleeper, batch)
    assert tick(sleeper.store) == 3
    assert_all_once(sleeper.store, 8)


def test_of_two_attempts_the_first_counts_and_the_other_leaves_nothing(sleeper: Run) -> None:
    batch = sleeper.outbox.start_batch(demo=False)
    rows = rows_of(sleeper, batch)
    insert(sleeper.store, 5, 3)
    other = worker(sleeper.store)
    prepare(other, batch, rows_of(other, batch))
    prepare(sleeper, batch, rows)
    assert sleeper.outbox.parts.documents.count_documents({}) == 1
    advance_batch(sleeper, batch)
    assert sleeper.logged == 8
    assert_all_once(sleeper.store, 8)


def test_a_batch_prepared_and_then_finished_by_another_worker_is_not_finished_again(sleeper: Run) -> None:
    batch = sleeper.outbox.start_batch(demo=False)
    prepare(sleeper, batch, rows_of(sleeper, batch))
    prepared = sleeper.outbox.batch(batch.id)
    assert prepared
    parts = sleeper.outbox.parts.progress([prepared])
    assert tick(sleeper.store) == 5
    insert(sleeper.store, 5, 3)
    deliver_all(sleeper, prepared)
    sleeper.outbox.mark(prepared, parts)
    assert sleeper.logged == 0
    assert tick(sleeper.store) == 3
    assert_all_once(sleeper.store, 8)


def test_claims_that_come_too_late_hold_nothing(sleeper: Run) -> None:
    batch = sleeper.outbox.start_batch(demo=False)
    prepare(sleeper, batch, rows_of(sleeper, batch))
    prepared = sleeper.outbox.batch(batch.id)
    assert prepared
    parts = sleeper.outbox.parts.progress([prepared])
    ids = [one for some in sleeper.outbox.parts.row_ids(parts) for one in some]
    assert tick(sleeper.store) == 5
    sleeper.outbox.claim(prepared, ids)
    sleeper.outbox.hold(prepared, [])
    done = sleeper.outbox.batch(batch.id)
    assert done
    assert (done.state, done.marked, done.exposed) == ("done", True, False)
    assert_all_once(sleeper.store, 5)


def test_a_worker_that_saw_nothing_abandons_no_prepared_batch(sleeper: Run) -> None:
    batch = sleeper.outbox.start_batch(demo=False)
    prepare(sleeper, batch, rows_of(sleeper, batch))
    (to,) = configured(sleeper.store.settings)
    for trace_id in sleeper.outbox.part_ids(replace(batch, attempt=sleeper.outbox.batch(batch.id).attempt)):  # type: ignore[union-attr]
        deliver(sleeper, sleeper.outbox.part(trace_id), to)
    sleeper.outbox.abandon(batch)
    assert tick(sleeper.store) == 5
    assert_all_once(sleeper.store, 5)


def test_an_abandoned_batch_cannot_be_prepared(sleeper: Run) -> None:
    batch = sleeper.outbox.start_batch(demo=False)
    rows = rows_of(sleeper, batch)
    worker(sleeper.store).outbox.abandon(batch)
    assert tick(sleeper.store) == 5
    prepare(sleeper, batch, rows)
    assert_all_once(sleeper.store, 5)


def hold(store: Store, whylabs: WhyLabsShaped) -> None:
    whylabs.statuses = [403]
    assert tick(store) == 0
    assert Outbox(store).has_claims()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_held_batch_that_is_marked_while_another_reads_gives_its_rows_to_nobody(
    make_store: Callable[..., Store],
    variables: dict[str, str],
    whylabs: WhyLabsShaped,
    when: str,
) -> None:
    store = make_store()
    insert(store, 0, 5)
    hold(store, whylabs)
    insert(store, 5, 3)
    late, slow = sleeping(store)
    sleeper = worker(late)
    batch = sleeper.outbox.start_batch(demo=False)

    def catch_up() -> None:
        """Another worker brings the held batch to its end, while ours has read its rows, and asks for claims next."""
        held = next(one for one in Outbox(store).open_batches() if one.id != batch.id)
        advance_batch(worker(store), held)
        assert Outbox(store).claims.documents.count_documents({}) == 0

    setattr(slow, when, catch_up)
    rows = rows_of(sleeper, batch)
    assert len(rows) == 3
    prepare(sleeper, batch, rows)
    tick(store)
    assert_all_once(store, 8)


def test_new_rows_reach_the_local_store_once_while_whylabs_is_down(
    make_store: Callable[..., Store],
    variables: dict[str, str],
    whylabs: WhyLabsShaped,
) -> None:
    store, chance = make_store(log_batch=7), random.Random(3)
    for n in range(6):
        store.collection.insert_many(rows(chance, n * 20, 20))
        whylabs.statuses = [403] * 100
        assert tick(store) == 0
        assert counted(local_files(store)) == everything((n + 1) * 20)
    held = Outbox(store).claims.documents.count_documents({})
    assert held == 120
    whylabs.statuses = []
    assert tick(store) == 120
    assert counted(list(whylabs.received.values())) == everything(120)
    assert_all_once(store, 120)


def as_of_old(store: Store, held: list[Any], claimed: list[Any]) -> None:
    """What the release before left: a prepared batch, and one that was still claiming."""
    outbox = Outbox(store)
    one, two = outbox.start_batch(demo=False), "claiming-of-old"
    rows = [row for some in store.predictions.pending(held) for row in some if isinstance(row, ReviewedRow)]
    outbox.prepare(one, parts_of(store, rows), ["local", "whylabs"])
    outbox.parts.documents.update_many({}, {"$unset": {"oldest_review_at": ""}})
    outbox.batches.documents.update_one({"_id": one.id}, {"$unset": {"exposed": ""}})
    outbox.batches.documents.insert_one({"_id": two, "state": "claiming", "demo": False, "created_at": outbox.now()})
    outbox.claims.documents.insert_many([{"_id": id_, "batch": one.id} for id_ in held])
    outbox.claims.documents.insert_many([{"_id": id_, "batch": two} for id_ in claimed])


def test_batches_that_the_release_before_left_open_are_finished(
    make_store: Callable[..., Store],
    variables: dict[str, str],
    whylabs: WhyLabsShaped,
) -> None:
    store = make_store()
    insert(store, 0, 10)
    ids = [document["_id"] for document in store.collection.find({}, {"_id": 1})]
    as_of_old(store, ids[:4], ids[4:7])
    whylabs.statuses = [403] * 10
    assert tick(store) == 0
    assert counted(local_files(store)) == everything(10)
    whylabs.statuses = []
    assert tick(store) == 10
    assert counted(list(whylabs.received.values())) == everything(10)
    assert_all_once(store, 10)


def test_a_claim_left_over_from_a_batch_of_old_does_not_free_a_held_row(
    make_store: Callable[..., Store],
    variables: dict[str, str],
    whylabs: WhyLabsShaped,
) -> None:
    store = make_store()
    insert(store, 0, 3)
    hold(store, whylabs)
    outbox = Outbox(store)
    (batch,) = outbox.open_batches()
    ids = [claim["_id"] for claim in outbox.claims.documents.find()]
    outbox.claims.documents.update_many({}, {"$set": {"batch": "of old"}})
    outbox.claim(batch, ids)
    outbox.drop_orphans()
    assert outbox.claims.documents.count_documents({"batch": batch.id}) == 3


@pytest.mark.parametrize("step", range(1, 9))
def test_a_tick_that_is_told_to_stop_loses_and_doubles_nothing(make_store: Callable[..., Store], step: int) -> None:
    store = make_store(log_batch=20)
    store.collection.insert_many(rows(random.Random(1), 0, 50))
    calls = Counter[str]()
    progress: list[int] = []

    def stopping() -> bool:
        calls["times"] += 1
        return calls["times"] >= step

    first = jobs.tick(store, stopping=stopping, progress=progress.append)
    assert first
    last = jobs.tick(store, progress=progress.append)
    assert last
    assert first.logged + last.logged == sum(progress) == 50
    assert_all_once(store, 50)


FULL_DISK = """
import resource
from monitor_core.logger import tick as jobs
from monitor_core.logger import profiles
from monitor_core.settings.sources import load
from monitor_core.mongo.store import Store
profiles._whylogs()
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
print(jobs.tick(Store(load().settings)).error)
"""


def test_a_full_disk_is_said_and_nothing_is_lost_by_it(store: Store) -> None:
    insert(store, 0, 30)
    ended = subprocess.run([sys.executable, "-c", FULL_DISK], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "cannot be written (File too large); free some space" in ended.stdout, ended.stderr
    assert store.collection.count_documents(fields(logged=True)) == 0
    folder = store.settings.state_folder / "profiles"
    assert [name for _, _, names in os.walk(folder) for name in names] == []
    assert tick(store) == 30
    assert_all_once(store, 30)


def test_without_the_index_that_keeps_workers_apart_nothing_is_logged(store: Store) -> None:
    insert(store, 0, 3)
    outbox = Outbox(store)
    outbox.batches.documents.insert_many([{"state": "done", "exposed": True}, {"state": "done", "exposed": True}])
    with pytest.raises(DatabaseUnavailable, match="two loggers could log the same row"):
        outbox.create_indexes()
    result = jobs.tick(store)
    assert result
    assert [one.step for one in result.failures] == ["logging"]
    assert "a unique index refuses" in result.failures[0].error
    assert local_files(store) == []


def test_a_demo_written_while_a_batch_reads_is_not_in_it(sleeper: Run) -> None:
    late, slow = sleeping(sleeper.store)
    slow.before = lambda: DemoDocuments(sleeper.store).insert(
        [reviewed(1, 1, at(2026, 10, 2)) | fields(filename="d.png")]
    )
    run = worker(late)
    rows = rows_of(run, run.outbox.start_batch(demo=False))
    assert len(rows) == 5


def test_what_is_reviewed_again_while_a_batch_reads_is_in_it_once_as_it_is_now(sleeper: Run) -> None:
    late, slow = sleeping(sleeper.store)
    one = late.collection.find_one({})
    assert one
    again = {"$set": fields(validated=7, validated_at=late.now())}
    slow.after = lambda: late.collection.update_one({"_id": one["_id"]}, again)
    run = worker(late)
    rows = rows_of(run, run.outbox.start_batch(demo=False))
    assert len(rows) == 5
    assert [row.target for row in rows if row.id == one["_id"]] == [7]


def test_the_status_tells_of_each_destination_and_remembers_the_last_success(
    make_store: Callable[..., Store],
    variables: dict[str, str],
    whylabs: WhyLabsShaped,
) -> None:
    store = make_store()
    outbox = Outbox(store)
    assert outbox.status().destinations == ()
    store.collection.insert_many([reviewed(n, n, at(2026, 10, 1 + n)) for n in range(2)])
    hold(store, whylabs)
    status = outbox.status()
    local, remote = status.destinations
    assert (local.key, local.parts, local.rows_missing, local.oldest_day) == ("local", {"sent": 2}, 0, None)
    assert local.sent_at
    assert (remote.key, remote.parts, remote.rows_missing) == ("whylabs", {"waiting": 2}, 2)
    assert remote.oldest_day == at(2026, 10, 1).date()
    assert remote.oldest_review_at == at(2026, 10, 5)
    assert remote.sent_at is None
    assert remote.error
    assert "status 403" in remote.error
    assert remote.failed_at
    assert outbox.now() - remote.failed_at < timedelta(minutes=1)
    assert status.batches == {"held": 1, "done": 0}

    assert tick(store) == 2
    status = outbox.status()
    local, remote = status.destinations
    assert remote.parts == {}
    assert remote.sent_at
    assert remote.sent_at > remote.failed_at if remote.failed_at else False
    assert status.batches == {"done": 1}
    assert list(status.rows_by_hour.values()) == [2]
