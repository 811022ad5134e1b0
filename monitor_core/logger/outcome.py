"""How a run of the logger ended: in the log, and on the pages."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from monitor_core.contract.errors import DatabaseUnavailable, MonitorError, StateTooNew
from monitor_core.logger import logs
from monitor_core.logger.destinations.registry import configured
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import State, TickResult
from monitor_core.mongo.store import Store

log = logs.logger()


@dataclass(frozen=True)
class Outcome:
    """How a run ended; without result and failure, another worker is at work."""

    seconds: float
    result: TickResult | None = None
    failure: str | None = None  # "database", "destination" or "fault"
    error: str | None = None  # in words
    where: str | None = None  # of a fault of ours

    @property
    def is_standby(self) -> bool:
        return self.result is None and self.failure is None

    @property
    def went_well(self) -> bool:
        return self.result is not None and self.failure is None and not self.result.uncertain


def run(tick: Callable[[], TickResult | None]) -> Outcome:
    """Run it; nothing it raises goes further, but StateTooNew."""
    began = time.monotonic()

    def spent() -> float:
        return round(time.monotonic() - began, 3)

    try:
        result = tick()
    except DatabaseUnavailable as wrong:
        return Outcome(spent(), None, "database", str(wrong))
    except StateTooNew:
        raise  # nothing may be written, not even how the run ended
    except MonitorError as wrong:
        return Outcome(spent(), None, "fault", str(wrong))
    except Exception as wrong:  # noqa: BLE001 - one faulty run must not be the last
        told = f"{type(wrong).__name__}, a fault of the monitor; please report it."  # its text may hold anything
        return Outcome(spent(), None, "fault", told, logs.where(wrong))
    if result is None or result.is_whole:
        return Outcome(spent(), result)
    if result.failures:
        first = result.failures[0]
        return Outcome(spent(), result, "fault", f"The step {first.step} failed: {first.error}", first.where)
    return Outcome(spent(), result, "destination", result.error)


def tell(outcome: Outcome, retry_in_seconds: float | None = None) -> None:
    """Log one line for the run, one for each step that failed, and one for each batch that needs a person."""
    fields: dict[str, Any] = {"seconds": outcome.seconds}
    if outcome.result:
        done = outcome.result
        fields |= {"logged": done.logged, "destinations": list(done.destinations), "set_aside": done.set_aside}
    if outcome.is_standby:
        log.info("standby", reason="another worker is at work on this database")
    elif outcome.failure == "database":
        again = {} if retry_in_seconds is None else {"retry_in_seconds": retry_in_seconds}
        log.error("database_down", error=outcome.error, **again, **fields)
    elif outcome.failure:
        at = {"where": outcome.where} if outcome.where else {}
        log.error("tick_failed", error=outcome.error, **at, **fields)
    else:
        log.info("tick", **fields)
    for one in outcome.result.failures if outcome.result else ():
        place = {"where": one.where} if one.where else {}
        log.error("step_failed", step=one.step, error=one.error, since=f"{one.since:%Y-%m-%d %H:%M} UTC", **place)
    for batch in outcome.result.uncertain if outcome.result else ():
        command = f"python -m monitor_core logging resolve {batch}"
        log.error("batch_uncertain", batch=batch, remedy=f"see whether it arrived, then {command} --resend or --accept")


def save_failure(store: Store, outcome: Outcome) -> None:
    """What broke a run off stands on the overview page too, if the database takes that much."""
    if outcome.result is None and outcome.failure:
        box = Outbox(store)
        with suppress(MonitorError):
            names = tuple(destination.name for destination in box.active_destinations())
            State(store).save_tick(TickResult(box.now(), 0, {}, outcome.error, names, tuple(box.uncertain())))


def destination_names(store: Store) -> tuple[str, ...]:
    return tuple(destination.name for destination in configured(store.settings))
