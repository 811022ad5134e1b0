"""The state of a run of the logger while it is in progress."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from monitor_core.contract.errors import LeaseLost
from monitor_core.logger.readings import LastReading
from monitor_core.mongo.delivery import leases
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import StepFailure
from monitor_core.mongo.store import Store

DESTINATION_SECONDS = 30.0  # of a run: a destination that has taken so long gives way to the others and to the rules


@dataclass
class Run:
    """The state of a run: its lease, and its results so far."""

    store: Store
    outbox: Outbox
    owner: str
    stopping: Callable[[], bool]
    patient: bool  # whether a failed delivery rests until its time
    progress: Callable[[int], None]  # called with the number of newly logged predictions
    renewed_at: float = field(default_factory=time.monotonic)  # when the lease was renewed last
    down: set[str] = field(default_factory=set)  # destinations that failed or were slow; this run leaves them alone
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))  # seconds, by destination
    gave_way: bool = False  # the logging has left something to the next run, for want of time
    until: float = float("inf")  # when the step's time is up, of `time.monotonic`
    set_aside: Counter[str] = field(default_factory=Counter)
    reading: LastReading | None = None  # of all that was pending, if the run read it to its end
    logged: int = 0
    error: str | None = None  # of the first destination that failed, or that the lease is lost
    failures: list[StepFailure] = field(default_factory=list)  # of whole steps
    left_out: list[str] = field(default_factory=list)  # why, of steps that the server is too old for

    @cached_property
    def now(self) -> datetime:
        """Return when the run began, by the database's clock, read once so that all steps agree on the day."""
        return self.outbox.now()

    def begin_step(self, seconds: float) -> None:
        """Begin a step with a time limit, after which `goes_on` returns False."""
        self.until = time.monotonic() + seconds

    @property
    def is_out_of_time(self) -> bool:
        return time.monotonic() >= self.until

    def goes_on(self) -> bool:
        """Return whether the step may begin its next piece of work; renew the lease in time."""
        if time.monotonic() - self.renewed_at > leases.SPAN.total_seconds() / 4:
            if not self.outbox.acquire(self.owner):
                raise LeaseLost("Another logger has taken over the lease; this one stands by.")
            self.renewed_at = time.monotonic()
        return not self.stopping() and not self.is_out_of_time

    def note_spent(self, destination: str, seconds: float) -> None:
        """Add to the time spent on a destination, which is skipped in this run once its share is used up."""
        self.spent[destination] += seconds
        if self.spent[destination] >= DESTINATION_SECONDS:
            self.down.add(destination)
            self.gave_way = True
