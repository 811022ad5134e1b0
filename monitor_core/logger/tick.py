"""The steps of a run of the logger; a fault in one step does not affect the others."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor_core.contract.errors import DatabaseUnavailable, LeaseLost, MonitorError, where
from monitor_core.logger import batches, history
from monitor_core.logger.day_profiles import refresh_profiles
from monitor_core.logger.history import Refreshed
from monitor_core.logger.judging import Judge
from monitor_core.logger.notifying import notify
from monitor_core.logger.quality import refresh_quality
from monitor_core.logger.reporting.scheduled import send_report
from monitor_core.logger.run import Run, keep_turn
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.failures import Part
from monitor_core.mongo.state import StepFailure, TickResult
from monitor_core.mongo.store import Store

HELP_SECONDS = 5.0  # of a logger that stands by, until it checks again whether it has to take over


@dataclass(frozen=True)
class TickStep:
    """A step of a run; steps depend on the database, but not on the success of other steps.

    When its time is over, a step leaves the remaining work to the next run, so that rules are judged and people
    notified every few minutes, however much work there is.
    """

    name: str  # as people read it, after "the step"
    act: Callable[[Run], object]
    seconds: float = float("inf")
    part: Part | None = None  # of the monitor: left out where the server is too old for it
    sends: bool = False  # it waits for other services


STEPS: tuple[TickStep, ...] = (
    TickStep("looking for changes", lambda run: history.note_changes(run.store, run.now)),
    TickStep("logging", batches.log_reviewed, 60),
    TickStep("counting the history", lambda run: history.refresh(run.store, run.goes_on, now=run.now), 60),
    TickStep("judging the rules", lambda run: Judge(run.store).evaluate_all(run.now, run.goes_on), 10),
    TickStep("notifying", lambda run: notify(run.store, run.now, run.goes_on), 60, sends=True),
    TickStep("making profiles", lambda run: refresh_profiles(run.store, run.goes_on, now=run.now), 10),
    TickStep("checking data quality", lambda run: refresh_quality(run.store, run.goes_on, run.now), 10, "data quality"),
    TickStep("sending the report", lambda run: send_report(run.store, run.now, run.goes_on), 180, sends=True),
)


def tick(
    store: Store,
    owner: str = "by hand",
    stopping: Callable[[], bool] = lambda: False,
    patient: bool = True,
    progress: Callable[[int], None] = lambda _rows: None,
    end_turn: Callable[[], None] = keep_turn,
) -> TickResult | None:
    """Take all steps once and return the result; None if another logger has the lease.

    A failed step or destination is named in the result and tried again by a later run. No crash loses a prediction or
    sends it twice (see `contract/delivery.py`). `progress` is called with the number of newly logged predictions.
    """
    run = Run(store, Outbox(store), owner, stopping, patient, progress, end_turn)
    if not run.outbox.acquire(owner):
        return None
    state = store.state
    state.claim_format()
    last = state.last_tick()
    failing_since = {failure.step: failure.since for failure in last.failures} if last else {}
    for step in STEPS:
        if step.sends:
            run.end_turn()
        run.begin_step(step.seconds)
        try:
            if step.part and (reason := store.lacks(step.part)):
                run.left_out.append(reason)
                continue
            step.act(run)
        except LeaseLost as lost:
            run.error = run.error or str(lost)
            break
        except Exception as fault:  # noqa: BLE001 - one faulty step must not keep the others from running
            if isinstance(fault, DatabaseUnavailable):
                store.server()  # raises if the database is down: then the run ends, and is tried again soon
            since = failing_since.get(step.name) or run.outbox.now()
            run.failures.append(_failure(step, fault, since))
    return state.save_tick(_result(run))


def help_out(store: Store, stopping: Callable[[], bool]) -> Refreshed:
    """Count old days of an incomplete history: the work of a standby logger."""
    until = time.monotonic() + HELP_SECONDS
    return history.refresh(store, lambda: not stopping() and time.monotonic() < until, helping=True)


def _failure(step: TickStep, fault: Exception, since: datetime) -> StepFailure:
    """Return what went wrong; messages of unexpected exceptions are left out, as they may contain any value."""
    if isinstance(fault, MonitorError):
        return StepFailure(step.name, str(fault), since)
    sentence = f"{type(fault).__name__}, a fault of the monitor; please report it."
    return StepFailure(step.name, sentence, since, where(fault))


def _result(run: Run) -> TickResult:
    return TickResult(
        finished_at=run.outbox.now(),
        logged=run.logged,
        set_aside=dict(run.set_aside),
        error=run.error,
        destinations=tuple(destination.name for destination in run.outbox.active_destinations()),
        uncertain=tuple(run.outbox.uncertain()),
        failures=tuple(run.failures),
        left_out=tuple(run.left_out),
        gave_way=run.gave_way,
    )
