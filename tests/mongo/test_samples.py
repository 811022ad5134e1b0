"""The samples that are listed are those that are counted."""

from collections.abc import Callable
from datetime import date
from typing import Any
from unicodedata import normalize

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, Phase, settings

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import ORDERS, SampleFilter, Selection
from monitor_core.mongo.sample_pages import PAGE, Place, last_page
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import prediction
from tests.lanes import examples

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated")


QUICK = settings(
    max_examples=examples(40),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_every_sample_is_listed_once_however_many_share_an_instant(store: Store) -> None:
    ids: list[Any] = [ObjectId(), 7, "seven", {"a": 1}, 7.5, *range(100, 180)]
    store.collection.insert_many([prediction(_id=one) for one in ids])
    for order in ORDERS:
        search, pages, place = Search(store, OCTOBER, order=order), [], Place()
        while place:
            page = search.page(place)
            pages.append(page.samples)
            place = page.after
        assert [len(page) for page in pages] == [PAGE, PAGE, PAGE, len(ids) - 3 * PAGE]
        assert sorted(str(one.id) for page in pages for one in page) == sorted(map(str, ids))


def test_a_class_is_found_in_each_spelling_of_its_name(make_store: Callable[..., Store]) -> None:
    store = make_store(class_names={0: "Café", 1: "tea"}, class_aliases={"Кофе": 0})
    cases = (str, str.lower, str.upper)
    spellings = [normalize(form, case(name)) for name in ("Café", "кофе") for case in cases for form in ("NFC", "NFD")]
    store.collection.insert_many([prediction(predicted=f" {text}", target=text) for text in [*spellings, "tea"]])
    assert store.counts.of(OCTOBER).confusion.matrix().tolist() == [[len(spellings), 0], [0, 1], [0, 0]]
    for chosen in (SampleFilter(predictions=(0,)), SampleFilter(targets=(0,))):
        assert Search(store, OCTOBER, chosen).count() == len(spellings)
        assert len(Search(store, OCTOBER, chosen).page(Place()).samples) == len(spellings)
        assert len(list(Search(store, OCTOBER, chosen).all())) == len(spellings)


def test_the_pages_know_where_they_are(store: Store) -> None:
    store.collection.insert_many([prediction(_id=n) for n in range(3 * PAGE + 5)])
    search = Search(store, OCTOBER)
    first = search.page(Place())
    assert first.before is None
    assert first.after is not None
    second = search.page(first.after)
    assert second.place.number == 2
    assert second.before == Place()
    assert second.after is not None
    third = search.page(second.after)
    assert third.before is not None
    again = search.page(third.before)
    assert again.samples == second.samples
    assert again.place.number == 2
    last = search.page(last_page(search.count()))
    assert (last.place.number, last.after) == (4, None)
    assert last.samples[-1].id == 0


def test_samples_that_have_gone_meanwhile_do_not_end_the_walk(store: Store) -> None:
    store.collection.insert_many([prediction(_id=n) for n in range(2 * PAGE)])
    after = Search(store, OCTOBER).page(Place()).after
    store.collection.delete_many({})
    assert after is not None
    gone = Search(store, OCTOBER).page(after)
    assert (gone.samples, gone.before, gone.after) == ((), Place(), None)


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_a_count_is_answered_through_an_index(store: Store, basis: Any) -> None:
    store.collection.insert_many([prediction(_id=n) for n in range(200)])
    store.indexes.create()
    chosen = SampleFilter(targets=(1,), predictions=(2,), outcome="wrong", bins=(0, 100))
    for plan in plans(store, lambda watched: Search(watched, Selection(OCTOBER.period, basis), chosen).count()):
        assert "IXSCAN" in plan or "EOF" in plan
        assert "COLLSCAN" not in plan


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_a_page_is_found_through_the_index(store: Store, basis: Any, order: str) -> None:
    store.collection.insert_many([prediction(_id=n) for n in range(200)])
    store.indexes.create()
    search = Selection(OCTOBER.period, basis)
    query_plans = plans(store, lambda watched: Search(watched, search, SampleFilter((1,), (2,)), order).page(Place()))
    assert query_plans
    for plan in query_plans:
        assert "IXSCAN" in plan
        assert "COLLSCAN" not in plan


@pytest.mark.parametrize("order", ORDERS)
def test_the_samples_beside_each_other_are_those_of_the_pages(store: Store, order: str) -> None:
    store.collection.insert_many([prediction(_id=n, confidence=0.5 + n % 7 / 20) for n in range(PAGE + 3)])
    search, samples, place = Search(store, OCTOBER, order=order), [], Place()
    while place:
        page = search.page(place)
        samples += page.samples
        place = page.after
    assert len(samples) == PAGE + 3
    pairs = list(zip([None, *samples], [*samples, None], strict=True))
    for before, after in pairs[1:-1]:
        assert search.beside(before.id, 1) == after
        assert search.beside(after.id, -1) == before
    assert search.beside(samples[0].id, -1) is search.beside(samples[-1].id, 1) is None
    assert search.beside("gone", 1) is None


def test_a_sample_is_read_whatever_the_period_and_the_filter(store: Store) -> None:
    store.collection.insert_many([prediction(_id=1, target=2), prediction(_id=2, predicted="cat")])
    elsewhere = Selection(Period(date(2020, 1, 1), date(2020, 1, 2)), "validated")
    search = Search(store, elsewhere, SampleFilter(outcome="right"))
    (sample,) = Search(store, OCTOBER).page(Place()).samples
    assert search.read(1) == sample
    assert search.read(2) is search.read(3) is None
