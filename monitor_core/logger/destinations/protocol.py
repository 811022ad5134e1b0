"""What a destination does: one class, with four facts and four methods."""

import re
from datetime import timedelta
from typing import Protocol

from monitor_core.contract.profiles import DayProfile

KEY = re.compile(r"[a-z][a-z0-9_-]*")  # of a destination: a field's name in the database


class Destination(Protocol):
    """Where profiles go; made from the settings."""

    key: str  # what its state is stored under: lower-case letters, digits, _ and -
    name: str  # what people call it
    required: bool  # whether a row is logged only once it is here
    repeatable: timedelta | None  # how long after `announce` a delivery may be repeated safely; None: for ever

    def announce(self, profile: DayProfile) -> str:
        """Ask for the place of the profile; a place that nothing is put to counts nothing."""

    def deliver(self, profile: DayProfile, place: str) -> None:
        """Put the profile there; doing so twice counts once.

        Raise DestinationFailed, which says whether it may be there all the same. Whatever else is raised counts as
        that, and may have arrived.
        """

    def arrived(self, profile: DayProfile) -> bool | None:
        """Return whether the destination has the profile; None if it cannot tell."""

    def reach(self) -> None:
        """Raise DestinationFailed if nothing could be put there now: for `doctor`."""
