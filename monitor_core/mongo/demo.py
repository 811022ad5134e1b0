"""The documents of the demo, marked so that all of them can be removed."""

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

OF_DOCUMENTS = (  # collections, by the end of their names, that say nothing without the documents
    *("worker", "parts", "claims", "destinations", "lease", "history", "history_due", "profiles", "quality"),
    *("alert_events", "annotations", "tags", "rules", "rule_versions", "audit_plans"),
)


@dataclass(frozen=True)
class DemoMark:
    """The mark of the demo's documents."""

    ids: list[Any]
    filenames: list[str]


class DemoDocuments:
    """The collection monitor_demo, and the demo's documents among the predictions."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.marks = store.ours["monitor_demo"]

    @answered
    def insert(self, documents: list[Document]) -> None:
        """Insert the documents, after the mark: if interrupted, `remove` still finds all that was written."""
        for document in documents:
            document.setdefault("_id", ObjectId())
        ids = [document["_id"] for document in documents]
        names = [document[self.store.fields.filename] for document in documents]
        mark = {"_id": "demo", "ids": ids, "filenames": names, "complete": False} | self.of_model
        self.marks.replace_one({"_id": "demo"}, mark, upsert=True)
        self.store.collection.insert_many(documents)
        self.marks.update_one({"_id": "demo"}, {"$set": {"complete": True}})

    @answered
    def mark(self) -> DemoMark | None:
        """Return the mark of the demo; None without a demo."""
        document = self.marks.find_one({"_id": "demo"})
        return DemoMark(document["ids"], document["filenames"]) if document else None

    @answered
    def exists(self, whole: bool = False) -> bool:
        """Return whether the demo is in the database; `whole`: whether it was also written completely."""
        query = {"_id": "demo"} | ({"complete": True} if whole else {})
        return self.marks.find_one(query, {"_id": 1}) is not None

    @answered
    def remove(self, mark: DemoMark) -> None:
        """Delete the documents, then the mark: an interrupted removal can be repeated."""
        self.store.collection.delete_many({"_id": {"$in": mark.ids}})
        self.marks.drop()
        if self.store.predictions.is_empty():  # what the logger said of its last run was about the demo alone
            for name in OF_DOCUMENTS:
                self.store.ours[f"monitor_{name}"].drop()
            for name in ("batches", "alerts"):  # a logger at work counts on their unique indexes
                self.store.ours[f"monitor_{name}"].delete_many({})
