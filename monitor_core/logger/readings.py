"""The last reading of everything pending: the more was set aside, the less often all of it is read again."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from monitor_core.mongo.store import Store

READ_AGAIN_A_SECOND = 60  # of what is set aside, on average: a thousandth of the logger's time
LONGEST_REST = timedelta(hours=1)


@dataclass(frozen=True)
class LastReading:
    """The last reading of everything pending: what it set aside, without reviews made around that time or since."""

    began_at: datetime
    set_aside: Counter[str] = field(default_factory=Counter)

    @property
    def end(self) -> datetime:
        """Return the instant up to which the reading is valid; later reviews are read by the next one."""
        return self.began_at + LONGEST_REST

    def rests(self, now: datetime) -> bool:
        """Return whether the reading is still valid: the more was set aside, the longer it is.

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
