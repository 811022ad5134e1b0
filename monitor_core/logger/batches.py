"""Takes the reviewed documents that are not logged in batches, and profiles each batch by UTC day."""

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
from monitor_core.contract.profiles import DayProfile
from monitor_core.logger import profiles
from monitor_core.logger.delivery import deliver_all
from monitor_core.logger.destinations.registry import configured
from monitor_core.logger.run import Run
from monitor_core.mongo.connection import in_pieces
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.predictions import READ_AT_A_TIME
from monitor_core.mongo.store import Store

QUARTER_SECONDS = 900


def log_reviewed(run: Run) -> None:
    """Finish the batches that are open, then log what is reviewed and not logged, in new ones."""
    run.outbox.create_indexes()
    _save_destinations(run)
    run.outbox.drop_orphans()
    for batch in run.outbox.open_batches():
        advance(run, batch)
    _log_new(run)


def _save_destinations(run: Run) -> None:
    """Let the pages know where profiles go, without a look at other packages."""
    active = [ActiveDestination(one.key, one.name, one.required) for one in configured(run.store.settings)]
    if run.outbox.active_destinations() != active:
        run.outbox.save_active_destinations(active)


def _log_new(run: Run) -> None:
    """Batch after batch until nothing waits, or nobody takes anything; the demo's documents in their own batches."""
    for demo in (False, True):
        names = {destination.key for destination in configured(run.store.settings, demo)}
        waits = run.store.predictions.has_pending(list(_demo_ids(run.store)) if demo else None)
        while waits and not names <= run.down and run.goes_on():
            batch = run.outbox.start_batch(demo)
            was_last = advance(run, batch)
            waits = not (was_last and batch.demo == demo)


def _demo_ids(store: Store) -> set[Any]:
    mark = DemoDocuments(store).mark()
    return set(mark.ids) if mark else set()


def advance(run: Run, batch: Batch) -> bool:
    """Bring a batch as far as it goes now; whether it is new and took all that waits."""
    was_last = run.goes_on() and batch.state == "claiming" and _prepare(run, batch)
    found = run.outbox.batch(batch.id)
    if found and found.state == "prepared":
        deliver_all(run, found)
    return was_last


def _prepare(run: Run, batch: Batch) -> bool:
    """Read what the batch takes, and profile it by UTC day of prediction: WhyLabs counts in UTC days."""
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
    return len(rows) < run.store.settings.log_batch


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Rows hold no cycles, and the collector's looking for some in fifty thousand of them is a quarter of the work."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def rows_of(run: Run, batch: Batch) -> list[ReviewedRow]:
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


def parts_of(store: Store, rows: list[ReviewedRow]) -> Iterator[tuple[DayProfile, list[ReviewedRow]]]:
    """One, unless the ids are so long that they do not fit into one document."""
    left = iter(rows)
    for ids in in_pieces([row.id for row in rows], len(rows)):
        some = list(islice(left, len(ids)))
        yield profiles.day_profile(some, uuid4().hex, store.fields, store.settings.class_name), some
