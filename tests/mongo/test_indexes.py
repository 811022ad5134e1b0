"""The indexes of the predictions: which will do, which are made, which are dropped, and that they refuse nothing."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from monitor_core.cli.doctor.checks import checks
from monitor_core.logger import by_hand
from monitor_core.logger.scheduler import IndexCreation
from monitor_core.mongo import indexes
from monitor_core.mongo.store import Store
from monitor_core.settings.documents import FieldNames
from tests.documents import FIELDS, ODD_DATES, SEGMENT_VALUES, Document, at, fields, prediction

ODD_VALUES: list[Any] = [
    *(
        [],
        [1, 2],
        [[1]],
        [[]],
        [None],
        [None, at(2026, 10, 3)],
        [at(2026, 10, 3), "soon"],
        [{"a": 1}, {"a": [2]}],
        [True],
    ),
    *([{"0": 1}, {"0": [1]}], {"0": [1]}, {"a": [1]}, {"a": {"b": [[]]}}, "a\0b", "x" * 1_000_000, list(range(5_000))),
    *({"type": "Point", "coordinates": [200, 100]}, [200, 100], {"$numberInt": "x"}, {"": 1}, {"a.b": 1}, None, "text"),
]


def names(store: Store) -> set[str]:
    return {name for name in store.collection.index_information() if name.startswith("monitor_")}


def test_an_index_of_another_name_will_do(store: Store) -> None:
    index = store.indexes.missing()[0]
    store.collection.create_index([(index.key, 1), ("camera", 1)], name="theirs")
    assert index not in store.indexes.missing()
    assert store.indexes.create() == []


@pytest.mark.parametrize("fewer", [{"sparse": True}, {"partialFilterExpression": {"camera": 1}}, {"hidden": True}])
def test_an_index_that_holds_fewer_documents_will_not_do(store: Store, fewer: dict[str, Any]) -> None:
    """Read through it, the logger would never see the others."""
    store.collection.insert_many([prediction() for _ in range(3)])
    index = indexes.pending(store.settings)[0][1]
    store.collection.create_index([(index.key, 1), ("camera", 1)], name="theirs", **fewer)
    assert index in store.indexes.missing()
    assert [len(piece) for piece in store.predictions.pending()] == [3]


def test_other_settings_make_other_indexes_and_drop_what_nothing_leans_on(make_store: Callable[..., Store]) -> None:
    plain, cameras, models = make_store(), make_store(segments={"c": "camera"}), make_store(segments={"m": "meta.v"})
    renamed = make_store(fields=FieldNames(logged="seen"))
    assert plain.indexes.create() == []
    before = names(plain)
    assert [index.key for index in cameras.indexes.missing()] == ["camera"]
    assert cameras.indexes.create() == []
    assert names(plain) == before | {"monitor_camera"}
    assert models.indexes.create() == []
    assert names(plain) == before | {"monitor_meta.v"}
    assert plain.indexes.create() == []
    assert names(plain) == before
    assert renamed.indexes.create() == []
    assert renamed.indexes.missing() == []
    assert not any(FIELDS.logged in name for name in names(plain))


# ---- they refuse nothing


def accepts(act: Callable[[], object]) -> bool:
    try:
        act()
    except OperationFailure:
        return False
    return True


def nested(path: str, value: Any) -> Document:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value  # type: ignore[no-any-return]


def merged(first: Any, second: Any) -> Any:
    if not (isinstance(first, dict) and isinstance(second, dict)):
        return second
    return first | {name: merged(first.get(name), value) for name, value in second.items()}


def odd_documents(fields: list[str]) -> list[Document]:
    """Documents with odd values in one field, in two, in all of them, and with lists on the way to a field."""
    made = []
    for chosen in [*([field] for field in fields), *map(list, itertools.combinations(fields, 2)), fields]:
        for value in ODD_VALUES if len(chosen) in (1, len(fields)) else ODD_VALUES[:10]:
            document: Document = {}
            for field in chosen:
                document = merged(document, nested(field, value))
            made.append(document)
    for field in (field for field in fields if "." in field):
        parent = field.split(".")[0]
        made += [{parent: [nested("label", [1]), nested("at", [2]), 3]}, {parent: "text"}, {parent: [[{"label": 1}]]}]
    return made


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"segments": {"camera": "camera", "model": "meta.version"}},
        {
            "fields": FieldNames(validated="review.label", validated_at="review.at", logged="review.logged"),
            "segments": {"first": "reviews.0.name"},
        },
    ],
)
def test_every_write_that_works_without_our_indexes_works_with_them(
    make_store: Callable[..., Store], changes: Document
) -> None:
    store = make_store(**changes)
    f = store.fields.model_dump(exclude_none=True)
    fields = list(dict.fromkeys([*f.values(), *store.settings.segments.values()]))
    documents = odd_documents(fields)
    theirs = store.database["theirs"]  # the same, without our indexes
    store.collection.insert_one(prediction())
    assert store.indexes.create() == []
    assert store.indexes.missing() == []
    for n, document in enumerate(documents):
        works = accepts(lambda n=n, document=document: theirs.insert_one({"_id": n} | document))  # type: ignore[misc]
        assert works == accepts(lambda n=n, document=document: store.collection.insert_one({"_id": n} | document))  # type: ignore[misc]
        change = {"$set": {field: document[field] for field in fields if field in document} or {"seen": n}}
        for target in (0, -n - 1):  # an update, and an upsert
            both = [
                accepts(lambda c=c, t=target, change=change: c.update_one({"_id": t}, change, upsert=True))  # type: ignore[misc]
                for c in (theirs, store.collection)
            ]
            assert both[0] == both[1], (document, target)
    assert store.collection.count_documents({}) == theirs.count_documents({}) + 1


def test_the_indexes_of_an_earlier_version_that_refused_lists_are_replaced(store: Store) -> None:
    old = [FIELDS.predicted_at, FIELDS.validated, FIELDS.prediction, FIELDS.validated_at]
    store.collection.create_index([(key, 1) for key in old], name="monitor_" + "_".join(old))
    refused = fields(predicted_at=[1], validated=[1])
    assert not accepts(lambda: store.collection.insert_one(refused))
    assert len(store.indexes.refusing()) == 1
    assert any("refuses documents with lists" in sentence for ok, sentence in checks(store.settings) if not ok)
    assert store.indexes.create() == []
    assert store.indexes.refusing() == []
    assert accepts(lambda: store.collection.insert_one(refused))


@pytest.mark.parametrize("logged", [False, None, 0, "no", [], [[True]], {}, 1.5, *SEGMENT_VALUES[:8], *ODD_DATES])
@pytest.mark.parametrize("indexed", [False, True])
def test_whatever_is_not_logged_is_pending_once(store: Store, logged: Any, indexed: bool) -> None:
    if indexed:
        store.indexes.create()
    made = [prediction(logged=logged, reviewed=reviewed) for reviewed in (at(2026, 10, 4), None, "soon", [None, 1])]
    store.collection.insert_many(made)
    store.collection.insert_many([prediction(logged=True), prediction(target=None, logged=logged)])
    expected = 0 if logged is True else len(made)
    assert sum(len(piece) for piece in store.predictions.pending()) == expected
    assert store.predictions.has_pending() == bool(expected)


def test_a_collection_that_does_not_exist_is_not_created_by_its_indexes(store: Store) -> None:
    IndexCreation(store).run()
    assert by_hand.once(store, threading.Event()) == 0
    assert store.settings.collection not in store.database.list_collection_names()
    store.database.create_collection(store.settings.collection, collation={"locale": "es", "strength": 1})  # theirs
    IndexCreation(store).run()
    assert store.indexes.missing() == []


def test_a_time_series_collection_cannot_have_all_and_that_is_in_order(store: Store) -> None:
    store.database.create_collection(store.settings.collection, timeseries={"timeField": FIELDS.predicted_at})
    store.collection.insert_many([prediction(at(2026, 10, 1, hour)) for hour in range(10)])
    assert store.indexes.create() == store.indexes.missing() == []
    of_fields = (FIELDS.validated_at, FIELDS.predicted_at, FIELDS.filename)
    assert {f"monitor_{name}" for name in of_fields} == names(store)
    about = [(ok, text) for ok, text in checks(store.settings) if "index" in text]
    why = "is a time-series collection, which cannot have all of the monitor's indexes; everything works without them."
    assert about == [(True, f"{store.collection.full_name} {why}")]
