"""The outbox: what was profiled and has not reached every destination, so that nothing is lost or sent twice.

A batch goes claiming -> prepared -> done, each step one atomic write, and any worker may go on where one died:

1. Claim. The batch, then one claim a document, whose `_id` is the document's: two workers cannot claim the same one.
2. Prepare. The claimed rows are read again (what another batch logged meanwhile drops out), profiled, and stored as
   parts, a part a UTC day, with the ids they hold. One conditional write makes them count; they never change again.
3. Deliver. For each part and destination the place is asked for and stored before anything is put there.
4. Finish. `logged: true` on the parts' ids, and only then the claims go.

This is safe with any number of workers; the lease only keeps them from doing the same work.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError, DuplicateKeyError

from monitor_core.database import Document, answered
from monitor_core.profiles import DayProfile
from monitor_core.store import Store

LEASE = timedelta(seconds=45)  # renewed with every delivery; when it has run out another worker takes over
LONGEST_PAUSE = timedelta(minutes=30)  # between two tries of a delivery
DONE_KEPT = 90 * 86_400  # seconds
DUPLICATE = 11000  # MongoDB's code: another claim stands
OPEN = ("claiming", "prepared")


@dataclass(frozen=True)
class Batch:
    id: str
    state: str  # claiming | prepared | done
    demo: bool
    attempt: str | None = None  # whose parts count; None while claiming
    marked: bool = False  # its rows are logged; a destination that is not required may still lack it


@dataclass(frozen=True)
class Delivery:
    """How one destination stands with one part."""

    state: str = "waiting"  # waiting | announced | sent | uncertain
    place: str | None = None  # where the destination said to put it; may be a permission by itself, never shown
    announced_at: datetime | None = None  # the database's clock
    begun: int = 0  # how often putting something there was begun
    attempts: int = 0  # failed ones, since the last success
    retry_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True)
class Part:
    """The profile of one batch's rows of one UTC day, and where it has arrived."""

    profile: DayProfile
    deliveries: dict[str, Delivery]  # by the destination's key


