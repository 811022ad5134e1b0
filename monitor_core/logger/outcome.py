"""The outcome of a run of the logger, for the log and the pages."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from monitor_core.contract.errors import DatabaseRefused, DatabaseUnavailable, MonitorError, StateTooNew, where
from monitor_core.logger import logs
from monitor_core.logger.destinations.registry import configured
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.settings.place import CLI

log = logs.logger()


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run; without result and failure, another logger has the lease."""

    seconds: float
    result: TickResult | None = None
    failure: str | None = None  # "database", "destination" or "fault"
    error: str | None = None  # as a sentence
    where: str | None = None  # the place in the code of a fault of ours

    @property
    def is_standby(self) -> bool:
        return self.result is None and self.failure is None

    @property
    def went_well(self) -> bool:
        return self.result is not None and self.failure is None and not self.result.uncertain


def run(tick: Callable[[], TickResult | None]) -> Outcome:
    """Run a tick and return its outcome; the only exception that passes through is StateTooNew."""
    began = time.monotonic()

    def spent() -> float:
        return round(time.monotonic() - began, 3)

    try:
        result = tick()
    except DatabaseRefused as wrong:  # it is not down
        return Outcome(spent(), None, "fault", str(wrong))
    except DatabaseUnavailable as wrong:
        return Outcome(spent(), None, "database", str(wrong))
    except StateTooNew:
        raise  # nothing may be written, not even how the run ended
    except MonitorError as wrong:
        return Outcome(spent(), None, "fault", str(wrong))
    except Exception as wrong:  # noqa: BLE001 - one faulty run must not be the last
        text = f"{type(wrong).__name__}, a fault of the monitor; please report it."  # its own text may hold anything
        return Outcome(spent(), None, "fault", text, where(wrong))
    if result is None or result.is_whole:
        return Outcome(spent(), result)
    if result.failures:
        first = result.failures[0]
        return Outcome(spent(), result, "fault", f"The step {first.step} failed: {first.error}", first.where)
    return Outcome(spent(), result, "destination", result.error)


def log_outcome(outcome: Outcome, retry_in_seconds: float | None = None) -> None:
    """Log one line for the run, one for each failed step, and one for each batch that needs a person."""
    fields: dict[str, Any] = {"seconds": outcome.seconds}
    if outcome.result:
        done = outcome.result
        fields |= {"logged": done.logged, "destinations": list(done.destinations), "set_aside": done.set_aside}
    if outcome.is_standby:
        log.info("standby", reason="another logger has the lease on this database")
    elif outcome.failure == "database":
        again = {} if retry_in_seconds is None else {"retry_in_seconds": retry_in_seconds}
        log.error("database_down", error=outcome.error, **again, **fields)
    elif outcome.failure:
        at = {"where": outcome.where} if outcome.where else {}
        log.error("tick_failed", error=outcome.error, **at, **fields)
    else:
        log.info("tick", **fields)
    for failure in outcome.result.failures if outcome.result else ():
        at = {"where": failure.where} if failure.where else {}
        since = failure.since.isoformat(timespec="seconds")
        log.error("step_failed", step=failure.step, error=failure.error, since=since, **at)
    for reason in outcome.result.left_out if outcome.result else ():
        log.info("step_left_out", reason=reason)
    for batch in outcome.result.uncertain if outcome.result else ():
        command = f"{CLI} logging resolve {batch}"
        remedy = f"check whether it arrived: if so, run {command} --accept, if not, run {command} --resend"
        log.error("batch_uncertain", batch=batch, remedy=remedy)


def save_failure(store: Store, outcome: Outcome) -> None:
    """Store what interrupted a run, for the overview page, if the database is writable."""
    if outcome.result is None and outcome.failure:
        box = Outbox(store)
        with suppress(MonitorError):
            names = tuple(destination.name for destination in box.active_destinations())
            store.state.save_tick(TickResult(box.now(), 0, {}, outcome.error, names, tuple(box.uncertain())))


def destination_names(store: Store) -> tuple[str, ...]:
    return tuple(destination.name for destination in configured(store.settings))
