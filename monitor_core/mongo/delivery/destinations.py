"""The destinations that the logger delivers to, and the last success and error of each; kept when parts are deleted."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from monitor_core.contract.delivery import ActiveDestination, LastTries
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store


class DestinationTries:
    """The collection monitor_destinations."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_destinations"]

    def failed(self, key: str, error: str) -> None:
        """Store an error of a destination, with the database's time."""
        before = {"$subtract": ["$$NOW", 1000]}  # a success that lies ahead was written by a clock that was ahead
        sent_at = {"$cond": [{"$gt": ["$sent_at", "$$NOW"]}, before, {"$ifNull": ["$sent_at", "$$REMOVE"]}]}
        change = {"$set": {"error": {"$literal": error}, "failed_at": "$$NOW", "sent_at": sent_at} | self.of_model}
        self.documents.update_one({"_id": key}, [change], upsert=True)

    def succeeded(self, sent_at: Mapping[str, datetime]) -> None:
        """Store each destination's last success."""
        for key, at in sent_at.items():
            later = {"$cond": [{"$gt": ["$sent_at", "$$NOW"]}, at, {"$max": ["$sent_at", at]}]}
            self.documents.update_one({"_id": key}, [{"$set": {"sent_at": later} | self.of_model}], upsert=True)

    def save_active(self, destinations: Iterable[ActiveDestination]) -> None:
        """Store which destinations the logger delivers to, in this order."""
        active = list(destinations)
        keys = [destination.key for destination in active]
        self.documents.update_many({"_id": {"$nin": keys}}, {"$unset": {"active": ""}})
        for place, destination in enumerate(active):
            facts = {"place": place, "name": destination.name, "required": destination.required}
            self.documents.update_one(
                {"_id": destination.key}, {"$set": {"active": facts} | self.of_model}, upsert=True
            )

    def active(self) -> list[ActiveDestination]:
        """Return the destinations that the logger delivered to in its last run."""
        active = self.documents.find({"active": {"$exists": True}}).sort("active.place", 1)
        return [
            ActiveDestination(document["_id"], document["active"]["name"], document["active"]["required"])
            for document in active
        ]

    def read(self) -> dict[str, LastTries]:
        """Return the last success and error by the destination's key."""
        return {
            document["_id"]: LastTries(document.get("sent_at"), document.get("error"), document.get("failed_at"))
            for document in self.documents.find({"$or": [{"sent_at": {"$ne": None}}, {"failed_at": {"$ne": None}}]})
        }
