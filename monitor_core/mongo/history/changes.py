"""The days that may have changed since they were counted: notes of them, and what recent documents tell of days.

The logger's look reads the recent documents and leaves what it saw, day by day (`State.last_look`). A day of which the
next look sees the same has not changed; all others are noted, and counted again.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from pymongo import DeleteOne, UpdateOne

from monitor_core.contract.bases import Basis, BasisDay
from monitor_core.contract.calendar import FIRST_DAY, Period, local_day
from monitor_core.mongo.connection import Document, Ours, answered, of_model
from monitor_core.scores.counts import RecentChange
from monitor_core.settings.settings import Settings


class Changes:
    """The collection monitor_history_due."""

    def __init__(self, settings: Settings, ours: Ours) -> None:
        self.settings = settings
        self.of_model = of_model(settings)
        self.due = ours["monitor_history_due"]

    @answered
    def note(self, days: Iterable[BasisDay]) -> None:
        """Let these days be counted again; to be noted before whatever changes them is called done."""
        token = uuid4().hex  # a day noted again while it is counted is counted once more
        countable = {day for day in days if day[1] >= FIRST_DAY}
        notes = [
            UpdateOne({"_id": id_of(day)}, {"$set": {"token": token} | self.of_model}, upsert=True) for day in countable
        ]
        if notes:
            self.due.bulk_write(notes, ordered=False)

    @answered
    def noted(self, basis: Basis | None = None, period: Period | None = None) -> dict[BasisDay, str]:
        """Return the noted days, all or those of a basis and period, each with the token of its last note."""
        query: Document = {"_id": within(basis, period)} if basis and period else {}
        return {day_of_id(note["_id"]): note["token"] for note in self.due.find(query)}

    @answered
    def settle(self, noted: dict[BasisDay, str]) -> None:
        """Take away the notes of days that were counted, but for those made again meanwhile."""
        if noted:
            self.due.bulk_write([DeleteOne({"_id": id_of(day), "token": token}) for day, token in noted.items()])

    @answered
    def forget_before(self, basis: Basis, oldest: date) -> None:
        """Take away the notes of days before the oldest one that is kept."""
        self.due.delete_many({"_id": ids_before(basis, oldest)})

    @answered
    def number_noted(self) -> int:
        """Count the noted days."""
        return self.due.count_documents({})


# ---- what documents of late tell of days


def days_of(change: RecentChange, zone: ZoneInfo) -> Iterator[BasisDay]:
    """Yield the days whose counts a touched document may have changed."""
    predicted, validated = _local_days(change.predicted, zone), _local_days(change.validated, zone)
    yield from (("predicted", day) for day in predicted)
    yield from (("validated", day) for day in validated)
    if change.again and validated:
        since = min(predicted) if predicted else validated[0]
        yield from (("validated", since + timedelta(n)) for n in range((validated[0] - since).days))


def traces(changes: Iterable[RecentChange], zone: ZoneInfo) -> dict[str, str]:
    """Digest, day by day, what was there before the last look, among the documents of late; by the stored day's id."""
    by_day: dict[str, list[str]] = {}
    for change in changes:
        for day in () if change.later else days_of(change, zone):
            by_day.setdefault(id_of(day), []).append(repr(change.evidence))
    return {name: digest_of(of_day) for name, of_day in by_day.items()}


def changed_since(then: dict[str, str], changes: list[RecentChange], zone: ZoneInfo) -> dict[BasisDay, str]:
    """Return the days that a document touched since a look, not those where all is as it was `then`.

    And a digest of what tells so: another change if change more document of the day comes, goes or changes.
    """
    now = traces(changes, zone)
    differ = (name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    changed = {day_of_id(name): [now.get(name, "")] for name in differ}
    for change in changes:
        for day in days_of(change, zone) if change.later else ():
            changed.setdefault(day, [now.get(id_of(day), "")]).append(repr(change.evidence))
    return {day: digest_of(of_day) for day, of_day in changed.items()}


def digest_of(texts: list[str]) -> str:
    """Return the same for the same texts in whatever order."""
    return hashlib.sha256(repr(sorted(texts)).encode()).hexdigest()[:16]


def _local_days(hour: datetime | None, zone: ZoneInfo) -> list[date]:
    """Return the local days that an hour may belong to; one more beside, for text without an offset."""
    beside = timedelta(hours=1)
    ends = (hour - beside, hour + 2 * beside) if hour else ()
    return sorted({local_day(end, zone) for end in ends})


# ---- a stored day's id


def id_of(day: BasisDay) -> str:
    """Return the id that a day has in our collections: in the order of days, within a basis."""
    return f"{day[0]}/{day[1].isoformat()}"


def day_of_id(name: str) -> BasisDay:
    """Return the day that has this id."""
    basis, day = name.split("/")
    return ("validated" if basis == "validated" else "predicted"), date.fromisoformat(day)


def within(basis: Basis, period: Period) -> dict[str, Any]:
    """Find the ids of a period's days."""
    return {"$gte": id_of((basis, period.first)), "$lte": id_of((basis, period.last))}


def ids_after(basis: Basis, day: date) -> dict[str, Any]:
    """Find the ids of the days after this one."""
    return {"$gt": id_of((basis, day)), "$lt": f"{basis}/:"}  # a colon comes after all digits


def ids_before(basis: Basis, day: date) -> dict[str, Any]:
    """Find the ids of the days before this one."""
    return {"$gte": f"{basis}/", "$lt": id_of((basis, day))}
