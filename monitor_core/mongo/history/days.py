"""The stored days: the counts of each local day, by each basis."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from monitor_core.contract.bases import Basis, BasisDay
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import MISTAKEN, Notation
from monitor_core.mongo.connection import DUPLICATE, Document, answered
from monitor_core.mongo.history.changes import Changes, day_of_id, id_of, ids_after, ids_before, within
from monitor_core.mongo.models import Ours, of_model
from monitor_core.mongo.state import State
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NO_SCENES, NOT_REVIEWED, NUMBERS, DayCounts, Intervals
from monitor_core.settings.settings import Settings

TABLES = {"cells": 3, "confidence": 4, "delays": 2, "hours": 3}  # and their columns
SCENE_COLUMNS = 8
FORMAT = 5  # of a stored day; with another one the history is made again
BEFORE_RESULTS = 4  # the format that has an outcome instead of a result: 0 wrong, 1 right, 2 not reviewed
STORED, STORED_SUMS = np.dtype("<i4"), np.dtype("<f8")  # of the tables in a stored day, and of the sums by scene
Score = list[float | None]  # value, low and high end of its 95 % interval; null where undefined
SOON = timedelta(minutes=10)  # a refresh takes less; one that takes longer only counts a day twice


@dataclass(frozen=True)
class DayToStore:
    """The counts of a local day, with the scores computed from them."""

    day: date
    counts: DayCounts
    scores: dict[str, Score]
    hours_to_review: dict[str, float | None]  # by quantile
    all_documents: str = ""  # what tells a change of those that do not count too, where some do not


@dataclass(frozen=True)
class HistoryState:
    """The state of the history."""

    days: int  # stored, over both bases
    due: int  # noted as changed and not counted yet
    oldest_check_at: datetime | None


class History:
    """The collection monitor_history: one document for each basis and local day."""

    def __init__(self, settings: Settings, ours: Ours, state: State, changes: Changes) -> None:
        self.settings = settings
        self.of_model = of_model(settings)
        self.days = ours["monitor_history"]
        self._state = state
        self.changes = changes

    @property
    def made_from(self) -> str:
        """Return a fingerprint of everything besides the documents that a stored day depends on."""
        s = self.settings
        parts = (FORMAT, s.collection, s.time_zone, s.fields.model_dump_json(), *_own_notation(s), *_own_count(s))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @answered
    def create_indexes(self) -> None:
        """Create the indexes of the queries below."""
        self.days.create_index("checked_at")  # the days to count again, longest unseen first
        # Which days are stored, and which of them have reviews: without their tables, which are large.
        self.days.create_index([(name, 1) for name in ("made_from", "basis", "reviewed", "day", "reviews_digest")])
        self.days.create_index([(name, 1) for name in ("basis", "made_from", "day", "digest")])  # see `digests`

    # ---- reading

    @answered
    def read(self, basis: Basis, period: Period) -> dict[date, DayCounts]:
        """Return the stored days of the period that were counted under the present settings."""
        stored = self.documents({"_id": within(basis, period)})
        return {date.fromisoformat(document["day"]): counts_of(document) for document in stored}

    def documents(self, query: Document, fields: dict[str, int] | None = None) -> Iterator[Document]:
        """Yield the documents of stored days that match the query and were counted under the present settings."""
        yield from self.days.find({"made_from": self.made_from} | query, fields)

    @answered
    def digests(self) -> dict[date, str]:
        """Return each stored prediction day with the digest of its counts."""
        documents = self.documents({"basis": "predicted"}, {"_id": 0, "day": 1, "digest": 1})
        return {date.fromisoformat(document["day"]): document["digest"] for document in documents}

    @answered
    def reviews_digests(self) -> dict[date, str]:
        """Return each stored prediction day that has reviews, with the digest of its reviews."""
        query: Document = {"basis": "predicted", "reviewed": {"$gt": 0}}
        documents = self.documents(query, {"_id": 0, "day": 1, "reviews_digest": 1})
        return {date.fromisoformat(document["day"]): document["reviews_digest"] for document in documents}

    @answered
    def reviews_digest(self, day: date) -> str | None:
        """Return the digest of a prediction day's reviews; None if the day is not stored."""
        document = self.days.find_one({"_id": id_of(("predicted", day))}, {"reviews_digest": 1})
        return document["reviews_digest"] if document else None

    @answered
    def stored(self) -> set[BasisDay]:
        """Return the days that are stored and were counted under the present settings."""
        documents = self.documents({}, {"_id": 0, "basis": 1, "day": 1})
        return {(document["basis"], date.fromisoformat(document["day"])) for document in documents}

    @answered
    def checked_outside(self, first: datetime, last: datetime) -> list[BasisDay]:
        """Return the days that have not been counted between the instants, those counted longest ago first.

        Days counted later than `last` were counted by a clock that was ahead.
        """
        outside = {"$or": [{"checked_at": {"$lt": first}}, {"checked_at": {"$gt": last}}]}
        documents = self.days.find(outside, {"_id": 1}).sort("checked_at", 1)
        return [day_of_id(document["_id"]) for document in documents]

    @answered
    def are_checked_since(self, instant: datetime, basis: Basis, period: Period) -> bool:
        """Return whether all of the period's days have been counted since; times far in the future do not count."""
        since = {"$gt": instant, "$lt": instant + SOON}
        checked = {"_id": within(basis, period), "made_from": self.made_from, "checked_at": since}
        return self.days.count_documents(checked) == len(period)

    @answered
    def state(self) -> HistoryState:
        """Return the state of the history."""
        oldest = self.days.find_one({}, {"checked_at": 1}, sort=[("checked_at", 1)])
        return HistoryState(
            self.days.estimated_document_count(),
            self.changes.number_noted(),
            oldest["checked_at"] if oldest else None,
        )

    # ---- writing

    @answered
    def store(self, basis: Basis, days: Iterable[DayToStore], counted_at: datetime) -> int:
        """Replace days that differ from the stored ones, and mark the others as checked; return the number replaced."""
        documents = {id_of((basis, day.day)): self._document(basis, day, counted_at) for day in days}
        stored = list(self.days.find({"_id": {"$in": list(documents)}}, {"digest": 1, "scores": 1}))
        digests = {day["_id"]: day["digest"] for day in stored}
        differ = [day for name, day in documents.items() if digests.get(name) != day["digest"]]
        same = [name for name, day in documents.items() if digests.get(name) == day["digest"]]
        self._replace(differ, counted_at)
        self.days.update_many({"_id": {"$in": same}}, {"$set": {"checked_at": counted_at}})
        self._add_scores(documents, [day for day in stored if day["_id"] in same])
        return len(differ)

    def _add_scores(self, documents: dict[str, Document], stored: list[Document]) -> None:
        """Add the scores of metrics that did not exist when these days were stored."""
        writes = [
            UpdateOne({"_id": day["_id"], "digest": day["digest"]}, {"$set": {f"scores.{name}": score}})
            for day in stored
            for name, score in documents[day["_id"]]["scores"].items()
            if name not in day["scores"]
        ]
        if writes:
            self.days.bulk_write(writes, ordered=False)

    def _replace(self, documents: list[Document], counted_at: datetime) -> None:
        """Replace the days, unless another logger has stored a later count; counts far in the future are ignored."""
        by_others = [{"computed_at": {"$lte": counted_at}}, {"computed_at": {"$gt": counted_at + SOON}}]
        older: Document = {"$or": by_others}
        writes = [ReplaceOne({"_id": document["_id"]} | older, document, upsert=True) for document in documents]
        if not writes:
            return
        try:
            self.days.bulk_write(writes, ordered=False)
        except BulkWriteError as failure:
            if any(error["code"] != DUPLICATE for error in (failure.details or {}).get("writeErrors", [])):
                raise
        self._state.tell_change()

    def _document(self, basis: Basis, stored: DayToStore, counted_at: datetime) -> Document:
        counts, made_from = stored.counts, self.made_from
        tables = {name: getattr(counts, name) for name in TABLES}
        numbers = {name: getattr(counts, name) for name in NUMBERS}
        content = repr((made_from, sorted(numbers.items()), [tables[name].tolist() for name in sorted(tables)]))
        content += repr(counts.scenes.tolist()) if len(counts.scenes) else ""
        content += stored.all_documents
        reviews = counts.confidence[counts.confidence[:, 1] != NOT_REVIEWED]
        return {
            "_id": id_of((basis, stored.day)),
            "basis": basis,
            "day": stored.day.isoformat(),
            "made_from": made_from,
            "format": FORMAT,
            "computed_at": counted_at,
            "checked_at": counted_at,
            "digest": hashlib.sha256(content.encode()).hexdigest(),
            "reviews_digest": hashlib.sha256(repr((counts.cells.tolist(), reviews.tolist())).encode()).hexdigest(),
            "reviewed": counts.reviewed,
            "rejected": counts.rejected,
            **numbers,
            **({"classes": counts.classes} if counts.classes else {}),
            **{name: packed(table) for name, table in tables.items()},
            **({"scenes": packed(counts.scenes, STORED_SUMS)} if len(counts.scenes) else {}),
            "scores": stored.scores,
            "hours_to_review": stored.hours_to_review,
            **self.of_model,
        }

    @answered
    def forget_before(self, basis: Basis, oldest: date) -> None:
        """Delete the days before the oldest one that is kept, with their notes."""
        if self.days.delete_many({"_id": ids_before(basis, oldest)}).deleted_count:
            self._state.tell_change()
        self.changes.forget_before(basis, oldest)

    @answered
    def forget_after(self, basis: Basis, last: date) -> None:
        """Delete the days in the future, which were counted by a clock that was ahead."""
        if self.days.delete_many({"_id": ids_after(basis, last)}).deleted_count:
            self._state.tell_change()

    @answered
    def invalidate(self) -> None:
        """Mark every day to be counted and stored again."""
        if self.days.update_many({}, {"$set": {"made_from": None, "digest": None}}).matched_count:
            self._state.tell_change()


