"""The first contact with a real database: what is said, and that what is proposed makes the monitor work."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import Binary

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import place
from monitor_core.mongo.store import Store
from monitor_core.reports.contact.diagnosis import Diagnosis, diagnose
from monitor_core.reports.performance import read_performance
from monitor_core.settings.sources import load
from tests.documents import fields, prediction

AT = datetime(2026, 10, 1, 8, tzinfo=UTC)
SECRET = "hunter2key"  # noqa: S105 - nobody's
OCTOBER = Selection(Period(AT.date(), AT.date() + timedelta(days=30)), "validated")
OTHER_NAMES: list[dict[str, Any]] = [
    {"image": f"{n}.png", "prediction": n % 3, "score": 0.5, "label": 1, "created_at": AT, "reviewed_at": AT}
    for n in range(6)
]
NESTED: list[dict[str, Any]] = [
    {
        "meta": {"pred": ["cat", "dog"][n % 2], "conf": 40 + n, "ts": AT.timestamp()},
        "review": {"class": "dog", "at": AT},
    }
    for n in range(6)
]
AS_USUAL = [prediction(AT, n % 3) for n in range(6)]


def pasted(it: Diagnosis | None, way: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The monitor with the settings that are proposed, beside those that it has."""
    assert it
    assert it.proposal
    if way == "monitor.toml":
        monkeypatch.delenv("MONITOR_DATABASE") if "database" in it.proposal.values else None
        (folder / "monitor.toml").write_text(it.proposal.toml, "utf-8")
    else:
        for line in it.proposal.variables.splitlines():
            name, _, value = shlex.split(line)[1].partition("=")
            monkeypatch.setenv(name, value)
    return Store(load(folder).settings)


PLACES = ("here", "misspelt", "another database")
WRONG = [  # as usual and here, nothing is
    pytest.param(documents, where, id=f"{name}, {where}")
    for name, documents in {"other names": OTHER_NAMES, "nested": NESTED, "as usual": AS_USUAL}.items()
    for where in (PLACES if documents is not AS_USUAL else PLACES[1:])
]
both_ways = pytest.mark.parametrize("way", ["monitor.toml", "environment"])


@both_ways
@pytest.mark.parametrize(("documents", "where"), WRONG)
def test_what_is_proposed_makes_the_monitor_work(
    store: Store,
    other_database: str,
    documents: list[dict[str, Any]],
    where: str,
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = store.collection.name if where == "here" else store.collection.name.removesuffix("s")
    database = other_database if where == "another database" else store.settings.database
    client = store.database.client
    client[database][name].insert_many([dict(document) for document in documents])
    client[database]["zoo"].insert_one({"animal": "zebra"})
    it = diagnose(store)
    working = pasted(it, way, tmp_path, monkeypatch)
    assert diagnose(working) is None
    scores = read_performance(working, OCTOBER, exact=True)
    assert scores.counts.validated == len(documents)
    assert not any(scores.counts.excluded.values())
    assert scores.scores["accuracy"].value == pytest.approx(1 / 2 if documents is NESTED else 1 / 3)


def test_the_place_and_what_else_is_there_are_named(store: Store, other_database: str) -> None:
    store.database["image_log"].insert_many([dict(document) for document in AS_USUAL])
    store.database["users"].insert_one({"name": "Ada"})
    store.database.client[other_database]["archive"].insert_one({"name": "Ada"})
    it = diagnose(store)
    assert it
    full_name = f"{store.settings.database}.{store.settings.collection}"
    assert it.sentences[0] == f"The collection {full_name} at {place(store.settings)} does not exist."
    assert "These collections can be read: image_log (6 documents), users (1 document)" in it.sentences[1]
    assert f"{other_database}.archive (1 document)" in it.sentences[1]
    assert it.of == f"{store.settings.database}.image_log"
    assert it.proposal
    assert it.proposal.toml == 'collection = "image_log"'


def test_a_neighbour_that_looks_like_no_predictions_is_not_shown(store: Store) -> None:
    store.database["users"].insert_one({"name": "Ada", "age": 36})
    it = diagnose(store)
    assert it
    assert "users (1 document)" in it.sentences[1]
    assert (it.document, it.of, it.proposal) == (None, "", None)


def test_collections_of_other_models_are_neither_named_nor_proposed(store: Store) -> None:
    store.database["image_log"].insert_many([dict(document) for document in AS_USUAL])
    it = diagnose(store, frozenset({(store.settings.database, "image_log")}))
    assert it
    assert "image_log (" not in str(it)
    assert it.sentences[1] == "No other collection can be read, except those of other models."
    assert (it.document, it.proposal) == (None, None)


def test_of_this_collection_only_the_first_sentence_stays(store: Store) -> None:
    store.database["image_log"].insert_many([dict(document) for document in AS_USUAL])
    it = diagnose(store)
    assert it
    assert it.of_this_collection == Diagnosis(it.sentences[:1])


def test_an_empty_database_has_nothing_to_propose(store: Store) -> None:
    store.database.create_collection(store.collection.name)
    it = diagnose(store)
    assert it
    assert it.sentences[0].endswith("is empty.")
    assert (it.document, it.proposal) == (None, None)


def test_documents_that_are_no_predictions_are_shown_all_the_same(store: Store) -> None:
    store.collection.insert_one({"name": "Ada", "age": 36})
    it = diagnose(store)
    assert it
    assert '"age": 36' in str(it.document)
    assert "has 1 document, but none of those" in it.sentences[0]
    assert "looks like the predicted class or the date of the prediction." in it.sentences[1]
    assert it.proposal is None


def test_reviews_of_another_name_are_missed(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.collection.insert_many([fields(prediction=1, predicted_at=AT, label=2, reviewed_at=AT) for _ in range(3)])
    it = diagnose(store)
    assert it
    assert "label looks like the review" in it.sentences[0]
    working = pasted(it, "monitor.toml", tmp_path, monkeypatch)
    assert read_performance(working, OCTOBER, exact=True).counts.validated == 3


def test_what_is_in_order_has_no_diagnosis(store: Store) -> None:
    store.collection.insert_many([dict(document) for document in AS_USUAL])
    assert diagnose(store) is None
    store.collection.delete_many({})
    store.collection.insert_one(fields(prediction=1, predicted_at=AT, camera="left"))  # nobody has reviewed yet
    assert diagnose(store) is None


def test_a_document_is_shown_without_its_secrets_and_images(store: Store) -> None:
    big = Binary(b"\x89PNG" * 2_000_000)
    store.collection.insert_many(
        [
            {"pred": 1, "created": AT, "image": big, "auth": {"token": SECRET}, "note": f"Bearer {SECRET}x"}
            for _ in range(30)
        ]
    )
    it = diagnose(store)
    assert it
    assert "(binary, 8,000,000 bytes)" in str(it.document)
    assert SECRET not in str(it)
    assert len(str(it)) < 3000


@pytest.fixture
def other_database(store: Store) -> Iterator[str]:
    name = f"{store.settings.database[:20]}_other"
    yield name
    store.database.client.drop_database(name)
