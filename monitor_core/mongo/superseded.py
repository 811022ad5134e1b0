"""Superseded predictions, where each file counts once, and the collection without them.

A query cannot detect superseded predictions: a subquery for each document would take minutes. So the logger finds them
(`quality/repeats`) and stores their ids, and every query excludes these ids, which limits their number.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any
from uuid import uuid4

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, UpdateOne
from pymongo.collection import Collection
from pymongo.command_cursor import CommandCursor

from monitor_core.contract.bases import BasisDay
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import SettingsError
from monitor_core.mongo.connection import Document, answered, in_pieces, reading_from, united
from monitor_core.mongo.models import Ours, of_model
from monitor_core.settings.settings import Reads, Settings

MOST = 100_000  # ids, which each query holds
MOST_BYTES = 10 * 2**20  # of these: a command of MongoDB holds 16 MB
AT_A_TIME = 10_000  # names in a query, writes in a command
STATE = "state"  # the id of the document that says what the others stand for; theirs are documents
ROWS: Document = {"day": {"$gte": ""}}
NO_LIMIT: Document = {"$limit": 2**62}
Note = Callable[[Iterable[BasisDay]], None]


@dataclass(frozen=True)
class SupersededPrediction:
    """A prediction, by its id, that a newer one about the same file supersedes."""

    id: Any
    file: str
    day: date  # of the prediction


class Superseded:
    """The collection monitor_superseded: one document for each superseded prediction, and one with the version."""

    def __init__(self, settings: Settings, ours: Ours) -> None:
        self.settings = settings
        self.of_model = of_model(settings)
        self.documents = ours["monitor_superseded"]
        self._lock = Lock()
        self._held: tuple[str, Document] = "", {}  # a version, and its query

    @property
    def is_on(self) -> bool:
        """Return whether each file counts once."""
        return self.settings.count_files_once

    @property
    def made_from(self) -> str:
        """Return a fingerprint of the settings that superseded predictions depend on."""
        s = self.settings
        parts = s.database, s.collection, s.fields.filename, s.fields.predicted_at, repr(s.notation)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    # ---- reading

    @answered
    def left_out(self) -> Document:
        """Return the query condition that excludes superseded predictions; empty if there are none."""
        state = self._state() if self.is_on else None
        if state is None:
            return {}
        if state["too_many"]:
            raise too_many()
        with self._lock:
            version, query = self._held
            # What changes at this moment is read each time, so that a logger that dies over it leaves nothing held.
            if version != state["version"] or state["changing"]:
                query = self._read()
                self._held = state["version"], query
            return query

    def _read(self) -> Document:
        """Return the condition, encoded once and cached; its ids are in order, which saves MongoDB the sorting."""
        ids = [row["_id"]["id"] for row in self.documents.find(ROWS, {"_id": 1}).sort("_id", 1)]
        if not ids:
            return {}
        encoded = bson.encode({"_id": {"$in": ids}})
        if len(encoded) > MOST_BYTES:
            raise too_many()
        return {"$nor": [RawBSONDocument(encoded)]}

    @answered
    def number(self, period: Period | None = None) -> int:
        """Count the superseded predictions, all or those of a period's prediction days; 0 if every document counts."""
        if not self.is_on or self._state() is None:
            return 0
        return self.documents.count_documents(_within(period) if period else ROWS)

    @answered
    def of_days(self, period: Period) -> list[SupersededPrediction]:
        """Return the superseded predictions of a period's prediction days."""
        return list(map(_row, self.documents.find(_within(period))))

    @answered
    def of_files(self, names: Sequence[str], period: Period) -> list[SupersededPrediction]:
        """Return the superseded predictions about these files."""
        return list(map(_row, self.documents.find(_within(period) | {"file": {"$in": names}})))

    def _state(self) -> Document | None:
        """Return the version and any unfinished change; None if they were found under other settings."""
        return self.documents.find_one({"_id": STATE, "made_from": self.made_from})

    # ---- the logger

    @answered
    def begin(self, note: Note) -> bool:
        """Prepare for changes, once a run, and complete an interrupted change; return whether none is stored."""
        if not self.is_on:
            if self.documents.find_one({}, {"_id": 1}):
                self.documents.drop()
            return False
        state = self._state()
        if state is None:
            self.documents.drop()
            self.documents.create_index("day")
            self.documents.create_index("file")
            self._tell(made_from=self.made_from, changing=[], too_many=False)
        elif state["changing"]:
            self._end(state["changing"], note)
        return state is None

    @answered
    def change(
        self, gone: Sequence[Any], new: Sequence[SupersededPrediction], days: Iterable[BasisDay], note: Note
    ) -> None:
        """Remove ids and add others; `days`: the days of their documents, which are to be counted again.

        In this order: the days are stored, the ids changed, the days noted for counting, the change marked as done. The
        next run completes an interrupted change (`begin`). A day counted with the old ids is noted after its count.
        """
        if self.documents.count_documents(ROWS) - len(gone) + len(new) > MOST:
            self._tell(too_many=True)
            raise too_many()
        changing = [[basis, day.isoformat()] for basis, day in days]
        self._tell(changing=changing)
        writes: list[DeleteOne | UpdateOne] = [DeleteOne({"_id": {"id": id}}) for id in gone]
        for row in new:
            values = {"file": row.file, "day": row.day.isoformat()} | self.of_model
            writes.append(UpdateOne({"_id": {"id": row.id}}, {"$set": values}, upsert=True))
        for first in range(0, len(writes), AT_A_TIME):
            self.documents.bulk_write(writes[first : first + AT_A_TIME], ordered=False)
        self._end(changing, note)

    def _end(self, changing: list[list[Any]], note: Note) -> None:
        note((basis, date.fromisoformat(day)) for basis, day in changing)
        self._tell(changing=[], too_many=False)

    def _tell(self, **values: Any) -> None:
        """Let whoever holds the ids read them again."""
        self.documents.update_one(
            {"_id": STATE}, {"$set": values | {"version": uuid4().hex} | self.of_model}, upsert=True
        )


