"""A list of one label, as review tools write a choice, is that label for all that reads the documents."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import Review
from monitor_core.contract.selection import Selection
from monitor_core.mongo.quality.problems import QualityProblems
from monitor_core.mongo.sample_pages import Place
from monitor_core.mongo.samples import SampleFilter, Search
from monitor_core.mongo.store import Store
from monitor_core.reports.quality import quality_report
from tests.documents import FIELDS, Document, at, prediction

OCTOBER = Period(at(2026, 10, 1).date(), at(2026, 10, 31).date())
NAMES = {0: "cat", 1: "Dog"}
LABELS: list[Any] = ["cat", "DOG", "1", 0, True, False, "cow", 2.5, None, "N/A", "#N/A", "NaT"]
CHOSEN = [
    *(SampleFilter(), SampleFilter(predictions=(1,)), SampleFilter(targets=(0,)), SampleFilter(targets=("rejected",))),
    *(SampleFilter(outcome=outcome) for outcome in ("right", "wrong", "rejected", "not reviewed")),
]


def documents(of: Callable[[Any], Any]) -> list[Document]:
    """Each prediction with each review, dated and not; `of`: how a label is written."""
    return [
        prediction(at(2026, 10, 3, hour), of(predicted), of(target), **dated)
        for hour, predicted in enumerate(("cat", "dog", 1, "0", "cow"))
        for target in LABELS
        for dated in ({}, {"reviewed": None})
    ]


def facts(store: Store) -> dict[str, Any]:
    """All that is counted and listed of the documents."""
    of_basis = {
        basis: (
            (counts := store.counts.of(Selection(OCTOBER, basis))).documents,
            counts.not_reviewed,
            counts.excluded,
            counts.noticed,
            counts.confusion.labels,
            counts.confusion.matrix().tolist(),
        )
        for basis in ("validated", "predicted")
    }
    searches = [Search(store, Selection(OCTOBER, "predicted"), chosen) for chosen in CHOSEN]
    listed = [(search.count(), len(list(search.all())), len(search.page(Place()).samples)) for search in searches]
    in_order = [replace(search, order="least confident") for search in searches]
    by_confidence = [len(search.page(Place()).samples) for search in in_order]
    rows = [row for piece in store.predictions.pending() for row in piece]
    logged = sorted(str(row if isinstance(row, str) else (row.prediction, row.target)) for row in rows)
    quality = [item for day in QualityProblems(store).days(OCTOBER) for item in day.counts.items()]
    return {
        "counts": of_basis,
        "census": store.counts.census(),
        "samples": listed,
        "by confidence": by_confidence,
        "logged": logged,
        "waiting": store.predictions.waiting().rows,
        "ever": store.predictions.reviewed_ever(),
        "quality": sorted(quality),
        "trained": store.training.by_class(),
    }


@pytest.mark.parametrize("indexed", [True, False])
def test_all_reads_a_list_of_one_label_as_the_label(make_store: Callable[..., Store], indexed: bool) -> None:
    of_lists = []
    for name, of in (("plain", lambda value: value), ("lists", lambda value: [value])):
        store = make_store(collection=name, class_names=NAMES)
        if indexed:
            store.indexes.create()
        made = documents(of)
        store.collection.insert_many([one | {FIELDS.trained: n % 2 == 0} for n, one in enumerate(made)])
        of_lists.append(facts(store))
    plain, lists = of_lists
    assert lists == plain
    assert plain["counts"]["predicted"][0] == 5 * len(LABELS) * 2


def test_an_empty_list_is_no_review_and_a_longer_one_is_a_problem(make_store: Callable[..., Store]) -> None:
    store = make_store(class_names=NAMES)
    store.collection.insert_many(
        [prediction(target=[]), prediction(target=["cat", "Dog"]), prediction(predicted=[0, 1])]
    )
    report = quality_report(store, OCTOBER, store.now())
    findings = {finding.name: finding for finding in report.findings}
    assert (report.not_reviewed, report.set_aside["unreadable_review"]) == (1, 1)
    for name in ("unreadable_review", "unreadable_prediction"):
        assert [example.value for example in findings[name].examples] == ["(list of 2)"]
        assert "list" in findings[name].problem.remedy
    assert store.settings.notation.review_of(["cat", "Dog"], 0, dated=True) is Review.UNREADABLE
