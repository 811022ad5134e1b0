"""Deliver the parts of a batch to the destinations, and mark its rows as logged once all of it has arrived."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from monitor_core.contract.delivery import ARRIVED, Batch, Delivery, Part, announced, begun, doubted, sent, started_over
from monitor_core.contract.errors import DestinationFailed, MonitorError
from monitor_core.logger import logs
from monitor_core.logger.destinations.protocol import Destination
from monitor_core.logger.destinations.registry import configured
from monitor_core.logger.run import Run

log = logs.logger()


def deliver_all(run: Run, batch: Batch) -> None:
    """Deliver each part to each destination, and mark the rows as logged if nothing is left."""
    to = configured(run.store.settings, batch.demo)
    for trace_id in run.outbox.part_ids(batch):
        for destination in to:
            if not run.goes_on():
                return
            deliver(run, run.outbox.part(trace_id), destination)
    required = [destination.key for destination in to if destination.required]
    optional = [destination.key for destination in to if not destination.required]
    newly = run.outbox.finish(batch, required, optional)
    run.logged += newly
    if newly:
        run.progress(newly)


def deliver(run: Run, part: Part, to: Destination) -> None:
    """Deliver one part to one destination; a failure is stored with the delivery and holds nothing else back."""
    delivery = part.deliveries.get(to.key)
    if delivery is None or delivery.state in ("sent", "uncertain") or to.key in run.down:
        return
    if run.patient and delivery.retry_at and run.outbox.now() < delivery.retry_at:
        run.error = run.error or f"{delivery.error} The next attempt is at {delivery.retry_at:%H:%M} UTC."
        return
    if delivery.state == "announced" and _expired(delivery, to, run.outbox.now()):
        delivery = _settle(run, part, to, delivery)
    if delivery.state != "uncertain":
        _send(run, part, to, delivery)


def _expired(delivery: Delivery, to: Destination, now: datetime) -> bool:
    """Return whether its place may no longer be used; a clock that went back counts as a long time."""
    if to.repeatable is None or delivery.announced_at is None:
        return False
    return not timedelta(0) <= now - delivery.announced_at <= to.repeatable


def _settle(run: Run, part: Part, to: Destination, delivery: Delivery) -> Delivery:
    """Settle a delivery whose place has expired, by whether anything has arrived there."""
    if not delivery.begun:
        return run.outbox.step(part, to.key, started_over(delivery))
    with _failing(to):
        arrived = to.arrived(part.profile)
    if arrived:
        return run.outbox.step(part, to.key, sent(delivery.place or ""))
    return run.outbox.step(part, to.key, doubted(delivery.place or ""))


def _send(run: Run, part: Part, to: Destination, delivery: Delivery) -> None:
    try:
        if to.repeatable is None:  # repeating it counts once, so the steps need not be written down
            with _failing(to):
                to.deliver(part.profile, to.announce(part.profile))
            run.outbox.step(part, to.key, ARRIVED)
            return
        if delivery.state == "waiting":
            with _failing(to):
                place = to.announce(part.profile)
            delivery = run.outbox.step(part, to.key, announced(place))
        if delivery.state == "announced":
            delivery = run.outbox.step(part, to.key, begun(delivery.place or ""))
        if delivery.state == "announced":
            with _failing(to):
                to.deliver(part.profile, delivery.place or "")
            run.outbox.step(part, to.key, sent(delivery.place or ""))
    except DestinationFailed as failure:
        run.down.add(to.key)
        run.error = run.error or str(failure)
        if failure.nothing_taken and delivery.begun == 1:  # by this logger alone
            run.outbox.step(part, to.key, started_over(delivery))
        run.outbox.failed(part, to.key, str(failure), timedelta(seconds=failure.pause_seconds))


@contextmanager
def _failing(to: Destination) -> Iterator[None]:
    """Turn whatever a destination raises into its failure, which holds up neither the others nor the run."""
    try:
        yield
    except MonitorError:
        raise
    except Exception as fault:  # noqa: BLE001 - another package's class may raise anything, with any text
        log.error("destination_fault", destination=to.key, error=type(fault).__name__, where=logs.where(fault))
        raise DestinationFailed(
            f"The destination {to.name} failed with {type(fault).__name__}; the logger's log shows where.", False
        ) from None
