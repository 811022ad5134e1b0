"""The worker's sign of life: a file that it touches every few seconds."""

import time
from pathlib import Path

FRESH_SECONDS = 60


def file(state_folder: Path) -> Path:
    return state_folder / "worker.heartbeat"


def beat(state_folder: Path) -> None:
    state_folder.mkdir(parents=True, exist_ok=True)
    file(state_folder).touch()


def end(state_folder: Path) -> None:
    """The worker has stopped as it was told."""
    file(state_folder).unlink(missing_ok=True)


def age_seconds(state_folder: Path) -> float | None:
    """How long ago the last sign was, as a distance: a clock may have been put back. None without any."""
    try:
        return abs(time.time() - file(state_folder).stat().st_mtime)
    except FileNotFoundError:
        return None


def trouble(state_folder: Path) -> str | None:
    """What is wrong with the worker of this state folder, with the remedy; None while it lives."""
    age = age_seconds(state_folder)
    if age is None:
        return f"No worker runs on {state_folder}; start it with ./deploy.sh."
    if age < FRESH_SECONDS:
        return None
    return f"The worker gave its last sign of life {age:.0f} s ago: it is dead or stuck; ./deploy.sh restart starts it."
