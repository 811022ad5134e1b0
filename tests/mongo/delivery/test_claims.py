"""The claims of rows: whose they are, and when they are free again."""

import random
from collections.abc import Callable

import pytest
from pymongo.errors import BulkWriteError

from monitor_core.logger import tick as jobs
from monitor_core.mongo.connection import id_keys
from monitor_core.mongo.delivery.claims import Claims
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from tests.workers import rows


def test_claims_of_a_batch_that_is_no_more_are_free_again(store: Store) -> None:
    store.collection.insert_many(rows(random.Random(1), 0, 2))
    outbox = Outbox(store)
    outbox.claims.documents.insert_many(
        [{"_id": document["_id"], "batch": "gone"} for document in store.collection.find()]
    )
    result = jobs.tick(store)
    assert result
    assert result.logged == 2


def open_batches(*ids: str) -> Callable[[], list[str]]:
    return lambda: list(ids)


def owners(claims: Claims) -> dict[int, str]:
    return {document["_id"]: document["batch"] for document in claims.documents.find()}


def test_a_row_is_claimed_for_its_batch_and_freed_with_it(store: Store) -> None:
    claims = Claims(store)
    claims.create_indexes()
    claims.add("a", [1, 2], open_batches("a"))
    claims.add("b", [3], open_batches("a", "b"))
    assert claims.taken([1, 3, 4]) == id_keys([1, 3])
    assert sorted(claims.batches()) == ["a", "b"]
    claims.delete_of("a")
    assert claims.taken([1, 2, 3]) == id_keys([3])


def test_a_claim_of_an_open_batch_is_not_taken_over_and_one_of_a_closed_batch_is(store: Store) -> None:
    claims = Claims(store)
    claims.add("open", [1], open_batches("open"))
    claims.add("closed", [2], open_batches("open", "closed"))
    claims.add("new", [1, 2, 3], open_batches("open", "new"))
    assert owners(claims) == {1: "open", 2: "new", 3: "new"}


def test_claiming_again_changes_nothing(store: Store) -> None:
    claims = Claims(store)
    for _ in range(2):
        claims.add("a", [1, 2], open_batches("a"))
    assert owners(claims) == {1: "a", 2: "a"}


def test_a_refusal_that_is_no_double_claim_is_raised(store: Store) -> None:
    """A row that is sent and not claimed would be sent again."""
    store.database.create_collection("monitor_claims", validator={"never": True})
    with pytest.raises(BulkWriteError):
        Claims(store).add("a", [1], open_batches("a"))
