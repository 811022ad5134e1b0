"""The last answers of each destination, which outlive the parts."""

from collections.abc import Mapping
from datetime import datetime

from monitor_core.contract.delivery import LastTries
from monitor_core.mongo.store import Store


class DestinationTries:
    """The collection monitor_destinations."""

    def __init__(self, store: Store) -> None:
        self.documents = store.database["monitor_destinations"]

    def failed(self, key: str, error: str) -> None:
        """Remember an error, at the database's time."""
        change = {"$set": {"error": {"$literal": error}, "failed_at": "$$NOW"}}
        self.documents.update_one({"_id": key}, [change], upsert=True)

    def succeeded(self, sent_at: Mapping[str, datetime]) -> None:
        """Remember each destination's last success."""
        for key, at in sent_at.items():
            self.documents.update_one({"_id": key}, {"$max": {"sent_at": at}}, upsert=True)

    def read(self) -> dict[str, LastTries]:
        """Return the last tries by the destination's key."""
        return {
            document["_id"]: LastTries(document.get("sent_at"), document.get("error"), document.get("failed_at"))
            for document in self.documents.find()
        }
