"""The outbox: what was profiled and has not reached every destination, so that nothing is lost or sent twice.

A batch is exposed from its birth until everybody can see which rows it took, and only one is exposed at a time:

1. Start. The batch is inserted, exposed and `claiming`; a unique index refuses a second exposed one. So every row of
   every earlier batch is by now logged or claimed, and what is read from here on and is neither belongs to no other.
2. Prepare. The rows are read, profiled and stored as parts under an attempt's id, a part a UTC day, with the ids they
   hold. One write from `claiming` to `prepared` names the attempt that counts; it never changes again. Whoever read
   for the batch earlier, and slept since, finds it no more `claiming`: what it read counts nowhere.
3. Deliver. For each part and destination the place is asked for and stored before anything is put there.
4. Settle. Once all required destinations have all parts: `logged: true` on the parts' ids, then one write says `marked`
   and ends the exposure. If one of them is behind: a claim for each id, then one write says `held` and ends it; the
   mark follows when the destination has caught up, and only after it the claims go.

Reading, in this order: are there held batches (asked after the own start: there can only become fewer), then the rows,
then their claims, then whether those without a claim are still not logged. A batch that is marked in between loses its
claims after its rows are logged, so one of the last two looks sees it. Without held batches the rows are enough.

All of it is safe with any number of workers; the lease only keeps them from doing the same work. Every write is
acknowledged by a majority, and every time is the database's. Batches that an earlier release left open have claims and
were never exposed: prepared ones are like held ones, and of those still claiming nothing was sent, so they are dropped.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure

from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.errors import DatabaseUnavailable
from monitor_core.contract.profiles import DayProfile
from monitor_core.mongo.connection import DUPLICATE, Document, answered, in_pieces, place
from monitor_core.mongo.leases import Leases
from monitor_core.mongo.store import Store

WORKER = "worker"  # the lease of whoever logs
LONGEST_PAUSE = timedelta(minutes=30)  # between two tries of a delivery
DONE_KEPT = 90 * 86_400  # seconds
IDS_AT_A_TIME = 10_000  # in a look-up
PARTS_AT_A_TIME = 10  # in a write, which waits for the journal once
OPEN = ("claiming", "prepared")
NOW = "$$NOW"  # the database's clock, inside an update
SENT = {"state": "sent", "sent_at": NOW, "error": None, "failed_at": None}


@dataclass(frozen=True)
class Batch:
    id: str
    state: str  # claiming | prepared | done
    demo: bool
    exposed: bool = False  # its rows are neither logged nor claimed: nobody may start another batch
    attempt: str | None = None  # whose parts count; None while claiming
    marked: bool = False  # its rows are logged; a destination that is not required may still lack it


@dataclass(frozen=True)
class Delivery:
    """How one destination stands with one part."""

    state: str = "waiting"  # waiting | announced | sent | uncertain
    place: str | None = None  # where the destination said to put it; may be a permission by itself, never shown
    announced_at: datetime | None = None  # the database's clock, as all of these
    begun: int = 0  # how often putting something there was begun
    attempts: int = 0  # failed ones, since the last success
    retry_at: datetime | None = None
    error: str | None = None
    failed_at: datetime | None = None  # of the error
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Part:
    """The profile of one batch's rows of one UTC day, and where it has arrived."""

    profile: DayProfile
    deliveries: dict[str, Delivery]  # by the destination's key


@dataclass(frozen=True)
class DestinationStatus:
    """How one destination stands with all that is in the outbox."""

    key: str
    parts: dict[str, int]  # waiting, announced, sent, uncertain: the open batches' parts
    rows_missing: int  # rows in the outbox that are not there yet
    oldest_day: date | None  # UTC, of the predictions not there yet
    oldest_review_at: datetime | None  # of the rows not there yet
    sent_at: datetime | None  # the last success, however long ago
    error: str | None  # the last one; over if it is older than the last success
    failed_at: datetime | None


@dataclass(frozen=True)
class Status:
    destinations: tuple[DestinationStatus, ...]
    batches: dict[str, int]  # claiming, prepared, held, marked (something optional lacks them), done
    rows_by_hour: dict[datetime, int] = field(default_factory=dict)  # logged in the last day, by the hour it began


