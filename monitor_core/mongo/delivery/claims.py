"""Claims: the rows, by id, of held batches; they are not logged yet."""

from collections.abc import Callable
from typing import Any

from pymongo import IndexModel
from pymongo.errors import BulkWriteError

from monitor_core.mongo.connection import DUPLICATE, id_keys, in_pieces
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

IDS_AT_A_TIME = 10_000  # in a look-up


class Claims:
    """The collection monitor_claims."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_claims"]

    def create_indexes(self) -> None:
        """Create the index of the claims of a batch."""
        self.documents.create_indexes([IndexModel("batch")])

    def taken(self, ids: list[Any]) -> set[bytes]:
        """Return the keys of those of the rows that are claimed."""
        return id_keys(document["_id"] for document in self.documents.find({"_id": {"$in": ids}}, {"_id": 1}))

    def batches(self) -> list[str]:
        """Return the batches that have claims."""
        return self.documents.distinct("batch")

    def add(self, batch_id: str, ids: list[Any], open_batches: Callable[[], list[str]]) -> None:
        """Claim the rows for a batch; claims of batches that are no longer open are taken over."""
        try:
            self.documents.insert_many([{"_id": id, "batch": batch_id} | self.of_model for id in ids], ordered=False)
        except BulkWriteError as failure:
            errors = (failure.details or {}).get("writeErrors", [])
            if any(error["code"] != DUPLICATE for error in errors):
                raise
            # Ours, from a try before; or left over from a batch of old, if somebody has taken `logged` back since.
            alive = open_batches()
            for taken in in_pieces([error["op"]["_id"] for error in errors], IDS_AT_A_TIME):
                left_over = {"_id": {"$in": taken}, "batch": {"$nin": alive}}
                self.documents.update_many(left_over, {"$set": {"batch": batch_id}})

    def delete_of(self, batch_id: str) -> None:
        """Delete the claims of a batch."""
        self.documents.delete_many({"batch": batch_id})
