"""The performance history: what each local day's documents are, kept in the database and made to follow them.

A day stands for the documents that were reviewed on it (basis "validated") or predicted on it ("predicted"). It is
always counted whole and replaced, never added to, so counting it twice, late or after a crash comes to the same. What
is asked each time is which days may have changed since they were counted:

- Those of the documents that the logger takes: it notes their days before it marks them, whatever their dates say.
- Those with documents whose own dates are later than the last look: new predictions, reviews, corrections. A document
  that had been logged before it was reviewed was reviewed before, on a day that nobody knows: every day from its
  prediction to its new review is counted again.
- Those that no record stands for yet, or one that was made under other settings.
- Those not looked at for MONITOR_HISTORY_CHECK: only this finds what left no trace, a class corrected without a new
  date, a deleted document, an old prediction brought in late.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

import numpy as np
from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, local_day, start_of
from monitor_core.contract.errors import DatabaseUnavailable
from monitor_core.contract.selection import Selection
from monitor_core.logger import profiles
from monitor_core.mongo.connection import DUPLICATE, Document, answered
from monitor_core.mongo.history import Key, changed_since, key_of, made_from, packed, record_id, traces
from monitor_core.mongo.leases import Leases
from monitor_core.mongo.live import EPOCH
from monitor_core.mongo.store import Store
from monitor_core.scores import intervals
from monitor_core.scores.counts import NOT_REVIEWED, NUMBERS, DayCounts, confusion_of, delay_quantile
from monitor_core.scores.metrics import METRICS

PROFILE_PAUSE = timedelta(hours=1)  # a day's profile costs reading its documents, and is read by people
TEXTS_PAUSE = timedelta(hours=1)  # finding the dates that are no dates costs reading all that are texts
ROWS_AT_ONCE = 20_000  # of a profile in the making
LONGEST_MONTH = 31
COUNT_SECONDS = 1.0  # a count of so long is worth its round trip, and lets a worker that is told to stop go soon
QUANTILES = {"median": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Refreshed:
    """What one look at the history came to."""

    counted: int = 0  # days
    changed: int = 0  # of these
    left: int = 0  # days that wait for the next look


@dataclass(frozen=True)
class HistoryState:
    """How the history stands."""

    days: int  # kept, over both bases
    due: int  # noted as changed and not counted yet
    oldest_check_at: datetime | None


@dataclass(frozen=True)
class KeptProfile:
    """The whylogs profile of the reviewed documents that were predicted on one local day."""

    day: date
    made_at: datetime
    rows: int
    summary: dict[str, dict[str, Any]]  # by column, as `profiles.summary` has it
    current: bool  # the reviews are still those that it was made from


class History:
    """The collections monitor_history (one record a basis and day), monitor_history_due and monitor_profiles."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.days = store.database["monitor_history"]
        self.due = store.database["monitor_history_due"]
        self.looks = store.database["monitor_worker"]
        self.profiles = store.database["monitor_profiles"]
        self.leases = Leases(store)
        self.owner = uuid4().hex  # of leases

    @answered
    def create_indexes(self) -> None:
        self.days.create_index("checked_at")  # the days to look at again, longest unseen first
        # Which days are kept, and which have reviews that a profile is due for: without their tables, which are large.
        self.days.create_index([(name, 1) for name in ("made_from", "basis", "reviewed", "day", "reviews_digest")])
        self.days.create_index([(name, 1) for name in ("basis", "made_from", "day", "digest")])  # see `digests`

    # ---- what may have changed

    @answered
    def note(self, keys: Iterable[Key]) -> None:
        """Count these days again; noted before whatever changes them is called done."""
        token = uuid4().hex  # a day noted again while it is counted is counted once more
        days = {key for key in keys if key[1] >= FIRST_DAY}
        noted = [UpdateOne({"_id": record_id(key)}, {"$set": {"token": token}}, upsert=True) for key in days]
        if noted:
            self.due.bulk_write(noted, ordered=False)

    @answered
    def look(self) -> None:
        """Note the days of documents whose dates are later than the last look; from time to time, count bad texts."""
        now = self.store.now()
        last = self.looks.find_one({"_id": "history"}) or {}
        since = last.get("seen_at", now)  # before the first look there is no record that could be out of date
        live, zone = self.store.live, self.settings.zone
        # In this order: what changes in between is noted now, and seen to differ at the next look.
        seen: Document = {"seen_at": now, "made_for": self._made_for(), "traces": traces(live.touched(now, now), zone)}
        self.note(changed_since(last, live.touched(since, now), zone))
        if now - last.get("texts_at", EPOCH) > TEXTS_PAUSE:
            seen |= {"texts_at": now, "undated_texts": {basis: self.store.live.undated_texts(basis) for basis in BASES}}
        self.looks.update_one({"_id": "history"}, {"$set": seen}, upsert=True)

    @answered
    def _todo(self, now: datetime) -> list[Key]:
        """The days to count, the changed and the missing ones first, the newest first among them."""
        today = local_day(now, self.settings.zone)
        changed = {key_of(found["_id"]) for found in self.due.find({}, {"_id": 1})}
        made = self.days.find({"made_from": made_from(self.settings)}, {"_id": 0, "basis": 1, "day": 1})
        kept = {(found["basis"], date.fromisoformat(found["day"])) for found in made}
        missing = {(basis, day) for basis, span in self._spans(today).items() for day in span.days} - kept
        first = sorted(
            (key for key in changed | missing if key[1] <= today),  # a day to come is counted when it has come
            key=lambda key: (key[1], key[0]),
            reverse=True,
        )
        unseen = self.days.find({"checked_at": {"$lt": now - self.settings.history_check}}, {"_id": 1})
        return list(dict.fromkeys([*first, *(key_of(found["_id"]) for found in unseen.sort("checked_at", 1))]))

    def _old(self, now: datetime) -> list[Key]:
        """The old ones of the days to count, the oldest first; of what another worker does, nothing else can be shared.

        The newest months are that worker's alone: its rules wait for them. So is everything if its settings differ, or
        each would undo what the other does.
        """
        if (self.looks.find_one({"_id": "history"}) or {}).get("made_for") != self._made_for():
            return []
        newest = local_day(now, self.settings.zone) - timedelta(days=2 * LONGEST_MONTH)
        return [key for key in reversed(self._todo(now)) if key[1] < newest]

    def _made_for(self) -> str:
        return f"{made_from(self.settings)}/{self.settings.history_days}/{self.settings.history_check}"

    def _spans(self, today: date) -> dict[Basis, Period]:
        """The days that ought to have a record."""
        kept = self.settings.history_days
        oldest = max(today - timedelta(days=kept - 1), FIRST_DAY) if kept else FIRST_DAY
        return {
            basis: Period(min(max(self.store.predictions.first_day(basis) or today, oldest), today), today)
            for basis in BASES
        }

    # ---- counting

    def refresh(
        self,
        goes_on: Callable[[], bool] = lambda: True,
        seconds: float | None = None,
        told: Callable[[int, int], None] = lambda counted, left: None,
        helping: bool = False,
    ) -> Refreshed:
        """Count what may have changed, and replace what has; `seconds`: begin nothing new after them.

        Several workers share the months: what another has the lease of is left to it. It only spares them the same
        work; counted twice, a day comes to the same. `helping`: of a long history, from its other end. `told`: how many
        days were counted, and how many are left.
        """
        began, now = time.monotonic(), self.store.now()
        self._forget(now)
        todo = dict.fromkeys(self._old(now) if helping else self._todo(now))
        done, size, months = Refreshed(left=len(todo)), 1, set[str]()
        try:
            while todo and goes_on() and (seconds is None or time.monotonic() - began < seconds):
                month = _month(next(iter(todo)))
                if not self.leases.take(month, self.owner):
                    todo = {key: None for key in todo if _month(key) != month}
                    done = replace(done, left=len(todo))
                    continue
                months.add(month)
                basis, period = _stretch(todo, size)
                if self._is_counted_since(basis, period, now):
                    done = replace(done, left=len(todo))
                    continue
                started = time.monotonic()
                changed = self._recount(basis, period)
                took = max(time.monotonic() - started, 1e-3)
                size = max(1, min(LONGEST_MONTH, 2 * size, int(len(period) * COUNT_SECONDS / took)))
                done = Refreshed(done.counted + len(period), done.changed + changed, len(todo))
                told(done.counted, done.left)
        finally:
            if months:
                with suppress(DatabaseUnavailable):  # then they run out
                    self.leases.release(self.owner, *months)
        return done

    @answered
    def _is_counted_since(self, basis: Basis, period: Period, began: datetime) -> bool:
        """Whether another worker has counted them all while this one was busy with other months."""
        ids = [record_id((basis, day)) for day in period.days]
        asked = {"_id": {"$in": ids}, "made_from": made_from(self.settings), "checked_at": {"$gt": began}}
        return self.days.count_documents(asked) == len(period)

    @answered
    def _recount(self, basis: Basis, period: Period) -> int:
        """Count the period's days and replace the records that differ; how many did."""
        ids = [record_id((basis, day)) for day in period.days]
        noted = {found["_id"]: found["token"] for found in self.due.find({"_id": {"$in": ids}})}
        computed_at = self.store.now()
        selection = Selection(period, basis)
        found = self.store.live.days(selection)
        before = {old["_id"]: old["digest"] for old in self.days.find({"_id": {"$in": ids}}, {"digest": 1})}
        fresh = [self._record(basis, day, counts, computed_at) for day, counts in zip(period.days, found, strict=True)]
        differ = [record for record in fresh if before.get(record["_id"]) != record["digest"]]
        same = [record["_id"] for record in fresh if before.get(record["_id"]) == record["digest"]]
        self._replace(differ, computed_at)
        self.days.update_many({"_id": {"$in": same}}, {"$max": {"checked_at": computed_at}})
        if noted:
            self.due.bulk_write([DeleteOne({"_id": one, "token": token}) for one, token in noted.items()])
        return len(differ)

    def _replace(self, records: list[Document], computed_at: datetime) -> None:
        """Unless a worker that counted later was faster."""
        older = {"computed_at": {"$lte": computed_at}}
        writes = [ReplaceOne({"_id": record["_id"]} | older, record, upsert=True) for record in records]
        if not writes:
            return
        try:
            self.days.bulk_write(writes, ordered=False)
        except BulkWriteError as some:
            if any(error["code"] != DUPLICATE for error in (some.details or {}).get("writeErrors", [])):
                raise
        self._tell_change()

    def _tell_change(self) -> None:
        """Whoever holds records in memory looks for those that differ; told before a day counts as done."""
        self.looks.update_one({"_id": "history"}, {"$set": {"version": uuid4().hex}}, upsert=True)

    def _record(self, basis: Basis, day: date, counts: DayCounts, computed_at: datetime) -> Document:
        tables = {name: packed(getattr(counts, name)) for name in ("cells", "confidence", "delays")}
        numbers = {name: getattr(counts, name) for name in NUMBERS}
        origin = made_from(self.settings)
        content = repr((origin, sorted(numbers.items()), [getattr(counts, name).tolist() for name in sorted(tables)]))
        reviews = counts.confidence[counts.confidence[:, 1] != NOT_REVIEWED]
        return {
            "_id": record_id((basis, day)),
            "basis": basis,
            "day": day.isoformat(),
            "made_from": origin,
            "computed_at": computed_at,
            "checked_at": computed_at,
            "digest": hashlib.sha256(content.encode()).hexdigest(),
            "reviews_digest": hashlib.sha256(repr((counts.cells.tolist(), reviews.tolist())).encode()).hexdigest(),
            "reviewed": counts.reviewed,
            "rejected": counts.rejected,
            **numbers,
            **tables,
            "scores": _scores(day, counts),
            "hours_to_review": {name: delay_quantile(counts.delays, q) for name, q in QUANTILES.items()},
        }

    # ---- profiles

    def refresh_profiles(
        self, goes_on: Callable[[], bool] = lambda: True, seconds: float | None = None, pause: timedelta = PROFILE_PAUSE
    ) -> int:
        """Make the whylogs profile of each day whose reviews changed, the newest first; how many were made."""
        began, made = time.monotonic(), 0
        for day, digest in self._profiles_due(pause):
            if not goes_on() or (seconds is not None and time.monotonic() - began >= seconds):
                break
            self._make_profile(day, digest)
            made += 1
        return made

    @answered
    def _profiles_due(self, pause: timedelta) -> list[tuple[date, str]]:
        """Prediction day and digest of its reviews; a day that had its profile made within the pause rests."""
        now = self.store.now()
        asked = {"basis": "predicted", "made_from": made_from(self.settings)}
        wanted = {
            record["day"]: self._profile_digest(record)
            for record in self.days.find(asked | {"reviewed": {"$gt": 0}}, {"_id": 0, "day": 1, "reviews_digest": 1})
        }
        kept = {one["_id"]: one for one in self.profiles.find({}, {"digest": 1, "made_at": 1})}
        self.profiles.delete_many({"_id": {"$in": [day for day in kept if day not in wanted]}})
        due = [
            (date.fromisoformat(day), digest)
            for day, digest in wanted.items()
            if day not in kept or (kept[day]["digest"] != digest and now - kept[day]["made_at"] >= pause)
        ]
        return sorted(due, reverse=True)

    def _profile_digest(self, record: Document) -> str:
        names = sorted(self.settings.class_names.items())
        return hashlib.sha256(repr((record["reviews_digest"], names)).encode()).hexdigest()

    @answered
    def _make_profile(self, day: date, digest: str) -> None:
        made_at = self.store.now()
        midnight = start_of(day, self.settings.zone)
        fields, class_name = self.settings.fields, self.settings.class_name
        builder = profiles.ProfileBuilder(midnight, fields, class_name, f"history-{day.isoformat()}")
        rows = self.store.predictions.reviewed_rows(day)
        while some := list(islice(rows, ROWS_AT_ONCE)):
            builder.add(some)
        data = builder.finish()
        told = {"rows": builder.rows, "data": data, "summary": profiles.summary(data)}
        made = {"digest": digest, "made_at": made_at, **told}
        self.profiles.replace_one({"_id": day.isoformat()}, made, upsert=True)

    @answered
    def profile_days(self) -> list[date]:
        """The days that have a profile, the newest first."""
        return sorted((date.fromisoformat(one["_id"]) for one in self.profiles.find({}, {"_id": 1})), reverse=True)

    @answered
    def profile(self, day: date) -> KeptProfile | None:
        found = self.profiles.find_one({"_id": day.isoformat()}, {"data": 0})
        record = self.days.find_one({"_id": record_id(("predicted", day))}, {"reviews_digest": 1})
        if not found:
            return None
        current = record is not None and self._profile_digest(record) == found["digest"]
        return KeptProfile(day, found["made_at"], found["rows"], found["summary"], current)

    @answered
    def profile_data(self, day: date) -> bytes:
        """In whylogs' own file format; empty if there is none."""
        found = self.profiles.find_one({"_id": day.isoformat()}, {"data": 1})
        return bytes(found["data"]) if found else b""

    @answered
    def _forget(self, now: datetime) -> None:
        """What lies before the retention."""
        if self.settings.history_days:
            oldest = local_day(now, self.settings.zone) - timedelta(days=self.settings.history_days - 1)
            for basis in BASES:
                before = {"$gte": f"{basis}/", "$lt": record_id((basis, oldest))}
                if self.days.delete_many({"_id": before}).deleted_count:
                    self._tell_change()
                self.due.delete_many({"_id": before})
            self.profiles.delete_many({"_id": {"$lt": oldest.isoformat()}})

    @answered
    def invalidate(self) -> None:
        """Let the next refresh make every day and every profile anew."""
        self.profiles.update_many({}, {"$set": {"digest": None}})
        if self.days.update_many({}, {"$set": {"made_from": None, "digest": None}}).matched_count:
            self._tell_change()

    # ---- reading

    @answered
    def read(self, basis: Basis, period: Period) -> dict[date, DayCounts]:
        """The period's days that have a record made under the present settings."""
        return self.store.records.read(basis, period)

    @answered
    def digests(self) -> dict[date, str]:
        """Each prediction day that is kept, and what changes as soon as its counts do."""
        asked = {"basis": "predicted", "made_from": made_from(self.settings)}
        found = self.days.find(asked, {"_id": 0, "day": 1, "digest": 1})
        return {date.fromisoformat(one["day"]): one["digest"] for one in found}

    @answered
    def state(self) -> HistoryState:
        oldest = self.days.find_one({}, {"checked_at": 1}, sort=[("checked_at", 1)])
        return HistoryState(
            self.days.estimated_document_count(),
            self.due.count_documents({}),
            oldest["checked_at"] if oldest else None,
        )


