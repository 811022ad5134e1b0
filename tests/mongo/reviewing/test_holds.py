"""Holds: one session has an image, until it releases it or a minute has passed."""

import threading
from datetime import timedelta

from bson import ObjectId

from monitor_core.mongo.reviewing.holds import HOLD, RENEWED_EVERY, Holds
from monitor_core.mongo.store import Store

IDS = [ObjectId(), 7, "seven", {"a": 1}, [1, 2], None]


def test_one_session_has_an_image_until_it_releases_it(store: Store) -> None:
    holds = Holds(store)
    for one in IDS:
        assert holds.take(one, "a")
        assert holds.take(one, "a")
        assert not holds.take(one, "b")
        holds.release(one, "b")
        assert not holds.take(one, "b")
        holds.release(one, "a")
        assert holds.take(one, "b")


def test_a_hold_lasts_more_than_a_minute_unless_it_is_renewed(store: Store) -> None:
    assert timedelta(minutes=1) < HOLD > 3 * RENEWED_EVERY
    holds = Holds(store)
    assert holds.take(1, "a")
    until = store.database["monitor_holds"].find_one()["until"]
    assert timedelta(seconds=60) < until - store.now() <= HOLD
    age(store, HOLD - timedelta(seconds=5))
    assert not holds.take(1, "b")
    assert holds.take(1, "a")  # renewed
    age(store, HOLD - timedelta(seconds=5))
    assert not holds.take(1, "b")
    age(store, timedelta(seconds=6))
    assert holds.take(1, "b")
    assert not holds.take(1, "a")


def test_expired_holds_are_removed_with_the_next_release(store: Store) -> None:
    holds = Holds(store)
    assert holds.take(1, "a")
    age(store, HOLD + timedelta(seconds=1))
    assert holds.take(2, "b")
    assert holds.take(3, "c")
    holds.release(3, "c")
    assert [one["_id"] for one in store.database["monitor_holds"].find()] == [{"sample": 2}]


def test_of_those_who_take_it_at_once_one_gets_it(store: Store) -> None:
    holds, start, taken = Holds(store), threading.Barrier(8), list[bool]()

    def take(n: int) -> None:
        start.wait()
        taken.append(holds.take(1, str(n)))

    threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 1


def age(store: Store, span: timedelta) -> None:
    """Let all holds be as if so much time had passed."""
    change = {"$set": {"until": {"$subtract": ["$until", int(span.total_seconds() * 1000)]}}}
    store.database["monitor_holds"].update_many({}, [change])
