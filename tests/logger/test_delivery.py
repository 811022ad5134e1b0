"""How a batch's parts reach their destinations, and what a failure leaves behind."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor_core.logger import tick as jobs
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.store import Store
from tests.documents import ROWS, at, fields, reviewed
from tests.whylabs_shaped import KEY, WhyLabsShaped
from tests.workers import counted, local_files, rows, run_worker


def stored(store: Store) -> dict[str, bytes]:
    folder = store.settings.state_folder / "profiles"
    return {file.parent.name: file.read_bytes() for file in sorted(folder.rglob("*.bin"))}


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_marks_nothing_and_says_why_without_secrets(
    store: Store, credentials: None, whylabs: WhyLabsShaped, status: int
) -> None:
    store.collection.insert_many(ROWS)
    whylabs.statuses = [status]
    ended = run_worker("--once")
    assert ended.returncode == 1
    failures = [line for line in ended.stdout.splitlines() if "tick_failed" in line]
    assert len(failures) == 1
    assert f"status {status}" in failures[0]
    assert "WHYLABS_API_KEY" in failures[0]
    assert KEY not in ended.stdout + ended.stderr
    assert store.collection.count_documents(fields(logged=True)) == 0
    last = store.state.last_tick()
    assert last
    assert last.error
    assert len(stored(store)) == 2  # the local store need not wait for the other


def test_a_lost_upload_is_repeated_to_the_same_address(store: Store, credentials: None, whylabs: WhyLabsShaped) -> None:
    store.collection.insert_many(ROWS[:3])
    whylabs.statuses = [200, 503, 500]
    assert run_worker("--once").returncode == 0
    assert len(whylabs.announced) == 1
    assert list(whylabs.received) == ["/upload/1?signature=s3cr3t"]


def test_the_next_tick_makes_up_for_a_failed_one(store: Store, credentials: None, whylabs: WhyLabsShaped) -> None:
    store.collection.insert_many(ROWS)
    whylabs.statuses = [403]
    run_worker("--once")
    assert run_worker("--once").returncode == 0
    assert store.collection.count_documents(fields(logged=True)) == 5
    assert len(whylabs.received) == 2


def test_nobody_at_the_endpoint_is_said_in_one_line(
    store: Store, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHYLABS_API_ENDPOINT", "http://127.0.0.1:9")
    store.collection.insert_many(ROWS)
    ended = run_worker("--once")
    assert ended.returncode == 1
    assert "WhyLabs at http://127.0.0.1:9 did not accept the profile (ConnectError)" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_full_local_store_marks_nothing(store: Store) -> None:
    folder = store.settings.state_folder / "profiles"
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    store.collection.insert_many(ROWS)
    result = jobs.tick(store)
    assert result.error
    assert "local store" in result.error
    assert store.collection.count_documents(fields(logged=True)) == 0


def test_a_demo_never_leaves_for_whylabs(store: Store, credentials: None, whylabs: WhyLabsShaped) -> None:
    DemoDocuments(store).insert([dict(row) | fields(filename="d.png") for row in ROWS])
    store.collection.insert_one(reviewed(1, 1, at(2026, 10, 9)))
    assert run_worker("--once").returncode == 0
    days = [datetime.fromtimestamp(body["datasetTimestamp"] / 1000, UTC).date() for _, body in whylabs.announced]
    assert days == [date(2026, 10, 9)]
    assert store.collection.count_documents(fields(logged=True)) == 6


def test_a_destination_that_is_not_required_does_not_hold_back_the_mark(
    make_store: Callable[..., Store], variables: dict[str, str], whylabs: WhyLabsShaped
) -> None:
    store = make_store(whylabs_required=False)
    store.collection.insert_many(rows(random.Random(1), 0, 5))
    whylabs.statuses = [403] * 20
    result = jobs.tick(store)
    assert result
    assert result.error
    assert result.logged == 5
    whylabs.statuses = []
    again = jobs.tick(store, patient=False)
    assert again
    assert (again.logged, again.error) == (0, None)
    assert sum(counted(list(whylabs.received.values())).values()) == 5
    assert Outbox(store).open_batches() == []


def test_a_refused_delivery_rests_before_it_is_tried_again(
    make_store: Callable[..., Store], variables: dict[str, str], whylabs: WhyLabsShaped
) -> None:
    store = make_store()
    store.collection.insert_many(rows(random.Random(1), 0, 1))
    whylabs.statuses = [401]
    jobs.tick(store)
    rested = jobs.tick(store)
    assert rested
    assert rested.error
    assert "status 401" in rested.error
    assert whylabs.announced == []


def test_a_destination_that_is_down_is_asked_once_a_run_not_once_a_part(
    make_store: Callable[..., Store], variables: dict[str, str], whylabs: WhyLabsShaped
) -> None:
    store = make_store()
    store.collection.insert_many([reviewed(1, 1, at(2026, 10, day)) for day in range(1, 11)])
    whylabs.statuses = [401] * 10
    result = jobs.tick(store)
    assert result
    assert result.error
    assert len(whylabs.statuses) == 9
    assert len(local_files(store)) == 10


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_database_clock_that_jumps_makes_a_lost_answer_doubtful_and_never_double(
    make_store: Callable[..., Store], variables: dict[str, str], whylabs: WhyLabsShaped, jump: timedelta
) -> None:
    """Back or forth, nobody knows any more how long the upload's address is valid."""
    store = make_store()
    store.collection.insert_many(rows(random.Random(1), 0, 1))
    whylabs.statuses = [200, 500, 500, 500]  # the place is given, the answers to the upload are lost
    jobs.tick(store)
    outbox = Outbox(store)
    (part,) = outbox.parts.documents.find()
    assert part["to"]["whylabs"]["begun"] == 1
    moved = part["to"]["whylabs"]["announced_at"] + jump
    outbox.parts.documents.update_one({"_id": part["_id"]}, {"$set": {"to.whylabs.announced_at": moved}})
    result = jobs.tick(store, patient=False)
    assert result
    assert list(outbox.uncertain().values()) == [["whylabs"]]
    assert len(whylabs.announced) == 1
    assert whylabs.received == {}
    assert store.collection.count_documents(fields(logged=True)) == 0
