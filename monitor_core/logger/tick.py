"""What the worker does each tick: log what is reviewed and not logged yet."""

import gc
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from monitor_core.contract.bases import BasisDay
from monitor_core.contract.calendar import local_day
from monitor_core.contract.delivery import ARRIVED, Batch, Delivery, Part, announced, begun, doubted, sent, started_over
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.errors import DatabaseUnavailable, DestinationFailed, LeaseLost, MonitorError
from monitor_core.contract.profiles import DayProfile
from monitor_core.logger import day_profiles, history, profiles, quality
from monitor_core.logger.destinations import Destination, configured
from monitor_core.logger.history import Refreshed
from monitor_core.logger.judging import Judge
from monitor_core.logger.notifying import notify
from monitor_core.mongo import leases as lease
from monitor_core.mongo.connection import in_pieces
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.predictions import READ_AT_A_TIME
from monitor_core.mongo.state import State, TickResult
from monitor_core.mongo.store import Store

HISTORY_SECONDS = 20.0  # of a tick: a long history is counted over several, the newest days first
QUARTER_SECONDS = 900
HELP_SECONDS = 5.0  # of a worker that stands by, between its looks whether it has to take over
PROFILES_SECONDS = 10.0  # of a tick, for the days' profiles
QUALITY_SECONDS = 10.0  # of a tick, for looking at what is odd about the documents
RULES_SECONDS = 10.0  # of a tick, for judging the rules


@dataclass
class Tick:
    """One run in the making."""

    store: Store
    outbox: Outbox
    owner: str
    stopping: Callable[[], bool]
    patient: bool  # whether a failed delivery rests until its time
    told: Callable[[int], None]  # the rows newly logged, as it goes
    renewed: float = field(default_factory=time.monotonic)  # when the lease was
    down: set[str] = field(default_factory=set)  # destinations that failed in this run: the rest of it spares them
    set_aside: Counter[str] = field(default_factory=Counter)
    logged: int = 0
    error: str | None = None  # the first one

    def goes_on(self) -> bool:
        """Asked before each piece of work; renews the lease in time."""
        if time.monotonic() - self.renewed > lease.SPAN.total_seconds() / 4:
            if not self.outbox.acquire(self.owner):
                raise LeaseLost("Another worker has taken over; this one waits.")
            self.renewed = time.monotonic()
        return not self.stopping()

    def goes_on_for(self, seconds: float) -> Callable[[], bool]:
        """Return what a step asks before each piece of its work, that begins nothing new after so long."""
        until = time.monotonic() + seconds
        return lambda: self.goes_on() and time.monotonic() < until


def tick(
    store: Store,
    owner: str = "by hand",
    stopping: Callable[[], bool] = lambda: False,
    patient: bool = True,
    told: Callable[[int], None] = lambda _rows: None,
) -> TickResult | None:
    """Finish what earlier ticks left, then log every reviewed document that is not logged; None if another worker does.

    What fails is named in the result and tried again by a later tick; whatever dies, no row is lost, and none reaches
    a destination twice (see `contract/delivery.py`). `told` hears of the rows newly logged, as it goes.
    """
    run = Tick(store, Outbox(store), owner, stopping, patient, told)
    if not run.outbox.acquire(owner):
        return None
    State(store).claim_format()
    steps: tuple[Callable[[], object], ...] = (
        lambda: history.look(store),
        lambda: _log(run),
        lambda: history.refresh(store, run.goes_on_for(HISTORY_SECONDS)),
        lambda: Judge(store).evaluate_all(run.outbox.now(), run.goes_on, RULES_SECONDS),
        lambda: notify(store, run.outbox.now(), run.goes_on),
        lambda: day_profiles.refresh(store, run.goes_on_for(PROFILES_SECONDS)),
        lambda: quality.refresh(store, run.goes_on_for(QUALITY_SECONDS)),
    )
    for step in steps:
        try:
            step()
        except DatabaseUnavailable:
            raise  # not the next run's matter but the next minute's: the worker tries again soon
        except MonitorError as wrong:
            run.error = run.error or str(wrong)
    uncertain = tuple(run.outbox.uncertain())
    sent_to = tuple(destination.name for destination in configured(store.settings))
    result = TickResult(run.outbox.now(), run.logged, dict(run.set_aside), run.error, sent_to, uncertain)
    State(store).save_tick(result)
    return result


