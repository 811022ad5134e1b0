"""The stored profiles: one for each prediction day, of its reviewed predictions."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from monitor_core.contract.profiles import is_json
from monitor_core.mongo.connection import answered
from monitor_core.mongo.history.days import History
from monitor_core.mongo.models import Ours, of_model
from monitor_core.settings.settings import Settings


@dataclass(frozen=True)
class ProfileToStore:
    """A new profile of a day."""

    rows: int
    data: bytes  # in whylogs' own file format, or our own
    summary: dict[str, dict[str, Any]]  # by column, in plain numbers


@dataclass(frozen=True)
class StoredProfile:
    """The profile of the reviewed documents of one prediction day."""

    day: date
    made_at: datetime
    rows: int
    summary: dict[str, dict[str, Any]]
    current: bool  # the reviews are still those that it was made from
    is_json: bool = False  # made by us, where whylogs could not be imported


@dataclass(frozen=True)
class ProfileVersion:
    """The reviews that a day's profile was computed from, and when."""

    digest: str | None  # None: it is to be made again
    made_at: datetime
    is_json: bool = False  # made without whylogs


class Profiles:
    """The collection monitor_profiles."""

    def __init__(self, settings: Settings, ours: Ours, history: History) -> None:
        self.settings = settings
        self.of_model = of_model(settings)
        self.profiles = ours["monitor_profiles"]
        self.history = history

    # ---- reading

    @answered
    def days(self) -> list[date]:
        """Return the days that have a profile, the newest first."""
        return sorted(
            (date.fromisoformat(document["_id"]) for document in self.profiles.find({}, {"_id": 1})), reverse=True
        )

    @answered
    def read(self, day: date) -> StoredProfile | None:
        """Return the day's profile, without its file; None if there is none."""
        document = self.profiles.find_one({"_id": day.isoformat()}, {"data": 0})
        if not document:
            return None
        reviews = self.history.reviews_digest(day)
        current = reviews is not None and self._digest(reviews) == document["digest"]
        return StoredProfile(
            day, document["made_at"], document["rows"], document["summary"], current, document.get("is_json", False)
        )

    @answered
    def data(self, day: date) -> bytes:
        """Return the file of the day's profile; empty if there is none."""
        document = self.profiles.find_one({"_id": day.isoformat()}, {"data": 1})
        return bytes(document["data"]) if document else b""

    # ---- the logger

    def digests(self) -> dict[date, str]:
        """Return each day that should have a profile, with a digest that changes whenever the profile would."""
        return {day: self._digest(reviews) for day, reviews in self.history.reviews_digests().items()}

    @answered
    def versions(self) -> dict[date, ProfileVersion]:
        """Return the version of each stored profile."""
        documents = self.profiles.find({}, {"digest": 1, "made_at": 1, "is_json": 1})
        return {
            date.fromisoformat(document["_id"]): ProfileVersion(
                document["digest"], document["made_at"], document.get("is_json", False)
            )
            for document in documents
        }

    @answered
    def store(self, day: date, profile: ProfileToStore, version: ProfileVersion) -> None:
        """Replace the day's profile."""
        made = {"digest": version.digest, "made_at": version.made_at, **vars(profile), **self.of_model}
        made["is_json"] = is_json(profile.data)
        self.profiles.replace_one({"_id": day.isoformat()}, made, upsert=True)

    @answered
    def delete(self, days: Iterable[date]) -> None:
        """Delete the profiles of these days."""
        self.profiles.delete_many({"_id": {"$in": [day.isoformat() for day in days]}})

    @answered
    def forget_before(self, oldest: date) -> None:
        """Delete the profiles of days before the oldest one that is kept."""
        self.profiles.delete_many({"_id": {"$lt": oldest.isoformat()}})

    @answered
    def invalidate(self) -> None:
        """Mark every profile to be computed again."""
        self.profiles.update_many({}, {"$set": {"digest": None}})

    def _digest(self, reviews: str) -> str:
        """Return the digest of the reviews and the names of the classes, since a profile contains the names."""
        names = sorted(self.settings.displayed_names.items())
        return hashlib.sha256(repr((reviews, names)).encode()).hexdigest()
