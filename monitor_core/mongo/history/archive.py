"""Everything that is stored of each day, as values that can be written to files and stored again from them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError

from monitor_core.contract.bases import BASES, Basis, BasisDay
from monitor_core.contract.calendar import END_DAY, FIRST_DAY, ONE_DAY, Period
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.connection import DUPLICATE, Document, answered, answering
from monitor_core.mongo.history.changes import Changes, id_of
from monitor_core.mongo.history.days import History, Score
from monitor_core.mongo.history.profiles import Profiles
from monitor_core.mongo.history.tables import (
    BEFORE_RESULTS,
    STORED_SUMS,
    TABLES,
    counts_of,
    packed,
    with_outcomes,
)
from monitor_core.mongo.state import State
from monitor_core.scores.counts import NUMBERS, DayCounts
from monitor_core.settings.settings import Settings

HEADS = (*NUMBERS, "reviewed", "rejected")  # the numbers of a day, by which people read it
PLACES = {  # how a day was stored, by where the stored document has it
    "format": "format",
    "made_from": "made_from",
    "counted_for": "counted_for",
    "computed_at": "computed_at",
    "checked_at": "checked_at",
    "digest": "digest",
    "reviews_digest": "reviews_digest",
    "sealed_documents": "preserved.documents",
    "sealed_at": "preserved.at",
    "sealed_for": "preserved.made_for",
    "lost_of": "lost.of",
    "lost_documents": "lost.documents",
    "lost_at": "lost.at",
}
ALWAYS_THERE = ("made_from", "digest")  # null in a day that is to be counted again
AT_ONCE = 20  # days in memory
MEANWHILE = "A logger has stored some of these days meanwhile; run this again."


@dataclass(frozen=True)
class ArchivedDay:
    """A stored day; results in its confidences as in the present format, whatever format it is stored in."""

    basis: Basis
    day: date
    counts: DayCounts
    scores: dict[str, Score]
    hours_to_review: dict[str, float | None]  # by quantile
    heads: dict[str, int]  # by HEADS
    origin: dict[str, Any]  # by PLACES; None if not stored
    moved: int | None = None  # of a day that is to be counted again: reviews that may have left it

    @property
    def key(self) -> BasisDay:
        return self.basis, self.day

    @property
    def tables(self) -> dict[str, NDArray[Any]]:
        """Return the tables of the day by name, the sums by scene among them."""
        return {name: getattr(self.counts, name) for name in (*TABLES, "scenes")}

    @property
    def figures(self) -> str:
        """Return a digest of the counts, the same for the same counts."""
        digest = hashlib.sha256(repr((sorted(self.heads.items()), self.counts.classes)).encode())
        for name, table in self.tables.items():
            digest.update(f"{name} {table.shape}".encode())
            digest.update(np.ascontiguousarray(table, "<f8" if table.dtype.kind == "f" else "<i8").tobytes())
        return digest.hexdigest()

    @property
    def checksum(self) -> str:
        """Return a digest of everything that is stored."""
        by_name = [sorted(values.items()) for values in (self.scores, self.hours_to_review, self.origin)]
        content = repr((self.basis, self.day, self.figures, by_name, self.moved))
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True)
class ArchivedProfile:
    """A stored profile of a day, with its file and the digest of the reviews that it was made from."""

    day: date
    made_at: datetime
    rows: int
    digest: str | None
    is_json: bool
    data: bytes
    summary: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Restored:
    """The numbers of days and profiles that an import stored, and the days that are stored with other figures."""

    new: int = 0
    same: int = 0
    left_out: int = 0  # before the first or after the last day that the history keeps
    different: tuple[BasisDay, ...] = ()
    profiles: int = 0
    other_profiles: int = 0  # stored ones that stay as they are

    def __add__(self, other: "Restored") -> "Restored":
        return Restored(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


class Archive:
    """The stored days and profiles of a model as values."""

    def __init__(self, history: History, profiles: Profiles, state: State, changes: Changes) -> None:
        self.settings: Settings = history.settings
        self._history, self._profiles = history, profiles
        self._state, self._changes = state, changes

    @property
    def meaning(self) -> dict[str, Any]:
        """Return what stored days depend on besides the documents, by the name of each setting or group of them."""
        s = self.settings
        names = s.fields.model_dump(exclude={"scene"})
        return {
            "collection": s.collection,
            "time_zone": s.time_zone,
            **{f"fields.{name}": value for name, value in names.items()},
            "class_names": {str(label): name for label, name in sorted(s.class_names.items())},
            "count_files_once": s.count_files_once,
            "counted_for": self._history.counted_for,
        }

    # ---- reading

    def days(self) -> Iterator[ArchivedDay]:
        """Yield all stored days, in the order of their bases and days, counted under whatever settings."""
        ever = Period(FIRST_DAY, END_DAY - ONE_DAY)
        due = self._changes.noted()
        moved = {(basis, day): n for basis in BASES for day, n in self._changes.moved(basis, ever).items()}
        with answering(self.settings):
            for stored in self._history.days.find({}).sort("_id", 1).batch_size(AT_ONCE):
                day = _day_of(stored)
                yield _day_of(stored, moved.get(day.key, 0)) if day.key in due else day

    def every_profile(self) -> Iterator[ArchivedProfile]:
        """Yield all stored profiles, the earliest day first."""
        with answering(self.settings):
            for stored in self._profiles.profiles.find({}).sort("_id", 1).batch_size(AT_ONCE):
                yield _profile_of(stored)

    # ---- comparing and writing

    @answered
    def compare(self, days: Iterable[ArchivedDay], keeps: Period) -> Restored:
        """Return what `restore` would do; days outside of the period `keeps` are left out."""
        pieces = _in_pieces(days)
        return sum((_compared(piece, self._stored(piece), keeps) for piece in pieces), Restored())

    @answered
    def restore(self, days: Iterable[ArchivedDay], keeps: Period, at: datetime, replace: bool) -> Restored:
        """Store days; if `replace` says so, in place of the stored ones that have other figures; return what was done.

        Until they are counted again they are sealed, however young. Raise MonitorError if one has other figures that
        may not be replaced, or if a logger stores one of them at the same time.
        """
        return sum((self._restore(piece, keeps, at, replace) for piece in _in_pieces(days)), Restored())

    def _restore(self, days: list[ArchivedDay], keeps: Period, at: datetime, replace: bool) -> Restored:
        stored = self._stored(days)
        restored = _compared(days, stored, keeps)
        if restored.different and not replace:  # they were compared before
            raise MonitorError(MEANWHILE)
        new = [self._document(day, at) for day in days if day.key not in stored and _is_within(day, keeps)]
        others = [(stored[day.key], self._document(day, at)) for day in days if day.key in restored.different]
        self._note(days, {(document["basis"], _date(document)) for document in (*new, *(day for _, day in others))})
        self._write(new, others)
        return restored

    @answered
    def restore_profiles(self, profiles: Iterable[ArchivedProfile], keeps: Period, replace: bool) -> Restored:
        """Store profiles; one that is stored for its day already is only replaced if `replace` says so."""
        within = (profile for profile in profiles if keeps.first <= profile.day <= keeps.last)
        return sum((self._restore_profile(profile, replace) for profile in within), Restored())

    def _restore_profile(self, profile: ArchivedProfile, replace: bool) -> Restored:
        query = {"_id": profile.day.isoformat()}
        stored = self._profiles.profiles.find_one(query, {"data": 1})
        if stored and stored["data"] == profile.data:
            return Restored()
        if stored and not replace:
            return Restored(other_profiles=1)
        values = {name: value for name, value in vars(profile).items() if name != "day"}
        self._profiles.profiles.replace_one(query, values | self._profiles.of_model, upsert=True)
        return Restored(profiles=1)

    def _stored(self, days: Iterable[ArchivedDay]) -> dict[BasisDay, Document]:
        documents = self._history.days.find({"_id": {"$in": [id_of(day.key) for day in days]}})
        return {(document["basis"], _date(document)): document for document in documents}

    def _write(self, new: list[Document], others: list[tuple[Document, Document]]) -> None:
        """Insert new days and replace others, unless they have changed since they were read."""
        try:
            if new:
                self._history.days.insert_many(new, ordered=False)
        except BulkWriteError as failure:
            if all(error["code"] == DUPLICATE for error in (failure.details or {}).get("writeErrors", [])):
                raise MonitorError(MEANWHILE) from None
            raise
        same = ("_id", "digest", "computed_at")
        writes = [ReplaceOne({name: stored[name] for name in same}, document) for stored, document in others]
        if writes and self._history.days.bulk_write(writes, ordered=False).matched_count < len(writes):
            raise MonitorError(MEANWHILE)
        if new or others:
            self._state.tell_change()

    def _note(self, days: list[ArchivedDay], stored: set[BasisDay]) -> None:
        """Note that the days that are stored now are to be counted again; their documents may be there."""
        moved = {day.key: day.moved for day in days if day.moved and day.key in stored}
        self._changes.note(stored, moved, further=False)

    def _document(self, day: ArchivedDay, at: datetime) -> Document:
        confidence = day.counts.confidence
        is_before = (day.origin["format"] or BEFORE_RESULTS) <= BEFORE_RESULTS
        tables = day.tables | ({"confidence": with_outcomes(confidence)} if is_before else {})
        names = [name for name in TABLES if not (is_before and name == "hours")]
        document: Document = {"_id": id_of(day.key), "basis": day.basis, "day": day.day.isoformat()}
        document |= day.heads | ({"classes": day.counts.classes} if day.counts.classes else {})
        document |= {name: packed(tables[name]) for name in names}
        document |= {"scenes": packed(day.counts.scenes, STORED_SUMS)} if len(day.counts.scenes) else {}
        document |= {"scores": day.scores, "hours_to_review": day.hours_to_review, "imported_at": at}
        return document | _origin_in_places(day.origin) | self._history.of_model


def _in_pieces(days: Iterable[ArchivedDay]) -> Iterator[list[ArchivedDay]]:
    left = iter(days)
    while piece := list(islice(left, AT_ONCE)):
        yield piece


def _compared(days: list[ArchivedDay], stored: Mapping[BasisDay, Document], keeps: Period) -> Restored:
    within = [day for day in days if _is_within(day, keeps)]
    there = [day for day in within if day.key in stored]
    different = tuple(day.key for day in there if day.figures != _day_of(stored[day.key]).figures)
    return Restored(len(within) - len(there), len(there) - len(different), len(days) - len(within), different)


def _is_within(day: ArchivedDay, keeps: Period) -> bool:
    return keeps.first <= day.day <= keeps.last


def _day_of(stored: Document, moved: int | None = None) -> ArchivedDay:
    return ArchivedDay(
        stored["basis"],
        _date(stored),
        counts_of(stored),
        {name: [_plain(value) for value in score] for name, score in stored["scores"].items()},
        {name: _plain(value) for name, value in stored["hours_to_review"].items()},
        {name: int(stored[name]) for name in HEADS},
        {name: _at(stored, place) for name, place in PLACES.items()},
        moved,
    )


def _profile_of(stored: Document) -> ArchivedProfile:
    values = {name: stored[name] for name in ("made_at", "rows", "digest", "summary")}
    day = date.fromisoformat(stored["_id"])
    return ArchivedProfile(day, is_json=stored.get("is_json", False), data=bytes(stored["data"]), **values)


def _date(stored: Document) -> date:
    return date.fromisoformat(stored["day"])


def _plain(value: float | None) -> float | None:
    return None if value is None else float(value)


def _at(stored: Document, place: str) -> Any:
    """Return the value at a place of a document, such as `lost.of`; None if there is none."""
    outer, _, inner = place.partition(".")
    value = stored.get(outer, {}).get(inner) if inner else stored.get(outer)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _origin_in_places(origin: dict[str, Any]) -> Document:
    document: Document = {}
    for name, value in origin.items():
        outer, _, inner = PLACES[name].partition(".")
        if inner and value is not None:
            document.setdefault(outer, {})[inner] = value
        elif not inner and (value is not None or name in ALWAYS_THERE):
            document[outer] = value
    return document
