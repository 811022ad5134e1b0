"""What a reviewer saw: found only as long as it is exactly the same, and restored exactly."""

from collections.abc import Callable
from typing import Any

import pytest
from bson import Decimal128, Int64

from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.mongo.reviewing.snapshots import giving, restoring, snapshot_of, still_holds
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from tests.documents import ABSENT, ANY_VALUES, FIELDS, at
from tests.mongo.reviewing.reviewed import MADE, change, insert, raw, seen

READABLE = [value for value in ANY_VALUES if not isinstance(value, str) or "\0" not in value]


def finds(store: Store, sample_id: Any, held: Any) -> bool:
    return store.collection.count_documents(still_holds(sample_id, held, store.fields)) == 1


def test_a_review_of_every_type_is_found_as_it_was_read(store: Store) -> None:
    ids = [insert(store, target=value, reviewed=at(2026, 10, 6)) for value in READABLE]
    ids += [insert(store, reviewed=value) for value in READABLE if not isinstance(value, list)]
    lost = [raw(store, one) for one in ids if not finds(store, one, seen(store, one).held)]
    assert lost == []


@pytest.mark.parametrize(
    ("was", "became"),
    [
        *((ABSENT, None), (None, ABSENT), (None, False), (1, True), (1, 1.0), (1, "1"), (1, Int64(1)), ("a", "A")),
        *((2, [2]), (0.0, False), (1, Decimal128("1")), (ABSENT, 1), ({}, []), ("", None)),
    ],
)
def test_a_review_that_is_another_now_is_not_found(make_store: Callable[..., Store], was: Any, became: Any) -> None:
    store = make_store()
    store.database.create_collection(store.settings.collection, collation={"locale": "en", "strength": 1})
    one, other = insert(store, target=was, _id="Ä"), insert(store, target=became, _id="b")
    assert finds(store, one, seen(store, one).held)
    assert not finds(store, one, seen(store, other).held)


def test_values_are_parsed_as_the_database_parses_them(store: Store) -> None:
    search = Search(store, Selection(Period(MADE.date(), MADE.date()), "predicted"))
    for value in (None, ABSENT, True, False, 3, "3", 4, "skip it"):
        one = insert(store, target=value, reviewed=None if value is None else "2026-10-06")
        expected = search.read(one)
        assert expected is None or seen(store, one).sample == expected
    unreadable = insert(store, target="skip it", reviewed=at(2026, 10, 6))
    assert seen(store, unreadable).sample.outcome == "not reviewed"


@pytest.mark.parametrize("meta", [ABSENT, {}, {"by": "x"}, {"review": {}}, {"review": {"class": None}}])
def test_nested_fields_are_restored_with_the_objects_that_they_are_in(
    make_store: Callable[..., Store], meta: Any
) -> None:
    paths = FIELDS.model_dump() | {"validated": "meta.review.class", "validated_at": "meta.review.at"}
    store = make_store(fields=paths)
    document = {"_id": 1, FIELDS.prediction: 3} | ({} if meta is ABSENT else {"meta": meta})
    store.collection.insert_one(document)
    snapshot = snapshot_of(raw(store, 1), store.settings)
    assert snapshot is not None
    written = {"validated": 4, "validated_at": at(2026, 10, 6)}
    store.collection.update_one(still_holds(1, snapshot.held, store.fields), giving(written, store.fields))
    assert raw(store, 1)["meta"]["review"] == {"class": 4, "at": at(2026, 10, 6)}
    undo = restoring(snapshot.held, snapshot.absent, store.fields)
    store.collection.update_one(still_holds(1, written, store.fields), undo)
    assert raw(store, 1) == document


def test_what_others_put_into_an_object_of_ours_stays(make_store: Callable[..., Store]) -> None:
    store = make_store(fields=FIELDS.model_dump() | {"validated": "review.class"})
    store.collection.insert_one({"_id": 1, FIELDS.prediction: 3})
    snapshot = seen(store, 1)
    change(store, 1, **{"review.class": 4, "review.comment": "blurred"})
    store.collection.update_one({"_id": 1}, restoring(snapshot.held, snapshot.absent, store.fields))
    assert raw(store, 1)["review"] == {"comment": "blurred"}


def test_a_review_within_a_list_cannot_be_written(make_store: Callable[..., Store]) -> None:
    store = make_store(fields=FIELDS.model_dump() | {"validated": "reviews.class"})
    store.collection.insert_one({"_id": 1, FIELDS.prediction: 3, "reviews": [{"class": 4}]})
    with pytest.raises(MonitorError, match="within a list"):
        seen(store, 1)
