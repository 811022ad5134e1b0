"""What is read of a database at first sight: little, whatever it holds."""

import pytest
from bson import Binary

from monitor_core.mongo.contact import surroundings
from monitor_core.mongo.contact.surroundings import Surroundings
from monitor_core.mongo.store import Store


def test_the_oldest_and_the_newest_documents_are_read(store: Store) -> None:
    store.collection.insert_many([{"_id": n} for n in range(100)])
    assert [document["_id"] for document in Surroundings(store).few()] == [*range(10), *range(99, 89, -1)]
    assert Surroundings(store).number() == 100


def test_large_documents_are_few(store: Store) -> None:
    for n in range(6):
        store.collection.insert_one({"_id": n, "image": Binary(bytes(3_000_000))})
    assert [document["_id"] for document in Surroundings(store).few()] == [0, 1, 5, 4]


def test_collections_of_a_similar_name_come_first_and_our_own_are_left_out(store: Store) -> None:
    for name in ("zebra", "image_logs_2025", "image_log", "monitor_history", "animals"):
        store.database[name].insert_one({"a": 1})
    near = Surroundings(store).neighbours()
    here = [each.name for each in near if each.database == store.settings.database]
    assert here[:2] == ["image_log", "image_logs_2025"]
    assert sorted(here) == ["animals", "image_log", "image_logs_2025", "zebra"]
    assert near[0].documents == 1


def test_collections_of_other_models_are_left_out(store: Store) -> None:
    for name in ("image_log", "animals"):
        store.database[name].insert_one({"a": 1})
    near = Surroundings(store, frozenset({(store.settings.database, "image_log")})).neighbours()
    assert [each.name for each in near if each.database == store.settings.database] == ["animals"]


def test_the_search_ends_in_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        store.database[name].insert_one({"a": 1})
    monkeypatch.setattr(surroundings, "MOST_COLLECTIONS", 2)
    assert len(Surroundings(store).neighbours()) == 2
    monkeypatch.setattr(surroundings, "SEARCH_SECONDS", -1)
    assert Surroundings(store).neighbours() == []


def test_the_texts_of_a_field_are_listed_once(store: Store) -> None:
    store.collection.insert_many([{"a": {"b": value}} for value in ("cat", "dog", "cat", 3, None, ["owl"])])
    assert Surroundings(store).texts("a.b") == ["cat", "dog", "owl"]
