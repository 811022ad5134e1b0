"""What the worker does each tick: log what is reviewed and not logged yet."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from monitor_core import profiles
from monitor_core.contract import ReviewedRow
from monitor_core.destinations import Destination, LocalFolder, WhyLabs
from monitor_core.errors import DatabaseUnavailable, DestinationFailed, MonitorError
from monitor_core.outbox import LEASE, Batch, Delivery, Outbox, Part
from monitor_core.profiles import DayProfile
from monitor_core.settings import Settings
from monitor_core.store import Store, TickResult


def destinations(settings: Settings, demo: bool = False) -> list[Destination]:
    """Where profiles go; the demo's stay here, in a folder that is removed with it: nobody's WhyLabs wants them."""
    if demo:
        return [LocalFolder(demo_profiles(settings))]
    local: list[Destination] = [LocalFolder(settings.state_folder / "profiles", settings.local_required)]
    return [*local, WhyLabs(settings)] if settings.whylabs_enabled else local


def demo_profiles(settings: Settings) -> Path:
    return settings.state_folder / "profiles" / "demo"


class LeaseLost(MonitorError):
    """Another worker has taken over."""


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
        if time.monotonic() - self.renewed > LEASE.total_seconds() / 4:
            if not self.outbox.acquire(self.owner):
                raise LeaseLost("Another worker has taken over; this one waits.")
            self.renewed = time.monotonic()
        return not self.stopping()


def tick(
    store: Store,
    owner: str = "by hand",
    stopping: Callable[[], bool] = lambda: False,
    patient: bool = True,
    told: Callable[[int], None] = lambda rows: None,
) -> TickResult | None:
    """Finish what earlier ticks left, then log every reviewed document that is not logged; None if another worker does.

    What fails is named in the result and tried again by a later tick; whatever dies, no row is lost, and none reaches
    a destination twice (see `outbox`).
    """
    run = Tick(store, Outbox(store), owner, stopping, patient, told)
    if not run.outbox.acquire(owner):
        return None
    try:
        run.outbox.drop_orphans()
        for batch in run.outbox.open_batches():
            _advance(run, batch)
        _log_new(run)
    except DatabaseUnavailable:
        raise  # not the next run's matter but the next minute's: the worker tries again soon
    except MonitorError as wrong:
        run.error = run.error or str(wrong)
    uncertain = tuple(run.outbox.uncertain())
    sent_to = tuple(destination.name for destination in destinations(store.settings))
    result = TickResult(run.outbox.now(), run.logged, dict(run.set_aside), run.error, sent_to, uncertain)
    store.save_tick(result)
    return result


def _log_new(run: Tick) -> None:
    """Claim, prepare and deliver batch after batch, until nothing waits."""
    mark = run.store.demo_mark()
    demo = set(mark.ids) if mark else set()
    ids = _readable(run)
    while run.goes_on() and (some := list(islice(ids, run.store.settings.log_batch))):
        free = run.outbox.unclaimed(some)
        for is_demo in (False, True):
            chosen = [one for one in free if (one in demo) == is_demo]
            if chosen:
                batch = run.outbox.start_batch(is_demo)
                run.outbox.claim(batch, chosen)
                _advance(run, batch)


def _readable(run: Tick) -> Iterator[Any]:
    """The ids of what can be logged; the rest is counted."""
    for one, found in run.store.pending():
        if isinstance(found, str):
            run.set_aside[found] += 1
        else:
            yield one


def _advance(run: Tick, batch: Batch) -> None:
    """Bring a batch as far as it goes now."""
    if run.goes_on() and batch.state == "claiming":
        _prepare(run, batch)
    found = run.outbox.batch(batch.id)
    if found is None or found.state != "prepared":
        return
    to = destinations(run.store.settings, found.demo)
    for trace_id in run.outbox.part_ids(found):
        for destination in to:
            if not run.goes_on():
                return
            _deliver(run, run.outbox.part(trace_id), destination)
    required = [destination.key for destination in to if destination.required]
    optional = [destination.key for destination in to if not destination.required]
    newly = run.outbox.finish(found, required, optional)
    run.logged += newly
    run.told(newly)


def _prepare(run: Tick, batch: Batch) -> None:
    """The claimed rows as they are now, profiled by UTC day of prediction: WhyLabs counts in UTC days."""
    rows = run.store.pending_rows(run.outbox.claimed(batch))
    days: dict[date, list[ReviewedRow]] = defaultdict(list)
    for row in rows.values():
        if not isinstance(row, str):
            days[row.predicted_at.date()].append(row)
    if not days:
        run.outbox.abandon(batch)
        return
    keys = [destination.key for destination in destinations(run.store.settings, batch.demo)]
    run.outbox.prepare(batch, (_part(run.store, of_day) for _, of_day in sorted(days.items())), keys)


def _part(store: Store, rows: list[ReviewedRow]) -> tuple[DayProfile, list[Any]]:
    profile = profiles.day_profile(rows, uuid4().hex, store.fields, store.settings.class_name)
    return profile, [row.id for row in rows]


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
        return run.outbox.start_over(part, to.key, delivery)
    if to.arrived(part.profile):
        return run.outbox.sent(part, to.key, delivery.place or "")
    return run.outbox.doubt(part, to.key, delivery.place or "")


def _send(run: Tick, part: Part, to: Destination, delivery: Delivery) -> None:
    try:
        if to.repeatable is None:  # whatever was begun, doing it again counts once: no need to write down the steps
            to.deliver(part.profile, to.announce(part.profile))
            run.outbox.arrived(part, to.key)
            return
        if delivery.state == "waiting":
            delivery = run.outbox.announce(part, to.key, to.announce(part.profile))
        if delivery.state == "announced":
            delivery = run.outbox.begin(part, to.key, delivery.place or "")
        if delivery.state == "announced":
            to.deliver(part.profile, delivery.place or "")
            run.outbox.sent(part, to.key, delivery.place or "")
    except DestinationFailed as wrong:
        run.down.add(to.key)
        run.error = run.error or str(wrong)
        if wrong.nothing_taken and delivery.begun == 1:  # by nobody but us
            run.outbox.start_over(part, to.key, delivery)
        run.outbox.failed(part, to.key, str(wrong), timedelta(seconds=wrong.pause_seconds))
