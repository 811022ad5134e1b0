"""Documents without an id, with one that others have too, or with one that the driver cannot write as it reads it."""

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import bson
import pytest
from bson.raw_bson import RawBSONDocument

from monitor_core.cli.doctor.checks import checks
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import ORDERS, Selection
from monitor_core.logger.tick import tick
from monitor_core.mongo.delivery.set_aside import set_aside
from monitor_core.mongo.sample_pages import Place
from monitor_core.mongo.samples import Search
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.reports.quality import quality_report
from tests.command import run
from tests.documents import FIELDS, at, prediction

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
SELECTION = Selection(OCTOBER, "validated")
SERIES = {"timeField": FIELDS.predicted_at}
MakeStore = Callable[..., Store]


def view_of_lists(make_store: MakeStore) -> Store:
    """A view of 30 predictions in ten documents."""
    store = make_store(collection="view")
    store.database["images"].insert_many([{"_id": n, "of": [prediction(box=m) for m in range(3)]} for n in range(10)])
    stages: list[dict[str, Any]] = [
        {"$unwind": "$of"},
        {"$replaceRoot": {"newRoot": {"$mergeObjects": [{"_id": "$_id"}, "$of"]}}},
    ]
    store.database.create_collection("view", viewOn="images", pipeline=stages)
    return store


def series_with_own_ids(make_store: MakeStore) -> Store:
    store = make_store(collection="series")
    store.database.create_collection("series", timeseries=SERIES)
    store.collection.insert_many([prediction(at(2026, 10, 3, n // 10), _id=n % 10) for n in range(30)])
    return store


def view_without_ids(make_store: MakeStore) -> Store:
    store = make_store(collection="view")
    store.database["images"].insert_many([{"of": prediction(at(2026, 10, 3, n % 24, n))} for n in range(30)])
    store.database.create_collection("view", viewOn="images", pipeline=[{"$replaceRoot": {"newRoot": "$of"}}])
    return store


def series_without_ids(make_store: MakeStore) -> Store:
    store = make_store(collection="series")
    store.database.create_collection("series", timeseries=SERIES)
    documents = [prediction(at(2026, 10, 3, n % 24, n)) for n in range(30)]
    store.database.command("insert", "series", documents=documents)  # the driver would add ids
    return store


def ticked(store: Store) -> TickResult:
    result = tick(store)
    assert result is not None
    assert (result.error, result.failures) == (None, ())
    return result


def problems(store: Store) -> dict[str, int]:
    report = quality_report(store, OCTOBER, datetime.now(UTC), None)
    assert report.used == 30
    return {finding.name: finding.documents for finding in report.findings}


@pytest.mark.parametrize("make", [view_of_lists, series_with_own_ids])
def test_of_the_documents_with_one_id_one_is_logged_and_all_is_said(
    make_store: MakeStore, make: Callable[[MakeStore], Store]
) -> None:
    store = make(make_store)
    assert store.counts.of(SELECTION).validated == 30
    assert problems(store)["repeated_id"] == 30
    result = ticked(store)
    assert (result.logged, result.set_aside) == (10, {"repeated_id": 20})
    assert ticked(store).logged == 0
    (sentence,) = (text for ok, text in checks(store.settings) if "with the id of another one" in text and not ok)
    assert sentence.startswith("30 documents with the id of another one. ")
    assert "the logger logs only one of those" in sentence
    for order in ORDERS:
        assert len(Search(store, SELECTION, order=order).page(Place()).samples) == 24


@pytest.mark.parametrize("make", [view_without_ids, series_without_ids])
def test_documents_without_an_id_are_counted_and_shown_and_the_logger_sets_them_aside(
    make_store: MakeStore, make: Callable[[MakeStore], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make(make_store)
    assert store.counts.of(SELECTION).validated == 30
    assert problems(store)["no_id"] == 30
    example = next(
        finding
        for finding in quality_report(store, OCTOBER, datetime.now(UTC), None).findings
        if finding.name == "no_id"
    ).examples[0]
    assert example.id == "no id"
    for order in ORDERS:
        first = Search(store, SELECTION, order=order).page(Place())
        assert {sample.id for sample in first.samples} == {None}
        assert first.after
        if order in ("newest", "oldest"):
            assert len(Search(store, SELECTION, order=order).page(first.after).samples) == 6
    for _ in range(2):
        result = ticked(store)
        assert (result.logged, result.set_aside) == (0, {"no_id": 30})
    assert store.predictions.waiting().rows == 0
    assert [(row.id, row.reason) for row in set_aside(store)] == [("", "no_id")] * 30
    assert any(text.startswith("30 documents without an id. ") for ok, text in checks(store.settings) if not ok)
    monkeypatch.setenv("MONITOR_COLLECTION", store.settings.collection)
    file = store.settings.state_folder.parent / "samples.csv"
    exported = run("samples", "--output", str(file), "--period", "2026-10-01..2026-10-31")
    assert exported.returncode == 0, exported.stderr
    assert len(file.read_text("utf-8").splitlines()) == 31
    listed = run("quality", "--period", "2026-10-01..2026-10-31")
    assert "no id" in listed.stdout


def test_in_a_collection_proper_ids_are_not_counted(store: Store) -> None:
    store.collection.insert_many([prediction(_id=n) for n in range(30)])
    assert not {"no_id", "repeated_id"} & problems(store).keys()
    census = store.counts.census()
    assert (census["no_id"], census["repeated_id"]) == (0, 0)


def as_text(data: bytes) -> bytes:
    return struct.pack("<i", len(data) + 1) + data + b"\0"


def of_field(kind: int, name: bytes, value: bytes) -> bytes:
    return bytes([kind]) + name + b"\0" + value


def document_of(*fields: bytes) -> bytes:
    body = b"".join(fields)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


ONE = struct.pack("<i", 1)
LOST = {  # type and bytes of an id
    "broken text": (2, as_text(b"a\xff\xfe")),
    "broken in another way, but read alike": (2, as_text(b"a\xfe\xff")),
    "DBPointer": (12, as_text(b"ns.x") + b"0" * 12),
    "undefined in an object": (3, document_of(of_field(6, b"u", b""))),
    "two values of one name": (3, document_of(of_field(16, b"k", ONE), of_field(16, b"k", ONE))),
    "broken name": (3, document_of(of_field(16, b"\xff", ONE))),
}
USABLE = {
    "text with the sign for what is broken": (2, as_text("a\ufffd".encode())),
    "text with umlauts": (2, as_text("ä".encode())),
    "object": (3, document_of(of_field(16, b"k", ONE), of_field(2, b"n", as_text("ä".encode())))),
    "symbol": (14, as_text(b"s")),
    "program": (13, as_text(b"f()")),
}


def test_an_id_that_the_driver_cannot_write_costs_its_own_document_alone(store: Store) -> None:
    rest = bson.encode(prediction(at(2026, 10, 3)))[4:-1]
    for kind, value in (LOST | USABLE).values():
        store.collection.insert_one(RawBSONDocument(document_of(of_field(kind, b"_id", value), rest)))
    assert store.predictions.waiting().rows == len(USABLE)
    result = ticked(store)
    assert (result.logged, result.set_aside) == (len(USABLE), {"no_id": len(LOST)})
    result = ticked(store)  # they were logged again in each run
    assert (result.logged, result.set_aside) == (0, {"no_id": len(LOST)})
    assert store.predictions.waiting().rows == 0
    assert [row.reason for row in set_aside(store)] == ["no_id"] * len(LOST)
    assert store.counts.of(SELECTION).validated == len(LOST | USABLE)
    assert store.counts.census()["no_id"] == len(LOST)
