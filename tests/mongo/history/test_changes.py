"""The notes of days that may have changed, and the logger's last look."""

from datetime import UTC, date, datetime, timedelta

from monitor_core.contract.calendar import Period
from monitor_core.mongo.store import Store

DAY = date(2026, 10, 4)


def test_a_note_made_again_meanwhile_stays(store: Store) -> None:
    store.changes.note([("validated", DAY), ("predicted", DAY)])
    noted = store.changes.noted("validated", Period(DAY, DAY))
    assert list(noted) == [("validated", DAY)]
    store.changes.note([("validated", DAY)])
    store.changes.settle(noted)
    assert store.changes.number_noted() == 2
    store.changes.settle(store.changes.noted())
    assert store.changes.number_noted() == 0


def test_a_day_before_the_first_that_counts_is_not_noted(store: Store) -> None:
    store.changes.note([("predicted", date(1970, 1, 1))])
    assert store.changes.noted() == {}


def test_a_look_is_kept_with_the_texts_of_the_last_one_that_counted_them(store: Store) -> None:
    assert store.state.last_look() is None
    first, texts = datetime(2026, 10, 4, 12, tzinfo=UTC), {"validated": 1, "predicted": 2}
    store.state.save_look(first, "settings", {"validated/2026-10-04": "a"}, {}, texts)
    store.state.save_look(first + timedelta(minutes=1), "settings", {}, {}, None)
    look = store.state.last_look()
    assert look
    assert (look.seen_at, look.texts_at, look.undated_texts) == (first + timedelta(minutes=1), first, texts)
    assert (look.traces, look.version) == ({}, None)
    store.state.tell_change()
    assert store.state.history_version() is not None
