"""The logged predictions whose documents could not be marked; their ids are stored instead."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, ExecutionTimeout, OperationFailure, WriteConcernError

from monitor_core.mongo.connection import Document, answered, id_keys, in_pieces
from monitor_core.mongo.failures import words_of
from monitor_core.mongo.models import Ours, of_model
from monitor_core.settings.settings import Settings

IDS_AT_A_TIME = 10_000


class Unmarked:
    """The collection monitor_logged: ids of logged predictions whose documents refused the mark, and why.

    Examples: a view, a time-series collection, a validator, a read-only user, or a text in place of the mark's parent.
    """

    def __init__(self, settings: Settings, ours: Ours) -> None:
        self.settings = settings
        self.of_model = of_model(settings)
        self.documents = ours["monitor_logged"]

    @answered
    def add(self, reasons: list[tuple[Any, str]]) -> None:
        """Store these ids as logged, each with the reason why its document is not marked."""
        for first in range(0, len(reasons), IDS_AT_A_TIME):
            piece = reasons[first : first + IDS_AT_A_TIME]
            writes = [
                UpdateOne({"_id": id}, {"$set": {"reason": reason} | self.of_model}, upsert=True)
                for id, reason in piece
            ]
            self.documents.bulk_write(writes, ordered=False)

    @answered
    def among(self, ids: list[Any]) -> set[bytes]:
        """Return the keys of those of the ids that are stored."""
        return id_keys(
            document["_id"]
            for piece in in_pieces(ids, IDS_AT_A_TIME)
            for document in self.documents.find({"_id": {"$in": piece}}, {"_id": 1})
        )

    def pieces(self) -> Iterator[list[Any]]:
        """Yield all stored ids, in lists that fit into one query."""
        ids = (document["_id"] for document in self.documents.find({}, {"_id": 1}))
        while piece := list(islice(ids, IDS_AT_A_TIME)):
            yield piece

    @answered
    def reasons(self) -> Counter[str]:
        """Count the stored predictions by reason."""
        stages: list[Document] = [{"$group": {"_id": "$reason", "n": {"$sum": 1}}}]
        return Counter({group["_id"]: int(group["n"]) for group in self.documents.aggregate(stages)})


def change_documents(collection: Collection[Document], ids: list[Any], change: Document) -> list[tuple[Any, str]]:
    """Change the documents with these ids; return the ids of those that refuse, each with the reason."""
    try:
        collection.update_many({"_id": {"$in": ids}}, change)
    except (ExecutionTimeout, WriteConcernError):
        raise
    except OperationFailure:  # of all documents, or of one of them: each by itself tells
        return _change_each(collection, ids, change)
    return []


def _change_each(collection: Collection[Document], ids: list[Any], change: Document) -> list[tuple[Any, str]]:
    try:
        collection.bulk_write([UpdateOne({"_id": id}, change) for id in ids], ordered=False)
    except BulkWriteError as failure:
        details = failure.details or {}
        if details.get("writeConcernErrors"):
            raise
        errors = details.get("writeErrors", [])
        return [(ids[error["index"]], words_of(error.get("code"), error.get("errmsg", ""))) for error in errors]
    except (ExecutionTimeout, WriteConcernError):
        raise
    except OperationFailure as failure:
        return [(id, words_of(failure.code, str(failure))) for id in ids]
    return []
