"""The indexes of the predictions, with the query that needs each.

No index may make MongoDB refuse a write of the model's program. MongoDB refuses documents with lists in two fields of
an index ("cannot index parallel arrays"), and a partial index cannot exclude lists, as its condition matches elements.
So each index has one field. Other fields that a query needs are in the index's condition, or read from the document.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from monitor_core.mongo.connection import Document, answered
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


def pending(settings: Settings) -> list[tuple[Document, Index]]:
    """Return queries for everything that is not logged and may be reviewed, in disjoint pieces, each with its index.

    Dated reviews come first, in their order, so that a batch holds few days. A partial index is used only by queries
    that contain its condition literally, and the condition may not contain `$ne` or a `$or` with types: hence the
    separate index for values that are neither true nor false.
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
    """Return the indexes that the queries on the predictions need."""
    f = settings.fields
    indexes = [
        of_reviews(settings),
        Index(f.predicted_at, "counts by prediction day, the first prediction, and the samples of a page"),
        *(index for _, index in pending(settings)),
        Index(f.validated, "the number of undated reviews", {f.validated_at: None}, f"_no_{f.validated_at}"),
        Index(f.trained, "the training set's class counts", {f.trained: True}),
        *map(of_segment, settings.segments.values()),
        *([Index(f.filename, "the documents about one file")] if settings.count_files_once else []),
    ]
    return [index for index in {index.name: index for index in indexes}.values() if _is_safe(index.key)]


def _is_safe(field: str) -> bool:
    """Return whether an index on the field refuses no document; with a number in its path, some lists are refused."""
    return not any(part.isdecimal() for part in field.split("."))


def present_in(collection: Collection[Document]) -> dict[str, Any]:
    """Return the indexes of a collection by name; a view has no indexes of its own."""
    try:
        return dict(collection.index_information())
    except OperationFailure as failure:
        if failure.code == NO_VIEWS:
            return {}
        raise


def name_of(index: Index, present: Mapping[str, Any]) -> str | None:
    """Return the name of a present index that covers the same documents, whatever its name; None if there is none."""
    for name, other in present.items():
        key, order = other["key"][0]
        same = other.get("partialFilterExpression") in (None, index.only) and not other.get("sparse")
        of_now = name == index.name or not name.startswith(OURS)  # one that an earlier version made is dropped
        if same and of_now and not other.get("hidden") and order in (1, -1) and key == index.key:
            return name
    return None


class Indexes:
    """The indexes of the predictions' collection."""

    def __init__(self, settings: Settings, collection: Collection[Document]) -> None:
        self.settings = settings
        self.collection = collection

    @answered
    def missing(self) -> list[Index]:
        """Return the indexes that do not exist but could; a view uses those of its collection."""
        try:
            present = self.collection.index_information()
        except OperationFailure as failure:
            if failure.code == NO_VIEWS:
                return []
            raise
        return [index for index in needed(self.settings) if not name_of(index, present)]

    @answered
    def create(self) -> list[Index]:
        """Create the missing indexes; return those that the user may not create, which makes queries slower."""
        refused = [index for index in self.missing() if not self._create(index)]
        self._drop([*self.refusing(), *([] if refused else self._superseded())])
        return refused

    @answered
    def refusing(self) -> list[str]:
        """Return the indexes of an earlier version that refuse documents with lists in two fields."""
        return [
            name
            for name, index in present_in(self.collection).items()
            if name.startswith(OURS) and len(index["key"]) > 1
        ]

    def _create(self, index: Index) -> bool:
        """Create an index and return whether MongoDB has it now; it is built while other queries run."""
        options: Document = {"partialFilterExpression": index.only} if index.only else {}
        try:
            self.collection.create_index(index.key, name=index.name, **options)
        except OperationFailure:
            return False
        return True

    def _superseded(self) -> list[str]:
        """Return the monitor's indexes that were created under other settings and that no query uses any more."""
        in_use = {index.name for index in needed(self.settings)}
        return [name for name in present_in(self.collection) if name.startswith(OURS) and name not in in_use]

    def _drop(self, names: list[str]) -> None:
        for name in dict.fromkeys(names):
            with suppress(OperationFailure):  # without the right to it stays
                self.collection.drop_index(name)
