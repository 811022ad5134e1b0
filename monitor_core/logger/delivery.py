"""Delivery of a batch's parts to the destinations, and marking of its rows once everything has arrived."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from monitor_core.contract import wording
from monitor_core.contract.delivery import (
    ARRIVED,
    Batch,
    Delivery,
    Part,
    announced,
    begun,
    doubted,
    is_paused,
    sent,
    started_over,
)
from monitor_core.contract.errors import DestinationFailed, MonitorError, where
from monitor_core.contract.profiles import is_json
from monitor_core.logger import logs
from monitor_core.logger.deadline import Overdue, call_within
from monitor_core.logger.destinations.local import LocalFolder
from monitor_core.logger.destinations.protocol import Destination, takes_json
from monitor_core.logger.destinations.registry import configured
from monitor_core.logger.run import Run

CALL_SECONDS = 120.0  # the most that one call of a destination may take

log = logs.logger()
T = TypeVar("T")


def deliver_all(run: Run, batch: Batch) -> None:
    """Deliver each part to each destination, and mark the rows as logged if nothing is missing."""
    to = configured(run.store.settings, batch.demo)
    if any(destination.key != LocalFolder.key for destination in to):
        run.end_turn()
    for trace_id in run.outbox.part_ids(batch):
        for destination in to:
            if not run.goes_on():
                return
            if destination.key not in run.down:
                deliver(run, run.outbox.part(trace_id), destination)
    required = [destination.key for destination in to if destination.required]
    optional = [destination.key for destination in to if not destination.required]
    newly = run.outbox.finish(batch, required, optional)
    run.logged += newly
    if newly:
        run.progress(newly)


def deliver(run: Run, part: Part, to: Destination) -> None:
    """Deliver one part to one destination; a failure is stored with the delivery and does not stop the others."""
    delivery = part.deliveries.get(to.key)
    if delivery is None or delivery.state in ("sent", "uncertain") or to.key in run.down:
        return
    if run.patient and is_paused(delivery, run.outbox.now()):
        assert delivery.retry_at  # noqa: S101 - or it would not be paused
        again = wording.instant(delivery.retry_at, run.store.settings.zone)
        run.error = run.error or f"{delivery.error} The next attempt is on {again}."
        return
    if delivery.state == "announced" and _expired(delivery, to, run.outbox.now()):
        try:
            delivery = _settle(run, part, to, delivery)
        except DestinationFailed as failure:
            _note_failure(run, part, to, failure)
            return
    if delivery.state == "uncertain":
        return
    if is_json(part.profile.data) and not takes_json(to):
        _note_failure(run, part, to, _wrong_format(to))
    else:
        _send(run, part, to, delivery)


def _wrong_format(to: Destination) -> DestinationFailed:
    return DestinationFailed(
        f"The destination {to.name} takes only whylogs' files, but this profile was made without whylogs, in JSON; the "
        "local store has it, and it is not sent.",
        nothing_taken=True,
    )


def _expired(delivery: Delivery, to: Destination, now: datetime) -> bool:
    """Return whether the place has expired; it also has if the clock went back."""
    if to.repeatable is None or delivery.announced_at is None:
        return False
    return not timedelta(0) <= now - delivery.announced_at <= to.repeatable


def _settle(run: Run, part: Part, to: Destination, delivery: Delivery) -> Delivery:
    """Settle a delivery whose place has expired, by whether anything has arrived there."""
    if not delivery.begun:
        return run.outbox.step(part, to.key, started_over(delivery))
    if _call(run, to, lambda: to.arrived(part.profile)):
        return run.outbox.step(part, to.key, sent(delivery.place or ""))
    return run.outbox.step(part, to.key, doubted(delivery.place or ""))


def _send(run: Run, part: Part, to: Destination, delivery: Delivery) -> None:
    try:
        if to.repeatable is None:  # repeating it counts once, so the steps need not be written down
            _call(run, to, lambda: to.deliver(part.profile, to.announce(part.profile)))
            run.outbox.step(part, to.key, ARRIVED)
            return
        if delivery.state == "waiting":
            place = _call(run, to, lambda: to.announce(part.profile))
            delivery = run.outbox.step(part, to.key, announced(place))
        if delivery.state == "announced":
            delivery = run.outbox.step(part, to.key, begun(delivery.place or ""))
        if delivery.state == "announced":
            place = delivery.place or ""
            _call(run, to, lambda: to.deliver(part.profile, place))
            run.outbox.step(part, to.key, sent(place))
    except DestinationFailed as failure:
        if failure.nothing_taken and delivery.begun == 1:  # by this logger alone
            run.outbox.step(part, to.key, started_over(delivery))
        _note_failure(run, part, to, failure)


def _note_failure(run: Run, part: Part, to: Destination, failure: DestinationFailed) -> None:
    run.down.add(to.key)
    run.error = run.error or str(failure)
    run.outbox.failed(part, to.key, str(failure), timedelta(seconds=failure.pause_seconds))


def _call(run: Run, to: Destination, act: Callable[[], T]) -> T:
    """Call a destination's method; whatever it raises, even if it hangs, becomes a failure of this destination."""
    began = time.monotonic()
    try:
        return call_within(CALL_SECONDS, f"destination {to.key} of {run.store.settings.model}", act)
    except MonitorError:
        raise
    except Overdue:
        raise DestinationFailed(
            f"The destination {to.name} did not answer within {CALL_SECONDS:.0f} s; check that it can be reached.",
            False,
        ) from None
    except Exception as fault:  # noqa: BLE001 - another package's class may raise anything, with any text
        log.error("destination_fault", destination=to.key, error=type(fault).__name__, where=where(fault))
        raise DestinationFailed(
            f"The destination {to.name} failed with {type(fault).__name__}; the logger's log shows where.", False
        ) from None
    finally:
        run.note_spent(to.key, time.monotonic() - began)
