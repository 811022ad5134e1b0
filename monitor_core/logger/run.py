"""State of one run of the logger while it goes on."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from monitor_core.contract.errors import LeaseLost
from monitor_core.mongo import leases
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import StepFailure
from monitor_core.mongo.store import Store


@dataclass
class Run:
    """State of one run: its lease, and what has come of it so far."""

    store: Store
    outbox: Outbox
    owner: str
    stopping: Callable[[], bool]
    patient: bool  # whether a failed delivery rests until its time
    progress: Callable[[int], None]  # called with the number of newly logged predictions
    renewed_at: float = field(default_factory=time.monotonic)  # when the lease was renewed last
    down: set[str] = field(default_factory=set)  # destinations that failed in this run; it does not try them again
    set_aside: Counter[str] = field(default_factory=Counter)
    logged: int = 0
    error: str | None = None  # of the first destination that failed, or that the lease is lost
    failures: list[StepFailure] = field(default_factory=list)  # of whole steps

    def goes_on(self) -> bool:
        """Return whether the next piece of work may begin; renew the lease in time."""
        if time.monotonic() - self.renewed_at > leases.SPAN.total_seconds() / 4:
            if not self.outbox.acquire(self.owner):
                raise LeaseLost("Another logger has taken over the lease; this one stands by.")
            self.renewed_at = time.monotonic()
        return not self.stopping()

    def goes_on_for(self, seconds: float) -> Callable[[], bool]:
        """Return a `goes_on` for one step, which begins no new piece of work after so many seconds."""
        until = time.monotonic() + seconds
        return lambda: self.goes_on() and time.monotonic() < until
