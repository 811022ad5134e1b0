"""What the doctor says of indexes; tests/pages/test_rights.py has what it says of rights, with users who lack them."""

from collections.abc import Callable

from monitor_core.cli.doctor.access import expiry, missing_indexes, refusing_indexes
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, prediction


def test_a_missing_index_is_named_with_what_it_is_for(store: Store) -> None:
    assert missing_indexes(store) == []  # there is no collection yet
    store.collection.insert_one(prediction())
    store.indexes.create()
    assert missing_indexes(store) == [(True, "All indexes exist.")]
    (index,) = [
        name for name, index in store.collection.index_information().items() if FIELDS.trained in dict(index["key"])
    ]
    store.collection.drop_index(index)
    ((in_order, sentence),) = missing_indexes(store)
    assert not in_order
    assert sentence.startswith(f"There is no index on {FIELDS.trained} (the training set's class counts)")


def test_an_index_that_refuses_documents_is_named_with_the_remedy(store: Store) -> None:
    ((in_order, sentence),) = refusing_indexes(["two_lists"], store.settings)
    assert not in_order
    assert "two_lists" in sentence
    assert f"drop it from {store.settings.collection} yourself" in sentence


def test_an_index_that_deletes_documents_is_named_with_what_the_history_keeps(
    store: Store, make_store: Callable[..., Store]
) -> None:
    assert list(expiry(store)) == []
    store.collection.create_index(FIELDS.predicted_at, expireAfterSeconds=90 * 86_400)
    ((in_order, sentence),) = expiry(store)
    assert in_order
    assert "after 90 days (TTL); the history keeps their figures, which it seals after 60 days." in sentence
    for days, remedy in ((90, "MONITOR_SEAL_AFTER, which is 90, below 90"), (0, "MONITOR_SEAL_AFTER is 0")):
        other = make_store(database=store.settings.database, seal_after=days)
        ((in_order, sentence),) = expiry(other)
        assert not in_order
        assert remedy in sentence
