"""Runs of the logger that are started by hand, with a progress display."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError
from monitor_core.logger import logs
from monitor_core.logger.outcome import Outcome, log_outcome, run, save_failure
from monitor_core.logger.scheduler import OWNER, IndexCreation
from monitor_core.logger.tick import tick
from monitor_core.mongo.delivery.leases import Leases
from monitor_core.mongo.delivery.outbox import LOGGING
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store

PROGRESS_SECONDS = 10.0  # between two lines on a long run

log = logs.logger()


def of_each(act: Callable[[Store, threading.Event], int], stores: Sequence[Store], stop: threading.Event) -> int:
    """Run for one model after the other, even if one of them fails; return the worst exit code."""
    if len(stores) == 1:
        return act(stores[0], stop)
    codes = [0]
    for store in stores:
        logs.of_model.set(store.settings.model)
        try:
            codes.append(act(store, stop))
        except MonitorError as refusal:
            log.error("refused", error=str(refusal))
            codes.append(2)
        if stop.is_set():
            break
    return max(codes)


def once(store: Store, stop: threading.Event) -> int:
    """Run once; return the exit code, which is also 1 if reviews wait and none was logged, for a logged reason."""
    outcome = _by_hand(store, stop)
    if not (outcome.went_well or outcome.is_standby):
        return 1
    waiting = store.predictions.waiting().rows
    if not waiting or stop.is_set():
        return 0
    if outcome.result and outcome.result.logged:
        log.info(
            "unfinished", waiting=waiting, reason="the run had no time for more; --backfill goes on until none waits"
        )
        return 0
    log.warning("nothing_logged", waiting=waiting, reason=_why_nothing(store, outcome))
    return 1


def _why_nothing(store: Store, outcome: Outcome) -> str:
    """Return why a successful run has logged none of the waiting reviews."""
    until = Leases(store).until(LOGGING)
    if outcome.is_standby and until:
        left = wording.duration(max(until - store.now(), timedelta(0)))
        return f"another logger is at work; unless it goes on, its lease ends in {left}"
    return "the destinations took too long; the next run goes on with it"


def backfill(store: Store, stop: threading.Event) -> int:
    """Run until no review is waiting; return the exit code: 1 if reviews wait and a run logs none of them."""
    while True:
        outcome = _by_hand(store, stop)
        if stop.is_set() or (outcome.went_well and not store.predictions.waiting().rows):
            return 0
        done = outcome.result
        if done is None or not (done.logged or (done.gave_way and done.is_whole)):
            return 1


def _by_hand(store: Store, stop: threading.Event) -> Outcome:
    """Run once, show the progress, and log the outcome."""

    def run_once() -> TickResult | None:
        store.server()
        store.state.check_format()
        IndexCreation(store).run()
        with _progress(store.predictions.waiting().rows) as progress:
            return tick(store, OWNER, stop.is_set, patient=False, progress=progress)

    outcome = run(run_once)
    log_outcome(outcome)
    save_failure(store, outcome)
    return outcome


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Yield a callback for the number of newly logged predictions: a bar on a terminal, else an occasional line."""
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    columns = (TextColumn("logging"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("logging", total=total)
        yield lambda rows: bar.advance(task, rows)


class _Lines:
    def __init__(self, total: int) -> None:
        self.total, self.logged, self.printed_at = total, 0, time.monotonic()

    def __call__(self, rows: int) -> None:
        self.logged += rows
        if time.monotonic() - self.printed_at > PROGRESS_SECONDS:
            log.info("progress", logged=self.logged, of=self.total)
            self.printed_at = time.monotonic()