class Outbox:
    """The collections monitor_batches, monitor_parts, monitor_claims and monitor_destinations."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.batches = store.database["monitor_batches"]
        self.parts = store.database["monitor_parts"]
        self.claims = store.database["monitor_claims"]
        self.destinations = store.database["monitor_destinations"]
        self._leases = Leases(store)

    @answered
    def create_indexes(self) -> None:
        """Before any batch: the first one is not for speed, it is what allows one exposed batch only."""
        one_exposed = IndexModel("exposed", unique=True, partialFilterExpression={"exposed": True})
        what_is_open, forgotten = IndexModel("state"), IndexModel("finished_at", expireAfterSeconds=DONE_KEPT)
        try:
            self.batches.create_indexes([one_exposed, what_is_open, forgotten])
            self.claims.create_indexes([IndexModel("batch")])  # the rows of a batch, orphaned claims
            self.parts.create_indexes([IndexModel([("batch", 1), ("attempt", 1)])])  # the parts of a batch
        except OperationFailure as failure:
            raise DatabaseUnavailable(
                f"Nothing is logged: MongoDB at {place(self.settings)} would not make the indexes of monitor_batches, "
                f"monitor_claims and monitor_parts (error {failure.code}), and without them two workers could log the "
                f"same row. Give the worker's user the role readWrite on {self.settings.database}."
            ) from None

    def now(self) -> datetime:
        return self.store.now()

    def acquire(self, owner: str) -> bool:
        """Take or renew the worker's lease; False while another worker holds it."""
        return self._leases.take(WORKER, owner)

    def release(self, owner: str) -> None:
        self._leases.release(owner, WORKER)

    # ---- start and read

    @answered
    def open_batches(self) -> list[Batch]:
        """Oldest first, so that what was interrupted is finished before anything new."""
        return [_batch(found) for found in self.batches.find({"state": {"$in": OPEN}}).sort("created_at", 1)]

    @answered
    def start_batch(self, demo: bool) -> Batch:
        """A new batch, or the one that is exposed: that has to be settled first."""
        while True:
            new = {"_id": uuid4().hex, "state": "claiming", "demo": demo, "exposed": True, "created_at": self.now()}
            try:
                self.batches.insert_one(new)
            except DuplicateKeyError:
                exposed = self.batches.find_one({"exposed": True})
                if exposed is None:  # settled in between
                    continue
                return _batch(exposed)
            return _batch(new)

    @answered
    def has_claims(self) -> bool:
        """Whether a batch is held; asked before the rows are read."""
        held = {"state": {"$in": OPEN}, "exposed": {"$ne": True}, "marked": {"$ne": True}}
        return self.batches.find_one(held, {"_id": 1}) is not None

    @answered
    def free(self, ids: list[Any]) -> set[Any]:
        """Of rows just read as not logged, those that no held batch has; two looks, in this order (see above)."""
        unclaimed: set[Any] = set()
        for some in in_pieces(ids, IDS_AT_A_TIME):
            claimed = {found["_id"] for found in self.claims.find({"_id": {"$in": some}}, {"_id": 1})}
            unclaimed |= self.store.predictions.not_logged([one for one in some if one not in claimed])
        return unclaimed

    @answered
    def drop_orphans(self) -> None:
        """Claims and parts of batches that are no more open: their worker died or slept while it wrote them."""
        self.batches.delete_many({"state": "claiming", "exposed": {"$ne": True}})  # of an earlier release
        for left in (self.claims, self.parts):
            named = left.distinct("batch")
            still_open = {"_id": {"$in": named}, "state": {"$in": OPEN}}
            alive = {found["_id"] for found in self.batches.find(still_open, {"_id": 1})}
            for orphan in set(named) - alive:
                left.delete_many({"batch": orphan})

    # ---- prepare

    @answered
    def prepare(self, batch: Batch, parts: Iterable[tuple[DayProfile, list[ReviewedRow]]], to: list[str]) -> None:
        """Store the parts, and let them count unless another worker's do already."""
        attempt, rows, left = uuid4().hex, 0, iter(parts)
        while some := [self._part(batch, attempt, to, *one) for one in islice(left, PARTS_AT_A_TIME)]:
            rows += sum(part["rows"] for part in some)
            self.parts.insert_many(some)
        won = self.batches.update_one(
            {"_id": batch.id, "state": "claiming"}, {"$set": {"state": "prepared", "attempt": attempt, "rows": rows}}
        )
        others = {"$ne": attempt} if won.modified_count else attempt
        self.parts.delete_many({"batch": batch.id, "attempt": others})

    def _part(
        self, batch: Batch, attempt: str, to: list[str], profile: DayProfile, rows: list[ReviewedRow]
    ) -> Document:
        return {
            "_id": profile.trace_id,
            "batch": batch.id,
            "attempt": attempt,
            "day": profile.day.isoformat(),
            "rows": profile.rows,
            "oldest_review_at": min((row.reviewed_at for row in rows if row.reviewed_at), default=None),
            "data": profile.data,
            "ids": [row.id for row in rows],
            "to": {name: {"state": "waiting"} for name in to},
        }

    @answered
    def abandon(self, batch: Batch) -> None:
        """A batch without rows; a worker that still reads for it finds no batch to prepare."""
        self.batches.delete_one({"_id": batch.id, "state": "claiming"})

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
        return Part(profile, {name: _delivery(to) for name, to in found["to"].items()})

    @answered
    def announce(self, part: Part, to: str, place: str) -> Delivery:
        """Store where to put it; another worker's place stands if it came first."""
        return self._step(part, to, {"state": "waiting"}, {"state": "announced", "place": place, "announced_at": NOW})

    @answered
    def begin(self, part: Part, to: str, place: str) -> Delivery:
        """From here on something may have been put there."""
        asked = {"_id": part.profile.trace_id, f"to.{to}.state": "announced", f"to.{to}.place": place}
        return self._after(part, to, asked, {"$inc": {f"to.{to}.begun": 1}})

    @answered
    def sent(self, part: Part, to: str, place: str) -> Delivery:
        return self._step(part, to, {"state": "announced", "place": place}, SENT)

    @answered
    def arrived(self, part: Part, to: str) -> Delivery:
        """At a destination where a repeated delivery counts once for ever."""
        return self._step(part, to, {}, SENT)

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
        self.destinations.update_one(
            {"_id": to}, [{"$set": {"error": {"$literal": error}, "failed_at": NOW}}], upsert=True
        )
        changes = {"attempts": attempts, "retry_at": retry_at, "error": error, "failed_at": NOW}
        return self._step(part, to, {}, changes)

    def _step(self, part: Part, to: str, only_if: Document, changes: Document) -> Delivery:
        """Change the delivery if it is as expected; either way, how it is now."""
        asked = {"_id": part.profile.trace_id} | {f"to.{to}.{name}": value for name, value in only_if.items()}
        values = {name: value if value == NOW else {"$literal": value} for name, value in changes.items()}
        return self._after(part, to, asked, [{"$set": {f"to.{to}.{name}": value for name, value in values.items()}}])

    def _after(self, part: Part, to: str, asked: Document, change: Document | list[Document]) -> Delivery:
        found = self.parts.find_one_and_update(asked, change, {"to": 1}, return_document=ReturnDocument.AFTER)
        found = found or self.parts.find_one({"_id": part.profile.trace_id}, {"to": 1})
        return _delivery(found["to"][to]) if found else Delivery("sent")  # gone: another worker has finished the batch

    # ---- settle

    @answered
    def finish(self, batch: Batch, required: list[str], optional: list[str]) -> int:
        """Mark the rows as logged if every part is at every required destination, else hold them; the newly marked."""
        parts = list(self.parts.find({"batch": batch.id, "attempt": batch.attempt}, {"to": 1, "rows": 1}))
        self._remember(parts)
        if not _all_sent(parts, required):
            self._hold(batch, parts)
            return 0
        newly = 0 if batch.marked else self._mark(batch, parts)
        if _all_sent(parts, optional):
            self.batches.update_one(
                {"_id": batch.id, "state": "prepared"}, [{"$set": {"state": "done", "finished_at": NOW}}]
            )
            self.parts.delete_many({"batch": batch.id})
        return newly

    def _mark(self, batch: Batch, parts: list[Document]) -> int:
        """The rows first, then the word that they are, and the claims last (see above)."""
        self.store.predictions.mark_logged([one for ids in self._ids(parts) for one in ids])
        first = self.batches.update_one(
            {"_id": batch.id, "marked": {"$ne": True}}, {"$set": {"marked": True}, "$unset": {"exposed": ""}}
        )
        self.claims.delete_many({"batch": batch.id})
        return sum(int(part["rows"]) for part in parts) if first.modified_count else 0

    def _hold(self, batch: Batch, parts: list[Document]) -> None:
        """Claim the rows, so that other batches may start while a destination is behind."""
        if not batch.exposed:
            return
        for ids in self._ids(parts):
            self._claim(batch, ids)
        self.batches.update_one({"_id": batch.id, "exposed": True}, {"$set": {"held": True}, "$unset": {"exposed": ""}})

    def _claim(self, batch: Batch, ids: list[Any]) -> None:
        try:
            self.claims.insert_many([{"_id": one, "batch": batch.id} for one in ids], ordered=False)
        except BulkWriteError as some:
            errors = (some.details or {}).get("writeErrors", [])
            if any(error["code"] != DUPLICATE for error in errors):
                raise
            # Ours, from a try before; or left over from a batch of old, if somebody has taken `logged` back since.
            alive = [found.id for found in self.open_batches()]
            for taken in in_pieces([error["op"]["_id"] for error in errors], IDS_AT_A_TIME):
                left_over = {"_id": {"$in": taken}, "batch": {"$nin": alive}}
                self.claims.update_many(left_over, {"$set": {"batch": batch.id}})

    def _ids(self, parts: list[Document]) -> Iterator[list[Any]]:
        for part in parts:
            found = self.parts.find_one({"_id": part["_id"]}, {"ids": 1})
            yield found["ids"] if found else []

    def _remember(self, parts: list[Document]) -> None:
        """Each destination's last success, which outlives the parts."""
        sent: dict[str, datetime] = {}
        for part in parts:
            for name, to in part["to"].items():
                if to.get("sent_at"):
                    sent[name] = max(sent.get(name, to["sent_at"]), to["sent_at"])
        for name, sent_at in sent.items():
            self.destinations.update_one({"_id": name}, {"$max": {"sent_at": sent_at}}, upsert=True)

    # ---- what a person sees and settles

    @answered
    def status(self) -> Status:
        """How things stand; reads the open batches' parts but for their ids and profiles."""
        batches = list(self.batches.find({"state": {"$in": OPEN}}))
        attempts = [found["attempt"] for found in batches if "attempt" in found]
        asked = {"batch": {"$in": [found["_id"] for found in batches]}, "attempt": {"$in": attempts}}
        parts = list(self.parts.find(asked, {"to": 1, "rows": 1, "day": 1, "oldest_review_at": 1}))
        known = {found["_id"]: found for found in self.destinations.find()}
        keys = sorted({*known, *(name for part in parts for name in part["to"])})
        states = Counter(_words(found) for found in batches)
        states["done"] = self.batches.count_documents({"state": "done"})
        return Status(tuple(_status(key, parts, known.get(key, {})) for key in keys), dict(states), self._by_hour())

    def _by_hour(self) -> dict[datetime, int]:
        since = self.now() - timedelta(days=1)
        hour = {"$dateTrunc": {"date": "$finished_at", "unit": "hour"}}
        stages: list[Document] = [
            {"$match": {"finished_at": {"$gte": since}}},
            {"$group": {"_id": hour, "rows": {"$sum": "$rows"}}},
            {"$sort": {"_id": 1}},
        ]
        return {found["_id"]: found["rows"] for found in self.batches.aggregate(stages)}

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


