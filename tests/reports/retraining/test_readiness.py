"""What there is to train on equals what the raw documents say, whatever form they have."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from monitor_core.contract.documents import Review
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import read_performance
from monitor_core.reports.retraining.readiness import as_json, read_readiness, readiness_in_words
from tests.documents import FIELDS, fields, prediction
from tests.reports.raw import JUNE, documents, told


def with_trained(count: int, seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    made = documents(count, seed)
    for document in made:
        value = rng.choice([True, True, False, None, "yes", "absent"])
        document |= {} if value == "absent" else fields(trained=value)
    return made


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_the_new_samples_are_those_of_the_raw_documents(make_store: Callable[..., Store], basis: Any) -> None:
    store = make_store(time_zone="Europe/Madrid")
    made = with_trained(1500, 11)
    store.collection.insert_many(made)
    new, corrections, trained, rejected = Counter[int](), Counter[int](), Counter[int](), 0
    for document in made:
        row = told(document, store.settings.zone)
        if row is None or row[basis] is None or row[basis] not in JUNE.days:
            continue
        is_new = document.get(FIELDS.trained) is not True
        rejected += is_new and row["review"] is Review.REJECTED
        if not isinstance(row["review"], Review):
            (new if is_new else trained)[row["review"]] += 1
            corrections[row["review"]] += is_new and row["review"] != row["prediction"]
    ready = read_readiness(store, Selection(JUNE, basis))
    assert rejected > 0
    assert ready.rejected == rejected
    table = {row["label"]: row for row in ready.table.to_dict("records")}
    assert {label: row["new"] for label, row in table.items()} == {label: new[label] for label in table}
    assert set(table) == new.keys() | trained.keys()
    assert {label: row["corrections"] for label, row in table.items()} == {label: corrections[label] for label in table}
    assert {label: row["trained"] for label, row in table.items()} == {label: trained[label] for label in table}
    assert ready.is_marked
    assert list(ready.table["corrections"]) == sorted(ready.table["corrections"], reverse=True)
    by_class = read_performance(store, Selection(JUNE, basis)).by_class.set_index("label")["f1"]
    assert {label: row["value"] for label, row in table.items()} == pytest.approx(by_class.to_dict(), nan_ok=True)


def test_the_sentences_have_the_numbers(make_store: Callable[..., Store]) -> None:
    store = make_store(class_names={1: "pear", 2: "apple"})
    day = JUNE.first
    store.collection.insert_many(prediction(day, 1, 1 if n < 10 else 2, trained=n % 4 == 0) for n in range(16))
    store.collection.insert_one(prediction(day, 1, False))
    ready = read_readiness(store, Selection(JUNE, "predicted"))
    during = "from 1 Jun to 30 Jun 2026"
    assert readiness_in_words(ready) == [
        f"12 reviewed samples of a known class {during} are not in the training set, 5 corrections of the model among "
        "them; 4 of the period are.",
        "1 sample was rejected without a true class: left out.",
        "The most corrections are of the class apple: 5 of 5 new samples.",
    ]
    figures = as_json(ready)
    assert figures["new"] == 12
    assert figures["by_class"]["2"]["corrections"] == 5


def test_without_any_mark_all_count_as_new_and_nothing_is_an_empty_table(store: Store) -> None:
    assert read_readiness(store, Selection(JUNE, "predicted")).table.empty
    store.collection.insert_one(prediction(JUNE.first))
    sentences = readiness_in_words(read_readiness(store, Selection(JUNE, "predicted")))
    assert "No prediction has `trained: true`, so all count as new." in sentences
    assert sentences[0].startswith("1 reviewed sample of a known class from 1 Jun to 30 Jun 2026 is not in")