class CountedPredictions:
    """The predictions that count: all, or those that no newer one about the same file supersedes."""

    def __init__(self, collection: Collection[Document], superseded: Superseded) -> None:
        self.collection = collection
        self.superseded = superseded

    def of_members(self, members: Reads) -> "CountedPredictions":
        """Return the predictions that count, as read from these members of a replica set."""
        return CountedPredictions(reading_from(self.collection, members), self.superseded)

    def count_documents(self, query: Document, limit: int | None = None) -> int:
        """Count the predictions that match the query, up to `limit`."""
        stages: list[Document] = [{"$match": query}, *([{"$limit": limit}] if limit else []), {"$count": "n"}]
        return sum(int(document["n"]) for document in self.aggregate(stages))

    def aggregate(self, stages: list[Document], **options: Any) -> CommandCursor[Document]:
        """Aggregate without superseded predictions, which are excluded after the first stages have used an index."""
        return self.collection.aggregate(self._stages(stages, self.superseded.left_out()), **options)

    def united(self, pipelines: list[list[Document]]) -> Iterator[tuple[int, Document]]:
        """Run the aggregations in one round trip, as `connection.united` does, or one by one if they are too large."""
        left_out = self.superseded.left_out()
        of_ids = sum(len(condition.raw) for condition in left_out.get("$nor", ()))
        whole = [self._stages(stages, left_out) for stages in pipelines]
        if of_ids * len(pipelines) <= MOST_BYTES:
            yield from united(self.collection, whole)
            return
        for place, stages in enumerate(whole):
            yield from ((place, document) for document in self.collection.aggregate(stages, allowDiskUse=True))

    def _stages(self, stages: list[Document], left_out: Document) -> list[Document]:
        """Return the stages with the exclusion of superseded predictions, after a limit that is never reached.

        Without the limit MongoDB would also consider a plan by the index of the ids, which takes ten times as long.
        """
        if not left_out:
            return stages
        place = next((n for n, stage in enumerate(stages) if not {"$match", "$sort"} & stage.keys()), len(stages))
        return [*stages[:place], *([NO_LIMIT] if place else []), {"$match": left_out}, *stages[place:]]


def too_many() -> SettingsError:
    """Return the error for more superseded predictions than every query can exclude."""
    return SettingsError(
        f"MONITOR_COUNT_FILES_ONCE can exclude up to {MOST:,} documents, but more are superseded by newer ones about "
        "the same files. Set it to false, or delete such documents; check whether different files have different names."
    )


def pieces_of(names: Iterable[str]) -> list[list[str]]:
    """Split file names into lists that fit into one query."""
    return in_pieces(sorted(names), AT_A_TIME)


def _within(period: Period) -> Document:
    return {"day": {"$gte": period.first.isoformat(), "$lte": period.last.isoformat()}}


def _row(stored: Document) -> SupersededPrediction:
    return SupersededPrediction(stored["_id"]["id"], stored["file"], date.fromisoformat(stored["day"]))
