"""The batches and their states."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import uuid4

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from monitor_core.contract.delivery import OPEN, Batch
from monitor_core.mongo.connection import Document
from monitor_core.mongo.expressions import HOUR_MS, truncated
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

DONE_KEPT = 90 * 86_400  # seconds


class Batches:
    """The collection monitor_batches."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_batches"]

    def create_indexes(self) -> None:
        """Create the indexes; the first one is required for correctness, as it allows only one exposed batch."""
        one_exposed = IndexModel("exposed", unique=True, partialFilterExpression={"exposed": True})
        what_is_open, forgotten = IndexModel("state"), IndexModel("finished_at", expireAfterSeconds=DONE_KEPT)
        self.documents.create_indexes([one_exposed, what_is_open, forgotten])

    # ---- reading

    def get(self, batch_id: str) -> Batch | None:
        """Return a batch; None if it no longer exists."""
        document = self.documents.find_one({"_id": batch_id})
        return _batch(document) if document else None

    def open(self) -> list[Batch]:
        """Return the batches that are not done, the oldest first."""
        return [_batch(document) for document in self.documents.find({"state": {"$in": OPEN}}).sort("created_at", 1)]

    def open_of(self, ids: Collection[str]) -> set[str]:
        """Return which of these batches are not done."""
        still_open = {"_id": {"$in": list(ids)}, "state": {"$in": OPEN}}
        return {document["_id"] for document in self.documents.find(still_open, {"_id": 1})}

    def of_demo(self) -> list[str]:
        """Return the ids of the demo's batches."""
        return [document["_id"] for document in self.documents.find({"demo": True}, {"_id": 1})]

    def is_one_held(self) -> bool:
        """Return whether any batch is held: its rows are claimed and not logged yet."""
        held = {"state": {"$in": OPEN}, "exposed": {"$ne": True}, "marked": {"$ne": True}}
        return self.documents.find_one(held, {"_id": 1}) is not None

    def count_done(self) -> int:
        """Count the batches that have reached every destination."""
        return self.documents.count_documents({"state": "done"})

    def rows_by_hour(self) -> dict[datetime, int]:
        """Count the rows of the batches completed in the last day, by hour."""
        hour = truncated("$finished_at", HOUR_MS)
        stages: list[Document] = [
            {"$match": {"finished_at": {"$gte": self.store.now() - timedelta(days=1)}}},
            {"$group": {"_id": hour, "rows": {"$sum": "$rows"}}},
            {"$sort": {"_id": 1}},
        ]
        return {document["_id"]: document["rows"] for document in self.documents.aggregate(stages)}

    # ---- writing: each of these is one write

    def start(self, demo: bool) -> Batch:
        """Return a new batch, or the exposed one, which has to be settled first."""
        while True:
            now = self.store.now()
            new = {
                "_id": uuid4().hex,
                "state": "claiming",
                "demo": demo,
                "exposed": True,
                "created_at": now,
            } | self.of_model
            try:
                self.documents.insert_one(new)
            except DuplicateKeyError:
                exposed = self.documents.find_one({"exposed": True})
                if exposed is None:  # settled in between
                    continue
                return _batch(exposed)
            return _batch(new)

    def prepare(self, batch: Batch, attempt: str, rows: int) -> bool:
        """Make this attempt the one that counts; return False if another attempt was first."""
        change = {"$set": {"state": "prepared", "attempt": attempt, "rows": rows}}
        return bool(self.documents.update_one({"_id": batch.id, "state": "claiming"}, change).modified_count)

    def mark(self, batch: Batch) -> bool:
        """Set the state to "marked": the rows are logged; return False if it was set before."""
        change = {"$set": {"marked": True}, "$unset": {"exposed": ""}}
        return bool(self.documents.update_one({"_id": batch.id, "marked": {"$ne": True}}, change).modified_count)

    def hold(self, batch: Batch) -> None:
        """Set the state to "held": the rows are claimed."""
        change = {"$set": {"held": True}, "$unset": {"exposed": ""}}
        self.documents.update_one({"_id": batch.id, "exposed": True}, change)

    def finish(self, batch: Batch) -> None:
        """Set the state to "done": every destination has all parts."""
        done = {"$set": {"state": "done", "finished_at": "$$NOW"}}
        self.documents.update_one({"_id": batch.id, "state": "prepared"}, [done])

    def abandon(self, batch: Batch) -> None:
        """Delete a batch without parts; a logger that is still reading for it cannot prepare it any more."""
        self.documents.delete_one({"_id": batch.id, "state": "claiming"})

    def delete(self, batch_id: str) -> None:
        """Delete a batch, whatever its state."""
        self.documents.delete_one({"_id": batch_id})

    def delete_claiming_of_old(self) -> None:
        """Delete the claiming batches of an earlier release: nothing of them was sent."""
        self.documents.delete_many({"state": "claiming", "exposed": {"$ne": True}})


def _batch(document: Document) -> Batch:
    return Batch(
        document["_id"],
        document["state"],
        document["demo"],
        document.get("exposed", False),
        document.get("attempt"),
        document.get("marked", False),
    )