def help_out(store: Store, stopping: Callable[[], bool]) -> Refreshed:
    """What a worker does while it stands by: it counts old days of a history in the making."""
    until = time.monotonic() + HELP_SECONDS
    return history.refresh(store, lambda: not stopping() and time.monotonic() < until, helping=True)


def _log(run: Tick) -> None:
    """What was left, then what is new."""
    run.outbox.create_indexes()
    run.outbox.drop_orphans()
    for batch in run.outbox.open_batches():
        _advance(run, batch)
    _log_new(run)


def _log_new(run: Tick) -> None:
    """Batch after batch until nothing waits, or nobody takes anything; the demo's documents in their own batches."""
    for demo in (False, True):
        names = {destination.key for destination in configured(run.store.settings, demo)}
        waits = run.store.predictions.has_pending(list(_demo_ids(run.store)) if demo else None)
        while waits and not names <= run.down and run.goes_on():
            batch = run.outbox.start_batch(demo)
            was_last = _advance(run, batch)
            waits = not (was_last and batch.demo == demo)


def _demo_ids(store: Store) -> set[Any]:
    mark = DemoDocuments(store).mark()
    return set(mark.ids) if mark else set()


def _advance(run: Tick, batch: Batch) -> bool:
    """Bring a batch as far as it goes now; whether it is new and took all that waits."""
    was_last = run.goes_on() and batch.state == "claiming" and _prepare(run, batch)
    found = run.outbox.batch(batch.id)
    if found and found.state == "prepared":
        _deliver_all(run, found)
    return was_last


def _prepare(run: Tick, batch: Batch) -> bool:
    """Read what the batch takes, and profile it by UTC day of prediction: WhyLabs counts in UTC days."""
    with _no_garbage():
        rows = _rows(run, batch)
        days: dict[date, list[ReviewedRow]] = defaultdict(list)
        for row in rows:
            days[row.predicted_at.date()].append(row)
        parts = (part for _, of_day in sorted(days.items()) for part in _parts(run.store, of_day))
        keys = [destination.key for destination in configured(run.store.settings, batch.demo)]
        if rows:
            run.store.changes.note(_days_of(run.store, rows))
            run.outbox.prepare(batch, parts, keys)
        else:
            run.outbox.abandon(batch)
    return len(rows) < run.store.settings.log_batch


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Rows hold no cycles, and the collector's looking for some in fifty thousand of them is a quarter of the work."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _rows(run: Tick, batch: Batch) -> list[ReviewedRow]:
    """What no other batch has; the order of the looks is what makes that true (see `contract/delivery.py`)."""
    most = run.store.settings.log_batch
    demo = _demo_ids(run.store)
    claims = run.outbox.has_claims()
    rows: list[ReviewedRow] = []
    run.set_aside.clear()  # each read begins anew, and the last one of a run sees them all
    for some in run.store.predictions.pending(list(demo) if batch.demo else None, min(most, READ_AT_A_TIME)):
        run.set_aside.update(reason for reason in some if isinstance(reason, str))
        found = [row for row in some if not isinstance(row, str) and (row.id in demo) == batch.demo]
        free = run.outbox.free([row.id for row in found]) if claims else None
        rows += found if free is None else [row for row in found if row.id in free]
        if len(rows) >= most:
            break
    demo |= _demo_ids(run.store)  # written or removed while we read
    return [row for row in rows[:most] if (row.id in demo) == batch.demo]


def _days_of(store: Store, rows: list[ReviewedRow]) -> set[BasisDay]:
    """The days of the history that the rows belong to."""
    validated = _local_days((row.reviewed_at for row in rows if row.reviewed_at), store.settings.zone)
    predicted = _local_days((row.predicted_at for row in rows), store.settings.zone)
    return {("validated", day) for day in validated} | {("predicted", day) for day in predicted}


