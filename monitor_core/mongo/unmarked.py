"""The predictions that cannot be marked as logged: those that refuse the mark, and those that no id finds."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from bson import Binary, DatetimeMS, Decimal128, MaxKey, MinKey, ObjectId, Timestamp
from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, ExecutionTimeout, OperationFailure, WriteConcernError

from monitor_core.mongo.connection import Document, answered, id_key, id_keys, in_pieces
from monitor_core.mongo.expressions import Expression
from monitor_core.mongo.failures import words_of
from monitor_core.mongo.models import Ours, of_model
from monitor_core.settings.settings import Settings

IDS_AT_A_TIME = 10_000
BROKEN = "\ufffd"  # what the driver reads in place of bytes that are no text
ASCII = "".join(map(chr, range(1, 128)))
PLAIN_TYPES = ["objectId", "int", "long", "double", "decimal", "bool", "date", "timestamp", "binData", "null"]
WRITTEN_AS_READ = (
    ObjectId,
    int,
    float,
    datetime,
    DatetimeMS,
    Decimal128,
    Binary,
    Timestamp,
    MinKey,
    MaxKey,
    type(None),
)


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


def not_found(collection: Collection[Document], ids: Iterable[Any]) -> set[bytes]:
    """Return the keys of those of the ids, as the driver has read them, that find no document.

    The driver does not write every id as it has read it: not a text with broken UTF-8, a DBPointer, or an object with
    one of these, with undefined, or with two values of one name. Such a document could be logged, but never marked.
    """
    doubtful = [id for id in ids if not _is_written_as_read(id)]
    existing = (
        document["_id"]
        for piece in in_pieces(doubtful, IDS_AT_A_TIME)
        for document in collection.find({"_id": {"$in": piece}}, {"_id": 1})
    )
    return id_keys(doubtful) - id_keys(existing) if doubtful else set()


def _is_written_as_read(document_id: Any) -> bool:
    return BROKEN not in document_id if isinstance(document_id, str) else isinstance(document_id, WRITTEN_AS_READ)


def is_surely_found(document_id: str) -> Expression:
    """Return whether an id is of those that `not_found` need not look for: a number, an ASCII text or the like."""
    is_ascii = {"$eq": [{"$trim": {"input": document_id, "chars": ASCII}}, ""]}
    kind = {"$type": document_id}
    return {"$cond": [{"$eq": [kind, "string"]}, is_ascii, {"$in": [kind, PLAIN_TYPES]}]}


def number_not_found(collection: Collection[Document], stages: list[Document], **options: Any) -> int:
    """Count the documents at the end of these stages that their id does not find; of the first ones, if very many."""
    doubtful: list[Document] = [{"$match": {"$expr": {"$not": [is_surely_found("$_id")]}}}, {"$limit": IDS_AT_A_TIME}]
    ids = [
        document["_id"] for document in collection.aggregate([*stages, *doubtful, {"$project": {"_id": 1}}], **options)
    ]
    lost = not_found(collection, ids)
    return sum(id_key(id) in lost for id in ids) if lost else 0