class Outbox:
    """The collections monitor_batches, monitor_parts, monitor_claims and monitor_lease."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.batches = store.database["monitor_batches"]
        self.parts = store.database["monitor_parts"]
        self.claims = store.database["monitor_claims"]
        self.lease = store.database["monitor_lease"]

    @answered
    def create_indexes(self) -> None:
        self.claims.create_index("batch")  # the rows of a batch, orphaned claims
        self.parts.create_index([("batch", 1), ("attempt", 1)])  # the parts of a batch
        self.batches.create_index("state")  # what is not done
        self.batches.create_index("finished_at", expireAfterSeconds=DONE_KEPT)  # what is done is forgotten

    @answered
    def now(self) -> datetime:
        """The database's clock: the workers' own may differ and jump."""
        found: datetime = self.store.database.client.admin.command("hello")["localTime"]
        return found.astimezone(UTC)

    @answered
    def acquire(self, owner: str) -> bool:
        """Take or renew the lease, by the database's clock; False while another worker holds it."""
        free = {"$or": [{"$eq": ["$owner", {"$literal": owner}]}, {"$lt": ["$until", "$$NOW"]}]}
        until = {"$add": ["$$NOW", int(LEASE.total_seconds() * 1000)]}
        taken = self.lease.update_one(
            {"_id": "worker", "$expr": free}, [{"$set": {"owner": {"$literal": owner}, "until": until}}]
        )
        if taken.matched_count:
            return True
        try:
            self.lease.insert_one({"_id": "worker", "owner": owner, "until": self.now() + LEASE})
        except DuplicateKeyError:  # there is one, and it is not free
            return False
        return True

    @answered
    def release(self, owner: str) -> None:
        self.lease.delete_one({"_id": "worker", "owner": owner})

    # ---- claim

    @answered
    def open_batches(self) -> list[Batch]:
        """Oldest first, so that what was interrupted is finished before anything new."""
        return [_batch(found) for found in self.batches.find({"state": {"$in": OPEN}}).sort("created_at", 1)]

    @answered
    def start_batch(self, demo: bool) -> Batch:
        batch = Batch(uuid4().hex, "claiming", demo)
        self.batches.insert_one({"_id": batch.id, "state": batch.state, "demo": demo, "created_at": self.now()})
        return batch

    @answered
    def unclaimed(self, ids: list[Any]) -> list[Any]:
        taken = {found["_id"] for found in self.claims.find({"_id": {"$in": ids}}, {"_id": 1})}
        return [one for one in ids if one not in taken]

    @answered
    def claim(self, batch: Batch, ids: list[Any]) -> None:
        """Claim what nobody else has claimed meanwhile."""
        try:
            self.claims.insert_many([{"_id": one, "batch": batch.id} for one in ids], ordered=False)
        except BulkWriteError as some:
            if any(error["code"] != DUPLICATE for error in (some.details or {}).get("writeErrors", [])):
                raise

    @answered
    def claimed(self, batch: Batch) -> list[Any]:
        return [found["_id"] for found in self.claims.find({"batch": batch.id}, {"_id": 1}, batch_size=10_000)]

    @answered
    def drop_orphans(self) -> None:
        """Claims and parts of batches that are no more open: their worker died while it claimed or prepared."""
        for left in (self.claims, self.parts):
            named = left.distinct("batch")
            still_open = {"_id": {"$in": named}, "state": {"$in": OPEN}}
            alive = {found["_id"] for found in self.batches.find(still_open, {"_id": 1})}
            for orphan in set(named) - alive:
                left.delete_many({"batch": orphan})

    # ---- prepare

    @answered
    def prepare(self, batch: Batch, parts: Iterable[tuple[DayProfile, list[Any]]], destinations: list[str]) -> None:
        """Store the parts, and let them count unless another worker's do already."""
        attempt, rows = uuid4().hex, 0
        for profile, ids in parts:
            rows += profile.rows
            self.parts.insert_one(
                {
                    "_id": profile.trace_id,
                    "batch": batch.id,
                    "attempt": attempt,
                    "day": profile.day.isoformat(),
                    "rows": profile.rows,
                    "data": profile.data,
                    "ids": ids,
                    "to": {name: {"state": "waiting"} for name in destinations},
                }
            )
        won = self.batches.update_one(
            {"_id": batch.id, "state": "claiming"}, {"$set": {"state": "prepared", "attempt": attempt, "rows": rows}}
        )
        if not won.modified_count:
            self.parts.delete_many({"batch": batch.id, "attempt": attempt})

    @answered
    def abandon(self, batch: Batch) -> None:
        """A batch without rows; a worker that still claims for it finds no batch to prepare, and leaves orphans."""
        self.batches.delete_one({"_id": batch.id, "state": "claiming"})
        self.claims.delete_many({"batch": batch.id})

    # ---- deliver

    @answered
    def batch(self, batch_id: str) -> Batch | None:
        found = self.batches.find_one({"_id": batch_id})
        return _batch(found) if found else None

    @answered
    def part_ids(self, batch: Batch) -> list[str]:
        asked = {"batch": batch.id, "attempt": batch.attempt}
        return [found["_id"] for found in self.parts.find(asked, {"_id": 1}).sort("day", 1)]

    @answered
    def part(self, trace_id: str) -> Part:
        found = self.parts.find_one({"_id": trace_id}, {"ids": 0})
        if found is None:  # another worker has finished the batch
            return Part(DayProfile(date.min, trace_id, 0, b""), {})
        profile = DayProfile(date.fromisoformat(found["day"]), trace_id, found["rows"], bytes(found["data"]))
        return Part(profile, {name: Delivery(**to) for name, to in found["to"].items()})

    @answered
    def announce(self, part: Part, to: str, place: str) -> Delivery:
        """Store where to put it; another worker's place stands if it came first."""
        return self._step(
            part, to, {"state": "waiting"}, {"state": "announced", "place": place, "announced_at": self.now()}
        )

    @answered
    def begin(self, part: Part, to: str, place: str) -> Delivery:
        """From here on something may have been put there."""
        asked = {"_id": part.profile.trace_id, f"to.{to}.state": "announced", f"to.{to}.place": place}
        return self._after(part, to, asked, {"$inc": {f"to.{to}.begun": 1}})

    @answered
    def sent(self, part: Part, to: str, place: str) -> Delivery:
        return self._step(part, to, {"state": "announced", "place": place}, {"state": "sent", "error": None})

    @answered
    def arrived(self, part: Part, to: str) -> Delivery:
        """At a destination where a repeated delivery counts once for ever."""
        return self._step(part, to, {}, {"state": "sent", "error": None})

    @answered
    def start_over(self, part: Part, to: str, delivery: Delivery) -> Delivery:
        """Nothing was put at this place, and nobody else has begun to: ask for another."""
        only_if = {"state": "announced", "place": delivery.place, "begun": delivery.begun}
        return self._step(part, to, only_if, {"state": "waiting", "place": None, "announced_at": None, "begun": 0})

    @answered
    def doubt(self, part: Part, to: str, place: str) -> Delivery:
        return self._step(part, to, {"state": "announced", "place": place}, {"state": "uncertain", "retry_at": None})

    @answered
    def failed(self, part: Part, to: str, error: str, pause: timedelta) -> Delivery:
        """Remember the failure, and pause twice as long as before."""
        attempts = part.deliveries[to].attempts + 1
        retry_at = self.now() + min(pause * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
        return self._step(part, to, {}, {"attempts": attempts, "retry_at": retry_at, "error": error})

    def _step(self, part: Part, to: str, only_if: Document, changes: Document) -> Delivery:
        """Change the delivery if it is as expected; either way, how it is now."""
        asked = {"_id": part.profile.trace_id} | {f"to.{to}.{name}": value for name, value in only_if.items()}
        return self._after(part, to, asked, {"$set": {f"to.{to}.{name}": value for name, value in changes.items()}})

    def _after(self, part: Part, to: str, asked: Document, change: Document) -> Delivery:
        found = self.parts.find_one_and_update(asked, change, {"to": 1}, return_document=ReturnDocument.AFTER)
        found = found or self.parts.find_one({"_id": part.profile.trace_id}, {"to": 1})
        return Delivery(**found["to"][to]) if found else Delivery("sent")  # gone: another worker has finished the batch

    # ---- finish

    @answered
    def finish(self, batch: Batch, required: list[str], optional: list[str]) -> int:
        """Mark the rows as logged if every part is at every required destination; how many were newly marked.

        The mark comes before the claims go: whoever claims one of these documents later reads it again, and finds it
        logged.
        """
        parts = list(self.parts.find({"batch": batch.id, "attempt": batch.attempt}, {"to": 1, "rows": 1}))
        if not _all_sent(parts, required):
            return 0
        newly = 0 if batch.marked else self._mark(batch, parts)
        if _all_sent(parts, optional):
            self.parts.delete_many({"batch": batch.id})
            self.batches.update_one({"_id": batch.id}, {"$set": {"state": "done", "finished_at": self.now()}})
        return newly

    def _mark(self, batch: Batch, parts: list[Document]) -> int:
        for part in parts:
            found = self.parts.find_one({"_id": part["_id"]}, {"ids": 1})
            self.store.mark_logged(found["ids"] if found else [])
        self.claims.delete_many({"batch": batch.id})
        first = self.batches.update_one({"_id": batch.id, "marked": {"$ne": True}}, {"$set": {"marked": True}})
        return sum(int(part["rows"]) for part in parts) if first.modified_count else 0

    # ---- what a person sees and settles

    @answered
    def uncertain(self) -> dict[str, list[str]]:
        """Batch -> destinations of which nobody can tell whether they have it."""
        found: dict[str, list[str]] = {}
        for part in self.parts.find({}, {"batch": 1, "to": 1}):
            names = [name for name, to in part["to"].items() if to["state"] == "uncertain"]
            if names:
                found[part["batch"]] = sorted({*found.get(part["batch"], []), *names})
        return found

    @answered
    def resolve(self, batch_id: str, resend: bool) -> int:
        """Settle a batch's uncertain deliveries: send them again, or take them as arrived; how many there were."""
        settled = 0
        for part in self.parts.find({"batch": batch_id}, {"to": 1}):
            for name, to in part["to"].items():
                if to["state"] == "uncertain":
                    change = {"state": "waiting"} if resend else {"state": "sent"}
                    asked = {"_id": part["_id"], f"to.{name}.state": "uncertain"}
                    settled += self.parts.update_one(asked, {"$set": {f"to.{name}": change}}).modified_count
        return settled

    @answered
    def remove_demo(self) -> None:
        """What the outbox holds of the demo."""
        for batch in [found["_id"] for found in self.batches.find({"demo": True}, {"_id": 1})]:
            self.claims.delete_many({"batch": batch})
            self.parts.delete_many({"batch": batch})
            self.batches.delete_one({"_id": batch})


def _all_sent(parts: list[Document], names: list[str]) -> bool:
    """A destination that was configured after the batch was prepared gets the next ones."""
    return all(part["to"][name]["state"] == "sent" for part in parts for name in names if name in part["to"])


def _batch(found: Document) -> Batch:
    return Batch(found["_id"], found["state"], found["demo"], found.get("attempt"), found.get("marked", False))
