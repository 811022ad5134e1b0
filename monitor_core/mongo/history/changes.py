"""The days that may have changed since they were counted: stored notes of them, and their detection.

In each run the logger checks the recent documents and stores a digest of them for each day (`State.last_look`). A day
with the same digest in the next check has not changed; all others are noted, and counted again.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from pymongo import DeleteOne, UpdateOne

from monitor_core.contract.bases import Basis, BasisDay
from monitor_core.contract.calendar import FIRST_DAY, Period, local_day
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.models import Ours, of_model
from monitor_core.scores.counts import RecentChange
from monitor_core.settings.settings import Settings


class Changes:
    """The collection monitor_history_due."""

    def __init__(self, settings: Settings, ours: Ours) -> None:
        self.settings = settings
        self.of_model = of_model(settings)
        self.due = ours["monitor_history_due"]

    @answered
    def note(self, days: Iterable[BasisDay], moved: Mapping[BasisDay, int] = {}, further: bool = True) -> None:
        """Note days that are to be counted again; to be called before the change itself is completed.

        `moved`: how many reviews may have left each day because they were entered again with a new date; `further`:
        besides those of earlier notes, else they may be the same ones.
        """
        token = uuid4().hex  # a day noted again while it is counted is counted once more
        operator = "$inc" if further else "$max"
        countable = {day for day in days if day[1] >= FIRST_DAY}
        notes = [
            UpdateOne(
                {"_id": id_of(day)},
                {"$set": {"token": token} | self.of_model, operator: {"moved": moved.get(day, 0)}},
                upsert=True,
            )
            for day in countable
        ]
        if notes:
            self.due.bulk_write(notes, ordered=False)

    @answered
    def noted(self, basis: Basis | None = None, period: Period | None = None) -> dict[BasisDay, str]:
        """Return the noted days, optionally of one basis and period, each with the token of its last note."""
        query: Document = {"_id": within(basis, period)} if basis and period else {}
        return {day_of_id(note["_id"]): note["token"] for note in self.due.find(query)}

    @answered
    def moved(self, basis: Basis, period: Period) -> dict[date, int]:
        """Return how many reviews may have left each of the noted days."""
        notes = self.due.find({"_id": within(basis, period), "moved": {"$gt": 0}})
        return {day_of_id(note["_id"])[1]: note["moved"] for note in notes}

    @answered
    def settle(self, noted: dict[BasisDay, str]) -> None:
        """Delete the notes of days that were counted, except those renewed in the meantime."""
        if noted:
            self.due.bulk_write([DeleteOne({"_id": id_of(day), "token": token}) for day, token in noted.items()])

    @answered
    def forget_before(self, basis: Basis, oldest: date) -> None:
        """Delete the notes of days before the oldest one that is kept."""
        self.due.delete_many({"_id": ids_before(basis, oldest)})

    @answered
    def number_noted(self) -> int:
        """Count the noted days."""
        return self.due.count_documents({})


# ---- which days recent documents may have changed


def days_of(change: RecentChange, zone: ZoneInfo) -> Iterator[BasisDay]:
    """Yield the days whose counts a changed document may affect."""
    predicted, validated = _local_days(change.predicted, zone), _local_days(change.validated, zone)
    yield from (("predicted", day) for day in predicted)
    yield from (("validated", day) for day in validated)
    if change.again and validated:
        since = min(predicted) if predicted else validated[0]
        yield from (("validated", since + timedelta(n)) for n in range((validated[0] - since).days))


def traces(changes: Iterable[RecentChange], zone: ZoneInfo) -> dict[str, str]:
    """Return a digest, for each stored day's id, of the recent documents that existed before the last check."""
    by_day: dict[str, list[str]] = {}
    for change in changes:
        for day in () if change.later else days_of(change, zone):
            by_day.setdefault(id_of(day), []).append(repr(change.evidence))
    return {name: digest_of(of_day) for name, of_day in by_day.items()}


def changed_since(then: dict[str, str], changes: list[RecentChange], zone: ZoneInfo) -> dict[BasisDay, str]:
    """Return the days that changed since a check whose digests were `then`.

    Each day comes with a digest of the change, which differs if further documents of the day are added, removed or
    changed.
    """
    now = traces(changes, zone)
    differ = (name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    changed = {day_of_id(name): [now.get(name, "")] for name in differ}
    for change in changes:
        for day in days_of(change, zone) if change.later else ():
            changed.setdefault(day, [now.get(id_of(day), "")]).append(repr(change.evidence))
    return {day: digest_of(of_day) for day, of_day in changed.items()}


def digest_of(texts: list[str]) -> str:
    """Return a digest of the texts that does not depend on their order."""
    return hashlib.sha256(repr(sorted(texts)).encode()).hexdigest()[:16]


def _local_days(hour: datetime | None, zone: ZoneInfo) -> list[date]:
    """Return the local days that an hour may belong to, with a margin of an hour for texts without an offset."""
    beside = timedelta(hours=1)
    ends = (hour - beside, hour + 2 * beside) if hour else ()
    return sorted({local_day(end, zone) for end in ends})


# ---- a stored day's id


def id_of(day: BasisDay) -> str:
    """Return the id of a day in the monitor's collections; within a basis, ids sort like days."""
    return f"{day[0]}/{day[1].isoformat()}"


def day_of_id(name: str) -> BasisDay:
    """Return the day that has this id."""
    basis, day = name.split("/")
    return ("validated" if basis == "validated" else "predicted"), date.fromisoformat(day)


def within(basis: Basis, period: Period) -> dict[str, Any]:
    """Return the query condition for the ids of a period's days."""
    return {"$gte": id_of((basis, period.first)), "$lte": id_of((basis, period.last))}


def ids_after(basis: Basis, day: date) -> dict[str, Any]:
    """Return the query condition for the ids of the days after this one."""
    return {"$gt": id_of((basis, day)), "$lt": f"{basis}/:"}  # a colon comes after all digits


def ids_before(basis: Basis, day: date) -> dict[str, Any]:
    """Return the query condition for the ids of the days before this one."""
    return {"$gte": f"{basis}/", "$lt": id_of((basis, day))}
