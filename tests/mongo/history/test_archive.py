"""Stored days as values: what is stored again from them is what was stored before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError
from monitor_core.logger import history
from monitor_core.mongo.store import Store
from tests.archived import EVER, LOSSY, SETTINGS, YOUNG, drop, filled_store, noon, raw


@pytest.fixture
def filled(make_store: Callable[..., Store]) -> Store:
    return filled_store(make_store)


def test_what_is_stored_again_is_what_was_stored(filled: Store) -> None:
    before = raw(filled)
    days, profiles = list(filled.archive.days()), list(filled.archive.every_profile())
    assert len(filled.history.preserved()) == 2
    drop(filled)
    restored = filled.archive.restore(days, EVER, filled.now(), replace=False)
    restored += filled.archive.restore_profiles(profiles, EVER, replace=False)
    assert (restored.new, restored.profiles) == (len(days), len(profiles))
    assert raw(filled) == before
    assert len(profiles) >= 3
    assert filled.changes.noted().keys() == {day.key for day in days}  # to be counted again
    assert filled.changes.moved("validated", EVER) == {noon(filled, 2).date(): 2}


def test_the_same_figures_are_skipped_and_others_replaced(filled: Store) -> None:
    days = list(filled.archive.days())
    assert filled.archive.compare(days, EVER).same == len(days)
    counts = days[0].counts
    others = [replace(days[0], counts=replace(counts, cells=counts.cells * 2)), *days[1:]]
    compared = filled.archive.compare(others, EVER)
    assert (compared.same, compared.different) == (len(days) - 1, (days[0].key,))
    assert filled.archive.restore(others, EVER, filled.now(), replace=True) == compared
    assert next(filled.archive.days()).counts.cells.tolist() == (counts.cells * 2).tolist()
    assert filled.archive.restore(others, EVER, filled.now(), replace=True).different == ()


def test_reviews_that_may_have_left_a_day_are_not_added_by_each_import(filled: Store) -> None:
    days, moved = list(filled.archive.days()), {noon(filled, 2).date(): 2}
    for _ in range(2):
        filled.history.days.delete_many({})  # but not what is noted
        filled.archive.restore(days, EVER, filled.now(), replace=False)
        assert filled.changes.moved("validated", EVER) == moved
    key = ("validated", noon(filled, 2).date())
    filled.changes.note([key], {key: 3})  # of further reviews
    filled.history.days.delete_many({})
    filled.archive.restore(days, EVER, filled.now(), replace=False)
    assert filled.changes.moved("validated", EVER) == {key[1]: 5}


def test_days_that_the_history_does_not_keep_are_left_out(filled: Store) -> None:
    days = list(filled.archive.days())
    drop(filled)
    keeps = Period(noon(filled, 10).date(), noon(filled, 0).date())
    restored = filled.archive.restore(days, keeps, filled.now(), replace=False)
    assert restored.left_out == sum(day.day < keeps.first for day in days) > 0
    assert all(day.day >= keeps.first for day in filled.archive.days())


def test_a_day_that_a_logger_stores_meanwhile_is_not_overwritten(filled: Store) -> None:
    first, *_ = days = list(filled.archive.days())
    stored = filled.archive._stored(days)
    filled.history.days.update_one({"_id": f"{first.basis}/{first.day}"}, {"$set": {"digest": "a logger's"}})
    new = filled.archive._document(first, filled.now())
    with pytest.raises(MonitorError, match="run this again"):
        filled.archive._write([], [(stored[first.key], new)])
    with pytest.raises(MonitorError, match="run this again"):
        filled.archive._write([new], [])
    assert raw(filled)[f"monitor_history {first.basis}/{first.day}"]["digest"] == "a logger's"


def test_a_day_that_a_logger_stores_after_the_comparison_is_only_replaced_where_that_is_said(filled: Store) -> None:
    first, *_ = days = list(filled.archive.days())
    name = {"_id": f"{first.basis}/{first.day}"}
    drop(filled)
    assert filled.archive.compare(days, EVER).different == ()
    counts = replace(first.counts, cells=first.counts.cells * 2)
    filled.history.days.insert_one(filled.archive._document(replace(first, counts=counts), filled.now()))
    by_logger = filled.history.days.find_one(name)
    with pytest.raises(MonitorError, match="A logger has stored some of these days meanwhile; run this again"):
        filled.archive.restore(days, EVER, filled.now(), replace=False)
    assert filled.history.days.find_one(name) == by_logger
    assert filled.archive.restore(days, EVER, filled.now(), replace=True).different == (first.key,)
    assert filled.history.days.find_one(name) != by_logger


def test_an_imported_day_is_sealed_however_young_until_its_documents_have_been_seen(filled: Store) -> None:
    days = list(filled.archive.days())
    young = noon(filled, YOUNG).date()
    drop(filled)
    filled.archive.restore(days, EVER, filled.now(), replace=False)
    filled.collection.delete_many({})
    history.refresh(filled)
    assert {lossy.day for lossy in filled.history.preserved("predicted")} >= {young, noon(filled, LOSSY).date()}
    assert stored_documents(filled, young) == 40


def test_an_imported_day_whose_documents_are_there_follows_them(filled: Store) -> None:
    days = list(filled.archive.days())
    young = noon(filled, YOUNG).date()
    drop(filled)
    filled.archive.restore(days, EVER, filled.now(), replace=False)
    history.refresh(filled)
    filled.collection.delete_one({filled.fields.predicted_at: {"$gte": noon(filled, YOUNG)}})
    filled.history.days.update_many({}, {"$set": {"checked_at": filled.now() - timedelta(days=3)}})
    history.refresh(filled)
    assert stored_documents(filled, young) == 39


@pytest.mark.parametrize("settings", [{"seal_after": 0}, {"count_files_once": True}, {}])
@pytest.mark.parametrize(("left", "counted"), [(39, 39), (20, 20), (19, 40)])
def test_an_imported_day_that_is_not_sealed_otherwise_follows_its_documents_if_most_are_there(
    filled: Store, make_store: Callable[..., Store], settings: dict[str, Any], left: int, counted: int
) -> None:
    store = make_store(database=filled.settings.database, **SETTINGS, **settings)
    history.invalidate(store)
    history.refresh(store)
    days = list(store.archive.days())
    assert stored_documents(store, young := noon(store, YOUNG).date()) == 40
    drop(store)
    store.archive.restore(days, EVER, store.now(), replace=False)
    since = {"$gte": noon(store, YOUNG) + timedelta(minutes=left), "$lt": noon(store, YOUNG - 1)}
    assert store.collection.delete_many({store.fields.predicted_at: since}).deleted_count == 40 - left
    history.refresh(store)
    assert stored_documents(store, young) == counted


def stored_documents(store: Store, day: date) -> int:
    return store.history.read("predicted", Period(day, day))[day].documents
