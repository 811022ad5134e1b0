"""The state of a run of the logger while it is in progress, and the turns that the runs of several models take."""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
AT_ONCE = 2  # runs of different models
TURN_SECONDS = 90.0  # a run that takes longer does not keep the others waiting
LOOK_SECONDS = 1.0  # between two checks of whether a run that waits still has to


class Turns:
    """The turns of the runs of several models: few work at a time, in the order in which they asked.

    All at once would need the memory of all, would drive each other's documents out of the database's cache, and would
    all be late. A turn ends early where a run waits for other services, and no longer counts once it has lasted long,
    so a model that hangs does not hold up the others.
    """

    def __init__(self, most: int = AT_ONCE, seconds: float = TURN_SECONDS) -> None:
        self.most = most
        self.seconds = seconds
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._began: dict[object, float] = {}  # of each run that has a turn

    @contextmanager
    def turn(self, goes_on: Callable[[], bool]) -> Iterator[Callable[[], None]]:
        """Wait for a turn, as long as `goes_on` returns True; yield a function that ends it early."""
        run = object()
        self._wait(run, goes_on)
        try:
            yield lambda: self._end(run)
        finally:
            self._end(run)

    def _wait(self, run: object, goes_on: Callable[[], bool]) -> None:
        with self._changed:
            self._waiting.append(run)
            while goes_on() and not (self._waiting[0] is run and self._is_free()):
                self._changed.wait(LOOK_SECONDS)
            self._waiting.remove(run)
            self._began[run] = time.monotonic()
            self._changed.notify_all()

    def _is_free(self) -> bool:
        now = time.monotonic()
        return sum(now - began < self.seconds for began in self._began.values()) < self.most

    def _end(self, run: object) -> None:
        with self._changed:
            self._began.pop(run, None)
            self._changed.notify_all()


def keep_turn() -> None:
    """Keep the turn, as there are no other models that could have it."""


@dataclass
class Run:
    """The state of a run: its lease, and its results so far."""

    store: Store
    outbox: Outbox
    owner: str
    stopping: Callable[[], bool]
    patient: bool  # whether a failed delivery rests until its time
    progress: Callable[[int], None]  # called with the number of newly logged predictions
    end_turn: Callable[[], None] = keep_turn  # called before it waits for other services
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