def _own_notation(settings: Settings) -> tuple[str, ...]:
    """Return the notation, unless it is the default, so that installations with the default keep their stored days."""
    return () if settings.notation == Notation(settings.zone) else (repr(settings.notation),)


def _own_count(settings: Settings) -> tuple[str, ...]:
    """Return the setting that selects which documents count, unless all do."""
    return ("count_files_once",) if settings.count_files_once else ()


# ---- a stored day


def packed(table: NDArray[Any], stored: np.dtype[Any] = STORED) -> bytes:
    """Compress a table, column by column, as little-endian numbers, by zlib: 43 kB of a busy day become 4."""
    return zlib.compress(table.T.astype(stored).tobytes())


def unpacked(data: bytes, width: int) -> Ints:
    """Decompress a table with `width` columns."""
    return as_stored(data, width).astype(np.int64)


def as_stored(data: bytes, width: int, of: np.dtype[Any] = STORED) -> Ints:
    """Decompress a table as 32-bit integers, in half the memory; arithmetic on its columns may overflow."""
    stored: Any = np.frombuffer(zlib.decompress(data), of)
    return cast(Ints, stored.reshape(width, -1).T)


NO_ROWS = packed(np.empty((0, 1), int))


def counts_of(stored: Document, table: Callable[[bytes, int], Ints] = unpacked) -> DayCounts:
    """Parse a stored day's counts; confidences and delays are empty if their tables were not read."""
    values: dict[str, Any] = {name: stored[name] for name in NUMBERS}
    values |= {name: table(stored.get(name, NO_ROWS), width) for name, width in TABLES.items()}
    values["classes"] = stored.get("classes", 0)
    values["intervals"] = _intervals(stored["scores"])
    values["scenes"] = as_stored(stored["scenes"], SCENE_COLUMNS, STORED_SUMS) if "scenes" in stored else NO_SCENES
    if stored.get("format", BEFORE_RESULTS) == BEFORE_RESULTS:
        values["confidence"] = with_results(values["confidence"])
    return DayCounts(**values)


def with_results(confidence: Ints) -> Ints:
    """Return rows with results in place of the outcomes of an earlier format; what is wrong is MISTAKEN.

    >>> rows = with_results(np.array([[7, 0, 99, 1], [7, 1, 99, 5], [7, 2, 99, 3]]))
    >>> rows[:, 1].tolist() == [MISTAKEN, 7, NOT_REVIEWED]
    True
    """
    rows = confidence.copy()
    rows[:, 1] = np.choose(confidence[:, 1], [np.full(len(rows), MISTAKEN), confidence[:, 0], NOT_REVIEWED])
    return rows


def _intervals(scores: Document) -> Intervals:
    return {name: np.array(score[1:], float) for name, score in scores.items()}
