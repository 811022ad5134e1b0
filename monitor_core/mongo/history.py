"""What the history keeps of a local day, and which of its days are known to be as they were counted.

A day is known if nothing hints that a document of it changed since: no note of the worker's, no document with dates
or an id later than the worker's last look, nothing come or gone among those of the minutes before (a slow clock
writes old dates), and a count that is not older than TRUSTED x MONITOR_HISTORY_CHECK. A day that did change is
counted, and then known until its hints are others or the worker has looked anew. What leaves no hint shows late: a
review entered with an old date after the worker's next run, a class corrected without a new date or a deleted
document within the check; among the undated ones a new text that is no date, within two hours. Without a worker no
day is known for longer than that, and all are counted.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
from pymongo.database import Database

from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.live import Live
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NUMBERS, DayCounts, Intervals, Touched
from monitor_core.settings.settings import Settings

TRUSTED = 1.5  # the worker counts each day again within one time of the check; a record older than so many is none
TEXTS_KEPT = timedelta(hours=2)
TABLES = {"cells": 3, "confidence": 4, "delays": 2}  # and their columns
FORMAT = 4  # of a record; another one makes the history anew
MOST_RECENT = 124  # days that changed and were counted: two months, by both bases
STORED = np.dtype("<i4")  # of the tables in a record
Key = tuple[Basis, date]


def made_from(settings: Settings) -> str:
    """What a record depends on besides the documents."""
    s = settings
    parts = (FORMAT, s.collection, s.time_zone, s.fields.model_dump_json())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def record_id(key: Key) -> str:
    return f"{key[0]}/{key[1].isoformat()}"


def key_of(record_id: str) -> Key:
    basis, day = record_id.split("/")
    return ("validated" if basis == "validated" else "predicted"), date.fromisoformat(day)


def packed(table: Ints) -> bytes:
    """Column after column of little-endian 32-bit numbers, by zlib: of a busy day's 43 kB it makes 4."""
    return zlib.compress(table.T.astype(STORED).tobytes())


def unpacked(data: bytes, width: int) -> Ints:
    return as_stored(data, width).astype(np.int64)


def as_stored(data: bytes, width: int) -> Ints:
    """Half of the memory; what is reckoned with its columns may overflow."""
    stored: Any = np.frombuffer(zlib.decompress(data), STORED)
    return cast(Ints, stored.reshape(width, -1).T)


NO_ROWS = packed(np.empty((0, 1), int))


def counts_of(record: Document, table: Callable[[bytes, int], Ints] = unpacked) -> DayCounts:
    """Of a whole record, or of one without the tables on confidence and delay, which are then empty."""
    values: dict[str, Any] = {name: record[name] for name in NUMBERS}
    values |= {name: table(record.get(name, NO_ROWS), width) for name, width in TABLES.items()}
    values["intervals"] = _intervals(record["scores"])
    return DayCounts(**values)


def _intervals(scores: Document) -> Intervals:
    return {name: np.array(score[1:], float) for name, score in scores.items()}


def keys_of(touched: Touched, zone: ZoneInfo) -> Iterator[Key]:
    """The days whose counts a touched document may have changed."""
    predicted, validated = _days(touched.predicted, zone), _days(touched.validated, zone)
    yield from (("predicted", day) for day in predicted)
    yield from (("validated", day) for day in validated)
    if touched.again and validated:
        since = min(predicted) if predicted else validated[0]
        yield from (("validated", since + timedelta(n)) for n in range((validated[0] - since).days))


def traces(touched: Iterable[Touched], zone: ZoneInfo) -> dict[str, str]:
    """Record's id -> a digest of what was there of the day before the last look, among the documents of late."""
    found: dict[str, list[str]] = {}
    for one in touched:
        for key in () if one.later else keys_of(one, zone):
            found.setdefault(record_id(key), []).append(repr(one.trace))
    return {name: _digest(told) for name, told in found.items()}


