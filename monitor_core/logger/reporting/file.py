"""The HTML file of a report, made by the command `report` in its own process.

It takes the app's charts and a process that draws them, which the logger does without; and if it fails, hangs or needs
all memory, the logger goes on.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor_core.alerting.messages import Attachment
from monitor_core.contract.calendar import Period
from monitor_core.settings.place import CLI, ROOT
from monitor_core.settings.settings import DEFAULT_MODEL, Settings

SECONDS = 120.0  # the longest that making a file may take
PAUSE_SECONDS = 0.2  # between two looks whether it is made
MOST_BYTES = 7_000_000  # of a file, a third more in a letter; many mail servers refuse messages above 10 MB


@dataclass(frozen=True)
class ReportFile:
    """The file of a report; or why there is none, as a sentence; or neither, if the logger is to stop."""

    attachment: Attachment | None = None
    reason: str = ""


def report_file(
    settings: Settings, period: Period, goes_on: Callable[[], bool], seconds: float = SECONDS
) -> ReportFile:
    """Make the HTML report of a period, compared with the days before; `goes_on` is called while it is made."""
    command = ["report", "--format", "html", "--period", f"{period.first}..{period.last}", "--against", "previous"]
    with TemporaryDirectory(prefix="report-") as folder:
        made = Path(folder) / "report.html"
        try:
            code = _ended(settings, [*command, "--output", str(made)], goes_on, seconds)
        except OSError:
            return ReportFile(reason=_without("no process could be started to make it"))
        if code is None:
            return ReportFile() if not goes_on() else ReportFile(reason=_without(f"it took longer than {seconds:g} s"))
        if code or not made.exists():
            return ReportFile(reason=_without(f"`{CLI} {' '.join(command)}` failed; run it to see why"))
        size = made.stat().st_size
        if size > MOST_BYTES:
            return ReportFile(reason=_without(f"it has {size / 1_000_000:.0f} MB, too many for a message"))
        return ReportFile(Attachment(_name(settings, period), made.read_bytes()))


def _ended(settings: Settings, command: list[str], goes_on: Callable[[], bool], seconds: float) -> int | None:
    """Run the command; return its exit code, or None if it was stopped."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor_core", *command],
        cwd=ROOT,
        env=os.environ | ({} if settings.model == DEFAULT_MODEL else {"MONITOR_MODEL": settings.model}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that it ends with the processes that it starts
    )
    until = time.monotonic() + seconds
    try:
        while process.poll() is None and time.monotonic() < until and goes_on():
            time.sleep(PAUSE_SECONDS)
        return process.poll()
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _without(reason: str) -> str:
    return f"The report's HTML file is missing: {reason}."


def _name(settings: Settings, period: Period) -> str:
    of_model = "" if settings.model == DEFAULT_MODEL else f"{settings.model}-"
    return f"report-{of_model}{period.first}-to-{period.last}.html"
