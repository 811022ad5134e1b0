"""A collection with a collation of its own is counted, listed and logged like one without."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor_core.cli.doctor.checks import checks
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import SampleFilter, Selection
from monitor_core.logger.tick import tick
from monitor_core.mongo import indexes
from monitor_core.mongo.connection import PlainlyCompared
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports.quality import quality_report
from tests.conftest import plans
from tests.documents import FIELDS, at, prediction

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
SPANISH: dict[str, Any] = {"locale": "es", "strength": 1}
DIFFERENT = {"class_names": {0: "gato", 1: "Gato", 2: "gató"}, "segments": {"camera": "camera"}}


def documents() -> list[dict[str, Any]]:
    """Predictions whose classes, dates, ids and segments differ by case and accents alone."""
    labels, reviews = (
        ["gato", "Gato", "gató", "GATO"],
        ["gato", "Gato", "gató", None, "N/A", "ñ/a", "n/A", True, "true"],
    )
    return [
        prediction(
            at(2026, 10, 3 + n % 7),
            label,
            review,
            reviewed=at(2026, 10, 12),
            predicted_at=at(2026, 10, 3 + n % 7)
            if n % 3
            else f"2026-10-05{'tT '[n % 2]}12:00:00{'Z' if n % 5 else 'z'}",
            _id=f"{n}-{label}",
            filename=["a.png", "A.png", "á.png"][n % 3],
            camera=["left", "Left", "léft", "", None][n % 5],
        )
        for n, (label, review) in enumerate((label, review) for label in labels for review in reviews * 3)
    ]


def said(store: Store) -> list[Any]:
    """What the monitor says of a collection."""
    answers: list[Any] = []
    for where in ((), (("camera", "left"),), (("camera", "Left"),), (("camera", "léft"),)):
        for basis in ("predicted", "validated"):
            selection = Selection(OCTOBER, basis, where)  # type: ignore[arg-type]
            counts = store.counts.of(selection, exact=True)
            confusion = counts.confusion
            answers.append((confusion.labels, confusion.matrix_cells().tolist(), counts.documents, counts.excluded))
            for label in (None, 0, 1, 2):
                chosen = Search(store, selection, SampleFilter(predictions=() if label is None else (label,)))
                answers.append((chosen.count(), sorted(str(sample.id) for sample in chosen.all())))
    quality = quality_report(store, OCTOBER, datetime.now(UTC), None)
    answers.append([(finding.problem.title, finding.documents) for finding in quality.findings])
    answers += [store.predictions.waiting(), store.live.segment_choices("camera"), store.counts.census()]
    return answers


@pytest.mark.parametrize("indexed", [False, True])
def test_a_collation_changes_no_answer(make_store: Callable[..., Store], indexed: bool) -> None:
    plain, spanish = make_store(**DIFFERENT), make_store(**DIFFERENT, collection="spanish")
    spanish.database.create_collection("spanish", collation=SPANISH)
    for store in (plain, spanish):
        store.collection.insert_many(documents())
        if indexed:
            assert store.indexes.create() == []
    expected = said(plain)
    assert said(spanish) == expected
    waiting = plain.predictions.waiting().rows
    result = tick(spanish)
    assert result is not None
    assert (result.error, result.failures, result.logged) == (None, (), waiting)
    assert spanish.predictions.waiting().rows == 0


def test_the_queries_lean_on_our_indexes_as_without_a_collation(make_store: Callable[..., Store]) -> None:
    plain, spanish = make_store(**DIFFERENT), make_store(**DIFFERENT, collection="spanish")
    spanish.database.create_collection("spanish", collation=SPANISH)
    for store in (plain, spanish):
        store.collection.insert_many(documents())
        store.indexes.create()
    for store in (plain, spanish):
        for plan in plans(store, lambda store: store.live.days(Selection(OCTOBER, "validated"))):
            assert f"monitor_{FIELDS.validated_at}" in plan
            assert "COLLSCAN" not in plan


def test_an_index_of_the_collection_s_collation_is_replaced(store: Store) -> None:
    store.database.create_collection(store.settings.collection, collation=SPANISH)
    wanted = indexes.of_reviews(store.settings)
    store.database[store.settings.collection].create_index(wanted.key, name=wanted.name)  # as an earlier version did
    assert wanted in store.indexes.missing()
    assert store.indexes.create() == []
    assert store.indexes.missing() == []
    assert "collation" not in store.collection.index_information()[wanted.name]


def test_a_view_s_own_collation_is_taken_and_the_doctor_says_so(make_store: Callable[..., Store]) -> None:
    store = make_store(collection="view")
    store.database["behind"].insert_many([prediction(_id=n) for n in range(30)])
    store.database.create_collection("view", viewOn="behind", pipeline=[], collation=SPANISH)
    assert isinstance(store.collection, PlainlyCompared)
    assert store.collection.compares_otherwise()
    assert store.counts.of(Selection(OCTOBER, "predicted")).validated == 30
    result = tick(store)
    assert result is not None
    assert (result.error, result.failures, result.logged) == (None, (), 30)
    (sentence,) = (text for ok, text in checks(store.settings) if "a collation of its own" in text and not ok)
    assert store.collection.full_name in sentence


def test_a_time_series_collection_s_collation_changes_nothing(make_store: Callable[..., Store]) -> None:
    plain, spanish = make_store(**DIFFERENT), make_store(**DIFFERENT, collection="spanish")
    dated = [document for document in documents() if isinstance(document[FIELDS.predicted_at], datetime)]
    for store, options in ((plain, {}), (spanish, {"collation": SPANISH})):
        series = {"timeField": FIELDS.predicted_at, "metaField": "camera"}
        store.database.create_collection(store.settings.collection, timeseries=series, **options)
        store.collection.insert_many(dated)
    assert said(spanish) == said(plain)
    assert not any("a collation of its own" in text for _, text in checks(spanish.settings))
