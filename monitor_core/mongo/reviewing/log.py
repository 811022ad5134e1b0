"""The log of the reviews that people gave in the app: who, when, from what to what, and what was undone."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bson import ObjectId

from monitor_core.contract.documents import Review
from monitor_core.contract.selection import Sample, outcome_of
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.models import of_model
from monitor_core.mongo.reviewing.snapshots import Held, Snapshot
from monitor_core.mongo.store import Store

# "begun" and "undoing" are stored before the prediction is changed, so they say that a program ended in between.
EntryState = Literal["begun", "done", "refused", "undoing", "undone"]
PEOPLE = ("by", "undone_by")  # the fields that name a person


@dataclass(frozen=True)
class LoggedReview:
    """A review that was given in the app."""

    id: str
    sample: Sample  # without its review
    target: int | None  # the class that the reviewer gave; None: rejected
    by: str
    at: datetime  # by the database's clock
    before: Held  # what the fields of the review held
    after: Held
    absent: tuple[str, ...]  # objects that are made for the review's fields
    first: str | None  # the entry that this is a second opinion of
    agrees: bool | None  # with the first; None: it is no second opinion
    state: EntryState
    undone_by: str
    undone_at: datetime | None


class ReviewLog:
    """The collection monitor_reviews, of which nothing is ever removed but people's names."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_reviews"]

    @answered
    def begin(self, snapshot: Snapshot, after: Held, entry: Document) -> LoggedReview:
        """Store that somebody is about to write a review."""
        sample = snapshot.sample
        document = {
            "_id": str(ObjectId()),
            "sample": sample.id,
            "file": sample.file,
            "prediction": sample.prediction,
            "confidence": sample.confidence,
            "predicted_at": sample.predicted_at,
            "before": dict(snapshot.held),
            "after": dict(after),
            "absent": list(snapshot.absent),
            "state": "begun",
        }
        document |= entry | self.of_model
        self.documents.insert_one(document)
        return _entry(document)

    @answered
    def change(self, entry: LoggedReview, state: EntryState, undone: tuple[str, datetime | None] | None = None) -> None:
        """Store the state of an entry, and by whom and when it is undone."""
        by_and_at = dict(zip(("undone_by", "undone_at"), undone, strict=True)) if undone else {}
        self.documents.update_one({"_id": entry.id}, {"$set": {"state": state} | by_and_at})

    @answered
    def entry(self, entry_id: str) -> LoggedReview | None:
        """Return one entry."""
        document = self.documents.find_one({"_id": entry_id})
        return _entry(document) if document else None

    @answered
    def entries(self, ids: Sequence[str]) -> list[LoggedReview]:
        """Return the entries with these ids."""
        return [_entry(document) for document in self.documents.find({"_id": {"$in": list(ids)}})]

    @answered
    def interrupted(self, before: datetime) -> list[LoggedReview]:
        """Return the entries from before an instant whose writing or undoing has no known end."""
        begun = {"state": "begun", "at": {"$lt": before}}
        undoing = {"state": "undoing", "undone_at": {"$lt": before}}
        return [_entry(document) for document in self.documents.find({"$or": [begun, undoing]}).sort("at", 1)]

    @answered
    def latest_of(self, sample_id: Any) -> LoggedReview | None:
        """Return the latest review of a prediction that was written."""
        query = {"sample": {"$eq": sample_id}, "state": "done"}
        document = self.documents.find_one(query, sort=[("at", -1), ("_id", -1)])
        return _entry(document) if document else None

    @answered
    def read(self, since: datetime | None = None, until: datetime | None = None, most: int = 0) -> list[LoggedReview]:
        """Return the entries of a time, the newest first; at most so many, unless it is 0."""
        bounds = {name: at for name, at in (("$gte", since), ("$lt", until)) if at}
        documents = self.documents.find({"at": bounds} if bounds else {}).sort([("at", -1), ("_id", -1)]).limit(most)
        return [_entry(document) for document in documents]

    @answered
    def erase(self, name: str) -> int:
        """Replace a person's name in all entries by one that says nothing of them; return the number of entries."""
        other = f"erased-{secrets.token_hex(4)}"  # the same in all of them: whether two people agree stays known
        number = self.documents.count_documents({"$or": [{field: name} for field in PEOPLE]})
        for field in PEOPLE:
            self.documents.update_many({field: name}, {"$set": {field: other}})
        return number


def _entry(document: Document) -> LoggedReview:
    sample = Sample(
        document["sample"],
        document["file"],
        document["prediction"],
        None,
        outcome_of(Review.NONE, document["prediction"]),
        document["confidence"],
        document["predicted_at"],
        None,
    )
    return LoggedReview(
        document["_id"],
        sample,
        document["target"],
        document["by"],
        document["at"],
        document["before"],
        document["after"],
        tuple(document["absent"]),
        document.get("first"),
        document.get("agrees"),
        document["state"],
        document.get("undone_by", ""),
        document.get("undone_at"),
    )
