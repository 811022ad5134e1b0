"""The indexes of the predictions, with the query that needs each.

None of them may refuse a write of the model's program. MongoDB refuses a document with lists in two fields of an index
("cannot index parallel arrays"), and no condition of a partial index excludes lists, because it matches their elements.
So each index has a single field; everything else that a query needs is in the index's condition, or read from the
document.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from monitor_core.mongo.connection import Document, PlainlyCompared, answered
from monitor_core.mongo.failures import NO_RIGHT
from monitor_core.settings.settings import Settings

NO_VIEWS = 166  # MongoDB's code: a view does not have this
OURS = "monitor_"  # how the names of our indexes begin
# Every type of MongoDB's but boolean and null.
# fmt: off
ODD_TYPES = [
    "double", "string", "object", "array", "binData", "undefined", "objectId", "date", "regex", "dbPointer", "symbol",
    "javascript", "javascriptWithScope", "int", "timestamp", "long", "decimal", "minKey", "maxKey",
]
# fmt: on


@dataclass(frozen=True)
class Index:
    """An index that a query needs."""

    key: str
    reason: str
    only: Document | None = None  # a partial index: of these documents only
    label: str = ""  # what tells a partial index from others on its field

    @property
    def name(self) -> str:
        return OURS + self.key + self.label


def of_segment(field: str) -> Index:
    return Index(field, "the values of a segment, to choose from")


def of_reviews(settings: Settings) -> Index:
    return Index(settings.fields.validated_at, "counts by review day, the newest review, and the samples of a page")


def of_files(settings: Settings) -> Index:
    return Index(settings.fields.filename, "the documents about one file, and samples by a part of their file name")


def pending(settings: Settings) -> list[tuple[Document, Index]]:
    """Return disjoint queries for all documents that are not logged and may be reviewed, each with its index.

    The dated reviews come first, in their order, so that a batch has few days. MongoDB only uses a partial index for
    queries that repeat its condition literally, and the condition may contain neither `$ne` nor `$or` with types: hence
    a separate index for marks that are neither true nor false.
    """
    f = settings.fields
    unlogged: Document = {f.logged: {"$in": [False, None]}}
    odd: Document = {f.logged: {"$type": ODD_TYPES}}
    label = f"_not_{f.logged}"
    return [
        (
            {"$and": [unlogged, {f.validated_at: {"$ne": None}}]},
            Index(f.validated_at, "the logger's reviewed documents that are not logged yet", unlogged, label),
        ),
        (
            {"$and": [unlogged, {f.validated_at: None}, {f.validated: {"$ne": None}}]},
            Index(f.validated, "those of them that have no review date", unlogged, label),
        ),
        (
            {"$and": [odd, {"$nor": [unlogged]}, {f.validated: {"$ne": None}}]},
            Index(f.validated, f"those of them whose {f.logged} is neither true nor false", odd, f"_odd_{f.logged}"),
        ),
    ]


def needed(settings: Settings) -> list[Index]:
    """Return the indexes of the queries on the predictions."""
    f = settings.fields
    indexes = [
        of_reviews(settings),
        Index(f.predicted_at, "counts by prediction day, the first prediction, and the samples of a page"),
        *(index for _, index in pending(settings)),
        Index(f.validated, "the number of undated reviews", {f.validated_at: None}, f"_no_{f.validated_at}"),
        Index(f.trained, "the training set's class counts", {f.trained: True}),
        *map(of_segment, settings.segments.values()),
        of_files(settings),
    ]
    return [index for index in {index.name: index for index in indexes}.values() if _is_safe(index.key)]


def _is_safe(field: str) -> bool:
    """Return whether an index on the field refuses no document; with a number in its path, it refuses some lists."""
    return not any(part.isdecimal() for part in field.split("."))


def present_in(collection: Collection[Document]) -> dict[str, Any]:
    """Return the indexes of a collection by name; a view has none of its own, and not every user may list them."""
    return _listed_in(collection) or {}


def _listed_in(collection: Collection[Document]) -> dict[str, Any] | None:
    """Return the indexes by name; None if the user may not list them."""
    try:
        return dict(collection.index_information())
    except OperationFailure as failure:
        if failure.code == NO_VIEWS:
            return {}
        if failure.code == NO_RIGHT:
            return None
        raise


def name_of(index: Index, present: Mapping[str, Any]) -> str | None:
    """Return the name of a present index of the same field and documents, which serves the same queries; or None."""
    for name, other in present.items():
        key, order = other["key"][0]
        same = other.get("partialFilterExpression") in (None, index.only) and not other.get("sparse")
        of_now = name == index.name or not name.startswith(OURS)  # one that an earlier version made is dropped
        usable = not other.get("hidden") and "collation" not in other  # our queries have the simple one
        if same and of_now and usable and order in (1, -1) and key == index.key:
            return name
    return None


class Indexes:
    """The indexes of the predictions' collection."""

    def __init__(self, settings: Settings, collection: PlainlyCompared) -> None:
        self.settings = settings
        self.collection = collection

    @answered
    def have_a_collection(self) -> bool:
        """Return whether the collection exists; creating an index would create it, and hide a misspelt name."""
        return self.collection.kind() is not None

    @answered
    def missing(self) -> list[Index]:
        """Return the indexes that could exist and do not; empty if the user may not list them.

        A view uses those of the collection behind it, and a time-series collection cannot have all of them.
        """
        present = _listed_in(self.collection)
        if present is None or self.collection.kind() in ("view", "timeseries"):
            return []
        return [index for index in needed(self.settings) if not name_of(index, present)]

    @answered
    def why_none(self) -> str | None:
        """Return why `missing` cannot tell which indexes are missing; None if it can."""
        name, kind = self.collection.full_name, self.collection.kind()
        if kind == "timeseries":
            return (
                f"{name} is a time-series collection, which cannot have all of the monitor's indexes; everything works "
                "without them."
            )
        if kind is not None and _listed_in(self.collection) is None:
            return (
                f"The user may not list the indexes of {name}, so some queries may be slower than necessary. The right "
                "listIndexes, which is part of the role read, avoids this."
            )
        return None

    @answered
    def create(self) -> list[Index]:
        """Create the missing indexes; return those that the user may not create, without which everything is slower."""
        if self.collection.kind() == "timeseries":  # never partial ones, and others in newer versions of MongoDB only
            present = present_in(self.collection)
            for index in needed(self.settings):
                if index.only is None and not name_of(index, present):
                    self._create(index)
            return []
        refused = [index for index in self.missing() if not self._create(index)]
        self._drop([*self.refusing(), *([] if refused else self._superseded())])
        return refused

    @answered
    def expiry(self) -> dict[str, timedelta]:
        """Return the fields by whose dates MongoDB deletes documents, each with the age at which it does (TTL)."""
        indexes = present_in(self.collection).values()
        return {
            index["key"][0][0]: timedelta(seconds=index["expireAfterSeconds"])
            for index in indexes
            if "expireAfterSeconds" in index
        }

    @answered
    def refusing(self) -> list[str]:
        """Return the indexes of an earlier version that refuse documents with lists in two of their fields."""
        return [
            name
            for name, index in present_in(self.collection).items()
            if name.startswith(OURS) and len(index["key"]) > 1
        ]

    def _create(self, index: Index) -> bool:
        """Create an index, which MongoDB builds beside the running queries; return whether it exists now."""
        options: Document = {"partialFilterExpression": index.only} if index.only else {}
        if "collation" in present_in(self.collection).get(index.name, {}):  # an earlier version took the collection's
            self._drop([index.name])
        try:
            self.collection.create_index(index.key, name=index.name, **options)
        except OperationFailure:
            return False
        return True

    def _superseded(self) -> list[str]:
        """Return the indexes of ours that were created for other settings and that no query uses any more."""
        in_use = {index.name for index in needed(self.settings)}
        return [name for name in present_in(self.collection) if name.startswith(OURS) and name not in in_use]

    def _drop(self, names: list[str]) -> None:
        for name in dict.fromkeys(names):
            with suppress(OperationFailure):  # without the right to drop it, it stays
                self.collection.drop_index(name)
