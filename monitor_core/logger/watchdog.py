"""Notifications about the logger itself: its runs fail, or none ends.

The watchdog needs only its own thread, the settings and a file, because the database or a step of the run may be what
fails. People are notified once of an incident, even if the logger is restarted during it, and once of its end.
"""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor_core.contract import wording
from monitor_core.contract.errors import where
from monitor_core.logger import logs, sender
from monitor_core.logger.outcome import Outcome
from monitor_core.logger.sender import Severity, Text
from monitor_core.mongo.state import FAILED_RUNS
from monitor_core.settings.folders import make_private
from monitor_core.settings.settings import Settings
from monitor_core.settings.targets import Target, targets
from monitor_core.settings.types import longest_silence

FAILED_SECONDS = 60.0  # that they have failed for: while the database is away, the first tries follow quickly
LOOK_SECONDS = 5.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 60.0, 3600.0  # before a message is tried again
EFFECT = "\nAs long as this lasts, reviews may not be logged, rules not judged, and nobody notified of alerts."
DOUBTFUL_SENDS = 3  # that may each have arrived

log = logs.logger()


@dataclass
class Incident:
    """An incident, with the targets that have been notified of it."""

    since: str  # as people read it
    reached: list[str] = field(default_factory=list)  # targets that have the alarm
    is_over: bool = False
    reached_again: list[str] = field(default_factory=list)  # targets that know that it is over


class Watchdog:
    """The watchdog of one logger's runs."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.now = now
        self.file = settings.model_folder / "logger.incident"
        self.targets = [target for target in targets(settings) if not target.by_rule_only]
        self.incident = _read(self.file)
        self._lock = threading.Lock()  # the runs speak from another thread
        self._interval = settings.log_every.every.total_seconds() if settings.log_every.every else 0.0
        self._ended_at, self._ended_on = now(), _clock(settings)  # monotonic, and for people
        self._failed, self._failing_since, self._failing_on, self._error = 0, 0.0, "", ""
        self._runs_well = False
        self._tries: dict[str, tuple[int, int, float]] = {}  # target -> tries, doubtful ones, when the next is due

    def ended(self, outcome: Outcome, next_in_seconds: float) -> None:
        """Take the outcome of a run, and the seconds until the next one begins."""
        with self._lock:
            self._ended_at, self._ended_on = self.now(), _clock(self.settings)
            self._interval = max(next_in_seconds, 0.0)
            if outcome.failure is None:
                self._failed, self._runs_well = 0, True
                return
            if not self._failed:
                self._failing_since, self._failing_on = self._ended_at, self._ended_on
            self._failed, self._runs_well = self._failed + 1, False
            self._error = outcome.error or ""

    def waits(self) -> None:
        """Note that a run waits for its turn, which is no silence of its own."""
        with self._lock:
            self._ended_at = self.now()

    def watch(self, stop: threading.Event) -> None:
        """Check every few seconds, until `stop` is set."""
        while not stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as fault:  # noqa: BLE001 - the alarm must outlive its own faults
                log.error("watchdog_fault", error=type(fault).__name__, where=where(fault))

    def look(self) -> None:
        """Begin or end an incident, depending on the runs, and notify targets that have not been notified."""
        with self._lock:
            trouble, runs_well = self._trouble(), self._runs_well
        if trouble and (self.incident is None or self.incident.is_over):
            since, sentence = trouble
            log.error("alarm", reason=sentence)
            self._keep(Incident(since))
        elif self.incident and not self.incident.is_over and runs_well and not trouble:
            log.info("alarm_over", since=self.incident.since)
            self.incident.is_over = True
            self._keep(self.incident)
        if self.incident is None:
            return
        if self.incident.is_over:
            self._notify_over(self.incident)
        elif trouble:
            self._notify(self.incident.reached, self.targets, "the logger does not work", trouble[1], "failure")

    def _trouble(self) -> tuple[str, str] | None:
        """Return since when the logger has been in trouble, with a sentence; None if it works."""
        allowed = longest_silence(timedelta(seconds=self._interval))
        if self.now() - self._ended_at > allowed.total_seconds():
            return self._ended_on, f"No run of the logger has ended since {self._ended_on}: it hangs or is very slow."
        if self._failed >= FAILED_RUNS and self.now() - self._failing_since >= FAILED_SECONDS:
            failed = f"All runs of the logger have failed since {self._failing_on}, {self._failed} in a row."
            return self._failing_on, f"{failed} The last error: {self._error}"
        return None

    def _notify_over(self, incident: Incident) -> None:
        waiting = [target for target in self.targets if target.name in incident.reached]
        if not self.settings.notify_resolved:
            waiting = []
        sentence = f"The logger works again. The trouble began on {incident.since}."
        self._notify(incident.reached_again, waiting, "the logger works again", sentence, "success")
        if {target.name for target in waiting} <= set(incident.reached_again):
            self._keep(None)

    def _notify(self, reached: list[str], waiting: list[Target], title: str, sentence: str, severity: Severity) -> None:
        """Notify each target that has not been reached and whose next try is due."""
        effect = "" if severity == "success" else EFFECT
        log_on = f"The log of the logger on {socket.gethostname()} says more."
        body = f"{sentence}{effect}\n{log_on}\n{self.settings.app_url}"
        text = Text(f"{self.settings.title}: {title}", body, severity)
        for target in waiting:
            tries, doubtful, due = self._tries.get(target.name, (0, 0, 0.0))
            if target.name in reached or (tries and self.now() < due):
                continue
            ended = sender.send(target.address.get_secret_value(), text, self.settings.notify_allow_private)
            doubtful += ended.doubtful
            if ended.kind == "sent" or doubtful >= DOUBTFUL_SENDS:
                reached.append(target.name)
                self._tries.pop(target.name, None)
                self._keep(self.incident)
                continue
            log.warning("alarm_not_sent", target=target.name, error=str(ended))
            pause = min(FIRST_PAUSE_SECONDS * 2 ** min(tries, 10), LONGEST_PAUSE_SECONDS)
            self._tries[target.name] = tries + 1, doubtful, self.now() + pause

    def _keep(self, incident: Incident | None) -> None:
        """Keep the incident in memory and, if it is writable, in the file."""
        if incident is None or incident is not self.incident:
            self._tries.clear()
        self.incident = incident
        with suppress(OSError):
            if incident is None:
                self.file.unlink(missing_ok=True)
            else:
                make_private(self.file.parent)
                self.file.write_text(json.dumps(asdict(incident)), "utf-8")


def _read(file: Path) -> Incident | None:
    """Return the incident that was open when the logger ended; None if the file cannot be read."""
    try:
        return Incident(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _clock(settings: Settings) -> str:
    return wording.instant(datetime.now(UTC), settings.zone)
