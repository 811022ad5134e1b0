"""The indexes of the predictions, with the query that needs each."""

from contextlib import suppress
from dataclasses import dataclass

from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from monitor_core.mongo.connection import Document, answered
from monitor_core.settings.settings import Settings


@dataclass(frozen=True)
class Index:
    """An index that a query needs."""

    keys: tuple[str, ...]
    reason: str
    only: Document | None = None  # a partial index: of these documents only

    @property
    def name(self) -> str:
        return "monitor_" + "_".join(self.keys)


def of_segment(field: str) -> Index:
    return Index((field,), "the values of a segment, to choose from")


def of_pending(settings: Settings) -> Index:
    f = settings.fields
    return Index(
        (f.logged, f.validated_at, f.validated),  # in the order of the reviews: a batch then holds few days
        "the logger's reviewed documents that are not logged yet",
    )


def needed(settings: Settings) -> list[Index]:
    """Return the indexes of the queries on the predictions."""
    f, segments = settings.fields, tuple(settings.segments.values())
    return [
        Index(
            (f.validated_at, f.validated, f.prediction, f.confidence, f.predicted_at, "_id", *segments),
            "counts by review day, time to review, the newest review, undated reviews, and which samples a page shows "
            "(their ids): answered from the index alone",
        ),
        Index(
            (f.predicted_at, f.validated, f.prediction, f.validated_at, f.confidence, "_id", *segments),
            "counts by prediction day, time to review, the first prediction, and which samples a page shows (their "
            "ids): answered from the index alone",
        ),
        of_pending(settings),
        Index(
            (f.trained, f.validated, f.prediction, f.validated_at),
            "the training set's class counts",
            only={f.trained: True},
        ),
        *map(of_segment, segments),
    ]


def name_of(index: Index, collection: Collection[Document]) -> str | None:
    """Return an index of the collection that can stand for it, whatever its name: one that holds the same documents."""
    for name, present in collection.index_information().items():
        keys = tuple(key for key, order in present["key"] if order in (1, -1))
        same = present.get("partialFilterExpression") in (None, index.only) and not present.get("sparse")
        if same and not present.get("hidden") and keys[: len(index.keys)] == index.keys:
            return name
    return None


class Indexes:
    """The indexes of the predictions' collection."""

    def __init__(self, settings: Settings, collection: Collection[Document]) -> None:
        self.settings = settings
        self.collection = collection

    @answered
    def missing(self) -> list[Index]:
        return [index for index in needed(self.settings) if not name_of(index, self.collection)]

    @answered
    def create(self) -> list[Index]:
        """Return those that could not be made, for want of the right: without them everything works, slower."""
        refused = [index for index in self.missing() if not self._create(index)]
        if not refused:
            self._drop_superseded()
        return refused

    def _create(self, index: Index) -> bool:
        """Return whether MongoDB has it now; it builds an index beside the running queries."""
        options: Document = {"partialFilterExpression": index.only} if index.only else {}
        try:
            self.collection.create_index([(key, 1) for key in index.keys], name=index.name, **options)
        except OperationFailure:
            return False
        return True

    def _drop_superseded(self) -> None:
        """Drop indexes of ours that an earlier version or other settings made, and no query leans on any more.

        One of a former segment may stand for the shorter one that is needed now, and then stays.
        """
        indexes = needed(self.settings)
        in_use = {index.name for index in indexes} | {name_of(index, self.collection) for index in indexes}
        for name in self.collection.index_information():
            if name.startswith("monitor_") and name not in in_use:
                with suppress(OperationFailure):  # without the right to it stays, and costs a little
                    self.collection.drop_index(name)
