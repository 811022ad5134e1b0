"""The stored days: the counts of each local day, by each basis."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from monitor_core.contract.bases import Basis, BasisDay
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import Notation
from monitor_core.mongo.connection import DUPLICATE, Document, answered
from monitor_core.mongo.history.changes import Changes, day_of_id, id_of, ids_after, ids_before, within
from monitor_core.mongo.history.sealing import PRESERVED, LossyDay, has_lost, lossy, sealed_before, stays
from monitor_core.mongo.history.tables import BEFORE_RESULTS, FORMAT, TABLES, by_target, counts_of, packed, rarer
from monitor_core.mongo.models import Ours, of_model
from monitor_core.mongo.state import State
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NOT_REVIEWED, NUMBERS, DayCounts
from monitor_core.settings.settings import Settings

HEAD = dict.fromkeys(
    ("digest", "scores", "documents", "made_from", "counted_for", "preserved", "lost", "imported_at"), 1
)
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
        return _fingerprint(FORMAT, s.collection, s.time_zone, s.fields.model_dump_json(), *_own(s))

    @property
    def counted_for(self) -> str:
        """Return a fingerprint of what a stored day means, whatever its format and tables."""
        s = self.settings
        return _fingerprint("meaning", s.collection, s.time_zone, s.fields.model_dump_json(exclude={"scene"}), *_own(s))

    @property
    def made_before(self) -> tuple[str, ...]:
        """Return `made_from` as days of the format BEFORE_RESULTS may have it, which have no `counted_for`.

        Those of early versions do not depend on the names of classes, which documents could not hold then.
        """
        s, fields = self.settings, self.settings.fields.model_dump_json(exclude={"scene"})
        own = [_own(s)] + [_own_count(s)] * (replace(s.notation, classes={}) == Notation(s.zone))
        return tuple(_fingerprint(BEFORE_RESULTS, s.collection, s.time_zone, fields, *settings) for settings in own)

    @answered
    def create_indexes(self) -> None:
        """Create the indexes of the queries below."""
        self.days.create_index("checked_at")  # the days to count again, longest unseen first
        # Which days are stored, and which of them have reviews: without their tables, which are large.
        self.days.create_index([(name, 1) for name in ("made_from", "basis", "reviewed", "day", "reviews_digest")])
        self.days.create_index([(name, 1) for name in ("basis", "made_from", "day", "digest")])  # see `digests`
        for name in ("preserved", "lost"):  # the few days that documents are missing from
            self.days.create_index(f"{name}.at", sparse=True)

    # ---- reading

    @answered
    def read(self, basis: Basis, period: Period) -> dict[date, DayCounts]:
        """Return the stored days of the period that were counted under the present settings."""
        stored = self.documents({"_id": within(basis, period)})
        return {date.fromisoformat(document["day"]): counts_of(document) for document in stored}

    @answered
    def by_target(self, basis: Basis, period: Period) -> dict[date, Ints]:
        """Return the samples of each stored day by target, as `tables.by_target`, without reading its other tables."""
        stored = self.documents({"_id": within(basis, period)}, {"day": 1, "cells": 1})
        return {date.fromisoformat(document["day"]): by_target(document) for document in stored}

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
    def outdated(self) -> set[BasisDay]:
        """Return the days that were counted under other settings, or in an earlier format, and not again since."""
        query = {"made_from": {"$ne": self.made_from}, "preserved.made_for": {"$ne": self.made_from}}
        return {day_of_id(document["_id"]) for document in self.days.find(query, {"_id": 1})}

    @answered
    def preserved(self, basis: Basis | None = None, period: Period | None = None) -> list[LossyDay]:
        """Return the sealed days whose documents are gone: all, or those of a basis, or of its period."""
        query: Document = {"made_from": self.made_from, "preserved.at": {"$exists": True}}
        query |= {"basis": basis} if basis else {}
        query |= {"_id": within(basis, period)} if basis and period else {}
        return lossy(self.days.find(query, PRESERVED), "preserved")

    @answered
    def lost(self, basis: Basis, period: Period) -> list[LossyDay]:
        """Return the days of a period that have lost most of their documents at once."""
        query: Document = {"lost.at": {"$exists": True}, "_id": within(basis, period)}
        return lossy(self.days.find(query, {"documents": 1, "lost": 1}), "lost")

    @answered
    def drop_preserved(self) -> int:
        """Delete the sealed days whose documents are gone, under any settings; return how many."""
        dropped = self.days.delete_many({"preserved.at": {"$exists": True}}).deleted_count
        if dropped:
            self._state.tell_change()
        return dropped

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
    def store(
        self, basis: Basis, days: Iterable[DayToStore], counted_at: datetime, moved: Mapping[date, int] = {}
    ) -> int:
        """Replace days that differ from the stored ones, and mark the others as checked; return the number replaced.

        Sealed days with fewer documents than before keep their figures; `moved` as in `sealing.stays`.
        """
        documents = {id_of((basis, day.day)): self._document(basis, day, counted_at) for day in days}
        stored = list(self.days.find({"_id": {"$in": list(documents)}}, HEAD))
        preserved = [day for day in stored if self._stays(day, documents[day["_id"]], counted_at, moved)]
        self._preserve({day["_id"]: (day, documents.pop(day["_id"])["documents"]) for day in preserved}, counted_at)
        _note_losses(stored, documents, counted_at)
        digests = {day["_id"]: day["digest"] for day in stored}
        again = {day["_id"] for day in stored if "preserved" in day}  # their documents are back
        differ = [day for name, day in documents.items() if digests.get(name) != day["digest"] or name in again]
        same = [name for name in documents if name not in {day["_id"] for day in differ}]
        self._replace(differ, counted_at)
        checked: Document = {"$set": {"checked_at": counted_at}, "$unset": {"imported_at": 1}}
        self.days.update_many({"_id": {"$in": same}}, checked)
        self._add_scores(documents, [day for day in stored if day["_id"] in same])
        return len(differ)

    def _stays(self, stored: Document, counted: Document, at: datetime, moved: Mapping[date, int]) -> bool:
        _, day = day_of_id(stored["_id"])
        before = sealed_before(at, self.settings)
        return stays(stored, counted["documents"], before, moved.get(day, 0), self._means_the_same(stored))

    def _means_the_same(self, stored: Document) -> bool:
        return self.counted_for == stored.get("counted_for") or stored["made_from"] in self.made_before

    def _preserve(self, days: dict[str, tuple[Document, int]], counted_at: datetime) -> None:
        """Mark the days as preserved, with what is left of their documents; those of other settings stay hidden."""
        writes, new = [], False
        for name, (stored, left) in days.items():
            since = stored.get("preserved", {}).get("at", counted_at)
            preserved = {"documents": left, "at": since, "made_for": self.made_from}
            values: Document = {"preserved": preserved, "checked_at": counted_at}
            values["digest"] = stored["digest"] or f"preserved {name}"
            if has_lost(stored, left) and "lost" not in stored:
                values["lost"] = {"of": stored["documents"], "documents": left, "at": counted_at}
            if self._means_the_same(stored):
                values |= {"made_from": self.made_from, "counted_for": self.counted_for}
            new |= stored.get("preserved") != preserved
            writes.append(UpdateOne({"_id": name}, {"$set": values}))
        if writes:
            self.days.bulk_write(writes, ordered=False)
        if new:
            self._state.tell_change()

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
        content += "".join(repr(table.tolist()) for table in (counts.scenes, counts.audit) if len(table))
        content += stored.all_documents
        reviews = counts.confidence[counts.confidence[:, 1] != NOT_REVIEWED]
        return {
            "_id": id_of((basis, stored.day)),
            "basis": basis,
            "day": stored.day.isoformat(),
            "made_from": made_from,
            "format": FORMAT,
            "counted_for": self.counted_for,
            "computed_at": counted_at,
            "checked_at": counted_at,
            "digest": hashlib.sha256(content.encode()).hexdigest(),
            "reviews_digest": hashlib.sha256(repr((counts.cells.tolist(), reviews.tolist())).encode()).hexdigest(),
            "reviewed": counts.reviewed,
            "rejected": counts.rejected,
            **numbers,
            **({"classes": counts.classes} if counts.classes else {}),
            **{name: packed(table) for name, table in tables.items()},
            **rarer(counts),
            "scores": stored.scores,
            "hours_to_review": stored.hours_to_review,
            **self.of_model,
        }

    @answered
    def forget_before(self, basis: Basis, oldest: date) -> None:
        """Delete the days before the oldest one that is preserved, with their notes."""
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
        self.days.update_many({"made_from": {"$in": self.made_before}}, {"$set": {"counted_for": self.counted_for}})
        unknown = {"$set": {"made_from": None, "digest": None}, "$unset": {"preserved.made_for": 1}}
        if self.days.update_many({}, unknown).matched_count:
            self._state.tell_change()


def _fingerprint(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _note_losses(stored: list[Document], documents: dict[str, Document], counted_at: datetime) -> None:
    """Note in the days which of them have lost most of their documents, as long as these do not come back."""
    for day in stored:
        if (counted := documents.get(day["_id"])) is None:
            continue
        before = day.get("lost")
        if before and 2 * counted["documents"] < before["of"]:
            counted["lost"] = before | {"documents": counted["documents"]}
        elif not before and has_lost(day, counted["documents"]):
            counted["lost"] = {"of": day["documents"], "documents": counted["documents"], "at": counted_at}


def _own(settings: Settings) -> tuple[str, ...]:
    return *_own_notation(settings), *_own_count(settings)


def _own_notation(settings: Settings) -> tuple[str, ...]:
    """Return the notation, unless it is the default, so that installations with the default keep their stored days."""
    return () if settings.notation == Notation(settings.zone) else (repr(settings.notation),)


def _own_count(settings: Settings) -> tuple[str, ...]:
    """Return the setting that selects which documents count, unless all do."""
    return ("count_files_once",) if settings.count_files_once else ()
