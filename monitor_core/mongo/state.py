"""The logger's last run, its next one, and the format of the monitor's collections."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

from pymongo.errors import DuplicateKeyError

from monitor_core.contract.errors import StateTooNew
from monitor_core.mongo.connection import answered, place, plain
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Reads, Settings
from monitor_core.settings.version import version

FORMAT = 1  # of the monitor_* collections and the state folder; raise it when an earlier version would misread them


@dataclass(frozen=True)
class StepFailure:
    """A step of the logger's run that failed, while the others ran."""

    step: str  # its name, as people read it
    error: str  # one sentence
    since: datetime  # when it failed first, of the runs in a row in which it did
    where: str | None = None  # in the code, of a fault of the monitor


@dataclass(frozen=True)
class TickResult:
    """The result of the logger's last run."""

    finished_at: datetime
    logged: int
    set_aside: dict[str, int] = field(default_factory=dict)
    error: str | None = None  # of a destination, or what broke the run off
    destinations: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()  # batches of which nobody can tell whether a destination has them
    next_at: datetime | None = None  # when the logger means to run next; None: it was run by hand
    failures: tuple[StepFailure, ...] = ()  # of steps

    @property
    def is_whole(self) -> bool:
        """Return whether nothing failed."""
        return self.error is None and not self.failures

    def is_overdue(self, now: datetime) -> bool:
        """Return whether the next run is missing; a run may take its minutes."""
        return self.next_at is not None and now > self.next_at + timedelta(minutes=5)


class State:
    """The collection monitor_worker."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.documents = store.database["monitor_worker"]

    @answered
    def check_format(self) -> None:
        """Raise StateTooNew if a later version has written here; without a logger there is nothing to misread."""
        if self.documents.find_one({"_id": "format", "number": {"$gt": FORMAT}}, {"_id": 1}):
            self._refuse()

    @answered
    def claim_format(self) -> None:
        """Write down our format, or raise StateTooNew: also if a later version has written since we checked."""
        ours = {"number": FORMAT, "version": version()}
        try:
            self.documents.update_one({"_id": "format", "number": {"$lte": FORMAT}}, {"$set": ours}, upsert=True)
        except DuplicateKeyError:  # there is one, with a higher number
            self._refuse()

    def _refuse(self) -> NoReturn:
        document = self.documents.find_one({"_id": "format"}) or {}
        raise StateTooNew(
            f"The monitor's data in {self.settings.database} at {place(self.settings)} were written by version "
            f"{document.get('version')}, which this one, {version()}, cannot read. Start that version or a later one; "
            "docs/upgrading.md says how to go back."
        )

    @answered
    def save_tick(self, result: TickResult) -> None:
        """Replace what is known of the last run."""
        self.documents.replace_one({"_id": "tick"}, plain(result), upsert=True)

    @answered
    def save_next_run(self, pause: timedelta) -> None:
        """Write down when the logger means to run next, by the database's clock."""
        next_at = {"$add": ["$$NOW", int(pause.total_seconds() * 1000)]}
        self.documents.update_one({"_id": "tick"}, [{"$set": {"next_at": next_at}}])

    @answered
    def last_tick(self) -> TickResult | None:
        """Return how the last run ended; None before the first."""
        document = self.documents.find_one({"_id": "tick"}, {"_id": 0})
        if not document:
            return None
        fields = {name: document[name] for name in TickResult.__dataclass_fields__ if name in document}
        fields |= {name: tuple(fields[name]) for name in ("destinations", "uncertain") if name in fields}
        failures = tuple(StepFailure(**failure) for failure in fields.pop("failures", ()))
        return TickResult(failures=failures, **fields)


def open_store(settings: Settings, reads: Reads = "primary") -> Store:
    """Return the store, unless a later version of the monitor has written its state."""
    store = Store(settings, reads)
    State(store).check_format()
    return store
