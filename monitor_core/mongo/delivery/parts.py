"""The parts of the open batches: a day's profile, the ids of its rows, and its deliveries."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from datetime import date
from typing import Any

from pymongo import IndexModel, ReturnDocument

from monitor_core.contract.delivery import NOW, Batch, Delivery, Part, Progress, Step
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.profiles import DayProfile
from monitor_core.mongo.connection import Document
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

FIELDS = {field.name for field in fields(Delivery)}


class Parts:
    """The collection monitor_parts."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_parts"]

    def create_indexes(self) -> None:
        """Create the index of the parts of a batch."""
        self.documents.create_indexes([IndexModel([("batch", 1), ("attempt", 1)])])

    # ---- an attempt

    def insert(
        self, batch: Batch, attempt: str, to: list[str], parts: Iterable[tuple[DayProfile, list[ReviewedRow]]]
    ) -> int:
        """Store the parts of an attempt; return how many rows they hold."""
        documents = [_document(batch, attempt, to, *part) | self.of_model for part in parts]
        self.documents.insert_many(documents)
        return sum(document["rows"] for document in documents)

    def delete_attempt(self, batch: Batch, attempt: str) -> None:
        """Delete the parts of an attempt, since another attempt counts."""
        self.documents.delete_many({"batch": batch.id, "attempt": attempt})

    def delete_other_attempts(self, batch: Batch, attempt: str) -> None:
        """Delete the parts of all other attempts, since this one counts."""
        self.documents.delete_many({"batch": batch.id, "attempt": {"$ne": attempt}})

    def delete_of(self, batch_id: str) -> None:
        """Delete the parts of a batch."""
        self.documents.delete_many({"batch": batch_id})

    # ---- reading

    def batches(self) -> list[str]:
        """Return the batches that have parts."""
        return self.documents.distinct("batch")

    def ids(self, batch: Batch) -> list[str]:
        """Return the ids of the parts that count, by day."""
        counting = {"batch": batch.id, "attempt": batch.attempt}
        return [document["_id"] for document in self.documents.find(counting, {"_id": 1}).sort("day", 1)]

    def get(self, trace_id: str) -> Part:
        """Return a part with its profile; without destinations if another logger has finished the batch."""
        document = self.documents.find_one({"_id": trace_id}, {"ids": 0})
        if document is None:
            return Part(DayProfile(date.min, trace_id, 0, b""), {})
        profile = DayProfile(date.fromisoformat(document["day"]), trace_id, document["rows"], bytes(document["data"]))
        return Part(profile, _deliveries(document))

    def progress(self, batches: Collection[Batch]) -> list[Progress]:
        """Return the progress of the parts that count, without reading ids or profiles."""
        attempts = [batch.attempt for batch in batches]  # None: of an earlier release, whose parts name none
        counting = {"batch": {"$in": [batch.id for batch in batches]}, "attempt": {"$in": attempts}}
        return [_progress(document) for document in self.documents.find(counting, {"ids": 0, "data": 0})]

    def row_ids(self, parts: Iterable[Progress]) -> Iterator[list[Any]]:
        """Yield the ids of each part's rows."""
        for part in parts:
            document = self.documents.find_one({"_id": part.id}, {"ids": 1})
            yield document["ids"] if document else []

    def uncertain(self) -> dict[str, list[str]]:
        """Return, by batch, the destinations that may or may not have it."""
        names: dict[str, set[str]] = {}
        for part in self.documents.find({}, {"batch": 1, "to": 1}):
            doubtful = {name for name, to in part["to"].items() if to["state"] == "uncertain"}
            if doubtful:
                names.setdefault(part["batch"], set()).update(doubtful)
        return {batch: sorted(doubtful) for batch, doubtful in names.items()}

    # ---- deliveries

    def step(self, part: Part, to: str, step: Step) -> Delivery:
        """Apply the step if the delivery is in the expected state; return the delivery's state in either case."""
        expected = {"_id": part.profile.trace_id} | {f"to.{to}.{name}": value for name, value in step.only_if.items()}
        changed = self.documents.find_one_and_update(
            expected, _change(to, step), {"to": 1}, return_document=ReturnDocument.AFTER
        )
        document = changed or self.documents.find_one({"_id": part.profile.trace_id}, {"to": 1})
        return (
            _delivery(document["to"][to]) if document else Delivery("sent")
        )  # gone: another logger has finished the batch

    def resolve(self, batch_id: str, resend: bool) -> int:
        """Settle a batch's uncertain deliveries, as to be sent again or as arrived; return how many."""
        settled = 0
        for part in self.documents.find({"batch": batch_id}, {"to": 1}):
            for name, to in part["to"].items():
                if to["state"] == "uncertain":
                    change = {"state": "waiting"} if resend else {"state": "sent"}
                    still = {"_id": part["_id"], f"to.{name}.state": "uncertain"}
                    settled += self.documents.update_one(still, {"$set": {f"to.{name}": change}}).modified_count
        return settled


def _document(batch: Batch, attempt: str, to: list[str], profile: DayProfile, rows: list[ReviewedRow]) -> Document:
    return {
        "_id": profile.trace_id,
        "batch": batch.id,
        "attempt": attempt,
        "day": profile.day.isoformat(),
        "rows": profile.rows,
        "oldest_review_at": min((row.reviewed_at for row in rows if row.reviewed_at), default=None),
        "data": profile.data,
        "ids": [row.id for row in rows],
        "to": {name: {"state": "waiting"} for name in to},
    }


def _change(to: str, step: Step) -> Document | list[Document]:
    if step.adds:
        return {"$inc": {f"to.{to}.{name}": count for name, count in step.adds.items()}}
    values = {name: "$$NOW" if value is NOW else {"$literal": value} for name, value in step.changes.items()}
    return [{"$set": {f"to.{to}.{name}": value for name, value in values.items()}}]


def _progress(document: Document) -> Progress:
    day = date.fromisoformat(document["day"])
    return Progress(
        document["_id"],
        document["batch"],
        day,
        int(document["rows"]),
        document.get("oldest_review_at"),
        _deliveries(document),
    )


def _deliveries(document: Document) -> dict[str, Delivery]:
    return {name: _delivery(to) for name, to in document["to"].items()}


def _delivery(document: Document) -> Delivery:
    """Parse a delivery, whichever release wrote it."""
    return Delivery(**{name: value for name, value in document.items() if name in FIELDS})