def changed_since(looked: Document, touched: list[Touched], zone: ZoneInfo) -> dict[Key, str]:
    """The days that a document touched since the worker's look, not those where all is as it saw it then.

    And a digest of what tells so: another one if one more document of the day comes, goes or changes.
    """
    then, now = looked.get("traces", {}), traces(touched, zone)
    differ = (name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    changed = {key_of(name): [now.get(name, "")] for name in differ}
    for one in touched:
        for key in keys_of(one, zone) if one.later else ():
            changed.setdefault(key, [now.get(record_id(key), "")]).append(repr(one.trace))
    return {key: _digest(told) for key, told in changed.items()}


def _digest(told: list[str]) -> str:
    return hashlib.sha256(repr(sorted(told)).encode()).hexdigest()[:16]


def _days(hour: datetime | None, zone: ZoneInfo) -> list[date]:
    """The local days that an hour may belong to; one more beside, for text without an offset."""
    beside = timedelta(hours=1)
    ends = (hour - beside, hour + 2 * beside) if hour else ()
    return sorted({local_day(end, zone) for end in ends})


@dataclass(frozen=True)
class Known:
    """What is known of a period's days, without confidence and delays."""

    recorded: dict[date, DayCounts]  # as the worker counted them
    recent: dict[date, DayCounts]  # those that changed since, as they were counted after their last change
    changed: dict[date, str]  # those that changed and were not: a digest of what says so


@dataclass(frozen=True)
class Kept:
    """A record as it is held in memory."""

    counts: DayCounts  # without confidence and delays, which are large; its tables as stored
    digest: str
    checked_at: datetime


class Records:
    """The history's records as they are read: held in memory, and those that changed read again."""

    def __init__(self, settings: Settings, database: Database[Document], live: Live) -> None:
        self.settings = settings
        self._days = database["monitor_history"]
        self._due = database["monitor_history_due"]
        self._worker = database["monitor_worker"]
        self._live = live
        self._lock = Lock()
        self._held: dict[Basis, tuple[str | None, dict[date, Kept]]] = {}
        self._recent: dict[Key, tuple[str, DayCounts]] = {}

    def looked(self) -> Document:
        """What the worker left of its last look at the documents, and the database's time as `now`."""
        return next(self._worker.aggregate([{"$match": {"_id": "history"}}, {"$set": {"now": "$$NOW"}}]), {})

    def known(self, selection: Selection, looked: Document) -> Known:
        """The days of the selection's period that are known to be as they were counted.

        In this order: a worker notes a day before it tells of its look, and replaces the record, which is a new
        version, before it takes the note away. So what is not noted is newer than `looked`, or in the records.
        """
        if selection.where or "seen_at" not in looked or "version" not in looked:
            return Known({}, {}, {})
        basis, period, now = selection.basis, selection.period, looked["now"]
        oldest = now - TRUSTED * self.settings.history_check
        due = {key_of(one["_id"]): one["token"] for one in self._due.find({"_id": _within(basis, period)})}
        version = (self._worker.find_one({"_id": "history"}, {"version": 1}) or looked).get("version", "")
        held = self._hold(basis, version, oldest)
        touched = changed_since(looked, self._live.touched(looked["seen_at"], now), self.settings.zone)
        recorded, recent, changed = {}, {}, {}
        for day in period.days:
            key = basis, day
            if key in touched or key in due:
                why = _digest([str(looked["seen_at"]), due.get(key, ""), touched.get(key, "")])
                kept_for, counts = self._recent.get(key, ("", None))
                if counts is not None and kept_for == why and looked["seen_at"] > oldest:
                    recent[day] = counts
                else:
                    changed[day] = why
            elif day in held and held[day].checked_at > oldest:
                recorded[day] = held[day].counts
        return Known(recorded, recent, changed)

    def keep(self, basis: Basis, changed: dict[date, str], counted: dict[date, DayCounts]) -> None:
        """What the days that had changed came to; of the last ones."""
        with self._lock:
            for day, why in changed.items():
                self._recent.pop((basis, day), None)
                self._recent[basis, day] = why, counted[day]
            for key in list(self._recent)[:-MOST_RECENT]:
                del self._recent[key]

    def undated_texts(self, basis: Basis, looked: Document) -> int | None:
        """As the worker counted them within the hour or so; None if it did not."""
        fresh = "texts_at" in looked and looked["now"] - looked["texts_at"] < TEXTS_KEPT
        return int(looked["undated_texts"][basis]) if fresh else None

    @answered
    def read(self, basis: Basis, period: Period) -> dict[date, DayCounts]:
        """Return the period's days that have a record made under the present settings."""
        found = self._days.find({"_id": _within(basis, period), "made_from": made_from(self.settings)})
        return {date.fromisoformat(record["day"]): counts_of(record) for record in found}

    def whole(self, basis: Basis, days: list[date]) -> dict[date, DayCounts]:
        """These days with all their tables; those of them that have a record."""
        asked = {"_id": {"$in": [record_id((basis, day)) for day in days]}, "made_from": made_from(self.settings)}
        return {date.fromisoformat(found["day"]): counts_of(found) for found in self._days.find(asked)}

    def _hold(self, basis: Basis, version: str, oldest: datetime) -> dict[date, Kept]:
        """All days' records; what is held is looked through again once the version differs or a check is overdue."""
        with self._lock:
            held_version, held = self._held.get(basis, (None, {}))
            if version != held_version or any(kept.checked_at <= oldest for kept in held.values()):
                held = self._read_again(basis, held)
                self._held[basis] = (version, held)
            return held

    def _read_again(self, basis: Basis, held: dict[date, Kept]) -> dict[date, Kept]:
        asked: Document = {"basis": basis, "made_from": made_from(self.settings)}
        found = {
            date.fromisoformat(one["day"]): one
            for one in self._days.find(asked, {"_id": 0, "day": 1, "digest": 1, "checked_at": 1})
        }
        same = {day for day, one in found.items() if day in held and held[day].digest == one["digest"]}
        now_held = {day: Kept(held[day].counts, found[day]["digest"], found[day]["checked_at"]) for day in same}
        new: Document = {"_id": {"$in": [record_id((basis, day)) for day in found if day not in same]}}
        for one in self._days.find(asked | new, {"confidence": 0, "delays": 0}):
            now_held[date.fromisoformat(one["day"])] = Kept(counts_of(one, as_stored), one["digest"], one["checked_at"])
        return now_held


def _within(basis: Basis, period: Period) -> dict[str, Any]:
    return {"$gte": record_id((basis, period.first)), "$lte": record_id((basis, period.last))}
