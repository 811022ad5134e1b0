"""The destinations that the logger delivers to, and the last answers of each."""

from dataclasses import replace
from datetime import timedelta

from monitor_core.contract.delivery import ActiveDestination, LastTries
from monitor_core.mongo.delivery.destinations import DestinationTries
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from tests.documents import at


def test_the_destinations_that_the_logger_delivers_to_are_listed_in_its_order_and_no_others(store: Store) -> None:
    outbox = Outbox(store)
    local, other = ActiveDestination("local", "local store", True), ActiveDestination("a-last", "A", False)
    outbox.save_active_destinations([local, other])
    assert outbox.active_destinations() == [local, other]
    assert outbox.status().destinations == ()  # neither has been tried yet
    outbox.save_active_destinations([replace(local, required=False)])
    assert outbox.active_destinations() == [replace(local, required=False)]


def test_the_last_success_and_the_last_error_outlive_the_parts(store: Store) -> None:
    tries = DestinationTries(store)
    assert tries.read() == {}
    tries.succeeded({"local": at(2026, 10, 5), "whylabs": at(2026, 10, 4)})
    tries.failed("whylabs", "$status 401, said the service.")  # a text, not an expression
    read = tries.read()
    assert read["local"] == LastTries(at(2026, 10, 5))
    assert (read["whylabs"].sent_at, read["whylabs"].error) == (at(2026, 10, 4), "$status 401, said the service.")
    assert read["whylabs"].failed_at is not None
    assert abs(store.now() - read["whylabs"].failed_at) < timedelta(minutes=1)


def test_an_earlier_success_does_not_replace_a_later_one(store: Store) -> None:
    """Two loggers may settle their batches in another order than they sent them."""
    tries = DestinationTries(store)
    for day in (5, 3):
        tries.succeeded({"local": at(2026, 10, day)})
    assert tries.read()["local"].sent_at == at(2026, 10, 5)


def test_a_destination_that_is_no_longer_active_keeps_its_last_tries(store: Store) -> None:
    tries = DestinationTries(store)
    tries.save_active([ActiveDestination("local", "local store", True), ActiveDestination("other", "Other", False)])
    tries.succeeded({"other": at(2026, 10, 5)})
    tries.save_active([ActiveDestination("local", "local store", True)])
    assert [one.key for one in tries.active()] == ["local"]
    assert tries.read()["other"].sent_at == at(2026, 10, 5)