def _local_days(instants: Iterable[datetime], zone: ZoneInfo) -> set[date]:
    """By the quarter of an hour, in which every zone's days begin: many rows, few of those."""
    quarters = {int(instant.timestamp()) // QUARTER_SECONDS for instant in instants}
    return {local_day(datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC), zone) for quarter in quarters}


def _parts(store: Store, rows: list[ReviewedRow]) -> Iterator[tuple[DayProfile, list[ReviewedRow]]]:
    """One, unless the ids are so long that they do not fit into one document."""
    left = iter(rows)
    for ids in in_pieces([row.id for row in rows], len(rows)):
        some = list(islice(left, len(ids)))
        yield profiles.day_profile(some, uuid4().hex, store.fields, store.settings.class_name), some


def _deliver_all(run: Tick, batch: Batch) -> None:
    """Each part to each destination, and the mark if that was all."""
    to = configured(run.store.settings, batch.demo)
    for trace_id in run.outbox.part_ids(batch):
        for destination in to:
            if not run.goes_on():
                return
            _deliver(run, run.outbox.part(trace_id), destination)
    required = [destination.key for destination in to if destination.required]
    optional = [destination.key for destination in to if not destination.required]
    newly = run.outbox.finish(batch, required, optional)
    run.logged += newly
    if newly:
        run.told(newly)


def _deliver(run: Tick, part: Part, to: Destination) -> None:
    """One part to one destination; a failure is remembered there and holds nothing else back."""
    delivery = part.deliveries.get(to.key)
    if delivery is None or delivery.state in ("sent", "uncertain") or to.key in run.down:
        return
    if run.patient and delivery.retry_at and run.outbox.now() < delivery.retry_at:
        run.error = run.error or f"{delivery.error} It is tried again after {delivery.retry_at:%H:%M} UTC."
        return
    if delivery.state == "announced" and _expired(delivery, to, run.outbox.now()):
        delivery = _settle(run, part, to, delivery)
    if delivery.state != "uncertain":
        _send(run, part, to, delivery)


def _expired(delivery: Delivery, to: Destination, now: datetime) -> bool:
    """Whether its place may no more be used; a clock that went back counts as a long time."""
    if to.repeatable is None or delivery.announced_at is None:
        return False
    return not timedelta(0) <= now - delivery.announced_at <= to.repeatable


def _settle(run: Tick, part: Part, to: Destination, delivery: Delivery) -> Delivery:
    """A place that can be used no more: was anything put there?"""
    if not delivery.begun:
        return run.outbox.step(part, to.key, started_over(delivery))
    if to.arrived(part.profile):
        return run.outbox.step(part, to.key, sent(delivery.place or ""))
    return run.outbox.step(part, to.key, doubted(delivery.place or ""))


def _send(run: Tick, part: Part, to: Destination, delivery: Delivery) -> None:
    try:
        if to.repeatable is None:  # whatever was begun, doing it again counts once: no need to write down the steps
            to.deliver(part.profile, to.announce(part.profile))
            run.outbox.step(part, to.key, ARRIVED)
            return
        if delivery.state == "waiting":
            delivery = run.outbox.step(part, to.key, announced(to.announce(part.profile)))
        if delivery.state == "announced":
            delivery = run.outbox.step(part, to.key, begun(delivery.place or ""))
        if delivery.state == "announced":
            to.deliver(part.profile, delivery.place or "")
            run.outbox.step(part, to.key, sent(delivery.place or ""))
    except DestinationFailed as wrong:
        run.down.add(to.key)
        run.error = run.error or str(wrong)
        if wrong.nothing_taken and delivery.begun == 1:  # by nobody but us
            run.outbox.step(part, to.key, started_over(delivery))
        run.outbox.failed(part, to.key, str(wrong), timedelta(seconds=wrong.pause_seconds))
