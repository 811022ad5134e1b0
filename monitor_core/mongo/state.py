"""How the logger's last run ended, and when it means to run next: one small document."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor_core.mongo.connection import answered
from monitor_core.mongo.store import Store


@dataclass(frozen=True)
class TickResult:
    """How the logger's last run ended."""

    finished_at: datetime
    logged: int
    set_aside: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    destinations: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()  # batches of which nobody can tell whether a destination has them
    next_at: datetime | None = None  # when the logger means to run next; None: it was run by hand

    def is_overdue(self, now: datetime) -> bool:
        """Whether the next run is missing; a run may take its minutes."""
        return self.next_at is not None and now > self.next_at + timedelta(minutes=5)


class State:
    """The collection monitor_worker."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.documents = store.database["monitor_worker"]

    @answered
    def save_tick(self, result: TickResult) -> None:
        """Replace what is known of the last run."""
        self.documents.replace_one({"_id": "tick"}, vars(result), upsert=True)

    @answered
    def save_next_run(self, pause: timedelta) -> None:
        """Write down when the logger means to run next, by the database's clock."""
        next_at = {"$add": ["$$NOW", int(pause.total_seconds() * 1000)]}
        self.documents.update_one({"_id": "tick"}, [{"$set": {"next_at": next_at}}])

    @answered
    def last_tick(self) -> TickResult | None:
        """Return how the last run ended; None before the first."""
        found = self.documents.find_one({"_id": "tick"}, {"_id": 0})
        known = {name: found[name] for name in TickResult.__dataclass_fields__ if name in found} if found else None
        return TickResult(**known) if known else None
