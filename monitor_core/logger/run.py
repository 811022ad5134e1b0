"""One run of the logger in the making."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from monitor_core.contract.errors import LeaseLost
from monitor_core.mongo import leases as lease
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import StepFailure
from monitor_core.mongo.store import Store


@dataclass
class Run:
    """One run in the making."""

    store: Store
    outbox: Outbox
    owner: str
    stopping: Callable[[], bool]
    patient: bool  # whether a failed delivery rests until its time
    progress: Callable[[int], None]  # is told the rows newly logged, as it goes
    renewed: float = field(default_factory=time.monotonic)  # when the lease was
    down: set[str] = field(default_factory=set)  # destinations that failed in this run: the rest of it spares them
    set_aside: Counter[str] = field(default_factory=Counter)
    logged: int = 0
    error: str | None = None  # the first one of a destination, or that the lease is lost
    failures: list[StepFailure] = field(default_factory=list)  # of whole steps

    def goes_on(self) -> bool:
        """Asked before each piece of work; renews the lease in time."""
        if time.monotonic() - self.renewed > lease.SPAN.total_seconds() / 4:
            if not self.outbox.acquire(self.owner):
                raise LeaseLost("Another worker has taken over; this one waits.")
            self.renewed = time.monotonic()
        return not self.stopping()

    def goes_on_for(self, seconds: float) -> Callable[[], bool]:
        """Return what a step asks before each piece of its work, that begins nothing new after so long."""
        until = time.monotonic() + seconds
        return lambda: self.goes_on() and time.monotonic() < until