def _words(batch: Document) -> str:
    """The state of an open batch as people see it."""
    if batch.get("marked"):
        return "marked"
    return str(batch["state"]) if batch.get("exposed") else "held"


def _status(key: str, parts: list[Document], known: Document) -> DestinationStatus:
    own = [(part, part["to"][key]["state"]) for part in parts if key in part["to"]]
    missing = [part for part, state in own if state != "sent"]
    sent = [part["to"][key]["sent_at"] for part, _ in own if part["to"][key].get("sent_at")]
    return DestinationStatus(
        key,
        dict(Counter(state for _, state in own)),
        sum(int(part["rows"]) for part in missing),
        min((date.fromisoformat(part["day"]) for part in missing), default=None),
        min((part["oldest_review_at"] for part in missing if part.get("oldest_review_at")), default=None),
        max([*sent, *([known["sent_at"]] if known.get("sent_at") else [])], default=None),
        known.get("error"),
        known.get("failed_at"),
    )


def _delivery(found: Document) -> Delivery:
    """Whatever release wrote it."""
    known = {one.name for one in fields(Delivery)}
    return Delivery(**{name: value for name, value in found.items() if name in known})


def _all_sent(parts: list[Document], names: list[str]) -> bool:
    """A destination that was configured after the batch was prepared gets the next ones."""
    return all(part["to"][name]["state"] == "sent" for part in parts for name in names if name in part["to"])


def _batch(found: Document) -> Batch:
    return Batch(
        found["_id"],
        found["state"],
        found["demo"],
        found.get("exposed", False),
        found.get("attempt"),
        found.get("marked", False),
    )
