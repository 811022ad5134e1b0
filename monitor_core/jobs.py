"""What the worker does each tick: log what is reviewed and not logged yet."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

from monitor_core import profiles
from monitor_core.contract import ReviewedRow
from monitor_core.destinations import Destination, LocalFolder, WhyLabs
from monitor_core.errors import MonitorError
from monitor_core.settings import Settings
from monitor_core.store import Store, TickResult


def destinations(settings: Settings) -> list[Destination]:
    """Where profiles go: the one that can fail for reasons of its own first, the local store last."""
    local: list[Destination] = [LocalFolder(settings.state_folder / "profiles")]
    return [WhyLabs(settings), *local] if settings.whylabs_enabled else local


def demo_profiles(settings: Settings) -> Path:
    """The demo's profiles go nowhere else, and are removed with it: nobody's WhyLabs wants them."""
    return settings.state_folder / "profiles" / "demo"


def tick(store: Store, now: datetime, stopping: Callable[[], bool] = lambda: False) -> TickResult:
    """Profile and deliver every reviewed document that is not logged, mark it, and remember how it went.

    A document is marked only after every destination has it. What fails is named in the result and tried again by
    the next tick; a crash between delivery and mark repeats that day's batch.
    """
    set_aside: Counter[str] = Counter()
    logged, error = 0, None
    try:
        for count in _log(store, set_aside, stopping):
            logged += count
    except MonitorError as wrong:
        error = str(wrong)
    sent_to = tuple(destination.name for destination in destinations(store.settings))
    result = TickResult(max(now, datetime.now(UTC)), logged, dict(set_aside), error, sent_to)
    store.save_tick(result)
    return result


def _log(store: Store, set_aside: Counter[str], stopping: Callable[[], bool]) -> Iterator[int]:
    """Yields the number of documents after each day's delivery."""
    mark = store.demo_mark()
    demo = set(mark.ids) if mark else set()
    to: dict[bool, list[Destination]] = {
        True: [LocalFolder(demo_profiles(store.settings))],
        False: destinations(store.settings),
    }
    rows = _readable(store.pending(), set_aside)
    while batch := list(islice(rows, store.settings.log_batch)):
        for (is_demo, _), part in sorted(_parts(batch, demo).items()):
            if stopping():
                return
            _deliver(store, part, to[is_demo])
            yield len(part)


def _readable(pending: Iterator[ReviewedRow | str], set_aside: Counter[str]) -> Iterator[ReviewedRow]:
    for found in pending:
        if isinstance(found, str):
            set_aside[found] += 1
        else:
            yield found


def _parts(batch: list[ReviewedRow], demo: set[object]) -> dict[tuple[bool, date], list[ReviewedRow]]:
    """The batch by UTC day of prediction: WhyLabs counts in UTC days."""
    parts: dict[tuple[bool, date], list[ReviewedRow]] = defaultdict(list)
    for row in batch:
        parts[row.id in demo, row.predicted_at.date()].append(row)
    return parts


def _deliver(store: Store, rows: list[ReviewedRow], to: list[Destination]) -> None:
    profile = profiles.day_profile(rows, uuid4().hex, store.fields, store.settings.class_name)
    for destination in to:
        destination.send(profile)
    store.mark_logged([row.id for row in rows])
