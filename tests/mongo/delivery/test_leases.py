"""Leases: one owner at a time, by the database's clock."""

from datetime import timedelta

from monitor_core.mongo.delivery.leases import SPAN, Leases
from monitor_core.mongo.store import Store


def test_a_lease_is_renewed_by_its_owner_and_taken_over_when_it_has_run_out(store: Store) -> None:
    leases = Leases(store)
    assert leases.take("work", "one")
    assert leases.take("work", "one")
    assert not leases.take("work", "two")
    assert leases.take("other work", "two")
    leases.documents.update_one({"_id": "work"}, {"$set": {"until": store.now() - timedelta(seconds=1)}})
    assert leases.take("work", "two")
    assert not leases.take("work", "one")


def test_only_the_owner_releases_a_lease(store: Store) -> None:
    leases = Leases(store)
    leases.take("work", "one")
    leases.release("two", "work")
    assert not leases.take("work", "two")
    leases.release("one", "work")
    assert leases.take("work", "two")


def test_an_owner_s_name_is_never_an_operator(store: Store) -> None:
    leases = Leases(store)
    assert leases.take("work", "$owner")
    assert not leases.take("work", "one")
    assert leases.take("work", "$owner")


def test_a_lease_beyond_its_span_is_free_because_the_clock_was_put_back(store: Store) -> None:
    leases = Leases(store)
    assert leases.take("work", "one")
    for ahead in (timedelta(hours=3), timedelta(days=3)):
        leases.documents.update_one({"_id": "work"}, {"$set": {"owner": "one", "until": store.now() + ahead}})
        assert leases.take("work", "two")
        assert not leases.take("work", "one")
        until = leases.until("work")
        assert until is not None
        assert until <= store.now() + SPAN
    assert leases.until("other work") is None
