"""The logger's runs by hand, with their progress."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from monitor_core.logger import logs
from monitor_core.logger import tick as jobs
from monitor_core.logger.outcome import Outcome, run, save_failure, tell
from monitor_core.logger.scheduler import OWNER, Indexes
from monitor_core.mongo.state import State, TickResult
from monitor_core.mongo.store import Store

PROGRESS_SECONDS = 10.0  # between two lines on a long run

log = logs.logger()


def once(store: Store, stop: threading.Event) -> int:
    """Run once; return the exit code."""
    outcome = _by_hand(store, stop)
    return 0 if outcome.went_well or outcome.is_standby else 1


def backfill(store: Store, stop: threading.Event) -> int:
    """Run until nothing waits; return the exit code: 1 when a run gets no further, though something waits."""
    while True:
        outcome = _by_hand(store, stop)
        if stop.is_set() or (outcome.went_well and not store.predictions.waiting().rows):
            return 0
        if not (outcome.result and outcome.result.logged):
            return 1


def _by_hand(store: Store, stop: threading.Event) -> Outcome:
    """One run with its progress, told."""

    def tick() -> TickResult | None:
        store.server()
        State(store).check_format()
        Indexes(store).make()
        with _progress(store.predictions.waiting().rows) as progress:
            return jobs.tick(store, OWNER, stop.is_set, patient=False, progress=progress)

    outcome = run(tick)
    tell(outcome)
    save_failure(store, outcome)
    return outcome


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Called with the rows newly logged: a bar where somebody looks on, now and then a line elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    columns = (TextColumn("logging"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("logging", total=total)
        yield lambda rows: bar.advance(task, rows)


class _Lines:
    def __init__(self, total: int) -> None:
        self.total, self.logged, self.told_at = total, 0, time.monotonic()

    def __call__(self, rows: int) -> None:
        self.logged += rows
        if time.monotonic() - self.told_at > PROGRESS_SECONDS:
            log.info("progress", logged=self.logged, of=self.total)
            self.told_at = time.monotonic()
