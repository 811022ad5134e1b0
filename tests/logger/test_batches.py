"""What the logger profiles in batches, by UTC day, and what it leaves as it is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from monitor_core.logger import profiles
from monitor_core.logger import tick as jobs
from monitor_core.logger.readings import LONGEST_REST, last_readings
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, ROWS, Document, at, fields, reviewed
from tests.workers import counted, everything, local_files


def column(data: bytes, name: str) -> dict[str, Any]:
    return profiles.read_profile(data).get_column(name).to_summary_dict()


def stored(store: Store) -> dict[str, bytes]:
    folder = store.settings.state_folder / "profiles"
    return {file.parent.name: file.read_bytes() for file in sorted(folder.rglob("*.bin"))}


def test_only_the_contracts_three_columns_leave_the_house(store: Store) -> None:
    store.collection.insert_many(ROWS)
    jobs.tick(store)
    for data in stored(store).values():
        columns = set(profiles.read_profile(data).get_columns())
        assert columns == {FIELDS.confidence, FIELDS.prediction, FIELDS.validated}


def test_a_day_of_rejections_alone_has_a_profile_without_a_matrix(store: Store) -> None:
    store.collection.insert_one(reviewed(False, 2, at(2026, 10, 2, 1), confidence=None))
    assert jobs.tick(store).logged == 1
    (data,) = stored(store).values()
    assert profiles.read_profile(data).model_performance_metrics is None
    assert column(data, FIELDS.confidence)["counts/null"] == 1
    assert column(data, FIELDS.prediction)["counts/n"] == 1


def test_more_classes_than_whylogs_can_hold_are_profiled_without_a_matrix(store: Store) -> None:
    store.collection.insert_many([reviewed(label, label, at(2026, 10, 2, 1)) for label in range(300)])
    assert jobs.tick(store).logged == 300
    (data,) = stored(store).values()
    assert profiles.read_profile(data).model_performance_metrics is None


def test_a_second_tick_has_nothing_to_do(store: Store) -> None:
    store.collection.insert_many(ROWS)
    assert jobs.tick(store).logged == 5
    before = stored(store)
    assert jobs.tick(store).logged == 0
    assert stored(store) == before


def test_what_is_not_reviewed_stays_as_it_is(store: Store) -> None:
    store.collection.insert_many(
        [
            reviewed(None, 1, at(2026, 10, 1)),
            fields(prediction=1, predicted_at=at(2026, 10, 1)),
            reviewed(False, 1, at(2026, 10, 1), validated_at=None),
        ]
    )
    before = list(store.collection.find())
    result = jobs.tick(store)
    assert (result.logged, result.set_aside, result.error) == (0, {}, None)
    assert list(store.collection.find()) == before


def test_what_cannot_be_read_is_set_aside_and_counted_and_does_not_hold_up_the_rest(store: Store) -> None:
    bad = [reviewed("cat", 1, at(2026, 10, 1)), reviewed(1, "cat", at(2026, 10, 1)), reviewed(1, 1, "once")]
    store.collection.insert_many([*bad, *ROWS])
    result = jobs.tick(store)
    assert result.logged == 5
    assert result.set_aside == {"unreadable_review": 1, "unreadable_prediction": 1, "undated_prediction": 1}
    assert store.collection.count_documents(fields(logged=False)) == 3
    assert store.predictions.waiting().rows == 0  # they wait for nothing the worker could do


def test_batches_of_two_log_all_the_same(make_store: Any) -> None:
    store = make_store(log_batch=2)
    store.collection.insert_many(ROWS)
    assert jobs.tick(store).logged == 5
    assert store.predictions.waiting().rows == 0


def test_the_rows_are_told_as_they_are_logged(make_store: Callable[..., Store]) -> None:
    store = make_store(log_batch=2)
    store.collection.insert_many([dict(row) for row in ROWS])
    progress: list[int] = []
    jobs.tick(store, progress=progress.append)
    assert progress == [2, 2, 1]


def insert(store: Store, first: int, count: int) -> None:
    """On one day: a part a batch."""
    store.collection.insert_many([reviewed(n % 200, n % 200, at(2026, 10, 1, 12)) for n in range(first, first + count)])


def test_when_nobody_takes_anything_no_more_batches_are_started(make_store: Callable[..., Store]) -> None:
    store = make_store(log_batch=2)
    insert(store, 0, 10)
    folder = store.settings.state_folder / "profiles"
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    assert jobs.tick(store, patient=False).logged == 0
    assert len(Outbox(store).open_batches()) == 1
    folder.unlink()
    assert jobs.tick(store, patient=False).logged == 10
    assert counted(local_files(store)) == everything(10)


def test_ids_too_long_for_one_document_make_several_parts(store: Store) -> None:
    documents = [reviewed(n % 200, n % 200, at(2026, 10, 1, 12)) | {"_id": f"{n:05d}" * 16_000} for n in range(250)]
    for first in range(0, len(documents), 50):
        store.collection.insert_many(documents[first : first + 50])  # 20 MB in all
    assert jobs.tick(store).logged == 250
    assert len(local_files(store)) > 1
    assert counted(local_files(store)) == everything(250)
    assert store.collection.count_documents(fields(logged=True)) == 250


MANY = 1_800  # set aside: read again half a minute later
REASONS = {"unreadable_review": MANY // 2, "unreadable_prediction": MANY // 2}


class Shipped(CommandListener):
    """Count the predictions that `find` ships with their values."""

    def __init__(self) -> None:
        self.documents = 0
        self.of_predictions: set[int] = set()

    def started(self, event: Any) -> None:
        command = event.command
        if command.get("find") == "image_logs" and len(command.get("projection", {})) > 1:
            self.of_predictions.add(event.operation_id)
        if command.get("collection") == "image_logs":
            self.of_predictions.add(event.operation_id)

    def succeeded(self, event: Any) -> None:
        cursor = event.reply.get("cursor", {}) if event.operation_id in self.of_predictions else {}
        self.documents += len(cursor.get("firstBatch", cursor.get("nextBatch", ())))

    def failed(self, event: Any) -> None: ...


@pytest.fixture
def shipped(make_store: Callable[..., Store]) -> Iterator[tuple[Store, Shipped]]:
    """A logger with many documents set aside by a run before, and what it is shipped from now on."""
    settings, shipped = make_store().settings, Shipped()
    assert settings.mongodb_uri
    uri = settings.mongodb_uri.get_secret_value()
    with MongoClient[Document](uri, tz_aware=True, event_listeners=[shipped]) as client:
        store = Store(settings, database=client[settings.database])
        store.indexes.create()
        bad = [("cat", 1), (1, "cat")] * (MANY // 2)
        aside = [reviewed(*values, at(2026, 9, 1), _id=n) for n, values in enumerate(bad)]
        store.collection.insert_many(aside)
        assert ticked(store).set_aside == REASONS
        assert shipped.documents >= MANY
        shipped.documents = 0
        yield store, shipped


def ticked(store: Store, patient: bool = True) -> TickResult:
    result = jobs.tick(store, patient=patient)
    assert result is not None
    assert (result.error, result.failures) == (None, ())
    return result


def let_an_hour_pass(store: Store) -> None:
    last = last_readings[store]
    last_readings[store] = replace(last, began_at=last.began_at - LONGEST_REST)


def just_reviewed(store: Store, target: Any, **more: Any) -> Document:
    now = store.now()
    return reviewed(target, 1, now - timedelta(hours=3), validated_at=now, **more)


def test_what_is_set_aside_is_not_read_again_in_every_run(shipped: tuple[Store, Shipped]) -> None:
    store, read = shipped
    store.collection.insert_many([just_reviewed(store, 1) for _ in range(20)] + [just_reviewed(store, "dog")])
    result = ticked(store)
    assert result.logged == 20
    assert result.set_aside == REASONS | {"unreadable_review": MANY // 2 + 1}
    assert read.documents < 100
    assert store.predictions.waiting().rows == 0
    assert ticked(store).set_aside == result.set_aside  # the new one is counted once
    assert read.documents < 200


@pytest.mark.parametrize("patient", [True, False])
def test_what_its_owner_corrects_is_logged_within_the_hour_and_at_once_by_hand(
    shipped: tuple[Store, Shipped], patient: bool
) -> None:
    store, _ = shipped
    late = reviewed(1, 1, at(2026, 9, 2))  # whose review is old when it arrives
    undated = reviewed(1, 1, at(2026, 9, 2), validated_at=None)
    store.collection.insert_many([late, undated])
    store.collection.update_one({"_id": 0}, {"$set": fields(validated=3)})
    if patient:
        assert ticked(store).logged == 0
        let_an_hour_pass(store)
    result = ticked(store, patient)
    assert result.logged == 3
    assert result.set_aside == REASONS | {"unreadable_review": MANY // 2 - 1}
    assert store.predictions.waiting().rows == 0


def test_a_reading_counts_only_once_its_rows_are_in_a_batch(
    shipped: tuple[Store, Shipped], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = shipped
    store.collection.insert_one(reviewed(1, 1, at(2026, 9, 2)))
    let_an_hour_pass(store)
    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "prepare", lambda *_: 1 / 0)
        result = jobs.tick(store)
        assert result is not None
        assert [failure.step for failure in result.failures] == ["logging"]
    assert ticked(store).logged == 1


def test_a_batch_that_is_full_leaves_nothing_to_the_next_hour(make_store: Callable[..., Store]) -> None:
    store = make_store(log_batch=150)
    aside = [reviewed("cat", 1, at(2026, 10, 1), validated_at=at(2026, 10, 2)) for _ in range(MANY)]
    store.collection.insert_many(aside)
    insert(store, 0, 400)
    store.collection.insert_many([just_reviewed(store, 1) for _ in range(400)])
    result = ticked(store)
    assert (result.logged, result.set_aside) == (800, {"unreadable_review": MANY})
    assert store.predictions.waiting().rows == 0
