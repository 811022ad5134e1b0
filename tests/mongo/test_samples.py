"""The samples that are listed are those that are counted."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId
from bson.datetime_ms import DatetimeMS
from bson.decimal128 import Decimal128
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor_core.contract import documents as contract
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import Review, class_of, confidence_of, review_of
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import NOT_REVIEWED, ORDERS, REJECTED, Sample, SampleFilter, Selection, outcome_of
from monitor_core.mongo.sample_pages import PAGE, Place, last_page, place_of
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from tests.conftest import at, plans
from tests.mongo.test_predictions import ODD_DATES, STRETCHES, ZONES, instants, reviewed_documents

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated")
CONFIDENCES = [None, "absent", 0, 1, 0.005, 0.57, 0.999, 0.3, 2, -1, "0.5", True, float("nan"), [0.5]]
QUICK = settings(
    max_examples=60,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def document(**changes: Any) -> dict[str, Any]:
    made = {"output_prediction": 1, "output_validated": 1, "timestamp": at(2026, 10, 3), "output_confidence": 0.5}
    return {**made, "timestamp_validated": at(2026, 10, 4), "filename": "a.png"} | changes


def walk(search: Search, place: Place | None = None) -> list[list[Sample]]:
    """All pages from a place on, forwards or backwards."""
    pages = []
    at_place: Place | None = place or Place()
    while at_place:
        found = search.page(place_of(at_place.token()))  # through the address
        pages.append(list(found.samples))
        at_place = found.before if at_place.backwards else found.after
    return pages


def listed(search: Search) -> list[Sample]:
    return [sample for page in walk(search) for sample in page]


@st.composite
def documents(draw: Any, first: date, zone: ZoneInfo, labels: list[int]) -> dict[str, Any]:
    """Of every form of the contract, and beyond it."""
    made, _ = draw(reviewed_documents(first, zone, labels))
    confidence = draw(st.sampled_from(CONFIDENCES))
    if confidence != "absent":
        made["output_confidence"] = confidence
    if draw(st.booleans()):  # predicted at another time, written in another form
        instant = draw(instants(first, zone))
        made["timestamp"] = draw(st.sampled_from([instant, instant.isoformat(), instant.isoformat()[:19], None]))
    if draw(st.integers(0, 9)) == 0:
        made[draw(st.sampled_from(["timestamp", "timestamp_validated"]))] = draw(
            st.sampled_from([*ODD_DATES, [at(first.year, first.month, first.day)], DatetimeMS(10**15)])
        )
    if draw(st.integers(0, 9)) == 0:
        odd = st.sampled_from([Decimal128("1"), 2**40, "1\n", " 1 ", "+1", "-0", "1.", [1], None, False, True])
        made[draw(st.sampled_from(["output_prediction", "output_validated"]))] = draw(odd)
    arrays = [name for name, value in made.items() if isinstance(value, list)]
    for name in arrays[1:]:  # an index over both would refuse the document
        made[name] = None
    return made | {"filename": f"{draw(st.integers(0, 99))}.png"}


def some(data: Any, make_store: Callable[..., Store]) -> tuple[Store, Selection]:
    """A store with random documents and a selection of some of their days."""
    name = data.draw(st.sampled_from(ZONES))
    zone, first = ZoneInfo(name), data.draw(st.sampled_from(STRETCHES))
    labels = data.draw(st.lists(st.integers(-2, 12), min_size=1, max_size=4, unique=True))
    made = data.draw(st.lists(documents(first, zone, labels), min_size=1, max_size=70))
    store = make_store(time_zone=name)
    store.collection.drop()
    store.collection.insert_many(made)
    if data.draw(st.booleans()):
        store.indexes.create()
    period = Period(first, first + timedelta(days=data.draw(st.integers(0, 4))))
    return store, Selection(period, data.draw(st.sampled_from(["validated", "predicted"])))


@given(st.data())
@QUICK
def test_as_many_samples_are_listed_and_counted_as_each_number_says(
    make_store: Callable[..., Store], data: Any
) -> None:
    store, selection = some(data, make_store)
    counts = store.counts.of(selection)
    everything = listed(Search(store, selection))
    assert len(everything) == counts.validated + counts.not_reviewed == Search(store, selection).count()
    cells: Counter[tuple[Any, int]] = Counter()
    labels = counts.confusion.labels
    for row, target in enumerate([*labels, REJECTED]):
        for column, prediction in enumerate(labels):
            cells[target, prediction] += int(counts.confusion.matrix()[row][column])
    for (target, prediction), count in cells.items():
        search = Search(store, selection, SampleFilter(target, prediction))
        found = listed(search)
        assert len(found) == count == search.count()
        wanted = None if target == REJECTED else target
        assert {(one.target, one.prediction) for one in found} <= {(wanted, prediction)}
    right = sum(count for (target, prediction), count in cells.items() if target == prediction)
    by_outcome = {"right": right, "wrong": counts.validated - right, NOT_REVIEWED: counts.not_reviewed}
    for outcome, count in by_outcome.items():
        search = Search(store, selection, SampleFilter(outcome=outcome))  # type: ignore[arg-type]
        assert len(listed(search)) == count == search.count()
    waiting = Search(store, selection, SampleFilter(NOT_REVIEWED))
    assert len(listed(waiting)) == counts.not_reviewed == waiting.count()


@given(st.data())
@QUICK
def test_the_samples_of_a_bin_of_confidence_are_those_that_the_bin_counts(
    make_store: Callable[..., Store], data: Any
) -> None:
    store, selection = some(data, make_store)
    days = store.counts.by_day(selection)
    low = data.draw(st.sampled_from([0, 1, 60, 114, 199]))
    high = data.draw(st.sampled_from([high for high in (1, 61, 114, 115, 200) if high > low]))
    expected = sum(
        int(day.confidence[(day.confidence[:, 2] >= low) & (day.confidence[:, 2] < high), 3].sum()) for day in days
    )
    search = Search(store, selection, SampleFilter(bins=(low, high)))
    assert len(listed(search)) == expected == search.count()


@given(st.data())
@QUICK
def test_every_order_is_that_of_the_raw_documents_read_in_python(make_store: Callable[..., Store], data: Any) -> None:
    store, selection = some(data, make_store)
    zone = store.settings.zone
    for order, (compared, direction) in ORDERS.items():
        found = listed(Search(store, selection, order=order))
        assert len({one.id for one in found}) == len(found)
        keys = []
        for one in found:
            instant = one.reviewed_at if selection.basis == "validated" else one.predicted_at
            assert instant is not None
            assert selection.period.first <= instant.astimezone(zone).date() <= selection.period.last
            key = {"time": instant.timestamp(), "confidence": one.confidence, "delay": one.delay_hours}[compared]
            keys.append((key is None, 0.0 if key is None else round(direction * key, 6)))
        assert keys == sorted(keys), order
        backwards = [list(page) for page in walk(Search(store, selection, order=order), last_page(len(found)))]
        assert [one for page in reversed(backwards) for one in page] == found


def test_every_sample_is_listed_once_however_many_share_an_instant(store: Store) -> None:
    ids: list[Any] = [ObjectId(), 7, "seven", {"a": 1}, 7.5, *range(100, 180)]
    store.collection.insert_many([document(_id=one) for one in ids])
    for order in ORDERS:
        pages = walk(Search(store, OCTOBER, order=order))
        assert [len(page) for page in pages] == [PAGE, PAGE, PAGE, len(ids) - 3 * PAGE]
        assert sorted(str(one.id) for page in pages for one in page) == sorted(map(str, ids))


def test_the_pages_know_where_they_are(store: Store) -> None:
    store.collection.insert_many([document(_id=n) for n in range(3 * PAGE + 5)])
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
    store.collection.insert_many([document(_id=n) for n in range(2 * PAGE)])
    after = Search(store, OCTOBER).page(Place()).after
    store.collection.delete_many({})
    assert after is not None
    gone = Search(store, OCTOBER).page(after)
    assert (gone.samples, gone.before, gone.after) == ((), Place(), None)


@pytest.mark.parametrize("token", ["x", "%%%", "AAAA", "\0", "é", "A" * 5000, Place(3, None).token()[:-3]])
def test_a_place_that_cannot_be_read_is_said(token: str) -> None:
    with pytest.raises(MonitorError, match="this is the first"):
        place_of(token)


def test_a_place_survives_the_address() -> None:
    for key in (at(2026, 10, 3, 1, 2, 3), 0.25, None):
        for one in (ObjectId(), "a/b", 7, {"a": [1]}):
            assert place_of(Place(key, one, True, 7).token()) == Place(key, one, True, 7)


def test_all_wanted_samples_come_one_after_the_other(store: Store) -> None:
    dates = [document(timestamp_validated=at(2026, 10, day)) for day in (5, 3, 9)]
    texts = [document(timestamp_validated=f"2026-10-0{day}") for day in (6, 2)]
    store.collection.insert_many([*dates, *texts, document(output_validated=2)])
    found = list(Search(store, OCTOBER, SampleFilter(outcome="right")).all())
    assert [one.reviewed_at.day for one in found if one.reviewed_at] == [3, 5, 9, 2, 6]


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_a_count_is_answered_from_the_index_alone(store: Store, basis: Any) -> None:
    store.collection.insert_many([document(_id=n) for n in range(200)])
    store.indexes.create()
    wanted = SampleFilter(target=1, prediction=2, outcome="wrong", bins=(0, 100))
    for plan in plans(store, lambda watched: Search(watched, Selection(OCTOBER.period, basis), wanted).count()):
        assert "PROJECTION_COVERED" in plan or "EOF" in plan
        assert "FETCH" not in plan
        assert "COLLSCAN" not in plan


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_a_page_is_found_through_the_index(store: Store, basis: Any, order: str) -> None:
    store.collection.insert_many([document(_id=n) for n in range(200)])
    store.indexes.create()
    search = Selection(OCTOBER.period, basis)
    found = plans(store, lambda watched: Search(watched, search, SampleFilter(1, 2), order).page(Place()))
    assert found
    for plan in found:
        assert "IXSCAN" in plan
        assert "COLLSCAN" not in plan


def test_the_expressions_read_a_class_as_the_contract_does(store: Store) -> None:
    from monitor_core.mongo.expressions import class_of as expression

    odd = ["3.", "+3", "03", "-0", " 3 ", "3 \n", "12345678901", "2147483648", "٣", "1e2", "", " ", "+", ".5", "3.5"]
    values: list[Any] = [*odd, 3, 3.0, -2, 2**31, -(2**31), 2**62, -(2**63), 3.5, float("nan"), float("inf"), -0.0]
    values += [None, True, False, [3], {"a": 3}, Decimal128("3"), at(2026, 10, 3)]
    store.collection.insert_many([{"_id": n, "v": value} for n, value in enumerate(values)])
    found = {one["_id"]: one["x"] for one in store.collection.aggregate([{"$project": {"x": expression("$v")}}])}
    for n, value in enumerate(values):
        assert found[n] == class_of(value), repr(value)


@given(st.data())
@QUICK
def test_the_expressions_read_an_instant_as_the_contract_does(make_store: Callable[..., Store], data: Any) -> None:
    from monitor_core.mongo.expressions import instant_in

    name = data.draw(st.sampled_from([*ZONES, "America/Santiago", "America/Havana"]))
    zone, first = ZoneInfo(name), data.draw(st.sampled_from([*STRETCHES, date(2026, 9, 4), date(2026, 4, 3)]))
    texts = [data.draw(instants(first, zone)) for _ in range(20)]
    values = [
        one.isoformat(timespec="milliseconds")[: data.draw(st.sampled_from([10, 16, 19, 23, 29]))] for one in texts
    ]
    store = make_store(time_zone=name)
    store.collection.delete_many({})
    store.collection.insert_many([{"_id": n, "v": value} for n, value in enumerate([*values, *texts, *ODD_DATES])])
    around = Period(first - timedelta(days=3), first + timedelta(days=9))
    stages = [{"$project": {"x": instant_in("$v", around, zone)}}]
    found = {one["_id"]: one["x"] for one in store.collection.aggregate(stages)}
    for n, value in enumerate([*values, *texts]):
        assert found[n] == contract.instant_of(value, zone), (value, name)


def test_what_is_wanted_is_what_a_review_says() -> None:
    assert outcome_of(3, 3) == "right"
    assert outcome_of(review_of(False, 3, dated=True), 3) == REJECTED
    assert SampleFilter(outcome="wrong").holds(Review.REJECTED, 3)
    assert not SampleFilter(outcome="wrong").holds(Review.NONE, 3)
    assert not SampleFilter().holds(Review.UNREADABLE, 3)
    assert confidence_of(0.5) == 0.5