def _month(key: Key) -> str:
    """The lease of a month's days."""
    return f"history/{key[0]}/{key[1]:%Y-%m}"


def _stretch(todo: dict[Key, None], size: int) -> tuple[Basis, Period]:
    """Take the first day and its neighbours of the same month out of what is to be done."""
    basis, day = next(iter(todo))
    month = _month((basis, day))
    del todo[basis, day]
    first = last = day
    while (last - first).days + 1 < size and (key := (basis, first - ONE_DAY)) in todo and _month(key) == month:
        first -= ONE_DAY
        del todo[key]
    while (last - first).days + 1 < size and (key := (basis, last + ONE_DAY)) in todo and _month(key) == month:
        last += ONE_DAY
        del todo[key]
    return basis, Period(first, last)


def _scores(day: date, counts: DayCounts) -> dict[str, list[float | None]]:
    """Each score of the day as [value, low, high], its 95 % interval; null where undefined."""
    confusion = confusion_of((day,), [counts])
    total = confusion.total()
    of = intervals.overall_intervals(confusion.matrix_cells(), len(confusion.labels))
    scores = {
        metric.name(average): [metric.overall(total, average), *of[metric.name(average)]]
        for metric in METRICS
        for average in metric.averages
    }
    return {name: [None if np.isnan(x) else float(x) for x in score] for name, score in scores.items()}
