"""Each prediction day's quality problems when the logger last checked its documents."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pymongo import ReplaceOne

from monitor_core.contract.calendar import Period
from monitor_core.contract.problems import DayQuality, Example, FieldUse
from monitor_core.mongo.connection import OF_MODEL, Document, answered
from monitor_core.mongo.store import Store

FORMAT = 2  # of what is stored of a day; with another one all is made again
UNDATED = "undated"  # instead of a day


@dataclass(frozen=True)
class QualityVersion:
    """The counts that a day's quality belongs to, and when it was checked."""

    digest: str
    made_at: datetime


class StoredQuality:
    """The collection monitor_quality: one document a prediction day, and one for the documents without one."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.days = store.database["monitor_quality"]
        names = sorted(self.settings.class_names.items())
        origin = repr((FORMAT, store.history.made_from, names))
        self.made_from = hashlib.sha256(origin.encode()).hexdigest()[:16]

    # ---- reading

    @answered
    def read(self, period: Period) -> dict[date, tuple[DayQuality, datetime]]:
        """Return the period's checked days, and when they were; their examples are read by `examples`."""
        query = self._within(period) | {"made_from": self.made_from}
        documents = self.days.find(query, {"examples": 0})
        return {
            date.fromisoformat(document["_id"]): (_quality(document), document["made_at"]) for document in documents
        }

    @answered
    def examples(self, period: Period, kind: str, most: int) -> list[Example]:
        """Return the newest days' examples of a kind."""
        query = self._within(period) | {"made_from": self.made_from, f"counts.{kind}": {"$gt": 0}}
        days = self.days.find(query, {f"examples.{kind}": 1}).sort("_id", -1).limit(most)
        return [Example(**example) for day in days for example in day["examples"][kind]][:most]

    @answered
    def undated(self) -> tuple[DayQuality, datetime] | None:
        """Return the quality of the documents without a day, and when they were checked; None if they were not."""
        document = self.days.find_one({"_id": UNDATED, "made_from": self.made_from})
        return (_quality(document), document["made_at"]) if document else None

    def _within(self, period: Period) -> Document:
        return {"_id": {"$gte": period.first.isoformat(), "$lte": period.last.isoformat()}}

    # ---- the logger; None instead of a day stands for the documents without one

    @answered
    def versions(self) -> dict[date | None, QualityVersion | None]:
        """Return each stored day's version; None if it was made under other settings."""
        documents = self.days.find({}, {"digest": 1, "made_at": 1, "made_from": 1})
        return {
            _day(document): QualityVersion(document["digest"], document["made_at"])
            if document["made_from"] == self.made_from
            else None
            for document in documents
        }

    @answered
    def store(self, days: Iterable[DayQuality], versions: Mapping[date | None, QualityVersion]) -> None:
        """Replace what is stored of the days."""
        replaced = (self._document(quality, versions[quality.day]) for quality in days)
        self.days.bulk_write([ReplaceOne({"_id": new["_id"]}, new, upsert=True) for new in replaced], ordered=False)

    def _document(self, quality: DayQuality, version: QualityVersion) -> Document:
        return {
            "_id": _id(quality.day),
            "digest": version.digest,
            "made_at": version.made_at,
            "made_from": self.made_from,
            "counts": quality.counts,
            "examples": {kind: [asdict(example) for example in of_kind] for kind, of_kind in quality.examples.items()},
            "fields": [[use.name, use.reviewed, use.open] for use in quality.fields],  # not as keys: they may have dots
            "cut": quality.cut,
            **OF_MODEL,
        }

    @answered
    def delete_all(self) -> None:
        """Let every day be checked again."""
        self.days.delete_many({})

    @answered
    def delete(self, days: Iterable[date | None]) -> None:
        """Delete what is stored of these days."""
        self.days.delete_many({"_id": {"$in": [_id(day) for day in days]}})


def _id(day: date | None) -> str:
    return day.isoformat() if day else UNDATED


def _day(stored: Document) -> date | None:
    return None if stored["_id"] == UNDATED else date.fromisoformat(stored["_id"])


def _quality(stored: Document) -> DayQuality:
    return DayQuality(
        _day(stored),
        stored["counts"],
        {kind: [Example(**example) for example in of_kind] for kind, of_kind in stored.get("examples", {}).items()},
        [FieldUse(*use) for use in stored["fields"]],
        stored["cut"],
    )
