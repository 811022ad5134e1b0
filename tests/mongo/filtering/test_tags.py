"""The tags of samples: given, taken away, and found again, whatever the id."""

from typing import Any

import pytest
from bson import ObjectId

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.filtering.tags import LONGEST_TAG, Tags
from monitor_core.mongo.store import Store
from tests.documents import at

NOW = at(2026, 10, 5)
IDS: list[Any] = [ObjectId(), 7, "seven", {"a": 1}, [1, 2]]


def test_tags_of_ids_of_every_type_are_read_back(store: Store) -> None:
    tags = Tags(store)
    tags.add(IDS, "label is wrong", "ana", NOW)
    tags.add(IDS[:1], "blurred", "ana", NOW)
    assert tags.read([*IDS, "another"]) == {
        id_key(sample_id): ("blurred", "label is wrong") if sample_id == IDS[0] else ("label is wrong",)
        for sample_id in IDS
    }
    assert sorted(map(str, tags.tagged(["label is wrong"]))) == sorted(map(str, IDS))
    assert tags.tagged(["blurred", "nothing"]) == IDS[:1]
    assert tags.in_use() == ["blurred", "label is wrong"]


def test_a_tag_that_is_given_twice_is_there_once_and_can_be_taken_away(store: Store) -> None:
    tags = Tags(store)
    for by in ("ana", "ben"):
        tags.add([1, 2], " label   is wrong ", by, NOW)
    tags.remove([1], "label is wrong", "ben", NOW)
    assert tags.read([1, 2]) == {id_key(2): ("label is wrong",)}
    tags.remove([2], "label is wrong", "ben", NOW)
    assert (tags.in_use(), tags.read([1, 2])) == ([], {})


def test_who_changed_the_tags_last_is_stored(store: Store) -> None:
    Tags(store).add([1], "blurred", "ana", NOW)
    (document,) = store.database["monitor_tags"].find()
    assert (document["by"], document["at"], document["model"]) == ("ana", NOW, store.settings.model)


def test_nothing_is_written_into_the_predictions(store: Store) -> None:
    store.collection.insert_one({"_id": 1})
    Tags(store).add([1], "blurred", "ana", NOW)
    assert list(store.collection.find()) == [{"_id": 1}]


@pytest.mark.parametrize("text", ["", " \0 ", "x" * (LONGEST_TAG + 1)])
def test_a_tag_is_neither_empty_nor_long(store: Store, text: str) -> None:
    with pytest.raises(MonitorError, match="tag"):
        Tags(store).add([1], text, "ana", NOW)
    assert Tags(store).in_use() == []
