"""The filter's conditions: the samples they admit, and the indexes that answer them."""

from datetime import date
from typing import Any

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import Review
from monitor_core.contract.selection import SampleFilter, Selection
from monitor_core.mongo.filtering import conditions
from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.sample_pages import Place
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import at, fields, prediction

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated")
NAMES = ("left/IMG_0001.png", "left/img_0002.png", "right/a+b(1).png", "right/ünïcode.PNG")


def answers(store: Store, chosen: SampleFilter) -> list[Any]:
    """The ids by page, by count, by outcome and as a stream, which have to agree."""
    search = Search(store, OCTOBER, chosen)
    by_page = sorted(sample.id for sample in search.page(Place()).samples)
    assert sorted(sample.id for sample in search.all()) == by_page
    assert search.count() == len(by_page) == sum(search.outcomes().values())
    by_key = Search(store, OCTOBER, chosen, "least confident").page(Place())
    assert sorted(sample.id for sample in by_key.samples) == by_page
    return by_page


@pytest.fixture
def varied(store: Store) -> Store:
    """Every pair of three classes, and each pair rejected and not reviewed; its id is target and prediction."""
    store.indexes.create()
    for target in (0, 1, 2, False, None):
        for label in (0, 1, 2):
            document = prediction(_id=f"{target}/{label}", predicted=label, target=target)
            store.collection.insert_one(document | fields(filename=f"{target}-{label}.png"))
    return store


@pytest.mark.parametrize("targets", [(), (1,), (0, 2), ("rejected",), (1, "rejected"), (2, "not reviewed")])
@pytest.mark.parametrize("predictions", [(), (2,), (0, 1)])
@pytest.mark.parametrize("outcome", [None, "right", "wrong", "rejected", "not reviewed"])
def test_the_samples_are_those_that_the_filter_holds(
    varied: Store, targets: Any, predictions: Any, outcome: Any
) -> None:
    chosen = SampleFilter(targets, predictions, outcome)
    reviews = {"0": 0, "1": 1, "2": 2, "False": Review.REJECTED, "None": Review.NONE}
    ids = (sample_id for sample_id in varied.collection.distinct("_id"))
    expected = [one for one in ids if chosen.holds(reviews[one.split("/")[0]], int(one.split("/")[1]))]
    assert answers(varied, chosen) == sorted(expected)


def test_outcomes_are_counted_one_by_one(varied: Store) -> None:
    numbers = {"right": 3, "wrong": 6, "rejected": 3, "not reviewed": 3}
    assert Search(varied, Selection(OCTOBER.period, "predicted")).outcomes() == numbers
    narrowed = SampleFilter(predictions=(1,), file=".png")
    assert Search(varied, Selection(OCTOBER.period, "predicted"), narrowed).outcomes() == {
        name: number / 3 for name, number in numbers.items()
    }


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("few", [2000, 1])
@pytest.mark.parametrize(
    ("part", "places"),
    [
        ("IMG_000", [0, 1]),
        ("left/img_0001.png", [0]),
        ("a+b(1)", [2]),
        (".", [0, 1, 2, 3]),
        ("ÜNÏ", [3]),
        ("\0right", [2, 3]),
        ("[a-z]", []),
    ],
)
def test_a_part_of_the_file_name_is_plain_text_in_any_case(
    store: Store, monkeypatch: pytest.MonkeyPatch, part: str, places: list[int], few: int, indexed: bool
) -> None:
    monkeypatch.setattr(conditions, "FEW_FILES", few)
    store.collection.insert_many(
        [prediction(_id=place) | fields(filename=name) for place, name in enumerate(NAMES)]
        + [prediction(_id=9) | fields(filename=None)]
    )
    if indexed:
        store.indexes.create()
    assert answers(store, SampleFilter(file=part)) == places


def test_a_file_is_searched_in_the_index_and_not_in_the_documents(store: Store) -> None:
    store.collection.insert_many(
        prediction(_id=number) | fields(filename=f"{number:04}.png") for number in range(2_000)
    )
    store.indexes.create()
    chosen = SampleFilter(file="1234")

    def act(of: Store) -> None:
        assert len(Search(of, OCTOBER, chosen).page(Place()).samples) == Search(of, OCTOBER, chosen).count() == 1

    for plan in plans(store, act, "executionStats"):
        assert "COLLSCAN" not in plan
        assert "'totalDocsExamined': 1," in plan or "'totalDocsExamined': 0," in plan


def test_tags_and_file_names_narrow_each_other(store: Store) -> None:
    store.indexes.create()
    store.collection.insert_many([prediction(_id=place) | fields(filename=name) for place, name in enumerate(NAMES)])
    Tags(store).add([0, 2, 77], "label is wrong", "ana", at(2026, 10, 5))
    Tags(store).add([1], "blurred", "ana", at(2026, 10, 5))
    assert answers(store, SampleFilter(tags=("label is wrong",))) == [0, 2]
    assert answers(store, SampleFilter(tags=("label is wrong", "blurred"))) == [0, 1, 2]
    assert answers(store, SampleFilter(tags=("label is wrong",), file="left")) == [0]
    assert answers(store, SampleFilter(tags=("never given",))) == []


def test_tagged_samples_are_found_by_their_ids(store: Store) -> None:
    store.collection.insert_many(prediction(_id=number) for number in range(500))
    store.indexes.create()
    Tags(store).add([7, 8], "blurred", "ana", at(2026, 10, 5))
    chosen = SampleFilter(tags=("blurred",))
    explained = plans(store, lambda of: Search(of, OCTOBER, chosen).count(), "executionStats")
    assert explained
    assert all("'totalDocsExamined': 2," in plan or "monitor_tags" in plan or "EOF" in plan for plan in explained), (
        explained
    )
