"""Errors that the operator can mend: each message is one sentence that holds the remedy."""

import traceback


class MonitorError(Exception):
    """Shown by the app, printed by the CLI (exit 2), logged by the logger; never a traceback."""


class SettingsError(MonitorError):
    """A setting has a value that cannot be used."""


class DatabaseUnavailable(MonitorError):
    """MongoDB did not answer."""


class DatabaseRefused(DatabaseUnavailable):
    """MongoDB answered, and did not do what it was asked."""


class StateTooNew(MonitorError):
    """The monitor's collections were written by a later version of it."""


class EmbeddedUnavailable(MonitorError):
    """The bundled MongoDB cannot run here."""


class TrainingUnavailable(MonitorError):
    """The training counts cannot be read from where the settings say."""


class DestinationFailed(MonitorError):
    """A destination did not take a profile."""

    def __init__(self, message: str, nothing_taken: bool, pause_seconds: float = 30) -> None:
        super().__init__(message)
        self.nothing_taken = nothing_taken  # False: it may have it all the same, the answer was lost
        self.pause_seconds = pause_seconds  # before the first retry


class RuleError(MonitorError):
    """A rule that cannot be used."""


class DrawingFailed(MonitorError):
    """The process that draws ended without a picture."""


class LoginNeeded(MonitorError):
    """Nobody is logged in, or the login has expired."""


class Refused(MonitorError):
    """Somebody is logged in who may not look."""


class LeaseLost(MonitorError):
    """Another logger has taken over."""


def where(fault: BaseException) -> str:
    """Return the calls that lead to a fault, the innermost last, without any values."""
    frames = traceback.extract_tb(fault.__traceback__)
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
