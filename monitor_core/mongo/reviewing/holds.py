"""Holds: which session has which prediction on its screen, so that no two people review the same image."""

from datetime import timedelta
from typing import Any

from pymongo import ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError

from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

HOLD = timedelta(seconds=75)  # after it was last renewed: nobody else gets the image within a minute
RENEWED_EVERY = timedelta(seconds=20)  # while the image stays on the screen


class Holds:
    """The collection monitor_holds: a document for each prediction that is on somebody's screen."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        # What a failover of the replica set loses, the comparison of each write makes up for.
        self.documents = store.ours["monitor_holds"].with_options(write_concern=WriteConcern(w=1))

    @answered
    def take(self, sample_id: Any, holder: str) -> bool:
        """Take or renew the hold of a prediction; return False while another session has it.

        As for a lease, a hold that would last longer than it can counts as expired.
        """
        until = {"$add": ["$$NOW", int(HOLD.total_seconds() * 1000)]}
        none = {"$eq": [{"$type": "$until"}, "missing"]}
        is_over = [{"$lt": ["$until", "$$NOW"]}, {"$gt": ["$until", until]}]
        is_free = {"$or": [none, {"$eq": ["$holder", holder]}, *is_over]}
        change: list[Document] = [
            {
                "$set": self.of_model
                | {
                    "holder": {"$cond": [is_free, holder, "$holder"]},
                    "until": {"$cond": [is_free, until, "$until"]},
                }
            }
        ]
        try:
            after = self.documents.find_one_and_update(
                {"_id": {"$eq": {"sample": sample_id}}}, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:  # somebody has taken it at this moment
            return False
        return after is not None and bool(after["holder"] == holder)

    @answered
    def release(self, sample_id: Any, holder: str) -> None:
        """Release a hold, and remove those that have expired."""
        own = {"_id": {"sample": sample_id}, "holder": holder}
        self.documents.delete_many({"$or": [own, {"$expr": {"$lt": ["$until", "$$NOW"]}}]})
