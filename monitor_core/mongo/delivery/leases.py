"""Leases: which logger does which work, until they expire by the database's clock."""

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from monitor_core.mongo.connection import answered
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

SPAN = timedelta(seconds=45)  # renewed while the work goes on; when it has run out another logger takes over


class Leases:
    """The collection monitor_lease."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_lease"]

    @answered
    def take(self, name: str, owner: str) -> bool:
        """Take or renew a lease; return False while another logger holds it.

        A lease that would last longer than its span counts as expired: the database's clock has been put back since.
        """
        until = {"$add": ["$$NOW", int(SPAN.total_seconds() * 1000)]}
        is_over = [{"$lt": ["$until", "$$NOW"]}, {"$gt": ["$until", until]}]
        free = {"$or": [{"$eq": ["$owner", {"$literal": owner}]}, *is_over]}
        taken = self.documents.update_one(
            {"_id": name, "$expr": free}, [{"$set": {"owner": {"$literal": owner}, "until": until}}]
        )
        if taken.matched_count:
            return True
        try:
            self.documents.insert_one({"_id": name, "owner": owner, "until": self.store.now() + SPAN} | self.of_model)
        except DuplicateKeyError:  # there is one, and it is not free
            return False
        return True

    @answered
    def until(self, name: str) -> datetime | None:
        """Return when a lease expires unless it is renewed; None if nobody holds it."""
        document = self.documents.find_one({"_id": name}, {"until": 1})
        return document["until"] if document else None

    @answered
    def release(self, owner: str, *names: str) -> None:
        """Release those of these leases that the owner holds."""
        self.documents.delete_many({"_id": {"$in": names}, "owner": owner})
