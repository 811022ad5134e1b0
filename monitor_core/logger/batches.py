"""Logging of reviewed predictions in batches, each profiled by UTC day."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from monitor_core.contract.bases import BasisDay
from monitor_core.contract.calendar import local_day
from monitor_core.contract.delivery import ActiveDestination, Batch
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.errors import WhylogsMissing
from monitor_core.contract.profiles import DayProfile
from monitor_core.logger import profiles
from monitor_core.logger.delivery import deliver_all
from monitor_core.logger.destinations.registry import configured, why_refused
from monitor_core.logger.readings import LastReading, last_readings
from monitor_core.logger.run import Run
from monitor_core.mongo.connection import id_key, id_keys, in_pieces
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.predictions import READ_AT_A_TIME
from monitor_core.mongo.store import Store

QUARTER_SECONDS = 900


def log_reviewed(run: Run) -> None:
    """Finish the open batches, then log the remaining reviewed predictions in new ones."""
    run.outbox.create_indexes()
    _save_destinations(run)
    run.outbox.drop_orphans()
    for batch in run.outbox.open_batches():
        advance_batch(run, batch)
    _log_new(run)
    run.gave_way |= run.is_out_of_time


def _save_destinations(run: Run) -> None:
    """Store the active destinations, so that the pages can list them without importing other packages."""
    destinations = configured(run.store.settings)
    active = [
        ActiveDestination(destination.key, destination.name, destination.required) for destination in destinations
    ]
    if run.outbox.active_destinations() != active:
        run.outbox.save_active_destinations(active)


def _log_new(run: Run) -> None:
    """Log batch after batch until nothing is waiting or every destination is down; the demo has its own batches."""
    for demo in (False, True):
        names = {destination.key for destination in configured(run.store.settings, demo)}
        waits = run.store.predictions.has_pending(_demo_ids(run.store) if demo else None)
        while waits and not names <= run.down and run.goes_on():
            _check_whylogs(run, demo)
            batch = run.outbox.start_batch(demo)
            was_last = advance_batch(run, batch)
            waits = not (was_last and batch.demo == demo)


def _check_whylogs(run: Run, demo: bool) -> None:
    """Raise if no profile can be made that each destination takes; what has been profiled is still delivered."""
    if reason := why_refused(configured(run.store.settings, demo)):
        raise WhylogsMissing(reason)


def _demo_ids(store: Store) -> list[Any]:
    mark = DemoDocuments(store).mark()
    return mark.ids if mark else []


def advance_batch(run: Run, batch: Batch) -> bool:
    """Advance a batch as far as possible; return whether it is new and contains everything that was waiting."""
    was_last = run.goes_on() and batch.state == "claiming" and _prepare(run, batch)
    stored = run.outbox.batch(batch.id)
    if stored and stored.state == "prepared":
        deliver_all(run, stored)
    return was_last


def _prepare(run: Run, batch: Batch) -> bool:
    """Read the batch's predictions and profile them by UTC day of prediction, because WhyLabs counts in UTC days.

    Return whether nothing remains for another batch.
    """
    _check_whylogs(run, batch.demo)
    with _no_garbage():
        rows = rows_of(run, batch)
        days: dict[date, list[ReviewedRow]] = defaultdict(list)
        for row in rows:
            days[row.predicted_at.date()].append(row)
        parts = (part for _, of_day in sorted(days.items()) for part in parts_of(run.store, of_day))
        keys = [destination.key for destination in configured(run.store.settings, batch.demo)]
        if rows:
            run.store.changes.note(_days_of(run.store, rows))
            run.outbox.prepare(batch, parts, keys)
        else:
            run.outbox.abandon(batch)
    if run.reading:
        last_readings[run.store] = run.reading  # not before its rows are in a batch
    return len(rows) < run.store.settings.log_batch


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Pause the garbage collector, whose search for cycles among fifty thousand rows takes a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def rows_of(run: Run, batch: Batch) -> list[ReviewedRow]:
    """Read the rows that no other batch has; relies on the order of the reads (see `contract/delivery.py`)."""
    most = run.store.settings.log_batch
    ids = _demo_ids(run.store)
    demo = id_keys(ids)
    claims = run.outbox.has_claims()
    rows: dict[bytes, ReviewedRow] = {}  # what is reviewed again while we read is found by its old date and its new one
    run.set_aside.clear()  # each read counts all of them, and the last one of a run stands
    repeats = run.store.predictions.may_repeat_ids()
    for piece in _pending(run, ids if batch.demo else None, min(most, READ_AT_A_TIME)):
        run.set_aside.update(_reasons(piece))
        usable = {id_key(row.id): row for row in piece if not isinstance(row, str)}
        if repeats and (again := sum(not isinstance(row, str) for row in piece) - len(usable.keys() - rows.keys())):
            run.set_aside["repeated_id"] += again
        usable = {key: row for key, row in usable.items() if (key in demo) == batch.demo}
        free = run.outbox.free([row.id for row in usable.values()]) if claims else usable.keys()
        rows |= {key: row for key, row in usable.items() if key in free}
        if len(rows) >= most:
            break
    demo |= id_keys(_demo_ids(run.store))  # it may have been written or removed while we read
    return [row for key, row in islice(rows.items(), most) if (key in demo) == batch.demo]


def _pending(run: Run, demo: list[Any] | None, size: int) -> Iterator[list[ReviewedRow | str]]:
    """Yield what is pending, in lists of `size`; while the last reading is valid, only what was reviewed since.

    Predictions that the last reading set aside are then counted without reading them again. Runs by hand read all.
    """
    predictions = run.store.predictions
    if demo is not None:
        yield from predictions.pending(demo, size)
        return
    last = last_readings.get(run.store)
    if last and run.patient and last.rests(run.now):
        run.set_aside.update(last.set_aside)
    else:
        last = LastReading(run.now)
        for piece in predictions.pending_beside(last.began_at, last.end, size):
            last.set_aside.update(_reasons(piece))
            yield piece
        run.reading = last
    yield from predictions.pending_around(last.began_at, last.end, size)


def _reasons(piece: list[ReviewedRow | str]) -> Iterator[str]:
    return (reason for reason in piece if isinstance(reason, str))


def _days_of(store: Store, rows: list[ReviewedRow]) -> set[BasisDay]:
    """Return the stored days that the rows belong to."""
    validated = _local_days((row.reviewed_at for row in rows if row.reviewed_at), store.settings.zone)
    predicted = _local_days((row.predicted_at for row in rows), store.settings.zone)
    return {("validated", day) for day in validated} | {("predicted", day) for day in predicted}


def _local_days(instants: Iterable[datetime], zone: ZoneInfo) -> set[date]:
    """Return the local days of instants, by quarters of an hour: these are few, and any zone's days begin with one."""
    quarters = {int(instant.timestamp()) // QUARTER_SECONDS for instant in instants}
    return {local_day(datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC), zone) for quarter in quarters}


def parts_of(store: Store, rows: list[ReviewedRow]) -> Iterator[tuple[DayProfile, list[ReviewedRow]]]:
    """Yield one part with its rows, or several if the ids do not fit into a single document."""
    left = iter(rows)
    for ids in in_pieces([row.id for row in rows], len(rows)):
        piece = list(islice(left, len(ids)))
        yield profiles.day_profile(piece, uuid4().hex, store.fields, store.settings.class_name), piece
