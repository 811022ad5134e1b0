"""The ids of what does not count, and the predictions that count."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from bson import DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId

from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import SettingsError
from monitor_core.contract.selection import ORDERS, SampleFilter, Selection
from monitor_core.mongo import superseded
from monitor_core.mongo.quality.problems import QualityProblems
from monitor_core.mongo.sample_pages import Place
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.mongo.superseded import SupersededPrediction
from tests.conftest import plans
from tests.documents import LATER, at, prediction

DAY = date(2026, 10, 3)
IDS = [
    1,
    2.5,
    "one",
    ObjectId("6b0d2df0cb971e8336d8a9e9"),
    None,
    True,
    {"a": {"b": 1}},
    at(2026, 10, 3),
    Decimal128("1.5"),
    Int64(2**40),
]
ODD_IDS = [float("nan"), b"bytes", MinKey(), MaxKey(), DBRef("other", 1), "state", {"id": 1}]


@pytest.fixture
def once(make_store: Callable[..., Store]) -> Store:
    store = make_store(count_files_once=True)
    assert store.superseded.begin(store.changes.note)
    return store


def change(store: Store, gone: list[Any], new: list[Any]) -> None:
    rows = [SupersededPrediction(id, "a.png", DAY) for id in new]
    store.superseded.change(gone, rows, {("predicted", DAY)}, store.changes.note)


@pytest.mark.parametrize("id", [*IDS, *ODD_IDS], ids=repr)
def test_an_id_of_any_type_is_left_out_and_counts_again(once: Store, id: Any) -> None:
    once.collection.insert_many([prediction(DAY, _id=id), prediction(DAY, _id="other")])
    change(once, [], [id])
    assert [document["_id"] for document in once.counted.aggregate([])] == ["other"]
    assert once.counted.count_documents({}) == once.superseded.number() == once.superseded.number(Period(DAY, DAY)) == 1
    assert once.counts.of(Selection(Period(DAY, DAY), "predicted")).documents == 1
    assert once.counts.census()["documents"] == 1
    change(once, [id], [])
    assert once.counted.count_documents({}) == 2
    assert once.superseded.number() == 0


def test_another_process_reads_them_again_when_they_change(once: Store, make_store: Callable[..., Store]) -> None:
    other = make_store(count_files_once=True)
    once.collection.insert_many([prediction(DAY, _id=n) for n in range(4)])
    for n in range(3):
        change(once, [], [n])
        assert other.counted.count_documents({}) == 3 - n


def test_off_asks_nothing_and_leaves_nothing_out(once: Store, make_store: Callable[..., Store]) -> None:
    once.collection.insert_many([prediction(DAY, _id=n) for n in range(4)])
    change(once, [], [1])
    off = make_store()
    assert off.counted.count_documents({}) == 4
    assert off.superseded.left_out() == {}
    assert off.superseded.number() == 0
    assert off.history.made_from != once.history.made_from
    assert len(plans(once, lambda store: store.counted.aggregate([]))) == 1
    off.superseded.begin(off.changes.note)
    assert "monitor_superseded" not in off.database.list_collection_names()


def test_under_other_settings_they_are_found_again(once: Store, make_store: Callable[..., Store]) -> None:
    change(once, [], [1])
    other = make_store(count_files_once=True, time_zone="Europe/Madrid")
    assert other.superseded.left_out() == {}
    assert other.superseded.begin(other.changes.note)
    assert not other.superseded.begin(other.changes.note)
    assert other.superseded.number() == 0


def test_too_many_end_in_a_sentence_until_they_are_fewer(once: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superseded, "MOST", 3)
    once.collection.insert_many([prediction(DAY, _id=n) for n in range(9)])
    change(once, [], [0, 1, 2])
    assert once.counted.count_documents({}) == 6
    with pytest.raises(SettingsError, match="MONITOR_COUNT_FILES_ONCE can exclude up to 3 documents"):
        change(once, [], [3])
    with pytest.raises(SettingsError, match="MONITOR_COUNT_FILES_ONCE"):
        once.counts.of(Selection(Period(DAY, DAY), "predicted"))
    change(once, [2], [4])
    assert once.counted.count_documents({}) == 6


def test_ids_that_do_not_fit_into_a_query_end_in_the_sentence(once: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superseded, "MOST_BYTES", 1_000)
    change(once, [], ["x" * 2_000])
    with pytest.raises(SettingsError, match="MONITOR_COUNT_FILES_ONCE"):
        once.counted.count_documents({})


def test_the_days_are_noted_after_the_ids_have_changed(once: Store) -> None:
    seen: list[int] = []
    rows = [SupersededPrediction(1, "a.png", DAY)]
    once.superseded.change([], rows, {("predicted", DAY)}, lambda days: seen.append(once.superseded.number()))
    assert seen == [1]


def test_what_a_logger_died_over_is_noted_by_the_next_run(once: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    once.collection.insert_many([prediction(DAY, _id=n) for n in range(4)])
    with monkeypatch.context() as patch:
        patch.setattr(once.superseded, "_end", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            change(once, [], [1])
    assert once.changes.noted() == {}
    once.superseded.begin(once.changes.note)
    assert list(once.changes.noted()) == [("predicted", DAY)]


def test_the_date_s_index_finds_what_counts(once: Store) -> None:
    once.indexes.create()
    once.collection.insert_many([prediction(at(2026, 10, 1 + n % 28), _id=n) for n in range(3_000)])
    change(once, [], list(range(1_000)))
    query_plans = plans(once, lambda store: store.counts.of(Selection(Period(DAY, DAY), "predicted"), exact=True))
    assert query_plans
    winning = [plan.partition("'rejectedPlans'")[0] for plan in query_plans]
    assert all("monitor_timestamp'" in plan and "'_id_'" not in plan and "COLLSCAN" not in plan for plan in winning)


def test_names_are_asked_for_in_pieces() -> None:
    assert superseded.pieces_of(["b", "a"]) == [["a", "b"]]
    assert len(superseded.pieces_of(str(n) for n in range(superseded.AT_A_TIME + 1))) == 2


def test_no_reader_of_predictions_sees_it(once: Store) -> None:
    """Two documents of one day; the second one is later, in another class, and not there."""
    first, second = at(2026, 10, 3, 9), at(2026, 10, 3, 12)
    both = {"trained": True, "reviewed": LATER}
    documents = [prediction(first, _id=1, target=1, **both), prediction(second, _id=2, target=2, **both)]
    once.collection.insert_many([*documents, prediction(second, _id=3, target=1, reviewed=None)])
    change(once, [], [2, 3])
    review_day = Selection(Period(date(2026, 10, 4), date(2026, 10, 4)), "validated")
    of_day = Selection(Period(DAY, DAY), "predicted")
    assert once.training.by_class() == {1: 1}
    assert once.predictions.newest_review_at(at(2026, 11, 1)) == first + LATER
    assert once.predictions.reviewed_ever() == 1
    assert once.predictions.waiting().rows == 1
    assert once.predictions.has_pending([2]) is False
    assert [row.id for row in once.predictions.reviewed_rows(DAY)] == [1]
    for selection in (of_day, review_day):
        assert once.counts.by_hour(selection).matrix_cells()[:, 2].sum() == 1
    assert [day.reviewed for day in once.counts.by_day(of_day)] == [1]
    assert [sum(count for *_, count in day.delays.tolist()) for day in once.counts.by_day(review_day)] == [1]
    assert once.live.undated("validated") == 0
    for order in ORDERS:
        assert [sample.id for sample in Search(once, of_day, order=order).page(Place()).samples] == [1]
    assert Search(once, of_day, SampleFilter(targets=(2,))).count() == 0
    assert Search(once, of_day, SampleFilter(bins=(0, 200))).count() == 1
    assert [day.documents for day in QualityProblems(once).days(Period(DAY, DAY))] == [1]
    assert QualityProblems(once).count(Period(DAY, DAY), 10) == 1


@pytest.mark.parametrize("most_bytes", [100, 10_000])
def test_several_questions_are_one_unless_it_grew_too_large(
    once: Store, monkeypatch: pytest.MonkeyPatch, most_bytes: int
) -> None:
    monkeypatch.setattr(superseded, "MOST_BYTES", most_bytes)
    once.collection.insert_many([prediction(DAY, _id=n) for n in range(6)])
    change(once, [], [0, 1])
    pipelines: list[list[dict[str, Any]]] = [[{"$match": {"_id": {"$lt": n}}}] for n in (2, 4, 6)]
    united = [(place, document["_id"]) for place, document in once.counted.united(pipelines)]
    assert united == [(1, 2), (1, 3), (2, 2), (2, 3), (2, 4), (2, 5)]
    query_plans = plans(once, lambda store: list(store.counted.united(pipelines)))
    assert len(query_plans) == (3 if most_bytes == 100 else 1)
