"""Errors that the operator can correct: each message is one sentence that contains the remedy."""

import traceback


class MonitorError(Exception):
    """An error shown by the app, printed by the CLI (exit code 2) or logged by the logger; never as a traceback."""


class SettingsError(MonitorError):
    """The value of a setting cannot be used."""


class DatabaseUnavailable(MonitorError):
    """MongoDB did not answer."""


class DatabaseRefused(DatabaseUnavailable):
    """MongoDB answered with an error."""


class StateTooNew(MonitorError):
    """The monitor's collections were written by a later version of the monitor."""


class EmbeddedUnavailable(MonitorError):
    """The bundled MongoDB cannot run on this machine."""


class TrainingUnavailable(MonitorError):
    """The training counts cannot be read from the configured source."""


class DestinationFailed(MonitorError):
    """A destination failed to take a profile."""

    def __init__(self, message: str, nothing_taken: bool, pause_seconds: float = 30) -> None:
        super().__init__(message)
        self.nothing_taken = nothing_taken  # False: it may have it all the same, the answer was lost
        self.pause_seconds = pause_seconds  # before the first retry


class WhylogsMissing(MonitorError):
    """A destination takes profiles of whylogs only, which cannot be imported."""


class RuleError(MonitorError):
    """A rule is not valid."""


class DrawingFailed(MonitorError):
    """The drawing process ended without a picture."""


class LoginNeeded(MonitorError):
    """Nobody is logged in, or the login has expired."""


class Refused(MonitorError):
    """Somebody is logged in who has no access."""


class LeaseLost(MonitorError):
    """Another logger has taken over."""


class ReviewedMeanwhile(MonitorError):
    """Somebody else has changed the review of a prediction since it was read."""


def where(fault: BaseException) -> str:
    """Return the calls that lead to a fault, the innermost last, without any values."""
    frames = traceback.extract_tb(fault.__traceback__)
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
