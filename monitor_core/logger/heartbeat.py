"""Heartbeat of the logger: a file that it touches every few seconds."""

import time
from datetime import timedelta
from pathlib import Path

from monitor_core.contract import wording
from monitor_core.settings.folders import make_private

FRESH_SECONDS = 60


def file(state_folder: Path) -> Path:
    return state_folder / "worker.heartbeat"  # the name is a format: an older version may look for it


def beat(state_folder: Path) -> None:
    make_private(state_folder)
    file(state_folder).touch()


def end(state_folder: Path) -> None:
    """Remove the heartbeat: the logger has stopped as it was asked to."""
    file(state_folder).unlink(missing_ok=True)


def age_seconds(state_folder: Path) -> float | None:
    """Return the age of the last heartbeat, never below 0: a clock may have been put back. None without any."""
    try:
        return abs(time.time() - file(state_folder).stat().st_mtime)
    except FileNotFoundError:
        return None


def trouble(state_folder: Path) -> str | None:
    """Say what is wrong with the logger of this state folder, with the remedy; None while it is alive."""
    age = age_seconds(state_folder)
    if age is None:
        return f"No logger runs on {state_folder}; start it with ./deploy.sh."
    if age < FRESH_SECONDS:
        return None
    last = wording.duration(timedelta(seconds=age))
    return f"The logger's last heartbeat was {last} ago, so it is dead or stuck; restart it with ./deploy.sh restart."
