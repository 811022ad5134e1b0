"""The interface of a destination: one class with four attributes and four methods."""

import re
from datetime import timedelta
from typing import Protocol

from monitor_core.contract.profiles import DayProfile

KEY = re.compile(r"[a-z][a-z0-9_-]*")  # of a destination: a field's name in the database


class Destination(Protocol):
    """A destination of profiles, created from the settings.

    It may also have an attribute `takes_json`: whether it takes our own profiles in JSON, which the logger makes where
    whylogs cannot be imported. Without it, it gets only whylogs' files.
    """

    key: str  # its state is stored under this: lower-case letters, digits, _ and -
    name: str  # for people
    required: bool  # whether a prediction is logged only once its profile is here
    repeatable: timedelta | None  # how long after `announce` a delivery may be repeated safely; None: for ever

    def announce(self, profile: DayProfile) -> str:
        """Return the place to put the profile to; an unused place counts as nothing."""

    def deliver(self, profile: DayProfile, place: str) -> None:
        """Put the profile to the place; doing so twice must count once.

        Raise DestinationFailed, which says whether the profile may have arrived nevertheless. After any other exception
        it may have arrived.
        """

    def arrived(self, profile: DayProfile) -> bool | None:
        """Return whether the destination has the profile; None if unknown."""

    def reach(self) -> None:
        """Raise DestinationFailed if nothing could be delivered now; used by `doctor`."""


def takes_json(destination: Destination) -> bool:
    """Return whether the destination takes our own profiles in JSON."""
    return getattr(destination, "takes_json", False) is True
