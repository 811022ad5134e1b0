"""The last reading of all that was pending: while much was set aside, it is read again more rarely."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from monitor_core.mongo.store import Store

READ_AGAIN_A_SECOND = 60  # of what is set aside, on average: a thousandth of the logger's time
LONGEST_REST = timedelta(hours=1)


@dataclass(frozen=True)
class LastReading:
    """The last reading of all that was pending: what it set aside, but for what was reviewed around then or since."""

    began_at: datetime
    set_aside: Counter[str] = field(default_factory=Counter)

    @property
    def end(self) -> datetime:
        """Return the instant until which it may count: reviews that come later are read by the next one."""
        return self.began_at + LONGEST_REST

    def rests(self, now: datetime) -> bool:
        """Return whether it is too early to read all again: the more was set aside, the longer it rests.

        >>> from datetime import UTC
        >>> began_at = datetime(2026, 10, 1, tzinfo=UTC)
        >>> few, many = (LastReading(began_at, Counter(undated_prediction=number)) for number in (59, 200_000))
        >>> few.rests(began_at), many.rests(began_at), many.rests(began_at + timedelta(minutes=56))
        (False, True, False)
        """
        pause = timedelta(seconds=self.set_aside.total() // READ_AGAIN_A_SECOND)
        return timedelta(0) <= now - self.began_at < min(pause, LONGEST_REST)


# Of this process, and as long as its store lives: another process may read by other settings.
last_readings: WeakKeyDictionary[Store, LastReading] = WeakKeyDictionary()
