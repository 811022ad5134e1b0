"""Files seen on an earlier day: images that were uploaded again, or predictions that were run again.

Looking up each file would take an index on file names and a query for each. Instead, the logger stores the digests of
each day's file names, 8 bytes each, and compares them with those of the days before.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from pymongo import ReplaceOne

from monitor_core.contract.calendar import ONE_DAY, Period
from monitor_core.mongo.connection import answered
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

BEFORE = timedelta(days=30)
MOST = 1_500_000  # files of a day whose digests are kept: a document of MongoDB holds 16 MB
Digests = NDArray[np.uint64]


def digest(name: str) -> bytes:
    """Return the eight-byte digest of a file name."""
    return blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest()


class SeenFiles:
    """The collection monitor_files: one document for each prediction day."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.days = store.ours["monitor_files"]
        self.made_from = store.history.made_from

    @answered
    def read(self, period: Period) -> dict[date, Digests]:
        """Return the stored digests of the period's days, each sorted and without repetitions."""
        ids = {"$gte": period.first.isoformat(), "$lte": period.last.isoformat()}
        stored = self.days.find({"_id": ids, "made_from": self.made_from})
        return {date.fromisoformat(day["_id"]): np.frombuffer(day["digests"], np.uint64) for day in stored}

    @answered
    def missing(self, days: Iterable[date]) -> list[date]:
        """Return those of the days without stored digests, in order."""
        names = {day.isoformat(): day for day in days}
        query = {"_id": {"$in": list(names)}, "made_from": self.made_from}
        stored_ids = {stored["_id"] for stored in self.days.find(query, {"_id": 1})}
        return sorted(day for name, day in names.items() if name not in stored_ids)

    @answered
    def keep(self, days: Mapping[date, Digests]) -> None:
        """Replace the stored digests of these days."""
        new = [
            {"_id": day.isoformat(), "made_from": self.made_from, "digests": np.unique(digests)[:MOST].tobytes()}
            | self.of_model
            for day, digests in days.items()
        ]
        if new:
            self.days.bulk_write(
                [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in new], ordered=False
            )

    @answered
    def delete_others(self, days: Iterable[date]) -> None:
        """Delete the stored digests of all days but these."""
        self.days.delete_many({"_id": {"$nin": [day.isoformat() for day in days]}})


def days_before(days: Iterable[date]) -> set[date]:
    """Return the days that any of these days is compared with."""
    return {day - n * ONE_DAY for day in days for n in range(1, BEFORE.days + 1)}


def days_after(day: date) -> set[date]:
    """Return the days that are compared with this one."""
    return {day + n * ONE_DAY for n in range(1, BEFORE.days + 1)}


def seen_before(day: date, digests: Digests, by_day: Mapping[date, Digests]) -> Digests:
    """Return those of a day's digests, one for each document, that occur on an earlier day; `by_day` is sorted."""
    again = np.zeros(len(digests), bool)
    for before in days_before([day]) & by_day.keys():
        again |= _are_in(by_day[before], digests)
    return digests[again]


def shared(day: date, digests: Digests, by_day: Mapping[date, Digests]) -> Digests:
    """Return those of a day's digests, one for each document, that occur twice or within 30 days before or after it."""
    own, times = np.unique(digests, return_counts=True)
    again = times > 1
    for other in (days_before([day]) | days_after(day)) & by_day.keys():
        again |= _are_in(by_day[other], own)
    return own[again]


def _are_in(ascending: Digests, digests: Digests) -> NDArray[np.bool_]:
    """Return which digests are in the ascending array; ten times as fast as `np.isin`, which sorts both again."""
    if not len(ascending):
        return np.zeros(len(digests), bool)
    places = np.searchsorted(ascending, digests)
    return np.asarray(ascending[np.minimum(places, len(ascending) - 1)] == digests)


def last_seen(of_file: np.uint64, day: date, by_day: Mapping[date, Digests]) -> date:
    """Return the last day before this one on which the file occurs."""
    return max(before for before in days_before([day]) if before in by_day and of_file in by_day[before])
