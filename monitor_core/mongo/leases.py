"""Leases: which logger does which work, for as long as it lives, by the database's clock."""

from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from monitor_core.mongo.connection import answered
from monitor_core.mongo.store import Store

SPAN = timedelta(seconds=45)  # renewed while the work goes on; when it has run out another logger takes over


class Leases:
    """The collection monitor_lease."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.documents = store.database["monitor_lease"]

    @answered
    def take(self, name: str, owner: str) -> bool:
        """Take or renew it; False while another logger holds it."""
        free = {"$or": [{"$eq": ["$owner", {"$literal": owner}]}, {"$lt": ["$until", "$$NOW"]}]}
        until = {"$add": ["$$NOW", int(SPAN.total_seconds() * 1000)]}
        taken = self.documents.update_one(
            {"_id": name, "$expr": free}, [{"$set": {"owner": {"$literal": owner}, "until": until}}]
        )
        if taken.matched_count:
            return True
        try:
            self.documents.insert_one({"_id": name, "owner": owner, "until": self.store.now() + SPAN})
        except DuplicateKeyError:  # there is one, and it is not free
            return False
        return True

    @answered
    def release(self, owner: str, *names: str) -> None:
        self.documents.delete_many({"_id": {"$in": names}, "owner": owner})
