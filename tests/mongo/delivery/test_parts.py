"""The parts of the open batches, and the steps of their deliveries."""

from datetime import date, datetime, timedelta

import pytest

from monitor_core.contract.delivery import Batch, Delivery, announced, begun, doubted, failed, sent
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.profiles import DayProfile
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.delivery.parts import Parts
from monitor_core.mongo.store import Store
from tests.documents import at


def test_resolve_sends_again_or_takes_as_arrived(store: Store) -> None:
    outbox = Outbox(store)
    for one, state in (("a", "uncertain"), ("b", "sent"), ("c", "uncertain")):
        outbox.parts.documents.insert_one({"_id": one, "batch": "x", "to": {"whylabs": {"state": state}}})
    assert outbox.uncertain() == {"x": ["whylabs"]}
    assert outbox.resolve("x", resend=True) == 2
    assert [part["to"]["whylabs"]["state"] for part in outbox.parts.documents.find().sort("_id")] == [
        "waiting",
        "sent",
        "waiting",
    ]
    assert outbox.resolve("x", resend=False) == 0


BATCH = Batch("x", "prepared", False, attempt="first")


def row(number: int, reviewed_at: datetime | None) -> ReviewedRow:
    return ReviewedRow(number, 1, 1, 0.5, at(2026, 10, 4), reviewed_at)


def day_of(trace_id: str, day: int, *rows: ReviewedRow) -> tuple[DayProfile, list[ReviewedRow]]:
    return DayProfile(date(2026, 10, day), trace_id, len(rows), trace_id.encode()), list(rows)


@pytest.fixture
def parts(store: Store) -> Parts:
    """Two days of the attempt that counts, and one of an attempt that does not."""
    made = Parts(store)
    made.create_indexes()
    later = day_of("b", 5, row(3, None))
    earlier = day_of("a", 4, row(1, at(2026, 10, 8)), row(2, at(2026, 10, 7)))
    assert made.insert(BATCH, "first", ["local", "other"], [later, earlier]) == 3
    made.insert(BATCH, "second", ["local"], [day_of("c", 4, row(1, None))])
    return made


def test_the_parts_of_the_attempt_that_counts_are_listed_by_day(parts: Parts) -> None:
    assert parts.ids(BATCH) == ["a", "b"]
    part = parts.get("a")
    assert part.profile == DayProfile(date(2026, 10, 4), "a", 2, b"a")
    assert part.deliveries == {"local": Delivery(), "other": Delivery()}
    progress = {one.id: one for one in parts.progress([BATCH])}
    assert set(progress) == {"a", "b"}
    assert progress["a"].oldest_review_at == at(2026, 10, 7)
    assert progress["b"].oldest_review_at is None  # no review of it has a date
    assert list(parts.row_ids([progress["a"], progress["b"]])) == [[1, 2], [3]]


def test_what_other_attempts_left_is_deleted(parts: Parts) -> None:
    parts.delete_other_attempts(BATCH, "first")
    assert sorted(document["_id"] for document in parts.documents.find()) == ["a", "b"]
    parts.delete_attempt(BATCH, "first")
    assert parts.batches() == []


def test_a_part_that_another_logger_has_finished_goes_nowhere(parts: Parts) -> None:
    part = parts.get("a")
    parts.delete_of("x")
    assert parts.get("a").deliveries == {}
    assert list(parts.row_ids([])) == []
    assert parts.step(part, "local", announced("somewhere")).state == "sent"


def test_a_delivery_goes_by_its_steps_and_of_two_places_the_first_stands(parts: Parts) -> None:
    part = parts.get("a")
    assert parts.step(part, "local", announced("$one")).place == "$one"  # a text, not an expression
    assert parts.step(part, "local", announced("two")).place == "$one"
    assert parts.step(part, "local", begun("two")).begun == 0  # not its place
    assert parts.step(part, "local", begun("$one")).begun == 1
    arrived = parts.step(part, "local", sent("$one"))
    assert arrived.state == "sent"
    assert arrived.sent_at is not None
    assert parts.get("a").deliveries["other"] == Delivery()
    assert parts.get("b").deliveries["local"] == Delivery()


def test_a_failure_is_stored_with_the_delivery(parts: Parts) -> None:
    now = at(2026, 10, 9)
    after = parts.step(parts.get("a"), "local", failed(Delivery(), "It is full.", timedelta(minutes=1), now))
    assert (after.error, after.attempts, after.retry_at) == ("It is full.", 1, now + timedelta(minutes=1))


def test_doubt_is_listed_by_batch(parts: Parts) -> None:
    assert parts.uncertain() == {}
    part = parts.get("a")
    parts.step(part, "other", announced("one"))
    parts.step(part, "other", doubted("one"))
    assert parts.uncertain() == {"x": ["other"]}


def test_a_field_of_a_later_release_does_not_hold_a_part_up(parts: Parts) -> None:
    parts.documents.update_one({"_id": "a"}, {"$set": {"to.local.colour": "green"}})
    assert parts.get("a").deliveries["local"] == Delivery()
