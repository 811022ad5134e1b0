"""The state of the logger: its last and next run, its last check for changes, and the format of the collections."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from monitor_core.contract.bases import Basis
from monitor_core.contract.errors import StateTooNew
from monitor_core.mongo.connection import Document, answered, place, storable
from monitor_core.mongo.models import Ours, of_model
from monitor_core.settings.settings import Settings
from monitor_core.settings.version import version

FAILED_RUNS = 3  # in a row, of which people are notified
FORMAT = 1  # of the monitor_* collections and the state folder; raise it when an earlier version would misread them


@dataclass(frozen=True)
class StepFailure:
    """A step of the logger's run that failed while the other steps ran."""

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
    left_out: tuple[str, ...] = ()  # reasons of steps that the server is too old for, which is not a failure
    failed_runs: int = 0  # in a row, this one included
    failing_since: datetime | None = None  # when the first of them ended
    gave_way: bool = False  # the logging had no time for all: the next run goes on with it

    @property
    def is_whole(self) -> bool:
        """Return whether no step failed."""
        return self.error is None and not self.failures

    def is_overdue(self, now: datetime) -> bool:
        """Return whether the next run is late, allowing for the duration of a run."""
        return self.next_at is not None and now > self.next_at + timedelta(minutes=5)


@dataclass(frozen=True)
class Look:
    """The result of the logger's last check for changes; without `seen_at` there was none."""

    now: datetime  # when this was read, by the database's clock
    seen_at: datetime | None = None
    traces: dict[str, str] = field(default_factory=dict)  # see `traces` in history/changes.py
    made_for: str | None = None  # fingerprint of the settings of the logger that made the check
    version: str | None = None  # another one as soon as a stored day is; None: none has been stored
    numbers: dict[str, int] = field(default_factory=dict)  # see history/numbers.py; of the newest days, or of all
    texts_at: datetime | None = None  # when the texts that are not dates were counted
    undated_texts: dict[Basis, int] = field(default_factory=dict)


class State:
    """The collection monitor_worker."""

    def __init__(self, settings: Settings, ours: Ours) -> None:
        self.settings = settings
        self.of_model = of_model(settings)
        self.documents = ours["monitor_worker"]

    @answered
    def check_format(self) -> None:
        """Raise StateTooNew if a later version has written to the collections."""
        if self.documents.find_one({"_id": "format", "number": {"$gt": FORMAT}}, {"_id": 1}):
            self._refuse()

    @answered
    def claim_format(self) -> None:
        """Store this version's format; raise StateTooNew if a later version has written, even since the last check."""
        mark = {"number": FORMAT, "version": version()} | self.of_model
        try:
            self.documents.update_one({"_id": "format", "number": {"$lte": FORMAT}}, {"$set": mark}, upsert=True)
        except DuplicateKeyError:  # there is one, with a higher number
            self._refuse()

    def _refuse(self) -> NoReturn:
        document = self.documents.find_one({"_id": "format"}) or {}
        raise StateTooNew(
            f"The monitor's data in {self.documents.database.name} at {place(self.settings)} were written by version "
            f"{document.get('version')}, which this one, {version()}, cannot read. Start that version or a later one; "
            "docs/upgrading.md says how to go back."
        )

    @answered
    def save_tick(self, result: TickResult) -> TickResult:
        """Store the result of the last run; return it with the number of consecutive failed runs."""
        last = self.documents.find_one({"_id": "tick"}, {"failed_runs": 1, "failing_since": 1}) or {}
        if not result.is_whole:
            since = last.get("failing_since") or result.finished_at
            result = replace(result, failed_runs=last.get("failed_runs", 0) + 1, failing_since=since)
        self.documents.replace_one({"_id": "tick"}, storable(result) | self.of_model, upsert=True)
        return result

    @answered
    def save_next_run(self, pause: timedelta) -> None:
        """Store when the logger will run next, by the database's clock."""
        next_at = {"$add": ["$$NOW", int(pause.total_seconds() * 1000)]}
        self.documents.update_one({"_id": "tick"}, [{"$set": {"next_at": next_at}}])

    @answered
    def last_tick(self) -> TickResult | None:
        """Return the result of the last run; None before the first."""
        document = self.documents.find_one({"_id": "tick"}, {"_id": 0})
        if not document:
            return None
        fields = {name: document[name] for name in TickResult.__dataclass_fields__ if name in document}
        fields |= {name: tuple(fields[name]) for name in ("destinations", "uncertain", "left_out") if name in fields}
        failures = tuple(StepFailure(**failure) for failure in fields.pop("failures", ()))
        return TickResult(failures=failures, **fields)

    @answered
    def reported_through(self, schedule: str, now: datetime) -> datetime:
        """Return the due time up to which reports were queued; for a new schedule, or with a clock put back, `now`.

        So nobody gets a report of the time before there was a schedule.
        """
        stored = self.documents.find_one({"_id": "report", "schedule": schedule, "through": {"$lte": now}})
        if stored:
            through: datetime = stored["through"]
            return through
        self.save_reported(schedule, now)
        return now

    @answered
    def save_reported(self, schedule: str, through: datetime, no_file: str = "") -> None:
        """Store that the report of a due time is queued; `no_file`: why no file is attached to it, as a sentence."""
        done = {"schedule": schedule, "through": through, "no_file": no_file} | self.of_model
        self.documents.update_one({"_id": "report"}, {"$set": done}, upsert=True)

    @answered
    def why_no_file(self) -> str:
        """Return why the last report has no file, as a sentence; empty if it has one, or needs none."""
        stored = self.documents.find_one({"_id": "report"}, {"no_file": 1}) or {}
        reason: str = stored.get("no_file", "")
        return reason

    @answered
    def last_look(self) -> Look | None:
        """Return the result of the last check for changes, with the database's time; None before the first."""
        look = next(self.documents.aggregate([{"$match": {"_id": "history"}}, {"$set": {"now": "$$NOW"}}]), None)
        if look is None:
            return None
        return Look(**{name: look[name] for name in Look.__dataclass_fields__ if name in look})

    @answered
    def history_version(self) -> str | None:
        """Return the version last written by `tell_change`."""
        document = self.documents.find_one({"_id": "history"}, {"version": 1})
        return document.get("version") if document else None

    @answered
    def save_look(
        self,
        seen_at: datetime,
        made_for: str,
        traces: dict[str, str],
        numbers: dict[str, int],
        undated_texts: dict[Basis, int] | None,
    ) -> None:
        """Store the result of a check for changes; `undated_texts`: None if they were not counted this time."""
        seen: Document = {"seen_at": seen_at, "made_for": made_for, "traces": traces, "numbers": numbers}
        if undated_texts is not None:
            seen |= {"texts_at": seen_at, "undated_texts": undated_texts}
        self.documents.update_one({"_id": "history"}, {"$set": seen | self.of_model}, upsert=True)

    @answered
    def tell_change(self) -> None:
        """Make caches of stored days reload those that differ; to be called before a day counts as done."""
        changed = {"version": uuid4().hex} | self.of_model
        self.documents.update_one({"_id": "history"}, {"$set": changed}, upsert=True)
