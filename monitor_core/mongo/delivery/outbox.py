"""The outbox: the steps of the protocol in `contract/delivery.py`, across several collections."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from pymongo.errors import OperationFailure

from monitor_core.contract.delivery import (
    ActiveDestination,
    Batch,
    Delivery,
    LastTries,
    Part,
    Progress,
    Status,
    Step,
    all_sent,
    destination_status,
    failed,
    last_successes,
)
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.errors import DatabaseRefused
from monitor_core.contract.profiles import DayProfile
from monitor_core.mongo.connection import answered, id_key, in_pieces, place
from monitor_core.mongo.delivery.batches import Batches
from monitor_core.mongo.delivery.claims import IDS_AT_A_TIME, Claims
from monitor_core.mongo.delivery.destinations import DestinationTries
from monitor_core.mongo.delivery.leases import Leases
from monitor_core.mongo.delivery.parts import Parts
from monitor_core.mongo.failures import NO_RIGHT, message_of, remedy_of, words_of
from monitor_core.mongo.store import Store

LOGGING = "worker"  # the lease of the logger that logs; its name is a format
PARTS_AT_A_TIME = 10  # in a write, which waits for the journal once


class Outbox:
    """The profiles that have not reached every destination."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.batches = Batches(store)
        self.parts = Parts(store)
        self.claims = Claims(store)
        self.destinations = DestinationTries(store)
        self._leases = Leases(store)

    @answered
    def create_indexes(self) -> None:
        """Create the indexes; one of them is required for correctness, as it allows only one exposed batch."""
        try:
            self.batches.create_indexes()
            self.claims.create_indexes()
            self.parts.create_indexes()
        except OperationFailure as failure:
            if failure.code == NO_RIGHT:
                raise  # which one, and where, is said in the same words as for everything else
            raise DatabaseRefused(
                f"Nothing is logged: MongoDB at {place(self.settings)} did not create the indexes of monitor_batches, "
                f"monitor_claims and monitor_parts ({words_of(failure.code, message_of(failure))}), without which "
                f"two loggers could log the same row. {remedy_of(failure.code)}."
            ) from None

    def now(self) -> datetime:
        """Return the time of the database's clock."""
        return self.store.now()

    def acquire(self, owner: str) -> bool:
        """Take or renew the logger's lease; return False while another logger holds it."""
        return self._leases.take(LOGGING, owner)

    def release(self, owner: str) -> None:
        """Release the logger's lease, so that another logger can take over at once."""
        self._leases.release(owner, LOGGING)

    # ---- start and read

    @answered
    def open_batches(self) -> list[Batch]:
        """Return the open batches, the oldest first, so that interrupted work is finished before new work begins."""
        return self.batches.open()

    @answered
    def start_batch(self, demo: bool) -> Batch:
        """Return a new batch, or the exposed one, which has to be settled first."""
        return self.batches.start(demo)

    @answered
    def has_claims(self) -> bool:
        """Return whether a batch is held; to be called before the rows are read."""
        return self.batches.is_one_held()

    @answered
    def free(self, ids: list[Any]) -> set[bytes]:
        """Return the keys of those of the rows, just read as not logged, that no held batch claims."""
        unclaimed: set[bytes] = set()
        for piece in in_pieces(ids, IDS_AT_A_TIME):
            taken = self.claims.taken(piece)
            unclaimed |= self.store.predictions.not_logged([id for id in piece if id_key(id) not in taken])
        return unclaimed

    @answered
    def drop_orphans(self) -> None:
        """Delete claims and parts of batches that are no longer open, whose logger died or paused while writing."""
        self.batches.delete_claiming_of_old()
        for left in (self.claims, self.parts):
            named = left.batches()
            for orphan in set(named) - self.batches.open_of(named):
                left.delete_of(orphan)

    # ---- prepare

    @answered
    def prepare(self, batch: Batch, parts: Iterable[tuple[DayProfile, list[ReviewedRow]]], to: list[str]) -> None:
        """Store the parts and make them count, unless another logger's parts already do."""
        attempt, rows, left = uuid4().hex, 0, iter(parts)
        while parts := list(islice(left, PARTS_AT_A_TIME)):
            rows += self.parts.insert(batch, attempt, to, parts)
        if self.batches.prepare(batch, attempt, rows):
            self.parts.delete_other_attempts(batch, attempt)
        else:
            self.parts.delete_attempt(batch, attempt)

    @answered
    def abandon(self, batch: Batch) -> None:
        """Delete a batch without rows."""
        self.batches.abandon(batch)

    # ---- deliver

    @answered
    def batch(self, batch_id: str) -> Batch | None:
        """Return the current state of a batch; None if it no longer exists."""
        return self.batches.get(batch_id)

    @answered
    def part_ids(self, batch: Batch) -> list[str]:
        """Return the ids of a batch's parts, by day."""
        return self.parts.ids(batch)

    @answered
    def part(self, trace_id: str) -> Part:
        """Return a part with its profile."""
        return self.parts.get(trace_id)

    @answered
    def step(self, part: Part, to: str, step: Step) -> Delivery:
        """Apply the step if the delivery is in the expected state; return the delivery's state in either case."""
        return self.parts.step(part, to, step)

    @answered
    def failed(self, part: Part, to: str, error: str, pause: timedelta) -> Delivery:
        """Store the failure; each pause is twice as long as the one before."""
        step = failed(part.deliveries[to], error, pause, self.now())
        self.destinations.failed(to, error)
        return self.parts.step(part, to, step)

    # ---- settle

    @answered
    def finish(self, batch: Batch, required: list[str], optional: list[str]) -> int:
        """Mark the rows if every required destination has every part, else hold them; return how many were marked."""
        parts = self.parts.progress([batch])
        self.destinations.succeeded(last_successes(parts))
        if not all_sent(parts, required):
            self.hold(batch, parts)
            return 0
        newly = 0 if batch.marked else self.mark(batch, parts)
        if all_sent(parts, optional):
            self.batches.finish(batch)
            self.parts.delete_of(batch.id)
        return newly

    def mark(self, batch: Batch, parts: list[Progress]) -> int:
        """Mark the rows, then the batch, and delete the claims last; return how many rows were newly marked."""
        self.store.predictions.mark_logged([id for ids in self.parts.row_ids(parts) for id in ids])
        first = self.batches.mark(batch)
        self.claims.delete_of(batch.id)
        return sum(part.rows for part in parts) if first else 0

    def hold(self, batch: Batch, parts: list[Progress]) -> None:
        """Claim the rows, so that other batches can start while a destination is behind."""
        if not batch.exposed:
            return
        for ids in self.parts.row_ids(parts):
            self.claim(batch, ids)
        self.batches.hold(batch)

    def claim(self, batch: Batch, ids: list[Any]) -> None:
        """Claim these rows for the batch."""
        self.claims.add(batch.id, ids, lambda: [batch.id for batch in self.batches.open()])

    # ---- what a person sees and settles

    @answered
    def status(self) -> Status:
        """Return the state of all deliveries."""
        batches = self.batches.open()
        parts, last = self.parts.progress(batches), self.destinations.read()
        keys = sorted({*last, *(name for part in parts for name in part.deliveries)})
        standing = tuple(destination_status(key, parts, last.get(key, LastTries())) for key in keys)
        states = Counter(batch.stands for batch in batches)
        return Status(standing, {**states, "done": self.batches.count_done()}, self.batches.rows_by_hour())

    @answered
    def active_destinations(self) -> list[ActiveDestination]:
        """Return the destinations that the logger delivered to in its last run; empty before its first."""
        return self.destinations.active()

    @answered
    def save_active_destinations(self, destinations: Iterable[ActiveDestination]) -> None:
        """Store which destinations the logger delivers to."""
        self.destinations.save_active(destinations)

    @answered
    def uncertain(self) -> dict[str, list[str]]:
        """Return, by batch, the destinations that may or may not have it."""
        return self.parts.uncertain()

    @answered
    def resolve(self, batch_id: str, resend: bool) -> int:
        """Settle a batch's uncertain deliveries, as to be sent again or as arrived; return how many."""
        return self.parts.resolve(batch_id, resend)

    @answered
    def remove_demo(self) -> None:
        """Delete the demo's batches and parts."""
        for batch_id in self.batches.of_demo():
            self.claims.delete_of(batch_id)
            self.parts.delete_of(batch_id)
            self.batches.delete(batch_id)
