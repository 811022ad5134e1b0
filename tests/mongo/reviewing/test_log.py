"""The log of reviews: read back, by time, and without a person's name once it is erased."""

from typing import Any

from bson import Decimal128, ObjectId

from monitor_core.mongo.reviewing.log import LoggedReview, ReviewLog
from monitor_core.mongo.store import Store
from tests.documents import ABSENT, at
from tests.mongo.reviewing.reviewed import MADE, insert, seen

NOW = at(2026, 10, 6)
AFTER = {"validated": 4, "validated_at": NOW}


def begin(store: Store, by: str = "ana", when: Any = NOW, **values: Any) -> LoggedReview:
    snapshot = seen(store, insert(store, **values))
    return ReviewLog(store).begin(snapshot, AFTER, {"target": 4, "by": by, "at": when})


def test_an_entry_is_read_as_it_was_stored(store: Store) -> None:
    log = ReviewLog(store)
    for one in (ObjectId(), 7, "seven", {"a": 1}):
        begun = begin(store, _id=one, target=Decimal128("2"), reviewed=ABSENT)
        assert (begun.state, begun.before, begun.after) == ("begun", {"validated": Decimal128("2")}, AFTER)
        log.change(begun, "done")
        read = log.entry(begun.id)
        assert read is not None
        assert (read.state, read.sample, read.before, read.by) == ("done", begun.sample, begun.before, "ana")
        assert (read.sample.id, read.sample.predicted_at, read.sample.target) == (one, MADE, None)
        latest = log.latest_of(one)
        assert latest is not None
        assert latest.id == begun.id
    assert log.entry("another") is None
    assert log.latest_of("another") is None


def test_entries_come_by_time_and_those_that_were_interrupted_by_themselves(store: Store) -> None:
    log, days = ReviewLog(store), [at(2026, 10, day) for day in (6, 7, 8)]
    entries = [begin(store, when=day) for day in days]
    assert [one.at for one in log.read()] == days[::-1]
    assert [one.at for one in log.read(since=days[1], until=days[2])] == [days[1]]
    assert [one.at for one in log.read(most=1)] == [days[2]]
    log.change(entries[0], "done")
    log.change(entries[1], "undoing", ("ben", days[1]))
    assert [one.id for one in log.interrupted(at(2026, 10, 9))] == [entries[1].id, entries[2].id]
    assert log.interrupted(days[1]) == []


def test_a_name_is_erased_from_every_entry_and_the_entries_stay(store: Store) -> None:
    log = ReviewLog(store)
    entries = [begin(store, by=by) for by in ("ana", "ana", "ben")]
    log.change(entries[2], "undone", ("ana", NOW))
    assert log.erase("ana") == 3
    assert log.erase("ana") == 0
    people = [(one.by, one.undone_by) for one in sorted(log.read(), key=lambda one: one.id)]
    (erased,) = {people[0][0], people[1][0], people[2][1]}
    assert erased.startswith("erased-")
    assert people[2][0] == "ben"
    assert "ana" not in str(list(store.database["monitor_reviews"].find()))
