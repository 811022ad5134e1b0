"""What is odd about each prediction day's documents, kept in the database by the worker.

A page cannot read every document, and what an index does not hold (types, field names, file names) takes reading them.
So the worker looks at a day when the performance history has counted it anew, and keeps what it found: a page then
reads one small record a day, however many documents there are. What leaves no trace in the history, such as a new field
in old documents, is found when the day is looked at again after RECHECK.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta

from monitor_core.contract.calendar import Period
from monitor_core.contract.problems import DayQuality, Example, FieldUse
from monitor_core.logger.history import History
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.history import made_from
from monitor_core.mongo.problems import Oddities
from monitor_core.mongo.store import Store

FORMAT = 1  # of a record; another one makes all anew
PAUSE = timedelta(minutes=15)  # looking at a day costs reading its documents, and days change all the time
RECHECK = timedelta(days=7)
UNDATED = "undated"  # instead of a day


class QualityDays:
    """The collection monitor_quality: one record a prediction day, and one for the documents without one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.oddities = Oddities(store)
        self.records = store.database["monitor_quality"]
        names = sorted(self.settings.class_names.items())
        self.made_from = hashlib.sha256(repr((FORMAT, made_from(self.settings), names)).encode()).hexdigest()[:16]

    # ---- the worker

    def refresh(self, goes_on: Callable[[], bool] = lambda: True, seconds: float | None = None) -> int:
        """Look at the days that changed, the newest first; how many. `seconds`: begin nothing new after them."""
        began, looked = time.monotonic(), 0
        for name, digest in self._due():
            if not goes_on() or (seconds is not None and time.monotonic() - began >= seconds):
                break
            self._look(name, digest)
            looked += 1
        return looked

    @answered
    def _due(self) -> list[tuple[str, str]]:
        """Names of records, with the digests of their days: without a record first, then changed, then long unseen."""
        now = self.store.now()
        wanted = {UNDATED: ""} | {day.isoformat(): digest for day, digest in History(self.store).digests().items()}
        kept = {one["_id"]: one for one in self.records.find({}, {"digest": 1, "made_at": 1, "made_from": 1})}
        self.records.delete_many({"_id": {"$in": [name for name in kept if name not in wanted]}})
        missing, changed, unseen = [], [], []
        for name, digest in sorted(wanted.items(), reverse=True):
            one = kept.get(name)
            if one is None or one["made_from"] != self.made_from:
                missing.append(name)
            elif now - one["made_at"] >= PAUSE and (name == UNDATED or one["digest"] != digest):
                changed.append(name)
            elif now - one["made_at"] >= RECHECK:
                unseen.append(name)
        return [(name, wanted[name]) for name in [*missing, *changed, *unseen]]

    @answered
    def _look(self, name: str, digest: str) -> None:
        made_at = self.store.now()
        if name == UNDATED:
            found = self.oddities.undated()
        else:
            day = date.fromisoformat(name)
            (found,) = self.oddities.days(Period(day, day))
        record = _record(found) | {"digest": digest, "made_at": made_at, "made_from": self.made_from}
        self.records.replace_one({"_id": name}, record, upsert=True)

    # ---- reading

    @answered
    def read(self, period: Period) -> dict[date, tuple[DayQuality, datetime]]:
        """The period's days that were looked at, and when; their examples are read by `examples`."""
        asked = self._within(period) | {"made_from": self.made_from}
        found = self.records.find(asked, {"examples": 0})
        return {date.fromisoformat(one["_id"]): (_day_of(one), one["made_at"]) for one in found}

    @answered
    def examples(self, period: Period, kind: str, most: int) -> list[Example]:
        """The newest days' examples of a kind."""
        asked = self._within(period) | {"made_from": self.made_from, f"counts.{kind}": {"$gt": 0}}
        days = self.records.find(asked, {f"examples.{kind}": 1}).sort("_id", -1).limit(most)
        return [Example(**one) for day in days for one in day["examples"][kind]][:most]

    @answered
    def undated(self) -> tuple[DayQuality, datetime] | None:
        one = self.records.find_one({"_id": UNDATED, "made_from": self.made_from})
        return (_day_of(one), one["made_at"]) if one else None

    def _within(self, period: Period) -> Document:
        return {"_id": {"$gte": period.first.isoformat(), "$lte": period.last.isoformat()}}


def _record(found: DayQuality) -> Document:
    return {
        "counts": found.counts,
        "examples": {kind: [asdict(one) for one in some] for kind, some in found.examples.items()},
        "fields": [[use.name, use.reviewed, use.open] for use in found.fields],  # not as keys: they may have dots
        "cut": found.cut,
    }


def _day_of(record: Document) -> DayQuality:
    return DayQuality(
        None if record["_id"] == UNDATED else date.fromisoformat(record["_id"]),
        record["counts"],
        {kind: [Example(**one) for one in some] for kind, some in record.get("examples", {}).items()},
        [FieldUse(*use) for use in record["fields"]],
        record["cut"],
    )
