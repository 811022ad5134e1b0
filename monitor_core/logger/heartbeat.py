"""The logger's heartbeat: a file that it touches every few seconds."""

import time
from datetime import timedelta
from pathlib import Path

from monitor_core.contract import wording
from monitor_core.settings.folders import make_private
from monitor_core.settings.place import RESTART, START

FRESH_SECONDS = 60


def file(state_folder: Path) -> Path:
    return state_folder / "worker.heartbeat"  # the name is a format: an older version may look for it


def beat(state_folder: Path) -> None:
    make_private(state_folder)
    file(state_folder).touch()


def end(state_folder: Path) -> None:
    """Remove the heartbeat file, because the logger was stopped as intended."""
    file(state_folder).unlink(missing_ok=True)


def age_seconds(state_folder: Path) -> float | None:
    """Return the age of the last heartbeat, at least 0 even if the clock was put back; None without a heartbeat."""
    try:
        return abs(time.time() - file(state_folder).stat().st_mtime)
    except OSError:  # also where the folder is a file, or nobody may look into it
        return None


def trouble(state_folder: Path) -> str | None:
    """Return what is wrong with the logger of this state folder, with the remedy; None while it is alive."""
    age = age_seconds(state_folder)
    if age is None:
        return f"No logger runs on {state_folder}; start it with {START}."
    if age < FRESH_SECONDS:
        return None
    last = wording.duration(timedelta(seconds=age))
    return f"The logger's last heartbeat was {last} ago, so it is dead or stuck; restart it with {RESTART}."
