"""Within a moment a question is asked once, and no two moments share an answer."""

from datetime import timedelta
from threading import Thread

import pytest

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.mongo.moments import asked_once, one_moment
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import prediction


def test_each_moment_asks_for_itself() -> None:
    answers = iter(range(10))
    with one_moment():
        assert [
            asked_once("a", answers.__next__),
            asked_once("b", answers.__next__),
            asked_once("a", answers.__next__),
        ] == [0, 1, 0]
        seen: list[int] = []
        thread = Thread(target=lambda: seen.append(asked_once("a", answers.__next__)))
        thread.start()
        thread.join()
        assert seen == [2]  # another session has its own moment, or none
    assert asked_once("a", answers.__next__) == 3


def test_an_error_is_no_answer() -> None:
    def fail() -> int:
        raise ValueError

    with one_moment():
        with pytest.raises(ValueError):
            asked_once("a", fail)
        assert asked_once("a", lambda: 1) == 1


def test_two_periods_of_a_page_are_of_one_moment(store: Store) -> None:
    today = store.now().date()
    week = Period(today - timedelta(days=6), today)
    store.collection.insert_many([prediction(store.now() - timedelta(days=number)) for number in range(14)])
    history.note_changes(store)
    history.refresh(store)
    history.note_changes(store)

    def numbers(of: Store) -> list[int]:
        return [
            of.counts.of(Selection(period, basis)).documents
            for basis in BASES
            for period in (week, Period(week.first - timedelta(days=7), week.first - timedelta(days=1)))
        ]

    before = numbers(store)
    with one_moment():
        assert numbers(store) == before
        store.collection.insert_one(prediction(store.now(), reviewed=store.now()))
        assert numbers(store) == before
    after = numbers(store)
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 0, 1, 0]

    def asked_together(of: Store) -> None:
        with one_moment():
            numbers(of)

    assert len(plans(store, asked_together)) < len(plans(store, numbers)) / 1.5
